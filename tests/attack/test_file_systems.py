# SPDX-License-Identifier: GPL-2.0-or-later
"""Other file systems than ext4: built by this machine's own mkfs in its cage, filled, verified, mounted as their definitions say, by this
machine's own kernel; in the first boot and behind a reset."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from images.tree import DIRECTORY, FILE, Node
from tests.attack import image
from tests.attack.machine import Machine
from tests.attack.table import MIB
from tests.attack.test_content import FILES, found, mounted

BTRFS = """[Partition]
Type=linux-generic
Label=pool/of many names
Format=btrfs
FactoryReset=yes
SizeMinBytes=256M
SizeMaxBytes=256M
CopyFiles=/usr/share/a:/v
MakeDirectories=/v/more /h/inside /ro/x /v/nested/deep
Subvolumes=/v /h:nodatacow /ro:ro /v/nested
DefaultSubvolume=/h
Compression=zstd
CompressionLevel=3
MountPoint=/data:subvol=v,noatime
MountPoint=/more
"""
XFS = """[Partition]
Type=linux-generic
Label=longer than xfs has room for
Format=xfs
FactoryReset=yes
SizeMinBytes=300M
SizeMaxBytes=300M
CopyFiles=/usr/share/a:/
MakeDirectories=/etc/new/est
MakeSymlinks=/link:etc
"""
MIXED = """[Partition]
Type=linux-generic
Label=mixed
Format=ext4
FactoryReset=yes
SizeMinBytes=32M
SizeMaxBytes=32M
MountPoint=/data:ro,noatime
MountPoint=/more
"""
SWAP = """[Partition]
Type=swap
Label=swap space with a long name
Format=swap
FactoryReset=yes
SizeMinBytes=16M
SizeMaxBytes=16M
"""
POOL, LONG = "pool/of many names", "longer than xfs has room for"
LARGE = {"usr/share/a/text": Node(FILE, 0o644, mtime=image.MTIME, content=b"much the same\n" * 100_000)}
PLACES = {"data": Node(DIRECTORY, 0o755, mtime=image.MTIME), "more": Node(DIRECTORY, 0o755, mtime=image.MTIME)}


@pytest.fixture(scope="module")
def pool(memory: Path) -> Machine:
    extra = image.Extra({"30-pool.conf": BTRFS}, {**FILES, **LARGE, **PLACES}, ("/usr/sbin/mkfs.btrfs",))
    return Machine.flashed(memory / "btrfs", disk_bytes=(176 + 256) * MIB, extra=extra)


@pytest.fixture(scope="module")
def others(memory: Path) -> Machine:
    extra = image.Extra({"30-xfs.conf": XFS, "35-mixed.conf": MIXED, "40-swap.conf": SWAP}, {**FILES, **PLACES}, ("/usr/sbin/mkfs.xfs", "/usr/sbin/mkswap"))
    return Machine.flashed(memory / "xfs", disk_bytes=(176 + 352) * MIB, extra=extra)


def btrfs(*words: str | Path) -> str:
    return subprocess.run(["btrfs", *words], check=True, capture_output=True, text=True).stdout


def check_pool(machine: Machine) -> None:
    with mounted(machine, POOL, "btrfs", "ro,subvolid=5") as root:
        tree = found(root)
        assert {"v/etc/one", "v/more", "h/inside", "ro/x", "v/nested/deep", "v/secret/key"} <= tree.keys()
        assert tree["v"][:3] == (0o750, 7, image.MTIME - 1000) and tree["h"][:3] == (0o755, 0, 0)
        assert tree["."][2] == tree["v/more"][2] == tree["v/nested"][2] == 0
        volumes = [line.rpartition(" path ")[2] for line in btrfs("subvolume", "list", root).splitlines()]
        assert sorted(volumes) == ["h", "ro", "v", "v/nested"]
        assert btrfs("subvolume", "get-default", root).strip().endswith("path h")
        assert [btrfs("property", "get", root / name, "ro").strip() for name in ("ro", "v")] == ["ro=true", "ro=false"]
        assert "C" in subprocess.run(["lsattr", "-d", root / "h"], check=True, capture_output=True, text=True).stdout.split()[0]
        assert all(os.getxattr(root / name, "trusted.cleanslate.complete") for name in (".", "v", "h", "ro", "v/nested"))
        status = (root / "v/text").stat()
        assert status.st_size == len(LARGE["usr/share/a/text"].data()), "what was copied is whole"
        assert "encoded" in subprocess.run(["filefrag", "-v", root / "v/text"], check=True, capture_output=True, text=True).stdout


def test_a_btrfs_has_its_subvolumes_and_is_mounted_by_them(pool: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(pool.copy(memory / "btrfs-new"))
    boots = machine.boots()
    assert boots[-1].end == "started", boots
    assert f"{POOL} mounted at /data" in boots[-1].log and f"{POOL} mounted at /more, too" in boots[-1].log
    check_pool(machine)
    with mounted(machine, POOL, "btrfs", "rw,subvol=v") as root:
        (root / "left-behind").touch()
    assert machine.boot().end == "started"
    machine.request()
    boots = machine.boots()
    assert boots[-1].end == "started", boots
    assert f"{POOL} mounted at /more, too" in boots[-1].log
    check_pool(machine)
    with mounted(machine, POOL, "btrfs", "ro,subvol=v") as root:
        assert not (root / "left-behind").exists()


def test_a_subvolume_without_its_mark_is_not_mounted(pool: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """The control: it is looked for where it is mounted, and nowhere else."""
    machine = lent(pool.copy(memory / "btrfs-unmarked"))
    assert machine.boots()[-1].end == "started"
    with mounted(machine, POOL, "btrfs", "rw,subvol=v") as root:
        os.removexattr(root, "trusted.cleanslate.complete")
    boot = machine.boot()
    assert boot.end == "page" and f'"{POOL}" was not completed' in boot.trouble, boot


def check_mixed(machine: Machine) -> None:
    """One file system, which the kernel has writable as a whole."""
    mounts = machine.mounts()
    assert {"ro", "noatime", "nosuid", "nodev", "noexec"} <= mounts["/sysroot/data"]
    assert {"rw", "nosuid", "nodev", "noexec"} <= mounts["/sysroot/more"] and "ro" not in mounts["/sysroot/more"]


def test_xfs_and_swap_are_built_with_labels_they_take(others: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(others.copy(memory / "xfs-new"))
    for _ in range(2):
        boots = machine.boots()
        assert boots[-1].end == "started", boots
        check_mixed(machine)
        with mounted(machine, LONG, "xfs") as root:
            tree = found(root)
            assert tree["etc/one"] == (0o640, 9, image.MTIME - 998, "1\n")
            assert (tree["etc/new/est"], tree["link"]) == ((0o755, 0, 0, ""), (0o777, 0, 0, "etc"))
            assert tree["."][:3] == (0o750, 7, image.MTIME - 1000)
        xfs, swap = machine.partition(LONG), machine.partition("swap space with a long name")
        assert machine.disk.read(xfs.start + 108, 12) == LONG[:12].encode()  # sb_fname
        assert machine.disk.read(swap.start + 4096 - 10, 10) == b"SWAPSPACE2"
        assert machine.disk.read(swap.start + 1024 + 28, 16).rstrip(b"\0") == b"swap space with"
        machine.request()
