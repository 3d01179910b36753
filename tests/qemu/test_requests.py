# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that must not reset: taken back, for somebody else, or damaged. Each is written by the running system as anybody with
root could write it; then the machine boots, and its data, the command's answer and the journal tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.qemu import efivarfs, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value


@dataclass(frozen=True)
class Case:
    name: str
    value: bytes
    state: str  # as `status` reports it
    journal: str  # what the journal says about it
    can_be_cancelled: bool = True


FOREIGN = {"osReleaseId": "not-this-one", "osReleaseImageId": "other", "bootId": "0123456789abcdef0123456789abcdef"}
CASES = (
    Case("for-another-system", request_value(json.dumps(FOREIGN)), "foreign", "reset request ignored: it is for another system", False),
    Case("malformed", request_value('{"osReleaseId": "debian", "bootId"'), "malformed", "reset request ignored: it"),
    Case("empty", b"\0\0", "malformed", "reset request ignored: it"),
    Case("32-KiB", request_value(" " * (16 * 1024 - 1)), "malformed", "reset request ignored: it"),
)


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Iterator[Machine]:
    machine = machine_like(factory_new.machine, "requests")
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS).check(f"echo kept >{scenario.MARKER} && sync -f {scenario.MARKER}")
    yield machine
    machine.kill()


def restart(machine: Machine) -> Shell:
    """Restarts; a reset, or anything but an ordinary boot, fails at once."""
    machine.shell.start("sync; systemctl reboot --force --force")
    never = [scenario.RESET_STARTED, scenario.RECOVERY, r"first boot: building"]
    return machine.login(scenario.BOOT_SECONDS, never)


def assert_nothing_was_reset(shell: Shell) -> None:
    assert shell.check(f"cat {scenario.MARKER}") == "kept"


def test_a_request_taken_back_before_the_restart_does_nothing(machine: Machine) -> None:
    shell = machine.shell
    shell.check("cleanslate request --yes --reason 'changed my mind'")
    code, status = scenario.status(shell)
    assert (code, status["request"]["state"], status["request"]["reason"]) == (11, "pending", "changed my mind")
    assert efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)
    shell.check("cleanslate cancel")
    assert not efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST)
    assert scenario.status(shell)[0] == 0
    assert_nothing_was_reset(restart(machine))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_a_request_that_is_not_ours_boots_normally_and_is_reported(machine: Machine, case: Case) -> None:
    efivarfs.write(machine.shell, REQUEST_NAME, GUID_REQUEST, case.value)
    shell = restart(machine)
    assert_nothing_was_reset(shell)
    assert efivarfs.read(shell, REQUEST_NAME, GUID_REQUEST) == case.value, "the request was not there in this boot"
    code, status = scenario.status(shell)
    assert (code, status["request"]["state"], status["mode"]) == (0, case.state, "normal")
    assert case.journal in shell.check("journalctl --boot --dmesg --no-pager --output=cat")
    # Another system's request is not ours to take back.
    assert (shell.run("cleanslate cancel")[0] == 0) == case.can_be_cancelled
    assert efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST) != case.can_be_cancelled


def test_nothing_was_ever_erased(machine: Machine, factory_new: FactoryNew) -> None:
    machine.kill()
    ids: list[Any] = [[partition.uuid for partition in m.disk.partitions()] for m in (machine, factory_new.machine)]
    assert ids[0] == ids[1]
    assert list(machine.esp.records()) == list(factory_new.machine.esp.records())


def test_the_second_disk_is_untouched(machine: Machine) -> None:
    assert machine.second_disk_is_untouched()
