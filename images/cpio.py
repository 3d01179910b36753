# SPDX-License-Identifier: GPL-2.0-or-later
"""A cpio archive behind an initrd, as the kernel unpacks one after the other (Documentation/driver-api/early-userspace/buffer-format.rst)."""

from __future__ import annotations

from collections.abc import Mapping

_DIRECTORY, _FILE = 0o040555, 0o100444


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _entry(number: int, name: str, mode: int, content: bytes = b"") -> bytes:
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    return _padded(b"070701" + b"".join(b"%08X" % value for value in fields) + encoded) + _padded(content)


def behind(initrd: bytes, directories: list[str], files: Mapping[str, bytes]) -> bytes:
    """`directories` from the outside inwards."""
    entries = [(name, _DIRECTORY, b"") for name in directories] + [(name, _FILE, content) for name, content in files.items()]
    archive = b"".join(_entry(number, *entry) for number, entry in enumerate(entries, start=1))
    return _padded(initrd) + archive + _entry(0, "TRAILER!!!", 0)
