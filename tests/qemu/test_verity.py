# SPDX-License-Identifier: GPL-2.0-or-later
"""One byte of the image was changed: nothing of it is run, and the machine says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.qemu import scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.disk import SQUASHFS_TIME_OFFSET, TYPE_ROOT
from tests.qemu.machine import LOGIN, Machine

pytestmark = pytest.mark.promise("an altered image does not run")

SQUASHFS_MAGIC = b"hsqs"


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "verity")


@pytest.fixture(scope="module")
def said(machine: Machine) -> str:
    """What the machine says when it is started with a byte of its root partition changed."""
    root = machine.disk.partition(TYPE_ROOT)
    assert machine.disk.read(root.start, 4) == SQUASHFS_MAGIC
    machine.disk.flip_byte(root.start + SQUASHFS_TIME_OFFSET)
    machine.power_on()
    match = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=[LOGIN])
    machine.console.send("p")
    machine.wait_for_exit(60)
    return match[1]


def test_the_machine_says_that_the_image_was_altered(said: str) -> None:
    assert "verification failed" in said and "altered" in said


def test_the_machine_says_that_nothing_was_erased(said: str, machine: Machine) -> None:
    assert "RECOVERY: nothing was erased and nothing was changed on the disk." in machine.console.text()


def test_config_and_state_are_as_they_were(said: str, machine: Machine, factory_new: FactoryNew) -> None:
    before, after = factory_new.machine.disk, machine.disk
    assert before.partitions() == after.partitions()
    differing = [p.name for p in before.partitions() if before.read(p.start, p.size) != after.read(p.start, p.size)]
    assert differing == ["root"]


def test_with_the_byte_put_right_the_machine_boots(said: str, machine: Machine) -> None:
    """The control: it was the byte, and nothing else."""
    machine.disk.flip_byte(machine.disk.partition(TYPE_ROOT).start + SQUASHFS_TIME_OFFSET)
    machine.power_on()
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY])
    machine.kill()


def test_the_second_disk_is_untouched(said: str, machine: Machine) -> None:
    assert machine.second_disk_is_untouched()
