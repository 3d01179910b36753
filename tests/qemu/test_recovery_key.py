# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose image has recovery-key=yes, and whose Secure Boot keys change without anybody's plan: the volumes stay locked, the page
takes the key that its owner wrote down, and the next boot is an ordinary one, with all that was there before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.qemu import scenario
from tests.qemu.conftest import Images
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.test_pcr_replay import AUTHENTICATED, GUID_SECURITY_DATABASE, signature_list

NEVER = (LOGIN, scenario.ORDINARY_BOOT, scenario.RESET_STARTED)
PRESS = r"^cleanslate: RECOVERY: press (.*)\n"
ASKED = r"^cleanslate: RECOVERY: type the recovery key and press Enter.*\n"
NOT_THIS_DEVICES = r"^cleanslate: RECOVERY: this recovery key does not open the volumes of this device"
SEALED_ANEW = r"the volumes are sealed to this machine as it is now"
MARKER = "/var/owners-file"


@dataclass(frozen=True)
class Life:
    key: str
    mode: str
    why: str
    offers: str
    kept: str


@pytest.fixture(scope="module")
def life(new_machine: Callable[..., Machine], images: Images) -> Life:
    machine = new_machine(images.disks, "recovery-key")
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS * 2)
    key = shell.check("cat /var/lib/cleanslate/recovery-key").strip()
    mode = shell.check("stat -c '%a %U' /var/lib/cleanslate/recovery-key").strip()
    shell.check(f"echo still-here >{MARKER} && sync")
    machine.power_off()

    machine.variables.set("db", GUID_SECURITY_DATABASE, signature_list(), AUTHENTICATED)
    machine.power_on()
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=NEVER)[1]
    offers = machine.wait_for(PRESS, 60, never=NEVER)[1]
    machine.console.send("k")
    machine.wait_for(ASKED, 60, never=NEVER)
    machine.console.send(key[:-1] + ("c" if key[-1] != "c" else "b") + "\r")
    machine.wait_for(NOT_THIS_DEVICES, 60, never=NEVER)
    machine.wait_for(PRESS, 60, never=NEVER)
    machine.console.send("k")
    machine.wait_for(ASKED, 60, never=NEVER)
    machine.console.send(key.upper() + "\r")
    machine.wait_for(SEALED_ANEW, 60, never=NEVER)
    shell = machine.login(scenario.BOOT_SECONDS)
    kept = shell.check(f"cat {MARKER}").strip()
    machine.kill()
    return Life(key, mode, why, offers, kept)


def test_root_finds_the_key_to_write_down(life: Life) -> None:
    assert re.fullmatch(r"([cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}", life.key)
    assert life.mode == "600 root"


def test_a_change_of_db_locks_the_volumes_and_the_page_says_so(life: Life) -> None:
    assert "stays locked: Secure Boot's keys or state changed since its key was sealed (PCR 7)" in life.why
    assert "k to type the recovery key" in life.offers


def test_behind_the_key_everything_is_there(life: Life) -> None:
    assert life.kept == "still-here"
