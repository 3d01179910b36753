# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a throw-away Debian of a later release than this machine's, for its systemd-repart: `tree.py RELEASE DIRECTORY [KEYRING]`. Nothing of it is
run as root but the installing; the program is started from where it lies (systemd_repart.py)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from images import base, debian

PACKAGES = ("systemd-repart", "libfdisk1", "libcryptsetup12")  # the libraries are loaded where they are there
KEYRING = Path("usr/share/keyrings/debian-archive-keyring.gpg")


def source(release: str, keyring: str) -> str:
    """A line of sources.list. A mirror that has stopped at some day is good enough for a test."""
    return f"deb [signed-by={keyring} check-valid-until=no] {debian.machine_sources()[0].uri} {release} main"


def make(release: str, tree: Path, keyring: str) -> None:
    partial = tree.with_name(tree.name + "-partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    base.make_tree(partial, release, PACKAGES, [source(release, keyring)], "true")
    partial.rename(tree)


if __name__ == "__main__":
    # that of a later release is signed by keys that only a later one knows
    known = Path(sys.argv[3]) / KEYRING if len(sys.argv) > 3 else Path("/") / KEYRING
    make(sys.argv[1], Path(sys.argv[2]), str(known.absolute()))
