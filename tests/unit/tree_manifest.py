# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the manifest of a directory with the image builder's own code, for test-tree to compare the initrd's with."""

from __future__ import annotations

import os
import stat
import sys

from images import manifest
from images.tree import BLOCK, CHARACTER, DIRECTORY, FIFO, FILE, SYMLINK, Node, Tree

_KINDS = {
    stat.S_IFREG: FILE,
    stat.S_IFDIR: DIRECTORY,
    stat.S_IFLNK: SYMLINK,
    stat.S_IFIFO: FIFO,
    stat.S_IFCHR: CHARACTER,
    stat.S_IFBLK: BLOCK,
}


def node_of(path: str) -> Node:
    status = os.lstat(path)
    kind = _KINDS[stat.S_IFMT(status.st_mode)]
    content = b""
    if kind == FILE:
        with open(path, "rb") as stream:
            content = stream.read()
    return Node(
        kind=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        mtime=status.st_mtime_ns // 1_000_000_000,
        target=os.readlink(path) if kind == SYMLINK else "",
        device=(os.major(status.st_rdev), os.minor(status.st_rdev)),
        content=content,
        xattrs={
            name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False)
        },
    )


def main(directory: str, mount_point: str) -> None:
    tree = Tree()
    tree["tree"] = node_of(directory)
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(parent, name)
            tree["tree/" + os.path.relpath(path, directory)] = node_of(path)
    sys.stdout.buffer.write(manifest.text(tree, [("tree", mount_point)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
