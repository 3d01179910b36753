# SPDX-License-Identifier: GPL-2.0-or-later
"""Has the device's own code judge an image that is being made: check-policy reads repart.d and cleanslate.conf as the initrd does, and makes
the plans that a device would. Nothing of them is read a second time here."""

from __future__ import annotations

import json
import subprocess
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from images import disk, gpt
from images.arch import this_arch
from images.disk import Written
from images.form import ROOT, USR, Form
from images.tree import DIRECTORY, FILE, HARDLINK, SYMLINK, Tree

# The largest that a file of the policy may be. Of what is larger, but for the manifest, name, mode and size are all that is asked.
_POLICY_FILE_MAX = 64 << 10
_MANIFEST = "usr/lib/cleanslate/manifest"


@dataclass(frozen=True)
class Definition:
    """What the reader made of a definition in repart.d and its drop-ins."""

    file: str
    type: str
    size_min: int  # bytes that its partition has at least
    factory_reset: bool
    format: str
    encrypt: str
    integrity: str
    mount_point: str
    copies: tuple[tuple[str, str], ...]  # source in the image, target in the partition


def form_of(definitions: Iterable[Definition]) -> Form:
    """With a root file system among the volumes, the image is /usr alone. Slots for root images have no Format=."""
    root = f"{ROOT.name}-{this_arch().dps_name}"
    return USR if any(one.format not in ("", "swap") and (one.type == root or one.mount_point == "/") for one in definitions) else ROOT


def esp_size(definitions: Iterable[Definition]) -> int:
    """As large as its definition wants it: with the image behind it, it could not grow."""
    sizes = [one.size_min for one in definitions if one.type == "esp"]
    return max(disk.ESP_SIZE, -(-sizes[0] // gpt.GRAIN) * gpt.GRAIN) if sizes else disk.ESP_SIZE


def least_sizes(definitions: Sequence[Definition], form: Form) -> tuple[int, int]:
    """Of the image's data and hash partition, which the first definitions of their types find: next to each other they could not grow."""
    name = f"{form.name}-{this_arch().dps_name}"
    sizes = {one.type: one.size_min for one in reversed(definitions)}
    return sizes.get(name, 0), sizes.get(f"{name}-verity", 0)


@dataclass(frozen=True)
class Judgement:
    problems: list[str]
    definitions: list[Definition]
    is_read: bool = True  # every definition; what one would say that was left out for a fault, nobody knows

    @property
    def form(self) -> Form:
        return form_of(self.definitions)


def lay_out(tree: Tree, directory: Path) -> None:
    """The tree as files of ours, links as they are: where they lead within it is the checker's to find out. Owners and device nodes, which
    take privileges, are left out."""
    late = []
    for path, node in tree.walk():
        target = directory / path
        if node.kind == DIRECTORY:
            target.mkdir(parents=True, exist_ok=True)
        elif node.kind == SYMLINK:
            target.symlink_to(node.target)
        elif node.kind == HARDLINK:
            late.append((target, directory / node.target))
        elif node.kind == FILE:
            with target.open("wb") as stream:
                if node.size <= _POLICY_FILE_MAX or path == _MANIFEST:
                    stream.write(node.data())
                else:
                    stream.truncate(node.size)
            target.chmod(node.mode & 0o777 | 0o600)
    for target, first in late:
        if first.exists():
            target.hardlink_to(first)


def judge(checker: Path, root: Path, form: Form = ROOT, written: Written | None = None) -> Judgement:
    """`root`: as lay_out() makes it."""
    command = [str(checker.resolve()), *(["--usr"] if form == USR else []), str(root.resolve())]
    if written:  # by its name alone: where it lies may have more bytes than the path of a device
        command += [written.path.name, str(written.esp), written.root_hash]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=written.path.parent if written else None)
    if result.returncode != 0:
        raise SystemExit(f"cleanslate-image: {result.stderr.strip()}")
    answer = json.loads(result.stdout)
    definitions = [
        Definition(
            member["file"],
            member["type"],
            member["sizeMinBytes"],
            member["factoryReset"],
            member["format"],
            member["encrypt"],
            member["integrity"],
            member["mountPoint"],
            tuple((copy["source"], copy["target"]) for copy in member["copies"]),
        )
        for member in answer["definitions"]
    ]
    return Judgement(answer["problems"], definitions, answer["read"])


# In place of one that is known only when the root file system was made.
_NO_HASH = "1" * 32 + "2" * 32


@dataclass(frozen=True)
class Judge:
    """Asks the device's own code about a root file system and the disk that it gets."""

    checker: Path
    esp: uuid.UUID
    size: int

    def ask(self, tree: Tree, written: Written | None = None) -> Judgement:
        """`written`: the disk, once it is made; until then one with the smallest partitions that it can have."""
        with tempfile.TemporaryDirectory() as work:
            root, outline = Path(work) / "root", Path(work) / "disk"
            lay_out(tree, root)
            read = judge(self.checker, root)
            if not written:
                least, esp = least_sizes(read.definitions, read.form), esp_size(read.definitions)
                contents = disk.Contents(outline, outline, outline, _NO_HASH, outline, disk.DISK_UUID, self.esp, self.size, read.form, least, esp)
                disk.write_outline(contents, outline)
            return judge(self.checker, root, read.form, written or Written(outline, self.esp, _NO_HASH))


# A file system's module, where it has another name.
_MODULES = {"ext2": "ext4", "ext3": "ext4", "swap": ""}


def needed_modules(definitions: Iterable[Definition]) -> list[str]:
    """Kernel modules that the volumes take, each once, in order."""
    names: dict[str, None] = {}
    for definition in definitions:
        if definition.format and (name := _MODULES.get(definition.format, definition.format)):
            names[name] = None
        if definition.encrypt != "off":
            names["dm_crypt"] = None
        if definition.integrity != "off":
            names["dm_integrity"] = None
    return list(names)


def _module_names(tree: Tree, release: str) -> Iterator[str]:
    top = f"usr/lib/modules/{release}"
    for path, node in tree.walk(top):
        name = path.rpartition("/")[2]
        if ".ko" in name and node.kind != DIRECTORY:
            yield name.partition(".ko")[0]
    builtin = f"{top}/modules.builtin"
    if builtin in tree:
        for line in tree[builtin].data().decode(errors="replace").splitlines():
            yield line.rpartition("/")[2].partition(".ko")[0]


def missing_modules(tree: Tree, release: str, definitions: Iterable[Definition]) -> list[str]:
    """What the kernel has neither built in nor as a module."""
    known = {name.replace("-", "_") for name in _module_names(tree, release)}
    return [name for name in needed_modules(definitions) if name not in known]
