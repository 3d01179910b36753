# SPDX-License-Identifier: GPL-2.0-or-later
"""The same reset on other disks: other controllers and sectors, with discards that do nothing, write-protected, with a bad sector, and
one that disappears half-way. Each ends in the factory state or on a page that says why; what is left is judged from the raw disk.

eMMC is not among them: neither this QEMU nor the reference machine's kernel has it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.qemu import attachment, luks, progress, scenario
from tests.qemu.attachment import Attachment
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import SECTOR, TYPE_VAR
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.scenario import RECOVERY
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

pytestmark = [pytest.mark.own_machine, pytest.mark.takes_turns]

CIPHERTEXT = b"left where the ciphertext of the old volume was"
NEVER = (LOGIN, scenario.ORDINARY_BOOT)
PRESS = r"^cleanslate: RECOVERY: press .*\n"
DISCARDED, OVERWRITTEN = "cryptographic erase, then block discard", "overwrite, one pass"
NOTHING_ERASED = "nothing was erased and nothing was changed on the disk"
ERASING_CONTENTS = r"^cleanslate: reset: +\d+% \[\d+/\d+\] Erasing contents: config"
FAILED = r"^cleanslate: reset: FAILED: (.*)\n"
BAD_SECTOR = 100 << 20  # where in the state partition; in the key area, so that every level gets to it


@dataclass(frozen=True)
class Case:
    attachment: Attachment
    level: str


CASES = (
    Case(attachment.VIRTIO, "crypto"),
    Case(attachment.SCSI, "clear"),
    Case(attachment.ATA, "crypto"),
    Case(attachment.NVME.without_discard(), "crypto"),
)


def reset(machine: Machine, level: str) -> str:
    """Asks for a reset, follows it to its end and switches the machine off. The factory digest as it was told."""
    scenario.request_from_outside(machine, level)
    machine.power_on()
    done = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [*NEVER, RECOVERY])
    machine.wait_for(scenario.RESTARTING, 60, [*NEVER, RECOVERY])
    machine.kill()
    return done[1]


def assert_complete(machine: Machine, digest: str) -> None:
    record = scenario.newest_record(machine)
    assert (record["result"], record["factoryDigest"]) == ("complete", digest)
    assert progress.read(machine.variables).phase == "done"
    assert machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    assert machine.second_disk_is_untouched()


@pytest.fixture
def take(factory_new: FactoryNew, folder: Any, request: pytest.FixtureRequest) -> Iterator[Callable[[Attachment], Machine]]:
    """The machine that has had its first boot, with its disk attached in another way."""
    made: list[Machine] = []

    def attach(how: Attachment) -> Machine:
        name = "".join(letter if letter.isalnum() else "-" for letter in how.name.lower())
        made.append(factory_new.machine.clone(folder / f"disk-{name}"))
        made[-1].attachment = how
        return made[-1]

    yield attach
    for machine in made:
        machine.discard()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.attachment.name}, {case.level}")
def test_a_reset_on_such_a_disk_comes_to_its_end(case: Case, take: Callable[[Attachment], Machine], factory_new: FactoryNew) -> None:
    machine = take(case.attachment)
    state, before = machine.disk.partition(TYPE_VAR), scenario.volumes(machine)
    places = [state.start + state.size * part // 4 + 512 for part in (1, 2, 3)]
    for at in places:
        machine.disk.write(at, CIPHERTEXT)
    assert reset(machine, case.level) == factory_new.manifest_digest
    assert_complete(machine, factory_new.manifest_digest)
    assert set(scenario.leftover_keyslots(factory_new.machine, before)) == set(before), "the control: they are found where they are"
    assert scenario.leftover_keyslots(machine, before) == []
    assert machine.disk.find(CIPHERTEXT) == []
    # A device that takes discards and does nothing is found out, and overwritten.
    erases = [step["erase"] for step in scenario.newest_record(machine)["steps"] if step["kind"] == "erase"]
    discards = case.level == "crypto" and case.attachment.discard
    assert {erase["technique"] for erase in erases} == {DISCARDED if discards else OVERWRITTEN}
    assert [erase["discard"]["proven"] for erase in erases if "discard" in erase] == ["yes" if discards else "no"] * (2 if case.level == "crypto" else 0)


def test_first_boot_and_reset_with_sectors_of_4_kib(images: Images, new_machine: Callable[..., Machine]) -> None:
    machine = new_machine(images.reference_4k, "disk-4k")
    machine.attachment = attachment.NVME_4K
    machine.power_on()
    digest = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [*NEVER, RECOVERY])[1]
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, [RECOVERY])
    machine.kill()
    assert machine.disk.sector_size() == 4096
    before = scenario.volumes(machine)
    assert reset(machine, "crypto") == digest
    assert_complete(machine, digest)
    assert scenario.leftover_keyslots(machine, before) == []
    assert {segment["sector_size"] for header in before.values() for segment in header.metadata["segments"].values()} == {4096}


def test_a_write_protected_disk_is_refused_and_stays_as_it_is(take: Callable[[Attachment], Machine], factory_new: FactoryNew) -> None:
    machine = take(attachment.VIRTIO.protected())
    scenario.request_from_outside(machine, "crypto")
    machine.power_on()
    why = machine.wait_for(RECOVERY, scenario.BOOT_SECONDS, NEVER)[1]
    page = machine.console.take_until(PRESS, 60)
    machine.kill()
    assert "write-protected" in why and NOTHING_ERASED in page, page
    assert machine.disk.sha256() == factory_new.machine.disk.sha256()
    assert progress.read(machine.variables).phase == "done", "the first boot's: no reset has begun"


def test_a_bad_sector_is_named_and_no_reset_is_called_complete(take: Callable[[Attachment], Machine]) -> None:
    """A sector that cannot be written, and reads back what it held: no key of before must be believed gone."""
    machine = take(attachment.NVME)
    at = machine.disk.partition(TYPE_VAR).start + BAD_SECTOR
    faults = (f"iotype={kind},sector={at // SECTOR}" for kind in ("write", "write-zeroes", "discard"))
    machine.attachment = attachment.NVME.with_faults(*faults)
    before = set(machine.esp.records())
    scenario.request_from_outside(machine, "clear")
    machine.power_on()
    why = machine.wait_for(RECOVERY, scenario.RESET_SECONDS, [*NEVER, scenario.RESET_COMPLETE])[1]
    page = machine.console.take_until(PRESS, 60)
    machine.kill()
    assert NOTHING_ERASED not in page, page
    named = re.search(r'"state" could not be erased.*\(at (\d+)\.\.(\d+)', why)
    assert named is not None and int(named[1]) <= BAD_SECTOR < int(named[2]), why  # counted from the partition's begin
    new = {name: record for name, record in machine.esp.records().items() if name not in before}
    assert new and {record["result"] for record in new.values()} == {"failed"}, json.dumps(new)
    assert progress.read(machine.variables).phase not in ("idle", "done")
    assert machine.variables.get(REQUEST_NAME, GUID_REQUEST) is not None


def test_a_disk_that_disappears_half_way_is_reset_when_it_is_back(take: Callable[[Attachment], Machine], factory_new: FactoryNew) -> None:
    machine = take(attachment.SCSI)
    before = scenario.volumes(machine)
    scenario.request_from_outside(machine, "clear")
    machine.power_on()
    machine.wait_for(scenario.RESET_STARTED, scenario.RESET_SECONDS, [*NEVER, RECOVERY])
    machine.slow_disk(100 << 20)  # so that a busy host, too, pulls it while contents are overwritten
    machine.wait_for(ERASING_CONTENTS, scenario.RESET_SECONDS, [*NEVER, RECOVERY])
    machine.pull_disk()
    # No page: the machine restarts to try again, and its firmware finds nothing to start until the disk is back.
    why = machine.wait_for(FAILED, scenario.RESET_SECONDS, [*NEVER, RECOVERY, scenario.RESET_COMPLETE])[1]
    machine.wait_for(scenario.RESTARTING, 120, [*NEVER, RECOVERY])
    machine.kill()
    # A write fails, or the next partition does not even open: it depends on when the disk was pulled.
    assert re.search(r"/dev/sd.\d .*: the device is gone\.|Partition \d of /dev/sd. is not there\.", why), why
    assert progress.read(machine.variables).phase in ("keys-destroyed", "tpm-cleared")
    for label, header in before.items():
        partition = next(partition for partition in machine.disk.partitions() if partition.name == label)
        assert luks.read(machine.disk, partition) is None, f"{label} still has a header"
    machine.power_on()
    done = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [*NEVER, RECOVERY])
    machine.wait_for(scenario.RESTARTING, 60, [*NEVER, RECOVERY])
    machine.kill()
    assert done[1] == factory_new.manifest_digest
    assert_complete(machine, factory_new.manifest_digest)
