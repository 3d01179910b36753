# SPDX-License-Identifier: GPL-2.0-or-later
"""The boot menu, from the keyboard in front of the screen and from a terminal on the serial line: every entry, the confirmation of a
reset, and the running system's way to the same entries (bootctl, systemctl reboot --boot-loader-entry=)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import pytest

from tests.qemu import accel, efivarfs, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.disk import SQUASHFS_TIME_OFFSET, TYPE_CONFIG, TYPE_ROOT, TYPE_VAR
from tests.qemu.keyboard import SCREEN, SERIAL, Keyboard
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.menu import LIST, MENU_SECONDS, PAGE_SECONDS, TOO_LATE, open_menu
from tests.qemu.variables import GUID_LOADER

pytestmark = pytest.mark.promise("a person in front of the machine gets a reset, and only on purpose")

GARBAGE_BYTES = 32 << 20
QUESTION = r"Cleanslate: factory reset"
LAST_QUESTION = r"Type the word +reset +and press Enter"
QUESTION_KEYS = r"Esc: back, nothing is erased\."
ANOTHER_WORD = r"That word did not match\. Nothing has been done\."
BREAK_GLASS_QUESTION = r"Cleanslate: break-glass shell"
BREAK_GLASS_WORDS = r"Type the words +break glass +and press Enter"
BREAK_GLASS_PROMPT = r"break-glass# "
# OVMF's setup, whose front page nothing else shows.
FIRMWARE_SETUP = r"Select Language"
RECOVERY_ENTRY = "auto-cleanslate-recovery"

KEYBOARDS = (pytest.param(SCREEN, id="screen"), pytest.param(SERIAL, id="serial", marks=pytest.mark.takes_turns(seconds=60)))
# What begins no reset: that the menu leads there is shown by tests/unit for each line of it.
further_entries = pytest.mark.takes_turns("menu, further entries", seconds=350)
both_keyboards = pytest.mark.parametrize("keyboard", KEYBOARDS)


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "menu")


@pytest.fixture
def off_afterwards(machine: Machine) -> Iterator[None]:
    yield
    machine.kill()


@further_entries
@both_keyboards
def test_power_off(machine: Machine, off_afterwards: None, keyboard: Keyboard) -> None:
    open_menu(machine, keyboard)
    keyboard.press(machine, "p")
    machine.wait_for_exit(PAGE_SECONDS)


@further_entries
@both_keyboards
def test_firmware_setup(machine: Machine, off_afterwards: None, keyboard: Keyboard) -> None:
    """By arrow keys; the restart in between is the machine's own."""
    open_menu(machine, keyboard)
    keyboard.press(machine, *["down"] * 6, "up")  # to the end, and one back
    machine.wait_for(r"> s  Firmware setup", PAGE_SECONDS)
    keyboard.press(machine, "ret")
    machine.wait_for(FIRMWARE_SETUP, MENU_SECONDS, never=TOO_LATE)


@further_entries
@both_keyboards
def test_recovery(machine: Machine, off_afterwards: None, keyboard: Keyboard) -> None:
    open_menu(machine, keyboard)
    keyboard.press(machine, "r")
    machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT, scenario.RESET_STARTED])


@both_keyboards
def test_escape_and_wrong_words_do_not_reset(machine: Machine, off_afterwards: None, keyboard: Keyboard) -> None:
    open_menu(machine, keyboard)
    if keyboard is SCREEN:
        scenario.keep_picture(machine, "menu")
    keyboard.press(machine, "f")
    machine.wait_for(QUESTION, PAGE_SECONDS)
    named = machine.console.take_until(QUESTION_KEYS, PAGE_SECONDS)
    for label in ("config +64 MiB", "state +[0-9.]+ [MG]iB"):
        assert re.search(label, named), f"{label} is not named in: {named}"
    for label in ("esp", "root", "root-verity"):
        assert not re.search(rf" {label} +[0-9.]+ [MG]iB", named), f"{label} is named as if it could be erased"
    if keyboard is SCREEN:
        scenario.keep_picture(machine, "menu-reset-question")
    keyboard.press(machine, "ret")
    machine.wait_for(LAST_QUESTION, PAGE_SECONDS)
    for word in ("yes", "rese", "resett"):
        keyboard.type(machine, word)
        machine.wait_for(ANOTHER_WORD, PAGE_SECONDS, never=TOO_LATE)
    if keyboard is SCREEN:
        keyboard.press(machine, *"res")
        machine.wait_for(r"res_", PAGE_SECONDS)
        scenario.keep_picture(machine, "menu-reset-word")
    keyboard.press(machine, "esc")
    machine.wait_for(QUESTION_KEYS, PAGE_SECONDS)
    keyboard.press(machine, "esc")
    machine.wait_for(LIST, PAGE_SECONDS)
    keyboard.press(machine, "n")
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])


@further_entries
@both_keyboards
def test_break_glass(machine: Machine, off_afterwards: None, keyboard: Keyboard) -> None:
    """Confirmed in the menu, so the shell asks no more; what it cannot do is test_break_glass.py's matter."""
    open_menu(machine, keyboard)
    keyboard.press(machine, "b")
    machine.wait_for(BREAK_GLASS_QUESTION, PAGE_SECONDS)
    keyboard.press(machine, "ret")
    machine.wait_for(BREAK_GLASS_WORDS, PAGE_SECONDS)
    keyboard.type(machine, "reset")
    machine.wait_for(ANOTHER_WORD, PAGE_SECONDS, never=TOO_LATE)
    keyboard.type(machine, "break glass")
    machine.wait_for(BREAK_GLASS_PROMPT, scenario.BOOT_SECONDS, never=TOO_LATE)


@both_keyboards
def test_reset(machine: Machine, off_afterwards: None, factory_new: FactoryNew, keyboard: Keyboard) -> None:
    """From the menu to the factory state, and the record says who asked. From the terminal with neither /etc nor /var to be had."""
    records = set(machine.esp.records())
    for type_ in (TYPE_CONFIG, TYPE_VAR) if keyboard is SERIAL else ():
        machine.disk.write(machine.disk.partition(type_).start, random.Random(9).randbytes(GARBAGE_BYTES))
    open_menu(machine, keyboard)
    keyboard.press(machine, "f")
    machine.wait_for(QUESTION, PAGE_SECONDS)
    keyboard.press(machine, "ret")
    machine.wait_for(LAST_QUESTION, PAGE_SECONDS)
    keyboard.type(machine, "reset")
    picture = "reset" if keyboard is SCREEN else None
    assert scenario.follow_to_completion(machine, picture) == factory_new.manifest_digest
    machine.wait_for(scenario.RESTARTING, PAGE_SECONDS, never=TOO_LATE)
    machine.kill()
    assert len(set(machine.esp.records()) - records) == 1
    record = scenario.newest_record(machine)
    assert record["origin"] == "menu"
    assert machine.second_disk_is_untouched()


@further_entries  # the same from the recovery page, each time: test_recovery.py
def test_a_reset_that_could_not_rebuild_erases_nothing(machine: Machine, off_afterwards: None) -> None:
    at = machine.disk.partition(TYPE_ROOT).start + SQUASHFS_TIME_OFFSET
    machine.disk.flip_byte(at)
    before = machine.disk.sha256()
    open_menu(machine, SCREEN)
    SCREEN.press(machine, "f")
    machine.wait_for(QUESTION, PAGE_SECONDS)
    SCREEN.press(machine, "ret")
    machine.wait_for(LAST_QUESTION, PAGE_SECONDS)
    SCREEN.type(machine, "reset")
    said = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])[1]
    machine.kill()
    assert "verification failed" in said
    assert machine.disk.sha256() == before
    machine.disk.flip_byte(at)


def bare_metal() -> Boot:
    """A processor that does not say it is emulated: in a virtual machine the stub does not trust the time-stamp counter."""
    return Boot(("-cpu", accel.options()[-1] + ",-hypervisor"))


@pytest.mark.takes_turns(seconds=300)
def test_the_running_system_finds_and_asks_for_entries(machine: Machine, off_afterwards: None) -> None:
    machine.power_on(bare_metal())
    shell = machine.login(scenario.BOOT_SECONDS)
    listed = shell.check("bootctl list --no-pager")
    for entry in ("auto-cleanslate", "auto-cleanslate-reset", RECOVERY_ENTRY, "auto-reboot-to-firmware-setup"):
        assert f"id: {entry}\n" in listed + "\n"
    assert efivarfs.read(shell, "LoaderEntrySelected", GUID_LOADER) == "auto-cleanslate\0".encode("utf-16-le")
    status = shell.check("bootctl status --no-pager")
    for feature in ("Menu timeout", "One-shot menu timeout", "Default entry", "One-shot entry"):
        assert f"\u2713 {feature} control" in status
    time = shell.check("systemd-analyze time")
    assert "(loader)" in time, time

    shell.check(f"bootctl set-oneshot {RECOVERY_ENTRY}")
    assert efivarfs.exists(shell, "LoaderEntryOneShot", GUID_LOADER)
    assert_recovery_once(machine, "sync; systemctl reboot")

    assert_recovery_once(machine, f"systemctl reboot --boot-loader-entry={RECOVERY_ENTRY}")


def assert_recovery_once(machine: Machine, command: str) -> None:
    """The recovery page at the first start after the command, an ordinary boot at the second."""
    machine.shell.start(command)
    machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.RESET_STARTED])
    machine.kill()
    assert machine.variables.get("LoaderEntryOneShot", GUID_LOADER) is None, "LoaderEntryOneShot was not removed"
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS)
