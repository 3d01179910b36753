# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand files, each with a canary of its own: one random prefix that nothing else in the world has, and a number. Searching for
the prefix finds all of them, whole or torn."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tests.qemu.disk import Disk
from tests.qemu.shell import Shell

COUNT = 1000
FOLDERS = ("/var/canaries", "/etc/canaries")


@dataclass(frozen=True)
class Canaries:
    prefix: str = field(default_factory=lambda: "canary" + secrets.token_hex(16))

    def write(self, shell: Shell) -> None:
        """Half of them below /var, half below /etc, all of them on the disk when this returns."""
        each = COUNT // len(FOLDERS)
        for number, folder in enumerate(FOLDERS):
            low = number * each
            # A file of its own block each: what is found is what was written, not a neighbour in a page.
            loop = f'i={low}; while [ $i -lt {low + each} ]; do printf "%s-%04d\\n" {self.prefix} $i >{folder}/$i; i=$((i+1)); done'
            shell.check(f"mkdir {folder} && {loop} && sync -f {folder}", 120)

    def count_files(self, shell: Shell) -> int:
        """How many of the files the machine can still read."""
        _, output = shell.run(f"cat {' '.join(folder + '/*' for folder in FOLDERS)} | grep -c '^{self.prefix}-'", 120)
        return int(output.splitlines()[-1])

    def found_on(self, disk: Disk) -> int:
        """How many traces of them the raw disk has, anywhere."""
        return len(disk.find(self.prefix.encode()))
