# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with volumes of every kind: /var as a btrfs with subvolumes, /srv as xfs, /home beside them, two partitions of one type of which
one is marked, and one that the line has provided. Three resets in a row; what goes and what stays is judged from outside, on the raw disk."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.qemu import luks, scenario, volumes
from tests.qemu.conftest import Images
from tests.qemu.machine import Machine
from tests.qemu.volumes import ENCRYPTED, KEPT, POOL, SCRATCH, SUB_VOLUMES, Answers, Life, digest_of, named

pytestmark = pytest.mark.takes_turns("volumes", seconds=700)

MARKED = ("config", "state", "home", "srv", "scratch")
FACTORY = ("esp", "root", "root-verity", "root-verity-sig")
RESETS = ("request", "variable", "menu")


@pytest.fixture(scope="module")
def life(images: Images, new_machine: Callable[..., Machine]) -> Life:
    return volumes.live(new_machine(images.volumes, "volumes"))


def mounts(answers: Answers) -> dict[str, dict[str, str]]:
    return {found["target"]: found for found in json.loads(answers["mounts"][1])["filesystems"]}


def marks(answers: Answers, name: str = "marks") -> dict[str, str]:
    """Value by path, as getfattr prints them."""
    return dict(re.findall(r'^# file: (.*)\ntrusted\.cleanslate\.complete="(.*)"$', answers[name][1], re.M))


def everywhere(life: Life) -> dict[str, Answers]:
    """What each system of factory state has answered: the first boot's, and behind the resets."""
    return {"first boot": life.first, **life.answers}


# -- the controls of all that follows: each judge sees what it looks for as long as it is there


def test_everything_that_must_go_was_there_before_each_reset(life: Life) -> None:
    status, text = life.in_use["canaries"]
    assert (status, text.count(life.turns["request"].words)) == (0, 6)
    for name, turn in life.turns.items():
        assert turn.planted >= 2, f"{name}: not on both plain volumes: {turn.planted}"
        assert turn.samples_before == sum(map(len, turn.samples.values())) == 2 * len(ENCRYPTED)


def test_one_changed_byte_of_what_is_kept_would_be_seen(life: Life) -> None:
    machine = life.machine
    for name in KEPT:
        partition, before = named(machine)[name], digest_of(machine, name)
        at = partition.start + partition.size // 2 + 511
        machine.disk.flip_byte(at)
        assert digest_of(machine, name) != before
        machine.disk.flip_byte(at)
        assert digest_of(machine, name) == before


def test_the_search_finds_what_is_kept(life: Life) -> None:
    """And it is one of the same type as what has gone, behind that in the table."""
    assert len(life.machine.disk.find(life.vault_words.encode())) >= 1
    partitions = named(life.machine)
    assert partitions["scratch"].type == partitions["vault"].type and partitions["scratch"].number < partitions["vault"].number


# -- the resets


@pytest.mark.parametrize("reset", RESETS)
def test_each_reset_is_complete_with_the_factory_digest(life: Life, images: Images, reset: str) -> None:
    record = life.turns[reset].record
    made = (images.volumes.parent / "volumes.factory-digest").read_text("ascii").strip()
    assert (record["result"], record["factoryDigest"], life.turns[reset].digest) == ("complete", made, made)
    assert record["origin"] == {"request": "request", "variable": "request", "menu": "menu"}[reset]


def test_the_first_did_what_the_plan_had_said(life: Life) -> None:
    scenario.assert_did_as_planned(life.turns["request"].record, life.planned)


@pytest.mark.parametrize("reset", RESETS)
def test_what_was_marked_is_gone_from_the_raw_disk(life: Life, reset: str) -> None:
    turn = life.turns[reset]
    assert (turn.left, turn.samples_left) == (0, 0)


@pytest.mark.parametrize("reset", RESETS)
def test_what_is_not_marked_is_the_same_to_the_last_byte(life: Life, reset: str) -> None:
    turn = life.turns[reset]
    assert turn.digests == turn.digests_before == life.turns["request"].digests_before
    for name in (*KEPT, *FACTORY):
        assert turn.partitions[name] == turn.partitions_before[name]


def test_what_the_line_has_provided_is_never_written(life: Life) -> None:
    """In four boots as in three resets: it is mounted read-only."""
    own, digest = life.provided
    assert (named(life.machine)["calibration"], digest_of(life.machine, "calibration")) == (own, digest)
    for name, answers in everywhere(life).items():
        assert "SN-4711" in answers["welcome"][1], name
        assert answers["calibration is"][0] != 0 and "Read-only" in answers["calibration is"][1]


@pytest.mark.parametrize("reset", RESETS)
def test_what_is_rebuilt_is_new_in_the_slot_and_place_that_it_had(life: Life, reset: str) -> None:
    turn = life.turns[reset]
    assert turn.partitions.keys() == turn.partitions_before.keys() == {*MARKED, *KEPT, *FACTORY}
    for name in MARKED:
        new, old = turn.partitions[name], turn.partitions_before[name]
        assert new.uuid != old.uuid
        assert (new.number, new.start, new.size, new.type, new.attributes) == (old.number, old.start, old.size, old.type, old.attributes)


def test_the_volumes_are_encrypted_as_their_definitions_say(life: Life) -> None:
    partitions = named(life.machine)
    assert {name for name in (*MARKED, *KEPT) if luks.read(life.machine.disk, partitions[name])} == set(ENCRYPTED)


# -- what the system that was rebuilt finds


@pytest.mark.parametrize("when", ["first boot", "request", "menu"])
def test_each_volume_is_mounted_with_its_file_system_and_options(life: Life, when: str) -> None:
    found = mounts(everywhere(life)[when])
    expected = {
        "/etc": ("ext4", "/", {"rw", "relatime"}),
        "/var": ("btrfs", "/@var", {"rw", "relatime", "subvol=/@var"}),
        "/var/log": ("btrfs", "/@log", {"rw", "noatime", "subvol=/@log"}),
        "/home": ("ext4", "/", {"rw", "relatime"}),
        "/srv": ("xfs", "/", {"rw", "noatime", "logbufs=8"}),
        "/calibration": ("ext4", "/", {"ro"}),
    }
    for target, (format, root, options) in expected.items():
        mounted = found[target]
        assert (mounted["fstype"], mounted["fsroot"]) == (format, root), target
        assert {*options, "noexec", "nosuid", "nodev"} <= set(mounted["options"].split(",")), mounted
    assert {target for target in expected if found[target]["source"].startswith("/dev/mapper/")} == {"/etc", "/var", "/var/log", "/home"}
    assert not {"/run/scratch", "/run/vault"} & found.keys()


@pytest.mark.parametrize("when", ["first boot", "request", "menu"])
def test_the_subvolumes_are_as_the_definition_has_them(life: Life, when: str) -> None:
    answers = everywhere(life)[when]
    paths = [line.rpartition(" path ")[2] for line in answers["sub volumes"][1].splitlines()]
    assert sorted(paths) == sorted(SUB_VOLUMES), answers["sub volumes"]
    assert answers["default"][1].endswith(" path @var")
    assert answers["read-only"][1].split() == ["ro=true", "ro=false"]
    log, var = answers["no copies"][1].splitlines()
    assert "C" in log.split()[0] and "C" not in var.split()[0]


@pytest.mark.parametrize("when", ["first boot", "request", "menu"])
def test_what_was_copied_is_compressed_and_what_is_written_is_not(life: Life, when: str) -> None:
    answers = everywhere(life)[when]
    assert "encoded" in answers["copied"][1], answers["copied"]
    assert "(zstd)" in answers["method"][1] and not {"(zlib)", "(lzo)"} & set(answers["method"][1].split()), answers["method"]
    assert answers["written"][0] == 0 and "encoded" not in answers["written"][1]


@pytest.mark.parametrize("when", ["first boot", "request", "menu"])
def test_every_volume_and_subvolume_has_its_mark_of_completeness(life: Life, when: str) -> None:
    answers = everywhere(life)[when]
    found = marks(answers)
    of_state = {POOL, *(f"{POOL}/{name}" for name in SUB_VOLUMES), "/var", "/var/log"}
    assert found.keys() == of_state | {"/etc", "/home", "/srv"}, answers["marks"]
    assert len({found[path] for path in of_state}) == 1 and len(set(found.values())) == 4
    assert SCRATCH in marks(answers, "scratch")
    assert answers["no mark"][0] != 0, "a directory has none"


def test_each_reset_makes_marks_of_its_own(life: Life) -> None:
    seen = [marks(answers) for answers in everywhere(life).values()]
    assert all(len({found[path] for found in seen}) == len(seen) for path in ("/etc", "/var", "/home", "/srv"))


@pytest.mark.parametrize("when", ["first boot", "request", "menu"])
def test_the_factory_files_are_there_and_nothing_of_before(life: Life, when: str) -> None:
    answers = everywhere(life)[when]
    assert {"served from the factory", "# of the factory"} <= set(answers["welcome"][1].splitlines())
    assert answers["canaries"][1].count("No such file") == 6
    assert "inbox" in answers["scratch"][1].split() and "canary" not in answers["scratch"][1].split()


@pytest.mark.parametrize("when", ["first boot", "request", "menu"])
def test_nothing_fails_and_the_next_reset_would_work(life: Life, when: str) -> None:
    answers = everywhere(life)[when]
    assert answers["failed"][1] == ""
    assert answers["doctor"][0] == 0 and "A reset would work here" in answers["doctor"][1], answers["doctor"]


def test_systemd_leaves_the_volumes_to_the_program_of_the_end(life: Life) -> None:
    """Else it would try in vain, and say so: as it did of the subvolumes, while libmount's table had them as whole file systems."""
    said = life.machine.log.read_text("utf-8", "replace")
    assert "Power down" in said and "Failed unmounting" not in said


# -- what the image was made of


def in_initrd(archive: Path) -> str:
    unpacked = subprocess.run(["zstd", "--decompress", "--stdout", archive], check=True, capture_output=True).stdout
    return subprocess.run(["cpio", "--list", "--quiet"], input=unpacked, check=True, capture_output=True).stdout.decode()


def test_the_initrd_has_the_modules_that_the_definitions_need(images: Images) -> None:
    own, usual = in_initrd(images.volumes.with_name("volumes.cpio.zst")), in_initrd(images.volumes.parent.parent / "initrd/initrd.cpio.zst")
    for module in ("btrfs.ko", "xfs.ko"):
        assert f"/{module}" in own
        assert f"/{module}" not in usual, "what it does not need is left out"


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
