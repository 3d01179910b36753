# SPDX-License-Identifier: GPL-2.0-or-later
"""The boot image taken apart, to start its kernel and initrd by other means than the stub: with any words on the command line and any
files in front of the initrd."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.qemu import cpio
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
        """Without the padding of a PE section."""
        return self.path(section).read_bytes().split(b"\0", 1)[0]

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

    def boot_with(self, files: Mapping[str, bytes], initrd: Path) -> Boot:
        """Writes `initrd`: these files, then the image's."""
        initrd.write_bytes(cpio.archive(dict(files)) + self.path(".initrd").read_bytes())
        return self.boot(initrd)


def take_apart(uki: Path, root_certificate: Path, folder: Path) -> Parts:
    result = Parts(folder, root_certificate.read_bytes())
    folder.mkdir(exist_ok=True)
    for section in SECTIONS:
        target = result.path(section)
        target.unlink(missing_ok=True)
        subprocess.run(["objcopy", "--dump-section", f"{section}={target}", str(uki), str(result.path("rest"))], check=True)
        assert target.stat().st_size > 0, f"{uki} has no section {section}"
    return result
