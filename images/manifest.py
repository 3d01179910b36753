# SPDX-License-Identifier: GPL-2.0-or-later
"""The factory manifest as docs/manifest.md defines it. The initrd computes the same text with common/rebuild/manifest.c."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from images.tree import BLOCK, CHARACTER, FILE, HARDLINK, SYMLINK, Node, Tree

_XATTR_CLASSES = ("security.", "user.", "system.posix_acl_")


def escape(text: str) -> str:
    """Bytes up to 0x20, 0x7f and the backslash as \\xHH; all others as they are."""
    special = {*range(0x21), 0x7F, ord("\\")}
    return "".join(f"\\x{ord(character):02x}" if ord(character) in special else character for character in text)


def _content(node: Node) -> str:
    if node.kind == FILE:
        return hashlib.sha256(node.data()).hexdigest()
    if node.kind in (CHARACTER, BLOCK):
        return f"{node.device[0]}:{node.device[1]}"
    return "-"


def line(path: str, node: Node) -> str:
    """`path` as seen on the running system, from the root."""
    if node.kind == HARDLINK:
        raise ValueError(f"{path}: the manifest knows no hard links; Tree.unshare() comes first")
    fields = [node.kind, f"{node.mode:04o}", str(node.uid), str(node.gid), str(node.size), str(node.mtime)]
    fields += [_content(node), escape(path)]
    if node.kind == SYMLINK:
        fields += ["->", escape(node.target)]
    for name, value in sorted(node.xattrs.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape")):
        if name.startswith(_XATTR_CLASSES):
            fields += ["xattr", f"{escape(name)}={value.hex()}"]
    return " ".join(fields) + "\n"


def _lines(tree: Tree, source: str, name: str) -> Iterator[str]:
    """Of the tree at `source`, under its name in the manifest."""
    for path, node in tree.walk(source):
        inside = path[len(source) :].lstrip("/")
        if inside == "lost+found" or inside.startswith("lost+found/"):
            continue
        yield line(f"{name}/{inside}" if inside else name, node)


def text(tree: Tree, mounts: Iterable[tuple[str, str]]) -> bytes:
    """`mounts` are (where the factory tree lies in `tree`, its mount point)."""
    ordered = sorted(mounts, key=lambda mount: mount[1].encode())
    return "".join(text for source, name in ordered for text in _lines(tree, source, name)).encode("utf-8", "surrogateescape")


def of_volumes(volumes: Iterable[tuple[str, Tree]]) -> bytes:
    """Each by its name, with everything in it."""
    ordered = sorted(volumes, key=lambda volume: volume[0].encode())
    return "".join(text for name, tree in ordered for text in _lines(tree, "", name)).encode("utf-8", "surrogateescape")


def digest(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()
