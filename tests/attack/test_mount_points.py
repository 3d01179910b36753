# SPDX-License-Identifier: GPL-2.0-or-later
"""A volume that is mounted inside of another one. Whoever is root can replace the directory by a symbolic link, and the next boot would mount
the volume, with what he has put there, over files of the image or of the initrd. Links of the image, which is verified, are followed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from images.tree import DIRECTORY, SYMLINK, Node
from tests.attack import image
from tests.attack.machine import Machine
from tests.attack.table import MIB
from tests.attack.test_content import mounted

DATA = """[Partition]
Type=linux-generic
Label=data
Format=ext4
FactoryReset=yes
SizeMinBytes=32M
SizeMaxBytes=32M
MountPoint={where}
"""
FURTHER = "MountPoint=/var/lib/data:noatime\n"
PLACE = {"var/lib/data": Node(DIRECTORY, 0o755, mtime=image.MTIME), "data": Node(DIRECTORY, 0o755, mtime=image.MTIME)}
DEFINITIONS = {"first": DATA.format(where="/var/lib/data"), "further": DATA.format(where="/data") + FURTHER}
# Over the initrd's own files, over the image's, and to nothing.
TARGETS = ("/usr", "../../usr", "/nowhere")


@pytest.fixture(scope="module", params=DEFINITIONS)
def built(request: pytest.FixtureRequest, memory: Path) -> Machine:
    machine = Machine.flashed(memory / f"mount-point-{request.param}", extra=image.Extra({"30-data.conf": DEFINITIONS[request.param]}, PLACE))
    boot = machine.boots()[-1]
    assert boot.end == "started" and "data mounted at " in boot.log, boot
    return machine


@pytest.mark.parametrize("target", TARGETS)
def test_a_link_in_a_volume_leads_no_other_anywhere(built: Machine, memory: Path, lent: Callable[[Machine], Machine], target: str) -> None:
    machine = lent(built.copy(memory / "mount-point"))
    with mounted(machine, "state", options="rw") as root:
        (root / "lib/data").rmdir()
        (root / "lib/data").symlink_to(target)
    boot = machine.boot()
    assert boot.end == "page" and "data cannot be mounted: on the way to /var/lib/data another volume has a symbolic link" in boot.trouble, boot
    machine.request()
    assert machine.boots()[-1].end == "started"


def test_another_directory_is_as_good(built: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """The control: it is the link that counts."""
    machine = lent(built.copy(memory / "mount-point-other"))
    with mounted(machine, "state", options="rw") as root:
        (root / "lib/data").rename(root / "lib/old")
        (root / "lib/data").mkdir()
    assert machine.boot().end == "started"


@pytest.mark.parametrize("target", ["/var/lib/data", "var/lib/data"])
def test_a_link_of_the_image_is_followed_within_it(memory: Path, lent: Callable[[Machine], Machine], target: str) -> None:
    files = {"var/lib/data": PLACE["var/lib/data"], "data": Node(SYMLINK, 0o777, mtime=image.MTIME, target=target)}
    name = f"mount-point-{'absolute' if target[0] == '/' else 'relative'}"
    extra = image.Extra({"30-data.conf": DATA.format(where="/data")}, files)
    machine = lent(Machine.flashed(memory / name, disk_bytes=(176 + 32) * MIB, extra=extra))
    for _ in range(2):
        boot = machine.boots()[-1]
        assert boot.end == "started" and "data mounted at /data" in boot.log, boot
