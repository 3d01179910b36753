# SPDX-License-Identifier: GPL-2.0-or-later
"""Block devices to measure on: loop devices over files that are really allocated, past the page cache, if the kernel lets us held to
a rate that a cache or a neighbour does not change."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import peer

# Of the version 1 controller, the only one whose limits also hold for what kernel threads write on somebody's behalf.
THROTTLE = Path("/sys/fs/cgroup/blkio")


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def fill(path: str, size: int) -> None:
    """Writes, so that no file system has to allocate or convert anything while it is measured."""
    run("dd", "if=/dev/zero", f"of={path}", "bs=1M", f"count={size >> 20}", "oflag=direct", "conv=notrunc,fsync")


def check(device: str, size: int) -> None:
    """Before anything is measured, what every measurement rests on. OSError with the reason."""
    queue = Path("/sys/class/block", Path(device).name)
    found = int((queue / "size").read_text(encoding="ascii")) * 512
    if found != size or (queue / "ro").read_text(encoding="ascii").strip() != "0":
        raise OSError(f"{device} has {found} bytes instead of {size}, or cannot be written")
    fill(device, 1 << 20)


def refusals(device: str) -> dict[str, str]:
    """What the device does not do, by the name of the measurement, in the words of the program that tried."""
    failed = {}
    for name, command in (("blkdiscard -z", ["blkdiscard", "-z"]), ("blkdiscard", ["blkdiscard"])):
        try:
            peer.run([*command, "--length", str(1 << 20), device])
        except peer.PeerFailed as error:
            failed[name] = str(error)
    fill(device, 1 << 20)
    return failed


@contextmanager
def loops(directory: Path, sizes: list[int]) -> Iterator[list[str]]:
    """Needs root; subprocess.CalledProcessError where there are no loop devices."""
    directory.mkdir(parents=True, exist_ok=True)
    devices: list[str] = []
    files = [directory / f"disk{index}" for index in range(len(sizes))]
    try:
        for file, size in zip(files, sizes):
            run("fallocate", "-l", str(size), str(file))
            fill(str(file), size)
            devices.append(run("losetup", "--find", "--show", "--direct-io=on", str(file)))
            check(devices[-1], size)
        yield devices
    finally:
        for device in devices:
            subprocess.run(["losetup", "-d", device], check=False)
        for file in files:
            file.unlink(missing_ok=True)


def can_hold() -> bool:
    return (THROTTLE / "blkio.throttle.write_bps_device").exists()


@contextmanager
def held_to(devices: list[str], bytes_per_second: int) -> Iterator[None]:
    """Both ways, whoever asks."""

    def limit(rate: int) -> None:
        for device in devices:
            number = Path("/sys/class/block", Path(device).name, "dev").read_text(encoding="ascii").strip()
            for way in ("read", "write"):
                (THROTTLE / f"blkio.throttle.{way}_bps_device").write_text(f"{number} {rate}", encoding="ascii")

    limit(bytes_per_second)
    try:
        yield
    finally:
        limit(0)
