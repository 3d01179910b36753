# SPDX-License-Identifier: GPL-2.0-or-later
"""Assembles the disk of the reference machine from its ready-made parts: ESP with the UKI, root (or usr), its
verity tree and signature, and free space in which the first boot builds the volumes."""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from images import gpt
from images.arch import this_arch
from images.form import FORMS, ROOT, Form

# Fixed, so that equal parts give an equal disk. The image's efi.mount names the ESP by its UUID.
DISK_UUID = uuid.UUID("5b3a6c1e-08a4-4c42-9d0c-7f4b5f1d2a01")
ESP_UUID = uuid.UUID("7c1b4a52-3d0e-4c55-8f0b-5f3a6d1e9b10")
ESP_TYPE = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
ESP_VOLUME_ID = "c1ea5001"
ESP_SIZE = 128 << 20
DISK_SIZE = 3 << 30
DIRECTORIES = ("EFI", "EFI/BOOT", "EFI/cleanslate", "EFI/cleanslate/records")


def make_esp(uki: Path, destination: Path, sector: int = gpt.SECTOR, size: int = ESP_SIZE) -> None:
    """A FAT file system in a plain file. mtools takes the files' times from SOURCE_DATE_EPOCH."""
    # Of larger sectors the ESP has too few for FAT32. Clusters of 1 KiB are the largest that leave FAT32 its 65,525 of them in 128 MiB,
    # and half the work for whoever fills the free space.
    bits, cluster = ("32", "2") if sector == gpt.SECTOR else ("16", "1")
    environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "TZ": "UTC"}
    with destination.open("wb") as stream:
        stream.truncate(size)
    format_it = ["mkfs.vfat", "--invariant", "-F", bits, "-s", cluster, "-S", str(sector), "-n", "ESP", "-i", ESP_VOLUME_ID]
    subprocess.run([*format_it, str(destination)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["mmd", "-i", destination, *(f"::{name}" for name in DIRECTORIES)], check=True, env=environment)
    target = f"::EFI/BOOT/BOOT{this_arch().efi_suffix}.EFI"
    subprocess.run(["mcopy", "-i", destination, uki, target], check=True, env=environment)


def verity_uuids(root_hash: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Of data and hash partition: first and last 128 bits of the root hash (Discoverable Partitions Specification)."""
    return uuid.UUID(root_hash[:32]), uuid.UUID(root_hash[-32:])


def signature_uuid(root_hash: str) -> uuid.UUID:
    """The specification asks for none in particular; equal parts give an equal disk."""
    return uuid.uuid5(ESP_TYPE, root_hash)


@dataclass(frozen=True)
class Contents:
    """Of a disk image: plain files, and what names the disk."""

    uki: Path
    root: Path
    verity: Path
    root_hash: str
    root_signature: Path
    disk_uuid: uuid.UUID = DISK_UUID
    esp_uuid: uuid.UUID = ESP_UUID
    size: int = DISK_SIZE
    form: Form = ROOT
    least: tuple[int, int] = (0, 0)  # bytes that data and hash partition have at least
    esp_size: int = ESP_SIZE


@dataclass(frozen=True)
class Written:
    """A file with a partition table, and what names its partitions."""

    path: Path
    esp: uuid.UUID
    root_hash: str


def _partitions(contents: Contents, esp: Path) -> list[gpt.Partition]:
    types, name = this_arch().types[contents.form], contents.form.name
    root_uuid, verity_uuid = verity_uuids(contents.root_hash)
    signature = signature_uuid(contents.root_hash)
    return [
        gpt.Partition(ESP_TYPE, contents.esp_uuid, "esp", esp),
        gpt.Partition(types.data, root_uuid, name, contents.root, gpt.READ_ONLY, contents.least[0]),
        gpt.Partition(types.verity, verity_uuid, f"{name}-verity", contents.verity, gpt.READ_ONLY, contents.least[1]),
        gpt.Partition(types.signature, signature, f"{name}-verity-sig", contents.root_signature, gpt.READ_ONLY),
    ]


def write(contents: Contents, output: Path, sector: int = gpt.SECTOR) -> None:
    with tempfile.TemporaryDirectory(dir=output.parent) as work:
        esp = Path(work) / "esp"
        make_esp(contents.uki, esp, sector, contents.esp_size)
        gpt.write(output, contents.disk_uuid, contents.size, _partitions(contents, esp), sector)


def write_outline(contents: Contents, output: Path) -> None:
    """The table that such a disk will have at least, before its parts are made: the ESP has its size, the others the smallest there is."""
    with tempfile.TemporaryDirectory(dir=output.parent) as work:
        esp, smallest = Path(work) / "esp", Path(work) / "smallest"
        for path, length in ((esp, contents.esp_size), (smallest, 1)):
            with path.open("wb") as stream:
                stream.truncate(length)
        made = replace(contents, uki=esp, root=smallest, verity=smallest, root_signature=smallest)
        gpt.write(output, made.disk_uuid, made.size, _partitions(made, esp))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uki", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--verity", type=Path, required=True)
    parser.add_argument("--root-hash", type=Path, required=True)
    parser.add_argument("--root-signature", type=Path, required=True)
    parser.add_argument("--sector-size", type=int, default=gpt.SECTOR, help="of the disk that the image is for, in bytes")
    parser.add_argument("--form", choices=FORMS, default=ROOT.name, help="what the image is a file system of")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    root_hash = options.root_hash.read_text(encoding="ascii").strip()
    contents = Contents(options.uki, options.root, options.verity, root_hash, options.root_signature, form=FORMS[options.form])
    write(contents, options.output, options.sector_size)


if __name__ == "__main__":
    main()
