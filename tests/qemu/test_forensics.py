# SPDX-License-Identifier: GPL-2.0-or-later
"""What somebody finds who takes the disk of an encrypted machine out after a reset: ten thousand canaries that its system left, and old
LUKS headers with plain text between the ciphertext, as remains of another partition table. At the levels `crypto` and `clear`.
The same where nothing is encrypted: test_reset_plain.py.

Before somebody asks for the reset, root of the running system has written that it has come to its end already. tests/attack has every other
lie about progress, on a smaller machine; this is the one that cost everything, on a whole one. Its control, the same without a lie, is
test_reset.py."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.qemu import carve, efivarfs, luks, progress, remains, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.disk import TYPE_CONFIG, TYPE_VAR
from tests.qemu.luks import Luks
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.remains import KINDS, ON_THE_RAW_DISK, Hit, Remains
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_CLEANSLATE, GUID_REQUEST, NON_VOLATILE_BOOT_RUNTIME, PROGRESS_NAMES, REQUEST_NAME

# With each check test_reset_plain.py searches a disk of plain text, and tests/attack/test_progress.py one with a forged progress.
pytestmark = pytest.mark.takes_turns("forensics", seconds=420)

FORGE = Path(os.environ.get("BUILD", "build")).resolve() / "attack" / "forge"
RECORDED, ORIGIN_REQUEST = 7, 0
LEVELS = ("crypto", "clear")


@dataclass(frozen=True)
class Before:
    machine: Machine  # switched off, as its last user left it
    remains: Remains
    planted: list[int]  # where on the raw disk
    hits: list[Hit]
    headers: dict[str, Luks]
    carved: set[int]
    phase: str  # that was written into the progress
    storage_key: str
    blobs: dict[str, bytes]


def plant(machine: Machine, marks: Remains) -> list[int]:
    """Old headers in the midst of the ciphertext, behind what holds the keys of now; and wherever no partition is and one fits."""
    disk = machine.disk
    config, state = disk.partition(TYPE_CONFIG), disk.partition(TYPE_VAR)
    gaps = [start for start, end in disk.gaps() if end - start >= len(marks.header(ON_THE_RAW_DISK))]
    assert gaps, "the table is followed by a partition at once"
    places = [*gaps, config.start + config.size // 2]
    places += [state.start + at for at in ((140 << 20) + 512, state.size // 2, state.size - (2 << 20))]
    for number, at in enumerate(places):
        disk.write(at, marks.header(ON_THE_RAW_DISK + number))
    return places


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
def before(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Before:
    machine, marks = machine_like(factory_new.machine, "forensics"), Remains()
    with machine.tpm() as tpm:
        key = tpm.storage_key_name()
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    marks.leave(shell)
    forge(shell, machine.directory / "forged")
    shell.check("cleanslate request --yes --level=crypto")
    machine.kill()
    planted = plant(machine, marks)
    carved = marks.carved(carve.photorec(machine.disk, machine.directory / "carved"))
    headers, phase = scenario.volumes(machine), progress.read(machine.variables).phase
    return Before(machine, marks, planted, marks.hits(machine.disk), headers, carved, phase, key, scenario.sealed_blobs(headers))


@pytest.fixture(scope="module", params=LEVELS)
def after(request: pytest.FixtureRequest, before: Before, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    """Switched off by the reset itself: nobody has used the new system."""
    machine = machine_like(before.machine, f"forensics-{request.param}")
    if request.param != "crypto":
        scenario.request_from_outside(machine, request.param)
    machine.power_on()
    never = [LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY]
    machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never)
    machine.wait_for(scenario.RESTARTING, 60, never)
    machine.kill()
    return machine


def test_before_the_reset_the_machine_has_its_canaries_and_the_disk_only_ciphertext(before: Before) -> None:
    assert before.remains.readable == KINDS["file"] + KINDS["luks"] // 2 + KINDS["picture"] // 2
    assert set(remains.count_by_kind(before.hits)) == {"raw"}
    assert set(before.planted) <= {hit.offset - remains.LABEL_AT for hit in before.hits}
    assert before.carved == set()
    assert before.phase == "recorded"


def test_no_canary_is_left(before: Before, after: Machine) -> None:
    assert before.remains.hits(after.disk) == []


def test_file_carving_recovers_nothing(before: Before, after: Machine) -> None:
    assert before.remains.carved(carve.photorec(after.disk, after.directory / "carved")) == set()


def test_no_luks_header_is_left_but_the_new_ones(before: Before, after: Machine) -> None:
    erased = [after.disk.partition(type_) for type_ in scenario.ENCRYPTED]
    assert set(before.planted) <= set(before.machine.disk.find(luks.MAGIC)), "the control: the old ones are found by the same search"
    found = [at for part in erased for at in after.disk.find(luks.MAGIC, part.start, part.start + part.size)]
    assert found == [part.start for part in erased]


def test_no_key_bytes_are_left(before: Before, after: Machine) -> None:
    assert len(before.machine.disk.find(before.remains.keyslot)) >= len(before.planted)
    assert after.disk.find(before.remains.keyslot) == []
    assert set(scenario.leftover_keyslots(before.machine, before.headers)) == set(before.headers)
    assert scenario.leftover_keyslots(after, before.headers) == []


def test_the_tpm_is_cleared(before: Before, after: Machine) -> None:
    with before.machine.tpm() as tpm:
        assert tpm.storage_key_name() == before.storage_key and all(map(tpm.can_load_blob, before.blobs.values()))
    with after.tpm() as tpm:
        assert tpm.storage_key_name() != before.storage_key
        assert not any(map(tpm.can_load_blob, before.blobs.values()))


def test_the_request_is_retired_because_it_was_carried_out(after: Machine) -> None:
    assert after.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    assert progress.read(after.variables).phase == "done"
    record = scenario.newest_record(after)
    assert (record["result"], record["origin"]) == ("complete", "request")
    assert record["steps"] and {"erase", "clear-tpm"} <= {step["kind"] for step in record["steps"] if step["result"] == "ok"}
