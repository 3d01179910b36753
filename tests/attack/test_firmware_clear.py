# SPDX-License-Identifier: GPL-2.0-or-later
"""The TPM's clearing is disabled, as whoever hands the device on can do, so that the firmware has to ask whoever stands at the machine.
Who said no is asked again only on somebody's word, also where the firmware keeps no secret, so that no answer can be proven."""

from __future__ import annotations

import pytest

from tests.attack.machine import Machine
from tests.qemu.tpm import OfflineTpm, TpmError
from tests.qemu.variables import GUID_LOADER, PROGRESS_NAMES

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


def guess(tpm: OfflineTpm) -> None:
    """A wrong lockout authorization, as root of the old system gives it: no flag tells of it, and the right one is refused for a while."""
    with pytest.raises(TpmError, match="0x98E|auth"):
        tpm.tool("dictionarylockout", "-c", "-p", "wrong")


def test_a_lockout_hierarchy_that_refuses_is_found_out_before_anything_is_erased(used: Machine) -> None:
    key, phases = used.storage_key_name(), [used.claimed_phase(slot) for slot in PROGRESS_NAMES]
    used.request()
    boot = used.boot(before=guess)
    assert (boot.mode, boot.end) == ("reset", "page"), boot
    assert boot.trouble.startswith("The TPM must be cleared, but it is in lockout after wrong authorizations"), boot.trouble
    assert [used.claimed_phase(slot) for slot in PROGRESS_NAMES] == phases, "a reset has begun"
    assert used.storage_key_name() == key


def test_where_the_firmware_can_it_is_asked_instead(used: Machine) -> None:
    key = used.storage_key_name()
    used.add_firmware_interface()
    used.request()
    boot = used.boot(before=guess)
    assert (boot.mode, boot.end) == ("reset", "restart"), boot
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    assert used.questions == 1
    assert used.storage_key_name() != key


@pytest.mark.parametrize("response", ("0: No Recent Request", "22 0: Success"), ids=("none", "other"))
def test_a_clear_without_an_answer_counts_by_key_and_ticket(used: Machine, response: str) -> None:
    """Clearing is disabled once more behind the firmware's clear, so that this program cannot make the proof itself."""
    lock(used, keeps_secret=True)
    key = used.storage_key_name()
    used.add_firmware_interface()
    assert used.boot().end == "restart"

    def clear_silently(tpm: OfflineTpm) -> None:
        tpm.tool("clearcontrol", "-C", "p", "c")
        tpm.tool("clear", "-c", "p")
        tpm.tool("clearcontrol", "-C", "l", "s")
        (used.ppi / "request").write_text("0\n", encoding="ascii")
        (used.ppi / "response").write_text(response + "\n", encoding="ascii")

    boot = used.boot(before=clear_silently)
    assert (boot.mode, boot.end) == ("reset", "restart"), boot
    assert used.boot().end == "started"
    assert not used.is_requested()
    assert used.storage_key_name() != key
