# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with more than one disk, whose policy names one by its serial number and says all=internal for the rest. Judged on the
raw disks: what is to be erased holds nothing any more, what is to be kept is the same to the byte."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import scenario
from tests.qemu.conftest import Images
from tests.qemu.disk import Disk
from tests.qemu.figures import Figures
from tests.qemu.machine import LOGIN, Boot, Machine

pytestmark = pytest.mark.takes_turns("additional disks", seconds=300)

DATA, BUILT_IN, REMOVABLE, READ_ONLY = "data", "built-in", "removable", "read-only"
# Larger than twice the key area, so that what lies between the two ends counts, too.
SIZES = {DATA: 300 << 20, BUILT_IN: 288 << 20, REMOVABLE: 64 << 20, READ_ONLY: 64 << 20}
CANARIES = 100
ATTACHED = {
    DATA: ("nvme,drive=data,serial=cleanslate-data",),
    BUILT_IN: ("virtio-blk-pci,drive=built-in,serial=cleanslate-vb",),
    REMOVABLE: ("virtio-scsi-pci,id=scsi", "scsi-hd,bus=scsi.0,drive=removable,serial=cleanslate-rm,removable=on"),
    READ_ONLY: ("virtio-blk-pci,drive=read-only,serial=cleanslate-ro",),
}


@dataclass(frozen=True)
class AdditionalDisks:
    """The disks beside the boot disk, and what was hidden on each."""

    disks: dict[str, Disk]
    canary: bytes

    @property
    def boot(self) -> Boot:
        options: list[str] = []
        for name, disk in self.disks.items():
            flags = "readonly=on" if name == READ_ONLY else "discard=unmap,detect-zeroes=unmap"
            options += ["-drive", f"if=none,id={name},format=raw,file={disk.path},{flags}"]
            for device in ATTACHED[name]:
                options += ["-device", device]
        return Boot(tuple(options))


def make_disks(folder: Path) -> AdditionalDisks:
    canary = b"canary" + secrets.token_hex(16).encode()
    disks = {}
    for name, size in SIZES.items():
        disk = disks[name] = Disk(folder / f"{name}.raw")
        with disk.path.open("wb") as file:
            file.truncate(size)
        for i in range(CANARIES):
            disk.write(i * (size - 4096) // (CANARIES - 1), canary)
    return AdditionalDisks(disks, canary)


@dataclass(frozen=True)
class Life:
    machine: Machine
    additional: AdditionalDisks
    found_before: dict[str, int]
    digests_before: dict[str, str]
    digests_after_first_boot: dict[str, str]
    found_after: dict[str, int]
    record: dict[str, Any]
    planned: dict[str, Any]


def digests(additional: AdditionalDisks) -> dict[str, str]:
    return {name: disk.sha256() for name, disk in additional.disks.items()}


def found(additional: AdditionalDisks) -> dict[str, int]:
    return {name: len(disk.find(additional.canary)) for name, disk in additional.disks.items()}


def live(machine: Machine, collected: Figures) -> Life:
    additional = make_disks(machine.directory)
    found_before, digests_before = found(additional), digests(additional)
    machine.power_on(additional.boot)
    shell = machine.login(scenario.RESET_SECONDS)
    first_boot = digests(additional)
    assert machine.second_disk_is_untouched(), "a first boot has changed the second disk"
    planned = scenario.plan(shell)
    asked_at = machine.console.seconds()
    shell.start("systemctl start factory-reset.target")  # as a settings dialog or Cockpit would
    machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [LOGIN, scenario.RECOVERY])
    machine.wait_for(scenario.RESTARTING, 60, [LOGIN, scenario.RECOVERY])
    machine.kill()
    scenario.record_figures(machine, collected, asked_at)
    return Life(machine, additional, found_before, digests_before, first_boot, found(additional), scenario.newest_record(machine), planned)


@pytest.fixture(scope="module")
def life(images: Images, new_machine: Callable[..., Machine], collected: Figures) -> Life:
    return live(new_machine(images.disks, "additional-disks"), collected)


def entry(life: Life, list_name: str, serial: str) -> dict[str, Any]:
    (only,) = [disk for disk in life.record[list_name] if disk["serial"] == serial]
    assert isinstance(only, dict)
    return only


def test_the_plan_beforehand_was_the_one_that_was_carried_out(life: Life) -> None:
    scenario.assert_did_as_planned(life.record, life.planned)
    erased = {disk["serial"] for disk in life.planned["additionalDisks"] if disk["erased"]}
    assert erased >= {"cleanslate-data", "cleanslate-vb"}


def test_the_canaries_were_on_every_disk(life: Life) -> None:
    """The control: the search finds what is there."""
    assert life.found_before == dict.fromkeys(SIZES, CANARIES)


def test_a_first_boot_leaves_additional_disks_alone(life: Life) -> None:
    assert life.digests_after_first_boot == life.digests_before


def test_factory_reset_target_asks_for_a_reset_and_restarts(life: Life) -> None:
    assert (life.record["origin"], life.record["requester"]) == ("request", "root")
    assert life.record["reason"] == "factory-reset.target was started"


@pytest.mark.parametrize("name", [DATA, BUILT_IN])
def test_what_is_declared_or_built_in_holds_nothing_any_more(life: Life, name: str) -> None:
    assert life.found_after[name] == 0
    disk = life.additional.disks[name]
    content = disk.path.read_bytes()
    assert not content.strip(b"\0"), f"{name} is not empty"


def test_the_second_built_in_disk_is_erased_with_its_partition_table(life: Life) -> None:
    """In every other scenario no policy speaks of it, and it stays as it is."""
    assert not life.machine.second_disk.path.read_bytes().strip(b"\0")


@pytest.mark.parametrize("name", [REMOVABLE, READ_ONLY])
def test_what_is_removable_or_write_protected_is_the_same_to_the_byte(life: Life, name: str) -> None:
    assert life.additional.disks[name].sha256() == life.digests_before[name]
    assert life.found_after[name] == CANARIES


def test_the_record_tells_of_each_erased_disk(life: Life) -> None:
    assert life.record["result"] == "complete"
    data = entry(life, "additionalDisks", "cleanslate-data")
    assert (data["levelWanted"], data["levelDone"], data["why"]) == ("purge", "purge", "declared")
    assert data["technique"].startswith("nvme-") and data["sizeBytes"] == SIZES[DATA]
    assert data["purge"]["markersWritten"] == data["purge"]["markersGone"] > 2
    built_in = entry(life, "additionalDisks", "cleanslate-vb")
    assert (built_in["levelWanted"], built_in["levelDone"], built_in["why"]) == ("clear", "clear", "internal")
    assert built_in["overwriting"]["verifiedBytes"] == SIZES[BUILT_IN]
    assert all(disk["keysDestroyed"] for disk in life.record["additionalDisks"])
    assert len(life.record["additionalDisks"]) == 3


def test_the_record_says_why_others_were_kept(life: Life) -> None:
    assert entry(life, "keptDisks", "cleanslate-rm")["why"] == "removable"
    assert entry(life, "keptDisks", "cleanslate-ro")["why"] == "read-only"
    assert entry(life, "keptDisks", "cleanslate-disk")["why"] == "boot-disk"


def test_keys_die_before_the_tpm_is_cleared_and_contents_after(life: Life) -> None:
    kinds = [step["kind"] for step in life.record["steps"]]
    assert kinds.count("destroy-disk-keys") == kinds.count("erase-disk") == 3
    last_keys = max(i for i, kind in enumerate(kinds) if kind in ("destroy-keys", "destroy-disk-keys"))
    assert last_keys < kinds.index("clear-tpm") < kinds.index("erase-disk")
