# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes GUID partition tables as somebody with a disk editor would: any entry anywhere, any usable range (UEFI 2.10, chapter 5)."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from tests.qemu.disk import SECTOR, Disk, Partition

MIB = 1 << 20
_ENTRIES, _ENTRY_SIZE = 128, 128
_ARRAY_SECTORS = _ENTRIES * _ENTRY_SIZE // SECTOR


@dataclass(frozen=True)
class Usable:
    """What the header says of the range that entries may use: sectors, the last one inclusive."""

    first: int
    last: int


def whole(disk: Disk) -> Usable:
    return Usable(2 + _ARRAY_SECTORS, disk.size() // SECTOR - _ARRAY_SECTORS - 2)


def write(disk: Disk, id: uuid.UUID, partitions: Sequence[Partition], usable: Usable | None = None) -> None:
    usable = usable or whole(disk)
    last = disk.size() // SECTOR - 1
    array = bytearray(_ENTRIES * _ENTRY_SIZE)
    for partition in partitions:
        sectors = partition.start // SECTOR, (partition.start + partition.size) // SECTOR - 1
        name = partition.name.encode("utf-16-le")
        fields = (partition.type.bytes_le, partition.uuid.bytes_le, *sectors, partition.attributes, name)
        struct.pack_into("<16s16sQQQ72s", array, (partition.number - 1) * _ENTRY_SIZE, *fields)
    disk.write(0, bytes(446) + struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, last) + bytes(48) + b"\x55\xaa")
    for own, other, at in ((1, last, 2), (last, 1, last - _ARRAY_SECTORS)):
        header = struct.pack("<8sIIIIQQQQ", b"EFI PART", 0x10000, 92, 0, 0, own, other, usable.first, usable.last)
        header += struct.pack("<16sQIII", id.bytes_le, at, _ENTRIES, _ENTRY_SIZE, zlib.crc32(array))
        disk.write(own * SECTOR, header[:16] + struct.pack("<I", zlib.crc32(header)) + header[20:])
        disk.write(at * SECTOR, bytes(array))
