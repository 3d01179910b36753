# SPDX-License-Identifier: GPL-2.0-or-later
"""5. The erase engine beside the device's own limit (fio, same block size and depth) and beside what else there is for erasing."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from bench import devices, peer
from bench.context import Context
from bench.peer import Figures, timed
from bench.table import Row, Section

MIB = 1 << 20
SIZE = 512 * MIB  # of each device: some seconds at the rate it is held to
SMALL = 128 * MIB  # for nwipe, which takes its time
HELD = 200 * 1000 * 1000  # bytes a second: a fast hard disk
COUNT = 4
HELD_TOGETHER = HELD // COUNT  # each of the four: no more than what one may, so that what is below them is never the limit


@dataclass(frozen=True)
class Passes:
    write: float  # MB/s of all devices together
    verify: float
    memory: float  # MiB


def ours(context: Context, targets: list[str], size: int, *options: str) -> Passes:
    command = [str(context.build / "uml" / "erase-probe"), *options, *targets]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        if line.startswith("ERASED "):
            done = json.loads(line.removeprefix("ERASED "))
            assert done["unwritable"]["bytes"] == done["unreadable"]["bytes"] == done["wrong"]["bytes"] == 0, done
    cost = json.loads(lines[-1].removeprefix("COST "))
    total = len(targets) * size / 1e6

    def rate(ms: int) -> float:
        return total / (max(ms, 1) / 1000)

    return Passes(rate(cost["write_ms"]), rate(cost["verify_ms"]), cost["max_rss_kib"] / 1024)


def limit(targets: list[str], way: str, zeros: bool = False) -> float:
    """MB/s that fio gets out of the devices, with requests like ours: 512 KiB, 16 under way on each. Zeros and noise apart: what is
    below may well treat them differently."""
    command = ["fio", "--minimal", "--ioengine=io_uring", "--direct=1", "--bs=512k", "--iodepth=16", f"--rw={way}"]
    command += ["--end_fsync=1"] if way == "write" else []
    command += ["--zero_buffers" if zeros else "--refill_buffers"]  # noise is never the same twice, as a keystream is not
    for target in targets:
        command += [f"--name={target}", f"--filename={target}"]
    began = time.monotonic()
    fields = [line.split(";") for line in peer.run(command).splitlines() if ";" in line]
    assert len(fields) == len(targets), "fio said something else than expected"
    # fio(1), terse output version 3: run time in ms of reads is field 9, of writes field 50; its start-up is no work of the device
    spent = max(int(field[49 if way == "write" else 8]) for field in fields)
    assert 0 < spent <= (time.monotonic() - began) * 1000 + 1000
    return len(targets) * SIZE / 1e6 / (spent / 1000)


def beside_the_limit(context: Context, targets: list[str], figures: Figures) -> None:
    """One turn: each of ours right beside the limit it is compared with."""
    figures.peer("limit write zeros", lambda: limit(targets, "write", zeros=True))
    zeros = ours(context, targets, SIZE, "--write-only")
    figures.peer("limit read zeros", lambda: limit(targets, "read"))
    threads = ours(context, targets, SIZE, "--write-only", "--threads")
    figures.peer("limit write noise", lambda: limit(targets, "write"))
    keystream = ours(context, targets, SIZE, "--keystream")
    figures.peer("limit read noise", lambda: limit(targets, "read"))
    for name, passes in (("zeros", zeros), ("keystream", keystream), ("zeros by threads", threads)):
        figures[f"{name} write"].append(passes.write)
        figures[f"{name} read"].append(passes.verify)
        figures["memory"].append(passes.memory)


def rows_beside_the_limit(figures: Figures, where: str) -> list[Row]:
    def row(name: str, ours_: str, what: str) -> Row:
        return Row(f"{name}, {where}", "MB/s", tuple(figures[ours_]), "own clock", tuple(figures[f"limit {what}"]), f"fio {what}, 512 KiB x 16, direct")

    return [
        row("overwrite with zeros", "zeros write", "write zeros"),
        row("overwrite with keystream", "keystream write", "write noise"),
        row("read back zeros, compared", "zeros read", "read zeros"),
        row("read back keystream, compared", "keystream read", "read noise"),
        row("overwrite with zeros, no io_uring", "zeros by threads write", "write zeros"),
    ]


def beside_others(context: Context, device: str, small: str, figures: Figures) -> None:
    figures.peer("shred", lambda: timed(SIZE, "shred", "-n1", device))
    figures["beside shred"].append(timed(SIZE, str(context.build / "uml" / "erase-probe"), "--keystream", "--no-verify", device))
    log = str(context.bench / "nwipe.log")
    nwipe = ["nwipe", "--autonuke", "--nogui", "--nowait", "--method=zero", "--verify=last", "--rounds=1", "--noblank", f"--logfile={log}"]
    figures.peer("nwipe", lambda: timed(SMALL, *nwipe, small))
    figures["beside nwipe"].append(timed(SMALL, str(context.build / "uml" / "erase-probe"), "--write-only", small))


def beside_blkdiscard(context: Context, device: str, figures: Figures) -> None:
    """Last: what the device is told to zero is not allocated as before."""
    probe = str(context.build / "uml" / "erase-probe")
    figures.peer("blkdiscard -z", lambda: timed(SIZE, "blkdiscard", "-z", device))
    figures["beside blkdiscard -z"].append(timed(SIZE, probe, "--no-verify", device))
    devices.fill(device, SIZE)  # what was discarded before costs nothing
    figures.peer("blkdiscard", lambda: timed(SIZE, "blkdiscard", device))
    devices.fill(device, SIZE)
    if "blkdiscard" not in figures.failed:  # nothing to stand beside, and very likely nothing that could be discarded
        figures["beside blkdiscard"].append(timed(SIZE, probe, "--discard", device))
        devices.fill(device, SIZE)


def row_beside(name: str, other: str, figures: Figures, is_: str = "") -> Row:
    return Row(name, "MB/s", tuple(figures[f"beside {other}"]), "wall clock of the whole program", tuple(figures[other]), is_ or other)


def rows_beside_others(figures: Figures) -> list[Row]:
    return [
        row_beside("one pass of zeros, read back", "nwipe", figures, "nwipe, zero, verify last"),
        row_beside("one pass of noise, not read back", "shred", figures, "shred -n1"),
    ]


def rows_beside_blkdiscard(figures: Figures) -> list[Row]:
    return [row_beside("zeros by the device's own means", "blkdiscard -z", figures), row_beside("discard", "blkdiscard", figures)]


def turns(context: Context, targets: list[str], small: str, held: bool, others: bool) -> list[Row]:
    one, four = Figures(), Figures()

    def at_most(rate: int) -> AbstractContextManager[None]:
        return devices.held_to([*targets, small], rate) if held else nullcontext()

    def kind(rate: int) -> str:
        return f"held to {rate // 1000000} MB/s" if held else "as fast as it goes"

    for _ in range(context.repeat):
        with at_most(HELD):
            beside_the_limit(context, targets[:1], one)
            if others:
                beside_others(context, targets[0], small, one)
        with at_most(HELD_TOGETHER):
            beside_the_limit(context, targets, four)
    rows = rows_beside_the_limit(one, f"one device {kind(HELD)}") + rows_beside_the_limit(four, f"{COUNT} devices, each {kind(HELD_TOGETHER)}")
    memory = Row(f"peak memory, {COUNT} devices", "MiB", (max(four["memory"]),), "getrusage: ru_maxrss")
    rows += [memory] + (rows_beside_others(one) if others else [])
    return rows + one.rows_of_failures() + four.rows_of_failures()


def measure(context: Context) -> Section:
    title = "5. erasing"
    if os.geteuid() != 0:
        return Section(title, [], ["not measured: loop devices need root"])
    rows: list[Row] = []
    notes = ["loop devices over allocated files, direct-io; all in turns; MB = 10^6 bytes; each of ours checked that it found every byte right"]
    with devices.loops(context.bench / "erase", [SIZE] * COUNT + [SMALL]) as made:
        targets, small = made[:COUNT], made[COUNT]
        if devices.can_hold():
            rows += turns(context, targets, small, held=True, others=True)
            notes.append("held by blk-throttle, so that the device, not this machine's neighbours, is the limit; nwipe on 128 MiB")
        else:
            notes.append("no blkio controller of version 1 here: devices are not held to a rate")
        rows += turns(context, targets, small, held=False, others=not devices.can_hold())
        whole = Figures()
        whole.failed.update(devices.refusals(targets[0]))
        for _ in range(context.repeat):
            beside_blkdiscard(context, targets[0], whole)
        rows += rows_beside_blkdiscard(whole) + whole.rows_of_failures()
    return Section(title, rows, notes)
