# SPDX-License-Identifier: GPL-2.0-or-later
"""What `cleanslate plan` says beforehand is what the reset then does: judged by the record that the reset leaves on the ESP and by
the disk itself. One machine, one reset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.qemu import scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell

REFUSED = 12


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Iterator[Machine]:
    machine = machine_like(factory_new.machine, "plan")
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS).check(f"echo gone >{scenario.MARKER} && sync -f {scenario.MARKER}")
    yield machine
    machine.kill()


def plan(shell: Shell, options: str = "") -> dict[str, Any]:
    answer = json.loads(shell.check(f"cleanslate plan --json {options}"))
    assert isinstance(answer, dict)
    return answer


def test_a_plan_names_the_partitions_that_go_and_those_that_stay(machine: Machine) -> None:
    answer = plan(machine.shell)
    assert answer["digest"] == hashlib.sha256(answer["text"].encode()).hexdigest()
    assert (answer["of"], answer["refused"], answer["trouble"]) == ("wish", [], None)
    assert [step["label"] for step in answer["steps"] if step["kind"] == "erase"] == ["config", "state"]
    assert {kept["label"] for kept in answer["kept"]} == {"esp", "root", "root-verity", "root-verity-sig"}
    assert [note["name"] for note in answer["notes"]] == []
    print(machine.shell.check("cleanslate plan"))
