# SPDX-License-Identifier: GPL-2.0-or-later
"""Other programs that are measured beside ours, and what is measured. One that fails is told with its own words, in a row of its own,
and what else was measured stays."""

from __future__ import annotations

import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from bench.table import Row

WORDS_MAX = 200


class PeerFailed(Exception):
    """A program of somebody else's has failed; the text says which, how, and what it said last."""


def run(command: Sequence[str]) -> str:
    """Its standard output."""
    environment = {**os.environ, "TERM": "dumb", "LC_ALL": "C"}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", env=environment, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise PeerFailed(f"{command[0]}: exit status {done.returncode}: {said[:WORDS_MAX]}")
    return done.stdout


def timed(size: int, *command: str) -> float:
    """MB/s of the whole program over so many bytes."""
    began = time.monotonic()
    run(command)
    return size / 1e6 / (time.monotonic() - began)


class Figures(defaultdict[str, list[float]]):
    def __init__(self) -> None:
        super().__init__(list)
        self.failed: dict[str, str] = {}  # the words, by what was to be measured

    def peer(self, name: str, measure: Callable[[], float]) -> None:
        """Once it has failed it is not tried again: it would take its time, and a figure of some of the runs misleads."""
        if name in self.failed:
            return
        try:
            self[name].append(measure())
        except PeerFailed as error:
            self.failed[name] = str(error)
            self[name].clear()

    def rows_of_failures(self) -> list[Row]:
        return [Row(f"{name}: FAILED", "", (), words) for name, words in self.failed.items()]
