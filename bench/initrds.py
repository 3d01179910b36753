# SPDX-License-Identifier: GPL-2.0-or-later
"""1. How large an initrd with its modules is: ours, and what Debian makes for the same kernel."""

from __future__ import annotations

from bench.context import Context
from bench.table import Row, Section

MIB = 1 << 20
PEERS = {
    "dracut-most": "dracut 059, systemd, crypt, tpm2-tss, verity",
    "dracut-list": "the same with --drivers as in our list",
    "initramfs-tools-most": "initramfs-tools, MODULES=most",
    "initramfs-tools-list": "the same with MODULES=list, as in our list",
}


def measure(context: Context) -> Section:
    ours = context.initrd.stat().st_size / MIB
    rows = []
    for name, what in PEERS.items():
        theirs = (context.peers / name).stat().st_size / MIB
        rows.append(Row("initrd, zstd -19", "MiB", (ours,), f"stat bench/peers/{name}", (theirs,), what))
    notes = [
        "the kernel and the compressor are the same. initramfs-tools opens neither dm-verity nor LUKS2 by TPM: it does less than ours",
        "ours can also reset (mkfs comes from the verified image); dracut's crypt module takes all of kernel/crypto whatever --drivers says",
    ]
    return Section("1. size of the initrd", rows, notes)
