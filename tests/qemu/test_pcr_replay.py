# SPDX-License-Identifier: GPL-2.0-or-later
"""The signed kernel and initrd, started by somebody else than the stub: with the command line of their choice, and with everything in hand
that the stub would have handed over. The TPM does not give the key.

And another system on the same machine, started without the stub: Debian's kernel with an init of the attacker's, who has root, repeats every
measurement of the stub's into PCR 11, and has the image's public key and signatures. The firmware's judgement, PCR 7, is the one
thing that he cannot repeat. Whether the volumes open is told by the image's own initrd, which he then starts."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from images import pe
from tests.qemu import scenario, uki_parts
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.uki_parts import Parts

pytestmark = pytest.mark.promise("whoever starts another way than by the signed image gets no key")

# UKI specification, the order in which systemd-stub measures; names as they are hashed
MEASURED = (".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname", ".sbat", ".pcrpkey", ".profile")
REPLAYED = r"replay: (\d+) measurements of the stub's repeated \(done\)"
GUID_SECURITY_DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
GUID_SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328")
AUTHENTICATED = 0x27  # NV, BS, RT, time-based


def digests(uki: Path) -> bytes:
    """What PCR 11 is extended with: for each section its name with a NUL, then its content; the normal boot's profile is the first."""
    image = uki.read_bytes()
    contents = pe.common(image)
    contents[".profile"] = next(section.content for section in pe.sections(image) if section.name == ".profile")
    present = [name for name in MEASURED if contents.get(name)]
    return b"".join(hashlib.sha256(text).digest() for name in present for text in (name.encode() + b"\0", contents[name]))


def signature_list() -> bytes:
    """One hash of no image, as a value of db or dbx (UEFI 2.10, 32.4.1)."""
    body = uuid.UUID(int=1).bytes_le + bytes(32)
    return GUID_SHA256.bytes_le + b"".join(number.to_bytes(4, "little") for number in (28 + len(body), 0, len(body))) + body


# Other ways to start, and what becomes of the genuine system behind the attack; each needs what the tests before it have done.
further = pytest.mark.takes_turns("pcr replay, further", seconds=180)


@pytest.fixture(scope="module")
def parts(images: Images, folder: Path) -> Parts:
    return uki_parts.take_apart(images.reference_uki, images.keys / "root-signing.der", folder / "replay-parts")


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "pcr-replay")


def refused(machine: Machine, boot: Boot) -> str:
    machine.power_on(boot)
    said = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=[LOGIN])
    machine.kill()
    return said[1]


@further
def test_mode_reset_on_a_foreign_command_line_does_nothing(machine: Machine, factory_new: FactoryNew, parts: Parts) -> None:
    refused(machine, parts.boot(parts.path(".initrd"), " cleanslate.mode=reset"))
    assert machine.disk.sha256() == factory_new.machine.disk.sha256()
    assert machine.second_disk_is_untouched()


def test_with_all_that_the_stub_hands_over_the_state_stays_locked(machine: Machine, factory_new: FactoryNew, parts: Parts) -> None:
    boot = parts.boot_with(parts.handed_over(), machine.directory / "initrd")
    assert "stays locked" in refused(machine, boot)
    assert machine.disk.sha256() == factory_new.machine.disk.sha256()
    assert machine.second_disk_is_untouched()


@pytest.fixture(scope="module")
def attack(machine: Machine, parts: Parts, images: Images) -> Boot:
    program = Path(os.environ.get("BUILD", "build")).resolve() / "qemu" / "pcr-replay"
    files = {**parts.handed_over(), "pcr-replay": program.read_bytes(), "pcr-replay.digests": digests(images.reference_uki)}
    return parts.boot_with(files, machine.directory / "initrd", programs=("pcr-replay",), words=" rdinit=/pcr-replay")


def test_the_replay_is_perfect(machine: Machine, attack: Boot) -> None:
    """The control, and what is not protected: where the firmware judges nothing (Secure Boot off) and nothing changed, PCR 7 is the same for
    every system, and PCR 11 is no secret. It also is the control of what was refused above: that was the way of starting, not the machine."""
    machine.power_on(attack)
    assert int(machine.wait_for(REPLAYED, scenario.BOOT_SECONDS)[1]) >= 12
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY])
    machine.kill()


@further
def test_another_judgement_of_the_firmware_releases_nothing(machine: Machine, attack: Boot) -> None:
    machine.variables.set("db", GUID_SECURITY_DATABASE, signature_list(), AUTHENTICATED)
    before = machine.disk.sha256()
    machine.power_on(attack)
    machine.wait_for(REPLAYED, scenario.BOOT_SECONDS)
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])[1]
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=[LOGIN])
    machine.kill()
    assert "stays locked: Secure Boot's keys or state changed since its key was sealed (PCR 7)" in why
    assert machine.disk.sha256() == before


@further
def test_the_genuine_image_is_locked_out_as_well_and_says_why(machine: Machine) -> None:
    machine.power_on()
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])[1]
    machine.kill()
    assert "Secure Boot's keys or state changed" in why


@further
def test_undoing_the_change_opens_the_volumes_again(machine: Machine) -> None:
    machine.variables.delete("db", GUID_SECURITY_DATABASE)
    machine.power_on()
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    machine.kill()
