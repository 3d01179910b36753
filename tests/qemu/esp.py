# SPDX-License-Identifier: GPL-2.0-or-later
"""Files on the EFI system partition of a switched-off machine, through mtools."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.qemu.disk import Disk, TYPE_ESP

RECORDS = "/EFI/cleanslate/records"


class Esp:
    def __init__(self, disk: Disk) -> None:
        self._image = f"{disk.path}@@{disk.partition(TYPE_ESP).start}"

    def _run(self, *command: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(command, capture_output=True, timeout=60)

    def names(self, folder: str) -> list[str]:
        """The names in a folder; none if there is no such folder."""
        done = self._run("mdir", "-b", "-i", self._image, f"::{folder}")
        if done.returncode != 0:
            return []
        return sorted(line.rstrip("/").rsplit("/", 1)[-1] for line in done.stdout.decode().splitlines())

    def read(self, path: str) -> bytes:
        done = self._run("mcopy", "-i", self._image, f"::{path}", "-")
        if done.returncode != 0:
            raise FileNotFoundError(f"{path} on the ESP: {done.stderr.decode().strip()}")
        return done.stdout

    def write(self, path: str, content: bytes) -> None:
        """Into a folder that exists; what has this name is replaced."""
        command = ("mcopy", "-o", "-i", self._image, "-", f"::{path}")
        done = subprocess.run(command, input=content, capture_output=True, timeout=60)
        if done.returncode != 0:
            raise OSError(f"{path} on the ESP: {done.stderr.decode().strip()}")

    def records(self) -> dict[str, dict[str, Any]]:
        """The records of resets, by file name."""
        names = [name for name in self.names(RECORDS) if name.endswith(".json")]
        return {name: json.loads(self.read(f"{RECORDS}/{name}")) for name in names}
