# SPDX-License-Identifier: GPL-2.0-or-later
"""Says in the stub's PE header that it runs where memory is never writable and executable at once (NX_COMPAT: PE/COFF specification, revision 11,
"DLL Characteristics"), after a look at whether that is so: shim and firmware that insist on it refuse an image which does not say it, and give one
that says it pages by its sections.

    nx_compat.py ELF PE"""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

NX_COMPAT = 0x0100
EXECUTE, WRITE = 0x20000000, 0x80000000  # of a section
PAGE = 4096
_SECTION = struct.Struct("<8sIIII12xI")
_ENTRY, _ALIGNMENT, _CHECKSUM, _CHARACTERISTICS = 16, 32, 64, 70  # in the optional header


def sections(image: bytes) -> list[tuple[str, int, int, int]]:
    """Name, address, size in memory, flags."""
    coff = struct.unpack_from("<I", image, 0x3C)[0] + 4
    count, optional_size = struct.unpack_from("<H", image, coff + 2)[0], struct.unpack_from("<H", image, coff + 16)[0]
    rows = (_SECTION.unpack_from(image, coff + 20 + optional_size + number * 40) for number in range(count))
    return [(name.rstrip(b"\0").decode("ascii"), address, size, flags) for name, size, address, _, _, flags in rows]


def relocated(listing: str) -> list[int]:
    """The addresses that the stub's start code writes to, of readelf -rW."""
    return [int(line.split()[0], 16) for line in listing.splitlines() if " R_" in line]


def faults(image: bytes, written: list[int]) -> list[str]:
    optional = struct.unpack_from("<I", image, 0x3C)[0] + 24
    entry, alignment = (struct.unpack_from("<I", image, optional + at)[0] for at in (_ENTRY, _ALIGNMENT))
    found = sections(image)
    result = [f"{name} is writable and executable" for name, _, _, flags in found if flags & EXECUTE and flags & WRITE]
    result += [f"{name} does not begin on a page" for name, address, _, _ in found if address % PAGE]
    if alignment % PAGE:
        result.append(f"sections are aligned to {alignment} bytes")
    if not any(address <= entry < address + size and flags & EXECUTE for _, address, size, flags in found):
        result.append("it is started at what is not executable")
    for at in written:
        if not any(address <= at < address + size and flags & WRITE for _, address, size, flags in found):
            result.append(f"it relocates {at:#x}, which is not writable")
            break
    return result


def mark(image: bytes) -> bytes:
    """The checksum, which firmware does not look at, would be of before."""
    result = bytearray(image)
    optional = struct.unpack_from("<I", image, 0x3C)[0] + 24
    struct.pack_into("<H", result, optional + _CHARACTERISTICS, struct.unpack_from("<H", image, optional + _CHARACTERISTICS)[0] | NX_COMPAT)
    struct.pack_into("<I", result, optional + _CHECKSUM, 0)
    return bytes(result)


def main() -> int:
    elf, pe = map(Path, sys.argv[1:3])
    listing = subprocess.run(["readelf", "-rW", elf], check=True, capture_output=True, text=True).stdout
    image = pe.read_bytes()
    if wrong := faults(image, relocated(listing)):
        sys.stderr.write("".join(f"{pe}: {fault}\n" for fault in wrong))
        return 1
    pe.write_bytes(mark(image))
    return 0


if __name__ == "__main__":
    sys.exit(main())
