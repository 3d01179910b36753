# SPDX-License-Identifier: GPL-2.0-or-later
"""A partition that the image declares without FactoryReset=yes is built once, and then no reset touches it. If the power fails while it is
being built, it is built anew: half-made it could neither be mounted nor be repaired by a reset. That is its only way to go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack import table
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Machine

CUTS = ("commit started", "entry", "commit rebuilt", "commit verified", "commit recorded")


@pytest.fixture(scope="module")
def line(memory: Path) -> Machine:
    return Machine.flashed(memory / "kept", kept=True)


@pytest.fixture(scope="module")
def finished(line: Machine, memory: Path) -> Machine:
    machine = line.copy(memory / "kept-built")
    assert machine.boot().end == "started"
    return machine


@pytest.fixture
def owned(finished: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> Machine:
    """A machine in use."""
    return lent(finished.copy(memory / "kept-owned"))


def stored(machine: Machine) -> Canaries:
    """What somebody has stored in the kept partition: at its end, where the file system has nothing of its own."""
    canaries, kept = Canaries(), machine.partition("kept")
    canaries.spread(machine.disk, kept.start + kept.size - kept.size // 16, kept.size // 16, COUNT)
    return canaries


@pytest.mark.parametrize("cut", CUTS)
def test_a_first_boot_that_was_interrupted_builds_it_anew(line: Machine, memory: Path, lent: Callable[[Machine], Machine], cut: str) -> None:
    machine = lent(line.copy(memory / "kept-new"))
    machine.boot(cut=cut)
    boots = machine.boots()
    assert boots[-1].end == "started", boots


@pytest.mark.parametrize("cut", CUTS)
def test_so_does_a_reset_that_found_none(owned: Machine, cut: str) -> None:
    table.delete(owned.disk, "kept")
    owned.request()
    owned.boot(cut=cut)
    boots = owned.boots()
    assert boots[-1].end == "started", boots
    assert [record["result"] for record in owned.records().values() if record["origin"] == "request"] == ["complete"]


@pytest.mark.parametrize("cut", CUTS)
def test_one_that_was_there_before_the_reset_stays(owned: Machine, cut: str) -> None:
    """The control: however often the power fails."""
    canaries = stored(owned)
    owned.request()
    owned.boot(cut=cut)
    assert owned.boots()[-1].end == "started"
    assert canaries.left(owned.disk) == COUNT


@pytest.mark.parametrize("proven", (True, False), ids=("proven", "no secret kept"))
def test_only_a_proven_record_has_it_erased(owned: Machine, proven: bool) -> None:
    if not proven:
        (owned.at / "no-secrets").touch()
        for file in owned.private.iterdir():
            file.unlink()
    table.delete(owned.disk, "kept")
    owned.request()
    owned.boot(cut="commit rebuilt")
    canaries = stored(owned)
    assert owned.boot().mode == "reset"
    assert canaries.left(owned.disk) == (0 if proven else COUNT)


@pytest.mark.parametrize("cut", CUTS)
def test_so_does_a_reset_that_takes_the_place_of_an_interrupted_one(owned: Machine, cut: str) -> None:
    table.delete(owned.disk, "kept")
    owned.request()
    owned.boot(cut=cut)
    owned.request()
    boots = owned.boots()
    assert boots[-1].end == "started", boots


def test_a_record_of_a_reset_that_is_over_has_nothing_erased(owned: Machine) -> None:
    """What root has kept of it, put back."""
    table.delete(owned.disk, "kept")
    owned.request()
    owned.boot(cut="commit rebuilt")
    old = {path.name: path.read_bytes() for path in owned.variables.glob("CleanslateProgress*")}
    assert owned.boots()[-1].end == "started"
    assert owned.boot().end == "started"
    canaries = stored(owned)
    for name, value in old.items():
        (owned.variables / name).write_bytes(value)
    owned.boots()
    assert canaries.left(owned.disk) == COUNT
