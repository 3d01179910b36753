# SPDX-License-Identifier: GPL-2.0-or-later
"""Where ours is to differ from systemd-repart, by the numbers, from the set and the disk alone: what else is erased, and which slots new partitions
get. Nothing of our own code is asked."""

from __future__ import annotations

from collections.abc import Collection

from tests.repart import older
from tests.repart.case import TYPES, Case
from tests.repart.gpt import Partition
from tests.repart.outcome import CREATED, REBUILT, Definition

ERASE_BIT = 1 << 57
TRUE = ("yes", "true", "1", "on", "y", "t")
TYPE_NAMES = {guid: name for name, guid in TYPES.items()}


def is_marked(values: dict[str, str]) -> bool:
    return values.get("FactoryReset", "no") in TRUE


def is_named(values: dict[str, str]) -> bool:
    return bool(values.get("Label")) or values.get("Format") == "empty"


def free_name(values: dict[str, str], taken: Collection[str | None]) -> str:
    """The type's name with the first number that makes it another one."""
    base = TYPE_NAMES.get(older.type_guid(values.get("Type", "")), "linux")
    return next(name for number in range(1, 130) if (name := base if number == 1 else f"{base}-{number}") not in taken)


def labels(case: Case) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, values in older.definitions(case).items():
        given = values.get("Label", "").replace("%M", "acme") or "_empty"
        found[name] = given if is_named(values) else free_name(values, found.values())
    return found


def is_lookalike(case: Case, partition: Partition) -> bool:
    """Has type and label of a marked definition that has another partition; and no definition has this one."""
    if partition.slot in older.matched_in_order(case).values():
        return False
    named = labels(case)
    return any(
        is_marked(values) and older.type_guid(values.get("Type", "")) == partition.type and named[name] == partition.name
        for name, values in older.definitions(case).items()
    )


def also_erased(case: Case) -> frozenset[int]:
    """By a reset, beyond what the definitions mark: look-alikes, and what is marked on the disk; never the ESP or the image."""
    if case.mode != "reset":
        return frozenset()
    asked = (partition for partition in case.before if partition.slot not in case.system_slots())
    return frozenset(partition.slot for partition in asked if partition.flags & ERASE_BIT or is_lookalike(case, partition))


def slots(case: Case, erased: frozenset[int], mine: dict[str, Definition], order: list[str]) -> dict[str, int]:
    """What is rebuilt keeps its slot. A new one gets the lowest free one behind all of its type, so that the next reset matches it to its own
    definition, and all others to theirs; of one type the first definition comes first. `order`: of the new ones, otherwise."""
    rebuilt = {name: definition.of_slot for name, definition in mine.items() if definition.state == REBUILT and definition.of_slot is not None}
    numbers: dict[str, int] = dict(rebuilt)
    staying = [partition for partition in case.before if partition.slot not in erased or partition.slot in rebuilt.values()]
    types = {name: older.type_guid(values.get("Type", "")) for name, values in older.definitions(case).items()}
    for turn in order:
        name = next(other for other in types if other in order and other not in numbers and types[other] == types[turn])
        taken = {partition.slot for partition in staying} | set(numbers.values())
        of_type = [partition.slot for partition in staying if partition.type == types[name]]
        of_type += [number for other, number in numbers.items() if types[other] == types[name]]
        numbers[name] = next(number for number in range(max(of_type, default=0) + 1, 129) if number not in taken)
    return numbers


def new_in_order(definitions: dict[str, Definition]) -> list[str]:
    """By the slots that they got."""
    new = {name: definition.slot for name, definition in definitions.items() if definition.state == CREATED and definition.slot is not None}
    return sorted(new, key=lambda name: new[name])
