# SPDX-License-Identifier: GPL-2.0-or-later
"""A unified kernel image: what it holds, which profiles it offers, and that equal input gives equal bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from images import pe, uki

STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
ALLOWED = "[BreakGlass]\nmode=allowed\n"


@pytest.fixture
def parts(tmp_path: Path) -> list[tuple[str, Path]]:
    contents = {".osrel": b"ID=debian\n", ".cmdline": b"quiet", ".linux": b"k" * 10_000, ".initrd": b"i" * 4096}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [(name, tmp_path / name) for name in contents]


def test_every_section_holds_exactly_its_file(tmp_path: Path, parts: list[tuple[str, Path]]) -> None:
    uki.write(STUB, parts, tmp_path / "out")
    sections = pe.common((tmp_path / "out").read_bytes())
    for name, path in parts:
        assert sections[name] == path.read_bytes()


def test_equal_input_gives_equal_bytes(tmp_path: Path, parts: list[tuple[str, Path]]) -> None:
    for name in ("first", "second"):
        uki.write(STUB, parts, tmp_path / name, uki.profile_sections(uki.PROFILES, "quiet"))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_profiles_keep_their_numbers() -> None:
    """They are written in boot entries that no update of the image can reach."""
    assert [(profile.id, profile.mode) for profile in uki.profiles(ALLOWED)] == [
        ("normal", ""),
        ("factory-reset", "reset"),
        ("recovery", "recovery"),
        ("break-glass", "break-glass"),
    ]


@pytest.mark.parametrize("settings", ["", "[Reset]\nattempts=3\n", "[BreakGlass]\nmode=off\n", "# [BreakGlass]\n#mode=allowed\n"])
def test_break_glass_is_offered_only_where_it_is_allowed(settings: str) -> None:
    assert uki.BREAK_GLASS not in uki.profiles(settings)
    assert uki.BREAK_GLASS in uki.profiles(ALLOWED)
    assert uki.BREAK_GLASS in uki.profiles("[BreakGlass]\nmode = then-reset\n")


def test_a_profile_has_the_common_command_line_and_its_mode() -> None:
    sections = uki.profile_sections(uki.PROFILES, "roothash=00 quiet")
    assert [name for name, _ in sections] == [".profile", ".profile", ".cmdline", ".profile", ".cmdline"]
    assert sections[0][1] == b'ID=normal\nTITLE="Start normally"\n'
    assert sections[2][1] == b"roothash=00 quiet cleanslate.mode=reset"
    assert sections[4][1] == b"roothash=00 quiet cleanslate.mode=recovery"


def test_the_prediction_is_that_of_profile_0(build: Path, tmp_path: Path, parts: list[tuple[str, Path]]) -> None:
    """What the others hold changes nothing about the normal boot; its own .profile does."""

    def predicted(of_profiles: list[tuple[str, bytes]]) -> str:
        uki.write(STUB, parts, tmp_path / "out", of_profiles)
        command = [str(build / "images" / "measure"), str(tmp_path / "out"), "enter-initrd"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    normal, *others = uki.profile_sections(uki.PROFILES, "quiet")
    assert predicted([normal, *others]) == predicted([normal])
    assert predicted([normal]) != predicted([])
    assert predicted([(".profile", b"ID=other\n"), *others]) != predicted([normal])
