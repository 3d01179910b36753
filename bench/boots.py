# SPDX-License-Identifier: GPL-2.0-or-later
"""3. An ordinary boot up to switch_root: ours, and a systemd initrd made by dracut under systemd-stub that opens the same volumes of
the same disk: verity root, two LUKS2 volumes by TPM under a signed PCR 11 policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from bench import ukis
from bench.context import SYSTEMD_STUB, Context, MeasuredMachine
from bench.table import Row, Section
from images import uki
from images.arch import this_arch
from tests.qemu import scenario
from tests.qemu.figures import FIRMWARE_HANDS_OVER
from tests.qemu.machine import LOGIN
from tests.qemu.scenario import BOOT_SECONDS, RESET_SECONDS
from tests.qemu.shell import Shell

ROOT = " root=/dev/mapper/root rootfstype=squashfs ro"
PEER = "dracut (list), systemd 252"
MILESTONES = "journalctl -b -o cat -t cleanslate | grep milestones"
TIMESTAMPS = "systemctl show --property=InitRDTimestampMonotonic --property=UserspaceTimestampMonotonic"
# From the issue that this project answers; another systemd, another machine of the same kind.
REFERENCE = (
    "NOT measured in this run: systemd 262 on a machine of this kind needs an initrd of 23.7 MB, 20-30 s to switch_root, "
    "27-40 s for erasing and rebuilding, 137-163 s from request to login"
)


@dataclass(frozen=True)
class Boot:
    kernel: float  # until the initrd begins
    initrd: float  # until switch_root
    login: float  # firmware's hand-over to the login prompt
    processor: float  # QEMU's processor time for that
    milestones: dict[str, float]  # since the initrd began; ours only


def _timestamps(shell: Shell) -> tuple[float, float]:
    """When systemd's initrd (0 if there was none) and the running system's systemd began, seconds of the kernel's clock."""
    shown = dict(line.split("=") for line in shell.check(TIMESTAMPS).splitlines())
    return int(shown["InitRDTimestampMonotonic"]) / 1e6, int(shown["UserspaceTimestampMonotonic"]) / 1e6


def _milestones(shell: Shell) -> dict[str, float]:
    _, text = shell.run(MILESTONES)
    return {name: int(at) / 1000 for name, at in re.findall(r" (\S+) (\d+)", text.partition("):")[2])}


def boot_once(machine: MeasuredMachine) -> Boot:
    machine.power_on()
    try:
        machine.wait_for(FIRMWARE_HANDS_OVER, BOOT_SECONDS)
        began, used = machine.console.seconds(), machine.processor_seconds()
        machine.wait_for(LOGIN, BOOT_SECONDS, never=[r"RECOVERY", r"Emergency mode"])
        login, used = machine.console.seconds() - began, machine.processor_seconds() - used
        shell = machine.login_now()
        milestones = _milestones(shell)
        initrd, switched = _timestamps(shell)
        kernel = milestones.get("initrd", initrd)
        machine.power_off()
    finally:
        machine.kill()
    return Boot(kernel, switched - kernel, login, used, milestones)


def make_machines(context: Context) -> tuple[MeasuredMachine, MeasuredMachine]:
    ours = MeasuredMachine.fresh(context.bench / "boot-ours", context.images / "reference.raw")
    ours.power_on()
    ours.login(RESET_SECONDS)
    ours.power_off()
    ours.clone(context.bench / "boot-systemd")
    peer = MeasuredMachine(context.bench / "boot-systemd")
    image = context.bench / "boot-systemd.efi"
    line = uki.command_line(context.text("reference.roothash"), this_arch().console) + ROOT + "".join(
        f" rd.luks.name={header.uuid}={label} rd.luks.options={header.uuid}=tpm2-device=auto"
        for label, header in scenario.volumes(ours).items()
    )
    ukis.make(context, SYSTEMD_STUB, context.peers / "dracut-list", line, image)
    peer.esp.install_uki(image)
    return ours, peer


def measure(context: Context) -> Section:
    machines = make_machines(context)
    for machine in machines:
        boot_once(machine)  # the system's own caches and the firmware's variables settle
    boots: tuple[list[Boot], list[Boot]] = ([], [])
    for _ in range(context.repeat):
        for machine, seen in zip(machines, boots):
            seen.append(boot_once(machine))
    for machine in machines:
        machine.discard()
    ours, theirs = boots

    def row(figure: str, name: str, source: str) -> Row:
        values = [tuple(float(getattr(boot, name)) for boot in seen) for seen in boots]
        return Row(figure, "s", values[0], source, values[1], PEER)

    rows = [
        row("kernel, until the initrd begins", "kernel", "journal; systemctl show"),
        row("initrd, until switch_root", "initrd", "journal; systemctl show"),
        row("firmware's hand-over to the login", "login", "console"),
        row("... QEMU's processor time", "processor", "/proc/PID/stat of QEMU"),
    ]
    names = list(ours[0].milestones)
    for earlier, later in pairwise(names):
        steps = tuple(boot.milestones[later] - boot.milestones[earlier] for boot in ours)
        rows.append(Row(f"  of ours: {later}", "s", steps, "journal, milestones"))
    return Section("3. ordinary boot", rows, ["same disk, same running system, same keys; runs in turns A B A B", REFERENCE])
