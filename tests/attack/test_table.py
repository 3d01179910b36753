# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever can write the disk, the old system's root or the one who holds it, wants something to outlive a reset and edits the partition
table for it. The control of each is the reset of test_reset.py, of the same disk with the table as it was."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attack import table
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import ESP, Machine
from tests.attack.table import MIB
from tests.qemu.disk import SECTOR, TYPE_ESP, Partition

LENT = Callable[[Machine], Machine]
TYPE_UNKNOWN = uuid.UUID("6f3b0c15-9a5e-4c0c-8d5f-0123456789ab")


def plant(machine: Machine) -> Canaries:
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start, state.size)
    return canaries


def assert_refused(machine: Machine, canaries: Canaries, word: str) -> None:
    """Nothing was erased, nothing is said to be, and the page tells why."""
    before = set(machine.records())
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("reset", "page"), boot
    assert word in boot.trouble, boot.trouble
    assert canaries.left(machine.disk) == COUNT
    assert machine.is_requested()
    assert set(machine.records()) == before


@pytest.mark.parametrize("name", ("root", "verity"))
def test_a_second_partition_with_the_images_uuid_is_refused(used: Machine, name: str) -> None:
    canaries = plant(used)
    table.edit(used.disk, "state", uuid=used.partition(name).uuid)
    used.request()
    assert_refused(used, canaries, "PARTUUID")


@pytest.mark.parametrize("type", (TYPE_ESP, TYPE_UNKNOWN))
def test_a_second_partition_with_the_esps_uuid_is_refused(used: Machine, type: uuid.UUID) -> None:
    canaries = plant(used)
    table.edit(used.disk, "state", uuid=ESP, type=type)
    used.request()
    assert_refused(used, canaries, "PARTUUID")


@pytest.mark.parametrize("type", (TYPE_ESP, TYPE_UNKNOWN))
def test_a_partition_that_no_definition_claims_is_erased_where_the_image_says_so(memory: Path, lent: LENT, type: uuid.UUID) -> None:
    machine = lent(Machine.flashed(memory / "erasing", "[Reset]\nundeclared-partitions=erase\n"))
    machine.boot()
    canaries = plant(machine)
    table.edit(machine.disk, "state", type=type, name="hidden")
    machine.request()
    assert machine.boots()[-1].end == "started"
    assert canaries.left(machine.disk) == 0
    assert machine.newest_record()["result"] == "complete"


def test_a_partition_that_no_definition_claims_is_a_refusal_where_the_image_says_so(memory: Path, lent: LENT) -> None:
    machine = lent(Machine.flashed(memory / "refusing", "[Reset]\nundeclared-partitions=refuse\n"))
    machine.boot()
    canaries = plant(machine)
    table.edit(machine.disk, "state", type=TYPE_UNKNOWN, name="hidden")
    machine.request()
    assert_refused(machine, canaries, "hidden")


@pytest.mark.parametrize("name", ("esp", "verity"))
def test_a_partition_that_grows_over_the_state_hides_nothing(used: Machine, name: str) -> None:
    """Of the ESP what is behind its file system, of the image what is behind the bytes that its root hash vouches for."""
    canaries, state = plant(used), used.partition("state")
    grown = used.partition(name)
    order = [*(p for p in used.disk.partitions() if p.name in ("esp", "root", "verity") and p.name != name), grown]
    content = [used.disk.read(partition.start, partition.size) for partition in order]
    at, moved = MIB, []
    for partition, bytes_ in zip(order, content):  # the one that grows comes last
        used.disk.write(at, bytes_)
        size = state.start + state.size - at if partition is grown else partition.size
        moved.append(replace(partition, start=at, size=size))
        at += size
    table.write(used.disk, table.disk_uuid(used.disk), moved)
    used.request()
    boots = used.boots()
    assert boots[-1].end == "started", boots
    assert canaries.left(used.disk) == 0


def test_six_bytes_of_luks_magic_do_not_make_plain_text_ciphertext(memory: Path, lent: LENT) -> None:
    """On a disk whose discard does nothing, and on a volume that is larger than a LUKS2 header can be."""
    machine = lent(Machine.flashed(memory / "magic", state_max="300M", disk_bytes=400 * MIB))
    machine.boot()
    canaries, state = plant(machine), machine.partition("state")
    machine.disk.write(state.start, b"LUKS\xba\xbe")
    (machine.at / "discard-does-nothing").touch()
    machine.request()
    assert machine.boots()[-1].end == "started"
    assert canaries.left(machine.disk) == 0


@pytest.mark.parametrize("usable_from", (None, 21 * MIB))
def test_what_lies_in_front_of_the_first_partition_is_erased(used: Machine, usable_from: int | None) -> None:
    """Everything was moved back by somebody, and FirstUsableLBA with it. One MiB may be a board's boot loader."""
    canaries = Canaries()
    table.move_back(used.disk, 20 * MIB, usable_from)
    canaries.spread(used.disk, MIB, 20 * MIB)
    used.request()
    boots = used.boots()
    assert boots[-1].end == "started", boots
    assert canaries.left(used.disk) == 0


@pytest.mark.parametrize("first", (34, 2048))
def test_where_the_image_asks_for_all_nothing_stays_behind_the_entry_array(memory: Path, lent: LENT, first: int) -> None:
    machine = lent(Machine.flashed(memory / "all", "[Reset]\nunallocated=all\n"))
    machine.boot()
    canaries = Canaries()
    table.rewrite(machine.disk, lambda partition: partition, table.Usable(first, table.whole(machine.disk).last))
    canaries.put(machine.disk, [0], 446 // 16 * 16)  # boot code
    canaries.put(machine.disk, range(36 * SECTOR, 2048 * SECTOR - 4096, 4096))
    machine.request()
    assert machine.boots()[-1].end == "started"
    assert canaries.left(machine.disk, SECTOR) == 0


@pytest.mark.parametrize("attribute", (0x00, 0x02))
def test_what_the_table_has_room_for_beside_itself_is_erased(used: Machine, attribute: int) -> None:
    """Unused entries (a type of zeros, UEFI 2.10, 5.3.3), one kind with the attribute that marks a partition for erasure, and the
    sectors of the headers behind their 92 bytes; in both copies."""
    tag = secrets.token_bytes(16)
    canaries = Canaries(tag[:7] + bytes([attribute]) + tag[8:])
    table.rewrite(used.disk, lambda partition: partition, filler=canaries.tag)
    assert canaries.left(used.disk, SECTOR) > 32
    used.request()
    boots = used.boots()
    assert boots[-1].end == "started", boots
    assert canaries.left(used.disk, SECTOR) == 0
    assert used.newest_record()["result"] == "complete"


def test_an_entry_without_a_type_shields_nothing(used: Machine) -> None:
    """It is unused by the specification, whatever a program makes of its other fields."""
    canaries, (start, end) = Canaries(), used.disk.gaps()[-1]
    begin = (start + MIB) // MIB * MIB
    canaries.spread(used.disk, begin, end // MIB * MIB - begin)
    unused = Partition(9, uuid.UUID(int=0), uuid.uuid4(), "", begin, end // MIB * MIB - begin, 0)
    table.write(used.disk, table.disk_uuid(used.disk), [*used.disk.partitions(), unused])
    used.request()
    boots = used.boots()
    assert boots[-1].end == "started", boots
    assert canaries.left(used.disk) == 0


@pytest.mark.parametrize("type", (TYPE_ESP, TYPE_UNKNOWN))
def test_a_partition_that_no_definition_claims_is_named_where_it_stays(used: Machine, type: uuid.UUID) -> None:
    """The default: it may be anybody's. But then nobody reads "complete"."""
    canaries = plant(used)
    table.edit(used.disk, "state", type=type, name="hidden")
    used.request()
    assert used.boots()[-1].end == "started"
    assert canaries.left(used.disk) == COUNT
    record = used.newest_record()
    assert (record["result"], record["undeclaredPartitions"]) == ("partial", 1)
    assert [(part["label"], part["type"]) for part in record["partitions"] if part["fate"] == "undeclared"] == [("hidden", str(type))]


def test_a_first_boot_is_no_sanitization(new: Machine) -> None:
    """The control: the same empty table on a machine that never was in use."""
    canaries, end = Canaries(), new.disk.gaps()[-1][1] // MIB * MIB
    canaries.spread(new.disk, end - 8 * MIB, 4 * MIB)
    assert [(boot.mode, boot.end) for boot in new.boots()] == [("normal", "started")]
    assert canaries.left(new.disk) == COUNT
    record = new.newest_record()
    assert (record["result"], record["origin"]) == ("built", "first-boot")
