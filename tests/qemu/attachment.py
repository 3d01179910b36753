# SPDX-License-Identifier: GPL-2.0-or-later
"""How a disk is attached to a machine: by which controller, with which sectors, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Attachment:
    name: str
    device: str  # QEMU's device with its properties
    controllers: tuple[str, ...] = ()  # ... and those it hangs on
    discard: bool = True  # False: the device accepts discards, and keeps what it has
    read_only: bool = False
    board: tuple[str, ...] = ()  # QEMU's options for another main board; () = the usual one
    faults: tuple[str, ...] = ()  # what blkdebug injects, "iotype=write,sector=123" (of 512 bytes, from the disk's begin)

    def device_id(self, path: Path) -> str:
        return f"{path.stem}-device"

    def options(self, path: Path, boot_index: int) -> list[str]:
        """QEMU's, for the disk that lies in `path`."""
        node = path.stem
        drive = f"if=none,id={node},format=raw," + ("discard=unmap,detect-zeroes=unmap" if self.discard else "discard=ignore")
        drive += ",readonly=on" if self.read_only else ""
        drive += self._faulty_file(path) if self.faults else f",file={path}"
        options = [word for controller in self.controllers for word in ("-device", controller)]
        device = f"{self.device},id={self.device_id(path)},drive={node},serial=cleanslate-{node},bootindex={boot_index}"
        return [*options, "-drive", drive, "-device", device]

    def _faulty_file(self, path: Path) -> str:
        words = f",file.driver=blkdebug,file.image.driver=file,file.image.filename={path}"
        for number, fault in enumerate(self.faults):
            words += "".join(f",file.inject-error.{number}.{word}" for word in ("event=none", *fault.split(",")))
        return words

    def without_discard(self) -> Attachment:
        return replace(self, name=f"{self.name}, discard ignored", discard=False)

    def with_faults(self, *faults: str) -> Attachment:
        return replace(self, name=f"{self.name}, faulty", faults=faults)

    def protected(self) -> Attachment:
        return replace(self, name=f"{self.name}, read-only", read_only=True)


NVME = Attachment("NVMe", "nvme")
NVME_4K = Attachment("NVMe, sectors of 4 KiB", "nvme,logical_block_size=4096,physical_block_size=4096")
VIRTIO = Attachment("virtio-blk", "virtio-blk-pci")
SCSI = Attachment("virtio-scsi", "scsi-hd,bus=scsi.0", ("virtio-scsi-pci,id=scsi",))
# The kernel of the reference machine knows ATA disks on the old board's controller only: it has no driver for AHCI.
ATA = Attachment("ATA", "ide-hd,bus=ide.0", board=("-machine", "pc"))
