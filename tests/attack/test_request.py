# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that ask for less than the image demands, or that are none. The control is the reset of test_reset.py."""

from __future__ import annotations

import uuid

import pytest

from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Machine
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value


def plant(machine: Machine) -> Canaries:
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start + state.size // 2, state.size // 2)
    return canaries


def test_a_request_cannot_ask_for_less_than_the_image(used: Machine) -> None:
    canaries, key = plant(used), used.storage_key_name()
    used.request(level="crypto", tpmClear="skip")
    assert used.boots()[-1].end == "started"
    assert canaries.left(used.disk) == 0
    assert used.storage_key_name() != key


@pytest.mark.parametrize("value", (b"{", request_value("{}"), request_value('{"osReleaseId":"attack"') * 400))
def test_what_is_no_request_resets_nothing(used: Machine, value: bytes) -> None:
    canaries, key = plant(used), used.storage_key_name()
    used.set_variable(REQUEST_NAME, GUID_REQUEST, value)
    assert used.boot().end == "started"
    assert canaries.left(used.disk) == COUNT
    assert used.storage_key_name() == key


def test_a_request_for_another_disk_erases_nothing_on_this_one(used: Machine) -> None:
    canaries, key = plant(used), used.storage_key_name()
    used.request(diskUuid=str(uuid.uuid4()))
    boot = used.boot()
    assert (boot.mode, boot.end) == ("reset", "page"), boot
    assert canaries.left(used.disk) == COUNT
    assert used.storage_key_name() == key


def test_a_reason_is_recorded_whole(used: Machine) -> None:
    """As long as `cleanslate request` takes one, its last character of several bytes; over a cut, from the progress."""
    reason = "Rückgabe: " + "x" * 241 + "€"
    assert len(reason.encode()) == 255
    used.request(reason=reason, requester="r" * 63)
    used.boot(cut="commit erased")
    assert used.boots()[-1].end == "started"
    record = used.newest_record()
    assert (record["reason"], record["requester"]) == (reason, "r" * 63)
