# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios that take turns. Without KVM all of them together take more than an hour, so `make check` runs what every promise rests on
each time, and of the further ones a third: which third, the number of commits decides, so that three commits in a row run everything.
`make qemu` and `make check-all` run everything at once.

A scenario joins in by the marker takes_turns. Those that share a machine give it the same name, and have their turn together."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

VARIABLE = "CLEANSLATE_TURN"  # like 2/3: the second third; unset or empty: everything
MARKER = "takes_turns"


def parse(text: str) -> tuple[int, int] | None:
    """Which turn of how many, counted from 1; None where everything is to run."""
    if not text:
        return None
    turn, slash, turns = text.partition("/")
    if not (slash and turn.isdecimal() and turns.isdecimal() and 1 <= int(turn) <= int(turns)):
        raise pytest.UsageError(f"{VARIABLE}={text}: must be like 2/3, from 1/3 to 3/3")
    return int(turn), int(turns)


def waiting(names: Iterable[str], turn: int, turns: int) -> set[str]:
    """Those of the names, dealt out one after the other in the order they come, that have another turn."""
    return {name for place, name in enumerate(dict.fromkeys(names)) if place % turns != turn - 1}


def name_of(item: pytest.Item) -> str | None:
    """Of the turn it takes; None for what always runs."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return None
    return str(marker.args[0]) if marker.args else item.name


def deselect(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Takes out what has another turn, and returns its names."""
    chosen = parse(os.environ.get(VARIABLE, ""))
    if chosen is None:
        return []
    names = [name for item in items if (name := name_of(item)) is not None]
    later = waiting(names, *chosen)
    out = [item for item in items if name_of(item) in later]
    items[:] = [item for item in items if name_of(item) not in later]
    config.hook.pytest_deselected(items=out)
    return [name for name in dict.fromkeys(names) if name in later]
