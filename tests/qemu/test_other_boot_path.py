# SPDX-License-Identifier: GPL-2.0-or-later
"""The signed kernel and initrd, started by somebody else than the stub: with the command line of their choice, and with everything
in hand that the stub would have handed over. The TPM does not give the key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from images import pe
from tests.qemu import cpio, scenario
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.machine import LOGIN, Boot, Machine

SECTIONS = (".linux", ".initrd", ".cmdline", ".pcrsig", ".pcrpkey")


@dataclass(frozen=True)
class Parts:
    folder: Path

    def path(self, section: str) -> Path:
        return self.folder / section.lstrip(".")

    def text(self, section: str) -> bytes:
        return self.path(section).read_bytes()

    def boot(self, initrd: Path, words: str) -> Boot:
        line = self.text(".cmdline").decode().strip() + words
        return Boot(("-kernel", str(self.path(".linux")), "-initrd", str(initrd), "-append", line))


@pytest.fixture(scope="module")
def parts(images: Images, folder: Path) -> Parts:
    result = Parts(folder / "uki-parts")
    result.folder.mkdir(exist_ok=True)
    contents = pe.common(images.reference_uki.read_bytes())
    for section in SECTIONS:
        assert contents.get(section), f"{images.reference_uki} has no section {section}"
        result.path(section).write_bytes(contents[section])
    return result


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "other-boot-path")


def refused(machine: Machine, boot: Boot) -> str:
    machine.power_on(boot)
    said = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT])
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 30, never=[LOGIN])
    machine.kill()
    return said[1]


def test_mode_reset_on_a_foreign_command_line_does_nothing(machine: Machine, factory_new: FactoryNew, parts: Parts) -> None:
    refused(machine, parts.boot(parts.path(".initrd"), " cleanslate.mode=reset"))
    assert machine.disk.sha256() == factory_new.machine.disk.sha256()
    assert machine.second_disk_is_untouched()


def test_with_all_that_the_stub_hands_over_the_state_stays_locked(machine: Machine, factory_new: FactoryNew, parts: Parts) -> None:
    extra = {
        ".extra/tpm2-pcr-signature.json": parts.text(".pcrsig"),
        ".extra/tpm2-pcr-public-key.pem": parts.text(".pcrpkey"),
        ".extra/cleanslate/boot": b"mode=normal\nreason=ordinary\ntpm=measured\nrequest=absent\n",
    }
    initrd = machine.directory / "initrd"
    initrd.write_bytes(cpio.archive(extra) + parts.path(".initrd").read_bytes())
    assert "stays locked" in refused(machine, parts.boot(initrd, ""))
    assert machine.disk.sha256() == factory_new.machine.disk.sha256()
    assert machine.second_disk_is_untouched()


def test_afterwards_the_stub_boots_the_same_machine(machine: Machine) -> None:
    """The control: what was refused is the way of starting, not the machine."""
    machine.power_on()
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    machine.kill()
