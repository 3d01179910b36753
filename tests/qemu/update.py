# SPDX-License-Identifier: GPL-2.0-or-later
"""What an update does to a machine that is off: the next version of the system comes into partitions of its own at the disk's end, the
old one's go, and the boot image takes the place of the old one's."""

from __future__ import annotations

import os
from pathlib import Path

from images.disk import signature_uuid, verity_uuids
from tests.attack import table
from tests.qemu import made_on_demand
from tests.qemu.disk import TYPE_ROOT, TYPE_ROOT_SIGNATURE, TYPE_ROOT_VERITY, Partition
from tests.qemu.machine import Machine

MIB = 1 << 20


def install(machine: Machine, build: Path, variant: str, room: int) -> None:
    """The parts of another version of the reference machine are made. The disk becomes larger by what it needs and `room` bytes."""
    at = build / "images"
    made_on_demand.make(build, *(f"{variant}.{kind}" for kind in ("efi", "squashfs", "root-signature")))
    root_hash = (at / f"{variant}.roothash").read_text("ascii").strip()
    data, tree = verity_uuids(root_hash)
    parts = [
        (TYPE_ROOT, data, "root-2", (at / f"{variant}.squashfs").read_bytes()),
        (TYPE_ROOT_VERITY, tree, "root-2-verity", (at / f"{variant}.verity").read_bytes()),
        (TYPE_ROOT_SIGNATURE, signature_uuid(root_hash), "root-2-verity-sig", (at / f"{variant}.root-signature").read_bytes()),
    ]
    types = [type_ for type_, _, _, _ in parts]
    partitions = [partition for partition in machine.disk.partitions() if partition.type not in types]
    start = -(-machine.disk.size() // MIB) * MIB
    for type_, name, label, content in parts:
        size = -(-len(content) // MIB) * MIB
        number = max(partition.number for partition in partitions) + 1
        partitions.append(Partition(number, type_, name, label, start, size, 0))
        start += size
    os.truncate(machine.disk.path, start + room + MIB)
    for partition, (_, _, _, content) in zip(partitions[-len(parts) :], parts):
        machine.disk.write(partition.start, content)
    table.write(machine.disk, table.disk_uuid(machine.disk), partitions)
    machine.esp.install_uki(at / f"{variant}.efi")
