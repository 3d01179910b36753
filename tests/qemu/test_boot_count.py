# SPDX-License-Identifier: GPL-2.0-or-later
"""A system whose init dies: it is tried three times, and then a page says so. A system that starts takes the count back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.qemu import boot_trace, scenario, variant
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.variables import BOOT_COUNT_NAME, GUID_CLEANSLATE

pytestmark = pytest.mark.takes_turns("boot count", seconds=450)

KERNELS_STARTED = r"BdsDxe: starting"
# PID 1 leaves for a root of its own choice, where its successor is /bin/false: the kernel loses its init.
DIES = "mount --bind / /mnt && systemctl switch-root /mnt /bin/false"
INIT_DIES = f""" systemd.run="/bin/sh -c '{DIES}'" systemd.run_success_action=none systemd.run_failure_action=none"""
LAST_WORDS = "Attempted to kill init! exitcode=0x00000100"
PRESS = r"^cleanslate: RECOVERY: press (.*)\n"


@dataclass(frozen=True)
class Life:
    machine: Machine
    count_after_first_boot: boot_trace.BootCount | None
    page: str  # all that the machine said until the page stood
    why: str
    count_at_page: boot_trace.BootCount | None
    why_before_init: str
    why_again: str
    service: str
    counted_after_good_boot: boot_trace.BootCount | None
    count_at_unnoted: boot_trace.BootCount | None


def live(machine: Machine, images: Images) -> Life:
    after_first = boot_trace.boot_count(machine.variables)
    broken = variant.make(images.reference.parent, INIT_DIES, "", machine.directory / "broken.efi")
    machine.esp.install_uki(broken)
    machine.power_on()
    why = machine.console.wait_for(scenario.RECOVERY, 3 * scenario.BOOT_SECONDS, never=[LOGIN])[1]  # the panics are meant
    machine.wait_for(PRESS, 60)
    page = machine.console.text()
    machine.kill()
    at_page = boot_trace.boot_count(machine.variables)
    # A better image does not change what has happened; a person at the page does.
    machine.esp.install_uki(images.reference_uki)
    machine.power_on()
    why_again = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])[1]
    machine.wait_for(PRESS, 60)
    machine.console.send("t")
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    service = shell.check("systemctl start multi-user.target cleanslate-boot-ok.service && systemctl show -p Result,ActiveState,ConditionResult cleanslate-boot-ok", 180)
    machine.power_off()
    counted = boot_trace.boot_count(machine.variables)
    # As the stub alone has counted, where the running system can change no variable: it may have started well each time.
    machine.variables.set(BOOT_COUNT_NAME, GUID_CLEANSLATE, boot_trace.BootCount(3, boot_trace.KERNEL).encode())
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    machine.kill()
    at_unnoted = boot_trace.boot_count(machine.variables)
    # Nothing of these boots got to the end of the initrd, and the kernel left no words of them.
    machine.variables.set(BOOT_COUNT_NAME, GUID_CLEANSLATE, boot_trace.BootCount(3, boot_trace.INITRD).encode())
    machine.power_on()
    why_before_init = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])[1]
    machine.kill()
    return Life(machine, after_first, page, why, at_page, why_before_init, why_again, service, counted, at_unnoted)


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], images: Images) -> Life:
    return live(machine_like(factory_new.machine, "boot-count"), images)


def test_a_good_first_boot_leaves_no_count(life: Life) -> None:
    assert life.count_after_first_boot is None


def test_the_system_is_tried_three_times_and_then_the_page_says_why(life: Life) -> None:
    assert life.why.startswith("The system did not finish starting 3 times in a row: "), life.why
    assert len(re.findall(KERNELS_STARTED, life.page)) == 4
    assert life.count_at_page == boot_trace.BootCount(3, boot_trace.INIT)


def test_the_page_tells_that_the_init_died_and_of_what(life: Life) -> None:
    assert life.page.count(f"Kernel panic - not syncing: {LAST_WORDS}") == 3
    assert "its init was started, and died" in life.why and f"the kernel's last words: {LAST_WORDS}" in life.why, life.why


def test_boots_that_nobody_could_note_open_no_page(life: Life) -> None:
    """The next one notes how far it comes; if it has not come through by then, it counts."""
    assert life.count_at_unnoted in (None, boot_trace.BootCount(4, boot_trace.INIT)), life.count_at_unnoted


def test_a_boot_that_ended_before_its_init_is_told_apart(life: Life) -> None:
    assert life.why_before_init.endswith("the last time it did not get as far as its init."), life.why_before_init


def test_the_page_offers_to_try_again_to_reset_and_to_power_off(life: Life) -> None:
    offers = re.findall(PRESS, life.page + "\n", re.M)[-1]
    assert [offer.split()[0] for offer in offers.split(", ")] == ["r", "p", "t", "f"], offers


def test_the_page_stays_until_somebody_says_otherwise(life: Life) -> None:
    assert life.why_again == life.why


def test_the_good_boot_behind_it_takes_the_count_back(life: Life) -> None:
    assert sorted(life.service.splitlines()) == ["ActiveState=active", "ConditionResult=yes", "Result=success"]
    assert life.counted_after_good_boot is None


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
