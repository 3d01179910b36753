# SPDX-License-Identifier: GPL-2.0-or-later
"""The factory trees as the running system shows them, in the form of a manifest: how an encrypted rebuild is compared with
the factory from the outside of the program that built it."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.qemu import manifest
from tests.qemu.shell import Shell

TREES = ("/etc", "/var")

# What an ordinary boot or a login of the reference machine writes by itself. Nothing else may differ from the factory.
WRITTEN_IN_USE = (
    "/etc",  # its time, by files that come and go in it
    "/etc/machine-id",
    "/etc/resolv.conf",
    "/var",
    "/var/lib",
    "/var/lib/systemd",
    "/var/lib/systemd/*",
    "/var/log",
    "/var/log/*",
    "/var/tmp",
    "/var/tmp/systemd-private-*",
    "/var/cache/*",
    "/var/lib/dbus",
    "/var/lib/dbus/machine-id",
    "/var/lib/tpm2-tss/system/keystore",  # an access control list, by systemd-tmpfiles
    "/var/roothome",
    "/var/roothome/.bash_history",
)

_FIND = r"find {trees} -xdev -printf '%y\0%m\0%U\0%G\0%s\0%T@\0%p\0%l\0'"
_HASHES = r"find {trees} -xdev -type f -print0 | xargs -0 sha256sum -z"
_XATTRS = (
    r"find {trees} -xdev -print0 | xargs -0 getfattr -h --absolute-names -d -e hex -m '^(security\.|user\.|system\.posix_acl_)'"
)


def factory_manifest(shell: Shell) -> bytes:
    """Out of the verified image."""
    status, text = shell.run_bytes(f"cat {manifest.PATH}", 120)
    assert status == 0, text
    return text


def _hashes(raw: bytes) -> dict[bytes, str]:
    return {entry[66:]: entry[:64].decode() for entry in raw.split(b"\0") if entry}


def _unquote(text: bytes) -> bytes:
    """getfattr writes special characters as \\ooo."""
    return re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8)]), text)


def _xattrs(raw: bytes) -> dict[bytes, str]:
    result: dict[bytes, str] = {}
    for block in raw.split(b"\n\n"):
        header, *lines = block.splitlines() or [b""]
        if not header.startswith(b"# file: "):
            continue
        pairs = sorted(line.split(b"=0x", 1) for line in lines if b"=0x" in line)
        words = (f" xattr {manifest.escape(_unquote(name))}={value.decode().lower()}" for name, value in pairs)
        result[_unquote(header[len(b"# file: ") :])] = "".join(words)
    return result


def read(shell: Shell) -> dict[str, manifest.Entry]:
    trees = " ".join(TREES)
    answers = [shell.run_bytes(command.format(trees=trees), 300)[1] for command in (_FIND, _HASHES, _XATTRS)]
    hashes, xattrs = _hashes(answers[1]), _xattrs(answers[2])
    fields = answers[0].split(b"\0")[:-1]
    entries = {}
    for at in range(0, len(fields), 8):
        kind, mode, uid, gid, size, mtime, path, target = fields[at : at + 8]
        name = manifest.escape(path)
        if any(name == f"{tree}/lost+found" for tree in TREES):
            continue
        type_ = kind.decode()
        entries[name] = manifest.Entry(
            type_,
            f"{int(mode, 8):04o}",
            int(uid),
            int(gid),
            int(size) if type_ == "f" else 0,
            int(mtime.split(b".")[0]),
            hashes.get(path, "-"),
            name,
            (f" -> {manifest.escape(target)}" if type_ == "l" else "") + xattrs.get(path, ""),
        )
    return entries


def _of_trees(entries: dict[str, manifest.Entry], volume: str) -> dict[str, manifest.Entry]:
    """What a volume that is mounted at / has of them, by its path on the running system."""
    here = {path.removeprefix(volume): entry for path, entry in entries.items() if path.startswith(volume)}
    return {path: replace(entry, path=path) for path, entry in here.items() if any(f"{path}/".startswith(f"{tree}/") for tree in TREES)}


def differences(shell: Shell, root_volume: str = "") -> list[str]:
    """How /etc and /var differ from the factory, apart from what an ordinary boot writes. `root_volume`: the name that a volume at / has in the
    manifest, which then describes them."""
    expected = manifest.parse(factory_manifest(shell))
    return manifest.differences(_of_trees(expected, root_volume) if root_volume else expected, read(shell), WRITTEN_IN_USE)
