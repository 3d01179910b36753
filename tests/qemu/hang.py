# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that hangs in the emulator's own way. Without KVM the kernel now and then stands still for good while it tests itself, before it has
started anything of ours: its watchdog then says so, with the name of the kernel's own thread. Such a machine is started again, once; that is
counted, and told at the end of the run. A machine that hangs in any other way has failed its test."""

from __future__ import annotations

import re
from pathlib import Path

from tests.qemu import figures

FILE = "started-again"
# The watchdog's words (kernel/watchdog.c); in brackets the kernel's threads that run while nothing of ours does.
LOCKUP = re.compile(r"watchdog: BUG: soft lockup - CPU#\d+ stuck for \d+s! \[(?:cryptomgr_test|swapper/\d+):\d+\]")


def found(console: str) -> str | None:
    """What the watchdog said since the firmware handed over for the last time; None if it said nothing, or if our own code had its turn."""
    boots = re.split(figures.FIRMWARE_HANDS_OVER, console)
    if len(boots) < 2 or re.search(figures.FIRST_WORD, boots[-1], re.M):
        return None
    lockup = LOCKUP.search(boots[-1])
    return lockup.group() if lockup else None


def note(folder: Path, machine: str, words: str) -> None:
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(f"{machine}: {words}\n")


def told(folder: Path) -> list[str]:
    path = folder / FILE
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def clear(folder: Path) -> None:
    (folder / FILE).unlink(missing_ok=True)
