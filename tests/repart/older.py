# SPDX-License-Identifier: GPL-2.0-or-later
"""What a systemd-repart older than 262 is asked instead, so that what it says of reading and matching is what 262 says: what it does not know
yet is put into words that it knows. (Its places are not 262's: differences.py.) Measured by asking 252, 257 and 262.1 about the same."""

from __future__ import annotations

import dataclasses
import posixpath
import re

from tests.repart.case import DIRECTORIES, MIB, TYPES, Case, File, definition_name, drop_ins

DROP_INS_SINCE = 254
KEYS_SINCE = 257
SAME_SINCE = 262
GRAIN = 4096
SIZE_MIN_DEFAULT = 10 * MIB

# That 252 does not know, and that decide neither about what is erased nor about a place.
LATER_KEYS = (
    "MountPoint|Subvolumes|DefaultSubvolume|Compression|CompressionLevel|EncryptedVolume|Minimize|MakeSymlinks|ExcludeFiles|ExcludeFilesTarget"
    "|VerityDataBlockSizeBytes|VerityHashBlockSizeBytes|FileSystemSectorSize|DefaultSubvolume"
)
# That ask for block devices when they are carried out.
BUILDING_KEYS = "Format|Encrypt|CopyFiles|CopyBlocks|MakeDirectories|Verity|VerityMatchKey"
FLOORS = {"ext4": 32 * MIB, "btrfs": 256 * MIB, "xfs": 300 * MIB}  # 252 has 1, 256 and 14
LUKS_FLOOR, ESP_FLOOR = 16 * MIB, 100 * MIB
SIZE_UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": MIB, "G": 1 << 30, "T": 1 << 40}
SUPPLEMENTS = re.compile(r"^[ \t]*SupplementFor[ \t]*=.*$", re.MULTILINE)
SIZE_KEY = re.compile(r"^([ \t]*(SizeMin|SizeMax|PaddingMin|PaddingMax)Bytes[ \t]*=[ \t]*)([0-9.]+)([KMGTB]?)[ \t]*$")

TYPE_ALIASES = {"root": "root-x86-64", "root-verity": "root-x86-64-verity", "usr": "usr-x86-64", "root-secondary": "root-x86"}

Origin = tuple[str, int]  # file's name and line


@dataclasses.dataclass(frozen=True)
class Translated:
    case: Case
    origins: dict[Origin, Origin]  # of lines that stand elsewhere than in the case


def askable(case: Case, version: int) -> Case:
    """Without the one key that decides, and that nothing else can say."""
    if version >= KEYS_SINCE:
        return case
    files = {path: re.sub(SUPPLEMENTS, "", file) if isinstance(file, str) else file for path, file in case.files.items()}
    return dataclasses.replace(case, files=files)


def resolve(case: Case, path: str) -> File | None:
    """Links as they are inside of the image; None for one that leads nowhere, and for /dev/null."""
    for _ in range(8):
        file = case.files.get(path)
        if not isinstance(file, dict) or "link" not in file:
            return file
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), file["link"]))
    return None


def is_masked(case: Case, path: str) -> bool:
    return resolve(case, path) in (None, "")


def winner(case: Case, name: str) -> str | None:
    """Of the files of one name in the four directories."""
    return next((path for directory in DIRECTORIES if (path := f"{directory}/{name}") in case.files), None)


def names(case: Case) -> list[str]:
    return sorted({name for path in case.files if (name := definition_name(path))})


def drop_ins_of(case: Case, name: str) -> list[str]:
    """Their paths in the order in which they are read; of one name the first directory's counts, and a masked one not at all."""
    found: dict[str, str] = {}
    for directory in DIRECTORIES:
        for path in case.files:
            if posixpath.dirname(path) == f"{directory}/{name}.d" and path.endswith(".conf"):
                found.setdefault(posixpath.basename(path), path)
    return [found[base] for base in sorted(found) if not is_masked(case, found[base])]


def effective(case: Case, name: str) -> list[tuple[Origin, str]]:
    """A definition's lines, its drop-ins' behind them; none if it is masked."""
    path = winner(case, name)
    if path is None or is_masked(case, path):
        return []
    lines: list[tuple[Origin, str]] = []
    for part in (path, *drop_ins_of(case, name)):
        text = resolve(case, part)
        if isinstance(text, str):
            lines += [((posixpath.basename(part), number), line) for number, line in enumerate(text.splitlines(), 1)]
    return lines


def definitions(case: Case) -> dict[str, dict[str, str]]:
    """What the last line says of each key, by definition. Enough for what the generator writes; no parser of its own."""
    found = {}
    for name in names(case):
        if lines := effective(case, name):
            found[name] = last_values([line for _, line in lines])
    return found


def last_values(lines: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    section = ""
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            section = text
        elif section == "[Partition]" and "=" in text and not text.startswith(("#", ";")):
            key, _, value = text.partition("=")
            values[key.strip()] = value.strip()
    return values


def size_value(text: str) -> int | None:
    match = re.fullmatch(r"([0-9.]+)([KMGTB]?)", text)
    return int(float(match[1]) * SIZE_UNITS[match[2]]) if match else None


def round_line(line: str) -> str:
    """252 rounds minima down and maxima up; 262 the other way round."""
    match = SIZE_KEY.match(line)
    if not match or (value := size_value(match[3] + match[4])) is None or value % GRAIN == 0:
        return line
    down = value // GRAIN * GRAIN
    return match[1] + str(down + GRAIN if match[2].endswith("Min") else down)


def without(line: str, keys: str) -> str:
    """The line, or an empty one, so that the numbers of the others stay."""
    return "" if re.match(rf"[ \t]*({keys})[ \t]*=", line) else line


def floor_of(values: dict[str, str]) -> int:
    """What a new partition needs at least, as 262 has it; 0 where it says nothing."""
    kind, encrypted = values.get("Type", ""), values.get("Encrypt", "off") != "off"
    form = values.get("Format", "")
    if not form and (encrypted or {"CopyFiles", "MakeDirectories"} & set(values)):
        form = "vfat" if kind in ("esp", "xbootldr") else "ext4"
    floor = FLOORS.get(form, GRAIN if form or encrypted else 0)
    if kind in ("esp", "xbootldr") and form == "vfat":
        floor = ESP_FLOOR
    return floor + (LUKS_FLOOR if encrypted else 0)


def floor_lines(values: dict[str, str]) -> list[str]:
    floor = floor_of(values)
    if floor <= (size_value(values.get("SizeMinBytes", "")) or SIZE_MIN_DEFAULT):
        return []
    lines = ["[Partition]", f"SizeMinBytes={floor}"]
    most = size_value(values.get("SizeMaxBytes", ""))
    return lines + ([f"SizeMaxBytes={floor}"] if most is not None and most < floor else [])


def empty_lines(values: dict[str, str]) -> list[str]:
    """A partition that is to be filled later is called so by 262, where it is told the format."""
    return ["[Partition]", "Label=_empty"] if values.get("Format") == "empty" and not values.get("Label") else []


def sector_lines(values: dict[str, str]) -> list[str]:
    """262 takes it that a file is to become a disk of 4096-byte sectors, where FAT needs more; ours takes the disk as it is."""
    boot = values.get("Type") in ("esp", "xbootldr") and values.get("Format") == "vfat"
    return ["[Partition]", "FileSystemSectorSize=512"] if boot and "FileSystemSectorSize" not in values else []


def type_guid(text: str) -> str:
    name = TYPE_ALIASES.get(text, text)
    by_digits = {guid.replace("-", ""): guid for guid in TYPES.values()}
    return TYPES.get(name, by_digits.get(name.replace("-", "").lower(), name))


def matched_in_order(case: Case) -> dict[str, int | None]:
    """The rule of repart.d(5): each definition in turn has the first partition by its number that has its type and is free."""
    free = sorted(case.before, key=lambda partition: partition.slot)
    found: dict[str, int | None] = {}
    for name, values in definitions(case).items():
        own = next((partition for partition in free if partition.type == type_guid(values.get("Type", ""))), None)
        found[name] = own.slot if own else None
        free = [partition for partition in free if partition is not own]
    return found


def unmatched_lines(number: int) -> list[str]:
    """A type that nothing else has."""
    return ["[Partition]", f"Type=beef0000-0000-4000-9000-{number:012x}", "Label=anew"]


def rebuilding_lines(values: dict[str, str], slot: int, anew: frozenset[int]) -> list[str]:
    """What is built anew needs as much as a new one, and is never left out."""
    lines = floor_lines(values) + ["[Partition]", "Priority=0"]
    return lines + unmatched_lines(slot) if slot in anew else lines


def translate(
    case: Case, version: int, building: bool = True, erased: frozenset[int] = frozenset(), anew: frozenset[int] = frozenset()
) -> Translated:
    """`building`: False where it is carried out, and nothing must be built. `erased`: what is to be built anew; the definitions of
    what is in `anew` are to match nothing that is there."""
    matched, known = matched_in_order(case), definitions(case)
    files, origins = dict(case.files), dict[Origin, Origin]()
    texts: dict[str, tuple[str, str]] = {}  # path and text, of those that change
    for name in known:
        path = winner(case, name)
        lines = effective(case, name)
        if version >= DROP_INS_SINCE:
            lines = [entry for entry in lines if entry[0][0] not in {posixpath.basename(path) for path in drop_ins_of(case, name)}]
        new = [edited(line, version, building) for _, line in lines]
        slot = matched[name]
        if slot is not None and slot in erased:
            new += rebuilding_lines(known[name], slot, anew)
        new += sector_lines(known[name]) if version >= SAME_SINCE and building else []
        new += empty_lines(known[name]) if version < SAME_SINCE or not building else []
        merged = version < DROP_INS_SINCE and drop_ins(case) and (drop_ins_of(case, name) or is_link(case, path))
        merged = merged or version < SAME_SINCE and is_link(case, path, "/")
        if path is None or new == [line for _, line in lines] and not merged and not (texts and is_link(case, path)):
            continue
        texts[name] = path, "\n".join(new) + "\n"
        origins |= {(name, number): origin for number, (origin, _) in enumerate(lines, 1)}
    files |= dict(texts.values())
    return Translated(dataclasses.replace(case, files=files), origins)


def is_link(case: Case, path: str | None, to: str = "") -> bool:
    """One that leads to another definition: where that is put into other words, it must not follow. (252 and 257 pass over one that begins with "/",
    which leads out of the folder that is the image's root here.)"""
    file = case.files.get(path or "")
    return isinstance(file, dict) and str(file.get("link", "")).startswith(to)


def edited(line: str, version: int, building: bool) -> str:
    if version < SAME_SINCE:
        line = round_line(line)
    if version < KEYS_SINCE:
        line = without(line, LATER_KEYS)
    return line if building else without(line, BUILDING_KEYS)
