# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose config volume has Integrity=inline: built by its first boot, opened by the next, and not mounted once somebody with the
disk has altered what keeps the tags, or has put a volume there that was built without. (What garbling a sector comes to: tests/uml.)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.qemu import luks, scenario
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_CONFIG
from tests.qemu.machine import LOGIN, Machine

pytestmark = pytest.mark.takes_turns("integrity", seconds=450)

NEVER = (LOGIN, scenario.ORDINARY_BOOT, scenario.RESET_STARTED)
SUPERBLOCK = luks.HEADER_AREA
REFUSED = "is not a volume with Integrity=inline"


@dataclass(frozen=True)
class Life:
    machine: Machine  # switched off after its second boot
    mappings: set[str]
    integrity: str


@pytest.fixture(scope="module")
def life(new_machine: Callable[..., Machine], images: Images) -> Life:
    machine = new_machine(images.disks, "integrity")
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS * 2)
    shell.check("echo still-here >/etc/owners-file && sync")
    machine.power_off()
    header = luks.read(machine.disk, machine.disk.partition(TYPE_CONFIG))
    assert header is not None
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    assert shell.check("cat /etc/owners-file").strip() == "still-here"
    mappings = set(shell.check("cat /sys/block/dm-*/dm/name").split())
    machine.power_off()
    return Life(machine, mappings, header.metadata["segments"]["0"]["integrity"]["type"])


def refusal(machine: Machine) -> str:
    before = machine.disk.sha256()
    machine.power_on()
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=NEVER)[1]
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=NEVER)
    machine.kill()
    assert machine.disk.sha256() == before
    return why


def test_the_first_boot_builds_it_and_the_next_opens_it(life: Life) -> None:
    assert life.integrity == "hmac(sha256)"
    assert {"config", "config_dif", "state"} <= life.mappings and "state_dif" not in life.mappings


def test_an_altered_superblock_mounts_nothing_and_put_back_it_mounts(life: Life, machine_like: Callable[[Machine, str], Machine]) -> None:
    machine = machine_like(life.machine, "integrity-superblock")
    at = machine.disk.partition(TYPE_CONFIG).start + SUPERBLOCK
    genuine = machine.disk.read(at, 512)
    assert genuine.startswith(b"integrt\0")
    machine.disk.write(at + 10, b"\x10")  # shorter tags
    assert REFUSED in refusal(machine)
    machine.disk.write(at, genuine)
    machine.power_on()
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    machine.kill()


def test_a_volume_that_was_built_without_is_not_mounted(life: Life, factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> None:
    machine = machine_like(life.machine, "integrity-exchanged")
    ours, theirs = machine.disk.partition(TYPE_CONFIG), factory_new.machine.disk.partition(TYPE_CONFIG)
    assert ours.size == theirs.size
    # what lies behind the header, whose token is still the one that this TPM unseals
    machine.disk.write(ours.start + SUPERBLOCK, factory_new.machine.disk.read(theirs.start + SUPERBLOCK, theirs.size - SUPERBLOCK))
    assert REFUSED in refusal(machine)
