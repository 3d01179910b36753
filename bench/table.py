# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures, and how they are shown: medians with their spread, a ratio, and where each comes from. Judges nothing."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

COLUMNS = ("figure", "ours", "other", "ours/other", "n", "other is", "source")


@dataclass(frozen=True)
class Row:
    figure: str
    unit: str
    ours: tuple[float, ...]
    source: str
    other: tuple[float, ...] = ()
    other_is: str = ""

    def ratio(self) -> float | None:
        if not self.ours or not self.other or not statistics.median(self.other):
            return None
        return statistics.median(self.ours) / statistics.median(self.other)

    def cells(self) -> tuple[str, ...]:
        ratio = self.ratio()
        count = f"{len(self.ours)}" + (f"+{len(self.other)}" if self.other else "")
        shown = "-" if ratio is None else f"{ratio:.2f}"
        return self.figure, _spread(self.ours, self.unit), _spread(self.other, self.unit), shown, count, self.other_is or "-", self.source


@dataclass
class Section:
    title: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    load: tuple[float, float] = (0.0, 0.0)  # of the machine, one minute's average, when it began and when it ended
    seconds: float = 0.0
    failed: bool = False  # as a whole; the last note says why


def _spread(values: Sequence[float], unit: str) -> str:
    if not values:
        return "-"
    median = f"{statistics.median(values):.2f}"
    return f"{median} {unit}" if len(values) == 1 else f"{median} ({min(values):.2f}-{max(values):.2f}) {unit}"


def render(sections: Sequence[Section]) -> str:
    rows = [COLUMNS, *(row.cells() for section in sections for row in section.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths)).rstrip()

    text = [line(COLUMNS)]
    for section in sections:
        text.append(f"\n{section.title}  [load {section.load[0]:.1f} to {section.load[1]:.1f}, {section.seconds:.0f} s]")
        text += [line(row.cells()) for row in section.rows]
        text += [f"  * {note}" for note in section.notes]
    return "\n".join(text)


def write_json(sections: Sequence[Section], path: Path) -> None:
    content = {"processors": os.cpu_count(), "writtenAt": int(time.time()), "sections": [asdict(section) for section in sections]}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
