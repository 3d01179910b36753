# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/mutants.py makes the faults that it says it makes, in code alone; its list of exceptions cannot go stale unseen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import mutants

SOURCE = """/* a < b && c */
#include "x.h"
static bool f(int a, char *b)
{
        static char text[64];
        if (a < 3 && !g("1 < 2"))
                return true;
        memset(b, 0, sizeof(text));
        return a;
}
"""


def made() -> set[tuple[int, str]]:
    return {(mutant.line, mutant.change) for mutant in mutants.mutants_of(SOURCE)}


def test_each_kind_of_fault_is_made() -> None:
    assert {
        (6, "< -> <="),
        (6, "&& -> ||"),
        (6, "3 -> 4"),
        (6, "3 -> 2"),
        (6, "! dropped"),
        (6, "condition negated"),
        (7, "true -> false"),
        (8, "deleted: memset(b, 0, sizeof(text));"),
        (9, "returns 0 instead of a"),
    } <= made()


def test_comments_texts_directives_and_sizes_are_left_alone() -> None:
    assert not {line for line, _ in made()} & {1, 2, 5}
    assert all('"1 < 2"' in mutant.apply(SOURCE) or "deleted" in mutant.change for mutant in mutants.mutants_of(SOURCE))


def test_a_mutant_differs_in_what_it_says_alone() -> None:
    (mutant,) = (mutant for mutant in mutants.mutants_of(SOURCE) if mutant.change == "&& -> ||")
    assert mutant.apply(SOURCE) == SOURCE.replace('3 && !g("1', '3 || !g("1')


def test_an_exception_that_fits_nothing_is_found() -> None:
    entries = mutants.read_entries("# file\nf.c @ return a; @ returns 0 instead of a @ why\nf.c @ return b; @ returns 0 instead of b @ why\n")
    assert [entry.where for entry in mutants.stale(entries, "f.c", SOURCE)] == [3]
    with pytest.raises(ValueError, match="mutants.equivalent:1"):
        mutants.read_entries("f.c @ return a; @ no reason\n")


def test_an_exception_for_a_mutant_that_is_killed_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    entries = mutants.read_entries("f.c @ return a; @ returns 0 instead of a @ why\n")
    (mutant,) = (mutant for mutant in mutants.mutants_of(SOURCE) if mutant.line == 9 and mutant.change.startswith("returns 0"))
    row, right = mutants.judge("f.c", SOURCE, [(mutant, "survived")], entries)
    assert right and (row.equivalent, row.survivors, row.share) == (1, 0, 100.0)
    _, right = mutants.judge("f.c", SOURCE, [(mutant, "killed")], entries)
    assert not right
    assert "names a mutant that is killed: f.c:9" in capsys.readouterr().out


def test_the_share_is_of_those_that_count() -> None:
    row = mutants.Row("f.c", mutants=30, compiled=24, equivalent=4, killed=19, survivors=1)
    assert row.share == 95.0 and row.text().split() == ["f.c", "30", "24", "4", "19", "1", "95.0", "%"]


def test_what_is_looked_at_without_a_name_exists() -> None:
    programs = [path.stem for path in Path("tests/unit").glob("test-*.c")]
    for file, pattern in mutants.FILES.items():
        assert Path(file).is_file(), file
        assert any(re.match(pattern, program) for program in programs), file


def test_every_exception_in_the_tree_fits_its_file() -> None:
    entries = mutants.read_entries(mutants.EQUIVALENT.read_text(encoding="utf-8"))
    for file in {entry.file for entry in entries}:
        with open(file, encoding="utf-8") as source:
            assert mutants.stale(entries, file, source.read()) == []
