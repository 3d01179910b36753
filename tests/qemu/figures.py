# SPDX-License-Identifier: GPL-2.0-or-later
"""Durations that the scenarios observe, collected over all workers and printed at the end. Nothing is asserted about them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tests.qemu.console import Line

FILE = "figures.jsonl"


class Figures:
    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)

    def add(self, scenario: str, name: str, seconds: float | None) -> None:
        if seconds is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([scenario, name, seconds]) + "\n")

    def rows(self) -> list[str]:
        if not self._path.exists():
            return []
        entries = [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]
        entries.sort(key=lambda entry: str(entry[0]))
        return [f"{scenario:28} {name:58} {seconds:8.2f} s" for scenario, name, seconds in entries]


# What a boot says on its way, in order. The firmware's last word and the first one of our initrd bracket stub and kernel.
FIRMWARE_HANDS_OVER = r"BdsDxe: starting"
FIRST_WORD = r"^cleanslate: "
RESET_BEGINS = r"^cleanslate: (reset: the factory state is being restored|first boot: building)"
FIRST_STEP = r"^cleanslate: reset: +0% \[1/"
RESET_ENDS = r"^cleanslate: reset: 100% complete"
PHASE = re.compile(r"^cleanslate: reset: +(\d+) ms until phase (\S+)")
COMPLETE = re.compile(r"^cleanslate: reset: 100% complete in (\d+) ms")


def read_log(path: Path) -> list[Line]:
    """The lines of the first power cycle in a machine's log."""
    cycle = path.read_text(encoding="utf-8").split("======== power on")[1]
    matches = re.findall(r"^\[ *([0-9.]+)\] (.*)$", cycle, re.M)
    return [Line(float(seconds), text) for seconds, text in matches]


def of_reset(lines: Sequence[Line]) -> list[tuple[str, float]]:
    """What a reset says about its own phases, as (name, seconds)."""
    result = []
    for line in lines:
        if match := PHASE.search(line.text):
            result.append((f"until phase {match[2]}", int(match[1]) / 1000))
        if match := COMPLETE.search(line.text):
            result.append(("reset in the initrd, in all", int(match[1]) / 1000))
    return result


def between(lines: Sequence[Line], first: str, second: str, after: float = 0.0) -> float | None:
    """Seconds from the first line that matches `first` to the first one behind it that matches `second`."""
    start = next((line.seconds for line in lines if line.seconds >= after and re.search(first, line.text)), None)
    if start is None:
        return None
    return next((line.seconds - start for line in lines if line.seconds >= start and re.search(second, line.text)), None)
