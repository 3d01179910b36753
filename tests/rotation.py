# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests with many parameters take turns with them: of each function that has at least three, a third runs in each commit's `make check`, and all of
it in three commits in a row. No function is left out, and one with one or two parameters runs with them. `make check-all` runs everything, and
so does each suite by itself."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

from tests.qemu import turns

SHARES = 3


def waiting(counts: dict[str, int], turn: int) -> dict[str, set[int]]:
    """Of each name the numbers, from 0, that have another turn."""
    return {name: {number for number in range(count) if count >= SHARES and number % SHARES != turn % SHARES} for name, count in counts.items()}


def deselect(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes out what has another turn; pytest says how many those are."""
    chosen = turns.parse(os.environ.get(turns.VARIABLE, ""))
    if chosen is None:
        return
    of_function: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        of_function[item.nodeid.partition("[")[0]].append(item)
    later = waiting({name: len(found) for name, found in of_function.items()}, chosen[0])
    out = {found[number] for name, found in of_function.items() for number in later[name]}
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=list(out))
