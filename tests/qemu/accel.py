# SPDX-License-Identifier: GPL-2.0-or-later
"""Which accelerator QEMU gets. A /dev/kvm that opens proves nothing: on some virtual hosts firmware hangs or QEMU aborts
under it. So a machine without disks is started under KVM, and only firmware that reports "nothing to boot" in time
counts. CLEANSLATE_ACCEL=tcg or =kvm decides without a probe."""

from __future__ import annotations

import functools
import os
import subprocess
import threading
from pathlib import Path

from tests.qemu.arch import CODE_IMAGE, QEMU

PROBE_SECONDS = 20.0
PROBE_ANSWER = b"No bootable option"
KVM = ("-accel", "kvm", "-cpu", "host")
# A small cache of translated code is emptied often. In a large one the code of earlier boots stays, and each write to a page that has
# some in it takes a slow path: a reset behind a warm restart took 58 s that takes 33 s so.
TCG_CACHE_MIB = 128
# What costs an emulator time and a guest nothing to be without: repeated string instructions run byte by byte where ERMS promises them to be
# fast, each STAC or CLAC around a copy from user space (SMAP) ends a piece of translated code, five levels of page tables make each miss of the
# TLB dearer than four, and AVX is a call for each instruction, yet preferred by whatever hashes.
TCG_WITHOUT = ("erms", "smap", "smep", "pku", "la57", "avx", "avx2")
TCG = ("-accel", f"tcg,thread=multi,tb-size={TCG_CACHE_MIB}", "-cpu", "max," + ",".join(f"-{flag}" for flag in TCG_WITHOUT))


def _kvm_boots_firmware() -> bool:
    command = [QEMU, "-machine", "q35", *KVM, "-m", "256", "-display", "none", "-vga", "none", "-nic", "none"]
    command += ["-serial", "stdio", "-monitor", "none"]
    command += ["-drive", f"if=pflash,format=raw,readonly=on,file={CODE_IMAGE}"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    limit = threading.Timer(PROBE_SECONDS, process.kill)
    limit.start()
    seen = b""
    try:
        assert process.stdout is not None
        while PROBE_ANSWER not in seen:
            chunk = os.read(process.stdout.fileno(), 4096)
            if not chunk:
                return False
            seen += chunk
        return True
    finally:
        limit.cancel()
        process.kill()
        process.wait()


@functools.cache
def options() -> tuple[str, ...]:
    """QEMU's options for the accelerator and the processor."""
    wanted = os.environ.get("CLEANSLATE_ACCEL", "")
    if wanted not in ("", "kvm", "tcg"):
        raise ValueError(f"CLEANSLATE_ACCEL={wanted}: must be kvm or tcg")
    if wanted == "tcg":
        return TCG
    if wanted == "kvm":
        return KVM
    usable = os.access("/dev/kvm", os.R_OK | os.W_OK) and Path(CODE_IMAGE).exists() and _kvm_boots_firmware()
    return KVM if usable else TCG
