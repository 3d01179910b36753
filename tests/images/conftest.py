# SPDX-License-Identifier: GPL-2.0-or-later
"""What the builder's tests share: where things are, and a TPM in software."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE))


@pytest.fixture
def overlay() -> Path:
    return SOURCE / "images" / "overlay"


@pytest.fixture
def build() -> Path:
    """The build directory; `make images-test` builds what the tests take from it."""
    return (SOURCE / os.environ.get("BUILD", "build")).resolve()


@pytest.fixture
def software_tpm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A started TPM 2.0; gives its TCTI string."""
    # A socket's path may have 107 bytes only, so the directory's name is kept short.
    directory = tmp_path_factory.mktemp("tpm")
    pid_file = directory / "pid"
    command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={directory}", "--flags", "not-need-init,startup-clear"]
    command += ["--server", f"type=unixio,path={directory}/tpm", "--ctrl", f"type=unixio,path={directory}/tpm.ctrl"]
    # --daemon returns once the sockets are there.
    subprocess.run([*command, "--pid", f"file={pid_file}", "--daemon"], check=True)
    yield f"swtpm:path={directory}/tpm"
    os.kill(int(pid_file.read_text(encoding="ascii")), signal.SIGTERM)
