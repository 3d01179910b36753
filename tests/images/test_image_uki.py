# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections of a unified kernel image: where they land, what they hold, that equal input gives equal bytes."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from images import uki

STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")


def read_sections(image: bytes) -> dict[str, tuple[int, int, bytes]]:
    """name -> (address, virtual size, bytes of that size)"""
    header = struct.unpack_from("<I", image, 0x3C)[0]
    count, optional = struct.unpack_from("<H12xH", image, header + 6)
    result = {}
    for index in range(count):
        name, size, address, _, offset = struct.unpack_from("<8sIIII", image, header + 24 + optional + 40 * index)
        result[name.rstrip(b"\0").decode()] = (address, size, image[offset : offset + size])
    return result


@pytest.fixture
def parts(tmp_path: Path) -> list[tuple[str, Path]]:
    contents = {".osrel": b"ID=debian\n", ".cmdline": b"quiet", ".linux": b"k" * 10_000, ".initrd": b"i" * 4096}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [(name, tmp_path / name) for name in contents]


def test_every_section_holds_exactly_its_file(tmp_path: Path, parts: list[tuple[str, Path]]) -> None:
    uki.write(STUB, parts, tmp_path / "out")
    sections = read_sections((tmp_path / "out").read_bytes())
    for name, path in parts:
        assert sections[name][1:] == (path.stat().st_size, path.read_bytes())


def test_sections_are_page_aligned_and_do_not_overlap(tmp_path: Path, parts: list[tuple[str, Path]]) -> None:
    uki.write(STUB, parts, tmp_path / "out")
    sections = read_sections((tmp_path / "out").read_bytes())
    assert all(sections[name][0] % 4096 == 0 for name, _ in parts)
    ranges = sorted((address, address + size) for address, size, _ in sections.values())
    assert all(end <= start for (_, end), (start, _) in zip(ranges, ranges[1:]))


def test_equal_input_gives_equal_bytes_at_any_time(tmp_path: Path, parts: list[tuple[str, Path]]) -> None:
    uki.write(STUB, parts, tmp_path / "first")
    uki.write(STUB, parts, tmp_path / "second")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    # Both came from the same second, perhaps; the header's time must not be of today at all.
    header = subprocess.run(["objdump", "-p", tmp_path / "first"], check=True, capture_output=True, text=True).stdout
    assert "1970" in next(line for line in header.splitlines() if line.startswith("Time/Date"))


def test_a_stub_with_an_image_base_gets_addresses_above_it() -> None:
    layout = uki.PeLayout(image_base=0x14_0000_0000, end=0x5001)
    arguments = uki.objcopy_arguments(layout, [(".osrel", STUB)])
    assert f".osrel={0x14_0000_6000:#x}" in arguments


@pytest.mark.parametrize("content", [b"", b"MZ", b"MZ" + b"\0" * 100])
def test_what_is_no_pe_file_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        uki.read_layout(content)
