# SPDX-License-Identifier: GPL-2.0-or-later
"""The old system's root puts variables that only a key of its own can change where the reset will want to write. The reset comes to an
end, or to the page with nothing erased; it does not go round in circles, and does not call complete what leaves them behind. The
control of each: the same value in an ordinary variable, which disturbs nothing."""

from __future__ import annotations

import json

import pytest

from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import AUTHENTICATED, BOOT, ENHANCED_AUTHENTICATED, NON_VOLATILE, RUNTIME, Machine
from tests.qemu.variables import GUID_CLEANSLATE, GUID_REQUEST, PROGRESS_NAMES, REQUEST_NAME

ORDINARY = NON_VOLATILE | BOOT | RUNTIME
OTHERS = ("CleanslateTpmBefore", "CleanslateBootCount", "CleanslateForget", "CleanslateBreakGlass", "CleanslateVolumes")
ENDS_AS_RESET = [("reset", "restart"), ("normal", "started")]


def plant(machine: Machine) -> Canaries:
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start, state.size)
    return canaries


def squat(machine: Machine, name: str, attributes: int, genuine: bool) -> bytes:
    """With what it holds now, or with nothing that anybody could read."""
    value = (machine.variable(name, GUID_CLEANSLATE) if genuine else None) or b"of the old system"
    machine.set_variable(name, GUID_CLEANSLATE, value, attributes)
    return value


CASES = [(name, kind, False) for name in (*PROGRESS_NAMES, *OTHERS) for kind in (0, AUTHENTICATED)]
COPIES = [(name, kind, True) for name in PROGRESS_NAMES for kind in (0, AUTHENTICATED)]


@pytest.mark.parametrize(("name", "kind", "genuine"), [*CASES, *COPIES, (PROGRESS_NAMES[0], ENHANCED_AUTHENTICATED, False)])
def test_one_variable_that_somebody_else_holds_stops_no_reset(used: Machine, name: str, kind: int, genuine: bool) -> None:
    canaries, key = plant(used), used.storage_key_name()
    value = squat(used, name, ORDINARY | kind, genuine)
    used.request()
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == ENDS_AS_RESET, boots
    assert canaries.left(used.disk) == 0
    assert used.storage_key_name() != key
    assert not used.is_requested()
    record = used.newest_record()
    assert record["result"] == ("partial" if kind else "complete")
    if kind:
        assert used.variable(name, GUID_CLEANSLATE) == value  # the attack's own control: nobody could
        esp_and_variables = record["espAndVariables"]
        assert isinstance(esp_and_variables, dict)
        assert f"{name}-{GUID_CLEANSLATE}" in json.dumps(esp_and_variables["variablesNotRemoved"])
    assert [(boot.mode, boot.end) for boot in used.boots()] == [("normal", "started")]


@pytest.mark.parametrize("genuine", (True, False), ids=("a copy", "junk"))
def test_where_no_progress_can_be_kept_nothing_is_begun(used: Machine, genuine: bool) -> None:
    """A reset that could not be resumed is none. The page says so, at each start, until somebody cancels the request."""
    canaries, key, before = plant(used), used.storage_key_name(), set(used.records())
    for name in PROGRESS_NAMES:
        squat(used, name, ORDINARY | AUTHENTICATED, genuine)
    used.request()
    for _ in range(2):
        boots = used.boots()
        assert [(boot.mode, boot.end) for boot in boots] == [("reset", "page")], boots
        assert "EFI variables" in boots[0].trouble, boots
        assert canaries.left(used.disk) == COUNT
        assert used.storage_key_name() == key
        assert used.is_requested()
    results = [record["result"] for name, record in used.records().items() if name not in before]
    assert not {"complete", "partial", "built"} & set(results), results


def test_a_request_is_still_cancelled_where_no_progress_can_be_kept(used: Machine) -> None:
    """The way out of the one above: the device starts as it was."""
    canaries = Canaries()
    state = used.partition("state")
    canaries.spread(used.disk, state.start + state.size // 2, state.size // 4)
    for name in PROGRESS_NAMES:
        squat(used, name, ORDINARY | AUTHENTICATED, genuine=False)
    used.request()
    assert used.boot().end == "page"
    used.remove_variable(REQUEST_NAME, GUID_REQUEST)
    assert [(boot.mode, boot.end) for boot in used.boots()] == [("normal", "started")]
    assert canaries.left(used.disk) == COUNT
