# SPDX-License-Identifier: GPL-2.0-or-later
"""[Menu] reset=password on a whole machine: neither the boot menu nor the recovery page resets it without the password, wrong ones make
the next one wait, whoever switches the machine off in between included, and the right one does what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from images import password
from tests.qemu import scenario, variant
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.keyboard import SCREEN, SERIAL, Keyboard
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.menu import LIST, MENU_SECONDS, PAGE_SECONDS, TOO_LATE, open_menu

pytestmark = pytest.mark.takes_turns("menu password", seconds=230)

RIGHT = "open sesame"
FREE = 2  # so many wrong ones make nobody wait
SETTINGS = f"[Menu]\nreset=password\npassword={password.hash_text(RIGHT, b'salt of the test', 10_000)}\n"
NEEDED = r"A factory reset needs a password on this device\."
WRONG = r"Wrong password\. Nothing has been done\."
WAITS = r"After wrong passwords the next one is taken in (\d+) s\."
QUESTION_KEYS = r"Esc: back, nothing is erased\."
LAST_QUESTION = r"Type the word +reset +and press Enter"
BY_RESTART = r"f to restart and type the password for a factory reset"
JUDGE_SECONDS = 120.0  # a slow hash, on an emulated processor


@dataclass(frozen=True)
class Life:
    machine: Machine
    first_wait: int  # seconds, as the page said
    digest: str


def type_when_taken(machine: Machine, keyboard: Keyboard, text: str) -> None:
    """What is typed before the wait is over counts for nothing; the first star shows that it is."""
    while machine.console.wait_for_any([r"> \*+_", *TOO_LATE], 0.5) is None:
        assert machine.console.seconds() < MENU_SECONDS, "the wait does not end"
        keyboard.press(machine, "x")
    keyboard.press(machine, *["backspace"] * 5)
    keyboard.type(machine, text)


def live(machine: Machine, images: Images) -> Life:
    machine.esp.install_uki(variant.make(images.reference.parent, "", SETTINGS, machine.directory / "password.efi"))
    open_menu(machine, SCREEN)
    SCREEN.press(machine, "r")
    machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT, scenario.RESET_STARTED])
    machine.wait_for(BY_RESTART, PAGE_SECONDS, never=[scenario.RESET_STARTED])
    machine.console.send("f")
    machine.wait_for(NEEDED, MENU_SECONDS, never=TOO_LATE)
    for _ in range(FREE):
        SERIAL.type(machine, "open says me")
        machine.wait_for(WRONG, JUDGE_SECONDS, never=TOO_LATE)
    SERIAL.type(machine, RIGHT.upper())
    first_wait = int(machine.wait_for(WAITS, JUDGE_SECONDS, never=TOO_LATE)[1])
    machine.kill()
    open_menu(machine, SCREEN)
    SCREEN.press(machine, "f")
    machine.wait_for(WAITS, PAGE_SECONDS, never=TOO_LATE)
    type_when_taken(machine, SCREEN, RIGHT)
    machine.wait_for(QUESTION_KEYS, JUDGE_SECONDS, never=(*TOO_LATE, LIST))
    SCREEN.press(machine, "ret")
    machine.wait_for(LAST_QUESTION, PAGE_SECONDS)
    SCREEN.type(machine, "reset")
    digest = scenario.follow_to_completion(machine)
    machine.kill()
    return Life(machine, first_wait, digest)


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], images: Images) -> Life:
    return live(machine_like(factory_new.machine, "menu-password"), images)


def test_the_page_restarts_to_the_stub_that_asks_and_wrong_ones_do_nothing(life: Life) -> None:
    assert life.first_wait > 0


def test_the_right_one_resets_once_the_wait_is_over(life: Life, factory_new: FactoryNew) -> None:
    assert life.digest == factory_new.manifest_digest
    record = scenario.newest_record(life.machine)
    assert (record["result"], record["origin"]) == ("complete", "menu")


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
