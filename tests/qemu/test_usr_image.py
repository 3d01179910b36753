# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose image is /usr alone, from its first boot through a reset: the root file system is one of its volumes, with /etc and /var in
it. Judged from outside: the raw disk, the record on the ESP, and what the running system's own programs say of its mounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import canaries, guest_tree, luks, made_on_demand, scenario, superblock
from tests.qemu.canaries import Canaries
from tests.qemu.disk import TYPE_CONFIG, TYPE_ESP, TYPE_ROOT, TYPE_USR, TYPE_USR_SIGNATURE, TYPE_USR_VERITY, TYPE_VAR, Disk, Partition
from tests.qemu.luks import Luks
from tests.qemu.machine import Machine
from tests.qemu.shell import Shell

pytestmark = pytest.mark.takes_turns("usr image", seconds=420)

IMAGE = (TYPE_USR, TYPE_USR_VERITY, TYPE_USR_SIGNATURE)
ROOT_VOLUME = "10-root.conf"  # by its definition's file in the manifest, as one at / is
MOUNTS = "findmnt --json --list --output TARGET,SOURCE,FSTYPE,OPTIONS"
FILE_SYSTEM_OF = "findmnt --noheadings --output TARGET --target {}"
QUESTIONS = {
    "failed": "systemctl --failed --no-legend --plain",
    "command line": "cat /proc/cmdline",
    "links": "readlink /bin /sbin /lib /lib64",
    "etc": FILE_SYSTEM_OF.format("/etc/hostname"),
    "var": FILE_SYSTEM_OF.format("/var/lib"),
    "root's home": FILE_SYSTEM_OF.format("/root/.profile"),
    "write to /usr": "touch /usr/written",
    "run from /var": "cp /usr/bin/true /var/true && /var/true",
    "run from /": "cp /usr/bin/true /true && /true",
    "node in /etc": "mknod /etc/null c 1 3 && echo >/etc/null",
    "root": "dmsetup table $(findmnt --noheadings --output SOURCE /)",
    "usr": "dmsetup table $(findmnt --noheadings --output SOURCE /usr)",
    "doctor": "cleanslate doctor",
}
CLEAN_UP = "rm -f /var/true /true /etc/null"


@dataclass(frozen=True)
class Seen:
    """Of one boot of the running system."""

    differences: list[str]
    mounts: dict[str, dict[str, Any]]
    answers: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Life:
    machine: Machine
    image: Path
    digest: str  # as the builder has said it
    first: Seen
    partitions: list[Partition]  # after the first boot
    header: Luks | None
    clean: tuple[bool, bool]  # the root file system, while it runs and once the machine is off
    marks: Canaries
    marks_readable: int
    marks_raw: int  # on the disk of the machine in use
    planned: dict[str, Any]
    reset: scenario.Reset
    again: Seen
    marks_left: str
    verified: tuple[int, str]


def look(shell: Shell) -> Seen:
    differences = guest_tree.differences(shell, ROOT_VOLUME)  # before the questions, of which some leave files
    mounts = {mount["target"]: mount for mount in json.loads(shell.check(MOUNTS))["filesystems"]}
    answers = {name: shell.run(question, 180) for name, question in QUESTIONS.items()}
    shell.check(CLEAN_UP)
    return Seen(differences, mounts, answers)


@pytest.fixture(scope="module")
def life(folder: Path, new_machine: Callable[..., Machine]) -> Life:
    image = made_on_demand.image(folder.parent, "usr.raw")
    machine = new_machine(image, "usr-image")
    machine.power_on()
    shell = machine.login(scenario.RESET_SECONDS, never=[scenario.RECOVERY])
    first, marks = look(shell), Canaries()
    table = shell.check("dmsetup table --showkeys $(findmnt --noheadings --output SOURCE /)")
    partitions, root = machine.disk.partitions(), machine.disk.partition(TYPE_ROOT)
    running = superblock.is_clean(machine.disk, root, table)
    machine.power_off()
    clean = running, superblock.is_clean(machine.disk, root, table)
    header = luks.read(machine.disk, root)

    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    marks.write(shell)
    readable, raw = marks.count_files(shell), marks.found_on(machine.disk)
    planned = scenario.plan(shell)
    shell.start("cleanslate request --yes --reboot --reason sold")
    reset = scenario.follow_reset(machine)
    shell = machine.login_now()
    again, left = look(shell), shell.run("ls -d " + " ".join(canaries.FOLDERS))[1]
    verified = shell.run("cleanslate certificate verify")
    machine.power_off()
    digest = image.with_name("usr.factory-digest").read_text("ascii").strip()
    return Life(machine, image, digest, first, partitions, header, clean, marks, readable, raw, planned, reset, again, left, verified)


BOTH = pytest.mark.parametrize("when", ("first", "again"), ids=("after the first boot", "after the reset"))


def seen(life: Life, when: str) -> Seen:
    return {"first": life.first, "again": life.again}[when]


def test_the_first_boot_builds_a_root_volume_and_no_other(life: Life) -> None:
    assert {TYPE_ROOT, TYPE_CONFIG, TYPE_VAR}.isdisjoint(partition.type for partition in Disk(life.image).partitions())
    assert sorted(str(partition.type) for partition in life.partitions) == sorted(map(str, (TYPE_ESP, *IMAGE, TYPE_ROOT)))


def test_it_is_encrypted_and_sealed_by_the_tpm(life: Life) -> None:
    assert life.header is not None
    token = life.header.tokens("systemd-tpm2")[0]
    assert token["tpm2_pubkey_pcrs"] == [11] and len(life.header.metadata["keyslots"]) == 1
    assert all(segment["encryption"].startswith("aes-xts-") for segment in life.header.metadata["segments"].values())


def test_the_shutdown_unmounts_it(life: Life) -> None:
    assert life.clean == (False, True)


@BOTH
def test_the_system_is_the_factorys(life: Life, when: str) -> None:
    assert seen(life, when).differences == []
    assert seen(life, when).answers["failed"] == (0, "")


@BOTH
def test_it_was_started_by_the_hash_of_usr(life: Life, when: str) -> None:
    words = seen(life, when).answers["command line"][1].split()
    hash_ = life.image.with_name("usr.roothash").read_text("ascii").strip()
    assert f"usrhash={hash_}" in words and not any(word.startswith("roothash=") for word in words)


@BOTH
def test_etc_and_var_are_on_the_root_volume(life: Life, when: str) -> None:
    answers = seen(life, when).answers
    assert [answers[name] for name in ("etc", "var", "root's home")] == [(0, "/")] * 3
    assert answers["links"] == (0, "usr/bin\nusr/sbin\nusr/lib\nusr/lib64")
    assert " crypt " in answers["root"][1], answers["root"]


@BOTH
def test_what_is_written_to_is_not_executed_and_the_other_way_round(life: Life, when: str) -> None:
    mounts, answers = seen(life, when).mounts, seen(life, when).answers
    for place in ("/", "/tmp", "/dev/shm"):
        assert {"rw", "noexec", "nosuid", "nodev"} <= set(mounts[place]["options"].split(","))
    usr = set(mounts["/usr"]["options"].split(","))
    assert "ro" in usr and "noexec" not in usr
    assert " verity " in answers["usr"][1], answers["usr"]
    for question in ("write to /usr", "run from /var", "run from /", "node in /etc"):
        assert answers[question][0] != 0, question


@BOTH
def test_nothing_stands_in_the_way_of_a_reset(life: Life, when: str) -> None:
    code, text = seen(life, when).answers["doctor"]
    assert code == 0 and "A reset would work here" in text, text


def test_its_owner_had_files_and_they_were_encrypted(life: Life) -> None:
    """What the search after the reset could have found."""
    assert life.marks_readable == canaries.COUNT
    assert life.marks_raw == 0


def test_after_the_reset_they_are_gone_and_so_are_their_keys(life: Life) -> None:
    assert life.marks_left.count("No such file or directory") == len(canaries.FOLDERS), life.marks_left
    assert life.marks.found_on(life.machine.disk) == 0
    assert life.header is not None
    assert scenario.leftover_keyslots(life.machine, {"state": life.header}) == []


def test_the_volume_is_another_one_in_the_same_slot(life: Life) -> None:
    (before,) = [partition for partition in life.partitions if partition.type == TYPE_ROOT]
    after = life.machine.disk.partition(TYPE_ROOT)
    assert (after.number, after.start) == (before.number, before.start) and after.uuid != before.uuid
    header = luks.read(life.machine.disk, after)
    assert header is not None and life.header is not None and header.metadata["keyslots"] != life.header.metadata["keyslots"]


def test_the_image_is_as_it_was(life: Life) -> None:
    before, after = Disk(life.image), life.machine.disk
    for type_ in IMAGE:
        partition = after.partition(type_)
        assert partition == before.partition(type_)
        assert after.read(partition.start, partition.size) == before.read(partition.start, partition.size)


def test_the_record_is_complete_and_says_what_the_plan_said(life: Life) -> None:
    record = scenario.newest_record(life.machine)
    assert record["result"] == "complete" and life.verified[0] == 0, life.verified
    scenario.assert_did_as_planned(record, life.planned)
    fates = {partition["type"]: partition["fate"] for partition in record["partitions"]}
    assert {fates[str(type_)] for type_ in IMAGE} == {"image"} and fates[str(TYPE_ROOT)] == "erased"


def test_first_boot_and_reset_yield_what_the_builder_said(life: Life) -> None:
    assert life.reset.digest == life.digest
    digests = {record["factoryDigest"] for record in life.machine.esp.records().values() if "factoryDigest" in record}
    assert digests == {life.digest}


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
