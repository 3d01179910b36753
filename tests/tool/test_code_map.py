# SPDX-License-Identifier: GPL-2.0-or-later
"""The code map of ARCHITECTURE.md is complete, and of this tree: every folder with code of ours is in it, and what it names is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = (".c", ".h", ".py")
ROOMS = ("common/", "linux/")  # whose tables name their folders without the floor


def named(architecture: str) -> list[str]:
    """The paths in the first column of the code map. "initrd/early gather" are two files of one folder."""
    code_map = architecture[architecture.index("\n## Code map\n") :]
    code_map = code_map[: code_map.index("\n## ", 1)]
    paths: list[str] = []
    floor = ""
    lines = code_map.split("\n")
    for line, below in zip(lines, lines[1:]):
        if below.startswith("|---"):
            heading = re.match(r"\| `([a-z-]+/)` \|", line)
            floor = heading[1] if heading and heading[1] in ROOMS else ""
            paths += [heading[1]] if heading and not floor else []
        elif line.startswith("| "):
            folder = floor
            for word in " ".join(re.findall(r"`([^`]+)`", line.split("|")[1])).split():
                folder = word[: word.rindex("/") + 1] if "/" in word else folder
                paths.append(word if "/" in word else folder + word)
    return paths


def folders_with_code(files: list[str]) -> set[str]:
    return {str(PurePosixPath(file).parent) for file in files if file.endswith(CODE)}


def left_out(architecture: str, files: list[str]) -> list[str]:
    return sorted(folders_with_code(files) - {path.rstrip("/") for path in named(architecture)})


def not_there(architecture: str, root: Path) -> list[str]:
    """A name is that of a folder, or of files but for what follows a dot."""
    return [path for path in named(architecture) if not (root / path).exists() and not any(root.glob(f"{path}.*"))]


def tracked() -> list[str]:
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")


def test_every_folder_with_code_is_in_the_map() -> None:
    files = tracked()
    assert {"common/base", "linux/preflight", "initrd/shutdown", "tests/uml", "tests/tool"} <= folders_with_code(files)
    assert left_out((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), files) == []


def test_what_the_map_names_is_there() -> None:
    assert not_there((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), ROOT) == []


@pytest.mark.parametrize("row", ["| `preflight` |", "| `tests/uml` |", "| `initrd/shutdown shutdown-root` |", "| `reset-tool/service varlink polkit` |"])
def test_a_row_that_is_missing_is_noticed(row: str) -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    without = "\n".join(line for line in architecture.split("\n") if not line.startswith(row))
    assert without != architecture
    assert len(left_out(without, tracked())) == 1


def test_planted_breaches_are_noticed() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert left_out(architecture, [*tracked(), "common/attic/box.c", "station/main.c"]) == ["common/attic", "station"]
    assert not_there(architecture.replace("`initrd/main`", "`initrd/main attic`"), ROOT) == ["initrd/attic"]
