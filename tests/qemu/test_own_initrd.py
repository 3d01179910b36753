# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian that keeps the initrd it has, by initramfs-tools or dracut, with Cleanslate's program beside it: an ordinary boot goes through
that initrd, and a reset is what it is without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.qemu import scenario, vendor
from tests.qemu.machine import LOGIN, Boot, Machine
from tests.qemu.vendor import Made

# What each leaves in the running system, and nobody else does: Cleanslate's own initrd leaves its shutdown program in a directory of that name.
TRACES = {
    "initramfs-tools": "test -d /run/initramfs && ! test -e /run/initramfs/log && ! test -e /run/initramfs/shutdown",
    "dracut": "test -d /run/initramfs/log",
}
PACKAGES = {"initramfs-tools": ["initramfs-tools"], "dracut": ["dracut", "zstd"]}
KINDS = [pytest.param(kind, marks=pytest.mark.takes_turns(f"own initrd, {kind}", seconds=seconds)) for kind, seconds in (("dracut", 750), ("initramfs-tools", 600))]


@dataclass(frozen=True)
class Life:
    machine: Machine
    made: Made
    trace: tuple[int, str]  # of that initrd, in the running system
    doctor: tuple[int, str]
    failed_units: str
    marker_before: tuple[int, str]
    digest: str
    marker_after: tuple[int, str]
    trace_after: tuple[int, str]


@pytest.fixture(scope="module", params=KINDS)
def life(request: pytest.FixtureRequest, folder: Path, new_machine: Callable[..., Machine]) -> Life:
    kind: str = request.param
    made = vendor.make(folder, f"own-{kind}", PACKAGES[kind], own_initrd=True)
    machine = new_machine(made.disk, f"own-{kind}")
    machine.enroll(made.variables)
    machine.power_on(Boot(options=("-smbios", "type=1,serial=SN-4712")))  # the guide's hook wants one
    shell = machine.login(scenario.RESET_SECONDS)
    trace, doctor = shell.run(TRACES[kind]), shell.run("cleanslate doctor")
    failed = shell.run("systemctl --failed --no-legend --plain")[1]
    shell.check(f"echo kept >{scenario.MARKER} && sync -f {scenario.MARKER}")
    before = shell.run(f"cat {scenario.MARKER}")
    shell.start("cleanslate request --yes --reboot")
    digest = scenario.follow_to_completion(machine)
    machine.wait_for(LOGIN, scenario.BOOT_SECONDS, never=[scenario.RECOVERY])
    shell = machine.login_now()
    after, trace_after = shell.run(f"cat {scenario.MARKER}"), shell.run(TRACES[kind])
    machine.power_off()
    return Life(machine, made, trace, doctor, failed, before, digest, after, trace_after)


def test_an_ordinary_boot_goes_through_that_initrd(life: Life) -> None:
    assert life.trace[0] == 0 and life.trace_after[0] == 0


def test_the_running_system_knows_what_was_decided(life: Life) -> None:
    assert life.doctor[0] == 0 and "A reset would work here" in life.doctor[1]
    assert life.failed_units == ""


def test_a_reset_ends_in_the_factory_state(life: Life) -> None:
    assert life.marker_before == (0, "kept") and life.marker_after[0] != 0
    assert life.digest == life.made.factory_digest
    assert scenario.newest_record(life.machine)["result"] == "complete"
