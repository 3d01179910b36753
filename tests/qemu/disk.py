# SPDX-License-Identifier: GPL-2.0-or-later
"""The raw disk of a switched-off machine: its GUID partition table, its bytes, and what can be found in them."""

from __future__ import annotations

import errno
import hashlib
import os
import struct
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
CHUNK = 16 << 20  # bytes that are read at a time
_HEADER = struct.Struct("<8s4sIIIQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")

TYPE_ESP = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
TYPE_VAR = uuid.UUID("4d21b016-b534-45c2-a9fb-5c16e091fd2d")
TYPE_CONFIG = uuid.UUID("3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2")
TYPE_ROOT = uuid.UUID("4f68bce3-e8cd-4db1-96e7-fbcaf984b709")
TYPE_ROOT_VERITY = uuid.UUID("2c7357ed-ebd2-46d9-aec1-23d437ec2bf5")
TYPE_USR = uuid.UUID("8484680c-9521-48c6-9c11-b0720656f69e")
TYPE_USR_VERITY = uuid.UUID("77ff5f63-e7b6-4633-acf4-1565b864c0e6")
TYPE_ROOT_SIGNATURE = uuid.UUID("41092b05-9fc8-4523-994f-2def0408b176")
TYPE_USR_SIGNATURE = uuid.UUID("e7bb33fb-06cf-4e81-8273-e543b413e2e2")

# The modification time in squashfs's superblock: read by every mount, and of no consequence without verification.
SQUASHFS_TIME_OFFSET = 8


class DiskError(Exception):
    """The disk does not hold what a test needs to find on it."""


@dataclass(frozen=True)
class Partition:
    number: int
    type: uuid.UUID
    uuid: uuid.UUID
    name: str
    start: int  # bytes
    size: int  # bytes
    attributes: int


def copy_sparse(source: Path, destination: Path) -> None:
    """Copies only what is not a hole."""
    with source.open("rb") as reader, destination.open("wb") as writer:
        os.truncate(writer.fileno(), os.fstat(reader.fileno()).st_size)
        for start, end in data_ranges(reader.fileno()):
            while start < end:
                start += os.copy_file_range(reader.fileno(), writer.fileno(), end - start, start, start)


def data_ranges(fd: int, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """The parts of a sparse file that are not holes."""
    end = os.fstat(fd).st_size if end is None else end
    while start < end:
        try:
            start = os.lseek(fd, start, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return
        hole = os.lseek(fd, start, os.SEEK_HOLE)
        if start < end:
            yield start, min(hole, end)
        start = hole


class Disk:
    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self) -> int:
        return self.path.stat().st_size

    def read(self, offset: int, length: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def write(self, offset: int, content: bytes) -> None:
        with self.path.open("r+b") as file:
            file.seek(offset)
            file.write(content)

    def flip_byte(self, offset: int) -> None:
        self.write(offset, bytes([self.read(offset, 1)[0] ^ 0xFF]))

    def sector_size(self) -> int:
        """As the partition table has it: it begins in the second sector."""
        return next((size for size in (SECTOR, 4096) if self.read(size, 8) == b"EFI PART"), SECTOR)

    def partitions(self) -> list[Partition]:
        """From the primary table, whose two checksums must hold."""
        sector = self.sector_size()
        raw = self.read(sector, sector)
        header = _HEADER.unpack_from(raw)
        signature, _, header_size, header_crc, *_ = header
        entries_at, count, size, entries_crc = header[-4] * sector, header[-3], header[-2], header[-1]
        plain = raw[:16] + bytes(4) + raw[20:header_size]
        table = self.read(entries_at, count * size)
        if signature != b"EFI PART" or zlib.crc32(plain) != header_crc or zlib.crc32(table) != entries_crc:
            raise DiskError(f"{self.path}: the primary partition table is damaged")
        return [entry for i in range(count) if (entry := self._entry(i + 1, table[i * size :], sector))]

    @staticmethod
    def _entry(number: int, raw: bytes, sector: int) -> Partition | None:
        type_, uuid_, first, last, attributes, name = _ENTRY.unpack_from(raw)
        if type_ == bytes(16):
            return None
        text = name.decode("utf-16-le").split("\0")[0]
        ids = uuid.UUID(bytes_le=type_), uuid.UUID(bytes_le=uuid_)
        return Partition(number, *ids, text, first * sector, (last - first + 1) * sector, attributes)

    def gaps(self) -> list[tuple[int, int]]:
        """Start and end of what belongs to no partition, between the table's two copies."""
        first, last = struct.unpack_from("<QQ", self.read(SECTOR, SECTOR), 40)  # the usable range (UEFI 2.10, 5.3.2)
        at, found = first * SECTOR, []
        for partition in sorted(self.partitions(), key=lambda partition: partition.start):
            found.append((at, partition.start))
            at = partition.start + partition.size
        return [(start, end) for start, end in (*found, (at, (last + 1) * SECTOR)) if start < end]

    def partition(self, type: uuid.UUID) -> Partition:
        found = [partition for partition in self.partitions() if partition.type == type]
        if len(found) != 1:
            raise DiskError(f"{self.path}: {len(found)} partitions of type {type}, not one")
        return found[0]

    def sha256(self) -> str:
        """Of the whole disk, holes as the zeros they read as."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            zeros, at = bytes(1 << 20), 0
            for start, end in data_ranges(file.fileno()):
                _hash_zeros(digest, zeros, start - at)
                for chunk in range(start, end, CHUNK):
                    digest.update(os.pread(file.fileno(), min(CHUNK, end - chunk), chunk))
                at = end
            _hash_zeros(digest, zeros, self.size() - at)
        return digest.hexdigest()

    def find(self, needle: bytes, start: int = 0, end: int | None = None) -> list[int]:
        """Every offset of `needle`. Holes are skipped: they read as zeros, and a needle of zeros is nobody's secret."""
        end = self.size() if end is None else end
        found: list[int] = []
        with self.path.open("rb") as file:
            for low, high in data_ranges(file.fileno(), start, end):
                for chunk in range(low, high, CHUNK):
                    # An occurrence belongs to the chunk that it begins in; it may end in the next one.
                    first_beyond = min(chunk + CHUNK, high)
                    wanted = min(first_beyond + len(needle) - 1, end) - chunk
                    content = os.pread(file.fileno(), wanted, chunk)
                    found += [chunk + at for at in _occurrences(content, needle)]
        return found


def _occurrences(content: bytes, needle: bytes) -> Iterator[int]:
    at = content.find(needle)
    while at >= 0:
        yield at
        at = content.find(needle, at + 1)


def _hash_zeros(digest: "hashlib._Hash", zeros: bytes, count: int) -> None:
    while count > 0:
        digest.update(zeros[: min(count, len(zeros))])
        count -= len(zeros)
