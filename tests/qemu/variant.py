# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference machine's boot image with more words on its command line or other settings of its own, made from the same parts
and signed with the same keys: what a vendor would ship, so that the TPM unseals in it where it is an ordinary boot."""

from __future__ import annotations

import tempfile
from pathlib import Path

from images import pcrsig, uki
from images.arch import this_arch


def make(images: Path, words: str, settings: str, output: Path) -> Path:
    """`images` is the directory of the built ones; `settings` is the text of the section .clnslt."""
    build, keys, arch = images.parent, images / "keys", this_arch()
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as name:
        work = Path(name)
        root_hash = (images / "reference.roothash").read_text(encoding="ascii").strip()
        (work / "cmdline").write_text(uki.command_line(root_hash, arch.console) + words, encoding="ascii")
        (work / "uname").write_text((images / "kernel" / "release").read_text(encoding="ascii").strip(), encoding="ascii")
        (work / "clnslt").write_text(settings, encoding="ascii")
        sections = [
            (".osrel", images / "reference.os-release"),
            (".cmdline", work / "cmdline"),
            (".uname", work / "uname"),
            (".pcrpkey", keys / "pcr-public.pem"),
            (".rootcrt", keys / "root-signing.der"),
            (".linux", images / "kernel" / "vmlinuz"),
            (".initrd", build / "initrd" / "initrd.cpio.zst"),
        ]
        uki.write(build / "efi" / f"cleanslate{arch.efi_suffix.lower()}.efi.stub", sections, work / "unsigned.efi")
        policy = pcrsig.predict(images / "measure", work / "unsigned.efi")
        signature = pcrsig.document(policy, keys / "pcr-private.pem", keys / "pcr-public.pem")
        (work / "pcrsig").write_text(signature, encoding="ascii")
        uki.write(work / "unsigned.efi", [(".pcrsig", work / "pcrsig"), (".clnslt", work / "clnslt")], output)
    return output
