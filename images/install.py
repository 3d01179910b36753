# SPDX-License-Identifier: GPL-2.0-or-later
"""Installs our own Debian packages in base.tar, as a device's owner would: dpkg runs their scripts and triggers."""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from images import contents

_ATTRIBUTES = ("--xattrs", "--xattrs-include=*", "--numeric-owner")


def become_root() -> list[str]:
    """Files keep their owners: an ordinary user does this in a namespace that has as many."""
    return [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto", "--"]


def script(base: Path, packages: Sequence[Path], tree: Path, output: Path) -> str:
    """For sh. What installing leaves behind (logs, caches, backups) goes again, as in base.tar."""
    excluded = " ".join(f"'--path-exclude={path}'" for path in contents.EXCLUDED_PATHS)
    leftovers = " ".join(f'"{tree}"{path}' for path in contents.LEFTOVERS)
    archives = " ".join(f'"{package}"' for package in packages)
    attributes = " ".join(f"'{word}'" for word in _ATTRIBUTES)
    return (
        "set -e\n"
        f'tar --extract {attributes} --file "{base}" --directory "{tree}" --exclude="./dev/*"\n'
        f'dpkg --root="{tree}" {excluded} --install {archives}\n'
        f"rm -rf -- {leftovers}\n"
        f'tar --create {attributes} --sort=name --file "{output}" --directory "{tree}" .\n'
        f'rm -rf -- "{tree}"\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--package", type=Path, action="append", required=True)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    partial = options.output.with_name("partial-" + options.output.name)
    log = options.output.with_suffix(".log")
    with tempfile.TemporaryDirectory(dir=options.output.parent) as work, log.open("wb") as stream:
        tree = Path(work) / "tree"
        tree.mkdir(mode=0o755)
        text = script(options.base.resolve(), [path.resolve() for path in options.package], tree.resolve(), partial.resolve())
        done = subprocess.run([*become_root(), "sh", "-c", text], check=False, stdout=stream, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise SystemExit(f"images: installing {options.package} failed; the end of {log}:\n{log.read_text(errors='replace')[-4000:]}")
    partial.replace(options.output)


if __name__ == "__main__":
    main()
