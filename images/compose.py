# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns the plain Debian of base.tar into the reference machine's root: read-only, with /etc and /var as factory trees, the
manifest over these, and Cleanslate in it. Tar in, tar out."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from images import contents, manifest, modules, sample
from images.tree import DIRECTORY, FILE, SYMLINK, Node, Tree, read_tar, write_tar

FACTORY = "usr/share/factory"
MOUNTS = ((f"{FACTORY}/etc", "/etc"), (f"{FACTORY}/var", "/var"))
UNITS = "usr/lib/systemd/system"
SETTINGS = "usr/lib/cleanslate/cleanslate.conf"
LOCKOUT_AUTHORIZATION = "usr/lib/cleanslate/lockout-authorization"
IMAGE_ID = "cleanslate-reference"
IMAGE_VERSION = "1"

# "cleanslate", a demonstration password that the README tells; few rounds, because tests log in on emulated processors.
ROOT_PASSWORD = (
    "$6$rounds=1000$cleanslate$2hznYqCIdPYnjNDQwMiZqFemKEP0NItjlch5mzRzrJmIirbUZgAlff1N0x7dSMwDYwkKTRZ2GaGL5zZO.DeWV1"
)


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


def identify(tree: Tree, mtime: int) -> None:
    """IMAGE_ID and IMAGE_VERSION are what a reset request is matched by, beside ID."""
    text = tree["usr/lib/os-release"].data().decode()
    set_text(tree, "usr/lib/os-release", f"{text}IMAGE_ID={IMAGE_ID}\nIMAGE_VERSION={IMAGE_VERSION}\n", mtime)


def configure(tree: Tree, mtime: int) -> None:
    shadow = tree["etc/shadow"].data().decode()
    set_text(tree, "etc/shadow", re.sub(r"(?m)^root:[^:]*:", lambda _: f"root:{ROOT_PASSWORD}:", shadow), mtime)
    # The serial console's readers are programs as often as people.
    inputrc = tree["etc/inputrc"].data().decode()
    set_text(tree, "etc/inputrc", inputrc + "\nset enable-bracketed-paste off\n", mtime)
    # Empty, not absent: a new id is made and kept, but systemd does not take the boot for one that needs presets.
    set_text(tree, "etc/machine-id", "", mtime)
    for unit in contents.MASKED_UNITS:
        tree[f"{UNITS}/{unit}"] = Node(SYMLINK, 0o777, mtime=mtime, target="/dev/null")
    for link, target in contents.UNIT_LINKS.items():
        tree[f"{UNITS}/{link}"] = Node(SYMLINK, 0o777, mtime=mtime, target=target)
    for path in contents.DROPPED:
        if path in tree:
            tree.remove(path)


def compile_catalogs(tree: Tree, mtime: int) -> None:
    """What installing a package has systemd do: journalctl --catalog reads the database, not the catalogs."""
    catalogs, database = "usr/lib/systemd/catalog", "var/lib/systemd/catalog/database"
    with tempfile.TemporaryDirectory() as work:
        for path in (catalogs, str(PurePosixPath(database).parent)):
            (Path(work) / path).mkdir(parents=True)
        for path, node in tree.walk(catalogs):
            if node.kind == FILE:
                (Path(work) / path).write_bytes(node.data())
        subprocess.run(["journalctl", f"--root={work}", "--update-catalog"], check=True)
        tree[database] = Node(FILE, 0o644, mtime=mtime, content=(Path(work) / database).read_bytes())


def relocate(tree: Tree, mtime: int) -> None:
    """Everything writable ends up below /etc or /var; both become factory trees and leave empty mount points."""
    tree["var/log/journal"] = replace(tree["var/log/journal"], mtime=mtime)
    for old, new in (("home", "var/home"), ("root", "var/roothome")):
        tree.move(old, new)
        tree[old] = Node(SYMLINK, 0o777, mtime=mtime, target=new)
    # systemd compares these stamps with /usr to tell whether /etc and /var are older than the image. They are not.
    for path in ("etc/.updated", "var/.updated"):
        tree[path] = Node(FILE, 0o644, mtime=mtime, content=b"TIMESTAMP_NSEC=%d\n" % (mtime * 1_000_000_000))
    for top in ("etc", "var"):
        tree.unshare(top)
        tree.move(top, f"{FACTORY}/{top}")
        tree[top] = Node(DIRECTORY, 0o755, mtime=mtime)
    for path in ("efi", "dev", "proc", "sys", "run", "tmp"):
        if path in tree:
            tree.remove(path)
        tree[path] = Node(DIRECTORY, 0o755, mtime=mtime)


# Erased with the system: one disk by its serial number, and whatever else is built in.
FURTHER_DISKS = """
[Disk]
id=serial:cleanslate-data
level=purge

[Disk]
all=internal
level=clear
"""


def set_variant(tree: Tree, variant: str, mtime: int) -> None:
    """"plain" is the same machine without encryption and of a fleet whose owner sets the TPMs' lockout
    authorization, "disks" one whose policy speaks of further disks."""
    if variant == "disks":
        set_text(tree, SETTINGS, tree[SETTINGS].data().decode() + FURTHER_DISKS, mtime)
    if variant == "plain":
        settings = tree[SETTINGS].data().decode()
        set_text(tree, SETTINGS, settings.replace("[Reset]\n", f"[Reset]\ntpm-lockout-auth=/{LOCKOUT_AUTHORIZATION}\n"), mtime)
        tree[LOCKOUT_AUTHORIZATION] = Node(FILE, 0o600, mtime=mtime, content=b"of the fleet\n")
        for path, node in list(tree.walk("usr/lib/repart.d")):
            if node.kind == FILE:
                set_text(tree, path, re.sub(r"(?m)^Encrypt=.*$", "Encrypt=off", node.data().decode()), mtime)


def drop_foreign_xattrs(tree: Tree) -> None:
    """squashfs holds no others. Debian's only ACLs are those of the journal, which systemd-tmpfiles sets again."""
    for path, node in list(tree.walk()):
        kept = {name: value for name, value in node.xattrs.items() if name.startswith(("user.", "trusted.", "security."))}
        if kept != node.xattrs:
            tree[path] = replace(node, xattrs=kept)


def finish(tree: Tree, mtime: int) -> str:
    """Clamps all times, adds the manifest, returns the factory digest. Nothing may change in the factory trees after this."""
    tree["usr"] = replace(tree["usr"], mtime=mtime)
    tree.clamp_times(mtime)
    drop_foreign_xattrs(tree)
    text = manifest.text(tree, MOUNTS)
    tree["usr/lib/cleanslate/manifest"] = Node(FILE, 0o644, mtime=mtime, content=text)
    return manifest.digest(text)


def add_modules(tree: Tree, kernel: Path, mtime: int) -> None:
    with tempfile.TemporaryDirectory() as work:
        modules.pick(kernel, contents.MODULES, Path(work))
        add_directory(tree, Path(work) / "lib", "usr/lib", mtime)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--kernel", type=Path, required=True)
    parser.add_argument("--overlay", type=Path, required=True)
    parser.add_argument("--tool", type=Path, required=True, help="what installing the cleanslate command leaves")
    parser.add_argument("--variant", choices=("reference", "plain", "disks"), required=True)
    parser.add_argument("--os-release", type=Path, required=True, help="written: the image's os-release")
    parser.add_argument("--digest", type=Path, required=True, help="written: the factory digest")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    mtime = int(os.environ["SOURCE_DATE_EPOCH"])

    tree = read_tar(options.base)
    add_modules(tree, options.kernel, mtime)
    add_directory(tree, options.overlay, "", mtime)
    add_directory(tree, options.tool, "", mtime)
    identify(tree, mtime)
    configure(tree, mtime)
    set_variant(tree, options.variant, mtime)
    compile_catalogs(tree, mtime)
    sample.add(tree, ("etc", "var", "home", "root"), mtime)
    relocate(tree, mtime)
    digest = finish(tree, mtime)

    options.os_release.write_bytes(tree["usr/lib/os-release"].data())
    options.digest.write_text(digest + "\n", encoding="ascii")
    with options.output.open("wb") as stream:
        write_tar(tree, stream)
    files, size = sample.count(tree, tuple(source for source, _ in MOUNTS))
    print(f"images: {options.variant}: factory trees of {files} files and {size} bytes, digest {digest}")


if __name__ == "__main__":
    main()
