# SPDX-License-Identifier: GPL-2.0-or-later
"""The TPM's clearing is disabled, as whoever hands the device on can do, so that the firmware has to ask whoever stands at the machine.
Who said no is asked again only on somebody's word, also where the firmware keeps no secret, so that no answer can be proven."""

from __future__ import annotations

import pytest

from tests.attack.machine import Machine
from tests.qemu.tpm import OfflineTpm
from tests.qemu.variables import GUID_LOADER

ENTRY_RESET = "auto-cleanslate-reset\0".encode("utf-16-le")


def lock(machine: Machine, keeps_secret: bool) -> None:
    """A reset is due, and the TPM takes no clear but the firmware's."""
    if not keeps_secret:
        (machine.at / "no-secrets").touch()
        for file in machine.private.iterdir():
            file.unlink()
    with OfflineTpm(machine.at / "tpm") as tpm:
        tpm.tool("clearcontrol", "-C", "l", "s")
    machine.request()


@pytest.fixture(params=(True, False), ids=("secret", "no-secret"))
def locked(used: Machine, request: pytest.FixtureRequest) -> Machine:
    lock(used, request.param)
    return used


def test_a_no_is_not_asked_for_again_and_again(locked: Machine) -> None:
    key = locked.storage_key_name()
    locked.add_firmware_interface(declined=True)
    boots = locked.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("reset", "page")], boots
    assert boots[-1].trouble.startswith("The TPM was not cleared: the firmware was asked to"), boots[-1].trouble
    assert locked.questions == 1
    assert locked.is_requested()
    assert locked.storage_key_name() == key


def test_where_nothing_is_proven_each_start_shows_the_page(used: Machine) -> None:
    """Switched off and on there, the machine asks nobody; a person's choice does, and a yes ends it."""
    lock(used, keeps_secret=False)
    used.add_firmware_interface(declined=True)
    used.boots()
    assert used.boot().end == "page"
    assert used.questions == 1
    used.set_variable("LoaderEntryOneShot", GUID_LOADER, ENTRY_RESET)
    (used.at / "declined").unlink()
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("reset", "restart"), ("normal", "started")], boots
    assert used.questions == 2
    assert not used.is_requested()


def test_a_yes_needs_one_question(locked: Machine) -> None:
    """The control."""
    key = locked.storage_key_name()
    locked.add_firmware_interface()
    boots = locked.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("reset", "restart"), ("normal", "started")], boots
    assert locked.questions == 1
    assert locked.storage_key_name() != key
