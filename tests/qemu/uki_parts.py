# SPDX-License-Identifier: GPL-2.0-or-later
"""The boot image taken apart, to start its kernel and initrd by other means than the stub: with any words on the command line and any
files in front of the initrd."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from images import cpio, pe
from tests.qemu.machine import Boot

SECTIONS = (".linux", ".initrd", ".cmdline", ".pcrsig", ".pcrpkey")
HANDOVER = b"mode=normal\nreason=ordinary\ntpm=measured\nrequest=absent\n"


@dataclass(frozen=True)
class Parts:
    folder: Path
    root_certificate: bytes

    def path(self, section: str) -> Path:
        return self.folder / section.lstrip(".")

    def text(self, section: str) -> bytes:
        return self.path(section).read_bytes()

    def handed_over(self, handover: bytes = HANDOVER) -> dict[str, bytes]:
        """What the stub adds to the initrd."""
        return {
            ".extra/tpm2-pcr-signature.json": self.text(".pcrsig"),
            ".extra/tpm2-pcr-public-key.pem": self.text(".pcrpkey"),
            ".extra/cleanslate/boot": handover,
            ".extra/cleanslate/root-certificate.der": self.root_certificate,
        }

    def boot(self, initrd: Path, words: str = "") -> Boot:
        line = self.text(".cmdline").decode().strip() + words
        return Boot(("-kernel", str(self.path(".linux")), "-initrd", str(initrd), "-append", line))

    def boot_with(self, files: Mapping[str, bytes], initrd: Path, programs: Collection[str] = (), words: str = "") -> Boot:
        """Writes `initrd`: these files, then the image's."""
        initrd.write_bytes(cpio.archive(dict(files), programs) + self.path(".initrd").read_bytes())
        return self.boot(initrd, words)


def take_apart(uki: Path, root_certificate: Path, folder: Path) -> Parts:
    result = Parts(folder, root_certificate.read_bytes())
    folder.mkdir(exist_ok=True)
    contents = pe.common(uki.read_bytes())
    for section in SECTIONS:
        assert contents.get(section), f"{uki} has no section {section}"
        result.path(section).write_bytes(contents[section])
    return result
