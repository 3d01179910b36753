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
mapfile -t c_files < <(files '*.c' '*.h')
clang-format --dry-run "${c_files[@]}" 2>&1 | grep 'warning:' | complain 'not formatted (make format)' || true

mapfile -t common < <(files 'common/*.[ch]')
mapfile -t initrd < <(files 'initrd/*.[ch]')
/usr/bin/python3 tests/includes.py | complain 'the law of includes' || true

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

# Since the commit from which on this is looked at; older ones stay as they are.
git log --format=%s 87287e9..HEAD 2>/dev/null | awk 'length > 72' | complain 'commit subjects of more than 72 characters' || true

if files '*.py' | grep -q .; then
        mapfile -t python < <(files '*.py')
        /usr/bin/python3 -m mypy --strict --no-error-summary --explicit-package-bases "${python[@]}" | complain 'mypy --strict' || true
fi
[ -s "$findings" ] && exit 1
echo "lint: clean"
