# SPDX-License-Identifier: GPL-2.0-or-later
"""Picks kernel modules with all they depend on, and makes the index files for just these."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path


def _key(name: str) -> str:
    return name.replace("-", "_")


def closure(modules_dep: str, wanted: Iterable[str]) -> list[str]:
    """Paths (relative to lib/modules/RELEASE) of the wanted modules and their dependencies, sorted. `modules_dep` is that
    file's text. Names that this kernel has built in, or lacks, are passed over."""
    needs: dict[str, list[str]] = {}
    by_name: dict[str, str] = {}
    for line in modules_dep.splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
        by_name[_key(Path(path).name.split(".ko")[0])] = path
    found: set[str] = set()
    for name in wanted:
        path = by_name.get(_key(name), "")
        if path:
            # depmod lists dependencies transitively.
            found |= {path, *needs[path]}
    return sorted(found)


def pick(kernel: Path, wanted: Iterable[str], destination: Path) -> str:
    """Copies modules below destination/lib/modules/RELEASE and indexes them; returns the release."""
    release = (kernel / "release").read_text(encoding="ascii").strip()
    source = kernel / "lib" / "modules" / release
    target = destination / "lib" / "modules" / release
    paths = closure((source / "modules.dep").read_text(encoding="utf-8"), wanted)
    for path in [*paths, "modules.order", "modules.builtin", "modules.builtin.modinfo"]:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, target / path)
    subprocess.run(["depmod", "-b", destination, release], check=True)
    return release
