# SPDX-License-Identifier: GPL-2.0-or-later
"""Files on the EFI system partition of a switched-off machine, through mtools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from images.arch import this_arch
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

    def install_uki(self, uki: Path) -> None:
        """Puts another boot image in the place of the one that the firmware starts."""
        done = self._run("mcopy", "-o", "-i", self._image, str(uki), f"::/EFI/BOOT/BOOT{this_arch().efi_suffix}.EFI")
        assert done.returncode == 0, done.stderr.decode()

    def write(self, path: str, content: bytes) -> None:
        """Into a folder that exists; what has this name is replaced."""
        command = ("mcopy", "-o", "-i", self._image, "-", f"::{path}")
        done = subprocess.run(command, input=content, capture_output=True, timeout=60)
        if done.returncode != 0:
            raise OSError(f"{path} on the ESP: {done.stderr.decode().strip()}")

    def make_folder(self, path: str) -> None:
        """With the folders it is in; one that exists stays as it is."""
        parts = path.strip("/").split("/")
        for count in range(1, len(parts) + 1):
            folder = "/" + "/".join(parts[:count])
            if self._run("mdir", "-i", self._image, f"::{folder}").returncode != 0:
                done = self._run("mmd", "-i", self._image, f"::{folder}")
                assert done.returncode == 0, done.stderr.decode()

    def exists(self, path: str) -> bool:
        return self._run("mdir", "-i", self._image, f"::{path}").returncode == 0

    def delete(self, path: str) -> None:
        """As the operating system does: the entry is marked, the bytes stay."""
        done = self._run("mdel", "-i", self._image, f"::{path}")
        assert done.returncode == 0, done.stderr.decode()

    def make_read_only(self, path: str) -> None:
        done = self._run("mattrib", "+r", "-i", self._image, f"::{path}")
        assert done.returncode == 0, done.stderr.decode()

    def records(self) -> dict[str, dict[str, Any]]:
        """The records of resets, by file name."""
        return {name: record for name, record in self._documents().items() if record["type"] == "cleanslate-record-1"}

    def break_glass_records(self) -> dict[str, dict[str, Any]]:
        """What each opening of the break-glass shell has left, by file name."""
        return {name: record for name, record in self._documents().items() if record["type"] == "cleanslate-break-glass-1"}

    def _documents(self) -> dict[str, dict[str, Any]]:
        names = [name for name in self.names(RECORDS) if name.endswith(".json")]
        return {name: json.loads(self.read(f"{RECORDS}/{name}")) for name in names}
