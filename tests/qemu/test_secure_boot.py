# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference machine with Secure Boot on and only its vendor's key enrolled, before its first boot: what it seals there is bound to
that. In its first power cycle the firmware is offered one bad image after the other, each by a boot entry of its own, and behind them the
good one with load options that must not count."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from images import root_signature, secure_boot, uki
from tests.qemu import boot_entries, certificate, efivarfs, scenario
from tests.qemu.boot_entries import Entry
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_ROOT_SIGNATURE
from tests.qemu.figures import Figures
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.variables import GUID_GLOBAL

pytestmark = pytest.mark.promise("under Secure Boot nothing starts but what the vendor signed")

LOAD_OPTIONS = " init=/bin/sh systemd.factory_reset=1"
REFUSED = r"failed to load Boot([0-9A-F]{4}) .*Access Denied"
STARTING = r"BdsDxe: starting Boot([0-9A-F]{4}) "
OURS = r"Cleanslate:|cleanslate:|Linux version"
# Emulated without KVM, a machine in system management mode is slower by an order of magnitude after a warm restart, so slow that
# its TPM's driver gives up. So each restart is a cold one: QEMU ends, and begins anew with what the machine remembers.
COLD = Boot(options=("-action", "reboot=shutdown"))
QUESTIONS = (
    "bootctl status --no-pager",
    "cat /proc/cmdline",
    "cat /sys/kernel/security/lockdown",
    "dmesg",
    "dmsetup table root",
    "cat /proc/keys",
    "cat /sys/firmware/efi/mok-variables/MokListRT | sha256sum",
)


@dataclass(frozen=True)
class Section:
    header: int  # of the section table's entry, in the file
    offset: int  # of the content, in the file
    size: int


def sections(image: bytes) -> dict[str, Section]:
    """Read here, not by the builder's code: PE/COFF specification, section 4. Of several of one name the first: the common part's,
    which is what starts without a profile."""
    pe = struct.unpack_from("<I", image, 0x3C)[0]
    count, optional = struct.unpack_from("<H12xH", image, pe + 6)
    result: dict[str, Section] = {}
    for index in range(count):
        at = pe + 24 + optional + 40 * index
        name, size, _, _, offset = struct.unpack_from("<8sIIII", image, at)
        result.setdefault(name.rstrip(b"\0").decode(), Section(at, offset, size))
    return result


def content(image: bytes, name: str) -> bytes:
    section = sections(image)[name]
    return image[section.offset : section.offset + section.size]


def altered(image: bytes, name: str) -> bytes:
    """One bit in the middle of a section."""
    section = sections(image)[name]
    result = bytearray(image)
    result[section.offset + section.size // 2] ^= 1
    return bytes(result)


def unsigned(image: Path, work: Path) -> Path:
    result = work / "unsigned.efi"
    result.write_bytes(image.read_bytes())
    subprocess.run(["sbattach", "--remove", str(result)], check=True, capture_output=True)
    return result


def with_another_kernel(image: Path, kernel: Path, work: Path) -> bytes:
    """Made anew around another kernel, everything else being the same. Nobody but the vendor could sign it."""
    stub, kept = work / "rest.efi", []
    names = [name for name in (".osrel", ".cmdline", ".uname", ".pcrpkey", ".initrd", ".pcrsig")]
    for name in names:
        path = work / name
        path.write_bytes(content(image.read_bytes(), name))
        kept.append((name, path))
    removed = [f"--remove-section={name}" for name in (*names, ".linux")]
    subprocess.run(["objcopy", *removed, str(image), str(stub)], check=True, capture_output=True)
    uki.write(stub, [*kept, (".linux", kernel)], work / "other-kernel.efi")
    return (work / "other-kernel.efi").read_bytes()


def bad_images(images: Images, work: Path) -> dict[str, bytes]:
    good = images.reference_uki.read_bytes()
    bare = unsigned(images.reference_uki, work)
    kernel, foreign = work / "kernel", work / "foreign.efi"
    kernel.write_bytes(content(good, ".linux") + b"another one")
    secure_boot.make_keys(work, ["stranger"])
    foreign.write_bytes(bare.read_bytes())
    secure_boot.sign(foreign, work / "stranger.key", work / "stranger.crt")
    return {
        "unsigned": bare.read_bytes(),
        "signed-by-a-stranger": foreign.read_bytes(),
        "altered-cmdline": altered(good, ".cmdline"),
        "altered-kernel": altered(good, ".linux"),
        "another-kernel": with_another_kernel(bare, kernel, work),
    }


@dataclass(frozen=True)
class Life:
    machine: Machine
    bad: dict[str, str]  # variable of the boot entry, by what is wrong with its image
    refused: list[str]  # variables of the boot entries that the firmware refused, in order
    started: list[str]
    said_before_the_good_one: str
    boot_current: int
    answers: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Restored:
    """The same machine behind a reset."""

    digest: str  # as the machine said it
    secure_boot: bytes
    command_line: str


GOOD = Entry(0x00C0, "good", "/EFI/BOOT/BOOTX64.EFI", LOAD_OPTIONS)


def offer(machine: Machine, bad: dict[str, bytes]) -> dict[str, str]:
    entries = []
    for number, (name, image) in enumerate(bad.items()):
        path = f"/EFI/{name}.efi"
        machine.esp.write(path, image)
        entries.append(Entry(0x00B0 + number, name, path))
    esp = next(partition for partition in machine.disk.partitions() if partition.name == "esp")
    boot_entries.write(machine.variables, esp, [*entries, GOOD])
    return {entry.description: entry.variable for entry in entries}


def restore(machine: Machine, collected: Figures) -> Restored:
    """A request, the reset, and the power-on after it."""
    machine.power_on(COLD)
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    shell.start("cleanslate request --yes --reboot --reason 'under Secure Boot'")
    machine.wait_for_exit(120)
    machine.power_on(COLD)
    machine.wait_for(scenario.RESET_STARTED, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY])
    done = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT, scenario.RECOVERY])
    machine.wait_for_exit(60)
    machine.power_on(COLD)
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    collected.add(machine.name, "power-on to the login, Secure Boot", machine.console.seconds())
    result = Restored(done[1], efivarfs.read(shell, "SecureBoot", GUID_GLOBAL), shell.check("cat /proc/cmdline"))
    machine.power_off()
    return result


def live(machine: Machine, images: Images, work: Path, collected: Figures) -> Life:
    machine.enroll(images.secure_boot_variables)
    bad = offer(machine, bad_images(images, work))
    machine.power_on(COLD)
    shell = machine.login(scenario.RESET_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    text = machine.console.text()
    collected.add(machine.name, "first power-on to the login, five images refused", machine.console.seconds())
    answers = {question: shell.run(question) for question in QUESTIONS}
    boot_current = int.from_bytes(efivarfs.read(shell, "BootCurrent", GUID_GLOBAL), "little")
    efivarfs.write(shell, "BootOrder", GUID_GLOBAL, boot_entries.order([GOOD]))  # the others have had their chance
    life = Life(
        machine,
        bad,
        [f"Boot{number}" for number in re.findall(REFUSED, text)],
        [f"Boot{number}" for number in re.findall(STARTING, text)],
        text[: text.find(f"starting {GOOD.variable}")],
        boot_current,
        answers,
    )
    machine.power_off()
    return life


@pytest.fixture(scope="module")
def life(new_machine: Callable[..., Machine], images: Images, collected: Figures, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    machine = new_machine(images.reference, "secure-boot")
    yield live(machine, images, tmp_path_factory.mktemp("images"), collected)


# A reset as such is test_reset.py's.
further = pytest.mark.takes_turns("secure boot, reset", seconds=260)


@pytest.fixture(scope="module")
def restored(life: Life, collected: Figures) -> Restored:
    return restore(life.machine, collected)


def embedded_command_line(images: Images) -> str:
    return content(images.reference_uki.read_bytes(), ".cmdline").decode().strip("\0\n ")


@pytest.mark.parametrize("wrong", ["unsigned", "signed-by-a-stranger", "altered-cmdline", "altered-kernel", "another-kernel"])
def test_an_image_that_the_vendor_did_not_sign_as_it_is_does_not_start(life: Life, wrong: str) -> None:
    assert life.bad[wrong] in life.refused
    assert life.bad[wrong] not in life.started


def test_nothing_of_a_refused_image_was_run(life: Life) -> None:
    assert life.said_before_the_good_one, "the good image's start was not seen"
    assert not re.search(OURS, life.said_before_the_good_one)


def test_the_signed_image_boots_with_secure_boot_on(life: Life) -> None:
    assert life.started[-1] == GOOD.variable and GOOD.variable not in life.refused
    status, text = life.answers["bootctl status --no-pager"]
    assert status == 0 and re.search(r"Secure Boot: enabled \(user\)", text), text


def test_the_kernel_inside_has_no_signature_that_this_firmware_knows(images: Images, tmp_path: Path) -> None:
    """So that it started is the stub's doing; tests/unit/test-efi-secure-boot.c shows that the exception ends with it."""
    (tmp_path / "kernel").write_bytes(content(images.reference_uki.read_bytes(), ".linux"))
    verify = ["sbverify", "--cert", str(images.keys / "db.crt")]
    assert subprocess.run([*verify, str(tmp_path / "kernel")], capture_output=True).returncode != 0
    assert subprocess.run([*verify, str(images.reference_uki)], capture_output=True).returncode == 0


def test_load_options_of_the_boot_entry_change_nothing(life: Life, images: Images) -> None:
    assert life.boot_current == GOOD.number, "the entry with load options was not the one that booted"
    status, line = life.answers["cat /proc/cmdline"]
    assert (status, line) == (0, embedded_command_line(images))


def test_the_kernel_is_locked_down(life: Life) -> None:
    status, text = life.answers["cat /sys/kernel/security/lockdown"]
    assert status == 0 and re.search(r"\[(integrity|confidentiality)\]", text), text
    assert "Secure boot enabled" in life.answers["dmesg"][1]


def test_the_kernel_itself_vouches_for_the_root_hash(life: Life, images: Images) -> None:
    """By the certificate that the stub handed to its keyring. Without Secure Boot user space has to; see test_root_signature.py."""
    status, table = life.answers["dmsetup table root"]
    assert status == 0 and "root_hash_sig_key_desc" in table, table
    assert "do not vouch for the root hash" not in life.answers["dmesg"][1]
    expected = hashlib.sha256(secure_boot.signature_list((images.keys / "root-signing.der").read_bytes())).hexdigest()
    assert life.answers["cat /sys/firmware/efi/mok-variables/MokListRT | sha256sum"] == (0, f"{expected}  -")


@pytest.fixture
def with_a_strangers_signature(life: Life, images: Images, machine_like: Callable[[Machine, str], Machine], tmp_path: Path) -> Iterator[Machine]:
    machine = machine_like(life.machine, "secure-boot-strangers-root")
    partition = machine.disk.partition(TYPE_ROOT_SIGNATURE)
    root_hash = json.loads(machine.disk.read(partition.start, partition.size).rstrip(b"\0"))["rootHash"]
    secure_boot.make_keys(tmp_path, ["stranger"])
    machine.disk.write(partition.start, root_signature.document(root_hash, tmp_path / "stranger.key", tmp_path / "stranger.crt"))
    yield machine
    machine.kill()


@pytest.mark.takes_turns("secure boot, a stranger's root", seconds=70)
def test_a_root_that_a_stranger_signed_is_refused(with_a_strangers_signature: Machine) -> None:
    machine = with_a_strangers_signature
    before = machine.disk.sha256()
    machine.power_on()
    said = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=[LOGIN])
    machine.kill()
    assert "signed system images only (root=signed)" in said[1] and "not one by the key" in said[1], said[1]
    assert machine.disk.sha256() == before


@further
def test_a_reset_under_secure_boot_comes_to_its_end(life: Life, restored: Restored, factory_new: FactoryNew) -> None:
    assert restored.digest == factory_new.manifest_digest
    record = scenario.newest_record(life.machine)
    assert (record["result"], record["reason"]) == ("complete", "under Secure Boot")


@further
def test_the_builder_has_predicted_the_state_of_secure_boot(life: Life, restored: Restored, images: Images, tmp_path: Path) -> None:
    """PCR 7, together with 4 and 11. In the first boot's PCR 4 there are the images that the firmware refused, too."""
    records = certificate.take(life.machine, tmp_path)
    options = [f"--key={records.key}", f"--expected-pcrs={images.enrolled_pcrs}"]
    assert records.verify(records.names["request"], *options) == (0, "signed-in-reset-boot")
    assert records.verify(records.names["first-boot"], *options) == (4, "boot-differs")
    assert records.verify(records.names["request"], *options, f"--pcr=7={'5a' * 32}") == (4, "boot-differs")


@further
def test_after_the_reset_secure_boot_is_as_it_was(life: Life, restored: Restored, images: Images) -> None:
    assert restored.secure_boot == b"\1"
    assert restored.command_line == embedded_command_line(images)
    for name in ("PK", "KEK"):
        assert life.machine.variables.get(name, GUID_GLOBAL) is not None


def test_the_image_names_its_generation_for_revocation(images: Images) -> None:
    lines = content(images.reference_uki.read_bytes(), ".sbat").rstrip(b"\0").decode().splitlines()
    assert lines[0].startswith("sbat,1,")
    assert any(re.match(r"cleanslate,\d+,", line) for line in lines[1:]), lines


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
