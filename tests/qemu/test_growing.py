# SPDX-License-Identifier: GPL-2.0-or-later
"""A device in use gets an update whose image defines more than it has: an encrypted volume with files, and an area without a file system.
The next boot makes them, keeps the state, and a reset then treats them as any others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.qemu import luks, scenario, update
from tests.qemu.conftest import FactoryNew
from tests.qemu.disk import Partition
from tests.qemu.machine import LOGIN, Machine

pytestmark = pytest.mark.takes_turns("growing", seconds=380)

MIB = 1 << 20
ROOM = 128 * MIB
WELCOME = "of the second version"


@dataclass
class Life:
    machine: Machine
    before: dict[str, Partition]
    added: dict[str, int] = field(default_factory=dict)  # as the boot said, name -> number
    grown: dict[str, Partition] = field(default_factory=dict)
    marker: str = ""
    welcome: str = ""
    mounted: tuple[int, str] = (-1, "")
    says_nothing_more: str = ""  # of the boot after that
    still_there: str = ""
    digest: str = ""
    after: dict[str, Partition] = field(default_factory=dict)
    gone: tuple[int, str] = (-1, "")
    welcome_again: str = ""


def named(machine: Machine) -> dict[str, Partition]:
    return {partition.name: partition for partition in machine.disk.partitions()}


def kernel_said(life: Life) -> str:
    return life.machine.shell.check("journalctl --boot --dmesg --no-pager --output=cat")


def first_boot_of_the_update(life: Life) -> None:
    machine = life.machine
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    lines = [line for line in kernel_said(life).splitlines() if "was added as partition" in line]
    life.added = {line.split('"')[1]: int(line.rsplit(" ", 1)[1]) for line in lines}
    life.marker = shell.check(f"cat {scenario.MARKER}")
    life.welcome = shell.check("cat /srv/welcome")
    life.mounted = shell.run("findmnt --noheadings --output SOURCE,OPTIONS /srv")
    shell.check("echo ours >/srv/ours && sync -f /srv/ours")
    machine.power_off()
    life.grown = named(machine)


def ordinary_boot_and_reset(life: Life) -> None:
    machine = life.machine
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS, never=[scenario.RECOVERY, scenario.RESET_STARTED])
    life.says_nothing_more = kernel_said(life)
    life.still_there = shell.check("cat /srv/ours")
    shell.start("cleanslate request --yes --reboot")
    life.digest = scenario.follow_to_completion(machine)
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY])
    shell = machine.login_now()
    life.gone = shell.run("cat /srv/ours")
    life.welcome_again = shell.check("cat /srv/welcome")
    machine.power_off()
    life.after = named(machine)


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine]) -> Life:
    machine = machine_like(factory_new.machine, "growing")
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS).check(f"echo kept >{scenario.MARKER} && sync -f {scenario.MARKER}")
    machine.power_off()
    build = machine.directory.parent.parent
    update.install(machine, build, "later", ROOM)
    life = Life(machine, named(machine))
    first_boot_of_the_update(life)
    ordinary_boot_and_reset(life)
    return life


def test_what_the_update_defines_is_added(life: Life) -> None:
    assert life.added == {name: life.grown[name].number for name in ("data", "spare")}
    assert life.welcome == WELCOME
    assert (life.grown["data"].size, life.grown["spare"].size) == (64 * MIB, 16 * MIB)
    assert luks.read(life.machine.disk, life.grown["data"]) is not None


def test_everything_that_was_there_stays(life: Life) -> None:
    assert {name: partition for name, partition in life.grown.items() if name in life.before} == life.before
    assert life.marker == "kept"


def test_the_new_volume_is_mounted_as_the_others_are(life: Life) -> None:
    status, text = life.mounted
    assert status == 0 and text.startswith("/dev/mapper/") and "noexec" in text, text


def test_the_next_boot_has_nothing_to_add(life: Life) -> None:
    assert "which this image brings" not in life.says_nothing_more
    assert life.still_there == "ours"


def test_a_reset_rebuilds_what_is_marked_in_its_slot_and_keeps_the_rest(life: Life) -> None:
    assert life.gone[0] != 0 and life.welcome_again == WELCOME
    assert life.after["spare"] == life.grown["spare"]
    assert life.after["data"].number == life.grown["data"].number and life.after["data"].uuid != life.grown["data"].uuid
    assert scenario.newest_record(life.machine)["result"] == "complete"
    made = life.machine.directory.parent.parent / "images" / "later.factory-digest"
    assert life.digest == made.read_text("ascii").strip()


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
