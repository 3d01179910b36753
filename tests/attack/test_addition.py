# SPDX-License-Identifier: GPL-2.0-or-later
"""An update brings a definition: the next ordinary boot makes its volume, and what is there stays as it is, whenever the power fails. Only
what a device has never had is added: a partition that was lost is missed, whatever root has written into the list of those that are known.
And a partition that somebody has put there, on the line or later, is taken as it is, through first boots and resets."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack import table
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Machine
from tests.attack.table import MIB
from tests.qemu.disk import Partition
from tests.qemu.variables import GUID_CLEANSLATE

LIST = "CleanslateVolumes"
TYPE_SRV = uuid.UUID("3b8f8425-20e0-4f3b-907f-1a25a76f98e8")
CUTS = ("shown", "hidden", "entry")
ADDED = '"kept", which this image brings, was added as partition'
AS_FOUND = "kept mounted at /srv as it was found"
ROOM = 64 * MIB  # behind the state: what is added needs 32


@pytest.fixture(scope="module")
def finished(memory: Path) -> Machine:
    """In use, with room behind its last partition."""
    line = Machine.flashed(memory / "addition-line")
    machine = line.copy(memory / "addition-built")
    assert machine.boot().end == "started"
    assert machine.disk.size() - machine.partition("state").start - machine.partition("state").size > ROOM
    return machine


@pytest.fixture
def owned(finished: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> Machine:
    return lent(finished.copy(memory / "addition-owned"))


def entries(machine: Machine) -> dict[str, Partition]:
    return {partition.name: partition for partition in machine.disk.partitions()}


def stored_in(machine: Machine, name: str) -> Canaries:
    """Somebody's data, at the partition's end, where the file system has nothing of its own."""
    canaries, partition = Canaries(), machine.partition(name)
    canaries.spread(machine.disk, partition.start + partition.size - partition.size // 16, partition.size // 16, COUNT)
    return canaries


def make_file_system(machine: Machine, start: int, size: int) -> None:
    file = machine.at / "file-system"
    with file.open("wb") as stream:
        stream.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", str(file)], check=True, capture_output=True)
    machine.disk.write(start, file.read_bytes())
    file.unlink()


def provisioned(machine: Machine, label: str) -> Canaries:
    """Somebody's partition of that type at the end of the disk, with a file system, and what is stored in it."""
    size = 32 * MIB
    start = (machine.disk.size() - size - 2 * MIB) // MIB * MIB
    make_file_system(machine, start, size)
    partitions = [*machine.disk.partitions(), Partition(7, TYPE_SRV, uuid.uuid4(), label, start, size, 0)]
    table.write(machine.disk, table.disk_uuid(machine.disk), partitions)
    return stored_in(machine, label)


def test_an_update_adds_what_it_defines_and_the_state_stays(owned: Machine) -> None:
    canaries, before = stored_in(owned, "state"), entries(owned)
    owned.update(kept=True)
    done = owned.boot()
    assert (done.mode, done.end) == ("normal", "started") and ADDED in done.log, done
    after = entries(owned)
    assert {name: partition for name, partition in after.items() if name != "kept"} == before
    assert after["kept"].type == TYPE_SRV and after["kept"].number == max(partition.number for partition in after.values())
    assert canaries.left(owned.disk) == COUNT
    assert not owned.is_requested() and len(owned.records()) == 1  # the first boot's
    again = owned.boot()  # it is complete, and there is nothing left to do
    assert again.end == "started" and ADDED not in again.log and "kept mounted at /srv" in again.log, again.log
    assert AS_FOUND not in again.log and entries(owned) == after


def test_without_an_update_nothing_is_written_to_table_and_list(owned: Machine) -> None:
    """The control of the above."""
    before, known = owned.disk.read(0, MIB), owned.variable(LIST, GUID_CLEANSLATE)
    assert known is not None and owned.boot().end == "started"
    assert owned.disk.read(0, MIB) == before and owned.variable(LIST, GUID_CLEANSLATE) == known


@pytest.mark.parametrize("cut", CUTS)
def test_whenever_the_power_fails_the_next_boot_ends_it(owned: Machine, cut: str) -> None:
    canaries, before = stored_in(owned, "state"), entries(owned)
    owned.update(kept=True)
    owned.boot(cut=cut)
    assert ("kept" in entries(owned)) == (cut == "entry")
    done = owned.boot()
    assert done.end == "started" and (ADDED in done.log) == (cut != "entry"), done
    assert {name: partition for name, partition in entries(owned).items() if name != "kept"} == before
    assert canaries.left(owned.disk) == COUNT
    owned.remove_variable("CleanslateBootCount", GUID_CLEANSLATE)  # as the running system does when it is up
    assert owned.boot().end == "started"


def test_a_reset_keeps_what_was_added(owned: Machine) -> None:
    owned.update(kept=True)
    assert owned.boot().end == "started"
    kept, canaries = owned.partition("kept"), stored_in(owned, "kept")
    for _ in range(2):
        owned.request()
        assert owned.boots()[-1].end == "started"
        assert owned.partition("kept") == kept and canaries.left(owned.disk) == COUNT
    assert {record["result"] for record in owned.records().values() if record["origin"] == "request"} == {"complete"}


def test_what_was_lost_is_missed_and_not_added(owned: Machine) -> None:
    owned.update(kept=True)
    assert owned.boot().end == "started"
    table.delete(owned.disk, "kept")
    before = entries(owned)
    lost = owned.boot()
    assert lost.end == "page" and 'The partition "kept" is missing' in lost.trouble, lost
    assert entries(owned) == before


@pytest.mark.parametrize("what", ("config", "state"))
def test_losing_what_the_first_boot_built_never_looks_like_an_update(owned: Machine, what: str) -> None:
    """Else whoever deletes the configuration's entry would have the factory's instead, and the rest of the state with it."""
    table.delete(owned.disk, what)
    lost = owned.boot()
    assert lost.end == "page" and f'The partition "{what}" is missing' in lost.trouble, lost


@pytest.mark.parametrize("damage", ("removed", "one bit", "of before the reset"))
def test_a_list_that_is_not_this_devices_adds_nothing(owned: Machine, damage: str) -> None:
    known = owned.variable(LIST, GUID_CLEANSLATE)
    assert known is not None
    if damage == "of before the reset":
        owned.request()
        assert owned.boots()[-1].end == "started"
        assert owned.variable(LIST, GUID_CLEANSLATE) != known
    owned.remove_variable(LIST, GUID_CLEANSLATE)
    if damage != "removed":
        owned.set_variable(LIST, GUID_CLEANSLATE, known[:4] + bytes([known[4] ^ (damage == "one bit")]) + known[5:])
    before = entries(owned)
    owned.update(kept=True)
    done = owned.boot()
    assert done.end == "page" and 'The partition "kept" is missing' in done.trouble and ADDED not in done.log, done
    assert entries(owned) == before


def test_without_room_the_system_starts_without_it(owned: Machine) -> None:
    start = owned.partition("state").start + owned.partition("state").size
    size = (owned.disk.size() - start - 2 * MIB) // MIB * MIB
    other = Partition(9, uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4"), uuid.uuid4(), "other", start, size, 0)
    table.write(owned.disk, table.disk_uuid(owned.disk), [*owned.disk.partitions(), other])
    owned.update(kept=True)
    before = entries(owned)
    done = owned.boot()
    assert done.end == "started" and '"kept", which this image brings, is not added' in done.log, done
    assert entries(owned) == before
    table.delete(owned.disk, "other")  # the control: room comes
    assert ADDED in owned.boot().log


def test_what_the_line_has_put_there_stays_through_first_boot_and_resets(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(Machine.flashed(memory / "addition-provisioned", kept=True))
    canaries = provisioned(machine, "line")
    own = machine.partition("line")
    first = machine.boot()
    assert (first.mode, first.end) == ("normal", "started") and AS_FOUND in first.log, first
    assert {"config", "state"} <= set(entries(machine))
    assert machine.newest_record()["result"] == "built"
    for _ in range(2):
        assert machine.partition("line") == own and canaries.left(machine.disk) == COUNT
        machine.request()
        assert machine.boots()[-1].end == "started"
        assert machine.newest_record()["result"] == "complete"
    assert machine.boot().end == "started" and canaries.left(machine.disk) == COUNT


def test_a_half_made_one_is_not_taken_as_it_is(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """What the first boot has begun itself is told from what it found, also where it was interrupted in its midst."""
    machine = lent(Machine.flashed(memory / "addition-half-made", kept=True))
    canaries = provisioned(machine, "line")
    own = machine.partition("line")
    machine.boot(cut="entry")
    made = entries(machine)
    assert machine.boots()[-1].end == "started"
    assert canaries.left(machine.disk) == COUNT and machine.partition("line") == own
    assert entries(machine)["state"].uuid != made["state"].uuid


def test_an_entry_that_somebody_adds_for_the_update_is_taken_as_it_is(owned: Machine) -> None:
    canaries = provisioned(owned, "theirs")
    before = entries(owned)
    owned.update(kept=True)
    done = owned.boot()
    assert done.end == "started" and AS_FOUND in done.log and ADDED not in done.log, done
    assert entries(owned) == before and canaries.left(owned.disk) == COUNT


def test_what_a_reset_has_built_is_never_taken_as_it_is(owned: Machine) -> None:
    """The control: the configuration without its mark of completeness, as somebody with the disk in hand may make it."""
    config = owned.partition("config")
    make_file_system(owned, config.start, config.size)
    done = owned.boot()
    assert done.end == "page" and '"config" was not completed' in done.trouble, done
