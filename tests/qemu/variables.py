# SPDX-License-Identifier: GPL-2.0-or-later
"""EFI variables of a switched-off machine, in the firmware's flash image: edk2's authenticated variable store (EDK II,
MdeModulePkg/Include/Guid/VariableFormat.h; Platform Initialization specification, volume 3, for the volume header)."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GUID_REQUEST = uuid.UUID("8cf2644b-4b0b-428f-9387-6d876050dc67")
GUID_CLEANSLATE = uuid.UUID("e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41")
GUID_LOADER = uuid.UUID("4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
GUID_GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
REQUEST_NAME = "FactoryResetRequest"
BOOT_COUNT_NAME = "CleanslateBootCount"
BREAK_GLASS_NAME = "CleanslateBreakGlass"
PROGRESS_NAMES = ("CleanslateProgress0", "CleanslateProgress1")

NON_VOLATILE_BOOT_RUNTIME = 0x07

_AUTHENTICATED_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
_VOLUME_SIGNATURE = b"_FVH"
_STORE = struct.Struct("<16sIBBHI")  # signature, size, format, state, two reserved
_RECORD = struct.Struct("<HBBIQ16sIII16s")  # start, state, reserved, attributes, count, time, key, name size, data size, vendor
_START = 0x55AA
_ADDED = 0x3F
_IN_TRANSITION = 0x3E  # added, and a newer one is being written: counts until that one is complete
_DELETED_BIT = 0x02
_ERASED = 0xFF


@dataclass(frozen=True)
class Variable:
    name: str
    vendor: uuid.UUID
    attributes: int
    value: bytes
    state: int
    offset: int  # of its record in the image


class VariableStore:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._image = bytearray(path.read_bytes())
        header_length = int.from_bytes(self._image[48:50], "little")
        signature, size, format_, state, _, _ = _STORE.unpack_from(self._image, header_length)
        if self._image[40:44] != _VOLUME_SIGNATURE or signature != _AUTHENTICATED_STORE.bytes_le or (format_, state) != (0x5A, 0xFE):
            raise ValueError(f"{path}: not an edk2 flash image with an authenticated variable store")
        self._first = _aligned(header_length + _STORE.size)
        self._end = header_length + size

    def _records(self) -> Iterator[Variable]:
        at = self._first
        while at + _RECORD.size <= self._end:
            start, state, _, attributes, _, _, _, name_size, data_size, vendor = _RECORD.unpack_from(self._image, at)
            if start != _START:
                return
            name_at = at + _RECORD.size
            data_at = name_at + name_size
            name = self._image[name_at:data_at].decode("utf-16-le").rstrip("\0")
            value = bytes(self._image[data_at : data_at + data_size])
            yield Variable(name, uuid.UUID(bytes_le=vendor), attributes, value, state, at)
            at = _aligned(data_at + data_size)

    def _free_at(self) -> int:
        last = max((record.offset for record in self._records()), default=None)
        if last is None:
            return self._first
        sizes = _RECORD.unpack_from(self._image, last)[7:9]
        return _aligned(last + _RECORD.size + sum(sizes))

    def get(self, name: str, vendor: uuid.UUID) -> Variable | None:
        found = [record for record in self._records() if (record.name, record.vendor) == (name, vendor)]
        for state in (_ADDED, _IN_TRANSITION):
            for record in found:
                if record.state == state:
                    return record
        return None

    def all(self) -> dict[tuple[str, uuid.UUID], Variable]:
        keys = {(record.name, record.vendor) for record in self._records()}
        return {key: variable for key in keys if (variable := self.get(*key))}

    def delete(self, name: str, vendor: uuid.UUID) -> None:
        for record in self._records():
            if (record.name, record.vendor) == (name, vendor):
                self._image[record.offset + 2] &= ~_DELETED_BIT & 0xFF
        self._path.write_bytes(self._image)

    def set(self, name: str, vendor: uuid.UUID, value: bytes, attributes: int = NON_VOLATILE_BOOT_RUNTIME) -> None:
        """Appends a record, as the firmware would, behind the last one."""
        encoded = name.encode("utf-16-le") + b"\0\0"
        at = self._free_at()
        fields = (_START, _ADDED, 0, attributes, 0, bytes(16), 0, len(encoded), len(value), vendor.bytes_le)
        record = _RECORD.pack(*fields) + encoded + value
        if at + len(record) > self._end:
            raise ValueError(f"{self._path}: no room for {name} without reclaiming")
        if any(byte != _ERASED for byte in self._image[at : at + len(record)]):
            raise ValueError(f"{self._path}: what lies behind the last variable is not erased flash")
        self.delete(name, vendor)
        self._image[at : at + len(record)] = record
        self._path.write_bytes(self._image)


def _aligned(offset: int) -> int:
    return (offset + 3) & ~3


def request_value(text: str) -> bytes:
    """The value of a request variable: UTF-16LE with its NUL."""
    return (text + "\0").encode("utf-16-le")
