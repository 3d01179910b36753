# SPDX-License-Identifier: GPL-2.0-or-later
"""The second disk of every machine: the same labels and types as the reference machine's, and contents that are nobody's
business. Its partitions even begin like LUKS2 volumes."""

from __future__ import annotations

import random
import struct
import uuid
import zlib

from tests.qemu.disk import SECTOR, TYPE_CONFIG, TYPE_ESP, TYPE_ROOT, TYPE_ROOT_VERITY, TYPE_VAR, Disk

SIZE = 64 << 20
ENTRY_COUNT = 128
PARTITIONS = ((TYPE_ESP, "esp"), (TYPE_ROOT, "root"), (TYPE_ROOT_VERITY, "root-verity"), (TYPE_CONFIG, "config"), (TYPE_VAR, "state"))
_PARTITION_SECTORS = 16384
_FIRST = 2048


def _entries(random_source: random.Random) -> bytes:
    table = bytearray(ENTRY_COUNT * 128)
    for i, (type_, name) in enumerate(PARTITIONS):
        first = _FIRST + i * _PARTITION_SECTORS
        id_ = random_source.randbytes(16)
        fields = (type_.bytes_le, id_, first, first + _PARTITION_SECTORS - 1, 0, name.encode("utf-16-le"))
        struct.pack_into("<16s16sQQQ72s", table, i * 128, *fields)
    return bytes(table)


def _header(here: int, other: int, entries_at: int, id_: uuid.UUID, table: bytes) -> bytes:
    last = SIZE // SECTOR - 34
    fields = (here, other, 34, last, id_.bytes_le, entries_at, ENTRY_COUNT, 128, zlib.crc32(table))
    without = struct.pack("<8s4sIIIQQQQ16sQIII", b"EFI PART", b"\0\0\1\0", 92, 0, 0, *fields)
    return without[:16] + zlib.crc32(without).to_bytes(4, "little") + without[20:]


def make(disk: Disk) -> None:
    source = random.Random(20)
    sectors = SIZE // SECTOR
    table = _entries(source)
    id_ = uuid.UUID(bytes=source.randbytes(16), version=4)
    with disk.path.open("wb") as file:
        file.truncate(SIZE)
    protective = struct.pack("<446sB3sB3sII", b"", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, sectors - 1)
    disk.write(0, protective.ljust(510, b"\0") + b"\x55\xaa")
    disk.write(SECTOR, _header(1, sectors - 1, 2, id_, table))
    disk.write(2 * SECTOR, table)
    disk.write((sectors - 33) * SECTOR, table)
    disk.write((sectors - 1) * SECTOR, _header(sectors - 1, 1, sectors - 33, id_, table))
    for partition in disk.partitions():
        disk.write(partition.start, b"LUKS\xba\xbe\0\2" + source.randbytes(65536))
