# SPDX-License-Identifier: GPL-2.0-or-later
"""PE files, as far as a unified kernel image needs them: reading the sections, and putting further ones behind them, several of
one name if need be, which objcopy cannot (PE/COFF specification, revision 11, sections 2 to 4)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

_PE32_PLUS = 0x20B
_ADDRESS_ALIGNMENT = 4096  # systemd-stub's own sections lie closer together; a section of ours begins on a page
_READ_ONLY_DATA = 0x40000040  # initialized data, readable
_HEADER = struct.Struct("<8sIIIIIIHHI")
_CERTIFICATES = 4  # index in the data directories

# Offsets behind the PE signature's end, in the COFF header, and in the optional header.
_COUNT, _TIME, _OPTIONAL_SIZE = 2, 4, 16
_COFF_SIZE = 20
_DATA_SIZE, _SECTION_ALIGNMENT, _FILE_ALIGNMENT, _IMAGE_SIZE, _HEADERS_SIZE, _CHECKSUM = 8, 32, 36, 56, 60, 64
_DIRECTORY_COUNT, _DIRECTORIES = 108, 112


@dataclass(frozen=True)
class Section:
    name: str
    address: int  # relative to the image's base
    size: int  # in memory, without the file's padding
    file_size: int
    file_offset: int
    flags: int
    content: bytes  # `size` bytes, or what the file holds of them

    def header(self) -> bytes:
        name = self.name.encode("ascii")
        return _HEADER.pack(name, self.size, self.address, self.file_size, self.file_offset, 0, 0, 0, 0, self.flags)


class _Layout:
    """Where the headers of an image are."""

    def __init__(self, image: bytes) -> None:
        if len(image) < 64 or image[:2] != b"MZ":
            raise ValueError("not a PE file")
        self.coff: int = struct.unpack_from("<I", image, 0x3C)[0] + 4
        self.optional = self.coff + _COFF_SIZE
        if len(image) < self.optional + _DIRECTORIES or image[self.coff - 4 : self.coff] != b"PE\0\0":
            raise ValueError("not a PE file")
        if struct.unpack_from("<H", image, self.optional)[0] != _PE32_PLUS:
            raise ValueError("not a PE32+ file")
        self.count: int = struct.unpack_from("<H", image, self.coff + _COUNT)[0]
        self.table: int = self.optional + struct.unpack_from("<H", image, self.coff + _OPTIONAL_SIZE)[0]
        if len(image) < self.table_end(0):
            raise ValueError("the section table is cut off")

    def table_end(self, added: int) -> int:
        return self.table + (self.count + added) * _HEADER.size


def _up(value: int, alignment: int) -> int:
    return (value + alignment - 1) // alignment * alignment


def sections(image: bytes) -> list[Section]:
    """In the order of the table."""
    layout, result = _Layout(image), []
    for index in range(layout.count):
        name, size, address, file_size, offset, *_, flags = _HEADER.unpack_from(image, layout.table + index * _HEADER.size)
        content = image[offset : offset + min(size, file_size)]
        result.append(Section(name.rstrip(b"\0").decode("ascii"), address, size, file_size, offset, flags, content))
    return result


def common(image: bytes) -> dict[str, bytes]:
    """The contents of the sections in front of the first profile, by name."""
    result: dict[str, bytes] = {}
    for section in sections(image):
        if section.name == ".profile":
            break
        result[section.name] = section.content
    return result


def authenticode(image: bytes) -> bytes:
    """The digest that is signed, and that firmware measures: of all but the checksum and the signature itself (Microsoft, Windows
    Authenticode Portable Executable Signature Format, "Calculating the PE Image Hash")."""
    layout = _Layout(image)
    checksum = layout.optional + _CHECKSUM
    entry = layout.optional + _DIRECTORIES + 8 * _CERTIFICATES
    has_entry = struct.unpack_from("<I", image, layout.optional + _DIRECTORY_COUNT)[0] > _CERTIFICATES
    signature = struct.unpack_from("<I", image, entry + 4)[0] if has_entry else 0
    headers = struct.unpack_from("<I", image, layout.optional + _HEADERS_SIZE)[0]
    digest = hashlib.sha256(image[:checksum])
    digest.update(image[checksum + 4 : entry if has_entry else headers])
    if has_entry:
        digest.update(image[entry + 8 : headers])
    hashed = headers
    for section in sorted(sections(image), key=lambda section: section.file_offset):
        if section.file_size:
            digest.update(image[section.file_offset : section.file_offset + section.file_size])
            hashed += section.file_size
    digest.update(image[hashed : len(image) - signature])
    return digest.digest()


def _placed(added: Sequence[tuple[str, bytes]], address: int, offset: int, file_alignment: int) -> list[Section]:
    result = []
    for name, content in added:
        if not 0 < len(name.encode("ascii")) <= 8:
            raise ValueError(f"a section cannot be called {name!r}: 1 to 8 characters")
        address = _up(address, _ADDRESS_ALIGNMENT)
        file_size = _up(len(content), file_alignment)
        result.append(Section(name, address, len(content), file_size, offset, _READ_ONLY_DATA, content))
        address, offset = address + len(content), offset + file_size
    return result


def _set(image: bytearray, at: int, value: int) -> None:
    struct.pack_into("<I", image, at, value)


def _drop_what_does_not_fit_any_more(image: bytearray, layout: _Layout) -> None:
    """The time and the checksum, so that equal input gives equal bytes; symbols, which nobody reads; a signature, which would be
    of what was there before."""
    for at in (_TIME, _TIME + 4, _TIME + 8):  # time, symbol table, its length
        _set(image, layout.coff + at, 0)
    _set(image, layout.optional + _CHECKSUM, 0)
    if struct.unpack_from("<I", image, layout.optional + _DIRECTORY_COUNT)[0] > _CERTIFICATES:
        struct.pack_into("<II", image, layout.optional + _DIRECTORIES + 8 * _CERTIFICATES, 0, 0)


def _with_room(image: bytes, layout: _Layout, old: Sequence[Section], added: int) -> tuple[bytes, list[Section]]:
    """The headers have to end before the first section's contents; if they do not, the contents move back."""
    file_alignment, headers = (struct.unpack_from("<I", image, layout.optional + at)[0] for at in (_FILE_ALIGNMENT, _HEADERS_SIZE))
    needed = layout.table_end(added)
    if needed <= headers:
        return image, list(old)
    shift = _up(needed - headers, file_alignment)
    if headers + shift > min(section.address for section in old):
        raise ValueError(f"{added} more sections do not fit into the headers")
    moved = bytearray(image[: layout.table_end(0)].ljust(headers + shift, b"\0") + image[headers:])
    _set(moved, layout.optional + _HEADERS_SIZE, headers + shift)
    return bytes(moved), [replace(section, file_offset=section.file_offset + shift if section.file_offset else 0) for section in old]


def append(image: bytes, added: Sequence[tuple[str, bytes]]) -> bytes:
    """The image with further sections of read-only data, in this order, at addresses behind its own. Sign it afterwards."""
    layout = _Layout(image)
    image, old = _with_room(image, layout, sections(image), len(added))
    file_alignment, section_alignment = (
        struct.unpack_from("<I", image, layout.optional + at)[0] for at in (_FILE_ALIGNMENT, _SECTION_ALIGNMENT)
    )
    end = max(section.address + max(section.size, section.file_size) for section in old)
    file_end = _up(max(section.file_offset + section.file_size for section in old), file_alignment)
    new = _placed(added, end, file_end, file_alignment)
    result = bytearray(image[:file_end].ljust(file_end, b"\0"))
    _drop_what_does_not_fit_any_more(result, layout)
    table = b"".join(section.header() for section in [*old, *new])
    result[layout.table : layout.table + len(table)] = table
    struct.pack_into("<H", result, layout.coff + _COUNT, layout.count + len(new))
    data_size = struct.unpack_from("<I", result, layout.optional + _DATA_SIZE)[0]
    _set(result, layout.optional + _DATA_SIZE, data_size + sum(section.file_size for section in new))
    last = max([end, *(section.address + section.size for section in new)])
    _set(result, layout.optional + _IMAGE_SIZE, _up(last, section_alignment))
    return bytes(result) + b"".join(section.content.ljust(section.file_size, b"\0") for section in new)
