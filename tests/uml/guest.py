# SPDX-License-Identifier: GPL-2.0-or-later
"""A Linux of our own for a few seconds: User Mode Linux over the host's files, with real device-mapper and SCSI."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD", "build")).resolve()
PROBE = BUILD / "uml" / "erase-probe"
WIDE_REGISTERS = BUILD / "uml" / "wide-registers.so"
VOLUME_PROBE = BUILD / "uml" / "volume-probe"
COVERAGE = os.environ.get("UML_COVERAGE", "")  # the directory of a build with --coverage
SECONDS = 60

# A bad sector map, a cut, a size: shell functions that every scenario may use.
PRELUDE = """
dm() { dmsetup create "$1" --noudevsync --table "$2" && mknod -m 600 /run/$1 b $(dmsetup info -c --noheadings -o major,minor --separator ' ' "$1"); }
probe() { PROBE "$@"; echo "STATUS $?"; }
flushes() { awk '{ print "FLUSHES", $16 }' /sys/block/$1/stat; }
scsi_disk() { # the disk that scsi_debug just made
        for i in 1 2 3 4 5 6 7 8 9 10; do
                for disk in /sys/block/sd*; do [ -e "$disk/size" ] && break 2; done
                sleep 0.2
        done
        disk=/dev/${disk##*/}
}
"""


@dataclass(frozen=True)
class Run:
    text: str
    erased: list[dict[str, Any]]  # one a device, in order, of all probes
    statuses: list[int]

    def probes(self, count: int) -> list[dict[str, Any]]:
        """What was erased, which has to be so many: a loop over none would find nothing wrong."""
        assert len(self.erased) == count, self.text
        return self.erased

    def word(self, name: str) -> list[str]:
        return [line.split(maxsplit=1)[1] for line in self.text.splitlines() if line.startswith(name + " ")]


def run(script: str, memory_mib: int = 512) -> Run:
    """Boots, runs the shell text as root of the guest, returns what it printed. The text must end well."""
    assert PROBE.exists(), f"{PROBE} is not built: make uml"
    with tempfile.TemporaryDirectory(prefix="cleanslate-uml-") as directory:
        scenario = Path(directory) / "scenario.sh"
        scenario.write_text(PRELUDE.replace("PROBE", str(PROBE), 1) + script, encoding="ascii")
        command = ["linux.uml", f"mem={memory_mib}M", "root=/dev/root", "rootfstype=hostfs", "hostfs=/", "ro", f"init={HERE / 'init.sh'}"]
        command += ["con0=null,fd:1", "con=null", "quiet", f"scenario={scenario}", f"umid=cleanslate-{os.getpid()}-{os.path.basename(directory)[-8:]}"]
        if COVERAGE:
            command.append(f"coverage={COVERAGE}")
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False, env={**os.environ, "TMPDIR": "/tmp", "LD_PRELOAD": str(WIDE_REGISTERS)})
    text = result.stdout.decode("utf-8", "replace").replace("\r", "")
    lines = text.splitlines()
    assert "EXIT 0" in lines, f"the guest's scenario did not end well:\n{text}\n{result.stderr.decode('utf-8', 'replace')}"
    assert not any(line.startswith("LOAD FAILED") for line in lines), text
    erased = [json.loads(line.removeprefix("ERASED ")) for line in lines if line.startswith("ERASED ")]
    return Run(text, erased, [int(line.removeprefix("STATUS ")) for line in lines if line.startswith("STATUS ")])
