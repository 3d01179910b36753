# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot entries of the firmware, Boot0000 and so on, written as an operating system's installer would (UEFI 2.10, 3.1.3 and 10.3)."""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass

from tests.qemu.disk import SECTOR, Partition
from tests.qemu.variables import GUID_GLOBAL, VariableStore

_ACTIVE = 1
_END = struct.pack("<BBH", 0x7F, 0xFF, 4)
_GPT_FORMAT, _GUID_SIGNATURE = 2, 2


@dataclass(frozen=True)
class Entry:
    number: int
    description: str
    path: str  # on the ESP, with slashes
    load_options: str = ""

    @property
    def variable(self) -> str:
        return f"Boot{self.number:04X}"


def _text(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")


def _node(type: int, subtype: int, content: bytes) -> bytes:
    return struct.pack("<BBH", type, subtype, 4 + len(content)) + content


def vendor_hardware(guid: uuid.UUID) -> bytes:
    """The beginning of a device path that QEMU's firmware does not know: entries without one go when it orders them by bootindex."""
    return _node(1, 4, guid.bytes_le)


def load_option(entry: Entry, esp: Partition, device: bytes = b"") -> bytes:
    place = struct.pack("<IQQ16sBB", esp.number, esp.start // SECTOR, esp.size // SECTOR, esp.uuid.bytes_le, _GPT_FORMAT, _GUID_SIGNATURE)
    path = device + _node(4, 1, place) + _node(4, 4, _text(entry.path.replace("/", "\\"))) + _END
    options = _text(entry.load_options) if entry.load_options else b""
    return struct.pack("<IH", _ACTIVE, len(path)) + _text(entry.description) + path + options


def order(entries: list[Entry]) -> bytes:
    return struct.pack(f"<{len(entries)}H", *(entry.number for entry in entries))


def write(store: VariableStore, esp: Partition, entries: list[Entry]) -> None:
    """The firmware tries them in this order."""
    for entry in entries:
        store.set(entry.variable, GUID_GLOBAL, load_option(entry, esp))
    store.set("BootOrder", GUID_GLOBAL, order(entries))
