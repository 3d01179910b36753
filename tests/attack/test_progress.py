# SPDX-License-Identifier: GPL-2.0-or-later
"""Root of the running system writes what a reset is said to have done already, then somebody asks for one. All of it has to happen all
the same. Forged is everything that an EFI variable can say; the control of each is the reset of test_reset.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack import image, table
from tests.attack.canaries import BLOCK, COUNT, Canaries
from tests.attack.machine import PPI_CLEARED, Machine
from tests.qemu.tpm import OfflineTpm
from tests.qemu.variables import GUID_CLEANSLATE, GUID_REQUEST, PROGRESS_NAMES, REQUEST_NAME

STARTED, KEYS_DESTROYED, TPM_CLEARED, ERASED, REBUILT, VERIFIED, RECORDED, DONE = range(1, 9)
REQUEST, COMMAND_LINE, FIRST_BOOT, MENU, RECOVERY = range(5)
ATTEMPTS_MAX = 32  # common/boot/boot-choice.h
LEVELS = "[Disk]\nid=serial:FURTHER\nlevel=clear\n"


def plant(machine: Machine) -> Canaries:
    """Half of them in the state, half in what belongs to no partition behind it."""
    canaries, state = Canaries(), machine.partition("state")
    end = machine.disk.gaps()[-1][1]
    canaries.spread(machine.disk, state.start, state.size, COUNT // 2)
    canaries.spread(machine.disk, state.start + state.size, end - state.start - state.size, COUNT // 2)
    assert canaries.left(machine.disk) == COUNT
    return canaries


def assert_reset(machine: Machine, canaries: Canaries, key: str) -> None:
    """The machine, switched on now, does all that the person was promised."""
    before = set(machine.records())
    boots = machine.boots()
    assert canaries.left(machine.disk) == 0, boots
    assert not machine.is_requested()
    assert machine.storage_key_name() != key
    assert boots[-1].end == "started", boots
    new = [record for name, record in machine.records().items() if name not in before]
    assert [(record["result"], record["origin"]) for record in new] == [("complete", "request")], new


PHASES = [(phase, REQUEST) for phase in (STARTED, ERASED, REBUILT, VERIFIED, RECORDED)]


@pytest.mark.parametrize(("phase", "origin"), [*PHASES, (ERASED, FIRST_BOOT), (RECORDED, FIRST_BOOT), (RECORDED, RECOVERY)])
def test_a_phase_that_was_never_reached_skips_nothing(used: Machine, phase: int, origin: int) -> None:
    """Nor does the certificate take an older one's name, by the id of a reset that is over."""
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    used.forge(phase=phase, origin=origin)
    assert_reset(used, canaries, key)


@pytest.mark.parametrize("phase", (ERASED, RECORDED))
def test_where_the_firmware_keeps_no_secret_nothing_is_skipped(used: Machine, phase: int) -> None:
    """Then what root writes cannot be told from what a reset has written, and neither is believed."""
    (used.at / "no-secrets").touch()
    for file in used.private.iterdir():
        file.unlink()
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    used.forge(phase=phase, origin=REQUEST)
    assert_reset(used, canaries, key)


@pytest.mark.parametrize("phase", (ERASED, RECORDED))
def test_a_secret_that_root_has_put_in_the_place_of_the_stubs_is_worth_nothing(used: Machine, phase: int) -> None:
    """The firmware's variables were cleared by a jumper, and the old system is quicker than the stub."""
    for file in used.private.iterdir():
        file.unlink()
    canaries, key = plant(used), used.storage_key_name()
    used.request()
    used.forge(phase=phase, origin=REQUEST, device="known")
    assert_reset(used, canaries, key)


def test_a_first_boot_that_never_was_does_not_stand_for_a_reset(used: Machine) -> None:
    canaries, key = plant(used), used.storage_key_name()
    table.delete(used.disk, "config", "state")
    used.request()
    used.forge(phase=STARTED, origin=FIRST_BOOT)
    assert_reset(used, canaries, key)


def test_an_erase_point_under_the_known_plan_skips_nothing(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """`cleanslate plan` shows the plan; here a twin shows its digest. Sampled reading back looks at a tenth of the range: one block is
    overlooked nine times in ten."""
    machine = lent(Machine.flashed(memory / "sampled", "[Reset]\nverify=sampled\n"))
    machine.boot()
    canaries, key, (start, end) = Canaries(), machine.storage_key_name(), machine.disk.gaps()[-1]
    canaries.put(machine.disk, [(start + end) // 2 // BLOCK * BLOCK])
    machine.request()
    twin = lent(machine.copy(memory / "twin"))
    twin.boot()
    assert canaries.left(twin.disk) == 0  # the control
    machine.forge(phase=STARTED, origin=REQUEST, erase_start=start, erase_done=end - start, plan=twin.claimed_plan())
    assert_reset(machine, canaries, key)


def test_an_additional_disk_that_is_said_to_be_done_is_erased(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    machine = lent(Machine.flashed(memory / "additional", image.SETTINGS + LEVELS, additional=True))
    machine.boot()
    canaries = Canaries()
    for forged in (False, True):  # control first: it is erased at all, and leaves the checksum of its identity in the slot
        canaries.spread(machine.additional, 0, machine.additional.size())
        machine.request()
        if forged:
            machine.forge(phase=STARTED, disks_done=1)
        machine.boots()
        assert canaries.left(machine.additional) == 0, forged
        assert not machine.is_requested()


@pytest.mark.parametrize("disabled", (False, True))
@pytest.mark.parametrize("forged", (False, True))
def test_a_stale_answer_of_the_firmware_clears_no_tpm(used: Machine, disabled: bool, forged: bool) -> None:
    """The firmware has cleared the TPM once, years ago, and what the TPM was like before is made up. With the lockout hierarchy, which
    then has the first word, and with clearing disabled by the old system, so that it takes the firmware."""
    canaries, key = plant(used), used.storage_key_name()
    used.add_firmware_interface(response=PPI_CLEARED)
    if disabled:
        with OfflineTpm(used.at / "tpm") as tpm:
            tpm.tool("clearcontrol", "-C", "l", "s")
    used.request()
    if forged:
        used.forge(phase=KEYS_DESTROYED, origin=REQUEST, awaiting_firmware=1, firmware_asked=1, tpm_before="unlike")
    assert_reset(used, canaries, key)


def test_an_old_slot_that_is_put_back_with_its_old_request_skips_nothing(used: Machine) -> None:
    """Both are genuine: recorded is what the reset of before was, and the request is its request to the last byte."""
    used.request()
    request = used.variable(REQUEST_NAME, GUID_REQUEST)
    assert request
    used.boots()
    slots = {name: used.variable(name, GUID_CLEANSLATE) or b"" for name in PROGRESS_NAMES}
    number = [used.claimed_phase(name) for name in PROGRESS_NAMES].index(RECORDED)
    canaries, key = plant(used), used.storage_key_name()
    used.set_variable(PROGRESS_NAMES[number], GUID_CLEANSLATE, slots[PROGRESS_NAMES[number]])
    used.remove_variable(PROGRESS_NAMES[1 - number], GUID_CLEANSLATE)
    used.set_variable(REQUEST_NAME, GUID_REQUEST, request)
    assert_reset(used, canaries, key)


def test_a_reset_that_never_gets_to_begin_ends_on_the_page(used: Machine) -> None:
    """The one before it was cut short; each attempt of this one dies in its checks. Attempts of the one before are not counted."""
    used.request()
    used.boot(cut="commit keys-destroyed")
    for _ in range(3):
        used.boot(cut="commit started")
    used.request()
    canaries = plant(used)
    for attempt in range(ATTEMPTS_MAX):
        assert used.boot(cut="commit started").mode == "reset", attempt
    page = used.boot()
    assert (page.mode, page.end) == ("recovery", "page"), page
    assert "tried 32 times" in page.trouble
    assert canaries.left(used.disk) == COUNT
    used.request()  # another one begins with attempts of its own
    used.boots()
    assert canaries.left(used.disk) == 0
    assert not used.is_requested()
