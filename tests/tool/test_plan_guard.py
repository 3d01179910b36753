# SPDX-License-Identifier: GPL-2.0-or-later
"""Every rule of plan_guard() is broken by some unit test, on purpose: a rule that nothing breaks may be one that cannot stop anything."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULE = re.compile(r'GUARD\((?:[^"]|"(?=\)))*?"(?P<text>[^"]+)"\)', re.DOTALL)
ASSIGNED = re.compile(r'broken = "(?P<text>[^"]+)"')


def rules(source: str) -> set[str]:
    return {match["text"] for pattern in (RULE, ASSIGNED) for match in pattern.finditer(source)}


def test_every_rule_is_broken_somewhere() -> None:
    guard = "".join(path.read_text() for path in sorted((ROOT / "common/plan").glob("plan-guard*.c")))
    tests = "".join(path.read_text() for path in sorted((ROOT / "tests/unit").glob("test-plan*.c")))
    found = rules(guard)
    assert len(found) == guard.count("GUARD(") - duplicates(guard) + len(ASSIGNED.findall(guard)), "a rule was not read"
    missing = sorted(rule for rule in found if f'"{rule}"' not in tests)
    assert not missing, missing


def duplicates(guard: str) -> int:
    texts = [match["text"] for match in RULE.finditer(guard)]
    return len(texts) - len(set(texts))


def test_a_rule_that_nothing_breaks_is_seen() -> None:
    assert rules('GUARD(a == b, "one");\nGUARD(c(d) ||\n e, "two");') == {"one", "two"}
