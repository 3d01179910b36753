# SPDX-License-Identifier: GPL-2.0-or-later
"""Root of the running system writes that the reset has come to its end already, then somebody asks for one. tests/attack has every
other lie about progress, on a smaller machine; this is the one that cost everything, on a whole one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import canaries, efivarfs, scenario
from tests.qemu.canaries import Canaries
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_CLEANSLATE, GUID_REQUEST, NON_VOLATILE_BOOT_RUNTIME, PROGRESS_NAMES, REQUEST_NAME

pytestmark = pytest.mark.promise("a reset does all of its work, whatever root wrote about progress")

FORGE = Path(os.environ.get("BUILD", "build")).resolve() / "attack" / "forge"
RECORDED, ORIGIN_REQUEST = 7, 0


@dataclass(frozen=True)
class Life:
    machine: Machine
    readable_before: int
    readable_after: int
    key_before: str
    blobs: dict[str, bytes]
    status: tuple[int, dict[str, Any]]


def forge(shell: Shell, directory: Path) -> None:
    """Reads the slots, and writes the one that comes next, with everything but the key."""
    directory.mkdir()
    attributes = NON_VOLATILE_BOOT_RUNTIME.to_bytes(4, "little")
    files = {name: directory / f"{name}-{GUID_CLEANSLATE}" for name in PROGRESS_NAMES}
    before = {}
    for name, file in files.items():
        if efivarfs.exists(shell, name, GUID_CLEANSLATE):
            before[name] = efivarfs.read(shell, name, GUID_CLEANSLATE)
            file.write_bytes(attributes + before[name])
    subprocess.run([str(FORGE), str(directory), f"phase={RECORDED}", f"origin={ORIGIN_REQUEST}"], check=True)
    changed = {name: file.read_bytes()[4:] for name, file in files.items() if file.exists() and file.read_bytes()[4:] != before.get(name)}
    assert len(changed) == 1
    for name, value in changed.items():
        efivarfs.write(shell, name, GUID_CLEANSLATE, value)


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Life:
    machine = machine_like(factory_new.machine, "forged-progress")
    marks, blobs = Canaries(), scenario.sealed_blobs(scenario.volumes(machine))
    with machine.tpm() as tpm:
        key = tpm.storage_key_name()
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    marks.write(shell)
    readable = marks.count_files(shell)
    forge(shell, machine.directory / "forged")
    shell.start("cleanslate request --yes --reboot")
    scenario.follow_reset(machine)
    shell = machine.login_now()
    life = Life(machine, readable, marks.count_files(shell), key, blobs, scenario.status(shell))
    machine.kill()
    return life


def test_no_canary_is_left(life: Life) -> None:
    assert (life.readable_before, life.readable_after) == (canaries.COUNT, 0)


def test_the_tpm_is_cleared(life: Life) -> None:
    with life.machine.tpm() as tpm:
        assert tpm.storage_key_name() != life.key_before
        assert not any(tpm.can_load_blob(blob) for blob in life.blobs.values())


def test_the_request_is_retired_because_it_was_carried_out(life: Life) -> None:
    assert life.machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    code, status = life.status
    assert code == 0, status
