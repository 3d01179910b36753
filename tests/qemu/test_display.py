# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine shows in German, before a reset and while it works, and as JSON: the screen's own pixels and the serial line's own
bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import scenario, variant
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.keyboard import SCREEN
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.menu import PAGE_SECONDS, open_menu

pytestmark = pytest.mark.takes_turns("display", seconds=200)

WORDS = " cleanslate.language=de cleanslate.progress=json"
ACTIVE = bytes.fromhex("4a90c4")  # the colour of the bar's filled part
MEMBERS = {"phase", "step", "stepNumber", "stepCount", "fraction", "bytes", "bytesTotal", "rate", "secondsLeft", "message"}
PHASES = ["prepare", "keys", "tpm", "erase", "rebuild", "verify", "record", "done"]
# German, and late enough for another width of the bar each
MOMENTS = (r"\] Inhalte werden gelöscht: state", r"\] Werksdateien werden kopiert: state", r"\] Werksdateien werden geprüft: state")


def filled(picture: Path) -> int:
    """How many pixels of a binary PPM have the bar's colour."""
    magic, size, depth, pixels = picture.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    assert (magic, depth, len(pixels)) == (b"P6", b"255", width * height * 3)
    return sum(pixels[at : at + 3] == ACTIVE for at in range(0, len(pixels), 3))


def faults(lines: Sequence[dict[str, Any]]) -> list[str]:
    """What a program that reads along would stumble over."""
    found = [f"members {sorted(line.keys() ^ MEMBERS)}" for line in lines if line.keys() != MEMBERS]
    for before, after in zip(lines, lines[1:]):
        if after["fraction"] < before["fraction"] or after["stepNumber"] < before["stepNumber"]:
            found.append(f"{before} goes back to {after}")
        if PHASES.index(after["phase"]) < PHASES.index(before["phase"]):
            found.append(f"{before['phase']} comes before {after['phase']}")
    if not lines or (lines[-1]["phase"], lines[-1]["fraction"]) != ("done", 1):
        found.append("it does not end")
    return found


# The firmware's serial line may have no umlauts, so what is waited for of the menu has none.
MENU, MENU_KEYS, MENU_ENTRY = r"Cleanslate: Startmen", r"oder der Buchstabe davor\.", r"r  Wiederherstellung: nachsehen, was fehlt"
RECOVERY_KEYS = r"^cleanslate: RECOVERY: Tasten: r Neustart, p Ausschalten, f Zurücksetzen auf Werkszustand"
RECOVERY_LINES = (
    "cleanslate: RECOVERY: Das Gerät wurde zur Wiederherstellung gestartet.",
    "cleanslate: RECOVERY: auf dem Datenträger wurde nichts gelöscht und nichts verändert.",
    "  Image       bestätigt: ",
    "  Partitionen config ",
    "  TPM         antwortet; nicht gesperrt; Besitzer-Berechtigung leer; kann gelöscht werden",
    "  zuletzt     ",
)


@dataclass(frozen=True)
class Shown:
    recovery: str
    filled: list[int]
    lines: list[dict[str, Any]]
    digest: str


def recovery_page(machine: Machine) -> str:
    """From the menu, and off with its own key."""
    open_menu(machine, SCREEN, MENU, MENU_KEYS)
    scenario.keep_picture(machine, "menu-german")
    SCREEN.press(machine, "r")
    machine.wait_for(RECOVERY_KEYS, scenario.BOOT_SECONDS, never=[LOGIN, scenario.RESET_STARTED])
    scenario.keep_picture(machine, "recovery-german")
    said = "\n".join(line.text.rstrip() for line in machine.console.lines())
    SCREEN.press(machine, "p")
    machine.wait_for_exit(PAGE_SECONDS)
    return said


@pytest.fixture(scope="module")
def shown(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], images: Images) -> Shown:
    machine = machine_like(factory_new.machine, "display")
    machine.esp.install_uki(variant.make(images.reference.parent, WORDS, "", machine.directory / "german.efi"))
    recovery = recovery_page(machine)
    scenario.request_from_outside(machine, "clear")
    machine.power_on()
    bars = []
    for number, moment in enumerate(MOMENTS):
        machine.wait_for(moment, scenario.RESET_SECONDS, never=[LOGIN, scenario.RECOVERY])
        bars.append(filled(machine.screen(f"moment-{number}")))
        scenario.keep_picture(machine, ("reset-german-erasing", "reset-german-copying", "reset-german")[number])
    digest = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never=[LOGIN, scenario.RECOVERY])[1]
    said = [line.text.strip() for line in machine.console.lines()]
    machine.kill()
    return Shown(recovery, bars, [json.loads(line) for line in said if line.startswith("{")], digest)


def test_the_menu_and_the_recovery_page_are_german(shown: Shown) -> None:
    assert re.search(MENU_ENTRY, shown.recovery)
    for line in RECOVERY_LINES:
        assert re.search(f"^{re.escape(line)}", shown.recovery, re.M), f"{line} is not in: {shown.recovery[-3000:]}"


def test_the_bar_grows_and_the_reset_completes(shown: Shown, factory_new: FactoryNew) -> None:
    assert 0 < shown.filled[0] < shown.filled[1] < shown.filled[2]
    assert shown.digest == factory_new.manifest_digest


def test_the_lines_of_json_can_be_read_along(shown: Shown) -> None:
    assert faults(shown.lines) == []
    assert {line["phase"] for line in shown.lines} == set(PHASES)
    assert any(line["bytes"] for line in shown.lines), "nothing was counted"
    assert any(line["message"].startswith("Inhalte werden gelöscht") for line in shown.lines)


def test_the_checks_find_what_they_look_for(tmp_path: Path, shown: Shown) -> None:
    assert faults(shown.lines[:-1]) == ["it does not end"]
    assert len(faults([*shown.lines[:3], shown.lines[1], *shown.lines[3:]])) >= 1
    assert len(faults([{**shown.lines[0], "more": 1}, *shown.lines[1:]])) == 1
    picture = tmp_path / "two-pixels.ppm"
    picture.write_bytes(b"P6\n2 1\n255\n" + ACTIVE + b"\0\0\0")
    assert filled(picture) == 1
