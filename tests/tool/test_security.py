# SPDX-License-Identifier: GPL-2.0-or-later
"""SECURITY.md names the tests in which its adversaries try: each of them is there, under that name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(attack|uml|qemu|unit):([a-z0-9_-]+)(?:::([a-z0-9_]+))?`")


def named() -> list[tuple[str, str, str]]:
    return NAMED.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8"))


def is_there(room: str, name: str, test: str) -> bool:
    path = ROOT / (f"tests/unit/test-{name}.c" if room == "unit" else f"tests/{room}/test_{name}.py")
    if not path.exists():
        return False
    head = "static void " if room == "unit" else "def test_"
    return not test or re.search(rf"^{head}{test}\(", path.read_text(encoding="utf-8"), re.M) is not None


def test_tests_are_named_and_a_wrong_name_is_found() -> None:
    assert len(named()) > 40
    assert is_there("attack", "reset", "a_reset_that_is_asked_for_leaves_nothing")
    assert is_there("unit", "progress", "") and is_there("unit", "progress", "names_are_stable")
    assert not is_there("attack", "reset", "a_reset_that") and not is_there("unit", "no-such-thing", "")


def test_each_is_there() -> None:
    missing = [":".join(name) for name in named() if not is_there(*name)]
    assert not missing


def test_no_cell_is_empty() -> None:
    matrix = (ROOT / "SECURITY.md").read_text(encoding="utf-8").split("## Adversary and asset", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in matrix.splitlines() if line.startswith("| **")]
    assert len(rows) == 6
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 6 and all(re.search(r"`(attack|uml|qemu|unit):|not protected|as for root", cell) for cell in cells[1:]), row
