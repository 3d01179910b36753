# SPDX-License-Identifier: GPL-2.0-or-later
"""Where ours differs from systemd-repart: on purpose, and not yet otherwise. A rule says exactly when it applies; one that
explains nothing any more is an error of compare.py, so that neither table keeps what is over."""

from __future__ import annotations

import itertools
import re

from tests.repart import meant, older
from tests.repart.case import IMAGE_TYPES
from tests.repart.outcome import ABSENT, CREATED, GROWS, MERGED, PLACES, REBUILT, STAYS
from tests.repart.rule import Found, Rule

LAYOUT = PLACES[1:]
GROW_BIT = 1 << 59
FALSE = ("no", "false", "0", "off", "n", "f")


def is_lookalike(found: Found) -> bool:
    partition = found.erased_partition()
    return partition is not None and partition.slot not in found.case.system_slots() and meant.is_lookalike(found.case, partition)


def is_marked_on_disk(found: Found) -> bool:
    partition = found.erased_partition()
    return partition is not None and bool(partition.flags & meant.ERASE_BIT) and partition.slot not in found.case.system_slots()


def running_slots(found: Found) -> dict[str, int]:
    """Slots for images that are marked, and that the running image is in, by their definitions: without content of their own."""
    if found.case.mode != "reset":
        return {}
    system = {slot for slot in found.case.system_slots() if found.case.partition(slot).type in IMAGE_TYPES}
    matched = older.matched_in_order(found.case).items()
    return {name: slot for name, slot in matched if slot in system and found.is_marked(name) and is_empty(found.definitions[name])}


def is_empty(values: dict[str, str]) -> bool:
    return values.get("Format", "empty") in ("", "empty") and values.get("Encrypt", "off") == "off"


def is_numbered_without(found: Found) -> bool:
    """What stays keeps its own label. systemd-repart makes it anew, with the label that its definition has by default, and numbers those
    behind it that would have the same."""
    theirs = re.fullmatch(r"(.+)-[0-9]+", str(found.difference.theirs))
    if theirs is None or "Label" in found.values():
        return False
    mine = found.ours.definitions
    taken = {mine[name].label for name in itertools.takewhile(lambda name: name != found.difference.subject, mine)}
    labels = (theirs[1], *(f"{theirs[1]}-{number}" for number in range(2, len(mine) + 2)))
    return found.difference.ours == next(label for label in labels if label not in taken)


def is_running_image_spared(found: Found) -> bool:
    """It stays, and what it takes of the disk is not free for the others. Where nothing else is marked, there is nothing to erase."""
    slots = running_slots(found)
    if found.refused_by_us() and found.we_say("no-definitions"):
        return bool(found.theirs.erased) and found.theirs.erased <= set(slots.values())
    if found.is_about("erased"):
        return int(found.difference.subject) in slots.values() and not found.difference.ours
    if found.difference.subject in slots:
        return found.ours.definitions[found.difference.subject].state in (STAYS, GROWS)
    if found.is_about("label"):
        return bool(slots) and is_numbered_without(found)
    return bool(slots) and (found.is_about(*PLACES) or found.is_about_room() or stays_by_both(found))


def stays_by_both(found: Found) -> bool:
    """It is there before and afterwards; what it grows into is free with one of the two alone."""
    subject = found.difference.subject
    both = (found.ours.definitions.get(subject), found.theirs.definitions.get(subject))
    return found.is_about("state") and all(definition is not None and definition.state in (STAYS, GROWS) for definition in both)


def is_behind_its_type(found: Found) -> bool:
    """To the number, from the order in which systemd-repart numbers the new ones; among which is what had to move, and is numbered with them."""
    if not found.is_about("slot"):
        return False
    mine, erased = found.ours.definitions, found.ours.erased
    order = meant.new_in_order(found.theirs.definitions if found.all_keep_place() else mine)
    return meant.slots(found.case, erased, mine, order).get(found.difference.subject) == found.difference.ours


def is_grow_denied(found: Found) -> bool:
    mine = found.difference.ours
    if not found.is_about("flags") or not isinstance(mine, int) or found.values().get("GrowFileSystem") not in FALSE:
        return False
    return not mine & GROW_BIT and found.difference.theirs == mine | GROW_BIT


def keeps_place(found: Found) -> bool:
    """Of the recorded resets, which say what was matched after the erasing, and where it went."""
    if found.case.mode != "reset" or not found.case.recorded or not found.all_keep_place() or not found.is_about("state", "match", "label", *PLACES):
        return False
    if found.ours.definitions[found.difference.subject].of_slot != found.own_slot():
        return False
    for name, (mine, before) in found.rebuilt().items():
        other = found.theirs.definitions.get(name)
        if other is None or other.state in (STAYS, GROWS) or other.start != before.start or mine.of_slot not in found.theirs.erased:
            return True
    return False


def is_nameless(found: Found) -> bool:
    if not found.is_about("label") or found.difference.ours:
        return False
    mine = found.ours.definitions[found.difference.subject]
    return mine.state in (STAYS, GROWS) and mine.of_slot is not None and not found.case.partition(mine.of_slot).name


def is_free_name(found: Found) -> bool:
    """A new one may be called what they have called a nameless one that stays. Both have to have the first name of its type that is free."""
    if not found.is_about("label") or meant.is_named(found.values()):
        return False
    before = list(found.definitions)[: list(found.definitions).index(found.difference.subject)]
    mine, theirs = ({name: side.definitions[name] for name in before if name in side.definitions} for side in (found.ours, found.theirs))
    free = [meant.free_name(found.values(), [definition.label for definition in side.values()]) for side in (mine, theirs)]
    nameless = any(definition.state in (STAYS, GROWS) and not definition.label for definition in mine.values())
    return nameless and [found.difference.ours, found.difference.theirs] == free


def is_nothing_marked(found: Found) -> bool:
    return found.refused_by_us() and found.we_say("no-definitions") and found.case.mode == "reset" and not found.theirs.erased


def is_place_of_older(found: Found) -> bool:
    if found.program >= older.SAME_SINCE:
        return False
    states = {found.difference.theirs, found.difference.ours} if found.is_about("state") else set()
    dropped = states == {CREATED, ABSENT} and found.case.has_key("Priority")
    return is_slot_in_own_order(found) or found.is_about(*LAYOUT) or states == {STAYS, GROWS} or dropped or found.is_about_room()


def is_slot_in_own_order(found: Found) -> bool:
    """They number in another order; but ours must be right by some order, which its own is then."""
    if not found.is_about("slot"):
        return False
    mine = found.ours.definitions
    return meant.slots(found.case, found.ours.erased, mine, meant.new_in_order(mine)).get(found.difference.subject) == found.difference.ours


def is_ordinary_growth(found: Found) -> bool:
    """Of a device in use, of which something that stays would grow, or could not grow enough: what stays has to be as it was, and a new one
    where there is room beside that."""
    if found.case.mode != "first":
        return False
    if found.refused_by_them():
        return found.is_about_room()
    mine = found.ours.definitions.get(found.difference.subject)
    if mine is None or not found.is_about("state", "slot", *LAYOUT) or not any(one.state == GROWS for one in found.theirs.definitions.values()):
        return False
    if mine.of_slot is None:
        return True
    before = found.case.partition(mine.of_slot)
    return mine.state == STAYS and (mine.start, mine.size) == (before.start, before.size)


def supplements(found: Found) -> list[tuple[str, str]]:
    """Names of what supplements, and of what."""
    pairs = [(name, f"{values['SupplementFor']}.conf") for name, values in found.definitions.items() if values.get("SupplementFor")]
    return [(name, target) for name, target in pairs if target in found.definitions]


def is_minimum_kept(found: Found) -> bool:
    """Of two of which the other one alone gives a minimum: what is merged is not smaller than that."""
    if not found.is_about("state", *LAYOUT) and not found.is_about_room():
        return False
    mine = found.ours.definitions
    for name, target in supplements(found):
        least = older.size_value(found.definitions[target].get("SizeMinBytes", "")) or 0
        if "SizeMinBytes" in found.definitions[name] or least <= older.SIZE_MIN_DEFAULT:
            continue
        if found.refused_by_us() or mine[name].state != MERGED or (mine[target].size or 0) >= least:
            return True
    return False


def is_rebuilt_by_itself(found: Found) -> bool:
    """Of a reset that erases a supplement's own partition, and what shares the disk with that."""
    mine = found.ours.definitions
    rebuilt = [name for name, _ in supplements(found) if name in mine and mine[name].state == REBUILT]
    merged = [name for name in rebuilt if name not in found.theirs.definitions]
    return found.is_about("state", *LAYOUT) and bool(merged)


def ends_off_the_grain(found: Found) -> bool:
    """What lies so on the disk makes the program refuse; who refuses for another reason is not meant."""
    odd = any((partition.start + partition.size) % 4096 for partition in found.case.before)
    return odd and found.refused_by_them() and found.is_about_room()


INTENDED: tuple[Rule, ...] = (
    Rule(
        "what is ignored refuses",
        "A line that systemd-repart passes over with a warning may be the one that marks a partition, or takes the mark back: the image is refused.",
        lambda found: found.refused_by_us() and found.we_refuse_what_they_ignore(),
    ),
    Rule(
        "another section refuses",
        "[Partitions] instead of [Partition] takes every mark away that stands in it, and systemd-repart says nothing: the image is refused.",
        lambda found: found.refused_by_us() and found.we_say("a definition has the section [Partition]"),
        of_cases=False,
    ),
    Rule(
        "a label is not empty",
        "Messages, records and mappings name partitions by their labels. systemd-repart makes partitions without one then.",
        lambda found: found.we_say("a label is not empty") and re.fullmatch(r"Label[ \t]*=", found.line_refused()) is not None,
        of_cases=False,
    ),
    Rule(
        "GrowFileSystem=no",
        "The manual says that the flag is not set then; systemd-repart sets it all the same for types that have it. Ours obeys.",
        is_grow_denied,
        of_cases=False,
    ),
    Rule(
        "behind those of its type",
        "systemd-repart gives a new partition the first free number, also in front of one of the same type, which the next reset then takes for "
        "another definition's. Ours gives it the first free one behind all of its type, and leaves what is rebuilt in its slot.",
        is_behind_its_type,
        of_cases=False,
    ),
    Rule(
        "no partition without a UUID",
        "UUID=null gives partitions that cannot be told from others; records and boot entries name partitions by it.",
        lambda found: found.refused_by_us() and found.we_say("a partition without a UUID"),
        of_cases=False,
    ),
    Rule(
        "look-alikes go, too",
        "A second partition with type and label of a marked one may be the one that holds the data; it must not survive a reset.",
        is_lookalike,
    ),
    Rule(
        "what is rebuilt keeps slot and place",
        "systemd-repart deletes, matches what is left anew, and gives the new partition the next free number: the next reset erases what this one "
        "has kept (d31), and a definition may take another's partition (d12, d32). With ours the next reset matches the same.",
        keeps_place,
    ),
    Rule(
        "nameless ones stay so",
        "systemd-repart names a partition that it keeps and that has no name. Ours changes nothing about what it keeps, but for its size; the name "
        "is left for a new one.",
        lambda found: is_nameless(found) or is_free_name(found),
        of_cases=False,
    ),
    Rule(
        "nothing is marked",
        "systemd-repart then does nothing and says that all went well; a reset that was asked for and erases nothing is refused with us.",
        is_nothing_marked,
        of_cases=False,
    ),
    Rule(
        "marked on the disk",
        "A partition can be marked for erasure by its GPT attribute 57; that can only ever add to what is erased.",
        is_marked_on_disk,
        of_cases=False,
    ),
    Rule(
        "the image that runs stays in its slot",
        "Of slots for two versions of an image, FactoryReset=yes wipes those that the running one is not in: a reset needs it to build from. "
        "systemd-repart erases both.",
        is_running_image_spared,
        of_cases=False,
    ),
    Rule(
        "a key file that is nowhere",
        "Encrypt=key-file gets its key on systemd-repart's command line; a device in the field has nobody to give it one.",
        lambda found: found.refused_by_us() and found.we_say("unsupported-encrypt") and found.case.has_key("Encrypt"),
    ),
    Rule(
        "blocks to be copied again",
        "What CopyBlocks= has filled could not be filled again behind a reset, so that FactoryReset=yes beside it is refused.",
        lambda found: found.refused_by_us() and found.we_say("CopyBlocks") and found.case.has_key("CopyBlocks"),
    ),
    Rule(
        "a supplement is the last of its type",
        "Where it is merged it has no partition, and systemd-repart takes the next one of its type for it at the next run, another definition's; so "
        "the image is refused. As is one that would start without its /etc or /var.",
        lambda found: found.refused_by_us() and found.we_say("no later definition may have the same type", "nothing would be mounted at"),
        of_cases=False,
    ),
    Rule(
        "nothing grows at an ordinary boot",
        "What an update brings is built in an ordinary boot without a word of progress, because nothing that is there changes and the table is "
        "written last: an interrupted one has never happened. What stays grows in the next reset, which erases first what it grows into.",
        is_ordinary_growth,
    ),
    Rule(
        "a supplement takes no minimum away",
        "SizeMinBytes= is the larger of both, the manual says. systemd-repart forgets the target's where the supplement gives none, and builds less than "
        "the image needs.",
        is_minimum_kept,
        of_cases=False,
        of_older=True,
    ),
    Rule(
        "a supplement that is rebuilt keeps its partition",
        "systemd-repart deletes it, and then merges what it no longer finds. Ours rebuilds everything where it was.",
        is_rebuilt_by_itself,
        of_cases=False,
        of_older=True,
    ),
    Rule(
        "an odd end stays as it is",
        "What ends off the 4096 bytes, with nothing free behind it, is refused by systemd-repart 262, which makes such an end itself where it enlarges "
        "what begins off them. With ours a reset would have forbidden the next one so.",
        ends_off_the_grain,
        of_cases=False,
        of_older=True,
    ),
    Rule(
        "places of before 262",
        "252 and 257 put and grow otherwise: what is left over lies in front of the new ones instead of behind them, a partition that cannot grow to "
        "its minimum is passed over instead of refused, shares are rounded otherwise, new numbers follow the highest instead of filling holes.",
        is_place_of_older,
        of_cases=False,
        of_older=True,
    ),
)


NOT_YET: tuple[Rule, ...] = ()  # what differs and is not meant
