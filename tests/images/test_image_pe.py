# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections put into a PE file: they are where other readers of PE look for them, and nothing that was there has changed."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from images import pe

STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
ADDED = [(".osrel", b"ID=debian\n"), (".linux", b"k" * 10_000), (".empty", b""), (".initrd", b"i" * 4096), (".profile", b"a"), (".profile", b"b")]


@pytest.fixture
def stub() -> bytes:
    return STUB.read_bytes()


def objdump(path: Path, *options: str) -> str:
    return subprocess.run(["objdump", *options, path], check=True, capture_output=True, text=True).stdout


def test_every_section_holds_exactly_what_was_given_in_that_order(stub: bytes) -> None:
    found = pe.sections(pe.append(stub, ADDED))[-len(ADDED) :]
    assert [(section.name, section.content) for section in found] == ADDED
    assert [section.size for section in found] == [len(content) for _, content in ADDED]


def test_objcopy_reads_the_same(stub: bytes, tmp_path: Path) -> None:
    image, out = tmp_path / "image", tmp_path / "linux"
    image.write_bytes(pe.append(stub, ADDED))
    subprocess.run(["objcopy", "--dump-section", f".linux={out}", image, tmp_path / "rest"], check=True)
    assert out.read_bytes().startswith(dict(ADDED)[".linux"])
    names = [line.split()[1] for line in objdump(image, "-h").splitlines() if line.strip()[:1].isdigit()]
    assert names == [section.name for section in pe.sections(image.read_bytes())]


def test_what_was_there_stays_as_it_was(stub: bytes) -> None:
    before, after = pe.sections(stub), pe.sections(pe.append(stub, ADDED))
    assert [replace(section, file_offset=0) for section in after[: len(before)]] == [replace(section, file_offset=0) for section in before]


def test_sections_are_aligned_and_overlap_neither_in_memory_nor_in_the_file(stub: bytes) -> None:
    image = pe.append(stub, ADDED)
    found = [section for section in pe.sections(image) if section.size]
    assert all(section.address % 4096 == 0 for section in found[-5:])
    assert all(section.file_offset % 512 == 0 for section in found)
    for ranges in ([(s.address, s.size) for s in found], [(s.file_offset, s.file_size) for s in found]):
        assert all(start + size <= following for (start, size), (following, _) in zip(sorted(ranges), sorted(ranges)[1:]))
    assert max(section.file_offset + section.file_size for section in found) == len(image)


def test_the_image_ends_behind_its_last_section(stub: bytes) -> None:
    image = pe.append(stub, ADDED)
    last = pe.sections(image)[-1]
    header = struct.unpack_from("<I", image, 0x3C)[0]
    size_of_image = struct.unpack_from("<I", image, header + 24 + 56)[0]
    assert last.address + last.size <= size_of_image < last.address + last.size + 4096


@pytest.mark.parametrize("count", [1, 7, 8, 40, 300])
def test_headers_that_have_no_room_left_get_some(stub: bytes, count: int) -> None:
    """systemd-stub 252 has room for 7 more; then the contents have to move."""
    added = [(".cmdline", str(index).encode()) for index in range(count)]
    image = pe.append(stub, added)
    found = pe.sections(image)
    assert [section.content for section in found[-count:]] == [content for _, content in added]
    assert [section.content for section in found[:-count]] == [section.content for section in pe.sections(stub)]
    header = struct.unpack_from("<I", image, 0x3C)[0]
    table_end = header + 24 + 240 + 40 * len(found)
    size_of_headers = struct.unpack_from("<I", image, header + 24 + 60)[0]
    assert table_end <= size_of_headers <= min(section.file_offset for section in found if section.file_size)


def test_more_headers_than_memory_in_front_of_the_code_are_refused(stub: bytes) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        pe.append(stub, [(".cmdline", b"")] * 400)


def test_our_stub_takes_a_whole_image_without_moving(build: Path) -> None:
    stub = (build / "efi" / "cleanslatex64.efi.stub").read_bytes()
    offsets = [section.file_offset for section in pe.sections(stub)]
    image = pe.append(stub, [(".x", b"")] * 80)
    assert [section.file_offset for section in pe.sections(image)][: len(offsets)] == offsets


def test_nothing_of_the_day_is_left(stub: bytes, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(pe.append(stub, ADDED))
    header = objdump(image, "-p").splitlines()
    assert "1970" in next(line for line in header if line.startswith("Time/Date"))
    assert next(line for line in header if line.startswith("CheckSum")).split()[1] == "00000000"
    assert objdump(image, "-t").count("no symbols") == 1


def test_common_ends_at_the_first_profile(stub: bytes) -> None:
    image = pe.append(stub, [(".cmdline", b"base"), (".profile", b"0"), (".profile", b"1"), (".cmdline", b"one")])
    assert pe.common(image)[".cmdline"] == b"base"
    assert ".profile" not in pe.common(image)


def make_key(at: Path) -> tuple[Path, Path]:
    key, certificate = at / "key", at / "certificate"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return key, certificate


@pytest.mark.skipif(not Path("/usr/bin/sbsign").exists(), reason="sbsigntool is not installed")
def test_the_image_can_be_signed_and_a_signature_does_not_outlive_what_it_signed(stub: bytes, tmp_path: Path) -> None:
    key, certificate = make_key(tmp_path)
    image, signed = tmp_path / "image", tmp_path / "signed"
    image.write_bytes(pe.append(stub, ADDED))
    done = subprocess.run(["sbsign", "--key", key, "--cert", certificate, "--output", signed, image], check=True, capture_output=True, text=True)
    assert "warning" not in done.stderr
    subprocess.run(["sbverify", "--cert", certificate, signed], check=True, capture_output=True)
    content = bytearray(signed.read_bytes())
    last = pe.sections(bytes(content))[-1]
    content[last.file_offset] ^= 1
    signed.write_bytes(content)
    assert subprocess.run(["sbverify", "--cert", certificate, signed], check=False, capture_output=True).returncode != 0
    again = tmp_path / "again"
    again.write_bytes(pe.append(bytes(content), [(".more", b"x")]))
    assert "No signature table present" in subprocess.run(["sbverify", "--list", again], check=False, capture_output=True, text=True).stderr


@pytest.mark.parametrize("name", ["", "123456789"])
def test_a_name_that_has_no_room_is_refused(stub: bytes, name: str) -> None:
    with pytest.raises(ValueError, match="1 to 8 characters"):
        pe.append(stub, [(name, b"")])


@pytest.mark.parametrize("content", [b"", b"MZ", b"MZ" + b"\0" * 100, b"MZ" + b"\0" * 58 + b"\xff\xff\xff\x7f" + b"\0" * 400])
def test_what_is_no_pe_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="PE file"):
        pe.sections(content)


def test_a_table_that_is_cut_off_is_refused(stub: bytes) -> None:
    with pytest.raises(ValueError, match="cut off"):
        pe.sections(stub[:600])
