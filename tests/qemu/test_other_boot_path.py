# SPDX-License-Identifier: GPL-2.0-or-later
"""The signed kernel and initrd, started by somebody else than the stub: with the command line of their choice, and with everything
in hand that the stub would have handed over. The TPM does not give the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.qemu import scenario, uki_parts
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.uki_parts import Parts

pytestmark = pytest.mark.promise("whoever starts another way than by the signed image gets no key")


@pytest.fixture(scope="module")
def parts(images: Images, folder: Path) -> Parts:
    return uki_parts.take_apart(images.reference_uki, images.keys / "root-signing.der", folder / "uki-parts")


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "other-boot-path")


def refused(machine: Machine, boot: Boot) -> str:
    machine.power_on(boot)
    said = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=[LOGIN])
    machine.kill()
    return said[1]


def test_mode_reset_on_a_foreign_command_line_does_nothing(machine: Machine, factory_new: FactoryNew, parts: Parts) -> None:
    refused(machine, parts.boot(parts.path(".initrd"), " cleanslate.mode=reset"))
    assert machine.disk.sha256() == factory_new.machine.disk.sha256()
    assert machine.second_disk_is_untouched()


def test_with_all_that_the_stub_hands_over_the_state_stays_locked(machine: Machine, factory_new: FactoryNew, parts: Parts) -> None:
    boot = parts.boot_with(parts.handed_over(), machine.directory / "initrd")
    assert "stays locked" in refused(machine, boot)
    assert machine.disk.sha256() == factory_new.machine.disk.sha256()
    assert machine.second_disk_is_untouched()


def test_afterwards_the_stub_boots_the_same_machine(machine: Machine) -> None:
    """The control: what was refused is the way of starting, not the machine."""
    machine.power_on()
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    machine.kill()
