# SPDX-License-Identifier: GPL-2.0-or-later
"""Power is lost in the middle of a long overwriting. The next boot goes on where the last one had flushed, reads everything back from the
first byte, and ends in the factory state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.qemu import progress, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.disk import TYPE_VAR
from tests.qemu.machine import LOGIN, Machine

pytestmark = [pytest.mark.own_machine, pytest.mark.takes_turns]

OLD = b"left where the ciphertext of the old volume was"
ERASING_STATE = r"^cleanslate: reset: +\d+% \[\d+/\d+\] Erasing contents: state"
NEVER = [LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY]
OVERWRITING_SECONDS = 180  # with the disk slowed down; progress is told every 30


def wait_until_committed(machine: Machine) -> None:
    deadline = machine.console.seconds() + OVERWRITING_SECONDS / 2
    while progress.read(machine.variables_in_flash()).erase_done == 0:
        ended = machine.console.wait_for_any([scenario.RESTARTING, *NEVER], 0.5)
        assert ended is None, ended
        assert machine.console.seconds() < deadline, "nothing was committed while half of the state was overwritten"


def test_an_interrupted_overwriting_goes_on_where_it_was_flushed(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> None:
    machine = machine_like(factory_new.machine, "erase-resume")
    state = machine.disk.partition(TYPE_VAR)
    places = [state.start + state.size * part // 16 + 512 for part in range(1, 16)]
    for at in places:
        machine.disk.write(at, OLD)
    scenario.request_from_outside(machine, "clear")
    machine.power_on()
    machine.wait_for(ERASING_STATE, scenario.RESET_SECONDS, NEVER)
    machine.slow_disk(state.size // OVERWRITING_SECONDS)
    machine.wait_for(r"^cleanslate: reset: \[\d+/\d+\] Erasing contents: overwriting \d+%, .* MiB/s, \d+ s left", 60, NEVER)
    wait_until_committed(machine)
    machine.kill()
    done = progress.read(machine.variables).erase_done
    assert 0 < done < state.size
    assert all(machine.disk.read(at, len(OLD)) != OLD for at in places if at + len(OLD) <= state.start + done), "committed, and not on the disk"
    assert any(machine.disk.read(at, len(OLD)) == OLD for at in places), "the control: it was not over"

    machine.power_on()
    digest = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, NEVER)[1]
    machine.wait_for(scenario.RESTARTING, 60, NEVER)
    machine.kill()
    record = scenario.newest_record(machine)
    assert (record["result"], digest) == ("complete", factory_new.manifest_digest)
    erase = next(step["erase"] for step in record["steps"] if step["kind"] == "erase" and step["label"] == "state")
    assert (erase["resumedBytes"], erase["writtenBytes"]) == (done, state.size - done)
    assert (erase["verification"], erase["verifiedBytes"]) == ("full", state.size)
    assert machine.disk.find(OLD) == []
    assert progress.read(machine.variables).erase_done == 0
