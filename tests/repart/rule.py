# SPDX-License-Identifier: GPL-2.0-or-later
"""What a rule of differences.py is made of, and what it may ask about a difference."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import cached_property

from tests.repart import gpt, meant, older, systemd_repart
from tests.repart.case import Case, drop_ins
from tests.repart.outcome import REBUILT, Definition, Difference, Outcome


NO_ROOM = "Can't fit"  # in systemd-repart's words


@dataclasses.dataclass
class Found:
    """A difference, and where it was found."""

    case: Case
    theirs: Outcome
    ours: Outcome
    difference: Difference
    program: int

    @cached_property
    def definitions(self) -> dict[str, dict[str, str]]:
        """What the set says, by definition; drop-ins and masks counted in."""
        return older.definitions(self.case)

    def values(self) -> dict[str, str]:
        """Of the definition that the difference is about."""
        return self.definitions.get(self.difference.subject, {})

    def is_about(self, *what: str) -> bool:
        return self.difference.what in what

    def refused_by_us(self) -> bool:
        return self.is_about("accepted") and not self.ours.accepted

    def refused_by_them(self) -> bool:
        return self.is_about("accepted") and not self.theirs.accepted

    def we_say(self, *words: str) -> bool:
        return any(word in line for line in self.ours.says for word in words)

    def they_say(self, *words: str) -> bool:
        return any(word in line for line in self.theirs.says for word in words)

    def we_refuse_what_they_ignore(self) -> bool:
        """By the line: the one that we do not take is one that they have passed over."""
        origin = systemd_repart.warning_origin(self.ours.says[0] + ":") if self.ours.says else None
        return origin is not None and origin in systemd_repart.ignored(self.theirs.says)

    def is_marked(self, name: str) -> bool:
        return meant.is_marked(self.definitions.get(name, {}))

    def line_refused(self) -> str:
        """The line that we do not take, by the place that we name; "" where we name none."""
        place = re.match(r"(/[^:]+):(\d+): ", self.ours.says[0]) if self.refused_by_us() and self.ours.says else None
        text = older.resolve(self.case, place[1]) if place else None
        lines = text.splitlines() if isinstance(text, str) else []
        return lines[int(place[2]) - 1].strip() if place and int(place[2]) <= len(lines) else ""

    def own_slot(self) -> int | None:
        """Of the definition that the difference is about, by the rule of matching and nobody's answer."""
        return older.matched_in_order(self.case).get(self.difference.subject)

    def erased_partition(self) -> gpt.Partition | None:
        """Where the difference is that we erase what they do not."""
        if self.difference.what == "erased" and self.difference.ours:
            return self.case.partition(int(self.difference.subject))
        return None

    def has_free_behind(self, own: gpt.Partition) -> bool:
        """On the disk of before, without what either of the two erases."""
        left = [partition for partition in self.case.before if partition.slot not in self.theirs.erased | self.ours.erased]
        last = gpt.last_usable(self.case.disk_size) * gpt.SECTOR
        return own.end < min([partition.start for partition in left if partition.start > own.start], default=last)

    def rebuilt(self) -> dict[str, tuple[Definition, gpt.Partition]]:
        """What a reset builds anew, with the partition that it was."""
        return {
            name: (definition, self.case.partition(definition.of_slot))
            for name, definition in self.ours.definitions.items()
            if definition.state == REBUILT and definition.of_slot is not None
        }

    def all_keep_place(self) -> bool:
        return all(definition.start == before.start for definition, before in self.rebuilt().values())

    def same_decisions(self) -> bool:
        mine = {name: definition.of_slot for name, definition in self.ours.definitions.items()}
        return all(mine.get(name) == slot for name, slot in older.matched_in_order(self.case).items())

    def has_files_elsewhere(self) -> bool:
        """Definitions in another directory than /usr/lib, links and masks."""
        return any("/repart.d/" in path and (file == "" or isinstance(file, dict) or not path.startswith("/usr/lib/"))
                   for path, file in self.case.files.items())  # fmt: skip

    def is_about_room(self) -> bool:
        """Whether there is room for it all; for one of the two there is not."""
        return self.is_about("accepted") and (self.we_say("no-space", NO_ROOM) or self.they_say(NO_ROOM))

    def has_drop_ins(self) -> bool:
        return bool(drop_ins(self.case))


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    reason: str
    applies: Callable[[Found], bool]
    of_cases: bool = True  # it explains something of the cases that are kept; else only of the random sets that are answered
    of_older: bool = False  # ... and not even of those, but of what programs before SAME_SINCE say
