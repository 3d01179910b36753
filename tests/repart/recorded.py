# SPDX-License-Identifier: GPL-2.0-or-later
"""What systemd-repart 262.1 has answered, once and for all: in the cases of cases/, and in answers.json for random sets. These are the yardstick;
an older program tells no places. `REPART_TREE=... python3 -m tests.repart.recorded [--sets N]` writes answers.json anew; the generator's
next sets are others as soon as it is changed."""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import posixpath
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.repart import case as cases
from tests.repart import older, systemd_repart
from tests.repart.case import Case
from tests.repart.generate import generate
from tests.repart.outcome import CREATED, GROWS, STAYS, Definition, Outcome

CASES = Path(__file__).parent / "cases"
ANSWERS = Path(__file__).parent / "answers.json"
PROGRAM = 262
SEED = 262


def kept_cases() -> list[Case]:
    return [cases.load(path) for path in sorted(CASES.glob("*.json"))]


def definition_of(member: dict[str, Any], case: Case) -> Definition:
    own = next((partition for partition in case.before if partition.uuid == member["uuid"]), None)
    state, of_slot = CREATED, None
    if own and member["activity"] != "create":
        state, of_slot = (GROWS if member["sizeBytes"] > own.size else STAYS), own.slot
    after = [entry for entry in case.recorded["after"] if entry["uuid"] == member["uuid"]] if case.recorded and "after" in case.recorded else []
    flags = flags_from(after[0].get("attrs", "")) if after else None
    return Definition(
        state, of_slot, after[0]["number"] if after else of_slot, member["startBytes"], member["sizeBytes"], member["paddingBytes"],
        cases.TYPES[member["type"]], member["label"], member["uuid"], flags,
    )  # fmt: skip


def flags_from(text: str) -> int:
    """sfdisk's way to write them: "GUID:59"."""
    return sum(1 << int(bit) for bit in re.findall(r"\d+", text))


def of_case(case: Case) -> Outcome:
    assert case.recorded is not None
    answer = case.recorded
    says = tuple(posixpath.basename(line.split(" ")[0]) + line[len(line.split(" ")[0]) :] for line in answer["says"])
    erased = frozenset(answer.get("erased") or ())
    if answer["exit"] != 0:
        return Outcome(False, says, erased)
    mine = [member for member in answer["partitions"] if member["definition"]]
    return Outcome(True, says, erased, {member["definition"]: definition_of(member, case) for member in mine})


# --- random sets


def digest(case: Case) -> str:
    return hashlib.sha256(cases.to_text(case).encode()).hexdigest()[:12]


def answer_to(outcome: Outcome) -> dict[str, Any]:
    says = sorted(set(outcome.says))
    members: dict[str, Any] = {"accepted": outcome.accepted, "says": says, "erased": sorted(outcome.erased)}
    return members | {"definitions": {name: dataclasses.astuple(definition) for name, definition in outcome.definitions.items()}}


def answer_from(members: dict[str, Any]) -> Outcome:
    found = {name: Definition(*fields) for name, fields in members["definitions"].items()}
    return Outcome(members["accepted"], tuple(members["says"]), frozenset(members["erased"]), found)


def asked(number: int) -> str:
    """One line of answers.json."""
    case = generate(SEED, number)
    with tempfile.TemporaryDirectory(prefix="repart-") as folder:
        outcome = systemd_repart.run(case, Path(folder) / "set", PROGRAM)
    return json.dumps([digest(case), answer_to(outcome)], separators=(",", ":"))


def answers() -> list[tuple[str, Outcome]]:
    lines = [json.loads(line) for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
    return [(was, answer_from(members)) for was, members in lines]


def answer_for(case: Case) -> Outcome | None:
    """What is known of a case."""
    return of_case(case) if case.recorded else dict(answers()).get(digest(case))


def answered_sets() -> list[tuple[Case, Outcome]]:
    """Fails where the generator makes other sets than those that were asked about."""
    found = []
    for number, (was, outcome) in enumerate(answers()):
        case = generate(SEED, number)
        if digest(case) != was:
            raise SystemExit(f"{ANSWERS.name} answers other sets than the generator makes: record it anew (tests/repart/recorded.py)")
        found.append((case, outcome))
    return found


def write(lines: Iterable[str]) -> None:
    ANSWERS.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=400)
    options = parser.parse_args()
    if systemd_repart.version() != PROGRAM or older.SAME_SINCE != PROGRAM:
        raise SystemExit(f"this is systemd-repart {systemd_repart.version()}, not {PROGRAM}")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        write(pool.map(asked, range(options.sets)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
