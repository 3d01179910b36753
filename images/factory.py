# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns a root file system whose /etc and /var are written to into one that is only read: both become factory trees, from which
first boot and reset build config and state, with the manifest over them. Shared by the reference machine and by cleanslate-image."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from images import manifest, volumes
from images.form import LINKS, USR
from images.tree import DIRECTORY, FILE, SYMLINK, Node, Tree

FACTORY = "usr/share/factory"
TOPS = ("etc", "var")
UNITS = "usr/lib/systemd/system"
SETTINGS = "usr/lib/cleanslate/cleanslate.conf"
DEFINITIONS = "usr/lib/repart.d"
OS_RELEASE = "usr/lib/os-release"

# Masked in the image, because /etc is writable.
MASKED_UNITS: dict[str, str] = {
    "systemd-repart.service": "reads the same definitions as the reset, and must never act on them in the running system",
    "systemd-firstboot.service": "asks questions",
    "systemd-remount-fs.service": "the initrd has mounted everything as it stays",
}


def add_directory(tree: Tree, source: Path, at: str, mtime: int) -> None:
    """Copies a directory of the build machine into the tree as root's files; directories that exist are left as they are."""
    for path in sorted(source.rglob("*")):
        name = "/".join(part for part in (at, path.relative_to(source).as_posix()) if part)
        if path.is_symlink():
            tree[name] = Node(SYMLINK, 0o777, mtime=mtime, target=os.readlink(path))
        elif path.is_file():
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            tree[name] = Node(FILE, mode, mtime=mtime, content=path.read_bytes())
        elif name not in tree:
            tree[name] = Node(DIRECTORY, 0o755, mtime=mtime)


def set_text(tree: Tree, path: str, text: str, mtime: int) -> None:
    """Replaces a file's contents and keeps its owner and mode; a new one is root's, 0644."""
    old = tree[path] if path in tree else Node(FILE, 0o644)
    tree[path] = replace(old, content=text.encode(), mtime=mtime)


def identify(tree: Tree, image_id: str, image_version: str, mtime: int) -> None:
    """IMAGE_ID and IMAGE_VERSION are what a reset request is matched by, beside ID."""
    lines = tree[OS_RELEASE].data().decode().splitlines()
    kept = [line for line in lines if not line.startswith(("IMAGE_ID=", "IMAGE_VERSION="))]
    text = "".join(f"{line}\n" for line in [*kept, f"IMAGE_ID={image_id}", f"IMAGE_VERSION={image_version}"])
    set_text(tree, OS_RELEASE, text, mtime)


def mask_units(tree: Tree, units: Sequence[str], mtime: int) -> None:
    for unit in units:
        tree[f"{UNITS}/{unit}"] = Node(SYMLINK, 0o777, mtime=mtime, target="/dev/null")


def forget_machine(tree: Tree, mtime: int) -> None:
    """Empty, not absent: a new id is made and kept, but systemd does not take the boot for one that needs presets."""
    set_text(tree, "etc/machine-id", "", mtime)


def _move_to_factory(tree: Tree, tops: Sequence[str]) -> None:
    for top in tops:
        if top in tree:
            tree.unshare(top)
            tree.move(top, f"{FACTORY}/{top}")


def _stamp(tree: Tree, mtime: int) -> None:
    """systemd compares these stamps with /usr to tell whether /etc and /var are older than the image. They are not."""
    if "var/log/journal" in tree:
        tree["var/log/journal"] = replace(tree["var/log/journal"], mtime=mtime)
    for top in TOPS:
        tree[f"{top}/.updated"] = Node(FILE, 0o644, mtime=mtime, content=b"TIMESTAMP_NSEC=%d\n" % (mtime * 1_000_000_000))


def keep_usr(tree: Tree, tops: Sequence[str], mtime: int) -> None:
    """Each of `tops` becomes a factory tree, and beside /usr nothing is left but what a device has there while it reads the image: the links
    into it. What else is in the tree is lost."""
    _stamp(tree, mtime)
    _move_to_factory(tree, tops)
    for path in [path for path, _ in tree.walk() if path and "/" not in path and path != USR.name]:
        tree.unshare(path)
        tree.remove(path)
    for name in LINKS:
        tree[name] = Node(SYMLINK, 0o777, mtime=mtime, target=f"{USR.name}/{name}")


def _has_a_volume(top: str, places: Collection[str]) -> bool:
    return any(place == f"/{top}" or place.startswith(f"/{top}/") for place in places)


def relocate(tree: Tree, tops: Sequence[str], mtime: int, places: Collection[str] = ()) -> None:
    """Each of `tops` becomes a factory tree and leaves an empty mount point. /home and /root go into /var, if that is one and they have no
    volume of their own; `places`: where volumes are mounted."""
    for old, new in (("home", "var/home"), ("root", "var/roothome")) if "var" in tops else ():
        if old in tops or _has_a_volume(old, places):
            continue
        tree.move(old, new)
        tree[old] = Node(SYMLINK, 0o777, mtime=mtime, target=new)
    _stamp(tree, mtime)
    _move_to_factory(tree, tops)
    for top in tops:
        tree[top] = Node(DIRECTORY, 0o755, mtime=mtime)
    for path in ("efi", "dev", "proc", "sys", "run", "tmp"):
        if path in tree:
            tree.remove(path)
        tree[path] = Node(DIRECTORY, 0o755, mtime=mtime)


def drop_foreign_xattrs(tree: Tree) -> None:
    """squashfs holds no others. Debian's only ACLs are those of the journal, which systemd-tmpfiles sets again."""
    for path, node in list(tree.walk()):
        kept = {name: value for name, value in node.xattrs.items() if name.startswith(("user.", "trusted.", "security."))}
        if kept != node.xattrs:
            tree[path] = replace(node, xattrs=kept)


def finish(tree: Tree, lister: Path, mtime: int, usr: bool = False) -> str:
    """Clamps all times, adds the manifest over what the definitions build, returns the factory digest. Nothing that they copy may
    change after this. `lister`: images/list-volumes, built; `usr`: the image is /usr alone. Raises volumes.CannotBuild."""
    tree["usr"] = replace(tree["usr"], mtime=mtime)
    tree.clamp_times(mtime)
    drop_foreign_xattrs(tree)
    text = manifest.of_volumes(volumes.fill_all(tree, volumes.read(tree, lister, usr)))
    tree["usr/lib/cleanslate/manifest"] = Node(FILE, 0o644, mtime=mtime, content=text)
    return manifest.digest(text)
