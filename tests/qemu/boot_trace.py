# SPDX-License-Identifier: GPL-2.0-or-later
"""The two small variables that outlive a boot, decoded without the code that writes them (the formats are common/state/boot-trace.h's)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from tests.qemu.variables import BOOT_COUNT_NAME, BREAK_GLASS_NAME, GUID_CLEANSLATE, VariableStore

_BREAK_GLASS = struct.Struct("<IIIIQ")


@dataclass(frozen=True)
class BreakGlass:
    count: int
    told: int
    last_at: int


def decode_break_glass(value: bytes) -> BreakGlass:
    version, count, told, crc, last_at = _BREAK_GLASS.unpack(value)
    assert version == 1 and zlib.crc32(value[:12] + bytes(4) + value[16:]) == crc, value.hex()
    return BreakGlass(count, told, last_at)


def break_glass(variables: VariableStore) -> BreakGlass | None:
    variable = variables.get(BREAK_GLASS_NAME, GUID_CLEANSLATE)
    return decode_break_glass(variable.value) if variable else None


KERNEL, INITRD, INIT = range(3)  # how far the last permitted boot came


@dataclass(frozen=True)
class BootCount:
    boots: int
    reached: int

    def encode(self) -> bytes:
        return bytes((3, self.boots, self.reached))


def boot_count(variables: VariableStore) -> BootCount | None:
    variable = variables.get(BOOT_COUNT_NAME, GUID_CLEANSLATE)
    if variable is None:
        return None
    assert len(variable.value) == 3 and variable.value[0] == 3, variable.value.hex()
    return BootCount(variable.value[1], variable.value[2])
