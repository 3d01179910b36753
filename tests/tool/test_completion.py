# SPDX-License-Identifier: GPL-2.0-or-later
"""The completions know what the command knows: every command and every option of the help, and no other."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSPECT = Path(os.environ.get("CLEANSLATED", ROOT / "build/reset-tool/cleanslated")).resolve().with_name("cleanslate-inspect")
COMPLETIONS = {name: (ROOT / "reset-tool" / name).read_text(encoding="utf-8") for name in ("completion.bash", "completion.zsh")}


def help_of(*words: str) -> str:
    return subprocess.run([INSPECT, *words, "--help"], check=True, capture_output=True, text=True).stdout


def commands() -> list[str]:
    return re.findall(r"^  ([a-z][a-z-]*)\b", help_of(), re.M)


def options(text: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]*", text))


def test_the_help_is_read_right() -> None:
    assert {"plan", "request", "postpone", "boot-ok"} <= set(commands())


@pytest.mark.parametrize("name", COMPLETIONS)
def test_every_command_is_completed(name: str) -> None:
    for command in commands():
        assert re.search(rf"[ '|(]{command}[ ':|)]", COMPLETIONS[name]), command


@pytest.mark.parametrize("name", COMPLETIONS)
def test_every_option_is_completed_and_no_other(name: str) -> None:
    known = {"--version", "--help"}.union(*(options(help_of(command)) for command in dict.fromkeys(commands())))
    completed = options(re.sub(r"compgen -W .*", "", COMPLETIONS[name]))
    assert completed == known
