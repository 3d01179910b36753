# SPDX-License-Identifier: GPL-2.0-or-later
"""A TPM with a past: the owner before has set a lockout authorization that nobody knows any more and has disabled clearing. Only the
firmware can clear it, and it asks the person at the machine, who says no; then the power fails; then the person says yes. Judged by
the TPM's own answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.qemu import scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.tpm import OfflineTpm

pytestmark = pytest.mark.takes_turns("tpm cases", seconds=400)

PERSISTENT = 0x81000123
NV_INDEX = 0x01500016
FIRMWARE_ASKS = r"Press F12 to clear the TPM"
PRESS = r"^cleanslate: RECOVERY: press (.*)\n"
FLAGS = ("lockoutAuthSet", "disableClear")


@dataclass(frozen=True)
class Chip:
    """What a TPM says of itself while its machine is off."""

    storage_key: str
    flags: dict[str, bool]
    persistent: set[int]
    nv_indices: set[int]


@dataclass(frozen=True)
class Life:
    machine: Machine
    before: Chip
    encrypted_at_the_question: list[bool]
    declined: str  # why the page was there
    silent: str
    page: str
    locked: Chip  # behind all of that
    digest: str
    status: tuple[int, dict[str, Any]]
    after: Chip


def _flags(tpm: OfflineTpm) -> dict[str, bool]:
    answer = tpm.tool("getcap", "properties-variable")
    found = {flag: re.search(rf"{flag}: +([01])$", answer, re.M) for flag in FLAGS}
    return {flag: match is not None and match[1] == "1" for flag, match in found.items()}


def _ask(machine: Machine) -> Chip:
    with machine.tpm() as tpm:
        return Chip(tpm.storage_key_name(), _flags(tpm), tpm.owner_persistent_handles(), tpm.owner_nv_indices())


def _leave_traces(machine: Machine) -> None:
    with machine.tpm() as tpm:
        tpm.make_persistent(PERSISTENT)
        tpm.define_nv(NV_INDEX, b"of the owner before")
        tpm.tool("clearcontrol", "-C", "l", "s")
        tpm.tool("changeauth", "-c", "l", "of the owner before")


def _until_the_firmware_asks(machine: Machine) -> None:
    never = (LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY)
    machine.wait_for(scenario.RESET_STARTED, scenario.RESET_SECONDS, never=never)
    machine.wait_for(scenario.FIRMWARE_WILL_ASK, scenario.RESET_SECONDS, never=(*never, scenario.RESET_COMPLETE))
    machine.wait_for(FIRMWARE_ASKS, scenario.BOOT_SECONDS, never=never)


def _page(machine: Machine) -> tuple[str, str]:
    """Why the recovery page is there, and the rest of it."""
    why = machine.wait_for(scenario.RECOVERY, scenario.RESET_SECONDS, never=(LOGIN, scenario.ORDINARY_BOOT))[1]
    return why, machine.console.take_until(PRESS, 60)


def live(machine: Machine) -> Life:
    _leave_traces(machine)
    before = _ask(machine)
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    shell.start("cleanslate request --yes --reboot --reason 're-used'")
    _until_the_firmware_asks(machine)
    encrypted = [header is not None for header in scenario.headers(machine)]
    machine.send_keys("esc")
    declined, page = _page(machine)
    machine.console.send("t")
    _until_the_firmware_asks(machine)
    machine.kill()  # the power fails at the question, and with it goes what the firmware remembers
    locked = _ask(machine)
    machine.power_on()
    silent, _ = _page(machine)
    machine.console.send("t")
    _until_the_firmware_asks(machine)
    scenario.keep_picture(machine, "firmware-question")
    machine.send_keys("f12")
    reset = scenario.follow_reset(machine)
    status = scenario.status(machine.login_now())
    machine.power_off()
    return Life(machine, before, encrypted, declined, silent, page, locked, reset.digest, status, _ask(machine))


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Life:
    return live(machine_like(factory_new.machine, "tpm-cases"))


def test_before_the_reset_the_owners_traces_are_there(life: Life) -> None:
    """The control of what follows."""
    assert life.before.flags == {"lockoutAuthSet": True, "disableClear": True}
    assert PERSISTENT in life.before.persistent and NV_INDEX in life.before.nv_indices


def test_the_keys_on_disk_are_gone_before_anybody_is_asked(life: Life) -> None:
    assert life.encrypted_at_the_question == [False, False]


def test_a_no_is_told_and_so_is_a_power_cut_at_the_question(life: Life) -> None:
    assert "declined at the machine (user abort)" in life.declined
    assert "gave no answer" in life.silent
    assert "the reset has begun: the keys of your encrypted data are destroyed" in re.sub(r"\s+", " ", life.page)
    assert "clearing is DISABLED, but the firmware can clear it" in life.page


def test_without_a_yes_nothing_changes_in_the_tpm(life: Life) -> None:
    assert life.locked == life.before


def test_a_yes_completes_the_reset(life: Life, factory_new: FactoryNew) -> None:
    assert life.digest == factory_new.manifest_digest
    code, status = life.status
    assert (code, status["request"]["state"], status["progress"]["phase"]) == (0, "absent", "done")


def test_the_firmware_has_cleared_what_the_owner_had_locked(life: Life) -> None:
    assert life.after.storage_key != life.before.storage_key
    assert life.after.flags == {"lockoutAuthSet": False, "disableClear": False}
    assert PERSISTENT not in life.after.persistent and NV_INDEX not in life.after.nv_indices


def test_the_record_shows_all_of_it(life: Life) -> None:
    record = scenario.newest_record(life.machine)
    tpm = record["tpm"]
    assert (record["result"], record["failures"], tpm["way"]) == ("complete", 0, "lockout-empty")  # its own clear proves it; "try again" starts the counting anew
    assert tpm["firmware"] == {"asked": 3, "operation": 5, "answer": "cleared", "code": 0}
    assert (tpm["storageRootKeyBefore"], tpm["storageRootKeyAfter"]) == (life.before.storage_key, life.after.storage_key)
    before, after = tpm["before"], tpm["after"]
    assert {flag: before[flag] for flag in FLAGS} == life.before.flags
    assert {flag: after[flag] for flag in FLAGS} == life.after.flags
    assert {int(text, 16) for text in before["persistentHandles"]} == life.before.persistent
    assert {int(text, 16) for text in before["ownerIndices"]} == life.before.nv_indices
    assert (after["persistentHandleCount"], after["ownerIndexCount"]) == (0, 0)
    assert after["clockMs"] < before["clockMs"] and before["resetCount"] > 0


def test_each_failed_attempt_has_a_record_of_its_own(life: Life) -> None:
    failed = [record for record in life.machine.esp.records().values() if record["result"] == "failed"]
    assert {(record["tpm"]["way"], record["tpm"]["firmware"]["answer"]) for record in failed} == {("none", "declined"), ("none", "no-answer")}
    for record in failed:
        assert record["error"].startswith("The TPM was not cleared") and record["tpm"]["after"]["disableClear"]
