# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody who has nothing but the disk: the LUKS2 header of the config volume is altered to name the null cipher, and behind it lies a
file system of the attacker's in plain text, with a unit that root's systemd would start and with a mark of completeness."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import luks_header
from tests.qemu import luks, scenario
from tests.qemu.conftest import FactoryNew
from tests.qemu.disk import TYPE_CONFIG, Partition
from tests.qemu.machine import LOGIN, Machine

pytestmark = pytest.mark.promise("whoever alters the disk gets nothing of his mounted")

ATTACKERS = "attackers-unit-ran"
UNIT = f"[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo {ATTACKERS} >/dev/console'\n"
MARK = " ".join(("00" * 32, "11" * 16, "22" * 32))


def attackers_file_system(work: Path) -> bytes:
    wants = work / "etc/systemd/system/sysinit.target.wants"
    wants.mkdir(parents=True)
    (wants.parent / "attack.service").write_text(UNIT, encoding="ascii")
    (wants / "attack.service").symlink_to("../attack.service")
    image = work / "attackers.ext4"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", str(work / "etc"), str(image), "16m"], check=True)
    mark = ["debugfs", "-w", "-R", f"ea_set <2> trusted.cleanslate.complete '{MARK}'", str(image)]
    subprocess.run(mark, check=True, capture_output=True)
    return image.read_bytes()


def name_the_null_cipher(machine: Machine, partition: Partition) -> None:
    def change(metadata: dict[str, object]) -> None:
        luks_header.set_at(metadata, "segments.0.encryption", "cipher_null-ecb")

    luks_header.rewrite(str(machine.disk.path), change, partition.start)
    header = luks.read(machine.disk, partition)
    assert header is not None and json.loads(json.dumps(header.metadata))["segments"]["0"]["encryption"] == "cipher_null-ecb"


@pytest.fixture(scope="module")
def machine(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Machine:
    return machine_like(factory_new.machine, "altered-header")


def test_nothing_of_the_attackers_is_mounted(machine: Machine, tmp_path: Path) -> None:
    config = machine.disk.partition(TYPE_CONFIG)
    planted = attackers_file_system(tmp_path)
    genuine = machine.disk.read(config.start + luks.HEADER_AREA, len(planted))
    name_the_null_cipher(machine, config)
    machine.disk.write(config.start + luks.HEADER_AREA, planted)
    before = machine.disk.sha256()

    machine.power_on()
    why = machine.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN, scenario.ORDINARY_BOOT, ATTACKERS])[1]
    machine.wait_for(r"^cleanslate: RECOVERY: press r", 60, never=[LOGIN, ATTACKERS])
    machine.kill()
    assert "config holds no ext4 file system that was written with this device's key" in why
    assert machine.disk.sha256() == before

    machine.disk.write(config.start + luks.HEADER_AREA, genuine)


@pytest.mark.takes_turns("altered header, control", seconds=60)
def test_the_altered_header_alone_changes_nothing(machine: Machine) -> None:
    """The control: it was what lay behind it. The header still names the null cipher, and the genuine volume opens."""
    header = luks.read(machine.disk, machine.disk.partition(TYPE_CONFIG))
    assert header is not None and header.metadata["segments"]["0"]["encryption"] == "cipher_null-ecb"
    machine.power_on()
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    machine.kill()
