# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk of 32 GiB, larger than the image was made for, and a request in systemd's own form, without a word of ours in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from tests.qemu import efivarfs, progress, scenario
from tests.qemu.conftest import Images
from tests.qemu.disk import TYPE_VAR
from tests.qemu.figures import Figures
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value

pytestmark = pytest.mark.takes_turns("large disk", seconds=300)

SIZE = 32 << 30


@dataclass(frozen=True)
class Life:
    machine: Machine
    partition_ids: set[UUID]  # of before
    state_size: int  # of before, in bytes
    due: dict[str, Any]  # the status once the request was written
    digest: str


def systemd_request(shell: Shell) -> str:
    """What systemd 258's `systemd-factory-reset request` writes."""
    release = dict(line.split("=", 1) for line in shell.check("cat /usr/lib/os-release").splitlines() if "=" in line)
    names = {"osReleaseId": "ID", "osReleaseVersionId": "VERSION_ID", "osReleaseImageId": "IMAGE_ID", "osReleaseImageVersion": "IMAGE_VERSION"}
    request = {member: release[name].strip('"') for member, name in names.items() if name in release}
    request["bootId"] = shell.check("cat /proc/sys/kernel/random/boot_id").replace("-", "")
    return json.dumps(request)


def partition_ids(machine: Machine) -> set[UUID]:
    return {machine.disk.partition(type_).uuid for type_ in scenario.ENCRYPTED}


def live(machine: Machine, collected: Figures) -> Life:
    machine.power_on()
    shell = machine.login(scenario.RESET_SECONDS)
    collected.add(machine.name, "power-on to the first login", machine.console.seconds())
    scenario.record_figures(machine, collected)
    ids, state_size = partition_ids(machine), machine.disk.partition(TYPE_VAR).size
    efivarfs.write_by_printf(shell, REQUEST_NAME, GUID_REQUEST, request_value(systemd_request(shell)))
    due = scenario.status(shell)[1]
    asked_at = machine.console.seconds()
    shell.start("systemctl reboot")
    digest = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [LOGIN, scenario.RECOVERY])[1]
    machine.wait_for(scenario.RESTARTING, 60, [LOGIN, scenario.RECOVERY])
    machine.kill()
    scenario.record_figures(machine, collected, asked_at)
    return Life(machine, ids, state_size, due, digest)


@pytest.fixture(scope="module")
def life(images: Images, new_machine: Callable[..., Machine], collected: Figures) -> Life:
    return live(new_machine(images.reference, "large-disk", SIZE), collected)


def test_the_request_in_systemds_own_form_is_recognised(life: Life) -> None:
    assert life.due["request"]["state"] == "pending"


def test_the_request_in_systemds_own_form_resets(life: Life) -> None:
    assert life.partition_ids.isdisjoint(partition_ids(life.machine))
    record = scenario.newest_record(life.machine)
    assert (record["result"], record["origin"]) == ("complete", "request")
    assert record["factoryDigest"] == life.digest
    assert life.machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    assert progress.read(life.machine.variables).phase == "done"


def test_the_state_takes_the_whole_disk_from_the_first_boot_on(life: Life) -> None:
    assert life.state_size > SIZE * 9 // 10


def test_a_reset_leaves_it_the_whole_disk(life: Life) -> None:
    assert life.machine.disk.partition(TYPE_VAR).size > SIZE * 9 // 10


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
