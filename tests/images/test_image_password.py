# SPDX-License-Identifier: GPL-2.0-or-later
"""cleanslate-image password-hash: what it prints is what the settings' reader takes, and says nothing of the password."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from images import judgement, password

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"password=\$pbkdf2-sha256\$200000\$[A-Za-z0-9./]{22}\$[A-Za-z0-9./]{43}\n")


def run(text: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "images/cleanslate-image"), "password-hash", *options]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, env={"CLEANSLATE_TOOLBOX": str(ROOT), "PATH": "/usr/bin:/bin"})


def test_the_hash_is_the_one_that_the_stubs_test_knows() -> None:
    known = (ROOT / "tests/unit/test-pbkdf2.c").read_text(encoding="utf-8")
    expected = re.search(r'#define HASH_TEXT "([^"]+)"', known)
    assert expected is not None
    text = password.hash_text("correct horse", bytes(range(16)), 10000)
    assert text == f"$pbkdf2-sha256$10000$AAECAwQFBgcICQoLDA0ODw${expected[1]}"


def test_each_hash_has_a_salt_of_its_own() -> None:
    first, second = run("correct horse\n"), run("correct horse")
    assert first.returncode == second.returncode == 0, first.stderr
    assert LINE.fullmatch(first.stdout) and LINE.fullmatch(second.stdout)
    assert first.stdout != second.stdout
    assert "correct" not in first.stdout + first.stderr


def test_the_settings_reader_takes_it(tmp_path: Path, build: Path) -> None:
    check_policy = build / "images" / "check-policy"
    folder = tmp_path / "usr/lib/cleanslate"
    folder.mkdir(parents=True)
    for iterations in ("10000", "1000000"):
        line = run("correct horse\n", "--iterations", iterations).stdout
        (folder / "cleanslate.conf").write_text(f"[Menu]\nreset=password\n{line}", encoding="ascii")
        assert judgement.judge(check_policy, tmp_path).problems == []
    (folder / "cleanslate.conf").write_text("[Menu]\nreset=password\npassword=secret\n", encoding="ascii")
    (problem,) = judgement.judge(check_policy, tmp_path).problems
    assert "cleanslate.conf:3: password" in problem


@pytest.mark.parametrize("text", ["", "\n", "a" * 65, "pass\tword", "pässword", "\x7f"])
def test_what_a_firmware_cannot_type_is_refused(text: str) -> None:
    result = run(text)
    assert result.returncode != 0
    assert result.stderr.startswith("cleanslate-image: the password ")
    assert result.stdout == ""


@pytest.mark.parametrize("text", ["", "9999", "1000001", "1e5", "-10000", "\u0661" * 5])
def test_an_iteration_count_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        password.iteration_count(text)
