# SPDX-License-Identifier: GPL-2.0-or-later
"""What a definition puts into its partition is there, and nothing else, in the first boot and behind each reset; whether the partition is
mounted somewhere or nowhere. Judged by mounting the raw disk, by Python's own eyes."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from images.tree import DIRECTORY, FILE, SYMLINK, Node
from tests.attack import image
from tests.attack.machine import Machine

DATA = """[Partition]
Type=linux-generic
Label=data
Format=ext4
FactoryReset=yes
SizeMinBytes=32M
SizeMaxBytes=32M
CopyFiles=/usr/share/a:/
CopyFiles=/usr/share/b:/deep/er
CopyFiles=/usr/share/b/two:/x/y/name
ExcludeFiles=/usr/share/a/secret /usr/share/a/cache/
ExcludeFilesTarget=/deep/er/not
MakeDirectories=/etc/new/est /etc/also /have/more
MakeSymlinks=/etc/new/link:../../have /abs:/deep/er
"""
MOUNTED = {"mounted": "MountPoint=/data\n", "not mounted": ""}
EARLIER = image.MTIME - 1000
FILES = {
    "data": Node(DIRECTORY, 0o755, mtime=image.MTIME),
    "usr/share/a": Node(DIRECTORY, 0o750, uid=7, gid=8, mtime=EARLIER),
    "usr/share/a/etc": Node(DIRECTORY, 0o700, mtime=EARLIER + 1),
    "usr/share/a/etc/one": Node(FILE, 0o640, uid=9, mtime=EARLIER + 2, content=b"1\n"),
    "usr/share/a/to-one": Node(SYMLINK, 0o777, mtime=image.MTIME, target="etc/one"),
    "usr/share/a/secret/key": Node(FILE, 0o600, mtime=EARLIER, content=b"key\n"),
    "usr/share/a/cache/old": Node(FILE, 0o600, mtime=EARLIER, content=b"old\n"),
    "usr/share/b": Node(DIRECTORY, 0o755, mtime=EARLIER + 3),
    "usr/share/b/two": Node(FILE, 0o644, mtime=EARLIER + 4, content=b"2\n"),
    "usr/share/b/not/this": Node(FILE, 0o644, mtime=EARLIER, content=b"no\n"),
}
# path -> mode, owner, time (None: nobody's), content or target
EXPECTED: dict[str, tuple[int, int, int | None, str]] = {
    ".": (0o750, 7, EARLIER, ""),
    "abs": (0o777, 0, 0, "/deep/er"),
    "cache": (0o755, 0, EARLIER, ""),
    "deep": (0o755, 0, 0, ""),
    "deep/er": (0o755, 0, EARLIER + 3, ""),
    "deep/er/two": (0o644, 0, EARLIER + 4, "2\n"),
    "etc": (0o700, 0, EARLIER + 1, ""),
    "etc/also": (0o755, 0, 0, ""),
    "etc/new": (0o755, 0, 0, ""),
    "etc/new/est": (0o755, 0, 0, ""),
    "etc/new/link": (0o777, 0, 0, "../../have"),
    "etc/one": (0o640, 9, EARLIER + 2, "1\n"),
    "have": (0o755, 0, 0, ""),
    "have/more": (0o755, 0, 0, ""),
    "to-one": (0o777, 0, image.MTIME, "etc/one"),
    "x": (0o755, 0, 0, ""),
    "x/y": (0o755, 0, 0, ""),
    "x/y/name": (0o644, 0, EARLIER + 4, "2\n"),
}


@contextmanager
def mounted(machine: Machine, name: str, format: str = "ext4", options: str = "ro") -> Iterator[Path]:
    partition = machine.partition(name)
    with tempfile.TemporaryDirectory() as at:
        where = f"loop,offset={partition.start},sizelimit={partition.size}"
        subprocess.run(["mount", "-t", format, "-o", f"{options},{where}", machine.disk.path, at], check=True)
        try:
            yield Path(at)
        finally:
            subprocess.run(["umount", at], check=True)


def found(root: Path) -> dict[str, tuple[int, int, int | None, str]]:
    result: dict[str, tuple[int, int, int | None, str]] = {}
    for path in [root, *root.rglob("*")]:
        name, status = str(path.relative_to(root)), path.lstat()
        if name == "lost+found":
            continue
        text = os.readlink(path) if path.is_symlink() else path.read_text("utf-8") if path.is_file() else ""
        result[name] = (stat.S_IMODE(status.st_mode), status.st_uid, int(status.st_mtime), text)
    return result


@pytest.fixture(scope="module", params=MOUNTED)
def line(request: pytest.FixtureRequest, memory: Path) -> Machine:
    extra = image.Extra({"30-data.conf": DATA + MOUNTED[request.param]}, FILES)
    return Machine.flashed(memory / f"content-{request.param.replace(' ', '-')}", extra=extra)


@pytest.fixture
def new(line: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> Machine:
    return lent(line.copy(memory / "content"))


def test_it_is_there_in_the_first_boot_and_behind_resets(new: Machine) -> None:
    boots = new.boots()
    assert boots[-1].end == "started", boots
    with mounted(new, "data") as root:
        assert found(root) == EXPECTED
    for _ in range(2):
        with mounted(new, "data", options="rw") as root:
            (root / "etc/one").write_text("changed", "utf-8")
            (root / "more").touch()
        new.request()
        boots = new.boots()
        assert boots[-1].end == "started", boots
        with mounted(new, "data") as root:
            assert found(root) == EXPECTED
    assert new.newest_record()["result"] == "complete"


def test_what_the_manifest_does_not_say_is_not_completed(line: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """The control: one byte of what is copied, behind the manifest's back."""
    machine = lent(line.copy(memory / "content-other"))
    (machine.at / "image").unlink()
    subprocess.run(["cp", "-a", line.at / "image", machine.at / "image"], check=True)
    name = "/data/etc/one" if "MountPoint=" in (line.at / "image/usr/lib/repart.d/30-data.conf").read_text() else "30-data.conf/etc/one"
    one = machine.at / "image/usr/share/a/etc/one"
    one.write_text("2\n")
    os.utime(one, (EARLIER + 2, EARLIER + 2))
    boot = machine.boots()[-1]
    assert boot.end == "page" and f'"data" does not match the factory manifest: {name} differs in its content' in boot.trouble, boot
