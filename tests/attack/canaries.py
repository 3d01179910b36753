# SPDX-License-Identifier: GPL-2.0-or-later
"""Blocks on a raw disk that nothing else in the world looks like; what is left of them after a reset is what the reset has missed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.qemu.disk import Disk

COUNT = 400
BLOCK = 4096


@dataclass(frozen=True)
class Canaries:
    tag: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def spread(self, disk: Disk, start: int, size: int, count: int = COUNT) -> None:
        """`count` blocks at even distances over the bytes [start, start + size), each full of tags."""
        step = size // count // BLOCK * BLOCK
        assert step >= BLOCK, f"{count} canaries do not fit into {size} bytes"
        self.put(disk, (start + number * step for number in range(count)))

    def put(self, disk: Disk, offsets: Iterable[int], size: int = BLOCK) -> None:
        with disk.path.open("r+b") as file:
            for offset in offsets:
                file.seek(offset)
                file.write(self.tag * (size // len(self.tag)))

    def left(self, disk: Disk, block: int = BLOCK) -> int:
        """How many blocks still have a tag in them, whole or torn."""
        return len({offset // block for offset in disk.find(self.tag)})
