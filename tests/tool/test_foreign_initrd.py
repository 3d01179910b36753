# SPDX-License-Identifier: GPL-2.0-or-later
"""In a distribution's own initrd the old system's fstab mounts nothing over the verified image: neither of the two kinds reads it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from images import vendor

SCRIPT = Path(__file__).resolve().parents[2] / "initrd/initramfs-tools/boot-script"
# What initramfs-tools does behind mountroot, where the fstab of the root has a line for /usr.
ASKED = "read_fstab_entry() { return 0; }\n%s\nread_fstab_entry /usr && echo mounted"


def said(more: str) -> str:
    return subprocess.run(["sh", "-c", ASKED % more], capture_output=True, text=True, check=False).stdout


def test_initramfs_tools_is_told_that_there_is_no_line_for_usr() -> None:
    assert said("") == "mounted\n", "the control"
    assert said(f'. "{SCRIPT}"') == ""


def test_a_systemd_initrd_reads_no_fstab() -> None:
    assert "rd.fstab=no" in vendor._BESIDE.split()
