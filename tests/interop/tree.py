# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a throw-away Debian of a later release than this machine's, which has what this one has not: varlinkctl, python3-varlink."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from images import base, debian

RELEASE = "trixie"
PACKAGES = ("systemd", "python3-varlink")


def make(tree: Path) -> None:
    source = debian.machine_sources()[0]
    later = debian.Source(source.uri, RELEASE, ("main",))
    partial = tree.with_name(tree.name + "-partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    base.make_tree(partial, RELEASE, PACKAGES, [later.line()], "true")
    partial.rename(tree)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
