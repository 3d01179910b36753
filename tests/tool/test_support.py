# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/support.md tells of every message with which a boot or a reset ends, so that none is added, or reworded, without its explanation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALL = re.compile(r"\b(?:boot_trouble|trouble_note)\(\s*[^,]+,\s*[^\"]*?((?:\"(?:[^\"\\]|\\.)*\"\s*(?:[A-Z_]+\s*)?)+)", re.S)
LITERAL = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
VARIABLE = re.compile(r"%[-0-9.*]*(?:z|ll|l)?[a-z]|(?<=, or )(?= cannot)")  # or a macro between two literals
SHORTEST = 12  # characters of a fixed piece that must be found; shorter ones are in every text


def messages() -> list[str]:
    found = []
    for path in sorted([*(ROOT / "initrd").rglob("*.c"), *(ROOT / "linux").rglob("*.c")]):
        for call in CALL.finditer(path.read_text(encoding="utf-8")):
            found.append("".join(LITERAL.findall(call[1])).replace('\\"', '"'))
    return found


def failures_of_the_reset() -> list[str]:
    """What a judge of common/plan/checkup says of a failure that stops a reset."""
    table = (ROOT / "common/plan/checkup.c").read_text(encoding="utf-8")
    judges = (ROOT / "common/plan/checkup-judge.c").read_text(encoding="utf-8")
    found = []
    for name in re.findall(r"SCOPE_RESET,\s*(judge_\w+)", table):
        body = re.search(rf"^void {name}\(.*?^\}}", judges, re.S | re.M)
        assert body, name
        for text in re.findall(r"SEVERITY_FAILURE,\s*((?:\"(?:[^\"\\]|\\.)*\"\s*)+)", body[0]):
            found.append("".join(LITERAL.findall(text)).replace('\\"', '"'))
    return found


def pieces(message: str) -> list[str]:
    return [piece.strip(" .:") for piece in VARIABLE.split(message) if len(piece.strip(" .:")) >= SHORTEST]


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_messages_are_found() -> None:
    assert len(messages()) > 60
    assert "The system image on %s is damaged or was altered: verification failed (%s)." in messages()
    assert "The EFI system partition is on a write-protected disk." in failures_of_the_reset()
    assert pieces("%s is a copy of %s: go away.") == ["is a copy of"]


def test_each_is_explained() -> None:
    told = flat((ROOT / "docs/support.md").read_text(encoding="utf-8"))
    missing = [message for message in [*messages(), *failures_of_the_reset()] if not all(flat(piece).removeprefix("No break-glass: ") in told for piece in pieces(message))]
    assert missing == []
