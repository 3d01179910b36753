# SPDX-License-Identifier: GPL-2.0-or-later
"""LUKS2 headers on a raw disk (LUKS2 On-Disk Format Specification 1.1): what is there, without any key."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Any

from tests.qemu.disk import Disk, Partition

HEADER_AREA = 16 * 1024 * 1024  # what `cryptsetup luksHeaderBackup` saves of a volume with defaults
_BINARY = struct.Struct(">6sHQQ48s32s64s40s48sQ184s64s")
MAGIC = b"LUKS\xba\xbe"


@dataclass(frozen=True)
class Luks:
    uuid: str
    metadata: dict[str, Any]
    header_area: bytes  # both headers and all keyslots: what a backup of them would hold

    def tokens(self, type: str) -> list[dict[str, Any]]:
        return [token for token in self.metadata["tokens"].values() if token["type"] == type]


def read(disk: Disk, partition: Partition) -> Luks | None:
    """The primary header, whose checksum must hold; None if there is none."""
    raw = disk.read(partition.start, 4096)
    magic, version, size, _, _, algorithm, _, uuid, _, _, _, checksum = _BINARY.unpack_from(raw)
    if magic != MAGIC or version != 2:
        return None
    header = disk.read(partition.start, size)
    at = _BINARY.size - 64
    plain = header[:at] + bytes(64) + header[at + 64 :]
    if hashlib.new(algorithm.rstrip(b"\0").decode(), plain).digest() != checksum[:32]:
        return None
    metadata = json.loads(header[4096:].split(b"\0", 1)[0])
    offset = min(int(segment["offset"]) for segment in metadata["segments"].values())
    return Luks(uuid.rstrip(b"\0").decode(), metadata, disk.read(partition.start, offset))
