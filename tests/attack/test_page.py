# SPDX-License-Identifier: GPL-2.0-or-later
"""What the recovery page says of the old data is what the disk and the TPM say, too."""

from __future__ import annotations

import uuid

from tests.attack.canaries import Canaries
from tests.attack.machine import PPI_CLEAR, Machine
from tests.qemu.tpm import OfflineTpm

COUNT = 400


def plant(machine: Machine) -> Canaries:
    """In what belongs to no partition: the first 136 MiB of one are taken for keys, and these here are smaller."""
    canaries, state = Canaries(), machine.partition("state")
    end = machine.disk.gaps()[-1][1]
    canaries.spread(machine.disk, state.start + state.size, end - state.start - state.size, COUNT)
    return canaries


def has_an_owner(tpm: OfflineTpm) -> None:
    """Only the firmware can clear the TPM then."""
    tpm.tool("changeauth", "-c", "l", "of the owner before")


def test_a_reset_that_is_refused_has_erased_nothing(used: Machine) -> None:
    canaries = plant(used)
    used.request(diskUuid=str(uuid.uuid4()))
    boot = used.boot()
    assert (boot.end, boot.old_data) == ("page", "nothing was erased and nothing was changed on the disk."), boot
    assert canaries.left(used.disk) == COUNT


def test_a_no_at_the_firmwares_question_leaves_what_was_not_encrypted(used: Machine) -> None:
    """Keys go before the TPM, and contents after it: the page must not say that nothing can be read any more."""
    canaries, key = plant(used), used.storage_key_name()
    used.add_firmware_interface()
    used.request()
    asked = used.boot(before=has_an_owner)
    assert asked.end == "restart" and (used.ppi / "request").read_text("ascii").split()[0] == PPI_CLEAR, asked
    (used.ppi / "request").write_text("0\n", encoding="ascii")
    (used.ppi / "response").write_text(f"{PPI_CLEAR} 0xFFFFFFF0: User Abort\n", encoding="ascii")
    declined = used.boot()
    assert (declined.mode, declined.end) == ("reset", "page") and "declined" in declined.trouble, declined
    assert canaries.left(used.disk) > 0 and used.storage_key_name() == key, "the control: some of it is there indeed"
    assert declined.old_data.startswith("the reset has begun: the keys of your encrypted data are destroyed, but data that was not encrypted may")
