# SPDX-License-Identifier: GPL-2.0-or-later
"""The image under other boot loaders, with the very files of docs/examples: Debian's systemd-boot starts it normally, for a reset, for
the recovery page; GRUB for the recovery page."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import efivarfs, scenario
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_CONFIG, TYPE_VAR
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.shell import Shell
from tests.qemu.variables import GUID_LOADER

pytestmark = pytest.mark.takes_turns("other menus", seconds=480)

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
SYSTEMD_BOOT = Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")
LOADER_PATH, UKI_PATH = "/EFI/BOOT/BOOTX64.EFI", "/EFI/Linux/cleanslate.efi"
GRUB_MODULES = "part_gpt fat search search_fs_file chain normal"
ONE_SHOT = "LoaderEntryOneShot"
VARIABLES = ("LoaderInfo", "LoaderEntrySelected", "LoaderImageIdentifier", "StubInfo", "StubImageIdentifier", "StubProfile")
RECOVERY_MODE = "The machine was started in recovery mode."


@dataclass(frozen=True)
class Life:
    machine: Machine
    normal: dict[str, str]  # the variables in an ordinary boot
    status: str  # of bootctl
    listed: str
    reset: scenario.Reset
    stub_said: str
    after: dict[str, str]  # the variables in the boot that follows the reset
    marker_after: bool
    one_shot_after: bool
    record: dict[str, Any]
    recovery: str
    changed_by_recovery: list[str]
    recovery_from_grub: str


def make_folders(machine: Machine, *paths: str) -> None:
    subprocess.run(["mmd", "-i", machine.esp._image, *(f"::{path}" for path in paths)], check=True, capture_output=True)


def install_systemd_boot(machine: Machine, image: Path) -> None:
    make_folders(machine, "/EFI/Linux", "/loader", "/loader/entries")
    machine.esp.write(UKI_PATH, image.read_bytes())
    machine.esp.write(LOADER_PATH, SYSTEMD_BOOT.read_bytes())
    root = EXAMPLES / "systemd-boot"
    for path in sorted(root.rglob("*.conf")):
        machine.esp.write(f"/{path.relative_to(root).as_posix()}", path.read_bytes())


def install_grub(machine: Machine) -> None:
    """One file with its configuration inside, in the place of the boot loader."""
    configuration, grub = machine.directory / "grub.cfg", machine.directory / "grub.efi"
    text = (EXAMPLES / "grub" / "cleanslate.cfg").read_text(encoding="utf-8")
    configuration.write_text(f"set timeout=0\nset default=cleanslate-recovery\n{text}", encoding="utf-8")
    command = ["grub-mkstandalone", "-O", "x86_64-efi", "-o", str(grub), f"--modules={GRUB_MODULES}", f"--install-modules={GRUB_MODULES}"]
    command += ["--locales=", "--fonts=", "--themes=", f"boot/grub/grub.cfg={configuration}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    machine.esp.write(LOADER_PATH, grub.read_bytes())


def variables(shell: Shell) -> dict[str, str]:
    return {name: efivarfs.read(shell, name, GUID_LOADER).decode("utf-16-le").rstrip("\0") for name in VARIABLES}


def data_digests(machine: Machine) -> dict[str, int]:
    return {part.name: hash(machine.disk.read(part.start, part.size)) for part in map(machine.disk.partition, (TYPE_CONFIG, TYPE_VAR))}


def recover(machine: Machine) -> str:
    """Up to the recovery page, and off."""
    machine.power_on()
    said = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.RESET_STARTED, scenario.ORDINARY_BOOT])
    machine.kill()
    return said[1]


def live(machine: Machine, image: Path) -> Life:
    install_systemd_boot(machine, image)
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    normal, status, listed = variables(shell), shell.run("bootctl status --no-pager")[1], shell.run("bootctl list --no-pager")[1]
    shell.check(f"echo old >{scenario.MARKER} && sync -f {scenario.MARKER}")
    shell.start("systemctl reboot --boot-loader-entry=cleanslate-reset.conf")
    reset = scenario.follow_reset(machine)
    said = machine.console.text()
    shell = machine.login_now()
    after, marker_after = variables(shell), shell.run(f"test -e {scenario.MARKER}")[0] == 0
    one_shot_after = efivarfs.exists(shell, ONE_SHOT, GUID_LOADER)
    machine.power_off()
    record = scenario.newest_record(machine)
    before = data_digests(machine)
    machine.variables.set(ONE_SHOT, GUID_LOADER, "cleanslate-recovery.conf\0".encode("utf-16-le"))
    recovery = recover(machine)
    changed = [name for name, digest in data_digests(machine).items() if digest != before[name]]
    install_grub(machine)
    from_grub = recover(machine)
    return Life(machine, normal, status, listed, reset, said, after, marker_after, one_shot_after, record, recovery, changed, from_grub)


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], images: Images) -> Life:
    return live(machine_like(factory_new.machine, "other-menus"), images.reference_uki)


def test_systemd_boot_starts_the_image_normally(life: Life) -> None:
    """Keys sealed when the firmware started the image itself unseal: only the image counts, not who starts it."""
    assert life.normal["StubProfile"] == "0"
    assert life.normal["LoaderEntrySelected"] == "cleanslate.conf"


def test_what_systemd_boot_publishes_about_itself_stays(life: Life) -> None:
    assert life.normal["LoaderInfo"].startswith("systemd-boot ")
    assert life.normal["LoaderImageIdentifier"] == LOADER_PATH.replace("/", "\\")
    assert life.normal["StubInfo"].startswith("cleanslate ")
    assert life.normal["StubImageIdentifier"] == UKI_PATH.replace("/", "\\")


def test_bootctl_shows_both(life: Life) -> None:
    assert "Product: systemd-boot" in life.status, life.status
    assert "Stub: cleanslate" in life.status, life.status
    assert all(f"id: {name}.conf" in life.listed for name in ("cleanslate", "cleanslate-reset", "cleanslate-recovery")), life.listed


def test_the_entry_for_a_reset_resets(life: Life) -> None:
    assert "Cleanslate: factory reset: chosen as boot loader entry" in life.stub_said
    assert not life.marker_after
    assert '"origin": "menu"' in json.dumps(life.record)


def test_the_reset_is_for_one_boot(life: Life) -> None:
    """Its own restart starts normally again, on keys that the reset sealed from another profile."""
    assert not life.one_shot_after
    assert (life.after["StubProfile"], life.after["LoaderEntrySelected"]) == ("0", "cleanslate.conf")


def test_the_entry_for_recovery_shows_the_page_and_changes_nothing(life: Life) -> None:
    assert life.recovery == RECOVERY_MODE
    assert life.changed_by_recovery == []


def test_grub_hands_the_profile_over(life: Life) -> None:
    assert life.recovery_from_grub == RECOVERY_MODE


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
