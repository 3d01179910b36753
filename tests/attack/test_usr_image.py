# SPDX-License-Identifier: GPL-2.0-or-later
"""An image of /usr alone, under usrhash=: its root file system is a volume like any other. It is built in the first boot, mounted with the
image in it, erased and rebuilt by a reset; and nothing that the old system has left in it leads anybody out of it. Judged by the raw disk."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from images import volumes
from images.tree import FILE, Node
from tests.attack import image
from tests.attack.canaries import Canaries
from tests.attack.machine import Machine
from tests.attack.table import MIB
from tests.attack.test_content import found, mounted

EXTRA = image.Extra({"10-root.conf": image.ROOT, "20-home.conf": image.HOME}, usr=True)
KEPT = image.ROOT.replace("FactoryReset=yes\n", "")
BTRFS = """[Partition]
Type=root
Label=pool
Format=btrfs
FactoryReset=yes
SizeMinBytes=256M
SizeMaxBytes=256M
MakeDirectories=/@ /@/var /more
Subvolumes=/@ /@/var /more
DefaultSubvolume=/@
"""
WRITABLE = {"rw", "nosuid", "nodev", "noexec"}
LINKS = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib64")}
MODES = {"dev": 0o755, "etc": 0o755, "home": 0o755, "proc": 0o555, "root": 0o700, "run": 0o755, "sys": 0o555, "tmp": 0o1777, "usr": 0o755, "var": 0o755}


@pytest.fixture(scope="module")
def line(memory: Path) -> Machine:
    return Machine.flashed(memory / "usr", extra=EXTRA)


@pytest.fixture
def new(line: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> Machine:
    return lent(line.copy(memory / "usr-new"))


def check_root(machine: Machine) -> None:
    """As the image has it, to the last directory; nothing of /usr is in it, and nobody has used it yet."""
    with mounted(machine, "system") as root:
        tree = found(root)
        assert {name: os.readlink(root / name) for name in LINKS} == LINKS
        assert {name: stat.S_IMODE((root / name).lstat().st_mode) for name in MODES} == MODES
        assert tree["etc/hostname"] == (0o644, 0, image.MTIME, "factory\n")
        assert tree["var/lib/device/serial"] == (0o644, 0, image.MTIME, "4711\n")
        assert not list((root / "usr").iterdir())
        assert not {path for path in tree if path.partition("/")[0] not in {*LINKS, *MODES, ".", "efi", "mnt", "opt", "srv"}}


def check_mounts(machine: Machine) -> None:
    mounts = machine.mounts()
    assert WRITABLE <= mounts["/sysroot"] and WRITABLE <= mounts["/sysroot/home"]
    assert "ro" in mounts["/sysroot/usr"] and "noexec" not in mounts["/sysroot/usr"]
    assert {"ro", "nosuid", "nodev", "noexec"} <= mounts["/run/cleanslate/image"]
    assert "ro" in mounts["/run/cleanslate/image/usr"]


def use(machine: Machine) -> None:
    """What a system and its owner leave behind."""
    with mounted(machine, "system", options="rw") as root:
        (root / "etc/hostname").write_text("alice's\n", "utf-8")
        (root / "var/lib/device/serial").unlink()
        (root / "etc/secret").write_text("hunter2\n", "utf-8")
        (root / "home/below").mkdir()


def test_it_lives_from_first_boot_through_resets(new: Machine) -> None:
    first = new.boot()
    assert (first.mode, first.end) == ("normal", "started"), first
    assert "system mounted at /" in first.log and "home mounted at /home" in first.log, first.log
    check_root(new)
    check_mounts(new)
    assert [(record["origin"], record["result"]) for record in new.records().values()] == [("first-boot", "built")]
    digest = new.newest_record()["factoryDigest"]
    for _ in range(2):
        use(new)
        ordinary = new.boot()
        assert (ordinary.mode, ordinary.end) == ("normal", "started"), ordinary
        check_mounts(new)
        with mounted(new, "system") as root:
            assert (root / "etc/secret").exists(), "an ordinary boot keeps it"
        canaries, system, key = Canaries(), new.partition("system"), new.storage_key_name()
        canaries.spread(new.disk, system.start + system.size // 2, system.size // 4)
        new.request()
        boots = new.boots()
        assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
        assert canaries.left(new.disk) == 0 and new.storage_key_name() != key and not new.is_requested()
        check_root(new)
        check_mounts(new)
        assert (new.newest_record()["result"], new.newest_record()["factoryDigest"]) == ("complete", digest)


def test_what_the_manifest_does_not_say_is_not_completed(line: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """The control of the verification: one byte of what is copied into the root volume, behind the manifest's back."""
    machine = lent(line.copy(memory / "usr-other"))
    (machine.at / "image").unlink()
    subprocess.run(["cp", "-a", line.at / "image", machine.at / "image"], check=True)
    name = machine.at / "image/usr/share/factory/etc/hostname"
    name.write_text("foundry\n")
    os.utime(name, (image.MTIME, image.MTIME))
    boot = machine.boots()[-1]
    assert boot.end == "page" and '"system" does not match the factory manifest: 10-root.conf/etc/hostname differs in its content' in boot.trouble, boot


INIT = """#!/bin/sh
try() { if "$@" 2>/dev/null; then echo "$1: yes"; else echo "$1: no"; fi; }
write_usr() { echo x >/usr/written; }
write_image() { echo x >/run/cleanslate/image/usr/written; }
write_etc() { echo x >/etc/written; }
write_home() { echo x >/home/written; }
run_etc() { /etc/tool; }
run_usr() { /usr/bin/tool; }
see_boot() { test -s /run/cleanslate/boot; }
is_one() { test $$ = 1; }
for it in write_usr write_image write_etc write_home run_etc run_usr see_boot is_one; do try $it; done
exit 43
"""
TOOL = "#!/bin/sh\nexit 0\n"
PROGRAMS = {
    "usr/lib/systemd/systemd": Node(FILE, 0o755, mtime=image.MTIME, content=INIT.encode()),
    "usr/bin/tool": Node(FILE, 0o755, mtime=image.MTIME, content=TOOL.encode()),
    "etc/tool": Node(FILE, 0o755, mtime=image.MTIME, content=TOOL.encode()),
}


def test_the_init_starts_in_the_root_volume(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """What it can write it cannot run, and what it can run it cannot write: tried by the image's own init, behind the switch of roots."""
    machine = lent(Machine.flashed(memory / "usr-init", extra=replace(EXTRA, files=PROGRAMS, programs=("/usr/bin/sh",))))
    (machine.at / "init-runs").touch()
    boot = machine.boot()
    assert boot.end == "started", boot
    expected = {"write_usr": "no", "write_image": "no", "write_etc": "yes", "write_home": "yes"}
    expected |= {"run_etc": "no", "run_usr": "yes", "see_boot": "yes", "is_one": "yes"}
    assert dict(line.split(": ") for line in boot.output.splitlines()) == expected
    with mounted(machine, "system") as root, mounted(machine, "home") as home:
        assert (root / "etc/written").exists() and (home / "written").exists()


def test_a_root_that_stays_is_refused(memory: Path) -> None:
    """Units, keys and libraries of the old system would lie in it behind a reset that is called complete, whatever else is erased."""
    definitions = {"10-root.conf": KEPT, "20-config.conf": image.CONFIG, "30-state.conf": image.STATE.format(max="32M")}
    with pytest.raises(volumes.CannotBuild, match=r"10-root\.conf: FactoryReset: .* is erased by a reset"):  # by the device's own reader
        Machine.flashed(memory / "usr-kept", extra=image.Extra(definitions, usr=True))


def test_a_root_in_a_subvolume_has_everything_in_it(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    extra = image.Extra({"10-root.conf": BTRFS, "20-home.conf": image.HOME}, programs=("/usr/sbin/mkfs.btrfs",), usr=True)
    machine = lent(Machine.flashed(memory / "usr-btrfs", disk_bytes=(176 + 256) * MIB, extra=extra))
    for _ in range(2):
        assert machine.boots()[-1].end == "started"
        check_mounts(machine)
        with mounted(machine, "pool", "btrfs", "ro,subvolid=5") as root:
            assert sorted(path.name for path in root.iterdir()) == ["@", "more"]
            assert (root / "@/etc/hostname").read_text("utf-8") == "factory\n" and os.readlink(root / "@/lib64") == "usr/lib64"
            assert (root / "@/var/lib/device/serial").exists() and not (root / "@/left-behind").exists()
            assert (root / "@/var").stat().st_ino == 256, "a subvolume"
        with mounted(machine, "pool", "btrfs", "rw") as root:
            (root / "left-behind").touch()
        machine.request()
    assert machine.boots()[-1].end == "started"


def lead_out(root: Path, name: str) -> None:
    shutil.rmtree(root / name) if (root / name).is_dir() else (root / name).unlink()
    (root / name).symlink_to("/etc")


@pytest.mark.parametrize("name", ("usr", "dev", "proc", "run", "sys", "home"))
def test_a_link_where_something_is_mounted_is_not_followed(new: Machine, name: str) -> None:
    assert new.boot().end == "started"
    with mounted(new, "system", options="rw") as root:
        lead_out(root, name)
    boot = new.boot()
    why = "on the way to /home another volume has a symbolic link" if name == "home" else f"Nothing can be mounted at /sysroot/{name}, which is in the root file system"
    assert boot.end == "page" and why in boot.trouble, boot
    new.request()
    assert new.boots()[-1].end == "started", "a reset gets by without it"
    check_root(new)


def test_what_has_gone_from_the_root_is_made_again(new: Machine) -> None:
    """The control of the links, and what a system does that empties its root."""
    assert new.boot().end == "started"
    with mounted(new, "system", options="rw") as root:
        for name in ("usr", "dev", "home", "tmp"):
            (root / name).rmdir()
        (root / "lib64").unlink()
    assert new.boot().end == "started"
    check_mounts(new)
    check_root(new)


def line_of(machine: Machine) -> Path:
    """The image of the machine that this one is a copy of."""
    return next(path for path in machine.at.parent.glob("usr/image"))


def test_an_image_that_names_two_hashes_is_refused(new: Machine) -> None:
    line = (new.at / "uki/cmdline").read_text("ascii")
    for number in range(8):
        for file in (new.at / "uki").glob(f"*{number}-cmdline") if number else [new.at / "uki/cmdline"]:
            file.write_text(line + " roothash=" + "0" * 64, "ascii")
    boot = new.boot()
    assert boot.end == "page" and "names more than one roothash= or usrhash=" in boot.trouble, boot


def test_a_usr_image_is_no_root_file_system(new: Machine) -> None:
    """Under a hash of the other kind: what is in it lies at other places, and nothing is built."""
    line = (new.at / "uki/cmdline").read_text("ascii")
    (new.at / "uki/cmdline").write_text(line.replace("usrhash=", "roothash="), "ascii")
    shutil.copytree(new.at / "image/usr", new.at / "as-root", symlinks=True)
    (new.at / "image").unlink()
    (new.at / "as-root").rename(new.at / "image")
    boot = new.boot()
    assert boot.end == "page" and "os-release cannot be read" in boot.trouble, boot
    assert len(new.disk.partitions()) == 3 and not new.records()


def test_a_root_file_system_is_no_usr_image(new: Machine) -> None:
    (new.at / "image").unlink()
    (new.at / "image").mkdir()
    shutil.copytree(line_of(new), new.at / "image/usr", symlinks=True)
    boot = new.boot()
    assert boot.end == "page" and "verification failed" in boot.trouble, boot
    assert len(new.disk.partitions()) == 3 and not new.records()
