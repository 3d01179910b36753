# SPDX-License-Identifier: GPL-2.0-or-later
"""A Varlink client of few words, and the service on a machine made of plain files, started as systemd starts it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BOOT_ID = "01234567-89ab-cdef-0123-456789abcdef"
REQUEST = "FactoryResetRequest-8cf2644b-4b0b-428f-9387-6d876050dc67"
OURS = "io.cleanslate.FactoryReset"
PROGRAM = Path(os.environ.get("CLEANSLATED", ROOT / "build/reset-tool/cleanslated")).resolve()
WAIT_SECONDS = 60  # nothing is asserted about it: who waits longer has found a hang


class Failure(Exception):
    """The error a call was answered with."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(reply)
        self.name = str(reply["error"])
        self.parameters: dict[str, Any] = reply["parameters"]


class Client:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT_SECONDS)
        self.socket.connect(str(path))
        self.rest = b""

    def send(self, method: str, parameters: dict[str, Any] | None = None, **flags: bool) -> None:
        self.socket.sendall(json.dumps({"method": method, "parameters": parameters or {}, **flags}).encode() + b"\0")

    def receive(self) -> dict[str, Any]:
        """A whole reply; ConnectionError if the service has hung up."""
        while b"\0" not in self.rest:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the service hung up")
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        reply = json.loads(message)
        assert isinstance(reply, dict)
        return reply

    def parameters(self) -> dict[str, Any]:
        reply = self.receive()
        if "error" in reply:
            raise Failure(reply)
        assert isinstance(reply["parameters"], dict)
        return reply["parameters"]

    def call(self, method: str, parameters: dict[str, Any] | None = None, **flags: bool) -> dict[str, Any]:
        self.send(method, parameters, **flags)
        return self.parameters()

    def is_hung_up(self) -> bool:
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True


def _listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    path.chmod(0o666)
    listening.listen(64)
    return listening


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Journal:
    """What the journal is told: the fields of each datagram, by its native protocol."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(WAIT_SECONDS)

    def entry(self) -> dict[str, str]:
        data, fields = self.socket.recv(65536), {}
        while data:
            name, rest = data.split(b"\n", 1)
            size = int.from_bytes(rest[:8], "little")
            fields[name.decode()] = rest[8 : 8 + size].decode()
            assert rest[8 + size : 9 + size] == b"\n"
            data = rest[9 + size :]
        return fields


class Helper:
    """What listens where cleanslate-inspect.socket or cleanslate-keep.socket would. Answers by the kind of question; a question without an
    answer is left waiting."""

    def __init__(self, path: Path, command: str, **answers: bytes) -> None:
        self.command = command  # of the program
        self.answers = answers
        self.questions: list[str] = []
        self.waiting: list[socket.socket] = []
        self.real = False  # the program itself answers, as systemd would start it
        self.listening = _listen(path)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            if self.real:
                program = PROGRAM.with_name("cleanslate-inspect")
                subprocess.run([program, self.command], stdin=connection.fileno(), stdout=connection.fileno(), timeout=WAIT_SECONDS)
                connection.close()
                continue
            question = connection.makefile().read().strip()
            self.questions.append(question)
            answer = self.answers.get(question.split()[0].replace("-", "_"))
            if answer is None:
                self.waiting.append(connection)
                continue
            with contextlib.suppress(BrokenPipeError):  # who told, and did not ask
                connection.sendall(answer)
            connection.close()

    def stop(self) -> None:
        if self.listening.fileno() < 0:
            return
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for connection in self.waiting:
            connection.close()


class Service:
    """The process, its two sockets (its first is ours, its second systemd's) and the machine it looks at."""

    def __init__(self, at: Path, *options: str) -> None:
        self.at = at
        at.chmod(0o755)
        self.variables = at / "sys/firmware/efi/efivars"
        self.variables.mkdir(parents=True)
        _write(at / "etc/os-release", "ID=slate\nIMAGE_ID=slate-image\nVERSION_ID=7\n")
        _write(at / "proc/sys/kernel/random/boot_id", BOOT_ID + "\n")
        _write(at / "run/cleanslate/boot", "mode=normal\n")
        _write(at / "bin/systemctl", f'#!/bin/sh\necho "$@" >>{at}/systemctl.log\n')
        (at / "bin/systemctl").chmod(0o755)
        (at / "var/lib/cleanslate").mkdir(parents=True)  # as StateDirectory= does
        (at / "run/systemd/system").mkdir(parents=True)
        self.paths = (at / "ours", at / "systemd")
        self.listening = [_listen(path) for path in self.paths]
        self.journal = Journal(at / "run/systemd/journal/socket")
        self.inspector = Helper(at / "run/cleanslate/inspect", "inspect", preflight=b"ok\n")
        self.keeper = Helper(at / "run/cleanslate/keep", "keep", judge=b"ok\n", hand_over=b"ok\n", withdraw=b"ok\n")
        self.process = self._start(options)

    def _start(self, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
        # The descriptors become 3 and 4, and LISTEN_PID the service's own number: what a shell can do right before exec.
        numbers = [fcntl.fcntl(listening, fcntl.F_DUPFD, 10) for listening in self.listening]  # clear of 3 and 4
        moves = " ".join(f"{3 + i}<&{number}" for i, number in enumerate(numbers))
        line = f'LISTEN_FDS={len(numbers)} LISTEN_PID=$$ exec "$@" {moves}'
        command = ["bash", "-c", line, "sh", str(PROGRAM), f"--root={self.at}", *options]
        environment = {"PATH": f"{self.at}/bin:{os.environ['PATH']}", "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.at}/bus"}
        process = subprocess.Popen(command, pass_fds=numbers, env=environment)
        for number in numbers:
            os.close(number)
        return process

    def client(self, which: int = 0) -> Client:
        return Client(self.paths[which])

    def request_text(self) -> str | None:
        path = self.variables / REQUEST
        return path.read_bytes()[4:].decode("utf-16-le").rstrip("\0") if path.exists() else None

    def schedule(self) -> dict[str, Any] | None:
        path = self.at / "var/lib/cleanslate/schedule.json"
        if not path.exists():
            return None
        schedule = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(schedule, dict)
        return schedule

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(WAIT_SECONDS) == 0, "the service did not end well"
        self.inspector.stop()
        self.keeper.stop()
        self.journal.socket.close()
        for listening in self.listening:
            listening.close()


Start = Callable[..., Service]
