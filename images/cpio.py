# SPDX-License-Identifier: GPL-2.0-or-later
"""A cpio archive as the kernel unpacks it into its initial root (Documentation/driver-api/early-userspace/buffer-format.rst)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_DIRECTORY, _FILE, _PROGRAM = 0o040755, 0o100644, 0o100755


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % 4)


def _entry(inode: int, name: str, mode: int, content: bytes) -> bytes:
    encoded = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    return _padded(header + encoded) + _padded(content)


def archive(files: Mapping[str, bytes], programs: Collection[str] = ()) -> bytes:
    """`files` by path without a leading slash; directories on the way are made. Which of them are executable: `programs`."""
    entries: dict[str, bytes | None] = {}
    for path, content in files.items():
        folders = path.split("/")[:-1]
        for depth in range(len(folders)):
            entries.setdefault("/".join(folders[: depth + 1]), None)
        entries[path] = content
    parts = [
        _entry(number, name, _DIRECTORY if content is None else _PROGRAM if name in programs else _FILE, content or b"")
        for number, (name, content) in enumerate(entries.items(), start=1)
    ]
    return b"".join(parts) + _entry(0, "TRAILER!!!", 0, b"")


def behind(initrd: bytes, files: Mapping[str, bytes]) -> bytes:
    """An initrd and, after it, these files: the kernel unpacks one archive after the other."""
    return _padded(initrd) + archive(files)
