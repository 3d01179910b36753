# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine is started by systemd-stub, which hands down nothing of ours: the initrd itself decides the mode, by the verified image, and has
no secret of the device to prove progress by. What root of the old system may try in variables, and whoever can add to the command line. The
control: the same machine, and nobody tries anything."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attack import image, table
from tests.attack.canaries import BLOCK, COUNT, Canaries
from tests.attack.machine import BOOT, NON_VOLATILE, RUNTIME, Machine
from tests.qemu.variables import GUID_CLEANSLATE, GUID_LOADER

STARTED, ERASED, RECORDED, DONE = 1, 4, 7, 8  # enum reset_phase
REQUEST, FIRST_BOOT = 0, 2  # enum reset_origin
ATTEMPTS_MAX = 32  # common/boot/boot-choice.h
SETTINGS = {"usual": "", "off": "[Menu]\nreset=off\nrecovery=off\nif-system-does-not-start=only the vendor can reset this device\n", "shell": "[BreakGlass]\nmode=allowed\n"}


def first_booted(at: Path, settings: str) -> Machine:
    machine = Machine.flashed(at, settings)
    machine.stub = False
    first = machine.boot()
    assert (first.mode, first.end) == ("normal", "started"), first
    return machine


@pytest.fixture(scope="module")
def templates(memory: Path) -> Iterator[dict[str, Machine]]:
    made = {name: first_booted(memory / f"no-stub-{name}", image.SETTINGS + text) for name, text in SETTINGS.items()}
    yield made
    for machine in made.values():
        shutil.rmtree(machine.at)


@pytest.fixture
def like(templates: dict[str, Machine], lent: Callable[[Machine], Machine], memory: Path) -> Callable[[str], Machine]:
    def copy(name: str) -> Machine:
        machine = lent(templates[name].copy(memory / f"no-stub-{name}-used"))
        machine.stub = False
        return machine

    return copy


@pytest.fixture
def other(like: Callable[[str], Machine]) -> Machine:
    """A machine that has had its first boot, switched off."""
    return like("usual")


def plant(machine: Machine) -> Canaries:
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start + state.size // 2, state.size // 2)
    return canaries


def assert_reset(machine: Machine, canaries: Canaries, key: str) -> None:
    boots = machine.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    assert canaries.left(machine.disk) == 0
    assert machine.storage_key_name() != key
    assert not machine.is_requested()
    assert machine.newest_record()["result"] == "complete"


def assert_nothing_done(machine: Machine, canaries: Canaries, key: str) -> None:
    assert canaries.left(machine.disk) == COUNT
    assert machine.storage_key_name() == key


def test_a_reset_that_is_asked_for_leaves_nothing(other: Machine) -> None:
    canaries, key = plant(other), other.storage_key_name()
    other.request()
    assert_reset(other, canaries, key)
    record = other.newest_record()
    assert (record["origin"], record["reason"]) == ("request", "test")
    assert not list(other.private.iterdir()), "nobody has kept a secret here"


def test_where_nobody_asks_everything_stays(other: Machine) -> None:
    canaries, key = plant(other), other.storage_key_name()
    boots = [other.boot() for _ in range(2)]
    assert [(boot.mode, boot.end) for boot in boots] == [("normal", "started")] * 2, boots
    assert_nothing_done(other, canaries, key)


def test_a_request_for_another_system_resets_nothing(other: Machine) -> None:
    canaries, key = plant(other), other.storage_key_name()
    other.request()
    name = next(other.variables.glob("FactoryResetRequest-*"))
    name.write_bytes(name.read_bytes().replace("attacked".encode("utf-16-le"), "attacker".encode("utf-16-le")).replace(b"attacked", b"attacker"))
    boot = other.boot()
    assert (boot.mode, boot.end) == ("normal", "started"), boot
    assert_nothing_done(other, canaries, key)


@pytest.mark.parametrize("cut", ("commit started", "commit keys-destroyed", "commit erased", "commit verified", "commit recorded"))
def test_a_power_cut_leaves_no_machine_between_two_states(other: Machine, cut: str) -> None:
    """Without a secret nothing of what was done is believed: all of it is done again."""
    canaries, key = plant(other), other.storage_key_name()
    other.request()
    assert other.boot(cut=cut).end == "cut"
    assert_reset(other, canaries, key)


@pytest.mark.parametrize("phase", (STARTED, ERASED, RECORDED, DONE))
def test_a_phase_that_was_never_reached_skips_nothing(other: Machine, phase: int) -> None:
    canaries, key = plant(other), other.storage_key_name()
    other.request()
    other.forge(phase=phase, origin=REQUEST)
    assert_reset(other, canaries, key)


def test_a_first_boot_that_never_was_does_not_stand_for_a_reset(other: Machine) -> None:
    canaries, key = plant(other), other.storage_key_name()
    other.request()
    other.forge(phase=STARTED, origin=FIRST_BOOT)
    assert_reset(other, canaries, key)


def test_attempts_that_never_were_open_the_page_and_erase_nothing(other: Machine) -> None:
    """The loss: root can delay a reset like that. It is not skipped, and not said to have been made."""
    canaries, key = plant(other), other.storage_key_name()
    before = set(other.records())
    other.request()
    other.forge(phase=STARTED, origin=REQUEST, attempts=ATTEMPTS_MAX)
    boot = other.boot()
    assert (boot.mode, boot.end) == ("recovery", "page") and "without success" in boot.trouble, boot
    assert_nothing_done(other, canaries, key)
    assert other.is_requested() and set(other.records()) == before


def test_partitions_that_are_gone_are_built_and_recorded_as_no_more_than_that(other: Machine) -> None:
    """The loss: nobody remembers that the device had them. The record claims no reset."""
    canaries = Canaries()
    _, end = other.disk.gaps()[-1]
    canaries.put(other.disk, [end // BLOCK * BLOCK - BLOCK])
    table.delete(other.disk, "config", "state")
    boot = other.boot()
    assert (boot.mode, boot.end) == ("normal", "started"), boot
    assert canaries.left(other.disk) == 1
    assert {record["origin"] for record in other.records().values()} == {"first-boot"}


def test_a_volume_elsewhere_that_root_names_is_not_started_from(other: Machine) -> None:
    """The variable of the loader interface as a lasting one, which no boot loader makes."""
    canaries, key = plant(other), other.storage_key_name()
    other.request()
    value = f"{uuid.uuid4()}\0".upper().encode("utf-16-le")
    other.set_variable("StubDevicePartUUID", GUID_LOADER, value, NON_VOLATILE | BOOT | RUNTIME)
    assert_reset(other, canaries, key)


def test_a_second_root_hash_is_not_chosen(other: Machine) -> None:
    """systemd-stub takes words from signed addons and, in a virtual machine, from whoever runs it; the last word would win."""
    canaries, key = plant(other), other.storage_key_name()
    other.request()
    other.added = f"roothash={'5a' * 32}"
    boot = other.boot()
    assert boot.end == "page" and "more than one roothash=" in boot.trouble, boot
    assert_nothing_done(other, canaries, key)
    assert other.is_requested()
    other.added = ""
    assert_reset(other, canaries, key)


def test_the_command_line_asks_as_whoever_is_at_the_machine(like: Callable[[str], Machine]) -> None:
    """A profile, an addon, another entry of the boot loader: anybody's choice, and the image's word about it counts."""
    for name in ("usual", "off"):
        machine = like(name)
        canaries, key = plant(machine), machine.storage_key_name()
        machine.added = "cleanslate.mode=reset"
        boot = machine.boot()
        assert boot.mode == "reset", boot
        if name == "off":
            assert boot.end == "page" and "allows no factory reset from the console" in boot.trouble, boot
            assert_nothing_done(machine, canaries, key)
        else:
            machine.added = ""
            assert boot.end == "restart", boot
            assert canaries.left(machine.disk) == 0
            assert machine.boot().end == "started"


def test_what_is_off_at_the_machine_can_be_requested(like: Callable[[str], Machine]) -> None:
    machine = like("off")
    canaries, key = plant(machine), machine.storage_key_name()
    machine.request()
    assert_reset(machine, canaries, key)


def test_break_glass_is_refused_in_words(like: Callable[[str], Machine]) -> None:
    """Even where the image allows it."""
    machine = like("shell")
    machine.added = "cleanslate.mode=break-glass"
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("recovery", "page"), boot
    assert "none without Cleanslate's boot stub" in boot.trouble


def test_starts_are_not_counted(other: Machine) -> None:
    """Whoever has the system started again and again, or has left a full count, gets an ordinary start: nobody takes a count back here."""
    name = f"CleanslateBootCount-{GUID_CLEANSLATE}"
    for _ in range(4):
        assert other.boot().end == "started"
    assert not list(other.variables.glob(f"{name}*")) and not list(other.private.iterdir())


def test_a_machine_may_change_its_stub(used: Machine) -> None:
    """Built under ours, reset under the other one, and started by ours again: no state of the one locks the other out."""
    canaries, key = plant(used), used.storage_key_name()
    used.stub = False
    used.request()
    assert_reset(used, canaries, key)
    used.stub = True
    boot = used.boot()
    assert (boot.mode, boot.end) == ("normal", "started"), boot
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    assert_reset(used, canaries, key)
