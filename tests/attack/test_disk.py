# SPDX-License-Identifier: GPL-2.0-or-later
"""A reset is for one disk, up to its very end: another one in its place is neither erased nor passed for finished. So that it can be told
from its twins, a disk without volumes, perhaps fresh from the image, gets a GUID of its own."""

from __future__ import annotations

import uuid

import pytest

from tests.attack import table
from tests.attack.machine import Machine

STRANGE = uuid.UUID("00c0ffee-0000-4000-8000-000000000001")
WRONG_DISK = "This is not the disk that the reset was asked for"


def rename(machine: Machine, to: uuid.UUID) -> uuid.UUID:
    """Another machine's disk, flashed with the same image: only its GUID tells it from this one's."""
    before = table.disk_uuid(machine.disk)
    table.write(machine.disk, to, machine.disk.partitions())
    return before


def test_a_reset_that_is_recorded_is_not_finished_by_another_disk(used: Machine) -> None:
    used.request()
    used.boot(cut="commit recorded")
    own, content, records = rename(used, STRANGE), used.disk.sha256(), set(used.records())
    exchanged = used.boot()
    assert (exchanged.mode, exchanged.end) == ("reset", "page"), exchanged
    assert exchanged.trouble.startswith(WRONG_DISK), exchanged.trouble
    assert used.is_requested()
    assert (used.disk.sha256(), set(used.records())) == (content, records)
    rename(used, own)
    assert [(boot.mode, boot.end) for boot in used.boots()] == [("reset", "restart"), ("normal", "started")]
    assert not used.is_requested()
    assert [record["result"] for record in used.records().values() if record["origin"] == "request"] == ["complete"]


def test_a_fresh_disk_in_its_place_is_built(used: Machine) -> None:
    """The disk died behind the record; what was finished is not on this one."""
    used.request()
    used.boot(cut="commit recorded")
    rename(used, STRANGE)
    table.delete(used.disk, "config", "state")
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    assert not used.is_requested()


def test_on_the_same_disk_it_is_finished_at_once(used: Machine) -> None:
    """The control."""
    used.request()
    used.boot(cut="commit recorded")
    content = used.disk.sha256()
    assert used.boot().end == "restart"
    assert used.disk.sha256() == content
    assert not used.is_requested()
    assert used.boot().end == "started"


def clone(machine: Machine) -> uuid.UUID:
    """The device is flashed anew: the image's own GUID, and no volumes."""
    rename(machine, STRANGE)
    table.delete(machine.disk, "config", "state")
    return STRANGE


def test_a_disk_that_was_flashed_anew_gets_a_guid_of_its_own(used: Machine) -> None:
    """It was in use before, so this is a reset, and not the first boot that gives a fresh disk its GUID."""
    clone(used)
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("normal", "restart"), ("reset", "restart"), ("normal", "started")], boots
    assert table.disk_uuid(used.disk) not in (STRANGE, uuid.UUID(int=0))
    assert table.disk_uuid(used.disk).version == 4


@pytest.mark.parametrize("secret", (True, False))
@pytest.mark.parametrize("cuts", (("disk-name",), ("disk-name", "entry"), ("entry", "entry"), ("commit rebuilt", "entry", "commit verified")))
def test_its_guid_does_not_take_the_disk_away_from_its_reset(used: Machine, cuts: tuple[str, ...], secret: bool) -> None:
    """The request names the disk as it was. The power fails behind its renaming, and what is made of that holds with and without a
    firmware that keeps what proves the progress."""
    if not secret:
        (used.at / "no-secrets").touch()
        for file in used.private.iterdir():
            file.unlink()
    clone(used)
    used.request(diskUuid=str(STRANGE))
    names = set()
    for cut in cuts:
        assert used.boot(cut=cut).mode == "reset"
        names.add(table.disk_uuid(used.disk))
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    assert names == {table.disk_uuid(used.disk)}
    assert not used.is_requested()


def test_a_disk_whose_volumes_are_there_keeps_its_guid(used: Machine) -> None:
    """The control."""
    own = table.disk_uuid(used.disk)
    used.request(diskUuid=str(own))
    assert used.boots()[-1].end == "started"
    assert table.disk_uuid(used.disk) == own
