# SPDX-License-Identifier: GPL-2.0-or-later
"""4. The reset, phase by phase: with a state partition of 1 GiB and of 32 GiB, without encryption, and with little memory."""

from __future__ import annotations

from bench import ukis
from bench.context import Context, MeasuredMachine
from bench.table import Row, Section
from tests.qemu import figures, scenario
from tests.qemu.console import ConsoleError
from tests.qemu.machine import LOGIN, Boot
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value

GIB = 1 << 30
SMALL, LARGE = 1 * GIB, 32 * GIB
MEMORY_MIB = (768, 512, 384, 320, 256)
REQUEST = (
    '{"osReleaseId":"debian","osReleaseImageId":"cleanslate-reference","bootId":"00112233445566778899aabbccddeeff","cleanslate":{"reason":"bench"}}'
)
SOURCE = "console, 'ms until phase'"
Phases = dict[str, tuple[float, ...]]


def factory_new(context: Context, name: str, variant: str, state_size: int) -> MeasuredMachine:
    disk = context.bench / f"{name}.raw"
    ukis.make_disk(context, variant, disk, state_size)
    machine = MeasuredMachine.fresh(context.bench / name, disk)
    disk.unlink()
    machine.power_on()
    machine.login(scenario.RESET_SECONDS)
    machine.power_off()
    return machine


def reset_once(machine: MeasuredMachine, boot: Boot = Boot()) -> dict[str, float]:
    """The duration of each phase. The machine is off before and afterwards, in the factory state."""
    never = [LOGIN, scenario.RECOVERY]
    machine.variables.set(REQUEST_NAME, GUID_REQUEST, request_value(REQUEST))
    machine.power_on(boot)
    try:
        machine.wait_for(figures.FIRMWARE_HANDS_OVER, scenario.BOOT_SECONDS, never)
        began, used = machine.console.seconds(), machine.processor_seconds()
        machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never)
        wall, used = machine.console.seconds() - began, machine.processor_seconds() - used
        machine.wait_for(scenario.RESTARTING, 60, never)
    finally:
        machine.kill()
    phases = dict(figures.of_reset(machine.console.lines()))
    return {**phases, "firmware's hand-over until complete": wall, "... QEMU's processor time": used}


def repeat(context: Context, machine: MeasuredMachine) -> Phases:
    runs = [reset_once(machine) for _ in range(context.repeat)]
    return {name: tuple(run[name] for run in runs) for name in runs[0]}


def request_to_login(context: Context, machine: MeasuredMachine) -> tuple[float, ...]:
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS)
    seconds = []
    for _ in range(context.repeat):
        machine.shell.start("cleanslate request --reboot --reason bench")
        seconds.append(scenario.follow_reset(machine).seconds_to_login)
        machine.login_now()
    machine.power_off()
    return tuple(seconds)


def least_memory(machine: MeasuredMachine) -> int | None:
    """The smallest of MEMORY_MIB with which a reset still completes."""
    enough = None
    for size in MEMORY_MIB:
        try:
            reset_once(machine, Boot(memory_mib=size))
        except ConsoleError:
            break
        enough = size
    return enough


def measure(context: Context) -> Section:
    small = factory_new(context, "reset-1g", "reference", SMALL)
    large = factory_new(context, "reset-32g", "reference", LARGE)
    plain = factory_new(context, "reset-plain-1g", "plain", SMALL)
    one, many, open_ = (repeat(context, machine) for machine in (small, large, plain))
    rows = [Row(f"32 GiB: {name}", "s", many[name], SOURCE, one[name], "ours, 1 GiB") for name in one]
    rows += [Row(f"plain, 1 GiB: {name}", "s", open_[name], SOURCE, one[name], "ours, LUKS2, 1 GiB") for name in one]
    rows.append(Row("1 GiB: request to login, unattended", "s", request_to_login(context, small), "console"))
    memory = least_memory(small)
    if memory is not None:
        rows.append(Row("least -m of QEMU with which a reset completes", "MiB", (float(memory),), f"of {MEMORY_MIB}"))
    for machine in (small, large, plain):
        machine.discard()
    notes = ["sizes are the state partition's, in a sparse file; 'in all' counts from the initrd's first instruction"]
    return Section("4. the reset", rows, notes)
