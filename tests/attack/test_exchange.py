# SPDX-License-Identifier: GPL-2.0-or-later
"""The old system's root exchanges two partitions in the table, one that the image marks and one that it keeps, so that the reset takes the one
for the other's: by their slots, by their types, with names and PARTUUIDs. What was marked must not outlive a reset that says that it is complete.
What is kept is root's to lose: root could have erased it, and what lies in the marked slot goes (docs/repart.md)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from images.tree import DIRECTORY, Node
from tests.attack import image, table
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Machine
from tests.attack.table import MIB
from tests.qemu.disk import Partition
from tests.qemu.variables import GUID_CLEANSLATE

LIST = "CleanslateVolumes"
HELD = "lies where a partition that the image marks lay when the device last started"
MARKED, KEPT = "mine", "theirs"


def definition(type: str, label: str, mark: str) -> str:
    return f"[Partition]\nType={type}\nLabel={label}\nFormat=ext4\nMountPoint=/{label}\nSizeMinBytes=32M\nSizeMaxBytes=32M\n{mark}"


def extra(other_type: str) -> image.Extra:
    texts = {"30-mine.conf": definition("linux-generic", MARKED, "FactoryReset=yes\n"), "40-theirs.conf": definition(other_type, KEPT, "")}
    return image.Extra(texts, {name: Node(DIRECTORY, 0o755, mtime=image.MTIME) for name in (MARKED, KEPT)})


def built(memory: Path, name: str, other_type: str) -> Machine:
    machine = Machine.flashed(memory / name, state_max="32M", extra=extra(other_type))
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("normal", "started"), boot
    return machine


@pytest.fixture(scope="module")
def of_one_type(memory: Path) -> Machine:
    return built(memory, "exchange-one", "linux-generic")


@pytest.fixture(scope="module")
def of_two_types(memory: Path) -> Machine:
    return built(memory, "exchange-two", "srv")


def stored(machine: Machine, name: str) -> Canaries:
    """At the partition's end, where the file system has nothing of its own."""
    canaries, partition = Canaries(), machine.partition(name)
    canaries.spread(machine.disk, partition.start + partition.size - partition.size // 16, partition.size // 16, COUNT)
    return canaries


def exchange(machine: Machine, *fields: str) -> None:
    one, other = machine.partition(MARKED), machine.partition(KEPT)

    def change(partition: Partition) -> Partition:
        given = {one.number: other, other.number: one}.get(partition.number)
        return replace(partition, **{field: getattr(given, field) for field in fields}) if given else partition

    table.rewrite(machine.disk, change)


EXCHANGES = {
    "slots": ("number",),
    "places": ("start", "size"),
    "slots and names": ("number", "name"),
    "places and PARTUUIDs": ("start", "size", "uuid"),
}
OF_TYPES = {
    "types": ("type",),
    "types and names": ("type", "name"),
    "places": ("start", "size"),
}


def reset(machine: Machine) -> None:
    machine.request()
    boots = machine.boots()
    assert boots[-1].end == "started", boots


def assert_both_are_gone(machine: Machine, marked: Canaries, kept: Canaries) -> None:
    assert marked.left(machine.disk) == 0
    assert kept.left(machine.disk) == 0
    record = machine.newest_record()
    assert record["result"] == "complete"
    assert [step["why"] for step in record["steps"] if step["why"] == HELD]
    assert machine.boot().end == "started"


def test_without_it_what_is_kept_stays(of_one_type: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """The control."""
    machine = lent(of_one_type.copy(memory / "exchange"))
    marked, kept = stored(machine, MARKED), stored(machine, KEPT)
    for _ in range(2):
        reset(machine)
        assert (marked.left(machine.disk), kept.left(machine.disk)) == (0, COUNT)
        record = machine.newest_record()
        assert (record["result"], record["keptUnvouched"]) == ("complete", False)


@pytest.mark.parametrize("how", EXCHANGES)
def test_two_of_one_type(of_one_type: Machine, memory: Path, lent: Callable[[Machine], Machine], how: str) -> None:
    machine = lent(of_one_type.copy(memory / "exchange"))
    marked, kept = stored(machine, MARKED), stored(machine, KEPT)
    exchange(machine, *EXCHANGES[how])
    reset(machine)
    assert_both_are_gone(machine, marked, kept)


@pytest.mark.parametrize("how", OF_TYPES)
def test_two_of_different_types(of_two_types: Machine, memory: Path, lent: Callable[[Machine], Machine], how: str) -> None:
    """A type of its own is in the same table."""
    machine = lent(of_two_types.copy(memory / "exchange"))
    marked, kept = stored(machine, MARKED), stored(machine, KEPT)
    exchange(machine, *OF_TYPES[how])
    reset(machine)
    assert_both_are_gone(machine, marked, kept)


@pytest.mark.parametrize("cut", ("commit started", "entry", "commit rebuilt", "commit verified", "commit recorded"))
def test_whenever_the_power_fails(of_one_type: Machine, memory: Path, lent: Callable[[Machine], Machine], cut: str) -> None:
    machine = lent(of_one_type.copy(memory / "exchange"))
    marked, kept = stored(machine, MARKED), stored(machine, KEPT)
    exchange(machine, "number", "name")
    machine.request()
    machine.boot(cut=cut)
    boots = machine.boots()
    assert boots[-1].end == "started", boots
    assert (marked.left(machine.disk), kept.left(machine.disk)) == (0, 0)
    assert machine.newest_record()["result"] == "complete"


def test_a_partition_that_is_kept_and_reaches_over_the_marked_one(of_one_type: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """The marked one's entry leads to a place that is free, and the kept one's to both."""
    machine = lent(of_one_type.copy(memory / "exchange"))
    marked, kept = stored(machine, MARKED), stored(machine, KEPT)
    one, other = sorted((machine.partition(MARKED), machine.partition(KEPT)), key=lambda partition: partition.start)
    free = max(partition.start + partition.size for partition in machine.disk.partitions())
    table.edit(machine.disk, MARKED, start=free, size=4 * MIB)
    table.edit(machine.disk, KEPT, start=one.start, size=other.start + other.size - one.start)
    reset(machine)
    assert_both_are_gone(machine, marked, kept)


@pytest.mark.parametrize("damage", ("removed", "altered", "another disk's"))
def test_without_the_list_of_where_they_were_no_reset_is_complete(
    of_one_type: Machine, memory: Path, lent: Callable[[Machine], Machine], damage: str
) -> None:
    """Then nothing tells the two apart: the marked data is still there, and the record does not deny it."""
    machine = lent(of_one_type.copy(memory / "exchange"))
    marked = stored(machine, MARKED)
    exchange(machine, "number", "name", "uuid")
    value = machine.variable(LIST, GUID_CLEANSLATE)
    assert value
    if damage == "removed":
        machine.remove_variable(LIST, GUID_CLEANSLATE)
    elif damage == "altered":
        machine.set_variable(LIST, GUID_CLEANSLATE, value[:-1] + bytes([value[-1] ^ 1]))
    else:
        table.write(machine.disk, uuid.uuid4(), machine.disk.partitions())
    reset(machine)
    assert marked.left(machine.disk) == COUNT
    record = machine.newest_record()
    assert (record["result"], record["keptUnvouched"]) == ("partial", True)


def test_where_the_firmware_keeps_no_secret_there_never_is_a_list(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(Machine.flashed(memory / "exchange-no-secret", state_max="32M", extra=extra("linux-generic")))
    (machine.at / "no-secrets").touch()
    assert machine.boots()[-1].end == "started"
    assert machine.variable(LIST, GUID_CLEANSLATE) is None
    marked = stored(machine, MARKED)
    exchange(machine, "number", "name", "uuid")
    reset(machine)
    assert marked.left(machine.disk) == COUNT
    record = machine.newest_record()
    assert (record["result"], record["keptUnvouched"]) == ("partial", True)


def test_an_ordinary_boot_does_not_learn_it(of_one_type: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """What the device last built has a mark that root cannot make for another one: it is not mounted, and the list stays as it is."""
    machine = lent(of_one_type.copy(memory / "exchange"))
    marked, kept = stored(machine, MARKED), stored(machine, KEPT)
    before = machine.variable(LIST, GUID_CLEANSLATE)
    exchange(machine, "number", "name", "uuid")
    boot = machine.boot()
    assert boot.end == "page" and "not completed" in boot.trouble, boot
    assert machine.variable(LIST, GUID_CLEANSLATE) == before
    reset(machine)
    assert_both_are_gone(machine, marked, kept)
