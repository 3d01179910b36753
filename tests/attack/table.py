# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes GUID partition tables as somebody with a disk editor would: any entry anywhere, any usable range (UEFI 2.10, chapter 5)."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.qemu.disk import SECTOR, Disk, Partition

MIB = 1 << 20
_ENTRIES, _ENTRY_SIZE = 128, 128
_ARRAY_SECTORS = _ENTRIES * _ENTRY_SIZE // SECTOR


@dataclass(frozen=True)
class Usable:
    """What the header says of the range that entries may use: sectors, the last one inclusive."""

    first: int
    last: int


def disk_uuid(disk: Disk) -> uuid.UUID:
    return uuid.UUID(bytes_le=disk.read(SECTOR + 56, 16))


def whole(disk: Disk) -> Usable:
    return Usable(2 + _ARRAY_SECTORS, disk.size() // SECTOR - _ARRAY_SECTORS - 2)


def write(disk: Disk, id: uuid.UUID, partitions: Sequence[Partition], usable: Usable | None = None, filler: bytes = bytes(16)) -> None:
    """`filler`: 16 bytes that stand wherever the table has room for them."""
    usable = usable or whole(disk)
    last = disk.size() // SECTOR - 1
    array = bytearray((bytes(16) + filler * 7) * _ENTRIES)  # a type of zeros: unused
    for partition in partitions:
        sectors = partition.start // SECTOR, (partition.start + partition.size) // SECTOR - 1
        name = partition.name.encode("utf-16-le")
        fields = (partition.type.bytes_le, partition.uuid.bytes_le, *sectors, partition.attributes, name.ljust(72, b"\0"))
        struct.pack_into("<16s16sQQQ72s", array, (partition.number - 1) * _ENTRY_SIZE, *fields)
    disk.write(0, bytes(446) + struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, last) + bytes(48) + b"\x55\xaa")
    for own, other, at in ((1, last, 2), (last, 1, last - _ARRAY_SECTORS)):
        header = struct.pack("<8sIIIIQQQQ", b"EFI PART", 0x10000, 92, 0, 0, own, other, usable.first, usable.last)
        header += struct.pack("<16sQIII", id.bytes_le, at, _ENTRIES, _ENTRY_SIZE, zlib.crc32(array))
        disk.write(own * SECTOR, header[:16] + struct.pack("<I", zlib.crc32(header)) + header[20:] + bytes(4) + filler * 26)
        disk.write(at * SECTOR, bytes(array))


def rewrite(disk: Disk, change: Callable[[Partition], Partition | None], usable: Usable | None = None, filler: bytes = bytes(16)) -> None:
    """Each entry as `change` makes it; None = without it."""
    changed = [change(partition) for partition in disk.partitions()]
    write(disk, disk_uuid(disk), [partition for partition in changed if partition], usable, filler)


def delete(disk: Disk, *names: str) -> None:
    """Entries leave the table; what they stood for stays on the disk."""
    rewrite(disk, lambda partition: None if partition.name in names else partition)


def edit(disk: Disk, which: str, **changes: Any) -> None:
    rewrite(disk, lambda partition: replace(partition, **changes) if partition.name == which else partition)


def move_back(disk: Disk, by: int, usable_from: int | None = None) -> None:
    """Every partition with what is in it, `by` bytes towards the end of the disk. `usable_from`: FirstUsableLBA, as bytes."""
    last = max(partition.start + partition.size for partition in disk.partitions())
    first = min(partition.start for partition in disk.partitions())
    content = disk.read(first, last - first)
    disk.write(first, bytes(by))
    disk.write(first + by, content)
    usable = Usable(usable_from // SECTOR, whole(disk).last) if usable_from else None
    rewrite(disk, lambda partition: replace(partition, start=partition.start + by), usable)
