# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the real systemd-repart, on a file, and reads what it says. What it has recorded in cases/ is read in the same way."""

from __future__ import annotations

import atexit
import dataclasses
import functools
import json
import os
import posixpath
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.repart import case as cases
from tests.repart import gpt, meant, older
from tests.repart.case import Case
from tests.repart.older import Origin
from tests.repart.outcome import CREATED, GROWS, REBUILT, STAYS, Definition, Outcome

TREE = os.environ.get("REPART_TREE", "")  # of a later Debian (tree.py); without one the program is this machine's
SEED = "750b6cd5-c4ae-4012-a15e-7be3c29e6a47"
TIMEOUT_S = 60
REMOVES = re.compile(r"^Removing partition (\d+) for factory reset", re.MULTILINE)
MAKERS = ("mkfs.ext4", "mkfs.btrfs", "mkfs.xfs", "mkfs.vfat", "mkswap")


@functools.cache
def program() -> tuple[str, ...]:
    """How it is started: one of a tree by its own loader, with its own libraries."""
    if not TREE:
        return ("systemd-repart",)
    tree = Path(TREE).absolute()
    libraries = next(tree.glob("usr/lib/*-linux-gnu"))
    loader = next(tree.glob("lib*/ld-linux*"))
    return (str(loader), "--library-path", f"{libraries}:{libraries}/systemd", str(tree / "usr/bin/systemd-repart"))


def version() -> int:
    text = subprocess.run([*program(), "--version"], check=True, capture_output=True, text=True).stdout
    return int(text.split()[1].split(".")[0].split("~")[0])


@functools.cache
def environment() -> dict[str, str]:
    """Later ones look for the makers of file systems, of which this machine may lack some, though they call none of them for us."""
    folder = Path(tempfile.mkdtemp(prefix="repart-makers-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for maker in MAKERS:
        (folder / maker).symlink_to("/bin/true")
    return {**os.environ, "SYSTEMD_LOG_LEVEL": "info", "SYSTEMD_LOG_COLOR": "no", "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin:{folder}"}


@dataclasses.dataclass(frozen=True)
class Answer:
    exit: int
    partitions: list[dict[str, Any]]
    stderr: str


def ask(folder: Path, reset: bool, write: bool) -> Answer:
    command = [*program(), f"--root={folder / 'root'}", "--json=short", "--no-pager", f"--seed={SEED}", "--discard=no"]
    command += [f"--dry-run={'no' if write else 'yes'}", f"--factory-reset={'yes' if reset else 'no'}", str(folder / "disk")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S, env=environment())
    text = done.stdout.strip()
    return Answer(done.returncode, json.loads(text) if text.startswith("[") else [], done.stderr)


def warnings(stderr: str) -> tuple[str, ...]:
    """Where it passes over something, by "FILE:LINE: ..."; and where it gives up."""
    return tuple(line for line in stderr.splitlines() if re.search("ignoring|refusing|Failed|Couldn't|when merged", line))


def warning_origin(line: str) -> Origin | None:
    found = re.search(r"([^/ :]+\.conf):(\d+):", line)
    return (found[1], int(found[2])) if found else None


def ignored(says: tuple[str, ...]) -> list[Origin]:
    """The lines that were passed over with a word about it."""
    return [origin for line in says if "ignoring" in line and (origin := warning_origin(line))]


def slot_of(member: dict[str, Any]) -> int | None:
    found = re.search(r"disk(\d+)$", member.get("node") or "")
    return int(found[1]) if found else None


def definition_of(member: dict[str, Any]) -> Definition:
    slot, created = slot_of(member), member["activity"] == "create"
    state = CREATED if created else GROWS if member["raw_size"] > member["old_size"] else STAYS
    return Definition(
        state, None if created else slot, slot, member["offset"], member["raw_size"], member["raw_padding"],
        cases.TYPES.get(member["type"], member["type"]), member["label"], member["uuid"],
    )  # fmt: skip


def read_answer(answer: Answer, origins: dict[Origin, Origin], after: list[gpt.Partition]) -> Outcome:
    """`after`: the table behind it, where it was carried out."""
    flags = {partition.uuid: partition.flags for partition in after}
    says = tuple(told_from(line, origins) for line in warnings(answer.stderr))
    erased = frozenset(int(number) + 1 for number in REMOVES.findall(answer.stderr))
    if answer.exit != 0:
        return Outcome(False, says, erased)
    mine = [member for member in answer.partitions if member["file"] not in ("-", None)]
    found = {posixpath.basename(member["file"]): definition_of(member) for member in mine}
    found = {name: dataclasses.replace(definition, flags=flags.get(definition.uuid or "")) for name, definition in found.items()}
    return Outcome(True, says, erased, found)


def told_from(line: str, origins: dict[Origin, Origin]) -> str:
    """A warning, with the place in the case's own files."""
    found = warning_origin(line)
    if found is None:
        return line
    name, number = origins.get(found, found)
    return f"{name}:{number}:" + line.split(f"{found[0]}:{found[1]}:", 1)[1]


def ask_about(case: Case, folder: Path, known: int, write: bool = False) -> Outcome:
    """`known`: the program's version. What is carried out is carried out without file systems and encryption, which want block devices."""
    return ask_translated(older.translate(case, known, building=not write), folder, write)


def ask_translated(translated: older.Translated, folder: Path, write: bool = False) -> Outcome:
    case = translated.case
    cases.lay_out(case, folder)
    answer = ask(folder, case.mode == "reset", write)
    return read_answer(answer, translated.origins, gpt.read(folder / "disk") if write else [])


def without_erased(case: Case, erased: frozenset[int], moving: frozenset[int], known: int) -> older.Translated:
    """The disk on which what was erased is still there, but for its size: a program that grows partitions where they are then says where
    those that are built anew in the place and slot of before end, and what is left for the others. Of `moving` the partitions are gone, and
    their definitions match nothing of what stays, as they did before. (All are matched by their types, which is why no other may go.)"""
    left = [partition for partition in case.before if partition.slot not in moving]
    small = tuple(dataclasses.replace(partition, size=older.GRAIN) if partition.slot in erased else partition for partition in left)
    translated = older.translate(case, known, erased=erased, anew=moving)
    return dataclasses.replace(translated, case=dataclasses.replace(translated.case, before=small, mode="first"))


def goes_anyway(case: Case, erased: frozenset[int]) -> frozenset[int]:
    """Of what is erased: what nothing is built in the place of, and what begins where no partition may begin."""
    owned = set(older.matched_in_order(case).values())
    return frozenset(slot for slot in erased if slot not in owned or case.partition(slot).start % older.GRAIN)


def ask_about_places(case: Case, erased: frozenset[int], folder: Path, known: int) -> Outcome:
    """What is built anew keeps slot and place with us, which it does not with systemd-repart; where there is no room for it there, or more of
    the others would have to be left out, it goes where there is."""
    anyway = goes_anyway(case, erased)
    pinned = named(case, erased, ask_translated(without_erased(case, erased, anyway, known), folder))
    if erased == anyway:
        return pinned
    moved = named(case, erased, ask_translated(without_erased(case, erased, erased, known), folder))
    if pinned.accepted and not (moved.accepted and len(moved.definitions) > len(pinned.definitions)):
        return pinned
    return moved


def named(case: Case, erased: frozenset[int], outcome: Outcome) -> Outcome:
    matched, values = older.matched_in_order(case), older.definitions(case)
    found = {
        name: rebuilt(definition, values[name], matched[name]) if matched.get(name) in erased else definition
        for name, definition in outcome.definitions.items()
    }
    return dataclasses.replace(outcome, definitions=found)


def rebuilt(definition: Definition, values: dict[str, str], of_slot: int | None) -> Definition:
    label = values.get("Label", "")
    return dataclasses.replace(
        definition, state=REBUILT, of_slot=of_slot, slot=of_slot, type=None, label=None if not label or "%" in label else label, uuid=None
    )


def with_told(definition: Definition, carried_out: Definition | None, given: bool, same: bool) -> Definition:
    """Flags are told by the table alone. Names that are not given depend on all others, and in the questions some are called otherwise: they
    are told by what was carried out, if that was about the same partitions."""
    if definition.state not in (CREATED, REBUILT):
        return definition
    done = carried_out if carried_out and carried_out.state == CREATED else None
    label = definition.label if given and definition.label is not None else done.label if done and same else None
    return dataclasses.replace(definition, flags=done.flags if done else None, label=label)


def matched_as_before(done: Outcome, asked: Outcome) -> bool:
    """What was carried out matched nothing anew after the erasing."""
    return all(
        definition.of_slot == (None if (other := asked.definitions.get(name)) is None or other.state == REBUILT else other.of_slot)
        for name, definition in done.definitions.items()
    )


def left_alone(case: Case, erased: frozenset[int], told: set[str]) -> dict[str, Definition]:
    """A partition whose definition is dropped, because there is no room for what it asks for, is no longer called the definition's."""
    found = {}
    for name, slot in older.matched_in_order(case).items():
        if name not in told and slot is not None and slot not in erased:
            partition = case.partition(slot)
            found[name] = Definition(STAYS, slot, slot, partition.start, partition.size, None, partition.type, None, partition.uuid)
    return found


def run(case: Case, folder: Path, known: int) -> Outcome:
    """It is carried out, for what a reset erases; where partitions go is a second question, about all that ours erases."""
    done = ask_about(case, folder, known, write=True)
    erased = done.erased | meant.also_erased(case)
    asked = ask_about_places(case, erased, folder, known)
    same = matched_as_before(done, asked)
    definitions = {
        name: with_told(definition, done.definitions.get(name), meant.is_named(values), same)
        for name, values in older.definitions(case).items()
        if (definition := asked.definitions.get(name))
    }
    if asked.accepted:
        definitions |= left_alone(case, erased, set(definitions))
    return Outcome(asked.accepted, done.says + asked.says, done.erased, definitions)
