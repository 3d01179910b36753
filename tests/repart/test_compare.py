# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make repart-compare` would notice: a judgement that is changed by a single field, and faults in the matching itself, compiled in."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import mutants
from tests.repart import case as cases
from tests.repart import compare, differences, generate, gpt, older, ours, recorded, rule, systemd_repart
from tests.repart.case import Case
from tests.repart.outcome import REBUILT, Definition, Difference, Outcome

BUILD = Path(os.environ.get("BUILD", "build"))
MATCHING, PLACING = Path("common/plan/plan-match.c"), Path("common/plan/plan-area.c")
MUTANTS_MAX = 10
HANGS_S = 5  # a judge without a fault takes some milliseconds
SETS = 60  # of those that 262.1 has answered
# What has to be found by the cases and by the random sets, each by itself: matching by names, as one might think, one partition for two; and
# partitions that stay which do not grow, or not as they should.
OWN, EARLIER = "inventory->partitions[p]", "inventory->partitions[next]"
PLANTED = {
    "by label": (MATCHING, f"guid_equal(&{OWN}.type, &policy->partitions[d].type)", f"plan_is_named_as(&{OWN}, &policy->partitions[d])"),
    "the last slot alone": (MATCHING, f"{OWN}.number < {EARLIER}.number", f"{OWN}.number > {EARLIER}.number"),
    "the last partition for each": (MATCHING, "if (matches->partition_of[d] < 0 && guid_equal", "if (guid_equal"),
    "nothing grows": (PLACING, "place->size_bytes > size && ", "place->size_bytes < size && "),
    "only what is erased grows": (PLACING, "may_grow(draft, (size_t)p) ? LAYOUT_KEPT", "false ? LAYOUT_KEPT"),
}
LIBRARIES = "-lcryptsetup -ldevmapper -lfdisk -lblkid -lkmod -ltss2-esys -ltss2-mu -ltss2-tctildr -ltss2-rc -lcrypto -luring -lz -lnvme -ljson-c"

ABOUT_PLACES = "nothing grows at an ordinary boot"

NOT_ANSWERED = ("passed over", "uuid", "slot")  # by one systemd-repart to another

PLACED = Definition("created", None, 4, 1 << 20, 2 << 20, 0, "type", "label", None, 0)
PLAIN = Outcome(True, (), frozenset({4}), {"10-a.conf": PLACED})


def kept(name: str) -> Case:
    return cases.load(recorded.CASES / f"{name}.json")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: our reader holds 63 bytes of a disk's."""
    with tempfile.TemporaryDirectory(prefix="repart-") as path:
        yield Path(path)


@pytest.mark.parametrize("field", ["slot", "start", "size", "padding", "type", "label", "flags"])
def test_a_single_field_is_a_difference(field: str) -> None:
    changed = dataclasses.replace(PLACED, **{field: "other" if field in ("type", "label") else 5})
    other = dataclasses.replace(PLAIN, definitions={"10-a.conf": changed})
    found = compare.compare(kept("d01-plain-first-boot"), PLAIN, other)
    assert [(difference.what, difference.subject) for difference in found] == [(field, "10-a.conf")]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"accepted": False}, "accepted"),
        ({"erased": frozenset()}, "erased"),
        ({"erased": frozenset({4, 5})}, "erased"),
        ({"definitions": {}}, "state"),
        ({"definitions": {"10-a.conf": dataclasses.replace(PLACED, state="grows", of_slot=3)}}, "state"),
    ],
)
def test_a_decision_is_a_difference(change: dict[str, Any], what: str) -> None:
    other = dataclasses.replace(PLAIN, **change)
    assert [difference.what for difference in compare.compare(kept("d01-plain-first-boot"), PLAIN, other)] == [what]


def test_a_line_passed_over_in_silence_is_a_difference() -> None:
    warned = dataclasses.replace(PLAIN, says=("10-a.conf:7: Unknown key 'FactoryRest' in section [Partition], ignoring.",))
    assert compare.compare(kept("d01-plain-first-boot"), warned, PLAIN) == [Difference("passed over", "10-a.conf:7", True, False)]


def test_a_uuid_that_is_given_has_to_be_there() -> None:
    case = kept("d20-fixed-uuid-reset")
    mine = Outcome(True, (), frozenset({4}), {"20-state.conf": dataclasses.replace(PLACED, state=REBUILT, of_slot=4, uuid="beef")})
    found = compare.compare(case, dataclasses.replace(mine, definitions={"20-state.conf": PLACED}), mine)
    assert [difference.what for difference in found] == ["uuid"]


@pytest.mark.parametrize("erased", [frozenset(), frozenset({4, 5})], ids=["a marked one stays", "a kept one goes"])
def test_no_rule_excuses_what_is_erased(erased: frozenset[int], folder: Path) -> None:
    """In a case that both see alike, so that no rule is meant for it."""
    case = kept("d17-reset-regrow")
    mine = dataclasses.replace(ours.run(case, folder / "set"), erased=erased)
    verdict = compare.judge(case, recorded.of_case(case), mine, recorded.PROGRAM)
    assert [difference.what for difference in verdict.unexplained] == ["erased"]


RUNS = "the image that runs stays in its slot"


def set_with(rule_name: str) -> tuple[compare.Verdict, Difference]:
    """The first recorded one that this rule explains something of, and no rule about places in general; where something has a place that could
    be another."""
    for case, theirs in recorded.answered_sets():
        verdict = compare.judge_recorded(case, theirs)
        found = [difference for difference, applied in verdict.explained if applied.name == rule_name]
        mine = verdict.ours.definitions
        movable = found and (found[0].subject in mine or any(one.state == REBUILT for one in mine.values()))
        names = {applied.name for _, applied in verdict.explained}
        if RUNS in names and rule_name != RUNS:  # then places are others', which no rule reckons
            continue
        if movable and not verdict.unexplained and ABOUT_PLACES not in names:
            return verdict, found[0]
    raise AssertionError(rule_name)


@pytest.mark.parametrize(
    ("rule_name", "field", "wrong"),
    [
        ("behind those of its type", "slot", 100),
        ("GrowFileSystem=no", "flags", 1 << 60),
        ("marked on the disk", "size", 4096),
        ("look-alikes go, too", "start", 4096),
    ],
)
def test_rules_of_numbers_excuse_no_other_number(rule_name: str, field: str, wrong: int) -> None:
    verdict, difference = set_with(rule_name)
    mine = verdict.ours.definitions
    name = difference.subject if difference.subject in mine else next(name for name, one in mine.items() if one.state == REBUILT)
    other = dataclasses.replace(verdict.ours, definitions={**mine, name: dataclasses.replace(mine[name], **{field: wrong})})
    found = compare.judge(verdict.case, verdict.theirs, other, recorded.PROGRAM).unexplained
    assert (field, name) in {(each.what, each.subject) for each in found}


def test_that_the_running_image_stays_excuses_no_other_partition() -> None:
    verdict, _ = set_with(RUNS)
    running = verdict.theirs.erased - verdict.ours.erased
    for partition in verdict.case.before:
        difference = Difference("erased", str(partition.slot), True, False)
        found = rule.Found(verdict.case, verdict.theirs, verdict.ours, difference, recorded.PROGRAM)
        assert differences.is_running_image_spared(found) == (partition.slot in running)
    assert running


@pytest.mark.parametrize(
    ("stays_as", "label", "explained"),
    [
        ("root", "root-x86-64-verity", True),
        ("root-x86-64-verity", "root-x86-64-verity", False),  # it would be there twice
        ("root", "root-x86-64-verity-3", False),
        ("root", "another", False),
    ],
)
def test_labels_are_numbered_by_those_in_front_that_stay(stays_as: str, label: str, explained: bool) -> None:
    case = dataclasses.replace(kept("d17-reset-regrow"), files={f"/usr/lib/repart.d/{name}": "[Partition]\nType=root-x86-64-verity\n" for name in ("1.conf", "2.conf")})
    mine = Outcome(True, definitions={"1.conf": Definition("stays", label=stays_as), "2.conf": Definition("created", label=label)})
    difference = Difference("label", "2.conf", "root-x86-64-verity-2", label)
    assert differences.is_numbered_without(rule.Found(case, mine, mine, difference, recorded.PROGRAM)) == explained


def test_this_machines_program_decides_as_262_did(folder: Path) -> None:
    """Asked what older.py makes of the same sets. Otherwise nothing could be learned from it."""
    known = systemd_repart.version()
    for case, theirs in recorded.answered_sets()[:SETS]:
        if older.askable(case, known) != case:
            continue
        older_answer = systemd_repart.run(case, folder / "set", known)
        assert set(systemd_repart.ignored(older_answer.says)) == set(systemd_repart.ignored(theirs.says)), case.name
        room = tuple(line for line in theirs.says if rule.NO_ROOM in line)
        verdict = compare.judge(case, older_answer, dataclasses.replace(theirs, says=room), known)
        unexplained = [difference.text() for difference in verdict.unexplained if difference.what not in NOT_ANSWERED]
        names = {found.name for difference, found in verdict.explained if difference.what not in NOT_ANSWERED}
        # what 252 grows otherwise has the second name where 262 leaves it as it was
        assert not unexplained and names <= {"places of before 262", "nothing grows at an ordinary boot"}, (case.name, unexplained, names)


def test_a_rule_that_explains_nothing_is_named() -> None:
    names = compare.stale([], [])
    assert names == [each.name for each in (*differences.INTENDED, *differences.NOT_YET) if not each.of_older] and names


def test_rules_have_names_of_their_own_and_reasons() -> None:
    rules = (*differences.INTENDED, *differences.NOT_YET)
    assert len({each.name for each in rules}) == len(rules)
    assert all(each.reason for each in rules)


def test_a_set_survives_being_kept(folder: Path) -> None:
    case = generate.generate(1, 2)
    cases.save(case, folder / "case.json")
    assert cases.load(folder / "case.json") == case


def test_what_is_written_as_a_table_is_read_as_it(folder: Path) -> None:
    case = generate.generate(1, 3)
    gpt.write(folder / "disk", case.disk_size, list(case.before))
    assert gpt.read(folder / "disk") == sorted(case.before, key=lambda partition: partition.slot)
    checked = subprocess.run(["sfdisk", "--verify", folder / "disk"], capture_output=True, text=True, env={**os.environ, "PATH": "/usr/sbin:/sbin:/usr/bin"})
    assert checked.returncode == 0 and "No errors detected" in checked.stdout


def test_sets_have_what_is_dangerous() -> None:
    """Among a few hundred there are enough of each kind."""
    sets = [generate.generate(5, number) for number in range(300)]
    kinds = {
        "drop-ins": sum(bool(cases.drop_ins(case)) for case in sets),
        "masks": sum({"link": "/dev/null"} in case.files.values() or "" in case.files.values() for case in sets),
        "several of one type": sum(several_of_one_type(case) for case in sets),
        "slots in another order": sum(slots_in_another_order(case) for case in sets),
        "resets": sum(case.mode == "reset" for case in sets),
        "priorities": sum(case.has_key("Priority") for case in sets),
    }
    assert all(count >= 30 for count in kinds.values()), kinds


def several_of_one_type(case: Case) -> bool:
    types = [older.type_guid(values.get("Type", "")) for values in older.definitions(case).values()]
    return len(set(types)) < len(types)


def slots_in_another_order(case: Case) -> bool:
    slots = [partition.slot for partition in sorted(case.before, key=lambda partition: partition.start)]
    return slots != sorted(slots)


def mutant_judge(source: str, folder: Path) -> Path | None:
    """The judge with another file in place of one of ours; None where that does not compile."""
    (folder / "another.c").write_text(source, encoding="utf-8")
    objects = [folder / "another.c", *(BUILD / f"host/tests/repart/{name}.o" for name in ("judge", "life"))]
    archives = ["-Wl,--start-group", str(BUILD / "host/linux.a"), str(BUILD / "host/common.a"), "-Wl,--end-group", *LIBRARIES.split()]
    command = ["gcc", "-std=gnu11", "-O1", "-I.", "-D_GNU_SOURCE", "-fPIE", "-pie", "-w", "-o", str(folder / "judge"), *map(str, objects), *archives]
    return folder / "judge" if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


def matching_mutants() -> list[mutants.Mutant]:
    """Some of those up to the end of plan_match(), evenly spread."""
    source = MATCHING.read_text(encoding="utf-8")
    end = source.index("\n}\n", source.index("\nvoid plan_match("))
    found = [mutant for mutant in mutants.mutants_of(source) if mutant.end < end]
    return found[:: max(1, len(found) // MUTANTS_MAX)]


def unexplained(case: Case, theirs: Outcome, judge: Path) -> bool:
    """A judge that ends otherwise than with an answer is found, too."""
    try:
        return bool(compare.judge_recorded(case, theirs, judge).unexplained)
    except subprocess.SubprocessError:
        return True


def first_unexplained(pairs: list[tuple[Case, Outcome]], judge: Path) -> str:
    return next((case.name for case, theirs in pairs if unexplained(case, theirs, judge)), "")


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "TIMEOUT_S", HANGS_S)
    path, right, wrong = PLANTED[fault]
    source = path.read_text(encoding="utf-8")
    assert source.count(right) == 1, f"{path} is written otherwise: plant it anew"
    judge = mutant_judge(source.replace(right, wrong), folder)
    assert judge
    assert first_unexplained([(case, recorded.of_case(case)) for case in recorded.kept_cases()], judge)
    assert first_unexplained(recorded.answered_sets()[:SETS], judge)


def test_faults_in_the_matching_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "TIMEOUT_S", HANGS_S)
    source = MATCHING.read_text(encoding="utf-8")
    by_cases = [(case, recorded.of_case(case)) for case in recorded.kept_cases() if case.mode == "reset"]
    by_sets = recorded.answered_sets()[:SETS]
    found_by_cases, found_by_sets, compiled = 0, 0, 0
    for mutant in matching_mutants():
        judge = mutant_judge(mutant.apply(source), folder)
        if judge is None:
            continue
        compiled += 1
        in_cases, in_sets = first_unexplained(by_cases, judge), first_unexplained(by_sets, judge)
        print(f"{MATCHING}:{mutant.line}: {mutant.change}: {in_cases or 'no case'}, {in_sets or 'no random set'}")
        found_by_cases += in_cases != ""
        found_by_sets += in_sets != ""
    assert compiled >= 3
    assert found_by_cases > 0 and found_by_sets > 0


@pytest.mark.parametrize("odd", [0, gpt.SECTOR])
def test_two_resets_behind_a_plan_find_the_same(folder: Path, odd: int) -> None:
    """What stays begins a sector off the grain and is enlarged up to its neighbour, where no further reset can enlarge it."""
    start, end = 417 * cases.MIB + odd, 482 * cases.MIB + odd
    system = [gpt.Partition(1, cases.MIB, 100 * cases.MIB, cases.TYPES["esp"], cases.new_uuid(1), "esp")]
    stays = [
        gpt.Partition(5, start, 64 * cases.MIB, cases.TYPES["var"], cases.new_uuid(2), "var"),
        gpt.Partition(4, end, 300 * cases.MIB, cases.TYPES["home"], cases.new_uuid(3), "home"),
        gpt.Partition(6, 783 * cases.MIB, 100 * cases.MIB, cases.TYPES["srv"], cases.new_uuid(4), "srv"),
    ]
    texts = {"home": "", "srv": "FactoryReset=yes\n", "var": "SizeMinBytes=10M\n"}
    files: dict[str, cases.File] = {f"/usr/lib/repart.d/{kind}.conf": f"[Partition]\nType={kind}\n{text}" for kind, text in texts.items()}
    outcome = ours.run(Case("odd", "reset", 1 << 30, files, (*system, *stays)), folder / "set")
    assert (outcome.accepted, outcome.says, set(outcome.erased)) == (True, (), {6})
    assert outcome.definitions["var.conf"].state == "grows"
