# SPDX-License-Identifier: GPL-2.0-or-later
"""What the stub's header says of memory is true, and what would make it untrue is found when it is built."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from efi import nx_compat
from images import pe

WRITABLE_CODE = nx_compat.EXECUTE | nx_compat.WRITE


def built() -> bytes:
    return next((Path(os.environ.get("BUILD", "build")) / "efi").glob("cleanslate*.efi.stub")).read_bytes()


def characteristics(image: bytes) -> int:
    return int(struct.unpack_from("<H", image, struct.unpack_from("<I", image, 0x3C)[0] + 24 + 70)[0])


def test_the_stub_says_it_and_an_image_made_of_it_too() -> None:
    stub = built()
    assert characteristics(stub) & nx_compat.NX_COMPAT and nx_compat.faults(stub, []) == []
    assert characteristics(pe.append(stub, [(".linux", b"kernel")])) & nx_compat.NX_COMPAT
    assert not any(flags & WRITABLE_CODE == WRITABLE_CODE for *_, flags in nx_compat.sections(pe.append(stub, [(".linux", b"kernel")])))


@pytest.mark.parametrize("fault", ("writable code", "code elsewhere", "odd address"))
def test_what_would_make_it_untrue_is_found(fault: str) -> None:
    image = bytearray(built())
    coff = struct.unpack_from("<I", image, 0x3C)[0] + 4
    text = coff + 20 + struct.unpack_from("<H", image, coff + 16)[0]
    assert bytes(image[text : text + 5]) == b".text"
    if fault == "writable code":
        struct.pack_into("<I", image, text + 36, struct.unpack_from("<I", image, text + 36)[0] | nx_compat.WRITE)
    elif fault == "code elsewhere":
        size, address = struct.unpack_from("<II", image, text + 8)
        struct.pack_into("<I", image, coff + 20 + 16, address + size)
    else:
        at = image.index(b".sbat\0\0\0", text) + 12
        struct.pack_into("<I", image, at, struct.unpack_from("<I", image, at)[0] + 8)
    assert len(nx_compat.faults(bytes(image), [])) == 1


def test_a_relocation_of_the_code_is_found() -> None:
    stub = built()
    rows = nx_compat.relocated("Relocation section\n0000000000008010  0000000000000008 R_X86_64_RELATIVE 1000\n")
    assert rows == [0x8010]
    assert nx_compat.faults(stub, rows) == ["it relocates 0x8010, which is not writable"]
