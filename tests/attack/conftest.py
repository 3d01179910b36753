# SPDX-License-Identifier: GPL-2.0-or-later
"""What every attack needs: a place in memory, and a machine that has had its first boot, made once for each worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import rotation
from tests.attack.machine import FORGE, INITRD, STUB, Machine

pytest_collection_modifyitems = rotation.deselect

NEEDED = ("swtpm", "tpm2_createprimary", "losetup", "mkfs.ext4", "mkfs.vfat", "veritysetup", "partx", "ldd")


def _missing() -> str:
    """Nothing is skipped that nobody sees: what the machine lacks is said, and the tests fail."""
    if os.geteuid() != 0:
        return "root"
    lacking = [name for name in NEEDED if not shutil.which(name)] + [str(path) for path in (STUB, INITRD, FORGE) if not path.exists()]
    if lacking:
        return ", ".join(lacking)
    return "" if subprocess.run(["losetup", "--find"], capture_output=True, check=False).returncode == 0 else "a loop device"


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A directory in memory: a reset calls syncfs() again and again."""
    missing = _missing()
    assert not missing, f"make attack needs {missing}"
    place = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="cleanslate-attack-", dir=place if os.access(place, os.W_OK) else None) as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def flashed(memory: Path) -> Machine:
    return Machine.flashed(memory / "flashed")


@pytest.fixture(scope="session")
def built(memory: Path, flashed: Machine) -> Machine:
    """Not to be switched on: it is copied."""
    machine = flashed.copy(memory / "built")
    first = machine.boot()
    assert (first.mode, first.end) == ("normal", "started"), first
    return machine


@pytest.fixture
def new(flashed: Machine, tmp_path_factory: pytest.TempPathFactory, memory: Path) -> Iterator[Machine]:
    """A machine as it leaves the line."""
    yield from _lent(flashed, memory)


@pytest.fixture
def used(built: Machine, memory: Path) -> Iterator[Machine]:
    """A machine that has had its first boot, switched off."""
    yield from _lent(built, memory)


@pytest.fixture
def lent(memory: Path) -> Iterator[Callable[[Machine], Machine]]:
    """Takes a machine of a test's own away with the test."""
    borrowed: list[Machine] = []

    def take(machine: Machine) -> Machine:
        borrowed.append(machine)
        return machine

    yield take
    for machine in borrowed:
        shutil.rmtree(machine.at)


def _lent(template: Machine, memory: Path) -> Iterator[Machine]:
    directory = Path(tempfile.mkdtemp(dir=memory))
    yield template.copy(directory / "machine")
    shutil.rmtree(directory)
