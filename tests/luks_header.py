# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody with the disk can do to a LUKS2 header: change its JSON at will and recompute the checksums of both copies, which
vouch for nothing (LUKS2 On-Disk Format Specification, 2.2). As a program:

    luks_header.py DEVICE segments.0.encryption='"cipher_null-ecb"' ...
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from collections.abc import Callable
from typing import Any

MAGICS = (b"LUKS\xba\xbe", b"SKUL\xba\xbe")
BINARY_SIZE = 4096
CHECKSUM_AT, CHECKSUM_SIZE = 448, 64


def size_of(binary: bytes) -> int:
    """Of one copy, from the first bytes of the device."""
    magic, version, size = struct.unpack_from(">6sHQ", binary)
    assert magic in MAGICS and version == 2, "no LUKS2 header"
    return int(size)


def changed(copy: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """One whole copy with other metadata and a checksum that holds."""
    assert size_of(copy) == len(copy)
    metadata = json.loads(copy[BINARY_SIZE:].split(b"\0", 1)[0])
    change(metadata)
    text = json.dumps(metadata, separators=(",", ":")).encode()
    assert len(text) < len(copy) - BINARY_SIZE
    blank = copy[:CHECKSUM_AT] + bytes(CHECKSUM_SIZE) + copy[CHECKSUM_AT + CHECKSUM_SIZE : BINARY_SIZE] + text.ljust(len(copy) - BINARY_SIZE, b"\0")
    checksum = hashlib.sha256(blank).digest().ljust(CHECKSUM_SIZE, b"\0")
    return blank[:CHECKSUM_AT] + checksum + blank[CHECKSUM_AT + CHECKSUM_SIZE :]


def set_at(metadata: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        metadata = metadata.setdefault(name, {})
    metadata[last] = value


def rewrite(device: str, change: Callable[[dict[str, Any]], None], offset: int = 0) -> None:
    """Both copies, on a device or in a disk image where the volume begins at `offset`."""
    with open(device, "r+b", buffering=0) as file:
        file.seek(offset)
        size = size_of(file.read(BINARY_SIZE))
        for at in (offset, offset + size):
            file.seek(at)
            copy = changed(file.read(size), change)
            file.seek(at)
            file.write(copy)


def main() -> None:
    changes = [argument.split("=", 1) for argument in sys.argv[2:]]

    def change(metadata: dict[str, Any]) -> None:
        for path, value in changes:
            set_at(metadata, path, json.loads(value))

    rewrite(sys.argv[1], change)


if __name__ == "__main__":
    main()
