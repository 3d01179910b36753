# SPDX-License-Identifier: GPL-2.0-or-later
"""The serial console of one power cycle: collects what the machine says, with a time stamp for each line, and waits for
markers in it. Knows nothing of what the machine is."""

from __future__ import annotations

import codecs
import os
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# What a terminal would act upon and not show: escape sequences, carriage returns, other control characters.
_CONTROL = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][0-9A-B]|\x1b[=>78cDEHMZ]|[\x00-\x08\x0b-\x1a\x1c-\x1f]")
_PIECE = re.compile(r"[^\n]*\n|[^\n]+")
_UNFINISHED_ESCAPE = re.compile(r"\x1b(\[[0-9;?=]*|[()])?\Z")


class ConsoleError(Exception):
    """The machine did not say what was waited for; the message ends with the last lines it did say."""


class TimeIsUp(ConsoleError):
    """It said nothing of it in all the time it was given."""


@dataclass(frozen=True)
class Line:
    seconds: float  # since power-on, of the line's first character
    text: str


class Console:
    def __init__(self, output: IO[bytes], input: IO[bytes], log: Path, powered_on: float) -> None:
        self._output = output
        self._input = input
        self._powered_on = powered_on
        self._changed = threading.Condition(threading.RLock())
        self._unread = ""  # what came behind all that was waited for
        self._lines: list[Line] = []
        self._line = ""
        self._line_began = 0.0
        self._closed = False
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._reader = threading.Thread(target=self._read, name=f"console of {log.parent.name}", daemon=True)
        self._reader.start()

    def seconds(self) -> float:
        return time.monotonic() - self._powered_on

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        held = ""
        while chunk := os.read(self._output.fileno(), 65536):
            text = held + decoder.decode(chunk)
            unfinished = _UNFINISHED_ESCAPE.search(text)
            held = unfinished.group() if unfinished else ""
            self._append(_CONTROL.sub("", text[: len(text) - len(held)]))
        with self._changed:
            if self._line:
                self._finish_line()
            self._closed = True
            self._changed.notify_all()
        self._log.close()

    def _append(self, text: str) -> None:
        now = self.seconds()
        with self._changed:
            self._unread += text
            for piece in _PIECE.findall(text):
                if not self._line:
                    self._line_began = now
                self._line += piece
                if piece.endswith("\n"):
                    self._finish_line()
            self._changed.notify_all()

    def _finish_line(self) -> None:
        line = Line(self._line_began, self._line.rstrip("\n"))
        self._line = ""
        self._lines.append(line)
        self._log.write(f"[{line.seconds:9.3f}] {line.text}\n")

    def send(self, text: str) -> None:
        self._input.write(text.encode())
        self._input.flush()

    def _earliest(self, patterns: Sequence[re.Pattern[str]], start: int) -> tuple[int, re.Match[str]] | None:
        found = [(i, match) for i, pattern in enumerate(patterns) if (match := pattern.search(self._unread, start))]
        return min(found, key=lambda pair: pair[1].start()) if found else None

    def wait_for_any(self, patterns: Sequence[str], timeout: float) -> tuple[int, re.Match[str]] | None:
        """The earliest match behind all that was waited for before, and which pattern it is of; None when time is up.
        A match lies within one line."""
        found = self._take(patterns, timeout)
        return (found[0], found[1]) if found else None

    def _take(self, patterns: Sequence[str], timeout: float) -> tuple[int, re.Match[str], str] | None:
        deadline = time.monotonic() + timeout
        compiled = [re.compile(pattern, re.M) for pattern in patterns]
        start = 0
        with self._changed:
            while True:
                if found := self._earliest(compiled, start):
                    match = found[1]
                    before, self._unread = self._unread[: match.start()], self._unread[match.end() :]
                    return found[0], match, before
                if self._closed:
                    raise ConsoleError(self._complaint(f"the machine ended before it said {' or '.join(patterns)}"))
                start = self._unread.rfind("\n") + 1
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return None

    def take_until(self, pattern: str, timeout: float) -> str:
        """All that comes before `pattern`."""
        found = self._take([pattern], timeout)
        if found is None:
            raise ConsoleError(self._complaint(f"{timeout:.0f} s have passed without {pattern!r}"))
        return found[2]

    def wait_for(self, pattern: str, timeout: float, never: Sequence[str] = ()) -> re.Match[str]:
        """Waits for `pattern`; one of `never` coming first, the end of the machine or of the time are errors."""
        found = self.wait_for_any([pattern, *never], timeout)
        if found is None:
            raise TimeIsUp(self._complaint(f"{timeout:.0f} s have passed without {pattern!r}"))
        index, match = found
        if index > 0:
            raise ConsoleError(self._complaint(f"{match.group()!r} came where {pattern!r} was expected"))
        return match

    def wait_for_end(self, timeout: float) -> None:
        self._reader.join(timeout)

    def _complaint(self, what: str) -> str:
        tail = "\n".join(self.text().rstrip().splitlines()[-30:])
        return f"{what}; after {self.seconds():.1f} s the console ends with:\n{tail}"

    def text(self) -> str:
        with self._changed:
            return "".join(line.text + "\n" for line in self._lines) + self._line

    def lines(self) -> list[Line]:
        with self._changed:
            return list(self._lines)

    def seconds_of(self, pattern: str, after: float = 0.0) -> float | None:
        """When the first line that matches was begun, seconds since power-on."""
        wanted = re.compile(pattern)
        return next((line.seconds for line in self.lines() if line.seconds >= after and wanted.search(line.text)), None)
