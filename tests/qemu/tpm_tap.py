# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a machine's TPM while the machine runs, without its help: stands on the wire between QEMU and swtpm, passes every command
on, and puts questions of its own in between. A PCR read changes nothing in a TPM (TPM 2.0 part 3, 22.4)."""

from __future__ import annotations

import array
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.qemu.machine import Boot, Machine

PCRS = range(24)
_SHA256, _SHA256_SIZE = 0x000B, 32
_PCR_READ, _NO_SESSIONS = 0x0000017E, 0x8001
_COMMAND = struct.Struct(">HII")  # tag, size, code; a response has the same header
_AT_ONCE = 8  # PCRs that one answer holds


def _receive(wire: socket.socket, size: int) -> bytes:
    result = b""
    while len(result) < size:
        chunk = wire.recv(size - len(result))
        if not chunk:
            raise ConnectionError("the other end of the TPM's wire is gone")
        result += chunk
    return result


def _receive_message(wire: socket.socket) -> bytes:
    header = _receive(wire, _COMMAND.size)
    return header + _receive(wire, _COMMAND.unpack(header)[1] - _COMMAND.size)


def _pcr_read(pcrs: range) -> bytes:
    bitmap = sum(1 << pcr for pcr in pcrs).to_bytes(3, "little")
    selection = struct.pack(">IHB", 1, _SHA256, len(bitmap)) + bitmap
    return _COMMAND.pack(_NO_SESSIONS, _COMMAND.size + len(selection), _PCR_READ) + selection


def _parse_pcr_read(answer: bytes) -> list[bytes]:
    """The digests; none if the TPM gave none (it is not started yet)."""
    if _COMMAND.unpack_from(answer)[2] != 0:
        return []
    at = _COMMAND.size + 4  # the update counter
    selections = struct.unpack_from(">I", answer, at)[0]
    at += 4
    for _ in range(selections):
        at += 3 + answer[at + 2]
    count = struct.unpack_from(">I", answer, at)[0]
    at += 4
    result = []
    for _ in range(count):
        result.append(answer[at + 2 : at + 2 + _SHA256_SIZE])
        at += 2 + struct.unpack_from(">H", answer, at)[0]
    return result


class Tap:
    """QEMU's "emulator" protocol has a control socket, over which QEMU passes a descriptor for the TPM's commands: that one is kept,
    and swtpm gets one of ours instead."""

    def __init__(self, for_qemu: Path, chip: Path) -> None:
        self._chip_path = chip
        self._commands = 0
        self._changed = threading.Condition()
        self._wire = threading.Lock()  # one command at a time
        self._chip: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(for_qemu))
        self._listener.listen(1)
        threading.Thread(target=self._pass_control, daemon=True, name="TPM control").start()

    def _pass_control(self) -> None:
        qemu, _ = self._listener.accept()
        self._listener.close()
        chip = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        chip.connect(str(self._chip_path))
        with contextlib.suppress(OSError), qemu, chip:
            threading.Thread(target=self._pass_answers, args=(chip, qemu), daemon=True, name="TPM control answers").start()
            while True:
                message, descriptors, _, _ = socket.recv_fds(qemu, 4096, 1)
                if not message:
                    break
                if descriptors:
                    end = self._take(socket.socket(fileno=descriptors[0]))
                    with end:
                        chip.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [end.fileno()]))])
                else:
                    chip.sendall(message)
            chip.shutdown(socket.SHUT_RDWR)  # or the thread of its answers would keep it open

    @staticmethod
    def _pass_answers(chip: socket.socket, qemu: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while message := chip.recv(4096):
                qemu.sendall(message)

    def _take(self, qemu: socket.socket) -> socket.socket:
        """Returns swtpm's end of a new wire."""
        ours, chips = socket.socketpair()
        self._chip = ours
        threading.Thread(target=self._pass_commands, args=(qemu, ours), daemon=True, name="TPM commands").start()
        return chips

    def _pass_commands(self, qemu: socket.socket, chip: socket.socket) -> None:
        with contextlib.suppress(OSError), qemu, chip:  # swtpm ends when this wire does
            while True:
                command = _receive_message(qemu)
                with self._wire:
                    chip.sendall(command)
                    answer = _receive_message(chip)
                qemu.sendall(answer)
                with self._changed:
                    self._commands += 1
                    self._changed.notify_all()

    def pcrs(self) -> dict[int, bytes]:
        """All PCRs of the SHA-256 bank at one instant; empty as long as there is no started TPM."""
        found: list[bytes] = []
        with self._wire:
            if self._chip is None:
                return {}
            for first in range(PCRS.start, PCRS.stop, _AT_ONCE):
                self._chip.sendall(_pcr_read(range(first, first + _AT_ONCE)))
                found += _parse_pcr_read(_receive_message(self._chip))
        return dict(zip(PCRS, found)) if len(found) == len(PCRS) else {}

    def wait_for_pcr(self, pcr: int, is_it: Callable[[bytes], bool], timeout: float) -> dict[int, bytes]:
        """All PCRs when `pcr` has become what is waited for. Looks again after each command that the machine has sent."""
        deadline, seen = time.monotonic() + timeout, -1
        while True:
            with self._changed:
                while self._commands == seen:
                    if not self._changed.wait(max(deadline - time.monotonic(), 0)):
                        now = {number: value.hex() for number, value in self.pcrs().items()}
                        raise TimeoutError(f"PCR {pcr} did not take the value within {timeout:.0f} s; the PCRs are {now}")
                seen = self._commands
            values = self.pcrs()
            if values and is_it(values[pcr]):
                return values


class TappedMachine(Machine):
    """A machine whose TPM can be asked while it runs."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.tap: Tap | None = None

    def _plug_in(self) -> Path:
        sockets = super()._plug_in()
        chip = (sockets / "tpm").rename(sockets / "chip")
        self.tap = Tap(sockets / "tpm", chip)
        return sockets

    def memory(self) -> Path:
        """Everything in its memory at one instant, in a file that is the caller's to remove."""
        result = self.directory / "memory"
        connection = self._connected()
        connection.execute("stop")
        connection.execute("pmemsave", val=0, size=Boot().memory_mib << 20, filename=str(result))
        connection.execute("cont")
        return result
