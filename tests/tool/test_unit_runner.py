# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/unit/whole-output.sh: a unit program that hangs is ended and named, with everything it has started; one that fails, fails."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

RUNNER = Path(__file__).parents[1] / "unit" / "whole-output.sh"


def run(tmp_path: Path, script: str, seconds: str = "60") -> subprocess.CompletedProcess[str]:
    program = tmp_path / "test-something"
    program.write_text("#!/bin/sh\n" + script, encoding="utf-8")
    program.chmod(0o755)
    return subprocess.run([RUNNER, program], capture_output=True, text=True, timeout=50, env={**os.environ, "UNIT_SECONDS": seconds})


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_program_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    child = tmp_path / "child"
    done = run(tmp_path, f"echo '[ RUN      ] the_last_one'\nsleep 600 &\necho $! >{child}\nwait\n", seconds="1")
    assert done.returncode == 124
    assert "the_last_one" in done.stdout
    assert "test-something: FAILED (ended after 1 seconds" in done.stderr
    until = time.monotonic() + 10
    while not is_gone(int(child.read_text(encoding="utf-8"))):
        assert time.monotonic() < until, "what it had started goes on"
        time.sleep(0.05)


def test_a_program_that_takes_no_notice_is_ended_too(tmp_path: Path) -> None:
    done = run(tmp_path, "trap '' TERM\nwhile :; do sleep 1; done\n", seconds="1")
    assert done.returncode == 137
    assert "ended after 1 seconds" in done.stderr


def test_a_program_that_fails_and_one_that_does_not(tmp_path: Path) -> None:
    failed, well = run(tmp_path, "echo said\nexit 3\n"), run(tmp_path, "echo said\n")
    assert (failed.returncode, failed.stdout) == (3, "said\n") and "FAILED (exit status 3)" in failed.stderr
    assert (well.returncode, well.stdout, well.stderr) == (0, "said\n", "")


def test_a_program_that_ends_with_255_does_not_keep_the_next_ones_from_starting(tmp_path: Path) -> None:
    """xargs(1) starts nothing more behind one with that status."""
    failed = run(tmp_path, "exit 255\n")
    assert failed.returncode == 1 and "FAILED (exit status 255)" in failed.stderr
