# SPDX-License-Identifier: GPL-2.0-or-later
"""EFI variables in a running guest, by the means that anybody with root has there."""

from __future__ import annotations

import base64
import gzip
import uuid

from tests.qemu.shell import Shell
from tests.qemu.variables import NON_VOLATILE_BOOT_RUNTIME


def _path(name: str, vendor: uuid.UUID) -> str:
    return f"/sys/firmware/efi/efivars/{name}-{vendor}"


def exists(shell: Shell, name: str, vendor: uuid.UUID) -> bool:
    return shell.run(f"test -e {_path(name, vendor)}")[0] == 0


def write(shell: Shell, name: str, vendor: uuid.UUID, value: bytes) -> None:
    """In one write(2), as the kernel takes each for a whole value; read back."""
    content = NON_VOLATILE_BOOT_RUNTIME.to_bytes(4, "little") + value
    packed = base64.b64encode(gzip.compress(content)).decode()
    path = _path(name, vendor)
    # One that exists is immutable, and a write to it would not be that of a fresh one.
    shell.check(f"if test -e {path}; then chattr -i {path} && rm {path}; fi")
    shell.check(f"printf %s {packed} | base64 -d | gzip -d >/run/variable; dd if=/run/variable of={path} bs=64K status=none")
    shell.check(f"cmp /run/variable {path}")


def write_by_printf(shell: Shell, name: str, vendor: uuid.UUID, value: bytes) -> None:
    """As a person would at a prompt."""
    octal = "".join(f"\\{byte:03o}" for byte in NON_VOLATILE_BOOT_RUNTIME.to_bytes(4, "little") + value)
    shell.check(f"printf '{octal}' >{_path(name, vendor)}")


def read(shell: Shell, name: str, vendor: uuid.UUID) -> bytes:
    status, content = shell.run_bytes(f"cat {_path(name, vendor)}")
    assert status == 0, content
    return content[4:]
