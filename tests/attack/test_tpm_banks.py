# SPDX-License-Identifier: GPL-2.0-or-later
"""TPMs by which a new system could be locked and never unlocked: of SHA-1 alone, of SHA-384 alone, or with a SHA-256 bank that the
firmware does not extend. An image that has keys sealed is refused before anything is erased, in its first boot and in a reset; one
that has none sealed needs no bank."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from images import pcrsig
from tests.attack import image
from tests.attack.machine import Machine
from tests.qemu.tpm import OfflineTpm
from tests.qemu.variables import PROGRESS_NAMES

SWITCHED_OFF = "The TPM's SHA-256 bank is switched off (it may have SHA-1 or SHA-384 alone)"
NOT_EXTENDED = "Nothing has measured the boot image into the TPM's SHA-256 bank"
SEALED = image.Extra({"10-config.conf": image.CONFIG + "Encrypt=tpm2\n"})
BANKS = [("sha1", SWITCHED_OFF), ("sha384", SWITCHED_OFF), ("sha256", NOT_EXTENDED)]


def with_banks(machine: Machine, banks: str) -> Machine:
    """Another chip in its place. Its PCR 11 is extended by the initrd alone: the firmware of these tests has a TPM of its own."""
    shutil.rmtree(machine.at / "tpm")
    (machine.at / "tpm").mkdir()
    command = ["swtpm_setup", "--tpm2", "--tpmstate", str(machine.at / "tpm"), "--pcr-banks", banks]
    subprocess.run(command, check=True, capture_output=True)
    return machine


def sign(machine: Machine) -> None:
    """The boot image gets a signed PCR policy, as one has whose keys are sealed."""
    private, public = machine.at / "policy.key", machine.at / "policy.pem"
    pcrsig.make_keys(private, public)
    (machine.at / "uki/pcrpkey").write_bytes(public.read_bytes())
    (machine.at / "uki/pcrsig").write_text(pcrsig.document("00" * 32, private, public), encoding="ascii")


@pytest.mark.parametrize(("banks", "words"), BANKS, ids=[banks for banks, _ in BANKS])
def test_a_first_boot_is_not_built_for_good(memory: Path, lent: Callable[[Machine], Machine], banks: str, words: str) -> None:
    machine = with_banks(lent(Machine.flashed(memory / "sealed", extra=SEALED)), banks)
    sign(machine)
    table = machine.disk.read(0, 1 << 20)
    boot = machine.boot()
    assert (boot.mode, boot.end) == ("normal", "page"), boot
    assert boot.trouble.startswith(words), boot.trouble
    assert machine.disk.read(0, 1 << 20) == table, "a partition was made"


@pytest.mark.parametrize(("banks", "words"), BANKS, ids=[banks for banks, _ in BANKS])
def test_a_reset_begins_nothing(used: Machine, banks: str, words: str) -> None:
    """An update brings encryption to a device that had none, as one might that is switched off in the firmware's setup."""
    with_banks(used, banks)
    other = used.at / "another-image"
    other.mkdir()
    image.make(other, image.SETTINGS, "", "48M", extra=SEALED)
    (used.at / "image").unlink()
    (used.at / "image").symlink_to(other)
    sign(used)
    used.request()
    key, phases, table = used.storage_key_name(), [used.claimed_phase(slot) for slot in PROGRESS_NAMES], used.disk.read(0, 1 << 20)
    boot = used.boot()
    assert (boot.mode, boot.end) == ("reset", "page"), boot
    assert boot.trouble.startswith(words), boot.trouble
    assert [used.claimed_phase(slot) for slot in PROGRESS_NAMES] == phases, "a reset has begun"
    assert (used.storage_key_name(), used.disk.read(0, 1 << 20)) == (key, table)
    assert used.is_requested()


@pytest.mark.parametrize("banks", ("sha1", "sha384"))
def test_where_nothing_is_sealed_no_bank_is_needed(used: Machine, banks: str) -> None:
    """The control."""
    with_banks(used, banks)
    key = used.storage_key_name()
    used.request()
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
    with OfflineTpm(used.at / "tpm") as tpm:
        assert "sha256" not in tpm.tool("pcrread").replace("sha256:\n", "")
    assert used.storage_key_name() != key
