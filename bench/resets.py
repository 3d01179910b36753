# SPDX-License-Identifier: GPL-2.0-or-later
"""4. The reset, phase by phase: at level crypto with a state partition of 1, 8, 64 and 512 GiB, without encryption, and with little
memory."""

from __future__ import annotations

from collections.abc import Sequence

from bench import ukis
from bench.context import Context, MeasuredMachine
from bench.table import Row, Section
from tests.qemu import figures, scenario
from tests.qemu.console import ConsoleError
from tests.qemu.machine import LOGIN, Boot
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME, request_value

GIB = 1 << 30
SIZES_GIB = (1, 8, 64, 512)  # of the state partition, in a sparse file
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
    machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, [scenario.RECOVERY])
    machine.kill()
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


def in_turns(context: Context, machines: Sequence[MeasuredMachine]) -> list[Phases]:
    """The phases of each machine; runs in turns A B C A B C, so that a busy minute is not one machine's alone."""
    runs = [[reset_once(machine) for machine in machines] for _ in range(context.repeat)]
    return [{name: tuple(run[index][name] for run in runs) for name in runs[0][index]} for index in range(len(machines))]


def request_to_login(context: Context, machine: MeasuredMachine) -> tuple[float, ...]:
    machine.power_on()
    machine.login(scenario.BOOT_SECONDS)
    seconds = []
    for _ in range(context.repeat):
        machine.shell.start("cleanslate request --yes --reboot --reason bench")
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
    encrypted = [factory_new(context, f"reset-{size}g", "large", size * GIB) for size in SIZES_GIB]
    plain = factory_new(context, "reset-plain-1g", "large-plain", GIB)
    one, *larger, open_ = in_turns(context, [*encrypted, plain])
    rows = [
        Row(f"{size} GiB: {name}", "s", phases[name], SOURCE, one[name], "ours, 1 GiB")
        for size, phases in zip(SIZES_GIB[1:], larger)
        for name in one
    ]
    rows += [Row(f"plain, 1 GiB: {name}", "s", open_[name], SOURCE, one[name], "ours, LUKS2, 1 GiB") for name in one]
    rows.append(Row("1 GiB: request to login, unattended", "s", request_to_login(context, encrypted[0]), "console"))
    memory = least_memory(encrypted[0])
    if memory is not None:
        rows.append(Row("least -m of QEMU with which a reset completes", "MiB", (float(memory),), f"of {MEMORY_MIB}"))
    for machine in (*encrypted, plain):
        machine.discard()
    notes = ["sizes are the state partition's, in a sparse file; 'in all' counts from the initrd's first instruction"]
    return Section("4. the reset", rows, notes)
