# SPDX-License-Identifier: GPL-2.0-or-later
"""Walks an unencrypted ext4 file system on a raw disk with debugfs and writes its factory manifest, independently of the
program under test and without mounting anything."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.qemu import manifest
from tests.qemu.disk import Disk, Partition

ROOT_INODE = 2
_XATTR_CLASSES = ("security.", "user.", "system.posix_acl_")
Names = tuple[bytes, ...]
_ECHO = re.compile(rb"^debugfs: ", re.M)


class Ext4:
    def __init__(self, disk: Disk, partition: Partition, scratch: Path) -> None:
        self._image = f"{disk.path}?offset={partition.start}"
        self._scratch = scratch
        scratch.mkdir(parents=True, exist_ok=True)

    def _ask(self, requests: Sequence[str]) -> list[bytes]:
        """The answers to many requests of one debugfs process."""
        commands = self._scratch / "commands"
        commands.write_text("".join(request + "\n" for request in requests))
        command = ["debugfs", "-f", str(commands), self._image]
        done = subprocess.run(command, capture_output=True, timeout=300, check=True)
        answers = [answer.partition(b"\n")[2] for answer in _ECHO.split(done.stdout)[1:]]
        if len(answers) != len(requests):
            raise ValueError(f"{self._image}: {len(answers)} answers to {len(requests)} requests: {done.stderr.decode()}")
        return answers

    def _walk(self) -> dict[Names, int]:
        """The names from the root to each file, as bytes, and its inode; level by level."""
        found: dict[Names, int] = {(): ROOT_INODE}
        level = dict(found)
        while level:
            answers = self._ask([f"ls -p <{inode}>" for inode in level.values()])
            below: dict[Names, int] = {}
            for parent, answer in zip(level, answers):
                for inode, is_directory, name in _entries(answer):
                    if parent + (name,) == (b"lost+found",):
                        continue
                    found[parent + (name,)] = inode
                    if is_directory:
                        below[parent + (name,)] = inode
            level = below
        return found

    def entries(self, mount_point: str) -> list[manifest.Entry]:
        """In the manifest's order: depth first, names by byte value."""
        walked = dict(sorted(self._walk().items()))
        inodes = list(dict.fromkeys(walked.values()))
        stats = dict(zip(inodes, self._ask([f"stat <{inode}>" for inode in inodes])))
        types = {inode: _type(stat) for inode, stat in stats.items()}
        xattrs = dict(zip(inodes, self._xattrs(inodes)))
        files = [inode for inode in inodes if types[inode] == "f"]
        contents = dict(zip(files, self._hashes(files)))
        result = []
        for names, inode in walked.items():
            path = mount_point + "".join("/" + manifest.escape(name) for name in names)
            link = self._target(inode, stats[inode]) if types[inode] == "l" else ""
            result.append(_entry(path, stats[inode], contents.get(inode), link + xattrs[inode]))
        return result

    def _hashes(self, inodes: Sequence[int]) -> Iterator[str]:
        target = self._scratch / "dumped"
        target.mkdir(exist_ok=True)
        self._ask([f"dump <{inode}> {target}/{inode}" for inode in inodes])
        for inode in inodes:
            dumped = target / str(inode)
            yield hashlib.sha256(dumped.read_bytes()).hexdigest()
            dumped.unlink()

    def _target(self, inode: int, stat: bytes) -> str:
        fast = re.search(rb'^Fast link dest: "(.*)"$', stat, re.M)
        raw = fast[1] if fast else self._ask([f"cat <{inode}>"])[0]
        return " -> " + manifest.escape(raw)

    def _xattrs(self, inodes: Sequence[int]) -> Iterator[str]:
        listed = self._ask([f"ea_list <{inode}>" for inode in inodes])
        for inode, answer in zip(inodes, listed):
            names = re.findall(r"^  ([a-z]+\.[^ ]+) \(\d+\)", answer.decode("latin-1"), re.M)
            wanted = sorted(name for name in names if name.startswith(_XATTR_CLASSES))
            yield "".join(f" xattr {manifest.escape(n.encode('latin-1'))}={self._xattr(inode, n)}" for n in wanted)

    def _xattr(self, inode: int, name: str) -> str:
        value = self._scratch / "xattr"
        value.unlink(missing_ok=True)
        self._ask([f"ea_get -f {value} <{inode}> {name}"])
        return value.read_bytes().hex()


def _entries(listing: bytes) -> Iterator[tuple[int, bool, bytes]]:
    for line in listing.splitlines():
        match = re.fullmatch(rb"/(\d+)/(\d{6})/\d+/\d+/([^/]+)/\d*/", line)
        if match and match[3] not in (b".", b".."):
            yield int(match[1]), match[2].startswith(b"04"), match[3]


def _number(pattern: str, stat: bytes, base: int = 10) -> int:
    match = re.search(pattern.encode(), stat, re.M)
    if match is None:
        raise ValueError(f"debugfs printed no {pattern}: {stat!r}")
    return int(match[1], base)


_TYPE_WORDS = {
    b"regular": "f",
    b"directory": "d",
    b"symlink": "l",
    b"FIFO": "p",
    b"socket": "s",
    b"character special": "c",
    b"block special": "b",
}


def _type(stat: bytes) -> str:
    match = re.search(rb"Type: (regular|directory|symlink|FIFO|socket|character special|block special)", stat)
    if match is None:
        raise ValueError(f"debugfs printed no type: {stat!r}")
    return _TYPE_WORDS[match[1]]


def _entry(path: str, stat: bytes, sha256: str | None, rest: str) -> manifest.Entry:
    type_ = _type(stat)
    content = sha256 or "-"
    if type_ in "cb":
        major, minor = (_number(pattern, stat) for pattern in (r"^Device.*: (\d+):", r"^Device.*: \d+:(\d+)"))
        content = f"{major}:{minor}"
    size = _number(r"Size: (\d+)", stat) if type_ == "f" else 0
    mode = format(_number(r"Mode: +(\d+)", stat, 8), "04o")
    uid, gid = _number(r"User: +(\d+)", stat), _number(r"Group: +(\d+)", stat)
    return manifest.Entry(type_, mode, uid, gid, size, _number(r"mtime: 0x([0-9a-f]+)", stat, 16), content, path, rest)
