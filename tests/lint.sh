#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a machine can check about the house: format, the dependency law of ARCHITECTURE.md, licences, types.
set -euo pipefail
cd "$(dirname "$0")/.."
findings=$(mktemp)
trap 'rm -f "$findings"' EXIT
complain() { # complain TITLE: reads offending lines from standard input
        local lines
        lines=$(cat)
        [ -z "$lines" ] && return 0
        # a file, because every caller runs this at the end of a pipe, in a process of its own
        printf 'lint: %s\n%s\n' "$1" "$lines" | sed '2,$s/^/    /' | tee -a "$findings"
}
files() { git ls-files --cached --others --exclude-standard -- "$@"; }
includes() { # includes REGEX FILES...: includes matching REGEX
        local pattern=$1
        shift
        { [ $# -eq 0 ] || grep -nE "^ *# *include +[\"<]$pattern" "$@" || true; }
}

mapfile -t c_files < <(files '*.c' '*.h')
clang-format --dry-run "${c_files[@]}" 2>&1 | grep 'warning:' | complain 'not formatted (make format)' || true

mapfile -t common < <(files 'common/*.[ch]')
mapfile -t linux < <(files 'linux/*.[ch]')
mapfile -t efi < <(files 'efi/*.[ch]')
mapfile -t initrd < <(files 'initrd/*.[ch]')
mapfile -t tool < <(files 'reset-tool/*.[ch]')
includes '(linux|efi|initrd|reset-tool)/' "${common[@]}" | complain 'common/ includes a room above it'
includes '(stdio|stdlib|string|unistd|fcntl|errno|time)\.h' "${common[@]}" | complain 'common/ is not freestanding'
includes '(efi|initrd|reset-tool)/' "${linux[@]}" | grep -vE '"linux/|<linux/' | complain 'linux/ includes a room beside or above it' || true
includes '(linux|initrd|reset-tool)/' "${efi[@]}" | complain 'efi/ includes a room other than common/'
includes '(efi|reset-tool)/' "${initrd[@]}" | complain 'initrd/ includes a room other than linux/ and common/'
includes '(efi|initrd)/' "${tool[@]}" | complain 'reset-tool/ includes a room other than linux/ and common/'
includes 'efi(\.h|lib\.h|api\.h|def\.h|/)' "${efi[@]}" | grep -vE '"efi/' | grep -v '^efi/platform.h:' | complain 'gnu-efi outside of efi/platform.h' || true

# Whoever can hurt a disk or a TPM is called from execute.c alone, and from the few files that only it calls: FILE:WHAT IT MAY.
destructive=(blockdev_discard discard_watched 'media_(purge|unhide|write_markers)' erase_write overwrite_and_read_back
        'gpt_(delete|create|write_id|clean_table)' 'erase_(partition|partition_keys|unallocated)' luks_format tpm_clear clear_tpm make_file_system esp_clean variables_clean
        'esp_erase_(entry|names)' fat_free_overwrite)
may=('execute:.*' 'erase-disk:.*' 'erase-partition:discard_watched|overwrite_and_read_back|erase_.*' 'work:erase_.*' 'clear-tpm:tpm_clear|clear_tpm' 'overwrite:erase_write|overwrite_and_read_back'
        'encrypt-volume:luks_format|erase_write' 'rebuild:make_file_system' 'make-file-system:make_file_system' 'esp-clean:esp_clean|esp_erase_.*|fat_free_overwrite'
        'variable-clean:variables_clean')
for file in "${initrd[@]}" "${tool[@]}"; do
        allowed=
        for rule in "${may[@]}"; do
                [[ $file =~ ^initrd/${rule%%:*}\.[ch]$ ]] && allowed=${rule#*:}
        done
        for call in "${destructive[@]}"; do
                [ -n "$allowed" ] && [[ $call =~ ^($allowed)$ ]] || grep -HnE "\b$call\(" "$file" || true
        done
done | complain 'a destructive call outside of initrd/execute.c' || true

files '*.c' '*.h' '*.py' '*.sh' '*.mk' Makefile | while read -r file; do
        head -3 "$file" | grep -q SPDX-License-Identifier || [ ! -s "$file" ] || echo "$file"
done | complain 'no SPDX line'

# The catalog has every text that is marked, and the German one a translation of each (make messages collects them).
xgettext --keyword= --keyword=N_ --from-code=UTF-8 --no-location --sort-output --package-name=cleanslate --files-from=common/po/POTFILES \
        --output=- | sed '/^"POT-Creation-Date/d' | diff common/po/cleanslate.pot - | complain 'common/po/cleanslate.pot is stale (make messages)' || true
msgcmp common/po/de.po common/po/cleanslate.pot 2>&1 | complain 'common/po/de.po lacks translations' || true
mapfile -t listed < <(grep -v '^#' common/po/POTFILES)
mapfile -t marked < <(grep -lE '\bN_\("' "${common[@]}" "${initrd[@]}" || true)
printf '%s\n' "${marked[@]}" | grep -vxF "$(printf '%s\n' "${listed[@]}")" | complain 'texts marked for the catalog, not in common/po/POTFILES' || true

if files '*.py' | grep -q .; then
        mapfile -t python < <(files '*.py')
        /usr/bin/python3 -m mypy --strict --no-error-summary --explicit-package-bases "${python[@]}" | complain 'mypy --strict' || true
fi
[ -s "$findings" ] && exit 1
echo "lint: clean"
