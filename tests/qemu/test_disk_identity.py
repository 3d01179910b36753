# SPDX-License-Identifier: GPL-2.0-or-later
"""A reset is for one disk. Exchanged between the request and the reset, or in the midst of a reset, or with a copy beside it: nothing is
erased, in words. Back in its place alone, the reset goes on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.qemu import gpt_edit, progress, scenario
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_ESP, Disk, copy_sparse
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

pytestmark = pytest.mark.takes_turns("disk identity", seconds=450)

STRANGE = uuid.UUID("00c0ffee-0000-4000-8000-000000000001")
KEYS_DIE = r"^cleanslate: reset: +\d+% \[\d+/\d+\] Destroying encryption keys"
ANOTHER = r"^cleanslate: reset: +\d+% \[\d+/\d+\]"


@dataclass(frozen=True)
class Refusal:
    """What the recovery page said, and whether each disk was the same afterwards, to the byte."""

    words: str
    untouched: bool
    copy_untouched: bool = True


@dataclass(frozen=True)
class Life:
    machine: Machine
    disk_uuid: uuid.UUID
    requested: uuid.UUID
    exchanged: Refusal
    copied: Refusal
    copied_with_another_esp: Refusal
    exchanged_midway: Refusal
    phase_midway: str
    digest: str


def refused(machine: Machine, copy: Disk | None = None) -> Refusal:
    before = machine.disk.sha256(), copy.sha256() if copy else ""
    options: tuple[str, ...] = ()
    if copy:
        options = ("-drive", f"if=none,id=copy,format=raw,file={copy.path}", "-device", "nvme,drive=copy,serial=cleanslate-copy")
    machine.power_on(Boot(options))
    words = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, [LOGIN, scenario.ORDINARY_BOOT, ANOTHER])[1]
    machine.kill()
    return Refusal(words, machine.disk.sha256() == before[0], copy is None or copy.sha256() == before[1])


def request(machine: Machine) -> uuid.UUID:
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS).check("cleanslate request --yes --reason identity")
    machine.power_off()
    variable = machine.variables.get(REQUEST_NAME, GUID_REQUEST)
    assert variable is not None
    return uuid.UUID(json.loads(variable.value.decode("utf-16-le").rstrip("\0"))["cleanslate"]["diskUuid"])


def exchange(machine: Machine) -> Refusal:
    """Another machine's disk, flashed with the same image: only the GUID that its first boot gave it tells."""
    own = gpt_edit.disk_uuid(machine.disk)
    gpt_edit.set_disk_uuid(machine.disk, STRANGE)
    result = refused(machine)
    gpt_edit.set_disk_uuid(machine.disk, own)
    return result


def begin_and_cut(machine: Machine) -> str:
    machine.power_on()
    machine.wait_for(KEYS_DIE, scenario.RESET_SECONDS, [LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY])
    machine.kill()
    return progress.read(machine.variables).phase


def live(machine: Machine) -> Life:
    requested = request(machine)
    own = gpt_edit.disk_uuid(machine.disk)
    exchanged = exchange(machine)
    copy = Disk(machine.directory / "copy.raw")
    copy_sparse(machine.disk.path, copy.path)
    copied = refused(machine, copy)
    gpt_edit.set_partition_uuid(copy, copy.partition(TYPE_ESP).number, STRANGE)
    with_another_esp = refused(machine, copy)
    copy.path.unlink()
    phase = begin_and_cut(machine)
    exchanged_midway = exchange(machine)
    machine.power_on()
    done = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY])
    machine.kill()
    return Life(machine, own, requested, exchanged, copied, with_another_esp, exchanged_midway, phase, done[1])


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Life:
    return live(machine_like(factory_new.machine, "disk-identity"))


def test_a_first_boot_gives_the_disk_a_guid_of_its_own(life: Life, images: Images) -> None:
    assert life.disk_uuid != gpt_edit.disk_uuid(Disk(images.reference))
    assert life.disk_uuid.version == 4


def test_the_request_names_the_disk_it_was_made_on(life: Life) -> None:
    assert life.requested == life.disk_uuid


def test_a_disk_that_was_exchanged_since_the_request_is_not_erased(life: Life) -> None:
    assert life.exchanged.words.startswith("This is not the disk that the reset was asked for"), life.exchanged.words
    assert life.exchanged.untouched


def test_beside_a_copy_neither_is_erased(life: Life) -> None:
    assert life.copied.words.startswith("2 disks carry the partition this machine was started from"), life.copied.words
    assert life.copied.untouched and life.copied.copy_untouched


def test_a_copy_with_another_esp_is_still_a_copy(life: Life) -> None:
    assert "is a copy of" in life.copied_with_another_esp.words, life.copied_with_another_esp.words
    assert life.copied_with_another_esp.untouched and life.copied_with_another_esp.copy_untouched


def test_a_reset_that_has_begun_does_not_go_on_on_another_disk(life: Life) -> None:
    assert life.phase_midway == "started"
    assert life.exchanged_midway.words.startswith("This is not the disk that the reset was asked for"), life.exchanged_midway.words
    assert life.exchanged_midway.untouched


def test_on_its_own_disk_the_reset_completes(life: Life, factory_new: FactoryNew) -> None:
    """The control: what was refused before was refused for the disk's sake alone."""
    assert life.digest == factory_new.manifest_digest
    assert progress.read(life.machine.variables).phase in ("recorded", "done")


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
