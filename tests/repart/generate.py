# SPDX-License-Identifier: GPL-2.0-or-later
"""Random sets of definitions and partition tables, weighted towards what is dangerous: several definitions of one type of which some are
marked, slots in another order than places, labels that are equal or swapped, drop-ins and masks, disks that are full or full of holes."""

from __future__ import annotations

import dataclasses
import random

from tests.repart import gpt
from tests.repart.case import DIRECTORIES, MIB, TYPES, Case, File, new_uuid

GRAIN = 4096
FIRST_PLACE = 417 * MIB  # behind ESP, root and verity
TYPE_NAMES = ("linux-generic",) * 5 + ("var", "var", "home", "home", "srv", "tmp", "swap", "root-x86-64", "root-x86-64-verity", "xbootldr")
ALIASES = {"root-x86-64": "root", "root-x86-64-verity": "root-verity", "linux-generic": "0fc63daf848347728e793d69d8477de4"}
LABELS = ("data", "vendor", "state", "x1", "linux-generic", "var", "%M-state", "a b", "_empty")
SIZES = ("1", "12345678", "16M", "20000K", "64M", "64M", "100M", "150M", "200M", "400M", "0.5G", "1G")  # in order
WEIGHTS = ("0", "1", "333", "1000", "3000", "1000000")
PADDINGS = ("1M", "16M", "100M", "4K", "0")
DEFECTS = (
    "FactoryRest=yes", "FactoryReset=maybe", "Type=VAR", "Weight=1000001", "Weight=-1", "Priority=high", "hello", "SizeMinBytes=many",
    "SizeMinBytes=4G\nSizeMaxBytes=1G", "UUID=x", "Label=" + "x" * 37, "Encrypt=TPM2", "PaddingMinBytes=2M\nPaddingMaxBytes=1M", "[Other]\nFoo=1",
    "Foo=bar", "Flags=0b2", "MakeDirectories=lib/x", "CopyFiles=usr:/", "ReadOnly=perhaps", "PaddingWeight=x", "[Partition",
)  # fmt: skip


@dataclasses.dataclass
class Draft:
    """What is known of a definition, for the disk to be made after it."""

    name: str
    type: str
    label: str
    keys: list[str]


class Generator:
    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.files: dict[str, File] = {}
        self.drafts: list[Draft] = []
        self.uuids = 0

    def chance(self, percent: float) -> bool:
        return self.random.random() * 100 < percent

    def one_of(self, values: tuple[str, ...]) -> str:
        return self.random.choice(values)

    def fresh_uuid(self) -> str:
        self.uuids += 1
        return new_uuid(self.uuids)

    # --- definitions

    def size_keys(self) -> list[str]:
        least = self.random.randrange(len(SIZES) - 4) if self.chance(55) else None
        keys = [f"SizeMinBytes={SIZES[least]}"] if least is not None else []
        if self.chance(35):
            keys.append(f"SizeMaxBytes={self.one_of(SIZES[3 if least is None else least if self.chance(5) else least + 1 :])}")
        for key, percent, values in (
            ("Weight", 35, WEIGHTS),
            ("PaddingMinBytes", 15, PADDINGS),
            ("PaddingMaxBytes", 8, ("100M", "200M")),
            ("PaddingWeight", 12, WEIGHTS),
            ("Priority", 15, ("1", "1", "5", "-1", "0")),
        ):
            if self.chance(percent):
                keys.append(f"{key}={self.one_of(values)}")
        return keys

    def form_keys(self, kind: str) -> list[str]:
        if kind == "swap":
            return ["Format=swap"] if self.chance(70) else []
        if kind == "xbootldr":
            return ["Format=vfat"] if self.chance(70) else []
        if kind.startswith("root"):
            return []
        keys = [f"Format={self.one_of(('ext4', 'ext4', 'ext4', 'btrfs', 'xfs', 'empty'))}"] if self.chance(60) else []
        return keys + (["MountPoint=/srv/x"] if self.chance(10) and keys else [])

    def flag_keys(self) -> list[str]:
        keys = []
        for key, values in (
            ("ReadOnly", ("yes", "no")),
            ("NoAuto", ("yes", "no")),
            ("GrowFileSystem", ("yes", "no")),
            ("Flags", ("0x1000000000000000", "1152921504606846976", "0")),
            ("UUID", (self.fresh_uuid(), self.fresh_uuid(), "null")),
        ):
            if self.chance(7):
                keys.append(f"{key}={self.one_of(values)}")
        return keys

    def draft(self, number: int, kind: str) -> Draft:
        written = ALIASES[kind] if kind in ALIASES and self.chance(40) else kind
        label = self.one_of(LABELS) if self.chance(40) else ""
        keys = [f"Type={written}"] + ([f"Label={label}"] if label else [])
        if self.chance(40):
            keys.append(f"FactoryReset={self.one_of(('yes', 'yes', 'true', '1', 'no'))}")
        keys += self.size_keys() + self.form_keys(kind) + self.flag_keys()
        return Draft(f"{number}-{kind[:4]}.conf", kind, label, keys)

    def text(self, keys: list[str]) -> str:
        lines = ["[Partition]"]
        for key in keys:
            if self.chance(5):
                lines.append(self.one_of(("# said before", "; said before", "")))
            lines.append(key.replace("=", " = ", 1) if self.chance(8) else key)
        return "\n".join(lines) + "\n"

    def define(self) -> None:
        count = 17 if self.chance(2) else self.random.choice((1, 2, 2, 3, 3, 4, 5))
        common = self.one_of(TYPE_NAMES)
        for number in range(count):
            kind = common if self.chance(50) else self.one_of(TYPE_NAMES)
            self.drafts.append(self.draft(10 + number, kind))
        self.supplement()
        for draft in self.drafts:
            directory = DIRECTORIES[3] if self.chance(85) else self.one_of(DIRECTORIES)
            self.files[f"{directory}/{draft.name}"] = self.text(draft.keys)

    def drop_in_keys(self) -> list[str]:
        return [self.one_of((
            *("FactoryReset=no", "FactoryReset=yes") * 4, "FactoryReset=", "Label=data", "Label=vendor", "Label=", "SizeMinBytes=", "SizeMaxBytes=2G",
            "SizeMaxBytes=1G", "Priority=1", "Priority=0", "PaddingMinBytes=8M", "Weight=2000", "Weight=500",
        )) for _ in range(self.random.choice((1, 1, 2)))]  # fmt: skip

    def add_drop_ins(self) -> None:
        for draft in self.drafts:
            while self.chance(18):
                directory = self.one_of(DIRECTORIES)
                path = f"{directory}/{draft.name}.d/{self.one_of(('10-a', '50-b', '50-b', '90-c'))}.conf"
                self.files[path] = self.text(self.drop_in_keys())

    def hide(self) -> None:
        """Files of the same name in another directory: masks, and other definitions. The first directory's counts."""
        for path in [path for path in self.files if path.startswith(DIRECTORIES[3] + "/")]:
            if not self.chance(7):
                continue
            above = self.one_of(DIRECTORIES[:3]) + path.removeprefix(DIRECTORIES[3])
            whole = not path.split("repart.d/")[1].count("/")
            other = self.text(self.draft(0, self.one_of(TYPE_NAMES)).keys if whole else self.drop_in_keys())
            masks: tuple[File, ...] = ({"link": "/dev/null"}, "", other)
            self.files[above] = self.random.choice(masks)

    def supplement(self) -> None:
        """What is merged into another one where that is possible."""
        if len(self.drafts) > 1 and self.chance(12):
            target, draft = self.drafts[:2] if self.chance(80) else self.drafts[1::-1]
            draft.keys.append(f"SupplementFor={target.name.removesuffix('.conf')}")

    def link(self) -> None:
        """As those of an A/B pair are written: the second one is a link to the first."""
        for draft in self.drafts[:1]:
            path = f"{DIRECTORIES[3]}/{draft.name}"
            if path in self.files and self.chance(10):
                target = self.one_of((draft.name, path, f"../repart.d/{draft.name}"))
                self.files[f"{DIRECTORIES[3]}/70-link.conf"] = {"link": target}
                self.drafts.append(dataclasses.replace(draft, name="70-link.conf"))

    def spoil(self) -> None:
        path = self.random.choice([path for path, file in self.files.items() if isinstance(file, str) and file])
        text = self.files[path]
        assert isinstance(text, str)
        self.files[path] = text + self.one_of(DEFECTS) + "\n" if self.chance(90) else text.replace("Type=", "#Type=", 1)

    # --- the disk

    def wanted(self) -> list[tuple[str, str]]:
        """Type and label of what is there already, in the order of places."""
        wanted = []
        for draft in self.drafts:
            if self.chance(62):
                label = draft.label if draft.label and "%" not in draft.label else draft.type
                wanted.append((draft.type, label if self.chance(70) else self.one_of(("data", "vendor", "state", "x1", ""))))
        if wanted and self.chance(20):
            wanted.append(self.random.choice(wanted))
        if self.chance(15):
            wanted.append((self.one_of(TYPE_NAMES), "other"))
        if self.chance(40):
            self.random.shuffle(wanted)
        return wanted

    def gap(self) -> int:
        return self.random.choice((0, 0, 0, 1, 16, 50, 120)) * MIB + (self.random.choice((GRAIN, 512, 3 * 512)) if self.chance(6) else 0)

    def partitions(self, disk_size: int) -> list[gpt.Partition]:
        found = [self.partition(1, "esp", "esp", MIB, 100 * MIB), self.partition(2, "root-x86-64", "root", 101 * MIB, 300 * MIB)]
        found.append(self.partition(3, "root-x86-64-verity", "root-verity", 401 * MIB, 16 * MIB))
        wanted = self.wanted()
        slots = self.slots(len(wanted))
        at, end = FIRST_PLACE, (gpt.last_usable(disk_size) + 1) * gpt.SECTOR // GRAIN * GRAIN
        for (kind, label), slot in zip(wanted, slots, strict=True):
            at += self.gap()
            size = self.random.choice((4, 10, 16, 64, 64, 100, 200, 300)) * MIB
            if at + size > end:
                break
            flags = 1 << 57 if self.chance(2) else 0
            found.append(dataclasses.replace(self.partition(slot, kind, label, at, size), flags=flags))
            at = found[-1].end
        if len(found) > 3 and self.chance(12):  # nothing is left behind the last one
            found[-1] = dataclasses.replace(found[-1], size=end - found[-1].start)
        return found

    def slots(self, count: int) -> list[int]:
        slots = self.random.sample(range(4, 4 + count + 2), count)
        return slots if self.chance(45) else sorted(slots)

    def partition(self, slot: int, kind: str, name: str, start: int, size: int) -> gpt.Partition:
        return gpt.Partition(slot, start, size, TYPES[kind], self.fresh_uuid(), name)


def generate(seed: int, number: int) -> Case:
    generator = Generator(f"{seed}/{number}")
    generator.define()
    generator.add_drop_ins()
    generator.hide()
    generator.link()
    if generator.chance(10):
        generator.spoil()
    disk_size = generator.random.choice((1, 2, 3, 4)) << 30
    before = generator.partitions(disk_size)
    mode = "reset" if generator.chance(60) else "first"
    return Case(f"seed-{seed}-{number}", mode, disk_size, generator.files, tuple(before))
