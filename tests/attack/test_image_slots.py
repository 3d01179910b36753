# SPDX-License-Identifier: GPL-2.0-or-later
"""An image that an update writes to one pair of partitions while the other one runs, as systemd-sysupdate does it. The hash on the signed
command line names the pair that runs, and no definition and nobody's table can have that one erased. The other one is left alone, or wiped
and made an empty slot again where its definition says FactoryReset=yes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from images import uki
from tests.attack import image, table
from tests.attack.machine import Boot, Machine
from tests.attack.table import MIB
from tests.qemu.disk import TYPE_ROOT, TYPE_ROOT_VERITY, TYPE_USR, TYPE_USR_VERITY, Partition

EMPTY = "_empty"
A, B = (2, 3), (5, 4)  # slots of the table: an image and its hashes
TYPES = {"root": (TYPE_ROOT, TYPE_ROOT_VERITY), "usr": (TYPE_USR, TYPE_USR_VERITY)}
CUTS = ("commit started", "commit erased", "entry", "commit rebuilt")


def slot(type_: str, marked: bool) -> str:
    return f"[Partition]\nType={type_}\nLabel={EMPTY}\nSizeMinBytes=1M\nSizeMaxBytes=1M\n" + ("FactoryReset=yes\n" if marked else "")


def made_for(form: str, marked: bool) -> image.Extra:
    """`form`: what the image is a file system of."""
    pairs = ((number, pair, type_) for number, pair in ((3, "a"), (4, "b")) for type_ in (form, f"{form}-verity"))
    slots = {f"0{number}-{pair}-{type_}.conf": slot(type_, marked) for number, pair, type_ in pairs}
    return image.Extra(definitions=slots | ({"10-root.conf": image.ROOT} if form == "usr" else {}), usr=form == "usr")


@dataclass(frozen=True)
class Updated:
    """In use, started from B, to which an update was written; A is as the line has flashed it."""

    machine: Machine
    first: Boot
    empty: dict[int, Partition]  # B as the first boot has made it
    hashes: dict[tuple[int, int], str]
    form: str

    def start_from(self, pair: tuple[int, int]) -> None:
        """The signed boot image of that version."""
        line = (self.machine.at / "uki/cmdline").read_text(encoding="ascii").split()
        text = " ".join([f"{self.form}hash={self.hashes[pair]}", *line[1:]])
        (self.machine.at / "uki/cmdline").write_text(text, encoding="ascii")
        settings = (self.machine.at / "uki/clnslt").read_text(encoding="utf-8")
        for number, (name, content) in enumerate(uki.profile_sections(uki.profiles(settings), text)):
            (self.machine.at / "uki" / f"profile{number}-{name.removeprefix('.')}").write_bytes(content)

    def copy(self, to: Path) -> Updated:
        return replace(self, machine=self.machine.copy(to))

    def entry(self, number: int) -> Partition:
        return next(partition for partition in self.machine.disk.partitions() if partition.number == number)

    def content(self, pair: tuple[int, int]) -> list[bytes]:
        return [self.machine.disk.read(self.entry(number).start, self.entry(number).size) for number in pair]


def halves(hash_: str) -> tuple[uuid.UUID, uuid.UUID]:
    return uuid.UUID(hash_[:32]), uuid.UUID(hash_[32:])


def updated(at: Path, marked: bool, form: str = "root") -> Updated:
    line = Machine.flashed(at.with_name(at.name + "-line"), extra=made_for(form, marked))
    machine = line.copy(at)
    first = machine.boot()
    assert first.end == "started", first
    empty = {partition.number: partition for partition in machine.disk.partitions() if partition.number in B}
    assert len(empty) == len(B)
    root, tree, hash_ = machine._make_verity()
    ids, content = dict(zip(B, halves(hash_))), dict(zip(B, (root, tree)))
    for partition in empty.values():
        machine.disk.write(partition.start, content[partition.number])
    table.rewrite(machine.disk, lambda entry: replace(entry, uuid=ids[entry.number], name="attacked_2") if entry.number in B else entry)
    flashed = (machine.at / "uki/cmdline").read_text(encoding="ascii").split()[0].partition("=")[2]
    result = Updated(machine, first, empty, {A: flashed, B: hash_}, form)
    result.start_from(B)
    return result


@pytest.fixture(scope="module")
def marked(memory: Path) -> Updated:
    return updated(memory / "slots-marked", marked=True)


@pytest.fixture(scope="module")
def unmarked(memory: Path) -> Updated:
    return updated(memory / "slots-unmarked", marked=False)


@pytest.fixture(scope="module")
def marked_usr(memory: Path) -> Updated:
    return updated(memory / "slots-marked-usr", marked=True, form="usr")


@pytest.fixture
def owned_usr(marked_usr: Updated, memory: Path, lent: Callable[[Machine], Machine]) -> Updated:
    copy = marked_usr.copy(memory / "slots-owned-usr")
    lent(copy.machine)
    return copy


@pytest.fixture
def owned(marked: Updated, memory: Path, lent: Callable[[Machine], Machine]) -> Updated:
    copy = marked.copy(memory / "slots-owned")
    lent(copy.machine)
    return copy


@pytest.fixture
def kept(unmarked: Updated, memory: Path, lent: Callable[[Machine], Machine]) -> Updated:
    copy = unmarked.copy(memory / "slots-kept")
    lent(copy.machine)
    return copy


def fates(record: dict[str, object]) -> dict[int, str]:
    partitions = record["partitions"]
    assert isinstance(partitions, list)
    return {partition["partition"]: partition["fate"] for partition in partitions}


def reset(device: Updated) -> dict[int, str]:
    """What became of each partition, as the record has it."""
    device.machine.request()
    boots = device.machine.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    record = device.machine.newest_record()
    assert record["result"] == "complete"
    return fates(record)


@pytest.mark.parametrize("which", ("marked", "unmarked", "marked_usr"))
def test_a_first_boot_makes_the_slots_that_the_line_left_out(which: str, request: pytest.FixtureRequest) -> None:
    device: Updated = request.getfixturevalue(which)
    for number, type_ in zip(B, TYPES[device.form]):
        made = device.empty[number]
        assert (made.type, made.name, made.size) == (type_, EMPTY, MIB)


def test_an_update_keeps_the_state(owned: Updated) -> None:
    before = {partition.name: partition.uuid for partition in owned.machine.disk.partitions()}
    boot = owned.machine.boot()
    assert (boot.mode, boot.end) == ("normal", "started")
    assert {partition.name: partition.uuid for partition in owned.machine.disk.partitions()} == before


def check_other_is_wiped(device: Updated, runs: tuple[int, int], other: tuple[int, int], before: list[bytes], entries: list[Partition]) -> None:
    assert device.content(runs) == before
    assert [device.entry(number) for number in runs] == entries
    assert device.content(other) == [bytes(MIB), bytes(MIB)]
    assert [device.entry(number).name for number in other] == [EMPTY, EMPTY]
    assert {device.entry(number).uuid for number in other}.isdisjoint(halves(device.hashes[other]))


@pytest.mark.parametrize("which", ("owned", "owned_usr"))
@pytest.mark.parametrize(("runs", "other"), ((B, A), (A, B)), ids=("from B", "from A"))
def test_a_reset_wipes_the_marked_pair_that_does_not_run(
    which: str, runs: tuple[int, int], other: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    owned: Updated = request.getfixturevalue(which)
    owned.start_from(runs)
    places = [(owned.entry(number).start, owned.entry(number).size) for number in other]
    before, entries = owned.content(runs), [owned.entry(number) for number in runs]
    assert all(any(content) for content in owned.content(other))
    found = reset(owned)
    check_other_is_wiped(owned, runs, other, before, entries)
    assert [(owned.entry(number).start, owned.entry(number).size) for number in other] == places
    assert [found[number] for number in runs] == ["image", "image"] and [found[number] for number in other] == ["erased", "erased"]


@pytest.mark.parametrize(("runs", "other"), ((B, A), (A, B)), ids=("from B", "from A"))
def test_and_leaves_an_unmarked_one_alone(kept: Updated, runs: tuple[int, int], other: tuple[int, int]) -> None:
    """The control."""
    kept.start_from(runs)
    before, entries = [kept.content(A), kept.content(B)], [kept.entry(number) for number in (*A, *B)]
    found = reset(kept)
    assert [kept.content(A), kept.content(B)] == before
    assert [kept.entry(number) for number in (*A, *B)] == entries
    assert [found[number] for number in runs] == ["image", "image"] and [found[number] for number in other] == ["kept", "kept"]


@pytest.mark.parametrize("cut", CUTS)
def test_the_pair_that_runs_outlives_any_power_cut(owned: Updated, cut: str) -> None:
    before, entries = owned.content(B), [owned.entry(number) for number in B]
    owned.machine.request()
    owned.machine.boot(cut=cut)
    assert owned.machine.boots()[-1].end == "started"
    check_other_is_wiped(owned, B, A, before, entries)


def test_an_image_in_the_place_of_a_volume_refuses(owned: Updated) -> None:
    """Root exchanges the types of the running image and of the state, so that the state's definition would find the image."""
    state = owned.machine.partition("state")
    table.rewrite(owned.machine.disk, lambda entry: replace(entry, type=state.type) if entry.number == B[0] else entry)
    before = owned.content(B)
    owned.machine.request()
    boots = owned.machine.boots()
    assert boots[-1].end == "page", boots
    assert owned.content(B) == before
