# SPDX-License-Identifier: GPL-2.0-or-later
"""The recovery page: on purpose, on an image of which one byte was altered, on a damaged state; driven from the serial line and from the
keyboard. What it says is compared with the disk; what it must not do is judged by the disk's bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.qemu import progress, scenario, variant
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import SQUASHFS_TIME_OFFSET, TYPE_ROOT, TYPE_VAR
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.progress import Progress
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

pytestmark = pytest.mark.promise("an altered image does not run, and what could not be rebuilt is not erased")

PRESS = r"^cleanslate: RECOVERY: press (.*)\n"
TYPE_THE_WORD = r"^cleanslate: RECOVERY: type reset and press Enter"
NOT_CONFIRMED = r"^cleanslate: RECOVERY: Factory reset not started: it was not confirmed"
REFUSED = r"^cleanslate: RECOVERY: Factory reset not started: (.*)\n"
NEVER = (LOGIN, scenario.ORDINARY_BOOT, scenario.RESET_STARTED)
SQUASHFS_MAGIC = b"hsqs"
GARBAGE = 24 << 20  # of which the header takes 16


def page_of(machine: Machine) -> tuple[str, str]:
    """Why the page is there, and all of it."""
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=NEVER)[1]
    return why, machine.console.take_until(r"^cleanslate: RECOVERY: press r.*\n", 60)


# -- on purpose ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnPurpose:
    why: str
    page: str
    question: str
    disk_before: str
    disk_after: str


def started_on_purpose(machine: Machine, images: Images) -> OnPurpose:
    image = variant.make(images.reference.parent, " cleanslate.mode=recovery", "", machine.directory / "recovery.efi")
    machine.esp.install_uki(image)
    before = machine.disk.sha256()
    machine.power_on()
    why, page = page_of(machine)
    scenario.keep_picture(machine, "recovery")
    machine.console.send("f")
    question = machine.console.take_until(TYPE_THE_WORD, 120)
    machine.console.send("reset now\r")  # not the word
    machine.wait_for(NOT_CONFIRMED, 60, never=NEVER)
    machine.wait_for(PRESS, 60, never=NEVER)
    machine.console.send("f")
    machine.wait_for(TYPE_THE_WORD, 120, never=NEVER)
    machine.console.send("reset\x1b")  # the word, but no Enter
    machine.wait_for(NOT_CONFIRMED, 60, never=NEVER)
    machine.wait_for(PRESS, 60, never=NEVER)
    machine.send_keys("p")  # on the keyboard, that is on the screen's console
    machine.wait_for_exit(60)
    return OnPurpose(why, page, question, before, machine.disk.sha256())


# The page as people come to it by themselves; what it must refuse is below.
asked_for = pytest.mark.takes_turns("recovery, asked for", seconds=60)


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "recovery")


@pytest.fixture(scope="module")
def on_purpose(machine: Machine, images: Images) -> OnPurpose:
    return started_on_purpose(machine, images)


@asked_for
def test_the_page_says_that_it_was_asked_for(on_purpose: OnPurpose) -> None:
    assert on_purpose.why == "The machine was started in recovery mode."


@asked_for
def test_the_page_tells_the_machine_as_it_is(on_purpose: OnPurpose) -> None:
    page = on_purpose.page
    assert re.search(r"^  image +verified: debian cleanslate-reference", page, re.M), page
    for label in ("config", "state"):
        assert re.search(rf"{label} +[0-9.]+ [MG]iB +locked", page), page
    assert re.search(r"^  TPM +answers; not in lockout; owner authorization empty; can be cleared", page, re.M), page
    assert re.search(r"^  last reset +20\d\d-\d\d-\d\d \d\d:\d\d UTC, first boot", page, re.M), page
    assert re.search(r"^  \| +\d+\.\d+ ", page, re.M), page


@asked_for
def test_the_question_names_what_would_be_erased(on_purpose: OnPurpose) -> None:
    for label in ("config", "state"):
        assert re.search(rf"^ +{label} +[0-9.]+ [MG]iB", on_purpose.question, re.M), on_purpose.question


@asked_for
def test_an_unconfirmed_reset_leaves_every_byte(on_purpose: OnPurpose) -> None:
    assert on_purpose.disk_after == on_purpose.disk_before


# -- the image is damaged --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Damaged:
    why: str
    page: str
    said: str
    refusal: str
    disk_before: str
    disk_after: str


@pytest.fixture(scope="module")
def damaged(machine: Machine, images: Images) -> Damaged:
    machine.esp.install_uki(images.reference_uki)
    at = machine.disk.partition(TYPE_ROOT).start + SQUASHFS_TIME_OFFSET
    assert machine.disk.read(at - SQUASHFS_TIME_OFFSET, 4) == SQUASHFS_MAGIC
    machine.disk.flip_byte(at)
    before = machine.disk.sha256()
    machine.power_on()
    why, page = page_of(machine)
    machine.console.send("f")
    refusal = machine.wait_for(REFUSED, 120, never=NEVER)[1]
    machine.wait_for(PRESS, 60, never=NEVER)
    machine.console.send("p")
    machine.wait_for_exit(60)
    after = machine.disk.sha256()
    machine.disk.flip_byte(at)
    return Damaged(why, page, machine.console.text(), refusal, before, after)


def test_the_machine_says_that_the_image_was_altered_and_that_nothing_was_changed(damaged: Damaged) -> None:
    """The control is the reset below: with the byte put right, the image is good enough to be the factory state."""
    assert "verification failed" in damaged.why and "altered" in damaged.why
    assert "RECOVERY: nothing was erased and nothing was changed on the disk." in damaged.said


def test_what_could_not_be_rebuilt_is_not_erased(damaged: Damaged) -> None:
    assert "verification failed" in damaged.why and "NOT VERIFIED" in damaged.page
    assert "verification failed" in damaged.refusal and damaged.refusal.endswith("Nothing was erased.")
    assert damaged.disk_before == damaged.disk_after


# -- the state is garbage --------------------------------------------------------------------------------------------


# The control of what was refused above, and a whole reset; test_menu.py and test_reset.py have one each time.
further_reset = pytest.mark.takes_turns("recovery, a reset from the page", seconds=160)


@dataclass(frozen=True)
class Garbage:
    machine: Machine
    why: str
    page: str
    digest: str
    progress: Progress
    partitions_before: set[str]


@pytest.fixture(scope="module")
def garbage(damaged: Damaged, machine: Machine) -> Garbage:
    # the header's area, which a volume opens without, and the beginning of what is behind it
    machine.disk.write(machine.disk.partition(TYPE_VAR).start, random.Random(8).randbytes(GARBAGE))
    partitions = {str(partition.uuid) for partition in machine.disk.partitions() if partition.name in ("config", "state")}
    machine.power_on()
    why, page = page_of(machine)
    machine.console.send("f")
    machine.wait_for(TYPE_THE_WORD, 120, never=NEVER)
    machine.console.send("resst\x7f\x7fet\r")  # with a slip of the finger put right
    digest = scenario.follow_to_completion(machine)
    machine.wait_for(scenario.RESTARTING, 60, never=[LOGIN, scenario.RECOVERY])
    machine.kill()
    return Garbage(machine, why, page, digest, progress.read(machine.variables), partitions)


@further_reset
def test_a_damaged_state_is_named(garbage: Garbage) -> None:
    assert garbage.why.startswith("state holds no ext4 file system that was written with this device's key")
    assert re.search(r"state +[0-9.]+ GiB +unlocked, but its file system does not mount", garbage.page), garbage.page


@further_reset
def test_the_reset_from_the_page_brings_the_factory_state(garbage: Garbage, factory_new: FactoryNew) -> None:
    assert garbage.digest == factory_new.manifest_digest
    assert garbage.progress.phase == "done" and garbage.machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    record = scenario.newest_record(garbage.machine)
    # of this boot's page, carried out by the next
    assert (record["result"], record["origin"], record["reason"]) == ("complete", "request", "asked for on the recovery page")
    now = {str(partition.uuid) for partition in garbage.machine.disk.partitions()}
    assert garbage.partitions_before.isdisjoint(now)


def test_the_second_disk_is_untouched(damaged: Damaged, machine: Machine) -> None:
    assert machine.second_disk_is_untouched()
