#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The law of includes (ARCHITECTURE.md, "The house"), by reading every #include of the tree: `includes.py [ROOT]` prints a line for each
breach and fails if there is one. tests/tool/test_includes.py plants breaches to see that they are found."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# The rooms of a floor from the bottom up; a room may include rooms of earlier lines, and itself.
ROOMS = {
    "common": [
        ["base"],
        ["erase", "format", "media"],
        ["rules"],
        ["policy"],
        ["rebuild", "state"],
        ["boot"],
        ["plan"],
        ["course"],
        ["show"],
    ],
    "linux": [
        ["base"],
        ["media"],
        ["efi"],
        ["disk", "tpm"],
        ["erase", "image"],
        ["esp"],
        ["record"],
        ["preflight"],
    ],
}
# What a floor may include besides itself. Tests and the image builder's programs may include everything but what is freestanding's.
FLOORS = {
    "common": set[str](),
    "linux": {"common"},
    "efi": {"common"},
    "initrd": {"common", "linux"},
    "reset-tool": {"common", "linux"},
    "images": {"common", "linux"},
}
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h", "cpuid.h", "limits.h"}
FREESTANDING_LIBRARIES = {"jsmn.h"}
GENERATED = {"message-table.h"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"(?P<own>[^"]+)"|<(?P<system>[^>]+)>)', re.MULTILINE)
# However it is written: by a macro, behind a comment, over two lines. What INCLUDE cannot read must not be there.
ANY_INCLUDE = re.compile(r"#(?:\s|\\\n|/\*.*?\*/)*(?:include(?:_next)?|import)\b", re.DOTALL)
GNU_EFI = re.compile(r"efi(\.h|lib\.h|api\.h|def\.h|/.*)")
GNU_EFI_DOOR = "efi/platform.h"


def sources(root: Path) -> Iterable[Path]:
    for floor in FLOORS:
        for suffix in ("c", "h"):
            yield from sorted((root / floor).rglob(f"*.{suffix}"))


def floor_of(name: str) -> str:
    return name.partition("/")[0]


def room_of(name: str) -> str | None:
    """"base" of common/base/bytes.h; None on a floor that has no rooms, "" for a file that lies outside of every room."""
    floor, _, rest = name.partition("/")
    if floor not in ROOMS:
        return None
    return rest.partition("/")[0] if "/" in rest else ""


def level(floor: str, room: str) -> int | None:
    return next((i for i, rooms in enumerate(ROOMS[floor]) if room in rooms), None)


def breach_of_own(name: str, included: str) -> str | None:
    here, there = floor_of(name), floor_of(included)
    if included in GENERATED:
        return None
    if there not in FLOORS:
        return f"includes {included}, which is on no floor of the house"
    if there != here and there not in FLOORS[here]:
        return f"includes {included}: {here}/ may not include {there}/"
    if there != here or room_of(name) is None or room_of(name) == room_of(included):
        return None
    mine, other = level(here, room_of(name) or ""), level(there, room_of(included) or "")
    if mine is None or other is None:
        return None  # said of the file itself
    if other >= mine:
        return f"includes {included}: {here}/{room_of(name)} may not include {there}/{room_of(included)}"
    return None


def breach_of_system(name: str, included: str) -> str | None:
    if floor_of(name) == "common" and included not in FREESTANDING | FREESTANDING_LIBRARIES:
        return f"includes <{included}>: common/ is freestanding"
    if floor_of(name) == "efi" and GNU_EFI.fullmatch(included) and name != GNU_EFI_DOOR:
        return f"includes <{included}>: gnu-efi comes by {GNU_EFI_DOOR} alone"
    return None


def includes_of(text: str) -> list[tuple[str | None, str | None]]:
    return [(match["own"], match["system"]) for match in INCLUDE.finditer(text)]


def unit_of(name: str) -> str:
    """A module's .c and its .h are one."""
    return name.rpartition(".")[0]


def is_part_of(part: str, module: str) -> bool:
    """plan-draft.c is a part of plan.c, which may include it, and it plan.h."""
    return part == module or part.startswith(module + "-")


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, set())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def module_graph(included: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Who needs whom. That a module uses its own parts, which know it, is no circle."""
    graph: dict[str, set[str]] = {}
    for name, others in included.items():
        mine = unit_of(name)
        graph.setdefault(mine, set()).update(unit for unit in map(unit_of, others) if not is_part_of(unit, mine))
    return graph


def breaches(root: Path) -> list[str]:
    found: list[str] = []
    included: dict[str, set[str]] = {}
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        included[name] = set()
        room = room_of(name)
        if room is not None and level(floor_of(name), room) is None:
            found.append(f"{name}: lies in no room of {floor_of(name)}/")
        text = path.read_text(encoding="utf-8")
        if len(ANY_INCLUDE.findall(text)) != len(includes_of(text)):
            found.append(f"{name}: has an include that is not written in the plain way")
        for own, system in includes_of(text):
            breach = breach_of_own(name, own) if own else breach_of_system(name, system or "")
            if system and (root / system).is_file():
                breach = f"includes <{system}>: what is the house's own stands in quotes"
            if breach:
                found.append(f"{name}: {breach}")
            if own:
                included[name].add(own)
    found.extend("a circle of includes: " + ", ".join(circle) for circle in circles(module_graph(included)))
    return found


def main() -> None:
    found = breaches(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
