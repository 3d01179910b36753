# SPDX-License-Identifier: GPL-2.0-or-later
"""The image of the machine under attack: small, of plain volumes (this kernel may have no dm-crypt), and real in everything that a
reset asks of an image: definitions, settings, factory trees with their manifest, a mkfs with its libraries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from images import factory
from images.tree import DIRECTORY, FILE, Node, Tree
from tests.qemu.disk import TYPE_CONFIG

MTIME = 1_700_000_000
OS_RELEASE = 'ID=attack\nVERSION_ID="1"\n'
IMAGE_ID = "attacked"
SETTINGS = "[Reset]\ntpm-clear=required\n"
CONFIG = f"""[Partition]
Type={TYPE_CONFIG}
Label=config
Format=ext4
FactoryReset=yes
CopyFiles=/usr/share/factory/etc:/
MountPoint=/etc
SizeMinBytes=32M
SizeMaxBytes=32M
"""
STATE = """[Partition]
Type=var
Label=state
Format=ext4
FactoryReset=yes
CopyFiles=/usr/share/factory/var:/
SizeMinBytes=32M
SizeMaxBytes={max}
"""
ROOT = """[Partition]
Type=root
Label=system
Format=ext4
FactoryReset=yes
SizeMinBytes=48M
SizeMaxBytes=48M
"""
HOME = """[Partition]
Type=home
Label=home
Format=ext4
FactoryReset=yes
SizeMinBytes=32M
SizeMaxBytes=32M
"""
KEPT = """[Partition]
Type=srv
Label=kept
Format=ext4
CopyFiles=/usr/share/factory/srv:/
SizeMinBytes=32M
SizeMaxBytes=32M
"""
MAKER = "/usr/sbin/mkfs.ext4"
LISTER = Path(os.environ.get("BUILD", "build")).resolve() / "images/list-volumes"


@dataclass(frozen=True)
class Extra:
    """What an image has beside the usual: definitions by file name, files by path, programs of this machine."""

    definitions: dict[str, str] = field(default_factory=dict)
    files: dict[str, Node] = field(default_factory=dict)
    programs: tuple[str, ...] = ()
    usr: bool = False  # the image is /usr alone: no volumes but those of `definitions`


def make(at: Path, settings: str, esp_list: str, state_max: str, kept: bool = False, extra: Extra = Extra()) -> str:
    """Writes the image to the new directory; returns its factory digest."""
    tree = Tree()
    tree[""] = Node(DIRECTORY, 0o755, mtime=MTIME)
    files = {
        factory.OS_RELEASE: OS_RELEASE,
        factory.SETTINGS: settings,
        **({} if extra.usr else {f"{factory.DEFINITIONS}/10-config.conf": CONFIG, f"{factory.DEFINITIONS}/20-state.conf": STATE.format(max=state_max)}),
        **({"usr/lib/cleanslate/esp.conf": esp_list} if esp_list else {}),
        **({f"{factory.DEFINITIONS}/05-kept.conf": KEPT, "srv/calibration": "1.0\n"} if kept else {}),
        ("usr/sbin/init" if extra.usr else "sbin/init"): "the image's init\n",
        **{f"{factory.DEFINITIONS}/{name}": text for name, text in extra.definitions.items()},
        "etc/hostname": "factory\n",
        "etc/mke2fs.conf": Path("/etc/mke2fs.conf").read_text(encoding="utf-8"),
        "var/lib/device/serial": "4711\n",
    }
    for path, text in files.items():
        tree[path] = Node(FILE, 0o644, mtime=MTIME, content=text.encode())
    for path, node in extra.files.items():
        tree[path] = node
    factory.identify(tree, IMAGE_ID, "1", MTIME)
    tops = (*factory.TOPS, "srv") if kept else factory.TOPS
    factory.relocate(tree, tops, MTIME)
    digest = factory.finish(tree, LISTER, MTIME, extra.usr)
    _unpack(tree, at)
    for program in (MAKER, *extra.programs):
        add_program(at, program, extra.usr)
    return digest


def _unpack(tree: Tree, at: Path) -> None:
    for path, node in tree.walk():
        target = at / path
        if node.kind == DIRECTORY:
            target.mkdir(exist_ok=True)
        elif node.kind == FILE:
            target.write_bytes(node.data())
        else:
            target.symlink_to(node.target)
            continue
        os.chown(target, node.uid, node.gid)
        target.chmod(node.mode)
    for path, node in reversed(list(tree.walk())):
        os.utime(at / path, (node.mtime, node.mtime), follow_symlinks=False)


def add_program(at: Path, program: str, usr: bool = False) -> None:
    """One of this machine's, with its libraries. `usr`: all of it below /usr."""
    libraries = re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout)
    for path in (program, *libraries):
        target = at / "usr" / path.removeprefix("/usr").lstrip("/") if usr else at / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)  # what links point to
