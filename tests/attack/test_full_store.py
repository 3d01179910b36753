# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware whose variable store is nearly full, or keeps nothing, and is tidied up before the kernel is started and not at run time. A reset comes to its end there,
or does not begin."""

from __future__ import annotations

import uuid

import pytest

from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import BOOT, NON_VOLATILE, RUNTIME, Machine
from tests.attack.test_progress import assert_reset, plant


def shrink(machine: Machine, room: int, known: bool) -> None:
    (machine.at / "store-room").write_text(f"{room}\n", encoding="ascii")
    if not known:
        (machine.at / "store-room-unknown").touch()


@pytest.mark.parametrize("room", (4500, 12000, 30000))
def test_a_kernel_that_tells_the_room_resets_in_one_start(used: Machine, room: int) -> None:
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    shrink(used, room, True)
    boot = used.boot()
    assert (boot.mode, boot.end) == ("reset", "restart"), boot
    assert ("short of room" in boot.log) == (room < 30000), boot.log
    assert_reset_is_over(used, canaries, key)


def assert_reset_is_over(machine: Machine, canaries: Canaries, key: str) -> None:
    assert canaries.left(machine.disk) == 0
    assert not machine.is_requested() and machine.storage_key_name() != key
    assert machine.newest_record()["result"] == "complete"
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("normal", "started"), boot


@pytest.mark.parametrize("room", (2000, 3000, 4500))
def test_where_nobody_knows_it_the_third_attempt_is_sparing(used: Machine, room: int) -> None:
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    shrink(used, room, False)
    boots = used.boots(at_most=5)
    assert boots[-1].end == "started", boots
    assert_reset_is_over(used, canaries, key)


def test_without_any_room_nothing_is_begun(used: Machine) -> None:
    canaries = plant(used)
    used.request()
    shrink(used, 3000, True)
    boot = used.boot()
    assert boot.end == "page" and "variable store is nearly full" in boot.trouble, boot
    assert canaries.left(used.disk) == COUNT
    (used.at / "store-room").unlink()
    assert_reset(used, canaries, used.storage_key_name())


def test_one_that_was_interrupted_goes_on_in_a_store_that_others_have_filled(used: Machine) -> None:
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    used.boot(cut="commit erased")
    shrink(used, 2000, True)
    boots = used.boots()
    assert boots[-1].end == "started", boots
    assert_reset_is_over(used, canaries, key)


def test_where_the_firmware_forgets_what_is_written_nothing_is_begun(used: Machine) -> None:
    """As it says itself, by a variable that only firmware can make volatile; root's own stops nothing."""
    file_of_variables = uuid.UUID("b2ac5fc9-92b7-4acd-aeac-11e818c3130c")
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    used.set_variable("RTStorageVolatile", file_of_variables, b"ubootefi.var\0", BOOT | RUNTIME)
    boot = used.boot()
    assert boot.end == "page" and "The firmware forgets" in boot.trouble, boot
    assert canaries.left(used.disk) == COUNT
    used.remove_variable("RTStorageVolatile", file_of_variables)
    used.set_variable("RTStorageVolatile", file_of_variables, b"ubootefi.var\0", NON_VOLATILE | BOOT | RUNTIME)
    assert_reset(used, canaries, key)
