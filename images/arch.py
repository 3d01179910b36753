# SPDX-License-Identifier: GPL-2.0-or-later
"""The one place of images/ that depends on the processor: package names, partition types, PE and boot file names."""

from __future__ import annotations

import platform
import uuid
from dataclasses import dataclass

from images.form import ROOT, USR, Form


@dataclass(frozen=True)
class Types:
    """Of the image's partitions (Discoverable Partitions Specification)."""

    data: uuid.UUID
    verity: uuid.UUID
    signature: uuid.UUID  # of the verity hash


@dataclass(frozen=True)
class Arch:
    kernel_package: str  # the metapackage; its dependency is the kernel itself
    efi_suffix: str  # of the removable-media path, /EFI/BOOT/BOOT<suffix>.EFI
    types: dict[Form, Types]
    dps_name: str  # as repart.d and systemd's tools call the processor in the names of types
    console: str


_ARCHES = {
    "x86_64": Arch(
        kernel_package="linux-image-cloud-amd64",
        efi_suffix="X64",
        types={
            ROOT: Types(
                data=uuid.UUID("4f68bce3-e8cd-4db1-96e7-fbcaf984b709"),
                verity=uuid.UUID("2c7357ed-ebd2-46d9-aec1-23d437ec2bf5"),
                signature=uuid.UUID("41092b05-9fc8-4523-994f-2def0408b176"),
            ),
            USR: Types(
                data=uuid.UUID("8484680c-9521-48c6-9c11-b0720656f69e"),
                verity=uuid.UUID("77ff5f63-e7b6-4633-acf4-1565b864c0e6"),
                signature=uuid.UUID("e7bb33fb-06cf-4e81-8273-e543b413e2e2"),
            ),
        },
        dps_name="x86-64",
        console="ttyS0",
    ),
}


def this_arch() -> Arch:
    machine = platform.machine()
    if machine not in _ARCHES:
        raise SystemExit(f"images: no reference machine is defined for the processor {machine}")
    return _ARCHES[machine]
