# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference machine's initrd under Debian's systemd-stub 252, keys sealed by the TPM: from the first boot to a request
and to the login after the reset, with nothing of Cleanslate in front of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from images import uki
from images.arch import this_arch
from tests.qemu import efivarfs, scenario
from tests.qemu.conftest import Images
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.variables import GUID_LOADER

pytestmark = pytest.mark.takes_turns("another stub", seconds=420)

SYSTEMD_STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
SETTINGS = Path(__file__).resolve().parents[2] / "images" / "overlay" / "usr" / "lib" / "cleanslate" / "cleanslate.conf"
LOADER_PATH = "/EFI/BOOT/BOOTX64.EFI"


def make(images: Images, work: Path) -> Path:
    """From the parts of the reference machine."""
    directory, build = images.reference_uki.parent, images.reference_uki.parent.parent
    keys = directory / "keys"
    parts = uki.Parts(
        stub=SYSTEMD_STUB,
        kernel=directory / "kernel",
        initrd=build / "initrd" / "initrd.cpio.zst",
        measure=directory / "measure",
        os_release=directory / "reference.os-release",
        command_line=uki.command_line((directory / "reference.roothash").read_text(encoding="ascii").strip(), this_arch().console),
        private_key=keys / "pcr-private.pem",
        public_key=keys / "pcr-public.pem",
        settings=SETTINGS,
        root_certificate=keys / "root-signing.der",
    )
    uki.build(parts, work, work / "image.efi")
    return work / "image.efi"


@dataclass(frozen=True)
class Life:
    machine: Machine
    stub: str  # as it names itself
    handed_down: str  # to the running system
    doctor: tuple[int, str]
    marker_before: tuple[int, str]
    digest: str
    marker_after: tuple[int, str]
    failed_units: str
    status: tuple[int, dict[str, Any]]
    record: dict[str, Any]


@pytest.fixture(scope="module")
def life(images: Images, new_machine: Callable[..., Machine], tmp_path_factory: pytest.TempPathFactory) -> Life:
    work = tmp_path_factory.mktemp("other-stub")
    machine = new_machine(images.reference, "other-stub")
    machine.esp.write(LOADER_PATH, make(images, work).read_bytes())
    machine.power_on()
    shell = machine.login(scenario.RESET_SECONDS)
    stub = efivarfs.read(shell, "StubInfo", GUID_LOADER).decode("utf-16-le").rstrip("\0")
    handed_down, doctor = shell.run("cat /run/cleanslate/boot")[1], shell.run("cleanslate doctor", 240)
    shell.check(f"echo kept >{scenario.MARKER} && sync -f {scenario.MARKER}")
    before = shell.run(f"cat {scenario.MARKER}")
    shell.start("cleanslate request --yes --reboot")
    digest = scenario.follow_to_completion(machine)
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    shell = machine.login_now()
    after, failed = shell.run(f"cat {scenario.MARKER}"), shell.run("systemctl --failed --no-legend --plain")[1]
    status = scenario.status(shell)
    machine.power_off()
    return Life(machine, stub, handed_down, doctor, before, digest, after, failed, status, scenario.newest_record(machine))


def test_another_stub_has_started_it(life: Life) -> None:
    assert life.stub.startswith("systemd-stub 252")
    assert {"mode=normal", "stub=other", "tpm=measured"} <= set(life.handed_down.split())


def test_volumes_are_sealed_by_the_tpm(life: Life) -> None:
    """The policy is the one that the image's maker has signed, found where that stub puts it."""
    headers = scenario.volumes(life.machine)
    assert len(headers) == len(scenario.ENCRYPTED)
    for label, header in headers.items():
        assert header.tokens("systemd-tpm2")[0]["tpm2_pubkey_pcrs"] == [11], label


def test_the_doctor_says_what_is_lost(life: Life) -> None:
    code, text = life.doctor
    assert code == 0 and "A reset would work here" in text, text
    assert "Another boot stub than Cleanslate's" in text and "no menu and no break-glass" in text


def test_a_request_ends_in_the_factory_state(life: Life, images: Images) -> None:
    assert life.marker_before == (0, "kept") and life.marker_after[0] != 0
    assert life.digest == (images.reference.parent / "reference.factory-digest").read_text(encoding="ascii").strip()
    assert (life.record["result"], life.record["origin"]) == ("complete", "request")
    assert life.failed_units == ""
    assert life.status[0] == 0 and life.status[1]["request"]["state"] == "absent"
