# SPDX-License-Identifier: GPL-2.0-or-later
"""A person's hands on a machine under test: the keyboard in front of its screen, or a terminal on its serial line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.qemu.machine import Machine

# What a terminal sends for keys that are no characters.
_SEQUENCES = {"up": "\x1b[A", "down": "\x1b[B", "ret": "\r", "esc": "\x1b", "spc": " ", "backspace": "\x7f"}
_QEMU_NAMES = {" ": "spc", "-": "minus"}


def _press_on_screen(machine: Machine, key: str) -> None:
    machine.send_keys(_QEMU_NAMES.get(key, key))


def _press_on_serial(machine: Machine, key: str) -> None:
    machine.console.send(_SEQUENCES.get(key, key))


@dataclass(frozen=True)
class Keyboard:
    name: str
    _press: Callable[[Machine, str], None]

    def press(self, machine: Machine, *keys: str) -> None:
        """QEMU's names ("up", "ret", "esc", "a") on either."""
        for key in keys:
            self._press(machine, key)

    def type(self, machine: Machine, text: str) -> None:
        self.press(machine, *text, "ret")


SCREEN = Keyboard("screen", _press_on_screen)
SERIAL = Keyboard("serial", _press_on_serial)
