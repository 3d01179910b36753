# SPDX-License-Identifier: GPL-2.0-or-later
"""A partition that stays grows in a reset when the image lets it (repart.d(5)): at its end, into what is free, which was erased before. All
else of it is as it was, whenever the power fails; and the next boot gives its file system what it has got."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attack.canaries import Canaries
from tests.attack.machine import Machine
from tests.attack.table import MIB, whole

CUTS = ("commit started", "commit erased", "entry", "commit rebuilt", "commit verified", "commit recorded")
BOUND = "SizeMaxBytes=32M\n"


def definition(machine: Machine) -> Path:
    return (machine.at / "image").resolve() / "usr/lib/repart.d/30-kept.conf"


def first_booted(at: Path) -> Machine:
    """Its kept partition is the last one, with free space behind it."""
    machine = Machine.flashed(at, kept=True)
    definition(machine).with_name("05-kept.conf").rename(definition(machine))
    assert machine.boot().end == "started"
    return machine


@pytest.fixture(scope="module")
def updated(memory: Path) -> Machine:
    """Its next image has no upper bound any more."""
    machine = first_booted(memory / "growth")
    definition(machine).write_text(definition(machine).read_text().replace(BOUND, ""))
    return machine


@pytest.fixture(scope="module")
def bounded(memory: Path) -> Machine:
    return first_booted(memory / "growth-bounded")


def stored(machine: Machine) -> tuple[Canaries, Canaries]:
    """In the kept partition, where its file system has nothing; and behind it, where a removed partition may have been."""
    own, free, kept = Canaries(), Canaries(), machine.partition("kept")
    own.spread(machine.disk, kept.start + kept.size - 2 * MIB, MIB, 100)
    free.spread(machine.disk, kept.start + kept.size, MIB, 100)
    free.spread(machine.disk, (whole(machine.disk).last + 1) * 512 - 2 * MIB, MIB, 100)
    return own, free


def file_system_size(machine: Machine) -> int:
    """As the super block of ext4 says it (Documentation/filesystems/ext4/super.rst)."""
    block = machine.disk.read(machine.partition("kept").start + 1024, 1024)
    return int.from_bytes(block[4:8], "little") << (10 + int.from_bytes(block[24:28], "little"))


def is_let_grow() -> bool:
    """CAP_SYS_RESOURCE, which ext4 asks for, and containers may lack; tests/uml always has it."""
    line = next(line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> 24 & 1)


def is_sound(machine: Machine, scratch: Path) -> bool:
    kept = machine.partition("kept")
    (scratch / "file-system").write_bytes(machine.disk.read(kept.start, kept.size))
    return subprocess.run(["e2fsck", "-fn", scratch / "file-system"], capture_output=True).returncode == 0


@pytest.mark.parametrize("cut", ("", *CUTS))
def test_it_grows_to_the_end_and_keeps_all_else(updated: Machine, memory: Path, lent: Callable[[Machine], Machine], tmp_path: Path, cut: str) -> None:
    machine = lent(updated.copy(memory / "growing"))
    before, end = machine.partition("kept"), (whole(machine.disk).last + 1) * 512 // 4096 * 4096
    own, free = stored(machine)
    machine.request()
    if cut:
        machine.boot(cut=cut)
    boots = machine.boots()
    assert boots[-1].end == "started", boots
    assert machine.partition("kept") == replace(before, size=end - before.start)
    assert (own.left(machine.disk), free.left(machine.disk)) == (100, 0)
    assert file_system_size(machine) == (end - before.start if is_let_grow() else before.size)
    assert ("the file system of kept cannot be grown to its partition" in boots[-1].log) == (not is_let_grow())
    assert is_sound(machine, tmp_path)


def test_it_is_in_the_record(updated: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(updated.copy(memory / "growing"))
    before = machine.partition("kept")
    machine.request()
    machine.boots()
    steps = [step for step in machine.newest_record()["steps"] if step["kind"] == "grow-entry"]
    assert [(step["partition"], step["label"], step["startBytes"], step["result"]) for step in steps] == [(before.number, "kept", before.start, "ok")]
    assert steps[0]["sizeBytes"] == machine.partition("kept").size
    assert "restart" not in steps[0]["check"], "the kernel knows the new size at once"


def test_an_ordinary_boot_lets_no_partition_grow(updated: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(updated.copy(memory / "growing"))
    before = machine.disk.partitions()
    assert machine.boot().end == "started"
    assert machine.disk.partitions() == before


def test_within_its_bounds_it_stays_as_it_is(bounded: Machine, memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """The control."""
    machine = lent(bounded.copy(memory / "growing-bounded"))
    before = machine.partition("kept")
    own, _ = stored(machine)
    machine.request()
    assert machine.boots()[-1].end == "started"
    assert machine.partition("kept") == before
    assert own.left(machine.disk) == 100
    assert file_system_size(machine) == before.size == 32 * MIB


def test_a_file_system_that_cannot_grow_is_no_reason_not_to_start(updated: Machine, memory: Path, lent: Callable[[Machine], Machine], tmp_path: Path) -> None:
    """The kernel enlarges none that is marked as one with errors."""
    machine = lent(updated.copy(memory / "growing"))
    kept, file = machine.partition("kept"), tmp_path / "file-system"
    file.write_bytes(machine.disk.read(kept.start, kept.size))
    subprocess.run(["debugfs", "-w", "-R", "set_super_value state 2", file], capture_output=True, check=True)
    machine.disk.write(kept.start, file.read_bytes())
    machine.request()
    boots = machine.boots()
    assert boots[-1].end == "started", boots
    assert file_system_size(machine) == kept.size < machine.partition("kept").size
    assert "the file system of kept cannot be grown to its partition" in boots[-1].log
