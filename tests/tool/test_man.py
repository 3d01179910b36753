# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages are clean input for groff, are installed, and know every command, option and setting there is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs/man").iterdir())
INSPECT = Path(os.environ.get("CLEANSLATED", ROOT / "build/reset-tool/cleanslated")).resolve().with_name("cleanslate-inspect")


def plain(page: str) -> str:
    """The words without their markup."""
    text = (ROOT / "docs/man" / page).read_text(encoding="utf-8")
    return re.sub(r"\\f[A-Z]|\\&", "", text).replace("\\-", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_groff_has_nothing_to_say(page: Path) -> None:
    result = subprocess.run(["groff", "-man", "-ww", "-z", "-K", "utf8", page], check=True, capture_output=True, text=True)
    assert result.stderr == ""


def test_every_page_is_installed() -> None:
    rules = "".join((ROOT / room / "module.mk").read_text(encoding="utf-8") for room in ("reset-tool", "images"))
    assert [page.name for page in PAGES if f"docs/man/{page.name}" not in rules] == []


def test_every_command_and_option_of_the_help_is_in_the_manual() -> None:
    manual, missing = plain("cleanslate.1"), []
    help_text = subprocess.run([INSPECT, "--help"], check=True, capture_output=True, text=True).stdout
    commands = dict.fromkeys(re.findall(r"^  ([a-z][a-z-]*)\b", help_text, re.M))
    assert "postpone" in commands
    for command in commands:
        text = subprocess.run([INSPECT, command, "--help"], check=True, capture_output=True, text=True).stdout
        missing += [f"{command} {option}" for option in re.findall(r"--[a-z][a-z-]*", text) if option not in manual]
        if not re.search(rf"^\.SS {command}\b", manual, re.M):
            missing.append(command)
    assert missing == []


def test_every_setting_is_in_the_manual() -> None:
    source = (ROOT / "common/policy/settings.c").read_text(encoding="utf-8")
    settings = re.findall(r'\{ "([A-Za-z]+)", "([a-z-]+)", set_', source)
    assert ("Schedule", "warn") in settings
    manual = plain("cleanslate.conf.5")
    sections = dict(re.findall(r"^\.SH \[([A-Z]+)\]\n(.*?)(?=^\.SH )", manual, re.M | re.S))
    missing = [f"[{section}] {key}" for section, key in settings if not re.search(rf"\b{key}=|\b{key} =", sections.get(section.upper(), ""))]
    assert missing == []
