# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a GUID partition table and the partitions' contents into a sparse file (UEFI 2.10, chapter 5)."""

from __future__ import annotations

import binascii
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SECTOR = 512  # of most disks; some have 4096
GRAIN = 1 << 20
_ENTRIES, _ENTRY_SIZE = 128, 128
READ_ONLY = 1 << 60  # Discoverable Partitions Specification


@dataclass(frozen=True)
class Partition:
    type: uuid.UUID
    uuid: uuid.UUID
    name: str
    content: Path
    attributes: int = 0
    least: int = 0  # bytes that it has at least


@dataclass(frozen=True)
class Extent:
    first: int  # sectors; last is inclusive
    last: int


def lay_out(sizes: Sequence[int], disk_size: int, sector: int = SECTOR) -> list[Extent]:
    """One after the other on 1 MiB boundaries, each rounded up to whole ones."""
    extents = []
    start = GRAIN
    for size in sizes:
        length = (max(size, 1) + GRAIN - 1) // GRAIN * GRAIN
        extents.append(Extent(start // sector, (start + length) // sector - 1))
        start += length
    if start > disk_size - GRAIN:
        raise SystemExit(f"images: the partitions of the image need {start} bytes, and the disk has {disk_size}. Give it a larger --size, or put less into the image.")
    return extents


def _entry(partition: Partition, extent: Extent) -> bytes:
    return struct.pack(
        "<16s16sQQQ72s",
        partition.type.bytes_le,
        partition.uuid.bytes_le,
        extent.first,
        extent.last,
        partition.attributes,
        partition.name.encode("utf-16-le"),
    )


def _header(disk: uuid.UUID, sectors: int, array_crc: int, backup: bool, sector: int) -> bytes:
    first, last, array_sectors = 1, sectors - 1, _ENTRIES * _ENTRY_SIZE // sector
    own, other = (last, first) if backup else (first, last)
    array = last - array_sectors if backup else 2

    def pack(crc: int) -> bytes:
        return struct.pack(
            "<8sIIIIQQQQ16sQIII",
            b"EFI PART",
            0x00010000,
            92,
            crc,
            0,
            own,
            other,
            2 + array_sectors,
            last - array_sectors - 1,
            disk.bytes_le,
            array,
            _ENTRIES,
            _ENTRY_SIZE,
            array_crc,
        )

    return pack(binascii.crc32(pack(0))).ljust(sector, b"\0")


def _protective_mbr(sectors: int, sector: int) -> bytes:
    size = min(sectors - 1, 0xFFFFFFFF)
    record = struct.pack("<B3sB3sII", 0, b"\x00\x02\x00", 0xEE, b"\xff\xff\xff", 1, size)
    return (b"\0" * 446 + record + b"\0" * 48 + b"\x55\xaa").ljust(sector, b"\0")


def copy_sparse(source: Path, target: BinaryIO, offset: int) -> None:
    """Blocks of zeros stay holes."""
    with source.open("rb") as stream:
        while block := stream.read(1 << 16):
            if block.count(0) != len(block):
                target.seek(offset)
                target.write(block)
            offset += len(block)


def write(path: Path, disk: uuid.UUID, size: int, partitions: Sequence[Partition], sector: int = SECTOR) -> None:
    sectors = size // sector
    extents = lay_out([max(partition.content.stat().st_size, partition.least) for partition in partitions], size, sector)
    array = b"".join(_entry(*pair) for pair in zip(partitions, extents)).ljust(_ENTRIES * _ENTRY_SIZE, b"\0")
    crc = binascii.crc32(array)
    with path.open("wb") as target:
        target.truncate(sectors * sector)
        target.write(_protective_mbr(sectors, sector) + _header(disk, sectors, crc, False, sector) + array)
        for partition, extent in zip(partitions, extents):
            copy_sparse(partition.content, target, extent.first * sector)
        target.seek((sectors - 1) * sector - len(array))
        target.write(array + _header(disk, sectors, crc, True, sector))
