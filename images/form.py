# SPDX-License-Identifier: GPL-2.0-or-later
"""The two forms of an image: a root file system with everything in it, or /usr alone, with a root file system that the device builds. Which
one it is the definitions say: with a volume for "/", the image is /usr (docs/vendor.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from images.tree import HARDLINK, Tree

LINKS = ("bin", "sbin", "lib", "lib64")  # into /usr, in each root file system


@dataclass(frozen=True)
class Form:
    name: str  # of the partition's type, and of files of the image

    @property
    def word(self) -> str:
        """What comes in front of the verity hash on the kernel's command line."""
        return f"{self.name}hash"

    def content(self, tree: Tree) -> Tree:
        """Of the image's file system, out of the tree that a device sees."""
        if self == ROOT:
            return tree
        result, inside = Tree(), f"{USR.name}/"
        result[""] = tree[USR.name]
        for path, node in tree.walk(USR.name):
            if path != USR.name:
                is_link = node.kind == HARDLINK
                result[path.removeprefix(inside)] = replace(node, target=node.target.removeprefix(inside)) if is_link else node
        return result


ROOT, USR = Form("root"), Form("usr")
FORMS = {form.name: form for form in (ROOT, USR)}
