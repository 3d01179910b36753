# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reset shows while it works, in German and as JSON: the screen's own pixels and the serial line's own bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import scenario, variant
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.machine import LOGIN, Machine

pytestmark = pytest.mark.takes_turns("display")

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


@dataclass(frozen=True)
class Shown:
    filled: list[int]
    lines: list[dict[str, Any]]
    digest: str


@pytest.fixture(scope="module")
def shown(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], images: Images) -> Shown:
    machine = machine_like(factory_new.machine, "display")
    machine.esp.install_uki(variant.make(images.reference.parent, WORDS, "", machine.directory / "german.efi"))
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
    return Shown(bars, [json.loads(line) for line in said if line.startswith("{")], digest)


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
