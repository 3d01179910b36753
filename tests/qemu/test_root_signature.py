# SPDX-License-Identifier: GPL-2.0-or-later
"""root=signed: which signature over the root hash lets the image be opened. Each machine is started with the image's own kernel and
initrd, not by the stub, so the TPM keeps config and state locked: a root that was accepted says so by getting that far."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from images import root_signature, secure_boot
from tests.qemu import scenario, uki_parts
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_ROOT_SIGNATURE
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.uki_parts import HANDOVER, Parts

pytestmark = pytest.mark.takes_turns("root signature", seconds=300)

SIGNED = HANDOVER + b"root=signed\n"
ACCEPTED = "stays locked"  # of the volumes behind it


@pytest.fixture(scope="module")
def parts(images: Images, folder: Path) -> Parts:
    return uki_parts.take_apart(images.reference_uki, images.keys / "root-signing.der", folder / "root-signature-parts")


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "root-signature")


@dataclass(frozen=True)
class Signer:
    """Makes contents of the partition for the image's root hash or another one, by the vendor's key or a stranger's."""

    root_hash: str
    vendor: tuple[Path, Path]
    stranger: tuple[Path, Path]

    @property
    def other_hash(self) -> str:
        return hashlib.sha256(self.root_hash.encode()).hexdigest()


@pytest.fixture(scope="module")
def signer(images: Images, parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Signer:
    work = tmp_path_factory.mktemp("keys")
    secure_boot.make_keys(work, ["stranger"])
    words = dict(word.split("=", 1) for word in parts.text(".cmdline").decode().split() if "=" in word)
    vendor = images.keys / f"{root_signature.NAME}.key", images.keys / f"{root_signature.NAME}.crt"
    return Signer(words["roothash"], vendor, (work / "stranger.key", work / "stranger.crt"))


def said_at_start(machine: Machine, parts: Parts, partition: bytes, files: dict[str, bytes]) -> str:
    """What the machine says with this in its signature partition. Whatever it is, its disk stays as it was."""
    at = machine.disk.partition(TYPE_ROOT_SIGNATURE)
    machine.disk.write(at.start, partition.ljust(at.size, b"\0"))
    before = machine.disk.sha256()
    machine.power_on(parts.boot_with(files, machine.directory / "initrd"))
    said = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=[LOGIN])
    text = machine.console.text()
    machine.kill()
    assert "RECOVERY: nothing was erased and nothing was changed on the disk." in text
    assert machine.disk.sha256() == before
    return said[1]


def assert_refused(said: str, why: str) -> None:
    assert "starts signed system images only (root=signed), and this one is refused" in said and why in said, said


def test_the_signature_that_was_built_is_accepted(machine: Machine, parts: Parts, factory_new: FactoryNew) -> None:
    at = factory_new.machine.disk.partition(TYPE_ROOT_SIGNATURE)
    built = factory_new.machine.disk.read(at.start, at.size)
    assert json.loads(built.rstrip(b"\0"))["signature"]
    assert ACCEPTED in said_at_start(machine, parts, built, parts.handed_over(SIGNED))


def test_without_a_signature_the_root_is_refused(machine: Machine, parts: Parts) -> None:
    said = said_at_start(machine, parts, b"", parts.handed_over(SIGNED))
    assert_refused(said, "no signature")


def test_a_signature_by_another_key_is_refused(machine: Machine, parts: Parts, signer: Signer) -> None:
    said = said_at_start(machine, parts, root_signature.document(signer.root_hash, *signer.stranger), parts.handed_over(SIGNED))
    assert_refused(said, "not one by the key")


def test_a_signature_of_another_root_hash_is_refused(machine: Machine, parts: Parts, signer: Signer) -> None:
    said = said_at_start(machine, parts, root_signature.document(signer.other_hash, *signer.vendor), parts.handed_over(SIGNED))
    assert_refused(said, "for another root hash")


def test_a_signature_that_lies_about_its_root_hash_is_refused(machine: Machine, parts: Parts, signer: Signer) -> None:
    document = root_signature.document(signer.other_hash, *signer.vendor).replace(signer.other_hash.encode(), signer.root_hash.encode())
    said = said_at_start(machine, parts, document, parts.handed_over(SIGNED))
    assert_refused(said, "not one by the key")


def test_the_images_own_policy_refuses_where_the_boot_image_asks_for_less(machine: Machine, parts: Parts, signer: Signer) -> None:
    document = root_signature.document(signer.root_hash, *signer.stranger)
    said = said_at_start(machine, parts, document, parts.handed_over(HANDOVER + b"root=verity\n"))
    assert_refused(said, "not one by the key")


def test_a_signature_in_the_initrd_is_accepted(machine: Machine, parts: Parts, signer: Signer) -> None:
    files = {**parts.handed_over(SIGNED), "roothash.p7s": root_signature.pkcs7(signer.root_hash, *signer.vendor)}
    assert ACCEPTED in said_at_start(machine, parts, b"", files)


def test_a_strangers_signature_in_the_initrd_is_refused(machine: Machine, parts: Parts, signer: Signer) -> None:
    files = {**parts.handed_over(SIGNED), "roothash.p7s": root_signature.pkcs7(signer.root_hash, *signer.stranger)}
    assert_refused(said_at_start(machine, parts, b"", files), "not one by the key")


def test_the_second_disk_is_untouched(machine: Machine) -> None:
    assert machine.second_disk_is_untouched()
