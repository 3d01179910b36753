# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine under test: firmware with variables of its own, a TPM, a disk (NVMe unless it says otherwise), a second disk that nobody
may touch. Everything it remembers over a loss of power is in its directory, and its methods are what a person could do to it."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.qemu import accel, arch, decoy, hang
from tests.qemu.attachment import NVME, Attachment
from tests.qemu.console import Console, ConsoleError, TimeIsUp
from tests.qemu.disk import Disk, copy_sparse
from tests.qemu.esp import Esp
from tests.qemu.qmp import Qmp
from tests.qemu.shell import Shell
from tests.qemu.tpm import MachineTpm, OfflineTpm, make_chip
from tests.qemu.variables import GUID_GLOBAL, VariableStore

DISK, SECOND_DISK, SECOND_DISK_DIGEST = "disk.raw", "second-disk.raw", "second-disk.sha256"
VARIABLES, TPM_STATE = "variables.fd", "tpm"
LOGIN = r"^cleanslate login:"
# Seen instead of what was waited for, these end the waiting at once.
CRASHES = (r"Kernel panic - not syncing", r"No bootable option or device was found")


@dataclass(frozen=True)
class Boot:
    """What differs from booting the disk by its firmware: `-kernel` and its companions, more options."""

    options: tuple[str, ...] = ()
    memory_mib: int = 1024
    processors: int = 2
    serial: str = "stdio"


class Machine:
    def __init__(self, directory: Path) -> None:
        """The machine that lives in `directory`; see new() and clone()."""
        self.directory = directory
        self.name = directory.name
        self.disk = Disk(directory / DISK)
        self.second_disk = Disk(directory / SECOND_DISK)
        self.attachment: Attachment = NVME  # of the disk; a person with a screwdriver may change it while the machine is off
        self.log = directory / "console.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._console: Console | None = None
        self._tpm: MachineTpm | None = None
        self._qmp: Qmp | None = None
        self._sockets: Path | None = None
        self._shell: Shell | None = None
        self._cycles = 0
        self._boot = Boot()  # of the present power cycle, or the last one
        self._started_again = False

    @classmethod
    def new(cls, directory: Path, image: Path, size: int | None = None) -> Machine:
        """A machine fresh from the factory; `size` in bytes is that of a disk larger than the image."""
        shutil.rmtree(directory, ignore_errors=True)
        make_chip(directory / TPM_STATE)
        copy_sparse(image, directory / DISK)
        shutil.copyfile(arch.VARIABLES_IMAGE, directory / VARIABLES)
        machine = cls(directory)
        if size is not None:
            with machine.disk.path.open("r+b") as disk:
                disk.truncate(size)
        decoy.make(machine.second_disk)
        (directory / SECOND_DISK_DIGEST).write_text(machine.second_disk.sha256(), encoding="ascii")
        return machine

    def clone(self, directory: Path) -> Machine:
        """A machine that remembers the same; this one must be off."""
        assert self._process is None, "only a machine that is off can be cloned"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        for name in (DISK, SECOND_DISK):
            copy_sparse(self.directory / name, directory / name)
        for name in (VARIABLES, SECOND_DISK_DIGEST):
            shutil.copyfile(self.directory / name, directory / name)
        shutil.copytree(self.directory / TPM_STATE, directory / TPM_STATE)
        return Machine(directory)

    def enroll(self, variables: Path) -> None:
        """Exchanges the firmware's variables for a store with Secure Boot's keys. From now on it checks what it starts."""
        assert self._process is None, f"{self.name} is on"
        shutil.copyfile(variables, self.directory / VARIABLES)
        assert self.has_keys_enrolled, f"{variables} has no platform key"

    @property
    def has_keys_enrolled(self) -> bool:
        return VariableStore(self.directory / VARIABLES).get("PK", GUID_GLOBAL) is not None

    def discard(self) -> None:
        """Drops what is large and keeps the console's log."""
        self.kill()
        for name in (DISK, SECOND_DISK):
            (self.directory / name).unlink(missing_ok=True)

    # -- power ---------------------------------------------------------------------------------------------------

    def _command(self, sockets: Path, boot: Boot) -> list[str]:
        secure = self.has_keys_enrolled
        machine, code = (arch.SECURE_MACHINE, arch.SECURE_CODE_IMAGE) if secure else (arch.MACHINE, arch.CODE_IMAGE)
        command = [arch.QEMU, "-name", self.name, *(self.attachment.board or machine), *accel.options()]
        command += ["-m", str(boot.memory_mib), "-smp", str(boot.processors), "-nic", "none", "-display", "none", "-no-user-config"]
        command += ["-serial", boot.serial, "-monitor", "none", "-qmp", f"unix:{sockets / 'qmp'},server=on,wait=off"]
        command += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}"]
        command += ["-drive", f"if=pflash,format=raw,file={self.directory / VARIABLES}"]
        # The second disk comes first, so that who takes the first disk found takes the wrong one.
        command += NVME.options(self.directory / SECOND_DISK, 2)
        command += self.attachment.options(self.directory / DISK, 1)
        command += ["-chardev", f"socket,id=tpm,path={sockets / 'tpm'}", "-tpmdev", "emulator,id=tpm,chardev=tpm"]
        command += ["-device", f"{arch.TPM_DEVICE},tpmdev=tpm"]
        return command + list(boot.options)

    def _plug_in(self) -> Path:
        """Starts what has to be there before QEMU: the TPM. Returns the directory of sockets."""
        # Sockets' paths may have 107 bytes; a build tree's may be longer.
        sockets = Path(tempfile.mkdtemp(prefix="cleanslate-"))
        self._tpm = MachineTpm(self.directory / TPM_STATE, sockets / "tpm", self.directory / "tpm.log")
        return sockets

    def power_on(self, boot: Boot = Boot()) -> None:
        assert self._process is None, f"{self.name} is on"
        self._cycles += 1
        self._boot = boot
        self._sockets = self._plug_in()
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"======== power on {self._cycles} ========\n")
        with (self.directory / "qemu.log").open("ab") as errors:
            pipe = subprocess.PIPE
            process = subprocess.Popen(self._command(self._sockets, boot), stdin=pipe, stdout=pipe, stderr=errors)
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._console = Console(process.stdout, process.stdin, self.log, time.monotonic())

    def run_attended(self) -> int:
        """On this process's terminal, until a person ends it."""
        sockets = self._plug_in()
        try:
            return subprocess.run(self._command(sockets, Boot(serial="mon:stdio"))).returncode
        finally:
            assert self._tpm is not None
            self._tpm.wait()
            shutil.rmtree(sockets)

    @property
    def process_id(self) -> int:
        """Of QEMU."""
        assert self._process is not None, f"{self.name} is off"
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: the power is gone in the middle of whatever happens."""
        if self._process is not None:
            self._process.kill()
            self._gone()

    def wait_for_exit(self, timeout: float) -> None:
        assert self._process is not None, f"{self.name} is off"
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise ConsoleError(f"{self.name} did not power off within {timeout:.0f} s") from error
        self._gone()

    def power_off(self, timeout: float = 120) -> None:
        """An orderly shutdown from the shell that login() has opened."""
        self.console.send("systemctl poweroff\n")
        self.wait_for_exit(timeout)

    def _gone(self) -> None:
        assert self._process is not None and self._tpm is not None and self._sockets is not None
        self._process.wait()
        if self._qmp is not None:
            self._qmp.close()
        self.console.wait_for_end(10)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._tpm.wait()
        shutil.rmtree(self._sockets)
        self._process = self._tpm = self._qmp = self._sockets = None

    # -- what happens on it --------------------------------------------------------------------------------------

    @property
    def console(self) -> Console:
        """Of the present power cycle, or the last one."""
        assert self._console is not None, f"{self.name} was never on"
        return self._console

    def wait_for(self, pattern: str, timeout: float, never: Sequence[str] = ()) -> re.Match[str]:
        """As the console's; a machine that hangs in the emulator's own way (hang.py) is started again, once."""
        try:
            return self.console.wait_for(pattern, timeout, (*never, *CRASHES))
        except TimeIsUp:
            words = hang.found(self.console.text())
            if words is None or self._started_again:
                raise
        hang.note(self.directory.parent, self.name, words)
        self._started_again = True
        self.kill()
        self.power_on(self._boot)
        return self.console.wait_for(pattern, timeout, (*never, *CRASHES))

    def login(self, timeout: float, never: Sequence[str] = (r"cleanslate: RECOVERY: .*",)) -> Shell:
        """Waits for the login prompt and logs in as root."""
        self.wait_for(LOGIN, timeout, never)
        return self.login_now()

    def login_now(self) -> Shell:
        """Logs in as root at a prompt that was waited for already."""
        self._shell = Shell.log_in(self.console, "root", "cleanslate")
        return self._shell

    @property
    def shell(self) -> Shell:
        """Of the last login."""
        assert self._shell is not None, f"nobody has logged in to {self.name}"
        return self._shell

    def _connected(self) -> Qmp:
        assert self._sockets is not None, f"{self.name} is off"
        if self._qmp is None:
            self._qmp = Qmp(self._sockets / "qmp")
        return self._qmp

    def pull_disk(self) -> None:
        """Takes the disk out of the running machine; needs an attachment that can lose it."""
        self._connected().execute("device_del", id=self.attachment.device_id(self.directory / DISK))

    def slow_disk(self, bytes_per_second: int) -> None:
        """What is written to the disk from now on takes its time."""
        limits = {"bps": 0, "bps_rd": 0, "bps_wr": bytes_per_second, "iops": 0, "iops_rd": 0, "iops_wr": 0}
        self._connected().execute("block_set_io_throttle", id=self.attachment.device_id(self.directory / DISK), **limits)

    def send_keys(self, *keys: str) -> None:
        self._connected().send_keys(keys)

    def press_key(self, key: str) -> None:
        """Holds it down until release_key()."""
        self._connected().hold_key(key, True)

    def release_key(self, key: str) -> None:
        self._connected().hold_key(key, False)

    def screen(self, name: str) -> Path:
        """The screen's pixels, as a binary PPM."""
        path = self.directory / f"{name}.ppm"
        self._connected().screenshot(path)
        return path

    def screenshot(self, name: str) -> Path:
        path = self.directory / f"{name}.png"
        self._connected().screenshot(path)
        return path

    # -- what is in it, while it is off --------------------------------------------------------------------------

    def second_disk_is_untouched(self) -> bool:
        return self.second_disk.sha256() == (self.directory / SECOND_DISK_DIGEST).read_text(encoding="ascii")

    @property
    def esp(self) -> Esp:
        return Esp(self.disk)

    @property
    def variables(self) -> VariableStore:
        assert self._process is None, f"{self.name} is on"
        return VariableStore(self.directory / VARIABLES)

    def variables_in_flash(self) -> VariableStore:
        """While it is on: what a power cut now would leave. ValueError in the midst of a write to the store's head."""
        return VariableStore(self.directory / VARIABLES)

    def tpm(self) -> OfflineTpm:
        assert self._process is None, f"{self.name} is on"
        return OfflineTpm(self.directory / TPM_STATE)
