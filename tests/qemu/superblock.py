# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether an ext4 file system on a raw disk was unmounted, by its superblock (Documentation/filesystems/ext4/super.rst of the kernel). In a
volume, which is aes-xts-plain64 in sectors of 4096 bytes, it is read with the volume's key as `dmsetup table --showkeys` shows it."""

from __future__ import annotations

import ctypes
import ctypes.util
import struct

from tests.qemu.disk import TYPE_CONFIG, TYPE_VAR, Disk, Partition

SECTOR = 4096
DATA_OFFSET = 16 * 1024 * 1024
TYPES = {"config": TYPE_CONFIG, "state": TYPE_VAR}
MAGIC, VALID, NEEDS_RECOVERY = 0xEF53, 0x0001, 0x0004


def clean(disk: Disk, tables: dict[str, str]) -> dict[str, bool]:
    """By label, as the mappings' tables."""
    return {label: is_clean(disk, disk.partition(TYPES[label]), table) for label, table in tables.items()}


def is_clean(disk: Disk, partition: Partition, table: str) -> bool:
    """`table`: of its mapping."""
    superblock = _first_sector(disk, partition, bytes.fromhex(table.split()[4]))[1024:]
    magic, state = struct.unpack_from("<HH", superblock, 0x38)
    (incompatible,) = struct.unpack_from("<I", superblock, 0x60)
    if magic != MAGIC:
        raise ValueError(f"no ext4 in {partition.name}, or another key")
    return bool(state & VALID) and not incompatible & NEEDS_RECOVERY


def _first_sector(disk: Disk, partition: Partition, key: bytes) -> bytes:
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    crypto.EVP_CIPHER_CTX_new.restype = crypto.EVP_aes_256_xts.restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    plain, size = ctypes.create_string_buffer(SECTOR), ctypes.c_int()
    raw = disk.read(partition.start + DATA_OFFSET, SECTOR)
    if not crypto.EVP_DecryptInit_ex(context, ctypes.c_void_p(crypto.EVP_aes_256_xts()), None, key, bytes(16)):
        raise ValueError("not a key for aes-256-xts")
    if not crypto.EVP_DecryptUpdate(context, plain, ctypes.byref(size), raw, SECTOR):
        raise ValueError("a sector does not decrypt")
    crypto.EVP_CIPHER_CTX_free(context)
    return plain.raw
