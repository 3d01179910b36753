# SPDX-License-Identifier: GPL-2.0-or-later
"""A file tree in memory, read from and written to tar without extracting it: owners, modes, times and extended attributes
are kept, and no rights are needed. Contents stay in the source archive until they are written."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

XATTR_PREFIX = "SCHILY.xattr."
_PROBLEMS_SHOWN = 20

FILE, DIRECTORY, SYMLINK, FIFO, CHARACTER, BLOCK, HARDLINK = "f", "d", "l", "p", "c", "b", "h"
_TYPES = {
    tarfile.REGTYPE: FILE,
    tarfile.AREGTYPE: FILE,
    tarfile.DIRTYPE: DIRECTORY,
    tarfile.SYMTYPE: SYMLINK,
    tarfile.FIFOTYPE: FIFO,
    tarfile.CHRTYPE: CHARACTER,
    tarfile.BLKTYPE: BLOCK,
    tarfile.LNKTYPE: HARDLINK,
}
_TAR_TYPES = {ours: theirs for theirs, ours in _TYPES.items() if theirs != tarfile.AREGTYPE}


@dataclass(frozen=True)
class Slice:
    """Bytes of an archive on disk."""

    archive: Path
    offset: int
    size: int

    def read(self) -> bytes:
        with self.archive.open("rb") as stream:
            stream.seek(self.offset)
            return stream.read(self.size)


@dataclass(frozen=True)
class Node:
    kind: str
    mode: int = 0
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    target: str = ""  # of a symbolic link; of a hard link the path of its first name
    device: tuple[int, int] = (0, 0)
    content: bytes | Slice = b""
    xattrs: dict[str, bytes] = field(default_factory=dict)

    def data(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content.read()

    @property
    def size(self) -> int:
        if self.kind != FILE:
            return 0
        return len(self.content) if isinstance(self.content, bytes) else self.content.size


class Tree:
    """Paths have no leading slash; the root directory is the empty path. Names that are not UTF-8 keep their bytes by
    Python's surrogateescape."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {"": Node(DIRECTORY, 0o755)}

    def copy(self) -> Tree:
        """Another tree of the same nodes, which are never changed."""
        other = Tree()
        other._nodes = dict(self._nodes)
        return other

    def __contains__(self, path: str) -> bool:
        return path in self._nodes

    def __getitem__(self, path: str) -> Node:
        return self._nodes[path]

    def __setitem__(self, path: str, node: Node) -> None:
        """Adds or replaces; missing parents are made as 0755 root directories of the same time."""
        parent = path.rpartition("/")[0]
        if path and parent not in self._nodes:
            self[parent] = Node(DIRECTORY, 0o755, mtime=node.mtime)
        self._nodes[path] = node

    def walk(self, top: str = "") -> Iterator[tuple[str, Node]]:
        """Depth-first, directories before what they contain, names in byte order; starts with `top` itself."""
        inside = top + "/" if top else ""
        paths = [path for path in self._nodes if path == top or path.startswith(inside)]
        for path in sorted(paths, key=_order):
            yield path, self._nodes[path]

    def remove(self, top: str) -> None:
        for path in [path for path, _ in self.walk(top)]:
            del self._nodes[path]

    def move(self, old: str, new: str) -> None:
        """Renames a subtree; hard links that lead into it follow."""
        moved = [(path, node) for path, node in self.walk(old)]
        self.remove(old)
        for path, node in moved:
            self[new + path[len(old) :]] = node
        for path, node in list(self._nodes.items()):
            if node.kind == HARDLINK and (node.target == old or node.target.startswith(old + "/")):
                self._nodes[path] = replace(node, target=new + node.target[len(old) :])

    def unshare(self, top: str) -> None:
        """Makes the hard links below `top`, and those from elsewhere into it, files of their own."""
        inside = top + "/"
        for path, node in list(self._nodes.items()):
            if node.kind == HARDLINK and (path.startswith(inside) or node.target.startswith(inside)):
                self._nodes[path] = self._nodes[node.target]

    def clamp_times(self, latest: int) -> None:
        for path, node in self._nodes.items():
            if node.mtime > latest:
                self._nodes[path] = replace(node, mtime=latest)


def _order(path: str) -> tuple[bytes, ...]:
    return tuple(part.encode("utf-8", "surrogateescape") for part in path.split("/")) if path else ()


class UnsafeArchive(Exception):
    """An archive that is not what a file system can be: each member that is wrong, by its name, and why."""

    def __init__(self, problems: list[str]) -> None:
        shown = problems[:_PROBLEMS_SHOWN]
        more = [f"... and {len(problems) - len(shown)} more"] if len(problems) > len(shown) else []
        super().__init__("".join(f"\n  - {problem}" for problem in [*shown, *more]))


def read_tar(archive: Path) -> Tree:
    """Every member has one place below the root, which no link leads to: somebody else made the archive, and what is read here is
    written to files of this machine later."""
    tree, problems, seen = Tree(), [], set()
    with tarfile.open(archive, "r:", errors="surrogateescape") as tar:
        for info in tar:
            path = _normal(info.name)
            problem = _member_problem(info, path)
            if not problem and path in seen and not (info.isdir() and tree[path].kind == DIRECTORY):
                problem = "is in it twice"
            seen.add(path)
            if problem:
                problems.append(f"{info.name!r} {problem}")
            else:
                tree[path] = _node(archive, info)
    problems += [f"{path!r} {problem}" for path, node in tree.walk() if (problem := _place_problem(tree, path, node))]
    if problems:
        raise UnsafeArchive(problems)
    return tree


def _member_problem(info: tarfile.TarInfo, path: str) -> str:
    if ".." in path.split("/"):
        return 'leads out of the directory it is in (".." in its name)'
    if info.type not in _TYPES:
        return "is of a type that no file system has"
    if not path and not info.isdir():
        return "would take the place of the root directory"
    if info.type in (tarfile.CHRTYPE, tarfile.BLKTYPE) and not path.startswith("dev/"):
        return "is a device node outside of /dev"
    if info.type == tarfile.LNKTYPE and ".." in _normal(info.linkname).split("/"):
        return f"is a hard link that leads out of the archive ({info.linkname!r})"
    return ""


def _place_problem(tree: Tree, path: str, node: Node) -> str:
    """Where it is, once all others are known, too."""
    parent = path.rpartition("/")[0]
    if path and tree[parent].kind != DIRECTORY:
        return f"is below {parent!r}, which is {'a symbolic link' if tree[parent].kind == SYMLINK else 'no directory'}"
    if node.kind == HARDLINK and (node.target not in tree or tree[node.target].kind in (DIRECTORY, HARDLINK)):
        return f"is a hard link to {node.target!r}, which is no file of the archive"
    return ""


def _normal(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _node(archive: Path, info: tarfile.TarInfo) -> Node:
    kind = _TYPES[info.type]
    return Node(
        kind=kind,
        mode=info.mode & 0o7777,
        uid=info.uid,
        gid=info.gid,
        mtime=int(info.mtime),
        target=_normal(info.linkname) if kind == HARDLINK else info.linkname,
        device=(info.devmajor, info.devminor) if kind in (CHARACTER, BLOCK) else (0, 0),
        content=Slice(archive, info.offset_data, info.size) if kind == FILE else b"",
        xattrs={
            key.removeprefix(XATTR_PREFIX): value.encode("utf-8", "surrogateescape")
            for key, value in info.pax_headers.items()
            if key.startswith(XATTR_PREFIX)
        },
    )


def write_tar(tree: Tree, stream: BinaryIO) -> None:
    """In PAX format, in the order of walk(), so that equal trees give equal bytes. Hard links follow all else. The root
    directory itself is left out: its attributes are the file system maker's to set."""
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
        for late in (False, True):
            for path, node in tree.walk():
                if path and (node.kind == HARDLINK) == late:
                    tar.addfile(_info(path, node), io.BytesIO(node.data()) if node.kind == FILE else None)


def _info(path: str, node: Node) -> tarfile.TarInfo:
    info = tarfile.TarInfo("./" + path)
    info.type = _TAR_TYPES[node.kind]
    info.mode, info.uid, info.gid, info.mtime = node.mode, node.uid, node.gid, node.mtime
    info.devmajor, info.devminor = node.device
    info.linkname = "./" + node.target if node.kind == HARDLINK else node.target
    info.size = node.size
    info.pax_headers = {
        XATTR_PREFIX + name: value.decode("utf-8", "surrogateescape") for name, value in sorted(node.xattrs.items())
    }
    return info
