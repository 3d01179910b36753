# SPDX-License-Identifier: GPL-2.0-or-later
"""Nobody attacks: what every other file here compares with."""

from __future__ import annotations

from tests.attack.canaries import Canaries
from tests.attack.machine import Machine


def test_a_reset_that_is_asked_for_leaves_nothing(used: Machine) -> None:
    canaries, state, key = Canaries(), used.partition("state"), used.storage_key_name()
    canaries.spread(used.disk, state.start, state.size)
    assert canaries.left(used.disk) == 400
    used.request()
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    assert canaries.left(used.disk) == 0
    assert not used.is_requested()
    assert used.storage_key_name() != key
    assert [record["result"] for record in used.records().values() if record["origin"] == "request"] == ["complete"]


def test_where_nobody_asks_everything_stays(used: Machine) -> None:
    """The control: canaries that are there are found, and a boot does not clear a TPM."""
    canaries, state, key = Canaries(), used.partition("state"), used.storage_key_name()
    canaries.spread(used.disk, state.start + state.size // 2, state.size // 4)
    boot = used.boot()
    assert (boot.mode, boot.end) == ("normal", "started"), boot
    assert canaries.left(used.disk) == 400
    assert used.storage_key_name() == key
