# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the manifest over the volumes of an image that lies in a directory, as the builder does, for test-tree-fill."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from images import manifest, volumes
from images.tree import Tree
from tests.unit.tree_manifest import node_of


def main(directory: str, lister: str, form: str = "root") -> None:
    tree = Tree()
    tree[""] = node_of(directory)
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(parent, name)
            tree[os.path.relpath(path, directory)] = node_of(path)
    sys.stdout.buffer.write(manifest.of_volumes(volumes.fill_all(tree, volumes.read(tree, Path(lister), form == "usr"))))


if __name__ == "__main__":
    main(*sys.argv[1:])
