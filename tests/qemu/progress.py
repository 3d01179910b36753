# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a reset has come, read from a switched-off machine's EFI variables (the format is pinned in common/state/progress.c)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tests.qemu.variables import GUID_CLEANSLATE, PROGRESS_NAMES, VariableStore

PHASES = ("idle", "started", "keys-destroyed", "tpm-cleared", "erased", "rebuilt", "verified", "recorded", "done")
_SIZE = 752
_MAGIC, _VERSION = b"CLNSLATE", 3  # the rest is authenticated with a key that only the stub has
_ERASE_DONE = 624  # bytes of the range that is being overwritten
_HEAD = struct.Struct("<8sIIQIII")


@dataclass(frozen=True)
class Progress:
    phase: str
    sequence: int
    attempts: int
    failures: int
    erase_done: int = 0


def _decode(raw: bytes) -> Progress | None:
    if len(raw) != _SIZE:
        return None
    magic, version, phase, sequence, _, attempts, failures = _HEAD.unpack_from(raw)
    if (magic, version) != (_MAGIC, _VERSION) or phase >= len(PHASES):
        return None
    return Progress(PHASES[phase], sequence, attempts, failures, int.from_bytes(raw[_ERASE_DONE : _ERASE_DONE + 8], "little"))


def read(variables: VariableStore) -> Progress:
    """The newer valid slot; idle if there is none."""
    slots = [variables.get(name, GUID_CLEANSLATE) for name in PROGRESS_NAMES]
    decoded = [progress for slot in slots if slot and (progress := _decode(slot.value))]
    return max(decoded, key=lambda progress: progress.sequence, default=Progress(PHASES[0], 0, 0, 0))
