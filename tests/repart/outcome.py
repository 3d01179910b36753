# SPDX-License-Identifier: GPL-2.0-or-later
"""What one of the two makes of a case, in the same words for both. None means that it does not say."""

from __future__ import annotations

import dataclasses

CREATED = "created"  # has no partition, and gets one
REBUILT = "rebuilt"  # its partition is erased, and it gets one
STAYS = "stays"
GROWS = "grows"
ABSENT = "absent"  # has no partition, and gets none
MERGED = "merged"  # ... because it is part of another one's, which systemd-repart does not tell


@dataclasses.dataclass(frozen=True)
class Definition:
    state: str
    of_slot: int | None = None  # the partition of before that is its own
    slot: int | None = None
    start: int | None = None
    size: int | None = None
    padding: int | None = None
    type: str | None = None
    label: str | None = None
    uuid: str | None = None
    flags: int | None = None


@dataclasses.dataclass(frozen=True)
class Outcome:
    accepted: bool
    says: tuple[str, ...] = ()  # what was refused, or passed over
    erased: frozenset[int] = frozenset()  # slots of before
    definitions: dict[str, Definition] = dataclasses.field(default_factory=dict)


PLACES = ("slot", "start", "size", "padding")
NAMES = ("type", "label", "uuid", "flags")
NAMES_OF_NEW = ("type", "label", "flags")


@dataclasses.dataclass(frozen=True)
class Difference:
    what: str  # "accepted", "passed over", "erased", "state", "match", or one of PLACES and NAMES
    subject: str  # a slot, a line or a definition
    theirs: object
    ours: object

    def text(self) -> str:
        return f"{self.what} {self.subject}: {self.theirs} / {self.ours}"
