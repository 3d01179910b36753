# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person sees who types the beginning of a word and Tab, in the shells themselves."""

from __future__ import annotations

import os
import pty
import re
import select
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "reset-tool"
PATIENCE_SECONDS = 30

# Control-X makes the shell write the line that stands there between marks, without running it.
SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "bind 'set bell-style none'; . {folder}/completion.bash; bind -x '\"\\C-x\": printf \"\\n<<%s>>\\n\" \"$READLINE_LINE\"'",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "fpath=({own} $fpath); autoload -Uz compinit; compinit -u -d {own}/dump;"
        ' show() {{ print -r -- $\'\\n\'"<<$BUFFER>>" > /dev/tty }}; zle -N show; bindkey "^X" show',
    ),
}


class Typing:
    """A shell at a terminal."""

    def __init__(self, name: str, own: Path) -> None:
        words, setup = SHELLS[name]
        (own / "_cleanslate").write_text((FOLDER / "completion.zsh").read_text(encoding="utf-8"), encoding="utf-8")
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execvpe(words[0], words, {**os.environ, "TERM": "dumb", "PS1": "", "HOME": str(own), "HISTFILE": "/dev/null"})
        self.put(setup.format(folder=FOLDER, own=own) + "; echo '<<rea''dy>>'\n")
        self.until("ready")

    def put(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def until(self, pattern: str) -> re.Match[str]:
        seen, end = "", time.monotonic() + PATIENCE_SECONDS
        while not (match := re.search(f"<<({pattern})>>", seen)):
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f"the shell never said <<{pattern}>>: {seen!r}")
            seen += os.read(self.terminal, 4096).decode(errors="replace")
        return match

    def completed(self, beginning: str) -> str:
        """What Tab makes of it."""
        self.put(beginning + "\t\x18")
        line = self.until("cleanslate.*?").group(1)
        self.put("\x15")  # Control-U: away with it
        return line

    def close(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.child, 0)


@pytest.mark.parametrize("name", SHELLS)
def test_tab_completes_commands_options_and_values(name: str, tmp_path: Path) -> None:
    typing = Typing(name, tmp_path)
    try:
        for beginning, line in (
            ("pos", "postpone "),
            ("doct", "doctor "),
            ("request --on", "request --on-next-boot "),
            ("request --ke", "request --keep="),
            ("plan --level=p", "plan --level=purge "),
            ("certificate ver", "certificate verify "),
            ("cancel --kee", "cancel --kee"),  # no option of this one
            ("nonsense", "nonsense"),
        ):
            assert typing.completed(f"cleanslate {beginning}") == f"cleanslate {line}", name
    finally:
        typing.close()
