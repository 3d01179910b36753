# SPDX-License-Identifier: GPL-2.0-or-later
"""What `cleanslate plan` says beforehand is what the reset then does: judged by the record that the reset leaves on the ESP and by
the disk itself. And what preflight, doctor and request say of a machine that a reset could not work on. One machine, one reset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.qemu import efivarfs, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

REFUSED, USAGE = 12, 2
EFIVARS = "/sys/firmware/efi/efivars"
READ_ONLY, WRITABLE = (f"mount -o remount,{mode} {EFIVARS}" for mode in ("ro", "rw"))


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Iterator[Machine]:
    machine = machine_like(factory_new.machine, "plan")
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS).check(f"echo gone >{scenario.MARKER} && sync -f {scenario.MARKER}")
    yield machine
    machine.kill()


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
    assert (plan["of"], plan["refused"], plan["trouble"], plan["notes"]) == ("wish", [], None, [])
    assert [step["label"] for step in plan["steps"] if step["kind"] == "erase"] == ["config", "state"]
    kept = {partition["partition"] for partition in plan["kept"]}
    erased = {step["partition"] for step in plan["steps"] if step["kind"] == "erase"}
    assert kept | erased == {partition.number for partition in machine.disk.partitions()}
    assert plan["estimate"]["seconds"] > 0
    # a file beside the boot images goes, and the plan knows it
    machine.shell.check("touch /efi/EFI/Linux/left-over.efi && sync -f /efi")
    with_one = answer(machine.shell, "plan")
    machine.shell.check("rm /efi/EFI/Linux/left-over.efi && sync -f /efi")
    assert with_one["removed"]["espEntries"] == plan["removed"]["espEntries"] + 1
    assert with_one["digest"] != plan["digest"]
    assert answer(machine.shell, "plan")["digest"] == plan["digest"]


def test_a_level_that_the_disk_cannot_give_is_refused_before_anything_is_written(machine: Machine) -> None:
    assert [refusal["name"] for refusal in answer(machine.shell, "plan --level=purge", REFUSED)["refused"]] == ["level"]
    assert answer(machine.shell, "plan --level=clear")["level"] == "clear"
    code, output = machine.shell.run("cleanslate request --yes --level=purge")
    assert code == REFUSED and "Purging was asked for" in output
    code, output = machine.shell.run("cleanslate request --yes --no-tpm")
    assert code == USAGE and "tpm-clear=required" in output
    assert nothing_is_asked_for(machine.shell)


def test_a_variable_store_that_takes_no_write_fails_the_preflight(machine: Machine) -> None:
    shell = machine.shell
    print(shell.run("cleanslate preflight")[1], shell.run("cleanslate doctor")[1], sep="\n")
    assert failures(answer(shell, "preflight")) == [] == failures(answer(shell, "doctor"))
    left = shell.check(f"ls {EFIVARS}")
    assert "CleanslateTrial" not in left
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


def test_the_reset_does_what_the_plan_said(machine: Machine) -> None:
    shell = machine.shell
    plan = answer(shell, "plan")
    assert plan["of"] == "pending-request"
    shell.start("cleanslate request --yes --reboot --reason planned")
    scenario.follow_reset(machine)
    shell = machine.login_now()
    assert shell.run(f"test -e {scenario.MARKER}")[0] != 0
    machine.power_off()
    record = scenario.newest_record(machine)
    assert (record["result"], record["reason"], record["planDigest"]) == ("complete", "planned", plan["digest"])
    assert [step["kind"] for step in record["steps"]] == [step["kind"] for step in plan["steps"]]
