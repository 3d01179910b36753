# SPDX-License-Identifier: GPL-2.0-or-later
"""What few scenarios need of images/: made by the makefile when one of them runs, once for all workers."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path


def make(build: Path, *names: str) -> None:
    """Below build/images, as the makefile knows them."""
    relative = os.path.relpath(build)
    with (build / "images" / ".made-on-demand.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["make", f"BUILD={relative}", *(f"{relative}/images/{name}" for name in names)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"make {' '.join(names)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def image(build: Path, name: str) -> Path:
    make(build, name)
    return build / "images" / name
