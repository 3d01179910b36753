# SPDX-License-Identifier: GPL-2.0-or-later
"""Where ours differs from systemd-repart: on purpose, and not yet otherwise. A rule says exactly when it applies; one that is for the cases
of cases/ and explains none of them any more is an error of compare.py, so that neither table keeps what is over."""

from __future__ import annotations

from tests.repart import older
from tests.repart.outcome import ABSENT, CREATED, GROWS, PLACES, STAYS
from tests.repart.rule import Found, Rule

LAYOUT = PLACES[1:]
GROW_BIT = 1 << 59


def is_lookalike(found: Found) -> bool:
    partition = found.erased_partition()
    if partition is None:
        return False
    owners = {definition.of_slot: name for name, definition in found.ours.definitions.items()}
    return any(
        partition.name == mine.label and partition.type == mine.type and found.is_marked(name) and owners.get(partition.slot) != name
        for name, mine in found.ours.definitions.items()
    )


def is_marked_on_disk(found: Found) -> bool:
    partition = found.erased_partition()
    return partition is not None and bool(partition.flags & older.ERASE_BIT) and partition.slot not in found.case.system_slots()


def is_protected(found: Found) -> bool:
    return found.refused_by_us() and found.we_say("marked-not-erased") and found.marks_system()


def is_growing_regardless(found: Found) -> bool:
    flags = (found.difference.theirs, found.difference.ours)
    unwanted = found.is_about("flags") and found.values().get("GrowFileSystem") in ("no", "false", "0")
    return unwanted and isinstance(flags[0], int) and isinstance(flags[1], int) and flags[0] ^ flags[1] == GROW_BIT


def is_kept_sealed(found: Found) -> bool:
    kept = [values for name, values in found.definitions.items() if not found.is_marked(name)]
    return found.refused_by_us() and found.we_say("kept-sealed") and any("tpm2" in values.get("Encrypt", "") for values in kept)


def keeps_place(found: Found) -> bool:
    """Of the recorded resets, which say what was matched after the erasing, and where it went."""
    if found.case.mode != "reset" or not found.case.recorded or not found.all_keep_place() or not found.is_about("state", "match", "label", *PLACES):
        return False
    for name, (mine, before) in found.rebuilt().items():
        other = found.theirs.definitions.get(name)
        if other is None or other.state in (STAYS, GROWS) or other.start != before.start or mine.of_slot not in found.theirs.erased:
            return True
    return False


def is_nameless(found: Found) -> bool:
    """The one itself, or another one whose label its new name would be."""
    if not found.is_about("label"):
        return False
    kept = {name: mine.of_slot for name, mine in found.ours.definitions.items() if mine.state in (STAYS, GROWS) and mine.of_slot is not None}
    nameless = {name for name, slot in kept.items() if not found.case.partition(slot).name}
    named = {found.definitions.get(name, {}).get("Label") for name in nameless}
    return found.difference.subject in nameless or found.difference.theirs == f"{found.difference.ours}-2" and found.difference.ours in named


def is_nothing_marked(found: Found) -> bool:
    return found.refused_by_us() and found.we_say("no-definitions") and found.case.mode == "reset" and not found.theirs.erased


def is_place_of_older(found: Found) -> bool:
    if found.program >= older.SAME_SINCE:
        return False
    states = {found.difference.theirs, found.difference.ours} if found.is_about("state") else set()
    dropped = states == {CREATED, ABSENT} and found.case.has_key("Priority")
    return found.is_about(*PLACES) or states == {STAYS, GROWS} or dropped or found.is_about_room()


INTENDED: tuple[Rule, ...] = (
    Rule(
        "what is ignored refuses",
        "A line that systemd-repart passes over with a warning may be the one that marks a partition, or takes the mark back: the image is refused.",
        lambda found: found.refused_by_us() and found.we_refuse_what_they_ignore(),
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
        "systemd-repart names a partition that it keeps and that has no name. Ours changes nothing about what it keeps, but for its size.",
        is_nameless,
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
        "ESP and image are never erased",
        "The device is started from them. FactoryReset=yes on them is refused instead of being passed over.",
        is_protected,
        of_cases=False,
    ),
    Rule(
        "kept and sealed",
        "The reset clears the TPM: a volume that is kept and sealed by it could never be opened again.",
        is_kept_sealed,
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
        "left out in between",
        "A definition that is left out for its priority, with another of its type behind it, would have that one's partition the next time.",
        lambda found: found.refused_by_us() and found.we_say("no-space") and found.leaves_out_one_in_between(),
        of_cases=False,
    ),
    Rule(
        "GrowFileSystem=no",
        "262 sets the flag even then, of types that know it. With us no means no.",
        is_growing_regardless,
        of_cases=False,
    ),
    Rule(
        "no empty labels",
        "Label= without a value does not give the type's name, but none; and by names people and look-alikes are told.",
        lambda found: found.refused_by_us() and found.we_say("a label is not empty"),
        of_cases=False,
    ),
    Rule(
        "places of before 262",
        "252 and 257 put and grow otherwise: what is left over lies in front of the new ones instead of behind them, a partition that cannot grow to "
        "its minimum is passed over instead of refused, shares are rounded otherwise, new numbers follow the highest instead of filling holes.",
        is_place_of_older,
        of_cases=False,
    ),
    Rule(
        "numbers behind those of the type",
        "Partitions are matched by their numbers. A new one in a free number in front of another of its type would be taken for that one's by the "
        "next reset (d31); it comes behind the last of its type, and then others may.",
        lambda found: found.is_about("slot") and found.ours.definitions[found.difference.subject].state == CREATED and found.matches_again(),
        of_cases=False,
    ),
)


def is_layout(found: Found) -> bool:
    """Where something goes, and how large it is; and whether there is room for it all."""
    if found.is_about("state"):
        return {found.difference.theirs, found.difference.ours} in ({STAYS, GROWS}, {CREATED, ABSENT})
    if found.is_about("accepted"):
        return found.is_about_room()
    return found.is_about(*LAYOUT)


def is_first_boot_only(found: Found) -> bool:
    if found.refused_by_us():
        return found.we_say("Some of the definitions have")
    return found.case.mode == "first" and found.is_about("state") and found.difference.ours == ABSENT


def is_other_match(found: Found) -> bool:
    about = found.is_about("erased", "state", "match") or found.refused_by_us() and found.we_say("marked-not-erased")
    return about and not found.same_decisions()


NOT_YET: tuple[Rule, ...] = (
    Rule("drop-ins", "NAME.conf.d/*.conf is not read.", Found.has_drop_ins),
    Rule("directories", "/etc, /run and /usr/local/lib are not looked into; links and masks are not followed.", Found.has_files_elsewhere),
    Rule("specifiers", "Of the specifiers none but %% is expanded.", lambda found: found.refused_by_us() and found.we_say("specifiers other")),
    Rule("type names", "Not every name of a type is known, nor a GUID without dashes.", lambda found: found.refused_by_us() and found.we_say(": Type: ")),
    Rule("sizes", "No fractions, no sums, no rounding to 4096.", lambda found: found.refused_by_us() and found.we_say("MinBytes: ", "MaxBytes: ")
         or found.refused_by_them() and found.they_say("Rounded Size")),  # fmt: skip
    Rule("mount points", "One alone, and without quotes.", lambda found: found.refused_by_us() and found.we_say("MountPoint: ")),
    Rule("limits", "16 definitions, 16 directories.", lambda found: found.refused_by_us() and found.we_say("at most 16")),
    Rule("options of CopyFiles=", "There are none.", lambda found: found.refused_by_us() and found.we_say("CopyFiles: ")),
    Rule("files for what is not mounted", "They are in no manifest.", lambda found: found.refused_by_us() and found.we_say("cannot-build")),
    Rule("unknown keys", "They are skipped without a word.", lambda found: found.is_about("passed over")),
    Rule("existing devices", "What is missing is added in a first boot alone, and only where something has Format=.", is_first_boot_only),
    Rule("SupplementFor=", "Nothing is merged, nor refused for it.", lambda found: found.case.has_key("SupplementFor"), of_cases=False),
    Rule("paddings", "They are not looked at.", lambda found: found.refused_by_them() and found.they_say("PaddingMinBytes="), of_cases=False),
    Rule("order of slots", "Labels and places decide about which partition is whose.", is_other_match),
    Rule("bit 59", "GrowFileSystem= is no by default.", lambda found: found.is_about("flags")),
    Rule("labels of later ones", "No -2, -3, _empty.", lambda found: found.is_about("label")),
    Rule("UUID=", "It is not honoured.", lambda found: found.is_about("uuid") and found.difference.ours is None),
    Rule("layout", "The largest free area alone, no padding, nothing grows, a grain of 1 MiB.", is_layout),
    Rule("slot and place", "What is rebuilt goes elsewhere.", lambda found: found.is_about("state", "match", "label", *PLACES)
         and not found.all_keep_place()),  # fmt: skip
)
