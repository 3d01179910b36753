# SPDX-License-Identifier: GPL-2.0-or-later
"""2. What the stub costs: our stub and systemd-stub with the same kernel, initrd and command line, in turns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench import boots, ukis
from bench.context import SYSTEMD_STUB, Context, MeasuredMachine
from bench.table import Row, Section
from images.arch import this_arch
from tests.qemu.figures import FIRMWARE_HANDS_OVER, FIRST_WORD
from tests.qemu.scenario import BOOT_SECONDS, RESET_SECONDS

# Without a root hash the initrd says at once that it has nothing to start, which is the word that is waited for.
COMMAND_LINE = f"console={this_arch().console} loglevel=1 panic=-1"
KERNEL_HAS_INITRD = r"EFI stub: Loaded initrd"
POINTS = {KERNEL_HAS_INITRD: "the kernel holds the initrd", FIRST_WORD: "the initrd's first word"}


@dataclass(frozen=True)
class Cost:
    seconds: float
    processor: float


def start_once(machine: MeasuredMachine) -> list[Cost]:
    """From the firmware's hand-over to each of POINTS."""
    costs = []
    machine.power_on()
    try:
        machine.wait_for(FIRMWARE_HANDS_OVER, BOOT_SECONDS)
        began, used = machine.console.seconds(), machine.processor_seconds()
        for point in POINTS:
            machine.wait_for(point, BOOT_SECONDS)
            costs.append(Cost(machine.console.seconds() - began, machine.processor_seconds() - used))
    finally:
        machine.kill()
    return costs


def make_machine(context: Context, name: str, stub: Path) -> MeasuredMachine:
    image, disk = context.bench / f"{name}.efi", context.bench / f"{name}.raw"
    ukis.make(context, stub, context.initrd, COMMAND_LINE, image)
    ukis.make_disk(context, "reference", disk, image=image)
    machine = MeasuredMachine.fresh(context.bench / name, disk)
    disk.unlink()
    start_once(machine)  # the firmware's variables settle
    return machine


def ordinary_boot(context: Context) -> boots.Boot:
    """From the firmware's hand-over to the login: what the stub's share is a share of."""
    machine = MeasuredMachine.fresh(context.bench / "stub-boot", context.images / "reference.raw")
    machine.power_on()
    machine.login(RESET_SECONDS)
    machine.power_off()
    boot = boots.boot_once(machine)
    machine.discard()
    return boot


def shares(costs: dict[str, list[list[Cost]]], boot: boots.Boot) -> list[Row]:
    """Ours less theirs, pair by pair, until the kernel holds the initrd: behind that nothing of either stub runs."""
    ours, theirs = costs.values()
    more = tuple(a[0].processor - b[0].processor for a, b in zip(ours, theirs))
    source = "/proc/PID/stat of QEMU, pair by pair"
    return [
        Row("what ours takes more, processor time", "s", more, source),
        Row(f"... of an ordinary boot to the login ({boot.processor:.1f} s)", "%", tuple(100 * value / boot.processor for value in more), source),
    ]


def measure(context: Context) -> Section:
    stubs = {"stub-ours": context.stub, "stub-systemd": SYSTEMD_STUB}
    machines = {name: make_machine(context, name, stub) for name, stub in stubs.items()}
    costs: dict[str, list[list[Cost]]] = {name: [] for name in machines}
    for _ in range(context.repeat):
        for name, machine in machines.items():
            costs[name].append(start_once(machine))
    rows = []
    for index, until in enumerate(POINTS.values()):
        ours, theirs = ([run[index] for run in costs[name]] for name in machines)
        source = "console; /proc/PID/stat of QEMU"
        wall = (tuple(cost.seconds for cost in ours), tuple(cost.seconds for cost in theirs))
        used = (tuple(cost.processor for cost in ours), tuple(cost.processor for cost in theirs))
        rows.append(Row(f"hand-over until {until}", "s", wall[0], source, wall[1], "systemd-stub 252"))
        rows.append(Row("... QEMU's processor time", "s", used[0], source, used[1], "systemd-stub 252"))
    for machine in machines.values():
        machine.discard()
    rows += shares(costs, ordinary_boot(context))
    notes = ["from the firmware's line 'BdsDxe: starting' on; both measure to PCR 11; same kernel, initrd, command line; runs in turns A B A B"]
    return Section("2. start-up of the unified kernel image", rows, notes)
