# SPDX-License-Identifier: GPL-2.0-or-later
"""Unified kernel images from the same parts under one stub or the other, and disks around them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from bench.context import SYSTEMD_STUB, Context
from images import disk, gpt, pcrsig, uki
from images.arch import this_arch
from images.form import ROOT


def make(context: Context, stub: Path, initrd: Path, command_line: str, output: Path) -> None:
    """Like the reference machine's, but without .uname, which systemd-stub 252 neither knows nor measures."""
    keys = context.images / "keys"
    with tempfile.TemporaryDirectory(dir=context.bench) as name:
        work = Path(name)
        (work / "cmdline").write_text(command_line, encoding="ascii")
        sections = [
            (".osrel", context.images / "reference.os-release"),
            (".cmdline", work / "cmdline"),
            (".pcrpkey", keys / "pcr-public.pem"),
            (".rootcrt", keys / "root-signing.der"),
            (".linux", context.images / "kernel" / "vmlinuz"),
            (".initrd", initrd),
        ]
        # It does not measure its own .sbat either; so the prediction is made over an image without one.
        bare = stub
        if stub == SYSTEMD_STUB:
            bare = work / "stub"
            subprocess.run(["objcopy", "--remove-section=.sbat", stub, bare], check=True)
        uki.write(bare, sections, work / "unsigned.efi")
        policy = pcrsig.predict(context.images / "measure", work / "unsigned.efi")
        signature = pcrsig.document(policy, keys / "pcr-private.pem", keys / "pcr-public.pem")
        (work / "pcrsig").write_text(signature, encoding="ascii")
        uki.write(stub, [*sections, (".pcrsig", work / "pcrsig")], output)


def make_disk(context: Context, variant: str, output: Path, state_size: int | None = None, image: Path | None = None) -> None:
    """The disk of a variant, or one with an ESP around `image` alone. `state_size` is what it leaves for the state partition."""
    images = context.images
    with tempfile.TemporaryDirectory(dir=context.bench) as work:
        esp = Path(work) / "esp"
        disk.make_esp(image or images / f"{variant}.efi", esp)
        partitions = [gpt.Partition(disk.ESP_TYPE, disk.ESP_UUID, "esp", esp)]
        if image is None:
            root_uuid, verity_uuid = disk.verity_uuids(context.text(f"{variant}.roothash"))
            types = this_arch().types[ROOT]
            partitions.append(gpt.Partition(types.data, root_uuid, "root", images / f"{variant}.squashfs", gpt.READ_ONLY))
            partitions.append(gpt.Partition(types.verity, verity_uuid, "root-verity", images / f"{variant}.verity", gpt.READ_ONLY))
            signature_uuid = disk.signature_uuid(context.text(f"{variant}.roothash"))
            content = images / f"{variant}.root-signature"
            partitions.append(gpt.Partition(types.signature, signature_uuid, "root-verity-sig", content, gpt.READ_ONLY))
        used = sum(_up(part.content.stat().st_size) for part in partitions) + 2 * gpt.GRAIN
        gpt.write(output, disk.DISK_UUID, used + CONFIG_SIZE + (state_size or 0), partitions)


CONFIG_SIZE = 64 << 20  # images/overlay/usr/lib/repart.d/10-config.conf


def _up(size: int) -> int:
    return (size + gpt.GRAIN - 1) // gpt.GRAIN * gpt.GRAIN
