# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/includes.py finds what it says it looks for: each breach of the law of includes is planted in a small house."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import includes

ROOT = Path(__file__).resolve().parents[2]
HOUSE = {
    "common/base/bytes.h": "#include <stdint.h>\n",
    "common/format/gpt.c": '#include "common/format/gpt.h"\n#include "common/base/bytes.h"\n',
    "common/format/gpt.h": "",
    "common/plan/plan.c": '#include "common/plan/plan.h"\n#include "common/plan/plan-draft.h"\n',
    "common/plan/plan-draft.h": '#include "common/plan/plan.h"\n',
    "common/plan/plan.h": '#include "common/format/gpt.h"\n',
    "linux/disk/gpt.c": '#include "linux/disk/gpt.h"\n#include <libfdisk/libfdisk.h>\n',
    "linux/disk/gpt.h": '#include "common/format/gpt.h"\n',
    "efi/platform.h": "#include <efi.h>\n",
    "efi/main.c": '#include "efi/platform.h"\n#include "common/plan/plan.h"\n',
    "initrd/main.c": '#include "linux/disk/gpt.h"\n#include <stdio.h>\n',
    "initrd/steps/execute.c": '#include "initrd/steps/execute.h"\n',
    "initrd/steps/execute.h": "",
    "reset-tool/main.c": '#include "linux/disk/gpt.h"\n',
}
BREACHES = {
    "a room below": ("common/base/bytes.h", '#include "common/plan/plan.h"\n', "common/base may not include common/plan"),
    "a room beside": ("common/erase/outcome.h", '#include "common/media/media.h"\n', "common/erase may not include common/media"),
    "a floor above": ("common/plan/plan.h", '#include "linux/disk/gpt.h"\n', "common/ may not include linux/"),
    "a floor beside": ("linux/disk/gpt.h", '#include "efi/platform.h"\n', "linux/ may not include efi/"),
    "a program beside": ("reset-tool/main.c", '#include "initrd/steps/execute.h"\n', "reset-tool/ may not include initrd/"),
    "with a blank in between": ("initrd/main.c", '#  include   "reset-tool/boot-context.h"\n', "initrd/ may not include reset-tool/"),
    "a library in common": ("common/plan/plan.h", "#include <stdio.h>\n", "common/ is freestanding"),
    "gnu-efi past its door": ("efi/main.c", "#include <efilib.h>\n", "gnu-efi comes by efi/platform.h alone"),
    "a file outside of the rooms": ("linux/stray.h", "", "lies in no room of linux/"),
    "a room that nobody knows": ("common/attic/box.h", "", "lies in no room of common/"),
    "its own in angle brackets": ("linux/disk/gpt.c", "#include <initrd/steps/execute.h>\n", "stands in quotes"),
    "by a macro": ("linux/disk/gpt.c", '#define HEADER "initrd/main.h"\n#include HEADER\n', "not written in the plain way"),
    "the next one": ("linux/disk/gpt.c", '#include_next "initrd/main.h"\n', "not written in the plain way"),
    "behind a comment": ("linux/disk/gpt.c", '/* */ #include "initrd/main.h"\n', "not written in the plain way"),
    "over two lines": ("linux/disk/gpt.c", '#include \\\n"initrd/main.h"\n', "not written in the plain way"),
    "nothing of the house": ("initrd/main.c", '#include "tests/unit/fake.h"\n', "which is on no floor of the house"),
}


def build(root: Path, *changes: tuple[str, str]) -> Path:
    for name, text in HOUSE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, text in changes:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8")
    return root


def test_the_small_house_stands(tmp_path: Path) -> None:
    assert not includes.breaches(build(tmp_path))


@pytest.mark.parametrize("name", BREACHES)
def test_a_planted_breach_is_found(name: str, tmp_path: Path) -> None:
    path, text, words = BREACHES[name]
    found = includes.breaches(build(tmp_path, (path, text)))
    assert [line for line in found if line.startswith(f"{path}: ") and words in line], found


def test_a_circle_of_two_modules_is_found(tmp_path: Path) -> None:
    build(tmp_path, ("initrd/a.h", ""), ("initrd/b.h", ""))
    build(tmp_path, ("initrd/a.c", '#include "initrd/b.h"\n'), ("initrd/b.c", '#include "initrd/a.h"\n'))
    assert includes.breaches(tmp_path) == ["a circle of includes: initrd/a, initrd/b"]


def test_that_parts_know_their_module_is_no_circle(tmp_path: Path) -> None:
    build(tmp_path, ("linux/disk/gpt-read.h", '#include "linux/disk/gpt.h"\n'), ("linux/disk/gpt.c", '#include "linux/disk/gpt-read.h"\n'))
    assert not includes.breaches(tmp_path)


def test_the_rooms_are_those_of_the_tree() -> None:
    for floor, levels in includes.ROOMS.items():
        assert {room for rooms in levels for room in rooms} == {path.name for path in (ROOT / floor).iterdir() if any(path.glob("*.h"))}


def test_the_rooms_are_told_in_the_code_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for floor, levels in includes.ROOMS.items():
        table = text.partition(f"| `{floor}/` |")[2].partition("\n\n")[0]
        told = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
        assert sorted(told) == sorted(room for rooms in levels for room in rooms)
        place = {room: i for i, rooms in enumerate(levels) for room in rooms}
        assert [place[room] for room in told] == sorted(place[room] for room in told), "from the bottom up"
