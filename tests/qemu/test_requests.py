# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that must not reset: refused or not confirmed beforehand, taken back, for somebody else, or damaged. Each of the latter is
written by the running system as anybody with root could write it; then the machine boots, and its data, the command's answer and the
journal tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.qemu import efivarfs, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import VARIABLES, Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value

pytestmark = pytest.mark.promise("nothing but a request of its own makes a system be reset")


REFUSED, USAGE = 12, 2
EFIVARS = "/sys/firmware/efi/efivars"
READ_ONLY, WRITABLE = (f"mount -o remount,{mode} {EFIVARS}" for mode in ("ro", "rw"))


@dataclass(frozen=True)
class Case:
    name: str
    value: bytes
    state: str  # as `status` reports it
    journal: str  # what the journal says about it
    can_be_cancelled: bool = True


FOREIGN = {"osReleaseId": "not-this-one", "osReleaseImageId": "other", "bootId": "0123456789abcdef0123456789abcdef"}
# What is refused before anything is written.
further = pytest.mark.takes_turns("requests, refused", seconds=70)
malformed = pytest.mark.takes_turns("requests, malformed", seconds=350)
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
    """Off and on; a reset, or anything but an ordinary boot, fails at once. Not a warm restart: the variables that were written and
    removed by then have the firmware tidy up its store, and each byte of that has QEMU throw away code that it translated before."""
    machine.shell.check("sync")
    machine.kill()
    machine.power_on()
    never = [scenario.RESET_STARTED, scenario.RECOVERY, r"first boot: building"]
    return machine.login(scenario.BOOT_SECONDS, never)


@pytest.mark.parametrize("verb", ["plan", "status"])
def test_what_people_look_at_fits_on_a_screen(machine: Machine, verb: str) -> None:
    rows_left, columns_left = scenario.show_on_screen(machine, machine.shell, f"cleanslate {verb}", verb)
    assert rows_left >= 0 and columns_left >= 0, (rows_left, columns_left)
    lit = sum(byte > 0x40 for byte in machine.screen(verb).read_bytes()[64:])
    assert lit > 5000, "the screen is dark"


def assert_nothing_was_reset(shell: Shell) -> None:
    assert shell.check(f"cat {scenario.MARKER}") == "kept"


def answer(shell: Shell, command: str, expected: int = 0) -> dict[str, Any]:
    code, output = shell.run(f"cleanslate {command} --json")
    assert code == expected, output
    result = json.loads(output)
    assert isinstance(result, dict)
    return result


def failures(checkup: dict[str, Any]) -> list[str]:
    return [str(check["name"]) for check in checkup["checks"] if check["severity"] == "failure"]


def nothing_is_asked_for(shell: Shell) -> bool:
    return not efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST) and scenario.status(shell)[0] == 0


def test_a_plan_names_the_partitions_that_go_and_those_that_stay(machine: Machine) -> None:
    plan = answer(machine.shell, "plan")
    print(machine.shell.check("cleanslate plan"))
    assert plan["digest"] == hashlib.sha256(plan["text"].encode()).hexdigest()
    assert (plan["basis"], plan["refused"], plan["trouble"], plan["notes"]) == ("new-request", [], None, [])
    assert [step["label"] for step in plan["steps"] if step["kind"] == "erase"] == ["config", "state"]
    kept = {partition["partition"] for partition in plan["kept"]}
    erased = {step["partition"] for step in plan["steps"] if step["kind"] == "erase"}
    assert kept | erased == {partition.number for partition in machine.disk.partitions()}
    assert plan["estimate"]["seconds"] > 0
    # an addon beside the boot images goes, and the plan knows it, whoever has the partition mounted
    machine.shell.check("mkdir -p /efi/loader/addons && touch /efi/loader/addons/x.addon.efi && sync -f /efi")
    with_one = answer(machine.shell, "plan")
    machine.shell.check("rm -r /efi/loader/addons && rmdir --ignore-fail-on-non-empty /efi/loader && sync -f /efi")
    assert with_one["removed"]["espEntries"] > plan["removed"]["espEntries"]
    assert with_one["digest"] != plan["digest"]
    assert answer(machine.shell, "plan")["digest"] == plan["digest"]


@further
def test_a_level_that_the_disk_cannot_give_is_refused_before_anything_is_written(machine: Machine) -> None:
    assert [refusal["name"] for refusal in answer(machine.shell, "plan --level=purge", REFUSED)["refused"]] == ["level"]
    assert answer(machine.shell, "plan --level=clear")["level"] == "clear"
    code, output = machine.shell.run("cleanslate request --yes --level=purge")
    assert code == REFUSED and "Purging was asked for" in output
    code, output = machine.shell.run("cleanslate request --yes --no-tpm")
    assert code == USAGE and "tpm-clear=required" in output
    assert nothing_is_asked_for(machine.shell)


@further
def test_a_variable_store_that_takes_no_write_fails_the_preflight(machine: Machine) -> None:
    shell = machine.shell
    flash = (machine.directory / VARIABLES).read_bytes()
    print(shell.run("cleanslate preflight")[1], shell.run("cleanslate doctor")[1], sep="\n")
    assert failures(answer(shell, "preflight")) == [] == failures(answer(shell, "doctor"))
    assert (machine.directory / VARIABLES).read_bytes() == flash, "looking has written to the firmware's flash, which wears"
    shell.check(READ_ONLY)
    try:
        assert failures(answer(shell, "preflight", REFUSED)) == ["variable-store"] == failures(answer(shell, "doctor", REFUSED))
        code, output = shell.run("cleanslate request --yes")
        assert code == REFUSED and "remount,rw" in output
    finally:
        shell.check(WRITABLE)
    assert nothing_is_asked_for(shell)


def test_a_person_has_to_type_the_word(machine: Machine) -> None:
    shell = machine.shell
    code, output = shell.run("cleanslate request --reason nobody")
    assert code == USAGE and "--yes" in output
    for word, written in (("rset", False), ("reset", True)):
        shell.start("cleanslate request --reason typed")
        machine.wait_for(r'type "reset" and Enter: ', 60)
        machine.console.send(word + "\n")
        machine.wait_for(r"The next boot resets this system" if written else r"not confirmed", 60)
        assert efivarfs.exists(shell, REQUEST_NAME, GUID_REQUEST) == written
    assert answer(shell, "plan")["basis"] == "pending-request"
    shell.check("cleanslate cancel")


@pytest.mark.takes_turns("requests, taken back", seconds=70)
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


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name, marks=malformed if case.state == "malformed" else ()) for case in CASES])
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
