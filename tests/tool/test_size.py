# SPDX-License-Identifier: GPL-2.0-or-later
"""What keeps `cleanslate status` quick and small: the command is linked with libc alone. What needs more is another program."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(os.environ.get("CLEANSLATED", ROOT / "build/reset-tool/cleanslated")).resolve().parent


def libraries(program: str) -> list[str]:
    answer = subprocess.run(["readelf", "--dynamic", "--wide", BUILT / program], check=True, capture_output=True, text=True)
    return re.findall(r"\(NEEDED\).*\[(\S+)\]", answer.stdout)


def test_the_command_needs_libc_alone() -> None:
    assert libraries("cleanslate") == ["libc.so.6"]


def test_the_service_reaches_neither_tpm_nor_disks() -> None:
    assert not [name for name in libraries("cleanslated") if re.search("tss2|fdisk|cryptsetup|nvme|blkid", name)]


def test_others_are_noticed() -> None:
    assert "libtss2-esys.so.0" in libraries("cleanslate-inspect")
