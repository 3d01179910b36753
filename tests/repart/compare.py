#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does ours read definitions, match and place as systemd-repart does? `python3 -m tests.repart.compare [--sets N] [--seed N] [--case FILE]`
asks both about the cases of cases/ and about random sets: systemd-repart 262.1 has answered the cases and some hundred sets once and for all
(recorded.py), this machine's answers N more. Lists every difference that neither of the tables of differences.py explains; such a set is
written to BUILD/repart/different."""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from tests.repart import case as cases
from tests.repart import older, ours, recorded, systemd_repart
from tests.repart.case import Case
from tests.repart.differences import INTENDED, NOT_YET
from tests.repart.generate import generate
from tests.repart.outcome import ABSENT, CREATED, GROWS, MERGED, NAMES, NAMES_OF_NEW, PLACES, REBUILT, STAYS, Definition, Difference, Outcome
from tests.repart.rule import Found, Rule

Argument = TypeVar("Argument")
DIFFERENT = Path(os.environ.get("BUILD", "build")) / "repart/different"


@dataclasses.dataclass
class Verdict:
    case: Case
    theirs: Outcome
    ours: Outcome
    explained: list[tuple[Difference, Rule]]
    unexplained: list[Difference]

    def text(self) -> str:
        names = sorted({f"{'intended' if rule in INTENDED else 'not yet'}: {rule.name}" for _, rule in self.explained})
        return "; ".join(names + [f"DIFFERENT: {difference.text()}" for difference in self.unexplained]) or "same"


def state_class(definition: Definition) -> str:
    """systemd-repart does not tell what it rebuilds from what it creates, nor what it merges from what it leaves out."""
    return {REBUILT: CREATED, MERGED: ABSENT}.get(definition.state, definition.state)


def compare_given(name: str, mine: Definition, values: dict[str, str]) -> list[Difference]:
    """UUID= holds for a partition that comes; where it is not given, it is random with us, and derived from a seed with systemd-repart."""
    given = values.get("UUID", "").lower()
    if mine.state not in (CREATED, REBUILT) or given in ("", "null") or mine.uuid == given:
        return []
    return [Difference("uuid", name, given, mine.uuid)]


def compare_definition(name: str, theirs: Definition, mine: Definition) -> list[Difference]:
    if state_class(theirs) != state_class(mine):
        return [Difference("state", name, theirs.state, mine.state)]
    if theirs.of_slot is not None and mine.of_slot is not None and theirs.of_slot != mine.of_slot:
        return [Difference("match", name, theirs.of_slot, mine.of_slot)]
    found = []
    fields = (*PLACES, *NAMES) if mine.state in (STAYS, GROWS) else (*PLACES, *NAMES_OF_NEW)
    for field in fields:
        one, other = getattr(theirs, field), getattr(mine, field)
        if one is not None and other is not None and one != other:
            found.append(Difference(field, name, one, other))
    return found


def compare(case: Case, theirs: Outcome, mine: Outcome) -> list[Difference]:
    if theirs.accepted != mine.accepted:
        return [Difference("accepted", "", theirs.accepted, mine.accepted)]
    if not theirs.accepted:
        return []
    given = older.definitions(case)
    found = [Difference("passed over", f"{name}:{line}", True, False) for name, line in systemd_repart.ignored(theirs.says)]
    for slot in sorted(theirs.erased ^ mine.erased):
        found.append(Difference("erased", str(slot), slot in theirs.erased, slot in mine.erased))
    for name in sorted(set(theirs.definitions) | set(mine.definitions)):
        one, other = (outcome.definitions.get(name, Definition(ABSENT)) for outcome in (theirs, mine))
        found += compare_definition(name, one, other) + compare_given(name, other, given.get(name, {}))
    return found


def judge(case: Case, theirs: Outcome, mine: Outcome, program: int) -> Verdict:
    verdict = Verdict(case, theirs, mine, [], [])
    differences = compare(case, theirs, mine)
    for difference in differences:
        found = Found(case, theirs, mine, difference, program)
        rule = next((rule for rule in (*INTENDED, *NOT_YET) if rule.applies(found)), None)
        if rule:
            verdict.explained.append((difference, rule))
        else:
            verdict.unexplained.append(difference)
    return verdict


def judge_recorded(case: Case, theirs: Outcome, judge_program: Path | None = None) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="repart-") as folder:
        return judge(case, theirs, ours.run(case, Path(folder) / "set", judge_program), recorded.PROGRAM)


def judge_set(case: Case, program: int, judge_program: Path | None = None) -> Verdict:
    case = older.askable(case, program)
    with tempfile.TemporaryDirectory(prefix="repart-") as folder:
        at = Path(folder) / "set"
        return judge(case, systemd_repart.run(case, at, program), ours.run(case, at, judge_program), program)


def default_seed() -> int:
    """Another one with each commit."""
    done = subprocess.run(["git", "rev-list", "--count", "HEAD"], check=False, capture_output=True, text=True)
    return int(done.stdout or "0")


def outcome_text(outcome: Outcome) -> str:
    if not outcome.accepted:
        return "refused"
    count = collections.Counter(definition.state for definition in outcome.definitions.values())
    erased = f"erases {','.join(str(slot) for slot in sorted(outcome.erased))}; " if outcome.erased else ""
    return erased + ", ".join(f"{number} {state}" for state, number in sorted(count.items()))


def print_table(verdicts: Iterable[Verdict]) -> None:
    print(f"{'case':30} {'systemd-repart':38} {'ours':38} verdict")
    for verdict in verdicts:
        print(f"{verdict.case.name:30} {outcome_text(verdict.theirs):38} {outcome_text(verdict.ours):38} {verdict.text()}")


def print_counts(what: str, verdicts: list[Verdict]) -> None:
    rules = collections.Counter(name for verdict in verdicts for name in {rule.name for _, rule in verdict.explained})
    same = sum(not verdict.explained and not verdict.unexplained for verdict in verdicts)
    different = sum(bool(verdict.unexplained) for verdict in verdicts)
    late = {rule.name for rule in NOT_YET}
    gaps = sum(any(rule.name in late for _, rule in verdict.explained) for verdict in verdicts)
    print(f"{what}: {len(verdicts)}, of which the same {same}, with a gap of ours {gaps}, with an unexplained difference {different}")
    for name, count in rules.most_common():
        print(f"    {count:5} {'not yet' if name in late else 'intended'}: {name}")


def stale(kept: list[Verdict], answered: list[Verdict]) -> list[str]:
    """Rules that explain nothing of what 262.1 has answered, where they did once."""
    of_cases, of_all = ({rule.name for verdict in verdicts for _, rule in verdict.explained} for verdicts in (kept, kept + answered))
    return [rule.name for rule in (*INTENDED, *NOT_YET) if not rule.of_older and rule.name not in (of_cases if rule.of_cases else of_all)]


def keep(verdict: Verdict) -> None:
    path = DIFFERENT / f"{verdict.case.name}.json"
    cases.save(verdict.case, path)
    print(f"{path}: make repart-compare REPART_CASE={path}")
    for difference in verdict.unexplained:
        print(f"    {difference.text()}")
    print(f"    systemd-repart: {verdict.theirs}\n    ours:           {verdict.ours}")


def in_parallel(function: Callable[[Argument], Verdict], arguments: Iterable[Argument]) -> list[Verdict]:
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(function, arguments))


def recorded_verdicts(judge_program: Path | None = None) -> tuple[list[Verdict], list[Verdict]]:
    """Of the cases, and of the random sets."""
    kept = in_parallel(lambda case: judge_recorded(case, recorded.of_case(case), judge_program), recorded.kept_cases())
    sets = in_parallel(lambda pair: judge_recorded(*pair, judge_program), recorded.answered_sets())
    return kept, sets


def asked_verdicts(seed: int, sets: int, program: int) -> list[Verdict]:
    return in_parallel(lambda number: judge_set(generate(seed, number), program), range(sets))


def options_read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--case", type=Path, default=None)
    return parser.parse_args()


def compare_one(path: Path, program: int) -> int:
    case = cases.load(path)
    known = recorded.answer_for(case)
    verdicts = ([judge_recorded(case, known)] if known else []) + [judge_set(case, program)]
    print_table(verdicts)
    for verdict in verdicts:
        print(f"  systemd-repart: {verdict.theirs}\n  ours:           {verdict.ours}")
    return int(any(verdict.unexplained for verdict in verdicts))


def compare_all(seed: int, sets: int, program: int) -> int:
    kept, answered = recorded_verdicts()
    print_table(kept)
    print_counts(f"cases, by systemd-repart {recorded.PROGRAM}", kept)
    print_counts(f"random sets, by systemd-repart {recorded.PROGRAM}", answered)
    asked = asked_verdicts(seed, sets, program)
    print_counts(f"random sets with seed {seed}, by systemd-repart {program}", asked)
    left = stale(kept, answered)
    for name in left:
        print(f"differences.py: nothing that is recorded has this any more: {name}")
    different = [verdict for verdict in kept + answered + asked if verdict.unexplained]
    for verdict in different:
        keep(verdict)
    return int(bool(different or left))


def main() -> int:
    options = options_read()
    program = systemd_repart.version()
    if options.case:
        return compare_one(options.case, program)
    return compare_all(default_seed() if options.seed is None else options.seed, options.sets, program)


if __name__ == "__main__":
    sys.exit(main())
