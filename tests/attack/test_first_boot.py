# SPDX-License-Identifier: GPL-2.0-or-later
"""A first boot whose power fails is still a first boot when the machine is switched on again: nobody has asked for a reset, so it clears no
TPM, looks for no additional disk, and is not refused where a reset would be. What it had made so far is erased, and built anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from images.tree import FILE, Node
from tests.attack import image
from tests.attack.canaries import Canaries
from tests.attack.machine import Machine
from tests.qemu.tpm import OfflineTpm

ABSENT_DISK = "[Reset]\ntpm-clear=required\n[Disk]\nid=serial:NOBODY\n"


@pytest.fixture
def unwilling(memory: Path, lent: Callable[[Machine], Machine]) -> Machine:
    """A machine on which every reset is refused: a disk that the image names is not there, and its TPM cannot be cleared."""
    machine = lent(Machine.flashed(memory / "unwilling", ABSENT_DISK))
    with OfflineTpm(machine.at / "tpm") as tpm:
        tpm.tool("clearcontrol", "-C", "l", "s")
    return machine


@pytest.mark.parametrize("cut", ("commit started", "entry", "commit rebuilt", "commit verified", "commit recorded"))
def test_a_first_boot_that_was_interrupted_stays_one(unwilling: Machine, cut: str) -> None:
    key = unwilling.storage_key_name()
    unwilling.boot(cut=cut)
    boots = unwilling.boots()
    assert boots[-1].end == "started", boots
    assert unwilling.storage_key_name() == key
    assert [(record["origin"], record["result"]) for record in unwilling.records().values()] == [("first-boot", "built")]


def test_what_it_had_made_is_erased(unwilling: Machine) -> None:
    unwilling.boot(cut="commit verified")
    canaries, state = Canaries(), unwilling.partition("state")
    canaries.spread(unwilling.disk, state.start, state.size)
    assert unwilling.boots()[-1].end == "started"
    assert canaries.left(unwilling.disk) == 0


def test_a_reset_of_that_machine_is_refused(unwilling: Machine) -> None:
    """The control: once it has been built, neither a request nor lost partitions get by with so little."""
    assert unwilling.boot().end == "started"
    unwilling.request()
    refused = unwilling.boot()
    assert (refused.mode, refused.end) == ("reset", "page"), refused


def test_a_reset_that_was_interrupted_does_not_pass_for_one(used: Machine) -> None:
    key = used.storage_key_name()
    used.request()
    used.boot(cut="entry")
    assert used.boots()[-1].end == "started"
    assert used.storage_key_name() != key
    assert [record["result"] for record in used.records().values() if record["origin"] == "request"] == ["complete"]


def test_files_that_do_not_fit_are_found_out_before_anything_is_written(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """And behind an update before anything is erased: the image is larger, the partition is what it was."""
    extra = image.Extra(files={"var/large": Node(FILE, 0o644, mtime=image.MTIME, content=bytes(60 << 20))})
    machine = lent(Machine.flashed(memory / "crammed", state_max="32M", extra=extra))
    before = machine.disk.read(0, 1 << 20)
    boot = machine.boot()
    assert boot.end == "page" and "take at least 65 MiB, and its partition has room for 32 MiB" in boot.trouble, boot
    assert machine.disk.read(0, 1 << 20) == before, "no partition is in the table"
