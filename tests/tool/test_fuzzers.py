# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever reads bytes of others has a fuzzer, and each fuzzer has seeds: by the declarations of the pure code, not by a list of names
that somebody has to remember."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUZZERS = sorted((ROOT / "tests/fuzz").glob("fuzz-*.c"))
# Where pure code is declared that takes what comes from outside. linux/ and most of reset-tool/ hand it on.
PURE = (*sorted((ROOT / "common").rglob("*.h")), *(ROOT / "reset-tool" / name for name in ("inspection.h", "preserve-request.h")), ROOT / "efi/device-path.h")
DECLARATION = re.compile(r"^[a-z][\w \*]*?\b(\w+)\(([^;{]*)\)\s*;", re.M)
READS = re.compile(r"_(parse|read|decode|unpack)(_|$)|^device_path_file$")
TAKES_BYTES = re.compile(r"const (uint8_t|char|void) \*\w+, size_t|struct bytes|EFI_DEVICE_PATH")
REACHED_BY = {"settings_read": "policy_read_settings"}  # which is nothing but its caller


def without_comments(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)


def parsers() -> dict[str, str]:
    """Name -> header."""
    found = {}
    for header in PURE:
        for name, arguments in DECLARATION.findall(without_comments(header)):
            if READS.search(name) and TAKES_BYTES.search(" ".join(arguments.split())):
                found[name] = str(header.relative_to(ROOT))
    return found


def test_parsers_are_found() -> None:
    assert len(parsers()) > 60
    assert {"request_decode", "varlink_call_parse", "inspection_read", "preserve_request_read", "device_path_file"} <= parsers().keys()


def test_each_parser_has_a_fuzzer() -> None:
    called = "".join(without_comments(path) for path in FUZZERS)
    missing = [f"{name} of {header}" for name, header in parsers().items() if not re.search(rf"\b{REACHED_BY.get(name, name)}\(", called)]
    assert missing == []


@pytest.mark.parametrize("fuzzer", FUZZERS, ids=lambda path: str(path.stem))
def test_each_fuzzer_has_seeds(fuzzer: Path) -> None:
    assert any((ROOT / "tests/fuzz/corpus" / fuzzer.stem.removeprefix("fuzz-")).iterdir())


def test_no_seeds_are_without_a_fuzzer() -> None:
    assert {path.name for path in (ROOT / "tests/fuzz/corpus").iterdir()} == {path.stem.removeprefix("fuzz-") for path in FUZZERS}


def test_the_seeds_of_settings_have_every_section() -> None:
    """A section of which no seed knows is hardly ever found by chance."""
    source = (ROOT / "common/policy/setting.c").read_text(encoding="utf-8")
    sections = {*re.findall(r'\{ "(\w+)", "[a-z-]+",', source), "Disk", "Keep"}
    seeds = b"\n".join(path.read_bytes() for path in (ROOT / "tests/fuzz/corpus/settings").iterdir())
    assert len(sections) > 10
    assert [section for section in sorted(sections) if f"\n[{section}]\n".encode() not in b"\n" + seeds] == []
