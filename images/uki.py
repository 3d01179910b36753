# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a unified kernel image: the stub plus sections, added by objcopy at addresses behind the stub's own (UAPI.5)."""

from __future__ import annotations

import argparse
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from images import pcrsig, secure_boot
from images.arch import this_arch

_ALIGNMENT = 4096


@dataclass(frozen=True)
class PeLayout:
    image_base: int
    end: int  # first address behind the last section, relative to image_base


def read_layout(stub: bytes) -> PeLayout:
    """PE32+ headers as in the PE/COFF specification, sections 3.3 to 4."""
    header = struct.unpack_from("<I", stub, 0x3C)[0]
    if stub[:2] != b"MZ" or stub[header : header + 4] != b"PE\0\0":
        raise ValueError("not a PE file")
    section_count, optional_size = struct.unpack_from("<H12xH", stub, header + 6)
    optional = header + 24
    if struct.unpack_from("<H", stub, optional)[0] != 0x20B:
        raise ValueError("not a PE32+ file")
    image_base = struct.unpack_from("<Q", stub, optional + 24)[0]
    end = 0
    for index in range(section_count):
        size, address = struct.unpack_from("<II", stub, optional + optional_size + 40 * index + 8)
        end = max(end, address + size)
    return PeLayout(image_base, end)


def _up(value: int) -> int:
    return (value + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT


def objcopy_arguments(layout: PeLayout, sections: Sequence[tuple[str, Path]]) -> list[str]:
    arguments: list[str] = []
    address = _up(layout.end)
    for name, path in sections:
        arguments += ["--add-section", f"{name}={path}", "--set-section-flags", f"{name}=data,readonly"]
        arguments += ["--change-section-vma", f"{name}={layout.image_base + address:#x}"]
        address = _up(address + path.stat().st_size)
    return arguments


def without_time(image: bytes) -> bytes:
    """objcopy writes the time of day into the COFF header, and a checksum over it, which firmware does not look at, into the
    optional header. Equal input must give equal bytes, so both become 0."""
    header = struct.unpack_from("<I", image, 0x3C)[0]
    result = bytearray(image)
    struct.pack_into("<I", result, header + 8, 0)
    struct.pack_into("<I", result, header + 24 + 64, 0)
    return bytes(result)


def write(stub: Path, sections: Sequence[tuple[str, Path]], output: Path) -> None:
    """Sections with their names (".osrel") and files, in the order in which they are laid out. Absent from `stub`."""
    arguments = objcopy_arguments(read_layout(stub.read_bytes()), sections)
    subprocess.run(["objcopy", *arguments, stub, output], check=True)
    output.write_bytes(without_time(output.read_bytes()))


def command_line(root_hash: str, console: str) -> str:
    # gpt-auto would mount by partition type what the initrd mounts by policy. The serial console comes last: it is /dev/console.
    # An emulated machine on a busy host can miss the kernel's check of the timer, which would be a panic (no_timer_check).
    return f"roothash={root_hash} console=tty0 console={console} quiet panic=-1 no_timer_check systemd.gpt_auto=no"


def build(options: argparse.Namespace, work: Path) -> None:
    """Twice: PCR 11 is predicted from the image without signature, and the signature, which is not measured, put into it."""
    cmdline, uname = work / "cmdline", work / "uname"
    cmdline.write_text(command_line(options.root_hash.read_text(encoding="ascii").strip(), this_arch().console), encoding="ascii")
    uname.write_text((options.kernel / "release").read_text(encoding="ascii").strip(), encoding="ascii")
    sections = [
        (".osrel", options.os_release),
        (".cmdline", cmdline),
        (".uname", uname),
        (".pcrpkey", options.public_key),
        *([(".clnslt", options.settings)] if options.settings else []),
        *([(".rootcrt", options.root_certificate)] if options.root_certificate else []),
        (".linux", options.kernel / "vmlinuz"),
        (".initrd", options.initrd),
    ]
    unsigned, signature = work / "unsigned.efi", work / "pcrsig"
    write(options.stub, sections, unsigned)
    policy = pcrsig.predict(options.measure, unsigned)
    signature.write_text(pcrsig.document(policy, options.private_key, options.public_key), encoding="ascii")
    write(unsigned, [(".pcrsig", signature)], options.output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("stub", "kernel", "initrd", "measure", "os-release", "root-hash", "private-key", "public-key"):
        parser.add_argument("--" + name, type=Path, required=True)
    for name in ("secure-boot-key", "secure-boot-certificate", "root-certificate", "settings"):
        parser.add_argument("--" + name, type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.output.parent) as work:
        build(options, Path(work))
    if options.secure_boot_key:  # last of all: every section is covered
        secure_boot.sign(options.output, options.secure_boot_key, options.secure_boot_certificate)


if __name__ == "__main__":
    main()
