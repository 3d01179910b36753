# SPDX-License-Identifier: GPL-2.0-or-later
"""The software TPM: as a machine's TPM, and by itself while the machine is off, to put things into it and to ask it what
is left. Its state is files in one directory; they outlive every process here."""

from __future__ import annotations

import base64
import re
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

START_SECONDS = 10.0
# The storage key systemd 252 and cleanslate create again and again from the same template: NIST P-256, AES-128-CFB.
STORAGE_KEY_ATTRIBUTES = "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth"
# The key that signs records, of the endorsement hierarchy: docs/record.md.
RECORD_KEY_ATTRIBUTES = "restricted|sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda"
OWNER_PERSISTENT = range(0x81000000, 0x81800000)
NV_PLATFORM_CREATED = "platformcreate"


class TpmError(Exception):
    """A command of tpm2-tools failed; the message is its own."""


def _wait_for_socket(process: subprocess.Popen[bytes], path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not path.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise TpmError(f"swtpm did not open {path}")
        select.select([], [], [], 0.01)


def make_chip(state: Path) -> None:
    """A chip as machines are sold with it: PCRs of SHA-256 alone. Each further bank has the firmware hash all that is started once more."""
    state.mkdir(parents=True)
    command = ["swtpm_setup", "--tpm2", "--tpmstate", str(state), "--pcr-banks", "sha256"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise TpmError(f"{' '.join(command)}: {done.stdout.strip()} {done.stderr.strip()}")


class MachineTpm:
    """swtpm for QEMU's emulator backend; ends by itself when QEMU does."""

    def __init__(self, state: Path, socket: Path, log: Path) -> None:
        socket.unlink(missing_ok=True)
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--terminate"]
        command += ["--ctrl", f"type=unixio,path={socket}", "--log", f"file={log},level=1"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        _wait_for_socket(self._process, socket)

    def wait(self) -> None:
        """Called once QEMU is gone: the state files may be used when this returns."""
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class OfflineTpm:
    """with OfflineTpm(state) as tpm: ... — as if the chip was taken out of the switched-off machine and powered elsewhere."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def __enter__(self) -> OfflineTpm:
        # Sockets' paths may have 107 bytes; a build tree's may be longer.
        self.scratch = Path(tempfile.mkdtemp(prefix="cleanslate-"))
        self._socket = self.scratch / "tpm"
        control = self.scratch / "tpm.ctrl"  # where tpm2-tss looks for it
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}", "--flags", "not-need-init,startup-clear"]
        command += ["--server", f"type=unixio,path={self._socket}", "--ctrl", f"type=unixio,path={control}"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        _wait_for_socket(self._process, control)
        _wait_for_socket(self._process, self._socket)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self.tool("shutdown", "-c")
        finally:
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self.scratch)

    def tool(self, name: str, *arguments: str | Path) -> str:
        """Runs one command of tpm2-tools. Objects live in context files: a TPM has room for three at a time."""
        self._run("flushcontext", "-t")
        return self._run(name, *arguments)

    def _run(self, name: str, *arguments: str | Path) -> str:
        command = [f"tpm2_{name}", *map(str, arguments), "-T", f"swtpm:path={self._socket}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.scratch)
        if done.returncode != 0:
            raise TpmError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def create_storage_key(self) -> Path:
        """Creates the storage root key anew (the same one as long as the owner's seed is) and returns its context file."""
        context = self.scratch / "storage-key"
        self.tool("createprimary", "-C", "o", "-g", "sha256", "-G", "ecc256:aes128cfb", "-a", STORAGE_KEY_ATTRIBUTES, "-c", context)
        return context

    def storage_key_name(self) -> str:
        name = self.scratch / "storage-key.name"
        self.tool("readpublic", "-c", self.create_storage_key(), "-n", name)
        return name.read_bytes().hex()

    def write_record_key(self, to: Path) -> None:
        """Writes the public part of the key that signs records, as PEM."""
        context = self.scratch / "record-key"
        self.tool("createprimary", "-C", "e", "-g", "sha256", "-G", "ecc256:ecdsa-sha256:null", "-a", RECORD_KEY_ATTRIBUTES, "-c", context)
        self.tool("readpublic", "-c", context, "-f", "pem", "-o", to)

    def seal(self, secret: bytes, to: Path) -> None:
        """Seals `secret` under the storage root key into the two files `to`.pub and `to`.priv."""
        plain = self.scratch / "plain"
        plain.write_bytes(secret)
        public, private = to.with_suffix(".pub"), to.with_suffix(".priv")
        self.tool("create", "-C", self.create_storage_key(), "-i", plain, "-u", public, "-r", private)
        plain.unlink()

    def unseal(self, at: Path) -> bytes:
        context = self.load(at)
        secret = self.tool("unseal", "-c", context)
        return secret.encode()

    def load(self, at: Path) -> Path:
        """Loads `at`.pub and `at`.priv under the storage root key; TpmError if they are not of this storage hierarchy."""
        context = self.scratch / "loaded"
        public, private = at.with_suffix(".pub"), at.with_suffix(".priv")
        self.tool("load", "-C", self.create_storage_key(), "-u", public, "-r", private, "-c", context)
        return context

    def can_load_blob(self, blob: bytes) -> bool:
        """Whether the sealed key of a systemd-tpm2 token (TPM2B_PRIVATE, then TPM2B_PUBLIC) belongs to this TPM's storage
        hierarchy. Loading asks for no policy, so this holds in whatever state the PCRs are."""
        private_size = 2 + int.from_bytes(blob[:2], "big")
        at = self.scratch / "token"
        at.with_suffix(".priv").write_bytes(blob[:private_size])
        at.with_suffix(".pub").write_bytes(blob[private_size:])
        try:
            self.load(at)
        except TpmError as error:
            if "integrity" not in str(error):
                raise
            return False
        return True

    def make_persistent(self, handle: int) -> None:
        self.tool("evictcontrol", "-C", "o", "-c", self.create_storage_key(), f"{handle:#x}")

    def define_nv(self, index: int, content: bytes) -> None:
        self.tool("nvdefine", f"{index:#x}", "-C", "o", "-s", str(len(content)), "-a", "ownerread|ownerwrite|authread|authwrite")
        source = self.scratch / "nv"
        source.write_bytes(content)
        self.tool("nvwrite", f"{index:#x}", "-C", "o", "-i", source)

    def owner_persistent_handles(self) -> set[int]:
        found = re.findall(r"0x[0-9a-fA-F]+", self.tool("getcap", "handles-persistent"))
        return {int(text, 16) for text in found} & set(OWNER_PERSISTENT)

    def owner_nv_indices(self) -> set[int]:
        """NV indices that the owner made (the platform's outlive a clear by design)."""
        handles = re.findall(r"0x[0-9a-fA-F]+", self.tool("getcap", "handles-nv-index"))
        return {int(text, 16) for text in handles if NV_PLATFORM_CREATED not in self.tool("nvreadpublic", text)}


def token_blob(token: dict[str, object]) -> bytes:
    """The sealed key in a LUKS2 token of type systemd-tpm2."""
    return base64.b64decode(str(token["tpm2-blob"]))
