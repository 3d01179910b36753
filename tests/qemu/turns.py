# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios that take turns. Without KVM all of them together take hours, so `make check` runs what every promise rests on each time, and of
the further ones a share that is the same size each time: which share, the number of commits decides, so that as many commits in a row as
there are turns run everything. `make qemu` and `make check-all` run everything at once.

A scenario joins in by the marker takes_turns, with what it costs: seconds on two processors with three workers beside each other, which need
be no better than a guess. Those that share a machine give the marker the same name, and have their turn together. A scenario that has no such
marker says by the marker `promise` which one it is that has to be proven at each commit; one that says neither is not run at all."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

VARIABLE = "CLEANSLATE_TURN"  # like 2/3: the second third; unset or empty: everything
MARKER = "takes_turns"
PROMISE = "promise"
USUAL_SECONDS = 200


def parse(text: str) -> tuple[int, int] | None:
    """Which turn of how many, counted from 1; None where everything is to run."""
    if not text:
        return None
    turn, slash, turns = text.partition("/")
    if not (slash and turn.isdecimal() and turns.isdecimal() and 1 <= int(turn) <= int(turns)):
        raise pytest.UsageError(f"{VARIABLE}={text}: must be like 2/3: the second of three turns")
    return int(turn), int(turns)


def deal(seconds: Mapping[str, int], turns: int) -> list[set[str]]:
    """Every name to one turn: the dearest first, each to the turn that has cost least until then."""
    result: list[set[str]] = [set() for _ in range(turns)]
    for name in sorted(seconds, key=lambda name: (-seconds[name], name)):
        min(result, key=lambda names: sum(map(seconds.__getitem__, names))).add(name)
    return result


def waiting(seconds: Mapping[str, int], turn: int, turns: int) -> set[str]:
    """The names that have another turn."""
    return set(seconds) - deal(seconds, turns)[turn - 1]


def name_of(item: pytest.Item) -> str | None:
    """Of the turn it takes; None for what always runs."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return None
    return str(marker.args[0]) if marker.args else item.name


def seconds_of(item: pytest.Item) -> int:
    """0: it takes no turns."""
    marker = item.get_closest_marker(MARKER)
    return int(marker.kwargs.get("seconds", USUAL_SECONDS)) if marker is not None else 0


def costs(items: list[pytest.Item]) -> dict[str, int]:
    """Of each name the seconds; several that share one share its cost."""
    result: dict[str, int] = {}
    for item in items:
        if (name := name_of(item)) is not None:
            result[name] = max(result.get(name, 0), seconds_of(item))
    return result


def insist_on_reasons(items: list[pytest.Item]) -> None:
    """Each takes turns or says which promise it is."""
    idle = [item.nodeid for item in items if name_of(item) is None and not promise_of(item)]
    if idle:
        raise pytest.UsageError(f"neither a promise nor taking turns: {', '.join(idle)}")


def promise_of(item: pytest.Item) -> str:
    marker = item.get_closest_marker(PROMISE)
    return str(marker.args[0]) if marker is not None and marker.args else ""


def deselect(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Takes out what has another turn, and returns its names."""
    chosen = parse(os.environ.get(VARIABLE, ""))
    if chosen is None:
        return []
    names = [name for item in items if (name := name_of(item)) is not None]
    later = waiting(costs(items), *chosen)
    out = [item for item in items if name_of(item) in later]
    items[:] = [item for item in items if name_of(item) not in later]
    config.hook.pytest_deselected(items=out)
    return [name for name in dict.fromkeys(names) if name in later]
