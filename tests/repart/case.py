# SPDX-License-Identifier: GPL-2.0-or-later
"""One case: the files of an image, a disk with its table, and what is asked for. The same JSON for those that are kept in cases/ and for
random ones that a difference was found with."""

from __future__ import annotations

import dataclasses
import json
import posixpath
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

from tests.repart import gpt

MIB = 1 << 20
OS_RELEASE = "ID=acme\nIMAGE_ID=acme\nIMAGE_VERSION=7\nVERSION_ID=3\n"
UNITS = {"K": 1 << 10, "M": MIB, "G": 1 << 30}
DIRECTORIES = ("/etc/repart.d", "/run/repart.d", "/usr/local/lib/repart.d", "/usr/lib/repart.d")

# By the names that systemd-repart prints, of the types that the cases and the generator use (Discoverable Partitions Specification).
TYPES = {
    "esp": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
    "xbootldr": "bc13c2ff-59e6-4262-a352-b275fd6f7172",
    "root-x86-64": "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
    "root-x86-64-verity": "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5",
    "root-x86": "44479540-f297-41b2-9af7-d131d5f0458a",
    "root-riscv64": "72ec70a6-cf74-40e6-bd49-4bda08e8f224",
    "usr-x86-64": "8484680c-9521-48c6-9c11-b0720656f69e",
    "home": "933ac7e1-2eb4-4f13-b844-0e14e2aef915",
    "srv": "3b8f8425-20e0-4f3b-907f-1a25a76f98e8",
    "var": "4d21b016-b534-45c2-a9fb-5c16e091fd2d",
    "tmp": "7ec6f557-3bc5-4aca-b293-16ef5df639d1",
    "swap": "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
    "linux-generic": "0fc63daf-8483-4772-8e79-3d69d8477de4",
}
# Where the first partition of such a type, by its slot, is the running system's: what neither of the two may ever erase for us.
IMAGE_TYPES = (TYPES["root-x86-64"], TYPES["root-x86-64-verity"])

File = str | dict[str, Any]  # the text, {"link": TARGET} or {"directory": True}


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    mode: str  # "first" or "reset"
    disk_size: int
    files: dict[str, File]
    before: tuple[gpt.Partition, ...]
    recorded: dict[str, Any] | None = None  # what systemd-repart 262.1 did, for the cases that are kept

    @property
    def texts(self) -> dict[str, str]:
        return {path: file for path, file in self.files.items() if isinstance(file, str)}

    def partition(self, slot: int) -> gpt.Partition:
        return next(partition for partition in self.before if partition.slot == slot)

    def system_slots(self) -> set[int]:
        """The ESP and the image: the first of its type each."""
        slots = {}
        for partition in sorted(self.before, key=lambda partition: -partition.slot):
            if partition.type in (TYPES["esp"], *IMAGE_TYPES):
                slots[partition.type] = partition.slot
        return set(slots.values())

    def has_key(self, key: str) -> bool:
        return any(re.search(rf"^[ \t]*{key}[ \t]*=", text, re.MULTILINE) for text in self.texts.values())


def parse_size(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def partition_from(member: dict[str, Any]) -> gpt.Partition:
    return gpt.Partition(
        member["number"], member["startBytes"], member["sizeBytes"], member["type"], member["uuid"], member["name"], member.get("flags", 0)
    )


def partition_to(partition: gpt.Partition) -> dict[str, Any]:
    members = {"number": partition.slot, "startBytes": partition.start, "sizeBytes": partition.size}
    return {**members, "type": partition.type, "uuid": partition.uuid, "name": partition.name, "flags": partition.flags}


def load(path: Path) -> Case:
    members = json.loads(path.read_text(encoding="utf-8"))
    before = tuple(partition_from(member) for member in members["before"])
    size = parse_size(members["diskSize"])
    return Case(members["name"], members["mode"], size, members["files"], before, members.get("systemdRepart262"))


def to_text(case: Case) -> str:
    members = {"name": case.name, "mode": case.mode, "diskSize": str(case.disk_size), "files": case.files}
    return json.dumps({**members, "before": [partition_to(partition) for partition in case.before]}, indent=1) + "\n"


def save(case: Case, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_text(case), encoding="utf-8")


def put(path: Path, file: File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(file, str):
        path.write_text(file, encoding="utf-8")
    elif "link" in file:
        path.symlink_to(file["link"])
    else:
        path.mkdir(exist_ok=True)


def lay_out(case: Case, folder: Path) -> None:
    """root/ and disk below the folder, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, file in case.files.items():
        put(folder / "root" / path.lstrip("/"), file)
    put(folder / "root/usr/lib/os-release", OS_RELEASE)
    gpt.write(folder / "disk", case.disk_size, list(case.before))


def new_uuid(number: int) -> str:
    """One of its own for each number, and the same each time."""
    return str(uuid.UUID(int=(0xBEEF << 112) + (4 << 76) + (8 << 60) + number))


def definition_name(path: str) -> str | None:
    """Of the file of a definition, "25-cal.conf"; None for a drop-in and for what is no definition."""
    directory, name = posixpath.split(path)
    return name if directory in DIRECTORIES and name.endswith(".conf") else None


def drop_ins(case: Case) -> list[str]:
    return [path for path in case.files if posixpath.dirname(path).endswith(".conf.d") and "/repart.d/" in path]
