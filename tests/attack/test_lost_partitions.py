# SPDX-License-Identifier: GPL-2.0-or-later
"""Partitions that leave the table are not erased by that. Whoever deletes the entries of a device in use, and restarts it, gets what a
reset gives: nothing of the old state, a cleared TPM, and a record that says so; no first boot that has "erased" it all."""

from __future__ import annotations

from tests.attack import table
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import RECORDS, Machine


def _lose(machine: Machine) -> tuple[Canaries, str]:
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start, state.size)
    table.delete(machine.disk, "config", "state")
    assert canaries.left(machine.disk) == COUNT
    return canaries, machine.storage_key_name()


def test_a_device_that_has_lost_its_partitions_is_erased_before_it_is_built(used: Machine) -> None:
    before = set(used.records())
    canaries, key = _lose(used)
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("normal", "restart"), ("reset", "restart"), ("normal", "started")], boots
    assert canaries.left(used.disk) == 0
    assert used.storage_key_name() != key
    assert not used.is_requested()
    (name,) = set(used.records()) - before
    record = used.records()[name]
    assert (record["origin"], record["result"]) == ("request", "complete")


def test_nothing_that_root_sees_is_needed_for_it(used: Machine) -> None:
    """Every trace of the device's first boot that root can reach goes, too, behind the start in which the stub has learned of it."""
    used.boot()
    canaries, key = _lose(used)
    for file in [*used.variables.glob("Cleanslate*"), *(used.esp / RECORDS).glob("*")]:
        file.unlink()
    assert used.boots()[-1].end == "started"
    assert canaries.left(used.disk) == 0
    assert used.storage_key_name() != key


def test_a_device_as_it_leaves_the_line_has_its_first_boot(new: Machine) -> None:
    """The control: no partitions, and nothing was lost."""
    key = new.storage_key_name()
    boots = new.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("normal", "started")], boots
    assert new.storage_key_name() == key
    assert [record["origin"] for record in new.records().values()] == ["first-boot"]
