# SPDX-License-Identifier: GPL-2.0-or-later
"""Sample data of the reference machine, in /var/lib/cleanslate-reference/sample: as many files as a real device's factory trees have, and file
kinds that are easily lost in copying. All from a fixed seed."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace

from images.tree import DIRECTORY, FIFO, FILE, SYMLINK, Node, Tree

TOP = "var/lib/cleanslate-reference/sample"
FILES_MIN = 2_000
BYTES_MIN = 15_000_000  # an emulated machine reads and hashes each byte in seven places of a reset
LARGE_BYTES_MIN = 60_000_000  # a real device's; what bench/ measures with
_FILES_PER_DIRECTORY = 50
_SEED = b"cleanslate-reference-sample-1"
# vfs_cap_data revision 2, effective, CAP_NET_BIND_SERVICE permitted (linux/capability.h).
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


def content(number: int, size: int) -> bytes:
    """Half noise, half text: compresses about as well as a mixture of media and documents."""
    noise = size // 2
    text = b"".join(b"line %d of sample %d\n" % (count, number) for count in range((size - noise) // 18 + 1))
    return hashlib.shake_256(_SEED + b"%d" % number).digest(noise) + text[: size - noise]


def count(tree: Tree, tops: tuple[str, ...]) -> tuple[int, int]:
    """Files and bytes below `tops`."""
    files = [node for top in tops for _, node in tree.walk(top) if node.kind == FILE]
    return len(files), sum(node.size for node in files)


def add(tree: Tree, tops: tuple[str, ...], mtime: int, bytes_min: int = BYTES_MIN) -> None:
    """Adds the odd ones, then plain files until the trees at `tops` have FILES_MIN files of `bytes_min` bytes in all."""
    add_odd(tree, mtime)
    files, size = count(tree, tops)
    missing = max(FILES_MIN - files, 0)
    weights = [(number % 7 + 1) ** 3 for number in range(missing)]
    unit = max(bytes_min - size, 0) // max(sum(weights), 1) + 1
    for number, weight in enumerate(weights):
        path = f"{TOP}/{number // _FILES_PER_DIRECTORY:02}/file-{number:04}"
        tree[path] = Node(FILE, 0o644, mtime=mtime - number, content=content(number, weight * unit))


def add_odd(tree: Tree, mtime: int) -> None:
    odd = TOP + "/odd"
    nodes = {
        "empty": Node(FILE, 0o600),
        "name with spaces": Node(FILE, 0o644, content=b"spaces\n"),
        "back\\slash and\ttab": Node(FILE, 0o644, content=b"escaped in the manifest\n"),
        "ünïcödé": Node(FILE, 0o644, content="ä\n".encode()),
        "owned": Node(FILE, 0o640, uid=1000, gid=1001, content=b"not root's\n"),
        "set-user-id": Node(FILE, 0o4755, content=b"#!/bin/sh\n"),
        "attributes": Node(
            FILE, 0o644, content=b"x\n", xattrs={"user.text": b"a value", "user.binary": b"\x00\xff=\n\\ \x80"}
        ),
        "capability": Node(FILE, 0o755, content=b"#!/bin/sh\n", xattrs={"security.capability": CAPABILITY}),
        "sticky": Node(DIRECTORY, 0o1777),
        "set-group-id": Node(DIRECTORY, 0o2775, gid=1001, xattrs={"user.of-a-directory": b"1"}),
        "set-group-id/inside": Node(FILE, 0o664, uid=1000, gid=1000),
        "dangling": Node(SYMLINK, 0o777, target="no such/place"),
        "absolute": Node(SYMLINK, 0o777, target="/usr/bin/cleanslate"),
        "fifo": Node(FIFO, 0o620),
        "1970": Node(FILE, 0o644, mtime=1, content=b"old\n"),
    }
    tree[odd] = Node(DIRECTORY, 0o755, mtime=mtime)
    for name, node in nodes.items():
        tree[f"{odd}/{name}"] = node if node.mtime else _at(node, mtime)


def _at(node: Node, mtime: int) -> Node:
    return replace(node, mtime=mtime)
