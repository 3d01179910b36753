# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference machine on this terminal. It remembers everything in its directory; remove that for a machine fresh from the
factory."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.qemu.machine import Machine


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("image", type=Path)
    options = parser.parse_args()
    directory: Path = options.directory.resolve()
    machine = Machine(directory)
    if not machine.disk.path.exists() or machine.disk.path.stat().st_mtime < options.image.stat().st_mtime:
        machine = Machine.new(directory, options.image)
    print("The reference machine: user root, password cleanslate. Ctrl-A X switches it off.", file=sys.stderr)
    return machine.run_attended()


if __name__ == "__main__":
    sys.exit(main())
