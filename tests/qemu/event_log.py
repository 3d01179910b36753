# SPDX-License-Identifier: GPL-2.0-or-later
"""The firmware's TPM event log, taken out of a running machine's memory: no program in the machine has to help, so it can be had in
modes that have no shell (TCG PC Client Platform Firmware Profile, section 10: crypto-agile log). Replaying it is tpm2_eventlog's."""

from __future__ import annotations

import mmap
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SIGNATURE = b"Spec ID Event03\0"
_FIRST = struct.Struct("<II20sI")  # the header event is of the old form: PCR, type, SHA-1, size
_EVENT = struct.Struct("<III")  # PCR, type, number of digests
_NO_ACTION = 3
_PCR_MAX, _DATA_MAX = 23, 1 << 20
SHA256 = 0x000B


@dataclass(frozen=True)
class Event:
    pcr: int
    type: int
    digests: dict[int, bytes]
    data: bytes
    digest_at: int  # where in the log the digest of SHA-256 stands


@dataclass(frozen=True)
class Log:
    raw: bytes
    events: list[Event]


def _digest_sizes(specification: bytes) -> dict[int, int]:
    """TCG_EfiSpecIDEvent: which digests each event has."""
    count = struct.unpack_from("<I", specification, 24)[0]
    sizes = struct.unpack_from(f"<{2 * count}H", specification, 28)
    return dict(zip(sizes[::2], sizes[1::2]))


def _event(memory: bytes | mmap.mmap, at: int, sizes: dict[int, int]) -> tuple[Event, int] | None:
    """The event at `at` and where it ends; None if that is no event."""
    pcr, type_, count = _EVENT.unpack_from(memory, at)
    if pcr > _PCR_MAX or count != len(sizes):
        return None
    at, digests, digest_at = at + _EVENT.size, {}, 0
    for _ in range(count):
        algorithm = struct.unpack_from("<H", memory, at)[0]
        if algorithm not in sizes or algorithm in digests:
            return None
        digest_at = at + 2 if algorithm == SHA256 else digest_at
        digests[algorithm] = bytes(memory[at + 2 : at + 2 + sizes[algorithm]])
        at += 2 + sizes[algorithm]
    size = struct.unpack_from("<I", memory, at)[0]
    if size > _DATA_MAX:
        return None
    return Event(pcr, type_, digests, bytes(memory[at + 4 : at + 4 + size]), digest_at), at + 4 + size


def _parse(memory: bytes | mmap.mmap, start: int) -> Log | None:
    """From its header up to what is no event any more."""
    pcr, type_, digest, size = _FIRST.unpack_from(memory, start)
    if (pcr, type_) != (0, _NO_ACTION) or any(digest) or size > 256:
        return None
    at = start + _FIRST.size + size
    sizes, events = _digest_sizes(memory[start + _FIRST.size : at]), []
    while at + _EVENT.size < len(memory) and (found := _event(memory, at, sizes)):
        event, at = found
        events.append(Event(event.pcr, event.type, event.digests, event.data, event.digest_at - start))
    return Log(bytes(memory[start:at]), events)


def parse(log: bytes) -> Log:
    result = _parse(log, 0)
    assert result is not None and result.raw == log, "not an event log from its first to its last byte"
    return result


def in_memory(image: Path) -> Log:
    """The longest log in an image of the machine's memory. There are several copies: the firmware's, the kernel's first one, and the
    kernel's second one with the events of the hand-over behind it."""
    found: list[Log] = []
    with image.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        at = memory.find(_SIGNATURE)
        while at >= 0:
            if at >= _FIRST.size and (log := _parse(memory, at - _FIRST.size)):
                found.append(log)
            at = memory.find(_SIGNATURE, at + 1)
    assert found, f"{image}: no event log in memory"
    return max(found, key=lambda log: len(log.raw))


def replay(log: bytes, work: Path) -> dict[int, bytes]:
    """The PCRs of the SHA-256 bank as tpm2_eventlog computes them; those that the log does not mention are absent."""
    path = work / "event-log"
    path.write_bytes(log)
    done = subprocess.run(["tpm2_eventlog", str(path)], check=True, capture_output=True, text=True, timeout=60)
    banks = done.stdout.split("\npcrs:\n", 1)[1]
    bank = re.search(r"^  sha256:\n((?:    .*\n?)*)", banks, re.M)
    assert bank is not None, f"tpm2_eventlog gave no PCRs of SHA-256: {banks}"
    return {int(pcr): bytes.fromhex(value) for pcr, value in re.findall(r"(\d+)\s*: 0x([0-9a-f]{64})", bank[1])}
