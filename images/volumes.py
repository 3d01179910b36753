# SPDX-License-Identifier: GPL-2.0-or-later
"""The volumes of an image as a reset fills them, in memory: what the manifest describes. The definitions are read by list-volumes,
with the initrd's own reader; what is made of them is what initrd/steps/tree-fill.c makes."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from images.tree import DIRECTORY, FILE, HARDLINK, SYMLINK, Node, Tree

# What a policy is read from, in the image.
POLICY = ("etc/repart.d", "run/repart.d", "usr/local/lib/repart.d", "usr/lib/repart.d", "usr/lib/cleanslate", "usr/lib/os-release")
FACTORY = ("usr/share/factory/etc", "usr/share/factory/var")  # that an image of /usr has one is part of what it says
MODULES = "usr/lib/modules"
LINKS_MAX = 40  # as the kernel's
_NULL_DEVICE = (1, 3)  # of which a definition can be a node, as well as a link to it: a mask
_EPOCH = 0
# vfat counts pairs of seconds, from 1980 to 2107 (the kernel's fs/fat/misc.c).
_FAT_FIRST, _FAT_LAST = 315_532_800, 4_354_819_198
_NOT_IN_FAT = frozenset('"*:<>?\\|')


class CannotBuild(Exception):
    """A definition that could not be built on any device, and why."""


@dataclass(frozen=True)
class Exclude:
    path: str
    contents: bool


@dataclass(frozen=True)
class Copy:
    source: str
    target: str
    excludes: tuple[Exclude, ...]


@dataclass(frozen=True)
class Base:
    """What a root file system has besides, where nothing has that path yet."""

    path: str
    mode: int
    target: str | None  # of a link
    mounted_on: bool  # has to be a directory, whoever makes it


@dataclass(frozen=True)
class Volume:
    file: str  # of the definition
    name: str  # in the manifest
    format: str
    copies: tuple[Copy, ...] = ()
    directories: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    sub_volumes: tuple[str, ...] = ()
    base: tuple[Base, ...] = ()


def _volume(found: dict[str, Any]) -> Volume:
    copies = [
        Copy(copy["source"], copy["target"], tuple(Exclude(exclude["path"], exclude["contents"]) for exclude in copy["excludes"]))
        for copy in found["copies"]
    ]
    links = [(link["path"], link["target"]) for link in found["links"]]
    base = [Base(entry["path"], entry.get("mode", 0o777), entry.get("target"), entry["mountedOn"]) for entry in found["base"]]
    parts = tuple(copies), tuple(found["directories"]), tuple(links), tuple(found["subVolumes"]), tuple(base)
    return Volume(found["file"], found["name"], found["format"], *parts)


def _leads_to(tree: Tree, path: str, usr: bool) -> str | None:
    """Where it is in the image, behind links; of /usr alone what is in there."""
    found = resolve(tree, path)
    return None if found is None or (usr and not _is_at_or_below(found, "usr")) else found


def _unpack(tree: Tree, path: str, to: Path, usr: bool) -> str | None:
    """One path. A link to a file is that file here, as there is not all of the image; any other stays one: a mask, or one that leads nowhere on a
    device either. Returns the directory that a link leads to."""
    target, found = to / path, _leads_to(tree, path, usr)
    node = _followed(tree, tree[found]) if found is not None else tree[path]
    target.parent.mkdir(parents=True, exist_ok=True)
    if tree[path].kind == DIRECTORY:
        target.mkdir(exist_ok=True)
    elif node.kind == FILE:
        target.write_bytes(node.data())
    elif tree[path].kind == SYMLINK:
        target.symlink_to(tree[path].target)
        return found if node.kind == DIRECTORY else None
    elif tree[path].device == _NULL_DEVICE:
        target.symlink_to("/dev/null")
    else:
        raise CannotBuild(f"/{path}: neither a file nor a directory nor a link. What a device reads its policy from is nothing else.")
    return None


def unpack_policy(tree: Tree, to: Path, usr: bool = False) -> None:
    """What the policy is read from; of the kernels' modules, which kernels there are."""
    tops = list(POLICY)
    for top in tops:
        for path, _ in tree.walk(top) if top in tree else ():
            directory = None if (to / path).is_symlink() else _unpack(tree, path, to, usr)
            if directory and directory not in tops:
                tops.append(directory)
    for path in FACTORY:
        if path in tree:
            (to / path).mkdir(parents=True)
    for path, _ in tree.walk(MODULES) if MODULES in tree else ():
        if path.count("/") == MODULES.count("/") + 1:
            (to / path).mkdir(parents=True)


def read(tree: Tree, lister: Path, usr: bool = False) -> list[Volume]:
    """`usr`: the image is /usr alone, and what else is in the tree is not on a device."""
    with tempfile.TemporaryDirectory() as work:
        unpack_policy(tree, Path(work), usr)
        command = [str(lister), *(["--usr"] if usr else []), work]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise CannotBuild(result.stderr.strip())
    return [_volume(found) for found in json.loads(result.stdout)]


def _followed(tree: Tree, node: Node) -> Node:
    return tree[node.target] if node.kind == HARDLINK else node


def resolve(tree: Tree, path: str) -> str | None:
    """Where an absolute path leads, without links; None: nowhere."""
    rest, done, links = path.split("/"), list[str](), 0
    while rest:
        name = rest.pop(0)
        if name in ("", "."):
            continue
        if name == "..":
            done = done[:-1]
            continue
        done.append(name)
        node = tree["/".join(done)] if "/".join(done) in tree else None
        if node is None:
            return None
        if node.kind == SYMLINK:
            links += 1
            if links > LINKS_MAX:
                return None
            rest = node.target.split("/") + rest
            done = [] if node.target.startswith("/") else done[:-1]
    return "/".join(done)


def _is_at_or_below(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(directory + "/")


class _Filling:
    """One volume, as far as it is filled."""

    def __init__(self, image: Tree, volume: Volume) -> None:
        self.image, self.volume = image, volume
        self.tree = Tree()
        self.tree[""] = Node(DIRECTORY, 0o755, mtime=_EPOCH)
        self.root_is_dressed = False

    def fail(self, why: str) -> CannotBuild:
        return CannotBuild(f"{self.volume.file}: {why}")

    def make_directory(self, path: str, key: str) -> None:
        """With all that it lies in. What is there stays as it is, but has to be a directory."""
        parts = [part for part in path.split("/") if part]
        for count in range(1, len(parts) + 1):
            at = "/".join(parts[:count])
            if at not in self.tree:
                self.tree[at] = Node(DIRECTORY, 0o755, mtime=_EPOCH)
            elif self.tree[at].kind != DIRECTORY:
                raise self.fail(f"{key}=: /{at} is no directory in the new file system")

    def _excluded(self, copy: Copy) -> list[Exclude]:
        found = [(resolve(self.image, exclude.path), exclude.contents) for exclude in copy.excludes]
        return [Exclude(path, contents) for path, contents in found if path is not None]

    def copy(self, copy: Copy) -> None:
        source = resolve(self.image, copy.source)
        if source is None:
            raise self.fail(f"CopyFiles=: the image has no {copy.source}")
        is_tree = self.image[source].kind == DIRECTORY
        target = copy.target.strip("/")
        if target:
            self.make_directory(target.rpartition("/")[0], "CopyFiles")
        elif not is_tree:
            raise self.fail(f"CopyFiles=: {copy.source} is no directory, and cannot take the place of a root directory")
        excludes = self._excluded(copy)
        for path, node in self.image.walk(source):
            if any(_is_at_or_below(path, exclude.path) and not (exclude.contents and path == exclude.path) for exclude in excludes):
                continue
            below = path[len(source) :].strip("/")
            self._put("/".join(part for part in (target, below) if part), _followed(self.image, node), is_tree)
        self.root_is_dressed |= not target

    def _put(self, at: str, node: Node, replaces: bool) -> None:
        old = self.tree[at] if at in self.tree else None
        if node.kind == DIRECTORY:
            if old is None or (not at and not self.root_is_dressed):
                self.tree[at] = node
            elif old.kind != DIRECTORY:
                raise self.fail(f"CopyFiles=: /{at} is a directory here, and no directory in what is copied before")
        elif old is not None and (old.kind == DIRECTORY or not replaces):
            raise self.fail(f"CopyFiles=: /{at} is there already")
        else:
            self.tree[at] = node

    def link(self, path: str, target: str) -> None:
        at = path.strip("/")
        parent = at.rpartition("/")[0]
        if parent and (parent not in self.tree or self.tree[parent].kind != DIRECTORY):
            raise self.fail(f"MakeSymlinks=: /{parent} is no directory in the new file system; MakeDirectories= makes one")
        if at in self.tree:
            raise self.fail(f"MakeSymlinks=: {path} is there already")
        self.tree[at] = Node(SYMLINK, 0o777, mtime=_EPOCH, target=target)


    def add_base(self, base: Base) -> None:
        at = base.path.strip("/")
        if at in self.tree:
            if self.tree[at].kind != DIRECTORY and base.mounted_on:
                raise self.fail(f"/{at} has to be a directory in the root file system: something is mounted on it")
            return
        self.make_directory(at.rpartition("/")[0], "MountPoint")
        kind = DIRECTORY if base.target is None else SYMLINK
        self.tree[at] = Node(kind, base.mode, mtime=_EPOCH, target=base.target or "")

    def check_sub_volumes(self) -> None:
        for path in self.volume.sub_volumes:
            at = path.strip("/")
            if at not in self.tree or self.tree[at].kind != DIRECTORY:
                raise self.fail(f"Subvolumes=: nothing makes the directory {path}; MakeDirectories= does")

    def on_vfat(self) -> Tree:
        """As it is seen when it is mounted by initrd/volume-mount.c."""
        result, seen = Tree(), dict[str, str]()
        for path, node in self.tree.walk():
            name = path.rpartition("/")[2]
            if node.kind not in (FILE, DIRECTORY):
                raise self.fail(f"/{path} cannot be on vfat, which has files and directories alone; ExcludeFiles= leaves it out")
            if set(name) & _NOT_IN_FAT or name.endswith((".", " ")) or any(ord(character) < 0x20 for character in name):
                raise self.fail(f"/{path} is no name for vfat; ExcludeFiles= leaves it out")
            if path.lower() in seen:
                raise self.fail(f"/{path} and /{seen[path.lower()]} are the same name on vfat")
            seen[path.lower()] = path
            mtime = min(max(node.mtime, _FAT_FIRST), _FAT_LAST) & ~1 if path else 0
            result[path] = Node(node.kind, 0o755, mtime=mtime, content=node.content)
        return result


def fill(image: Tree, volume: Volume) -> Tree:
    filling = _Filling(image, volume)
    for copy in volume.copies:
        filling.copy(copy)
    for path in volume.directories:
        filling.make_directory(path, "MakeDirectories")
    for path, target in volume.links:
        filling.link(path, target)
    for base in volume.base:
        filling.add_base(base)
    filling.check_sub_volumes()
    return filling.on_vfat() if volume.format == "vfat" else filling.tree


def fill_all(image: Tree, volumes: Sequence[Volume]) -> list[tuple[str, Tree]]:
    """By name in the manifest; everything that is wrong at once."""
    filled, problems = [], []
    for volume in volumes:
        try:
            filled.append((volume.name, fill(image, volume)))
        except CannotBuild as problem:
            problems.append(str(problem))
    if problems:
        raise CannotBuild("\n".join(problems))
    return filled
