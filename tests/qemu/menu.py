# SPDX-License-Identifier: GPL-2.0-or-later
"""The boot menu, opened as a person opens it."""

from __future__ import annotations

from tests.qemu import scenario
from tests.qemu.keyboard import Keyboard
from tests.qemu.machine import CRASHES, LOGIN, Machine

MENU_SECONDS = 180.0  # from power-on to the menu
PAGE_SECONDS = 30.0
LIST = r"Cleanslate: boot menu"
KEY_LINE = r"or the letter in front\."
FIRMWARE_STARTS_DISK = r"BdsDxe: loading Boot\d+"
TOO_LATE = (LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY, scenario.RESET_STARTED)


def open_menu(machine: Machine, keyboard: Keyboard, title: str = LIST, key_line: str = KEY_LINE) -> None:
    """Presses a key that is no entry until the menu is there, as a person does who does not know when it looks."""
    machine.power_on()
    machine.wait_for(FIRMWARE_STARTS_DISK, MENU_SECONDS)
    while machine.console.seconds() < MENU_SECONDS:
        keyboard.press(machine, "x")
        found = machine.console.wait_for_any([title, *TOO_LATE, *CRASHES], 0.5)
        if found is not None:
            assert found[0] == 0, f"{found[1].group()!r} came, and no menu"
            machine.wait_for(key_line, PAGE_SECONDS)
            return
    raise AssertionError(f"no menu within {MENU_SECONDS:.0f} s")
