# SPDX-License-Identifier: GPL-2.0-or-later
"""`make bench` with peers that fail: their words are told, and nothing that was measured is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import devices, erasing, peer
from bench.context import Context
from bench.table import Row, Section, render

FAILS = ("sh", "-c", "echo 'usage: nobody reads this' >&2; echo 'blkdiscard: /dev/loop0: BLKDISCARD ioctl failed: Operation not supported' >&2; exit 1")
WORDS = "sh: exit status 1: blkdiscard: /dev/loop0: BLKDISCARD ioctl failed: Operation not supported"


def test_a_peer_that_fails_is_a_row_of_its_own_with_its_words() -> None:
    figures = peer.Figures()
    figures.peer("blkdiscard", lambda: peer.timed(1, *FAILS))
    figures["beside blkdiscard"].append(7.0)
    figures.peer("blkdiscard -z", lambda: 14.0)
    figures["beside blkdiscard -z"].append(7.0)
    rows = erasing.rows_beside_blkdiscard(figures) + figures.rows_of_failures()
    table = render([Section("5. erasing", rows)])
    assert "blkdiscard: FAILED" in table and WORDS in table
    assert [row.ratio() for row in rows] == [0.5, None, None]


def test_it_is_not_tried_again_and_its_other_figures_do_not_count() -> None:
    figures, tries = peer.Figures(), []

    def measure() -> float:
        tries.append(1)
        return 5.0 if len(tries) == 1 else peer.timed(1, *FAILS)

    for _ in range(4):
        figures.peer("shred", measure)
    assert (len(tries), figures["shred"], figures.failed) == (2, [], {"shred": WORDS})


def test_a_fault_of_ours_is_not_taken_for_a_peers() -> None:
    with pytest.raises(ZeroDivisionError):
        peer.Figures().peer("shred", lambda: 1 / 0)


def test_a_section_that_fails_loses_no_other_sections_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(context: Context) -> Section:
        subprocess.run(["sh", "-c", "echo 'no such device' >&2; exit 3"], check=True, capture_output=True, text=True)
        raise AssertionError

    sections = {"initrd": lambda context: Section("1. initrds", [Row("size", "MB", (5.6,), "stat")]), "stub": fails}
    monkeypatch.setattr(bench, "SECTIONS", {**sections, "boot": sections["initrd"]})
    monkeypatch.setattr(sys, "argv", ["bench", "--build", str(tmp_path)])
    (tmp_path / "bench").mkdir()
    with pytest.raises(SystemExit) as end:
        bench.main()
    assert end.value.code == 1
    written = json.loads((tmp_path / "bench/figures.json").read_text(encoding="utf-8"))["sections"]
    assert [len(section["rows"]) for section in written] == [1, 0, 1]
    assert "no such device" in written[1]["notes"][0] and "no such device" in capsys.readouterr().out


def test_a_device_is_checked_before_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "fill", lambda path, size: None)
    monkeypatch.setattr(peer, "run", lambda command: peer_refuses(command))
    assert devices.refusals("/dev/loop0") == {"blkdiscard": "blkdiscard: exit status 1: refused"}


def peer_refuses(command: list[str]) -> str:
    if "-z" not in command:
        raise peer.PeerFailed("blkdiscard: exit status 1: refused")
    return ""
