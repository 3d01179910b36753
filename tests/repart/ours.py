# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks our own code, through the program judge."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.repart import case as cases
from tests.repart.case import Case
from tests.repart.outcome import Definition, Outcome

TIMEOUT_S = 60
JUDGE = Path(os.environ.get("BUILD", "build")) / "repart/judge"


def definition_from(member: dict[str, Any]) -> Definition:
    return Definition(
        member["state"], member.get("ofSlot"), member.get("slot"), member.get("startBytes"), member.get("sizeBytes"), member.get("paddingBytes"), member["type"],
        member["label"], member.get("uuid"), int(member["flags"], 16),
    )  # fmt: skip


def read_judgement(members: dict[str, Any]) -> Outcome:
    says = (*members["says"], *([members["guard"]] if members.get("guard") else []), *members.get("refusals", ()))
    erased = frozenset(member["slot"] for member in members.get("partitions", ()) if member["erased"])
    found = {member["definition"]: definition_from(member) for member in members.get("definitions", ())}
    return Outcome(members["accepted"], says, erased, found)


def run(case: Case, folder: Path, judge: Path | None = None) -> Outcome:
    cases.lay_out(case, folder)
    program = (judge or JUDGE).absolute()
    done = subprocess.run([program, "root", "disk", case.mode], check=True, capture_output=True, text=True, cwd=folder, timeout=TIMEOUT_S)
    return read_judgement(json.loads(done.stdout))
