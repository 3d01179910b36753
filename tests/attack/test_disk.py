# SPDX-License-Identifier: GPL-2.0-or-later
"""A reset is for one disk, up to its very end: put into another machine's place, a disk is neither erased nor passed for finished."""

from __future__ import annotations

import uuid

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
