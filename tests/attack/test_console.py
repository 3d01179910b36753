# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody who merely stands at the machine, at a kiosk or in a classroom: what the image allows, asks a password for, or switches
off. The controls: the same keys where nothing is guarded, and the right password."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from images import password
from tests.attack import image
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Machine
from tests.qemu.variables import GUID_CLEANSLATE, GUID_LOADER

SHOWN = image.SETTINGS + "[Menu]\nmode=show\n"
HASH = password.hash_text("correct horse", bytes(range(16)), password.ITERATIONS_RANGE.start)
GUARDED = f"{SHOWN}reset=password\nrecovery=password\npassword={HASH}\n"
OFF = f"{SHOWN}reset=off\nrecovery=off\nif-system-does-not-start=only the vendor can reset this device\n"
ASK, CONFIRM, GIVE_UP = "f", "\nreset\n", "\x1b\x1bn"
WRONG, RIGHT = "battery staple\n", "correct horse\n"
ONE_SHOT = "LoaderEntryOneShot"
ENTRY_RESET = "auto-cleanslate-reset\0".encode("utf-16-le")


def first_booted(at: Path, settings: str) -> Machine:
    machine = Machine.flashed(at, settings)
    assert machine.boot().end == "started"
    return machine


@pytest.fixture(scope="module")
def templates(memory: Path) -> Iterator[dict[str, Machine]]:
    made = {name: first_booted(memory / f"console-{name}", text) for name, text in (("shown", SHOWN), ("guarded", GUARDED), ("off", OFF))}
    yield made
    for machine in made.values():
        shutil.rmtree(machine.at)


@pytest.fixture
def like(templates: dict[str, Machine], lent: Callable[[Machine], Machine], memory: Path) -> Callable[[str], Machine]:
    return lambda name: lent(templates[name].copy(memory / f"console-{name}-used"))


def plant(machine: Machine) -> Canaries:
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start + state.size // 2, state.size // 2)
    return canaries


def wrong_passwords(machine: Machine) -> int:
    """As the firmware keeps them, where the running system does not see it."""
    assert not (machine.variables / f"CleanslateWrongPasswords-{GUID_CLEANSLATE}").exists()
    path = machine.private / f"CleanslateWrongPasswords-{GUID_CLEANSLATE}"
    return path.read_bytes()[-1] if path.exists() else 0


def test_the_control_resets_a_machine_that_guards_nothing(like: Callable[[str], Machine]) -> None:
    machine = like("shown")
    canaries = plant(machine)
    machine.type(ASK + CONFIRM)
    assert machine.boots()[0].mode == "reset"
    assert canaries.left(machine.disk) == 0


def test_the_keys_that_reset_others_do_nothing_without_the_password(like: Callable[[str], Machine]) -> None:
    machine = like("guarded")
    canaries, key = plant(machine), machine.storage_key_name()
    machine.type(ASK + CONFIRM + GIVE_UP)
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("normal", "started")
    assert canaries.left(machine.disk) == COUNT
    assert machine.storage_key_name() == key


def test_guessing_leads_nowhere_and_is_counted_over_restarts(like: Callable[[str], Machine]) -> None:
    machine = like("guarded")
    canaries = plant(machine)
    for start in range(1, 4):
        machine.type(ASK + WRONG + GIVE_UP)
        assert machine.boot().mode == "normal"
        machine.remove_variable("CleanslateBootCount", GUID_CLEANSLATE)  # as cleanslate-boot-ok.service does
        assert wrong_passwords(machine) == start
    machine.type(ASK + RIGHT + CONFIRM + GIVE_UP)  # the right one, typed within the five seconds that the third wrong one costs
    assert machine.boot().mode == "normal"
    assert wrong_passwords(machine) == 3
    assert canaries.left(machine.disk) == COUNT


def test_the_right_password_resets(like: Callable[[str], Machine]) -> None:
    machine = like("guarded")
    canaries = plant(machine)
    machine.type(ASK + WRONG + RIGHT + CONFIRM)
    assert machine.boots()[0].mode == "reset"
    assert canaries.left(machine.disk) == 0
    assert wrong_passwords(machine) == 0


@pytest.mark.parametrize("name", ("guarded", "off"))
def test_a_boot_loader_entry_is_no_way_around(like: Callable[[str], Machine], name: str) -> None:
    machine = like(name)
    canaries = plant(machine)
    machine.set_variable(ONE_SHOT, GUID_LOADER, ENTRY_RESET)
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("normal", "started")
    assert canaries.left(machine.disk) == COUNT


def test_the_control_follows_a_boot_loader_entry(like: Callable[[str], Machine]) -> None:
    machine = like("shown")
    canaries = plant(machine)
    machine.set_variable(ONE_SHOT, GUID_LOADER, ENTRY_RESET)
    assert machine.boots()[0].mode == "reset"
    assert canaries.left(machine.disk) == 0


def test_what_is_off_is_in_no_menu(like: Callable[[str], Machine]) -> None:
    machine = like("off")
    canaries = plant(machine)
    machine.type(ASK + CONFIRM)  # Enter, on the list, starts its first entry
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("normal", "started")
    assert canaries.left(machine.disk) == COUNT


@pytest.mark.parametrize("name", ("guarded", "off"))
def test_what_the_running_systems_root_requests_needs_nobody(like: Callable[[str], Machine], name: str) -> None:
    machine = like(name)
    canaries = plant(machine)
    machine.request()
    assert machine.boots()[-1].end == "started"
    assert canaries.left(machine.disk) == 0


def test_settings_that_were_softened_on_the_esp_do_not_count(like: Callable[[str], Machine]) -> None:
    """Without Secure Boot somebody who writes the ESP changes what the stub reads; the verified image still has its word."""
    for name, why in (("guarded", "needs the password, which was not given"), ("off", "allows no factory reset from the console")):
        machine = like(name)
        canaries, key = plant(machine), machine.storage_key_name()
        (machine.at / "uki/clnslt").write_text(SHOWN, encoding="ascii")
        machine.type(ASK + CONFIRM)
        boot = machine.boot()
        assert (boot.mode, boot.end) == ("reset", "page"), boot
        assert why in boot.trouble
        assert canaries.left(machine.disk) == COUNT
        assert machine.storage_key_name() == key
