# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine in use leaves on its disk, as ten thousand canaries: one random prefix that nothing else in the world has, and a
number that tells the place. Found are they by one pass over the raw disk, whole or torn."""

from __future__ import annotations

import base64
import io
import re
import secrets
import struct
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.qemu.disk import Disk
from tests.qemu.shell import Shell

# How many canaries are where, in the order of their numbers.
KINDS = {
    "file": 4000,  # in files of their own, in /etc and /var
    "deleted": 2000,  # in files that were on the disk and were deleted
    "journal": 1000,  # in the system's log
    "swap": 1000,  # in a process's memory, swapped out into a file
    "slack": 1000,  # behind the end of short files, in their blocks
    "name": 900,  # in names of empty files
    "luks": 60,  # labels of LUKS headers with key bytes behind them: backups in files, half of them deleted
    "picture": 40,  # in PNG and PDF files, half of them deleted: what file carving recovers
}
COUNT = sum(KINDS.values())
ON_THE_RAW_DISK = 90000  # numbers from here on are put on a switched-off machine's disk

LABEL_AT = 24  # in a LUKS2 header (LUKS2 On-Disk Format Specification, 2.1)

_SCRIPT = Path(__file__).with_name("remains.pl")
_HEADER = struct.Struct(">6sHQQ48s32s64s40s48sQ184s64s")


def ranges() -> dict[str, range]:
    """The numbers of each kind."""
    result, first = {}, 0
    for kind, count in KINDS.items():
        result[kind] = range(first, first + count)
        first += count
    return result


def kind_of(number: int) -> str:
    return next((kind for kind, numbers in ranges().items() if number in numbers), "raw")


@dataclass(frozen=True)
class Hit:
    offset: int
    number: int | None  # None: torn


@dataclass
class Remains:
    prefix: str = field(default_factory=lambda: "canary" + secrets.token_hex(16))
    readable: int = 0  # files with a canary that the machine itself could still read
    keyslot: bytes = b""  # key bytes of the old headers

    def canary(self, number: int) -> bytes:
        return f"{self.prefix}-{number:05d}".encode()

    def leave(self, shell: Shell) -> None:
        """All of them are on the disk when this returns, and the machine can be switched off."""
        pictures = base64.b64encode(self._pictures()).decode()
        shell.check(f"mkdir /var/pictures && echo {pictures} | base64 -d | tar xz -C /var/pictures", 120)
        numbers = " ".join(f"{kind}={range_[0]}-{range_[-1]}" for kind, range_ in ranges().items() if kind != "picture")
        script = _SCRIPT.read_text(encoding="utf-8")
        answer = shell.check(f"perl - {self.prefix} {numbers} <<'END'\n{script}\nEND", 300)
        said = dict(re.findall(r"^(keyslot|readable) (\w+)$", answer, re.M))
        assert said.keys() == {"keyslot", "readable"}, answer
        self.readable, self.keyslot = int(said["readable"]), bytes.fromhex(said["keyslot"])

    def _pictures(self) -> bytes:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            for number in ranges()["picture"]:
                name, content = (f"{number}.png", png(self.canary(number))) if number % 2 else (f"{number}.pdf", pdf(self.canary(number)))
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        return archive.getvalue()

    def header(self, number: int) -> bytes:
        """An old LUKS2 header as it lies on a disk; nothing needs to be able to open it."""
        fields = (b"LUKS\xba\xbe", 2, 16384, 3, self.canary(number), b"sha256", secrets.token_bytes(64), b"", b"", 0, b"", b"")
        return _HEADER.pack(*fields).ljust(4096, b"\0") + b'{"keyslots":{}}'.ljust(12288, b"\0") + self.keyslot.ljust(512, b"\0")

    def hits(self, disk: Disk) -> list[Hit]:
        """Every trace of a canary, anywhere on the raw disk."""
        return [
            Hit(offset, int(match[1]) if (match := re.match(rb"-(\d{5})", disk.read(offset + len(self.prefix), 6))) else None)
            for offset in disk.find(self.prefix.encode())
        ]

    def carved(self, folder: Path) -> set[int]:
        """The numbers of canaries in the files that a carver has recovered into `folder`."""
        pattern = re.compile(self.prefix.encode() + rb"-(\d{5})")
        return {int(match) for path in _files(folder) for match in pattern.findall(path.read_bytes())}


def count_by_kind(hits: list[Hit]) -> Counter[str]:
    """How many different canaries of each kind were found."""
    return Counter(kind_of(number) for number in {hit.number for hit in hits if hit.number is not None})


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _chunk(type_: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + type_ + data + struct.pack(">I", zlib.crc32(type_ + data))


def png(text: bytes) -> bytes:
    """A picture of 8 by 8 grey dots with a comment (PNG specification, 5 and 11)."""
    dots = b"".join(b"\0" + secrets.token_bytes(8) for _ in range(8))
    header, comment = _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)), _chunk(b"tEXt", b"Comment\0" + text)
    return b"\x89PNG\r\n\x1a\n" + header + comment + _chunk(b"IDAT", zlib.compress(dots)) + _chunk(b"IEND", b"")


def pdf(text: bytes) -> bytes:
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% " + text + b"\n"
    table = b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n"
    return body + table + b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
