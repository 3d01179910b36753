# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's control socket: one command, one answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class QmpError(Exception):
    """QEMU refused a command."""


class Qmp:
    def __init__(self, path: Path, timeout: float = 180.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)  # writing a machine's memory to a busy disk takes its time
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rw", encoding="utf-8")
        self._file.readline()  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: Any) -> Any:
        self._file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._file.flush()
        while line := self._file.readline():
            answer = json.loads(line)
            if "error" in answer:
                raise QmpError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise QmpError(f"{command}: QEMU closed the connection")

    def send_keys(self, keys: Sequence[str]) -> None:
        """Presses keys one after the other; QEMU's names ("f12", "ret", "a"), held together with "-" ("ctrl-alt-delete")."""
        for key in keys:
            codes = [{"type": "qcode", "data": code} for code in key.split("-")]
            self.execute("send-key", keys=codes)

    def hold_key(self, key: str, down: bool) -> None:
        event = {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}
        self.execute("input-send-event", events=[event])

    def screenshot(self, path: Path) -> None:
        self.execute("screendump", filename=str(path), format=path.suffix[1:])

    def close(self) -> None:
        self._file.close()
        self._socket.close()
