# SPDX-License-Identifier: GPL-2.0-or-later
"""Factory manifests (docs/manifest.md) and how two of them differ."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

PATH = "/usr/lib/cleanslate/manifest"


def digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def escape(raw: bytes) -> str:
    return "".join(f"\\x{byte:02x}" if byte <= 0x20 or byte in (0x7F, 0x5C) else chr(byte) for byte in raw)


@dataclass(frozen=True)
class Entry:
    """One line. `content` is a file's SHA-256 or a node's MAJOR:MINOR; xattrs and target are kept as written."""

    type: str
    mode: str
    uid: int
    gid: int
    size: int
    mtime: int
    content: str
    path: str
    rest: str = ""

    def line(self) -> str:
        fields = (self.type, self.mode, self.uid, self.gid, self.size, self.mtime, self.content, self.path)
        return " ".join(map(str, fields)) + self.rest


def parse_line(line: str) -> Entry:
    type_, mode, uid, gid, size, mtime, content, path, *rest = line.split(" ")
    return Entry(type_, mode, int(uid), int(gid), int(size), int(mtime), content, path, "".join(" " + word for word in rest))


def parse(text: bytes) -> dict[str, Entry]:
    entries = [parse_line(line) for line in text.decode("latin-1").splitlines()]
    return {entry.path: entry for entry in entries}


def differences(expected: dict[str, Entry], found: dict[str, Entry], ignored: Iterable[str] = ()) -> list[str]:
    """One sentence for each path that is missing, unexpected or not the same; `ignored` are shell patterns of paths."""
    patterns = list(ignored)
    result = []
    for path in sorted(expected.keys() | found.keys()):
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns):
            continue
        if path not in found:
            result.append(f"{path} is missing")
        elif path not in expected:
            result.append(f"{path} is not of the factory")
        elif expected[path] != found[path]:
            result.append(f"{path} is {found[path].line()!r}, of the factory it is {expected[path].line()!r}")
    return result
