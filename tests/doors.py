#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who can hurt a disk or a TPM, by the symbols of what was compiled: `doors.py --objects OBJECT... --programs PROGRAM... --library ARCHIVE`.

What destroys is in the library, or is another library's function that ours calls; of the initrd's objects only those of initrd/steps/ may need
it, the others may enter that room by its doors alone, and the programs of the running system have none of it, nor of what else changes a
device. tests/tool/test_doors.py plants breaches to see that they are found."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOM = "initrd/steps/"
DESTRUCTIVE = {
    "authenticated_format_blank",
    "blockdev_discard",
    "discard_watched",
    "erase_device_write_zeros",
    "erase_overwrite",
    "erase_stream_run",
    "erase_write",
    "esp_erase_entry",
    "esp_erase_names",
    "fat_free_overwrite",
    "gpt_clean_table",
    "gpt_delete",
    "gpt_put",
    "gpt_write_id",
    "luks_format",
    "media_ata_purge",
    "media_ata_unhide",
    "media_mmc_purge",
    "media_nvme_purge",
    "media_purge",
    "media_scsi_purge",
    "media_unhide",
    "media_write_markers",
    "tpm_clear",
}
# What the initrd may do outside of its room, since it erases nothing, and a program of the running system may not.
CHANGING = {
    "file_system_grow",
    "luks_erase_reseal",
    "luks_replace_token",
    "luks_write_reseal",
    "media_ata_unlock_own",
    "media_unlock_own",
}
# Of other libraries: what the above is made of, as far as it has a name of its own (the rest are ioctls and writes).
FOREIGN = {
    "Esys_Clear",
    "crypt_format",
    "crypt_keyslot_add_by_volume_key",
    "fdisk_add_partition",
    "fdisk_delete_partition",
    "fdisk_set_disklabel_id_from_string",
    "fdisk_set_partition",
    "fdisk_write_disklabel",
    "nvme_format_nvm",
    "nvme_sanitize_nvm",
}
DOORS = {
    "execute_step",  # of a plan
    "preserve_load",  # reads what was handed over, before anything is erased
}


def symbols(path: Path, *options: str) -> set[str]:
    text = subprocess.run(["nm", *options, "--", path], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].partition("@")[0] for line in text.splitlines() if line and not line.endswith(":")}


def needed(path: Path) -> set[str]:
    return symbols(path, "--undefined-only")


def defined(path: Path) -> set[str]:
    return symbols(path, "--defined-only", "--extern-only")


def is_in_room(path: Path) -> bool:
    return ROOM in path.as_posix()


def breaches(objects: Iterable[Path], programs: Iterable[Path], library: Path) -> list[str]:
    found: list[str] = []
    objects = list(objects)
    for name in sorted((DESTRUCTIVE | CHANGING) - defined(library)):
        found.append(f"{library}: has no {name}(), so nothing is proven about it")
    for name in sorted(FOREIGN - needed(library)):
        found.append(f"{library}: does not need {name}(), so nothing is proven about it")
    inside = set[str]().union(*(defined(path) for path in objects if is_in_room(path)))
    for name in sorted(DOORS - inside):
        found.append(f"{ROOM}: has no door {name}()")
    for path in objects:
        if is_in_room(path):
            continue
        for name in sorted(needed(path) & (DESTRUCTIVE | FOREIGN)):
            found.append(f"{path}: needs {name}(), which destroys, outside of {ROOM}")
        for name in sorted((needed(path) & inside) - DOORS):
            found.append(f"{path}: needs {name}() of {ROOM}, which is none of its doors")
    for path in programs:
        names = symbols(path)
        if not names:
            found.append(f"{path}: has no symbols to look at")
        for name in sorted(names & (DESTRUCTIVE | FOREIGN)):
            found.append(f"{path}: holds {name}(), which destroys")
        for name in sorted(names & CHANGING):
            found.append(f"{path}: holds {name}(), which changes a device")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=Path, nargs="+", required=True)
    parser.add_argument("--programs", type=Path, nargs="+", required=True)
    parser.add_argument("--library", type=Path, required=True)
    options = parser.parse_args()
    found = breaches(options.objects, options.programs, options.library)
    print("\n".join(f"check-doors: {line}" for line in found), file=sys.stderr, end="\n" if found else "")
    if found:
        sys.exit(1)
    inside = sum(is_in_room(path) for path in options.objects)
    print(
        f"check-doors: of {len(options.objects)} objects of the initrd {inside} can destroy, by {len(DOORS)} doors; of "
        f"{len(options.programs)} programs of the running system none"
    )


if __name__ == "__main__":
    main()
