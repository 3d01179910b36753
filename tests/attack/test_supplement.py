# SPDX-License-Identifier: GPL-2.0-or-later
"""A definition that is merged into another one (SupplementFor=) has no partition, and nobody misses it: neither an ordinary boot nor a reset,
which marks it and keeps the other one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from images.tree import DIRECTORY, Node
from tests.attack import image
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Machine
from tests.attack.table import MIB

HOST, MORE = "host", "more"
MERGED = "more is part of the partition of 30-host.conf"


def definition(type: str, label: str, lines: str) -> str:
    return f"[Partition]\nType={type}\nLabel={label}\nFormat=ext4\nMountPoint=/{label}\n{lines}"


def flashed(memory: Path, name: str, host_lines: str) -> Machine:
    texts = {
        "30-host.conf": definition("home", HOST, f"SizeMinBytes=32M\n{host_lines}"),
        "40-more.conf": definition("srv", MORE, "SizeMinBytes=40M\nSizeMaxBytes=40M\nFactoryReset=yes\nSupplementFor=30-host\n"),
    }
    directories = {name: Node(DIRECTORY, 0o755, mtime=image.MTIME) for name in (HOST, MORE)}
    return Machine.flashed(memory / name, state_max="32M", extra=image.Extra(texts, directories))


def stored(machine: Machine, name: str) -> Canaries:
    """At the partition's end, where the file system has nothing of its own."""
    canaries, partition = Canaries(), machine.partition(name)
    canaries.spread(machine.disk, partition.start + partition.size - partition.size // 16, partition.size // 16, COUNT)
    return canaries


def names(machine: Machine) -> set[str]:
    return {partition.name for partition in machine.disk.partitions()}


def reset(machine: Machine) -> None:
    machine.request()
    boots = machine.boots()
    assert boots[-1].end == "started", boots
    assert machine.newest_record()["result"] == "complete"


def test_what_is_merged_is_missed_by_nobody(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(flashed(memory, "supplement-merged", ""))
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("normal", "started"), boot
    assert MORE not in names(machine)
    assert machine.partition(HOST).size == 40 * MIB
    before, canaries = machine.disk.partitions(), stored(machine, HOST)
    boot = machine.boot()
    assert boot.end == "started" and MERGED in boot.log, boot
    reset(machine)
    assert machine.partition(HOST).size == 40 * MIB
    assert {partition.name for partition in before} == names(machine)
    assert canaries.left(machine.disk) == COUNT
