# SPDX-License-Identifier: GPL-2.0-or-later
"""A mkfs of the image that runs somebody else's code: one of its bugs was met. It has one device; what else it reaches is judged by the
raw disk, and what it says by the page and the record."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack import image
from tests.attack.machine import Machine

MARK = b"HOSTILE"
WORDS = "the disk said what I did not expect"
# The whole disk, of which its own device is a part: known by the file behind it, as its /dev has nothing of it.
REACH = """for loop in /sys/block/loop*; do
        read -r file <$loop/loop/backing_file || continue
        case $file in */hostile/disk) IFS=: read -r major minor <$loop/dev; mknod /dev/disk b $major $minor; printf HOSTILE >/dev/disk ;; esac
done
"""
SPEAK = f"""while read -r name value; do
        case $name in CapEff:) powers=$value ;; esac
done </proc/self/status
echo "usage: nobody reads this" >&2
printf '%s \\033[2J %s' "$powers" "{WORDS}" >&2
exit 3
"""


@pytest.fixture
def hostile(memory: Path) -> Iterator[Machine]:
    machine = Machine.flashed(memory / "hostile")
    for program in ("/bin/sh", "/usr/bin/mknod"):
        image.add_program(machine.at / "image", program)
    yield machine
    shutil.rmtree(machine.at)


def replace_maker(machine: Machine, script: str) -> None:
    maker = machine.at / "image" / image.MAKER.lstrip("/")
    maker.write_text("#!/bin/sh\n" + script, encoding="ascii")
    maker.chmod(0o755)


def test_it_writes_to_its_device_and_to_no_other_and_what_it_says_is_told(hostile: Machine) -> None:
    # It waits for a disk: what it does to a file in memory, before anything is erased, says little of its intentions.
    replace_maker(hostile, "[ -b /dev/target ] || exit 0\nprintf HOSTILE >/dev/target\n" + REACH + SPEAK)
    first = hostile.disk.read(0, len(MARK))
    boot = hostile.boots()[-1]
    config = hostile.partition("config")
    assert boot.end == "page", boot
    assert hostile.disk.read(config.start, len(MARK)) == MARK, "the control: it ran, and its writes are seen"
    assert hostile.disk.read(0, len(MARK)) == first != MARK
    told = f"mkfs.ext4 failed on config: 00000000000000db ?[2J {WORDS} (exit status 3)."  # root over files, as common text
    assert boot.trouble == told
    records = [record for record in hostile.records().values() if record["result"] == "failed"]
    assert records and all(record["error"] == told for record in records), records


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (SPEAK, f"mkfs.ext4 cannot make \"config\" with 32 MiB: 00000000000000db ?[2J {WORDS} (exit status 3)."),
        ("/bin/sleep 1000\n", "mkfs.ext4 does not end: it was tried in memory for 30 seconds."),
    ],
    ids=["fails", "hangs"],
)
def test_one_that_cannot_do_its_work_is_known_before_anything_is_erased(hostile: Machine, script: str, said: str) -> None:
    assert [boot.end for boot in hostile.boots()] == ["started"]
    before = hostile.disk.read(hostile.partition("state").start, 1 << 20)
    key = hostile.storage_key_name()
    image.add_program(hostile.at / "image", "/bin/sleep")
    replace_maker(hostile, script)
    hostile.request()
    boot = hostile.boots()[-1]
    assert boot.end == "page" and said in boot.trouble, boot
    assert hostile.disk.read(hostile.partition("state").start, 1 << 20) == before
    assert hostile.storage_key_name() == key
    image.add_program(hostile.at / "image", image.MAKER)  # the control: it was this alone
    hostile.request()
    assert [boot.end for boot in hostile.boots()] == ["restart", "started"]
    assert hostile.storage_key_name() != key


def test_an_image_in_which_it_cannot_be_started_loses_nothing(used: Machine) -> None:
    """Foreign images lack directories that ours has. Found out only after the erasure, it would fail every attempt."""
    before = used.disk.read(used.partition("state").start, 1 << 20)
    key = used.storage_key_name()
    missing = used.at / "image" / "tmp"
    missing.rmdir()
    used.request()
    boot = used.boots()[-1]
    assert boot.end == "page" and "mkfs.ext4 cannot be started the way a reset starts it" in boot.trouble, boot
    assert used.disk.read(used.partition("state").start, 1 << 20) == before
    assert used.storage_key_name() == key
    missing.mkdir(mode=0o1777)  # the control: it was this alone
    used.request()
    assert [boot.end for boot in used.boots()] == ["restart", "started"]
    assert used.storage_key_name() != key
