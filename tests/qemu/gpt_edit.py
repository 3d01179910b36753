# SPDX-License-Identifier: GPL-2.0-or-later
"""Gives a disk, or a partition of it, another GUID in both of its tables: what tells a disk from one that was flashed with the same
image, or from a copy."""

from __future__ import annotations

import struct
import uuid
import zlib

from tests.qemu.disk import SECTOR, Disk, DiskError

_ENTRY_COUNT, _ENTRY_SIZE = 128, 128
_DISK_GUID, _ENTRIES_LBA, _ENTRIES_CRC, _OWN_CRC, _HEADER_SIZE = 56, 72, 88, 16, 92


def disk_uuid(disk: Disk) -> uuid.UUID:
    return uuid.UUID(bytes_le=disk.read(SECTOR + _DISK_GUID, 16))


def set_disk_uuid(disk: Disk, to: uuid.UUID) -> None:
    for at in (SECTOR, disk.size() - SECTOR):
        header = _header(disk, at)
        header[_DISK_GUID : _DISK_GUID + 16] = to.bytes_le
        _write_header(disk, at, header)


def set_partition_uuid(disk: Disk, number: int, to: uuid.UUID) -> None:
    for at in (SECTOR, disk.size() - SECTOR):
        header = _header(disk, at)
        table_at = struct.unpack_from("<Q", header, _ENTRIES_LBA)[0] * SECTOR
        table = bytearray(disk.read(table_at, _ENTRY_COUNT * _ENTRY_SIZE))
        entry = (number - 1) * _ENTRY_SIZE
        table[entry + 16 : entry + 32] = to.bytes_le
        disk.write(table_at, bytes(table))
        struct.pack_into("<I", header, _ENTRIES_CRC, zlib.crc32(table))
        _write_header(disk, at, header)


def _header(disk: Disk, at: int) -> bytearray:
    header = bytearray(disk.read(at, _HEADER_SIZE))
    if header[:8] != b"EFI PART":
        raise DiskError(f"{disk.path}: no partition table at {at}")
    return header


def _write_header(disk: Disk, at: int, header: bytearray) -> None:
    struct.pack_into("<I", header, _OWN_CRC, 0)
    struct.pack_into("<I", header, _OWN_CRC, zlib.crc32(header))
    disk.write(at, bytes(header))
