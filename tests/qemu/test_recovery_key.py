# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose image has recovery-key=yes, and whose Secure Boot keys change without anybody's plan: the volumes stay locked, the page
takes the key that its owner wrote down, and the next boot is an ordinary one, with all that was there before. Then they change by plan,
and nobody types anything; and once more without one, which locks the volumes again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.qemu import scenario
from tests.qemu.conftest import Images
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.shell import Shell
from tests.qemu.test_pcr_replay import AUTHENTICATED, GUID_SECURITY_DATABASE, signature_list

pytestmark = pytest.mark.takes_turns("recovery key", seconds=460)

NEVER = (LOGIN, scenario.ORDINARY_BOOT, scenario.RESET_STARTED)
PRESS = r"^cleanslate: RECOVERY: press (.*)\n"
ASKED = r"^cleanslate: RECOVERY: type the recovery key and press Enter.*\n"
NOT_THIS_DEVICES = r"^cleanslate: RECOVERY: this recovery key does not open the volumes of this device"
RESEALED = r"the volumes are sealed to this machine as it is now"
MARKER = "/var/owners-file"


HEADER_BYTES = 16 << 20  # where the data begin


def headers(machine: Machine) -> bytes:
    """Of the volumes, as they lie on the disk of the machine that is off."""
    found = [partition for partition in machine.disk.partitions() if partition.name in ("config", "state")]
    assert len(found) == 2
    return b"".join(machine.disk.read(partition.start, HEADER_BYTES) for partition in found)


def reseal_of(shell: Shell) -> dict[str, object]:
    status: dict[str, dict[str, object]] = json.loads(shell.check("cleanslate status --json"))
    return status["reseal"]


@dataclass(frozen=True)
class Life:
    key: str
    mode: str
    why: str
    offers: str
    kept: str
    prepared: dict[str, object]  # what status says of the reseal: behind the start that has prepared it, ...
    prepared_headers: bytes
    planned: dict[str, object]  # behind the start with other keys
    planned_headers: bytes
    planned_kept: str
    unplanned: str  # why the page opened in the end


@pytest.fixture(scope="module")
def life(new_machine: Callable[..., Machine], images: Images) -> Life:
    machine = new_machine(images.disks, "recovery-key")
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS * 2)
    key = shell.check("cat /var/lib/cleanslate/recovery-key").strip()
    mode = shell.check("stat -c '%a %U' /var/lib/cleanslate/recovery-key").strip()
    shell.check(f"echo still-here >{MARKER} && sync")
    machine.power_off()

    machine.variables.set("db", GUID_SECURITY_DATABASE, signature_list(), AUTHENTICATED)
    machine.power_on()
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=NEVER)[1]
    offers = machine.wait_for(PRESS, 60, never=NEVER)[1]
    machine.console.send("k")
    machine.wait_for(ASKED, 60, never=NEVER)
    machine.console.send(key[:-1] + ("c" if key[-1] != "c" else "b") + "\r")
    machine.wait_for(NOT_THIS_DEVICES, 60, never=NEVER)
    machine.wait_for(PRESS, 60, never=NEVER)
    machine.console.send("k")
    machine.wait_for(ASKED, 60, never=NEVER)
    machine.console.send(key.upper() + "\r")
    machine.wait_for(RESEALED, 60, never=NEVER)
    shell = machine.login(scenario.BOOT_SECONDS)
    kept = shell.check(f"cat {MARKER}").strip()

    shell.check("cleanslate reseal")
    machine.power_off()
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    prepared = reseal_of(shell)
    machine.power_off()
    prepared_headers = headers(machine)
    machine.variables.set("db", GUID_SECURITY_DATABASE, signature_list() * 2, AUTHENTICATED)
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS, never=(scenario.RECOVERY, scenario.RESET_STARTED))
    planned, planned_kept = reseal_of(shell), shell.check(f"cat {MARKER}").strip()
    machine.power_off()
    planned_headers = headers(machine)

    machine.variables.set("db", GUID_SECURITY_DATABASE, signature_list() * 3, AUTHENTICATED)
    machine.power_on()
    unplanned = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=NEVER)[1]
    machine.kill()
    return Life(key, mode, why, offers, kept, prepared, prepared_headers, planned, planned_headers, planned_kept, unplanned)


def test_root_finds_the_key_to_write_down(life: Life) -> None:
    assert re.fullmatch(r"([cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}", life.key)
    assert life.mode == "600 root"


def test_a_change_of_db_locks_the_volumes_and_the_page_says_so(life: Life) -> None:
    assert "stays locked: Secure Boot's keys or state changed since its key was sealed (PCR 7)" in life.why
    assert "k to type the recovery key" in life.offers


def test_behind_the_key_everything_is_there(life: Life) -> None:
    assert life.kept == "still-here"


def test_a_planned_change_is_prepared_by_one_start_and_used_by_the_next(life: Life) -> None:
    assert (life.prepared["state"], life.prepared["startsLeft"]) == ("ready", 3)
    assert b"cleanslate-reseal" in life.prepared_headers
    assert (life.planned["state"], life.planned["startsLeft"]) == ("done", 0)
    assert b"cleanslate-reseal" not in life.planned_headers and b"systemd-tpm2" in life.planned_headers
    assert life.planned_kept == "still-here"


def test_a_change_behind_the_planned_one_locks_the_volumes_again(life: Life) -> None:
    assert "stays locked: Secure Boot's keys or state changed since its key was sealed (PCR 7)" in life.unplanned
