# SPDX-License-Identifier: GPL-2.0-or-later
"""The records of a machine and their signatures, verified where the machine is not."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.qemu.esp import RECORDS
from tests.qemu.machine import Machine


@dataclass(frozen=True)
class Certificates:
    """What lies on the ESP of the switched-off machine, taken to where no TPM is, and the device's key by its TPM's own word."""

    folder: Path
    names: dict[str, str]
    key: Path

    def verify(self, name: str, *options: str) -> tuple[int, str]:
        tool = Path(os.environ.get("BUILD", "build")) / "reset-tool/cleanslate-inspect"
        command = [tool, "certificate", "verify", "--json", *options, self.folder / name]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
        return done.returncode, json.loads(done.stdout)["verdict"]


def take(machine: Machine, folder: Path) -> Certificates:
    """Of a switched-off machine. Of several records of an origin the last by name."""
    names = {record["origin"]: name for name, record in machine.esp.records().items()}
    for name in names.values():
        for file in (name, name.removesuffix(".json") + ".sig"):
            (folder / file).write_bytes(machine.esp.read(f"{RECORDS}/{file}"))
    with machine.tpm() as tpm:
        tpm.write_record_key(folder / "key.pem")
    return Certificates(folder, names, folder / "key.pem")
