# SPDX-License-Identifier: GPL-2.0-or-later
"""GUID partition tables of disks that are plain files: written and read back by the numbers (UEFI 2.10, 5.3), in a millisecond, with every
slot, place and flag as the test wants it."""

from __future__ import annotations

import dataclasses
import struct
import uuid
import zlib
from pathlib import Path

SECTOR = 512
ENTRY_BYTES, ENTRY_COUNT = 128, 128
ENTRIES_SECTORS = ENTRY_BYTES * ENTRY_COUNT // SECTOR
FIRST_USABLE = 2048
HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
ENTRY = struct.Struct("<16s16sQQQ72s")
DISK_ID = uuid.UUID("6f1d2b1c-5a5e-4c1a-9a3e-0d6f1b0c7e01")


@dataclasses.dataclass(frozen=True)
class Partition:
    slot: int  # 1-based
    start: int  # bytes
    size: int
    type: str  # GUID, lower case
    uuid: str
    name: str
    flags: int = 0

    @property
    def end(self) -> int:
        return self.start + self.size


def last_usable(disk_size: int) -> int:
    """The number of the last sector that a partition may have."""
    return disk_size // SECTOR - ENTRIES_SECTORS - 2


def entry(partition: Partition) -> bytes:
    name = partition.name.encode("utf-16-le")
    first, last = partition.start // SECTOR, partition.end // SECTOR - 1
    return ENTRY.pack(uuid.UUID(partition.type).bytes_le, uuid.UUID(partition.uuid).bytes_le, first, last, partition.flags, name)


def header(disk_size: int, own: int, other: int, entries_at: int, entries: bytes) -> bytes:
    def packed(checksum: int) -> bytes:
        return HEADER.pack(
            b"EFI PART", 0x10000, HEADER.size, checksum, 0, own, other, FIRST_USABLE, last_usable(disk_size), DISK_ID.bytes_le,
            entries_at, ENTRY_COUNT, ENTRY_BYTES, zlib.crc32(entries),
        )  # fmt: skip

    return packed(zlib.crc32(packed(0))).ljust(SECTOR, b"\0")


def protective_mbr(sectors: int) -> bytes:
    record = struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, min(sectors - 1, 0xFFFFFFFF))
    return (bytes(446) + record).ljust(SECTOR - 2, b"\0") + b"\x55\xaa"


def write(path: Path, disk_size: int, partitions: list[Partition]) -> None:
    entries = bytearray(ENTRY_BYTES * ENTRY_COUNT)
    for partition in partitions:
        at = (partition.slot - 1) * ENTRY_BYTES
        entries[at : at + ENTRY_BYTES] = entry(partition)
    sectors = disk_size // SECTOR
    last = sectors - 1
    with path.open("wb") as file:
        file.truncate(disk_size)
        file.write(protective_mbr(sectors) + header(disk_size, 1, last, 2, bytes(entries)) + entries)
        file.seek((last - ENTRIES_SECTORS) * SECTOR)
        file.write(bytes(entries) + header(disk_size, last, 1, last - ENTRIES_SECTORS, bytes(entries)))


def read(path: Path) -> list[Partition]:
    """In the order of slots. Looks at the primary table alone."""
    with path.open("rb") as file:
        file.seek(SECTOR)
        fields = HEADER.unpack(file.read(HEADER.size))
        file.seek(fields[10] * SECTOR)
        entries = file.read(fields[11] * fields[12])
    return [found for slot in range(fields[11]) if (found := unpacked(slot + 1, entries[slot * fields[12] :]))]


def unpacked(slot: int, data: bytes) -> Partition | None:
    kind, unique, first, last, flags, name = ENTRY.unpack(data[: ENTRY.size])
    if kind == bytes(16):
        return None
    text = name.decode("utf-16-le").split("\0")[0]
    size = (last + 1 - first) * SECTOR
    return Partition(slot, first * SECTOR, size, str(uuid.UUID(bytes_le=kind)), str(uuid.UUID(bytes_le=unique)), text, flags)
