# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings of overwriting in whole resets: what is on the raw disk when all is erased and nothing is rebuilt yet, and what the record
says. The control of each is the image without the setting."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attack import image
from tests.attack.canaries import Canaries
from tests.attack.machine import Machine
from tests.qemu.variables import GUID_CLEANSLATE, PROGRESS_NAMES

MIB = 1 << 20

Maker = Callable[[str], Machine]


@pytest.fixture
def with_settings(memory: Path, lent: Callable[[Machine], Machine]) -> Iterator[Maker]:
    """A machine of such an image that has had its first boot."""

    def make(settings: str) -> Machine:
        machine = lent(Machine.flashed(Path(tempfile.mkdtemp(dir=memory)) / "machine", image.SETTINGS + settings))
        assert machine.boot().end == "started"
        return machine

    yield make


def erased_contents(machine: Machine) -> tuple[bytes, bytes]:
    """Cuts the power behind the erasing: a mebibyte from within the state's partition, and the keystream that belongs there
    (linux/erase/erase-engine.c), by another program."""
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start, state.size)
    (machine.at / "discard-does-nothing").touch()
    machine.request()
    machine.boot(cut="commit erased")
    assert canaries.left(machine.disk) == 0
    slots = [machine.variable(name, GUID_CLEANSLATE) or bytes(96) for name in PROGRESS_NAMES]
    reset_id = max(slots, key=lambda slot: slot[16:24][::-1])[48:64]
    key = hashlib.sha256(b"cleanslate erase keystream 1\0" + reset_id + bytes(4) + state.start.to_bytes(8, "little")).digest()
    at = 6 * MIB
    command = ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", (at // 16).to_bytes(16, "big").hex(), "-nosalt"]
    stream = subprocess.run(command, input=bytes(MIB), check=True, capture_output=True).stdout
    with machine.disk.path.open("rb") as disk:
        disk.seek(state.start + at)
        return disk.read(MIB), stream


def erasings(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Of contents that were overwritten."""
    return [step["erase"] for step in record["steps"] if "erase" in step and step["kind"].startswith("erase") and "pattern" in step["erase"]]


def test_a_keystream_is_what_is_on_the_disk(with_settings: Maker) -> None:
    machine = with_settings("overwrite=keystream\n")
    found, stream = erased_contents(machine)
    assert found == stream
    assert [boot.end for boot in machine.boots()][-1] == "started"
    assert machine.newest_record()["result"] == "complete"


def test_zeros_are_what_is_on_the_disk_otherwise(with_settings: Maker) -> None:
    found, stream = erased_contents(with_settings(""))
    assert found == bytes(MIB) != stream


@pytest.mark.parametrize(("settings", "verification"), (("verify=sampled\n", "sampled"), ("", "full")))
def test_what_is_overwritten_is_read_back_as_the_image_says(with_settings: Maker, settings: str, verification: str) -> None:
    machine = with_settings(settings)
    (machine.at / "discard-does-nothing").touch()
    machine.request()
    assert machine.boots()[-1].end == "started"
    record = machine.newest_record()
    large = [erase for erase in erasings(record) if erase["writtenBytes"] >= 16 * MIB]
    assert large and {erase["verification"] for erase in large} == {verification}, record["steps"]
    for erase in large:
        assert (erase["verifiedBytes"] < erase["writtenBytes"]) == (verification == "sampled")


@pytest.mark.parametrize(("settings", "end", "result"), (("bad-sectors=partial\n", "started", "partial"), ("", "page", "failed")))
def test_a_sector_that_cannot_be_written_is_told_and_counts_as_the_image_says(with_settings: Maker, settings: str, end: str, result: str) -> None:
    machine = with_settings(settings)
    (machine.at / "discard-does-nothing").touch()
    (machine.at / "bad-sector").touch()
    machine.request()
    boots = machine.boots()
    assert boots[-1].end == end, boots
    if end == "page":
        assert "could not be erased" in boots[-1].trouble
        assert machine.is_requested()
        return
    record = machine.newest_record()
    assert record["result"] == result
    bad = [erase["unwritable"]["ranges"] for erase in erasings(record) if erase["unwritable"]["bytes"]]
    assert bad and all(ranges[0][1] == 512 for ranges in bad)
