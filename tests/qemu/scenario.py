# SPDX-License-Identifier: GPL-2.0-or-later
"""What several scenarios do: the way from a request back to a login, and the questions asked afterwards."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.qemu import figures, luks, picture
from tests.qemu.disk import TYPE_CONFIG, TYPE_VAR
from tests.qemu.figures import Figures
from tests.qemu.luks import Luks
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.shell import Shell
from tests.qemu.tpm import token_blob
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value

BOOT_SECONDS = 300.0  # from power-on to a login, on a slow machine with another one beside it
RESET_SECONDS = 600.0
RESET_STARTED = r"^cleanslate: reset: the factory state is being restored"
RESET_COMPLETE = r"^cleanslate: reset: 100% complete in \d+ ms, factory digest ([0-9a-f]{64})"
RESET_VERIFIES = r"^cleanslate: reset: +\d+% \[\d+/\d+\] Verifying the factory files: state"
FIRMWARE_WILL_ASK = r"^cleanslate: reset: THE FIRMWARE WILL ASK TO CLEAR THE TPM"
RECOVERY = r"^cleanslate: RECOVERY: (.*)\n"  # with its end: a serial line arrives in pieces
RESTARTING = r"^cleanslate: restarting"
MARKER = "/var/marker-of-before"
ENCRYPTED = (TYPE_CONFIG, TYPE_VAR)

# The first thing that an ordinary boot of the quiet reference machine says on its console; test_factory_new.py shows that it does.
ORDINARY_BOOT = r"^Debian GNU/Linux \d+ cleanslate "


@dataclass(frozen=True)
class Reset:
    """What a reset said on the console, with the time it took from the request to the login."""

    digest: str
    seconds_to_login: float


def status(shell: Shell) -> tuple[int, dict[str, Any]]:
    """The exit status and the answer of `cleanslate status --json`."""
    code, output = shell.run("cleanslate status --json")
    answer = json.loads(output)
    assert isinstance(answer, dict)
    return code, answer


def plan(shell: Shell) -> dict[str, Any]:
    """What `cleanslate plan` says beforehand."""
    answer = json.loads(shell.check("cleanslate plan --json"))
    assert isinstance(answer, dict)
    return answer


def assert_did_as_planned(record: dict[str, Any], planned: dict[str, Any]) -> None:
    """The running system and the initrd have decided the same."""
    assert (planned["refused"], planned["trouble"]) == ([], None)
    assert [step["kind"] for step in record["steps"]] == [step["kind"] for step in planned["steps"]]
    assert record["planDigest"] == planned["digest"]


def picture_folder(machine: Machine) -> Path:
    """Where `make pictures` finds them."""
    folder = machine.directory.parent / "pictures"
    folder.mkdir(exist_ok=True)
    return folder


def keep_picture(machine: Machine, name: str) -> None:
    """What the screen shows now."""
    folder = picture_folder(machine)
    shutil.copyfile(machine.screenshot(name), folder / f"{name}.png")


def show_on_screen(machine: Machine, shell: Shell, command: str, name: str) -> tuple[int, int]:
    """Runs a command on the screen's own terminal and keeps the picture, cut to the text. How many lines and columns the terminal has left."""
    rows, columns = map(int, shell.check("systemctl stop getty@tty1; stty size </dev/tty1").split())
    lines = shell.run(command)[1].splitlines()
    shell.run(f"(printf '\\033c\\033[?25l# {command}\\n'; {command}) >/dev/tty1")
    folder = picture_folder(machine)
    (folder / f"{name}.png").write_bytes(picture.png(machine.screen(name).read_bytes()))
    return rows - 1 - len(lines), columns - max(map(len, lines))


def request_from_outside(machine: Machine, level: str, reason: str = "asked for from outside") -> None:
    """Puts a request at a level into the variables of a switched-off machine, as if its system had written it before."""
    request = {"osReleaseId": "debian", "osReleaseImageId": "cleanslate-reference", "bootId": "00112233445566778899aabbccddeeff"}
    text = json.dumps({**request, "cleanslate": {"level": level, "reason": reason}})
    machine.variables.set(REQUEST_NAME, GUID_REQUEST, request_value(text))


def follow_to_completion(machine: Machine, picture: str | None = None) -> str:
    """From the request on to the end of the reset, whatever restarts it needs; nobody helps. Returns the factory digest it said.
    `picture`: under which name the screen of the reset is kept."""
    never = [LOGIN, ORDINARY_BOOT, RECOVERY]
    machine.wait_for(RESET_STARTED, RESET_SECONDS, never)
    if picture is not None:
        machine.wait_for(RESET_VERIFIES, RESET_SECONDS, never)
        keep_picture(machine, picture)
    return machine.wait_for(RESET_COMPLETE, RESET_SECONDS, never)[1]


def follow_reset(machine: Machine) -> Reset:
    """The same, and on to the login prompt."""
    began = machine.console.seconds()
    digest = follow_to_completion(machine)
    machine.wait_for(LOGIN, BOOT_SECONDS, never=[RECOVERY, RESET_STARTED])
    return Reset(digest, machine.console.seconds() - began)


def record_figures(machine: Machine, collected: Figures, after: float = 0.0) -> None:
    lines = [line for line in machine.console.lines() if line.seconds >= after]
    for name, seconds in figures.of_reset(lines):
        collected.add(machine.name, name, seconds)
    checks = figures.between(lines, figures.RESET_BEGINS, figures.FIRST_STEP)
    collected.add(machine.name, "checks before the first step", checks)
    start_up = figures.between(lines, figures.FIRMWARE_HANDS_OVER, figures.FIRST_WORD)
    collected.add(machine.name, "firmware's hand-over to the initrd's first word", start_up)


def headers(machine: Machine) -> list[Luks | None]:
    """What is left of the LUKS2 headers of config and state."""
    return [luks.read(machine.disk, machine.disk.partition(type_)) for type_ in ENCRYPTED]


def volumes(machine: Machine) -> dict[str, Luks]:
    """The LUKS2 headers of config and state, by partition label; fails if one of them is not encrypted."""
    result = {}
    for type_ in ENCRYPTED:
        partition = machine.disk.partition(type_)
        header = luks.read(machine.disk, partition)
        assert header is not None, f"{partition.name} has no LUKS2 header"
        result[partition.name] = header
    return result


def sealed_blobs(headers: dict[str, Luks]) -> dict[str, bytes]:
    """The sealed key of each volume."""
    return {label: token_blob(header.tokens("systemd-tpm2")[0]) for label, header in headers.items()}


def leftover_keyslots(machine: Machine, headers: dict[str, Luks]) -> list[str]:
    """The volumes of which key bytes are still anywhere on the raw disk."""
    left = []
    for label, header in headers.items():
        (keyslot,) = header.metadata["keyslots"].values()
        offset, size = int(keyslot["area"]["offset"]), int(keyslot["area"]["size"])
        area = header.header_area[offset : offset + size]
        # The first and some later anti-forensic stripe: random bytes that stand nowhere else.
        assert area[:64] != bytes(64), f"{label}: no key bytes to look for"
        stripes = [area[at : at + 64] for at in (0, size // 4, size // 2)]
        left += [label for stripe in stripes if any(stripe) and machine.disk.find(stripe)]
    return left


def newest_record(machine: Machine) -> dict[str, Any]:
    """The record of the reset that was made last, from the ESP."""
    records = machine.esp.records()
    assert records, "no record on the ESP"
    return max(records.values(), key=lambda record: int(record["writtenAt"]))
