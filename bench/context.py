# SPDX-License-Identifier: GPL-2.0-or-later
"""What every measurement works with: the built images, Debian's initrds, a place for machines; and a machine that knows what it
has cost."""

from __future__ import annotations

import atexit
import os
from dataclasses import dataclass
from pathlib import Path

from tests.qemu.machine import Machine

SYSTEMD_STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")


@dataclass(frozen=True)
class Context:
    build: Path
    repeat: int

    @property
    def images(self) -> Path:
        return self.build / "images"

    @property
    def bench(self) -> Path:
        return self.build / "bench"

    @property
    def peers(self) -> Path:
        return self.bench / "peers"

    @property
    def stub(self) -> Path:
        return self.build / "efi" / "cleanslatex64.efi.stub"

    @property
    def initrd(self) -> Path:
        return self.build / "initrd" / "initrd.cpio.zst"

    def text(self, name: str) -> str:
        return (self.images / name).read_text(encoding="utf-8").strip()


class MeasuredMachine(Machine):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        atexit.register(self.kill)  # an interrupted run must not leave a machine behind that runs on

    @classmethod
    def fresh(cls, directory: Path, image: Path) -> MeasuredMachine:
        Machine.new(directory, image)
        return cls(directory)

    def processor_seconds(self) -> float:
        """What QEMU has used since power-on, of all processors together, in user and in system mode (proc(5), stat)."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
