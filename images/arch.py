# SPDX-License-Identifier: GPL-2.0-or-later
"""The one place of images/ that depends on the processor: package names, partition types, PE and boot file names."""

from __future__ import annotations

import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Arch:
    kernel_package: str  # the metapackage; its dependency is the kernel itself
    efi_suffix: str  # of the removable-media path, /EFI/BOOT/BOOT<suffix>.EFI
    root_type: str  # Discoverable Partitions Specification
    verity_type: str
    signature_type: str  # of the verity root hash
    repart_root: str  # the same type's name
    console: str


_ARCHES = {
    "x86_64": Arch(
        kernel_package="linux-image-cloud-amd64",
        efi_suffix="X64",
        root_type="4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
        verity_type="2c7357ed-ebd2-46d9-aec1-23d437ec2bf5",
        signature_type="41092b05-9fc8-4523-994f-2def0408b176",
        repart_root="root-x86-64",
        console="ttyS0",
    ),
}


def this_arch() -> Arch:
    machine = platform.machine()
    if machine not in _ARCHES:
        raise SystemExit(f"images: no reference machine is defined for the processor {machine}")
    return _ARCHES[machine]
