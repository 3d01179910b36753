# SPDX-License-Identifier: GPL-2.0-or-later
"""A root shell on the serial console. Commands and their output travel in base64 between markers that no echo can contain,
with a checksum, so that neither echo nor a kernel message in between is taken for output."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import secrets
import zlib
from pathlib import PurePosixPath

from tests.qemu.console import Console, ConsoleError

PROMPT = r"[#$] \Z"
LINE_MAX = 512  # a terminal takes 4095 bytes a line; shorter ones also spare the emulated UART's queue
ATTEMPTS = 3
# Where a script and its output wait for their turn: /run is writable on every system.
AT = PurePosixPath("/run/cleanslate-test")


class CommandError(Exception):
    """A command on the machine failed; the message has its output."""


class Shell:
    def __init__(self, console: Console, at: PurePosixPath = AT) -> None:
        self._console = console
        self._at = at

    @classmethod
    def log_in(cls, console: Console, user: str, password: str) -> Shell:
        """The login prompt must have been seen."""
        console.send(user + "\n")
        console.wait_for(r"Password:", 60)
        console.send(password + "\n")
        return cls.take_over(console)

    @classmethod
    def take_over(cls, console: Console) -> Shell:
        """Waits for a shell's prompt and makes the shell quiet: no echo, no prompt, no kernel messages on the console."""
        for _ in range(ATTEMPTS):
            found = console.wait_for_any([PROMPT, r"Login incorrect"], 60)
            if found is not None and found[0] == 1:
                raise ConsoleError("the login was refused")
            # Without a prompt a message may have come behind it: one more Enter asks for a new one.
            if found is not None:
                shell = cls(console)
                shell._exchange(f"stty -echo; PS1=; PS2=; dmesg -n 1; mkdir -p {AT}")
                return shell
            console.send("\n")
        raise ConsoleError("no shell prompt after logging in")

    def _exchange(self, line: str, timeout: float = 60) -> str:
        """Sends one line and returns what came before the shell said that it is through with it."""
        token = secrets.token_hex(6)
        self._console.send(f"{line}\necho end-of''-{token}\n")
        return self._console.take_until(f"end-of-{token}", timeout)

    def _upload(self, script: bytes) -> None:
        encoded = base64.b64encode(script).decode()
        self._exchange(f": >{self._at}/script.64")
        for at in range(0, len(encoded), LINE_MAX):
            self._exchange(f"printf %s {encoded[at : at + LINE_MAX]} >>{self._at}/script.64")
        self._exchange(f"base64 -d {self._at}/script.64 >{self._at}/script")

    def _download(self) -> bytes:
        """The output of the last script. A kernel message in the middle spoils a copy, not the original."""
        for _ in range(ATTEMPTS):
            answer = self._exchange(f"gzip -c {self._at}/output | base64; sha256sum <{self._at}/output", 180)
            match = re.search(r"([0-9a-f]{64})  -\s*\Z", answer)
            if match is None:
                continue
            try:
                output = gzip.decompress(base64.b64decode(answer[: match.start()]))
            except (ValueError, OSError, EOFError, zlib.error):
                continue
            if hashlib.sha256(output).hexdigest() == match[1]:
                return output
        raise ConsoleError(f"the output of a command did not come over the console intact; last: {answer!r}")

    def run_bytes(self, command: str, timeout: float = 60) -> tuple[int, bytes]:
        self._upload(command.encode())
        status = self._exchange(f"sh {self._at}/script >{self._at}/output 2>&1 </dev/null; echo status''=$?", timeout)
        match = re.search(r"status=(\d+)", status)
        if match is None:
            raise ConsoleError(f"{command!r} left no exit status: {status!r}")
        return int(match[1]), self._download()

    def run(self, command: str, timeout: float = 60) -> tuple[int, str]:
        """Runs a script of any length and returns its exit status and output."""
        status, output = self.run_bytes(command, timeout)
        return status, output.decode("utf-8", "replace").rstrip("\n")

    def check(self, command: str, timeout: float = 60) -> str:
        """The output of a command that must succeed."""
        status, output = self.run(command, timeout)
        if status != 0:
            raise CommandError(f"{command!r} ended with {status}: {output}")
        return output

    def start(self, command: str) -> None:
        """Begins a command that will not return to this shell, such as a reboot."""
        self._console.send(command + "\n")
