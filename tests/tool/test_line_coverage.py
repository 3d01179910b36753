# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/line_coverage.py counts a line that any build came by, once; a floor below its target and a file in no build are seen."""

from __future__ import annotations

import json

import pytest

from tests import line_coverage
from tests.line_coverage import Lines


def said(file: str, *counts: tuple[int, int]) -> str:
    return json.dumps({"files": [{"file": file, "lines": [{"line_number": line, "count": count} for line, count in counts]}]})


def test_a_line_counts_that_any_build_came_by() -> None:
    lines: Lines = {}
    line_coverage.add(lines, said("./linux/a.c", (1, 0), (2, 3), (3, 0)))
    line_coverage.add(lines, said("linux/a.c", (1, 1), (2, 1), (3, 0)))
    line_coverage.add(lines, said("tests/unit/test-a.c", (1, 1)))
    line_coverage.add(lines, said("/usr/include/b.h", (1, 1)))
    assert lines == {"linux/a.c": {1: 1, 2: 4, 3: 0}}
    assert line_coverage.share(lines["linux/a.c"]) == (2, 3)


def test_a_floor_below_its_target_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines: Lines = {f"{floor}/a.c": {line: 1 for line in range(100)} for floor in line_coverage.TARGETS}
    assert line_coverage.floors_below(lines) == []
    lines["linux/b.c"] = {line: 0 for line in range(9)}
    lines["initrd/b.c"] = {line: 0 for line in range(26)}
    assert line_coverage.floors_below(lines) == ["linux", "initrd"]
    assert "91.7 %     92 %  below" in capsys.readouterr().out
    del lines["efi/a.c"]
    assert line_coverage.floors_below(lines) == ["efi", "linux", "initrd"]


def test_a_file_in_no_build_is_found() -> None:
    assert line_coverage.unbuilt({"efi/main.c": {1: 1}}, ["efi/main.c", "efi/new.c", "efi/ticks-aarch64.c"]) == ["efi/new.c"]
    assert "efi/main.c" in line_coverage.source_files()


def test_lines_in_a_row_are_a_range() -> None:
    assert line_coverage.ranges([1, 3, 4, 5, 9, 10]) == "1, 3-5, 9-10"
