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


def settings() -> list[tuple[str, str, str, str]]:
    """Of the table: section, key, the value where a file says nothing ("" = none), the domain with its texts joined."""
    source = (ROOT / "common/policy/setting.c").read_text(encoding="utf-8")
    table = source[source.index("settings_table[SETTING_COUNT] = {") :]
    row = re.compile(r'\{ "(\w+)",\s+"([a-z-]+)",\s+\w+,\s+(NULL|"[^"]*"),\s+((?:ONE_OF )?)"([^"]*)')
    return [(section, key, "" if fallback == "NULL" else fallback.strip('"'), of + domain) for section, key, fallback, of, domain in row.findall(table)]


def entries(page: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Of each setting, by section and key: what its heading allows, and its text without macros."""
    found = {}
    for section, text in re.findall(r"^\.SH \[([A-Za-z]+)\]\n(.*?)(?=^\.SH )", plain(page), re.M | re.S):
        for entry in f"\n{text}".split("\n.TP\n")[1:]:
            heading, _, words = entry.partition("\n")
            key, _, allowed = heading.removeprefix(".BR").removeprefix(".BI").replace('"', " ").partition("=")
            found[section, key.strip()] = (" ".join(allowed.split()), " ".join(re.sub(r"^\.[A-Z]+ |\"", "", words, flags=re.M).split()))
    return found


def test_every_setting_is_in_the_manual() -> None:
    rows, manual = settings(), entries("cleanslate.conf.5")
    count = re.search(r"#define SETTING_COUNT (\d+)", (ROOT / "common/policy/setting.h").read_text(encoding="utf-8"))
    assert count and len(rows) == int(count[1])
    assert ("Schedule", "warn") in [row[:2] for row in rows]
    assert [f"[{section}] {key}" for section, key, _, _ in rows if (section, key) not in manual] == []


def test_what_a_setting_may_be_is_in_its_heading() -> None:
    manual, wrong = entries("cleanslate.conf.5"), []
    for section, key, _, domain in settings():
        if domain.startswith("ONE_OF "):
            allowed = re.sub(r" ?\(default\) or ", " | ", manual[section, key][0])
            if allowed.split(" | ") != domain.removeprefix("ONE_OF ").split(", "):
                wrong.append(f"[{section}] {key}: {allowed}, and not {domain}")
    assert wrong == []


def test_the_default_of_a_setting_is_in_its_text() -> None:
    manual, wrong = entries("cleanslate.conf.5"), []
    for section, key, default, _ in settings():
        allowed, text = manual[section, key]
        value = re.escape(default)
        told = re.search(rf"\b{value} \((?:the )?default\)|[Dd]efault (?:is )?{value}(?![\w-])", f"{allowed} {text}")
        if default and not told:
            wrong.append(f"[{section}] {key}: {default}")
    assert wrong == []
