# SPDX-License-Identifier: GPL-2.0-or-later
"""What the programs take is in their help and in their manual: the tables that getopt reads, option by option."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(os.environ.get("CLEANSLATED", ROOT / "build/reset-tool/cleanslated")).resolve().parent
TOOL, INSPECT = BUILT / "cleanslate", BUILT / "cleanslate-inspect"
OPTION = re.compile(r'\{\s*"([a-z][a-z-]*)",\s*(?:no|required|optional)_argument')
# The commands that have no table of their own, and what of the shared one they take.
SHARED = {"preflight": {"json", "help"}, "doctor": {"json", "help"}, "log": {"json", "help"}, "status": {"json", "help", "watch"}}


def tables() -> dict[str, set[str]]:
    """By command: the options that getopt knows."""
    found = {
        path.name.removesuffix("-cmd.c"): set(OPTION.findall(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "reset-tool").glob("*-cmd.c"))
    }
    return {command: options for command, options in found.items() if options} | SHARED


def help_of(program: Path, *words: str) -> str:
    return subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True).stdout


def options_in(text: str) -> set[str]:
    return set(re.findall(r"--([a-z][a-z-]*)", text.replace("\\-", "-")))


def entry(text: str, command: str) -> str:
    """Of the command's own help: what it has under one command."""
    found = re.search(rf"^  {command}\b.*\n((?:      .*\n)*)", text, re.M)
    assert found, command
    return found[0]


def section(manual: str, command: str) -> str:
    found = re.search(rf"^\.SS {command}\b.*?(?=^\.S[SH] )", manual.replace("\\-", "-"), re.M | re.S)
    assert found, command
    return found[0]


def missing(command: str, options: set[str], help_text: str, own_help: str, manual: str) -> list[str]:
    """--help is said once for all of them."""
    result = [f"{command} --help lacks --{option}" for option in sorted(options - options_in(own_help))]
    result += [f"--help lacks {command} --{option}" for option in sorted(options - {"help"} - options_in(entry(help_text, command)))]
    result += [f"the manual lacks {command} --{option}" for option in sorted(options - {"help"} - options_in(section(manual, command)))]
    return result


def test_the_tables_are_all_read() -> None:
    read = [path for path in (ROOT / "reset-tool").glob("*.c") if OPTION.search(path.read_text(encoding="utf-8"))]
    assert {path.name for path in read} == {f"{command}-cmd.c" for command in tables() if command not in SHARED} | {"json-option.c"}
    assert set(OPTION.findall((ROOT / "reset-tool/json-option.c").read_text(encoding="utf-8"))) == {"json", "help", "watch"}
    assert {"keep", "on-next-boot", "no-tpm"} <= tables()["request"]


@pytest.mark.parametrize("command", tables())
def test_every_option_is_in_help_and_manual(command: str) -> None:
    manual = (ROOT / "docs/man/cleanslate.1").read_text(encoding="utf-8")
    assert missing(command, tables()[command], help_of(INSPECT), help_of(INSPECT, command), manual) == []


@pytest.mark.parametrize("command", tables())
def test_an_option_that_nothing_tells_of_is_noticed(command: str) -> None:
    manual = (ROOT / "docs/man/cleanslate.1").read_text(encoding="utf-8")
    planted = tables()[command] | {"frobnicate"}
    assert len(missing(command, planted, help_of(INSPECT), help_of(INSPECT, command), manual)) == 3


def test_both_programs_have_one_help() -> None:
    assert help_of(TOOL) == help_of(INSPECT)


def test_the_service_tells_its_options() -> None:
    options = set(OPTION.findall((ROOT / "reset-tool/service/main.c").read_text(encoding="utf-8")))
    assert "timeout" in options and options <= options_in(help_of(BUILT / "cleanslated"))


@pytest.mark.parametrize("word", [[], ["keys"], ["ovmf-variables"], ["password-hash"], ["build"]], ids=" ".join)
def test_the_image_builder_tells_of_itself_in_the_tree(word: list[str]) -> None:
    manual = (ROOT / "docs/man/cleanslate-image.1").read_text(encoding="utf-8")
    command = [sys.executable, str(ROOT / "images/cleanslate-image"), *word, "--help"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env={"PATH": "/usr/bin:/bin"})
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(options_in(result.stdout) - {"help"} - options_in(manual)) == []


def test_a_command_finds_its_helper_in_the_build_tree(tmp_path: Path) -> None:
    shutil.copy(TOOL, tmp_path)
    helper = tmp_path / "cleanslate-inspect"
    helper.write_text('#!/bin/sh\necho "beside: $*"\n')
    helper.chmod(0o755)
    command = [str(tmp_path / "cleanslate"), "plan", "--json"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "beside: plan --json\n"
    helper.chmod(0o644)  # what cannot be run is not the helper
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "beside" not in result.stdout
    if not Path("/usr/lib/cleanslate/cleanslate-inspect").exists():
        assert result.returncode == 1
        assert "cannot start /usr/lib/cleanslate/cleanslate-inspect" in result.stderr and "make all" in result.stderr


def headings() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8").split("\n")[1] for path in sorted((ROOT / "docs/man").iterdir())}


def test_every_manual_page_has_one_form_of_heading() -> None:
    version = re.search(r"^VERSION := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    manuals = {"1": "User Commands", "5": "File Formats", "7": "Miscellaneous", "8": "System Administration"}
    assert version
    for page, heading in headings().items():
        name, number = page.rsplit(".", 1)
        assert heading == f'.TH {name.upper()} {number} "" "Cleanslate {version[1]}" "{manuals[number]}"'.replace("-", "\\-"), page


def test_every_variable_of_ours_is_in_the_manual() -> None:
    sources = [path for floor in ("common", "efi", "linux", "initrd") for path in (ROOT / floor).rglob("*.h")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    names = set(re.findall(r'_NAME(?:_\w+)?\s+"(Cleanslate\w+)"', text))
    assert {"CleanslateProgress0", "CleanslateTpmBefore", "CleanslateBreakGlass"} <= names
    manual = (ROOT / "docs/man/cleanslate-stub.7").read_text(encoding="utf-8")
    variables = manual[manual.index(".SH EFI VARIABLES") :]
    assert sorted(name for name in names if name not in variables) == []
