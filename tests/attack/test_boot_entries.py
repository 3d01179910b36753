# SPDX-License-Identifier: GPL-2.0-or-later
"""The old system's root leaves boot entries that start the image itself, with a word that chooses a profile of it: the next owner's
device would be reset, or be on the recovery page, at every start. Everything else that an entry passes along stays; that is the control."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack import image
from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import AUTHENTICATED, BOOT, NON_VOLATILE, RUNTIME, Machine
from tests.qemu import boot_entries
from tests.qemu.boot_entries import Entry
from tests.qemu.disk import TYPE_ESP
from tests.qemu.variables import GUID_GLOBAL, GUID_LOADER

OURS = "EFI/BOOT/BOOTX64.EFI"
PLAIN = Entry(1, "Linux", OURS)
ENDS_AS_RESET = [("reset", "restart"), ("normal", "started")]


def planted(machine: Machine, entry: Entry, attributes: int = NON_VOLATILE | BOOT | RUNTIME) -> bytes:
    value = boot_entries.load_option(entry, machine.disk.partition(TYPE_ESP))
    machine.set_variable(entry.variable, GUID_GLOBAL, value, attributes)
    return value


def has_order(machine: Machine, *entries: Entry) -> None:
    machine.set_variable("BootOrder", GUID_GLOBAL, boot_entries.order(list(entries)))


def without_options(machine: Machine, entry: Entry, options: str = "") -> bytes:
    return boot_entries.load_option(Entry(entry.number, entry.description, entry.path, options), machine.disk.partition(TYPE_ESP))


def names(record: dict[str, object], of: str) -> dict[str, str]:
    esp_and_variables = record["espAndVariables"]
    assert isinstance(esp_and_variables, dict)
    return {item["name"]: item["why"] for item in esp_and_variables[of]}


@pytest.mark.parametrize("options", ("@1", "@1 quiet", "@01"))
@pytest.mark.parametrize("only", (True, False), ids=("the only way to start", "beside an ordinary one"))
def test_a_device_is_not_reset_at_every_start_for_ever(used: Machine, options: str, only: bool) -> None:
    """That one is: the entry has started it, and stays. It starts the image, and now that is all that it does."""
    entry = Entry(7, "Linux", OURS, options)
    planted(used, entry)
    planted(used, PLAIN)
    has_order(used, *[entry] if only else [entry, PLAIN])
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == ENDS_AS_RESET, boots
    assert used.boot().end == "started"
    assert used.variable(entry.variable, GUID_GLOBAL) == without_options(used, entry)
    assert used.variable("BootOrder", GUID_GLOBAL) == boot_entries.order([entry] if only else [entry, PLAIN])
    assert "without the profile" in names(used.newest_record(), "variablesKept")[f"{entry.variable}-{GUID_GLOBAL}"]


@pytest.mark.parametrize(("options", "rest"), [("@2", ""), ("@3", ""), ("\\EFI\\BOOT\\A.EFI @1", "\\EFI\\BOOT\\A.EFI")])
def test_what_chooses_another_profile_goes_as_well(used: Machine, options: str, rest: str) -> None:
    """Behind the name of what comes next, as shim takes it, too."""
    entry = Entry(7, "Linux", OURS, options)
    planted(used, entry)
    planted(used, PLAIN)
    has_order(used, PLAIN, entry)
    used.request()
    assert used.boots()[-1].end == "started"
    assert used.variable(entry.variable, GUID_GLOBAL) == without_options(used, entry, rest)


@pytest.mark.parametrize("options", ("@0", "quiet root=@1", "A.EFI quiet@1", "@", "@x1"))
def test_what_chooses_none_stays_to_the_last_byte(used: Machine, options: str) -> None:
    entry = Entry(7, "Linux", OURS, options)
    value = planted(used, entry)
    has_order(used, entry)
    used.request()
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == ENDS_AS_RESET, boots
    assert used.variable(entry.variable, GUID_GLOBAL) == value
    assert used.variable("BootOrder", GUID_GLOBAL) == boot_entries.order([entry])


def test_an_entry_that_nobody_can_change_starts_nothing_by_itself(used: Machine) -> None:
    """On a firmware that takes an authenticated boot entry at all: out of BootOrder, and the result says that something is left."""
    entry = Entry(7, "Linux", OURS, "@1")
    planted(used, entry, NON_VOLATILE | BOOT | RUNTIME | AUTHENTICATED)
    planted(used, PLAIN)
    has_order(used, entry, PLAIN)
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == ENDS_AS_RESET, boots
    assert used.variable("BootOrder", GUID_GLOBAL) == boot_entries.order([PLAIN])
    record = used.newest_record()
    assert record["result"] == "partial"
    assert "authenticated" in names(record, "variablesNotRemoved")[f"{entry.variable}-{GUID_GLOBAL}"]


ROOM = 2048  # bytes for a variable: for the progress, and not for a long entry


@pytest.mark.parametrize("room", (ROOM, None), ids=("no room for it", "room enough"))
def test_an_entry_that_the_store_has_no_room_to_change_starts_nothing_by_itself(used: Machine, room: int | None) -> None:
    """What the old system's root has filled the store for. The control: with room it is changed, and stays in BootOrder."""
    entry = Entry(7, "Linux" * 300, OURS, "@1")
    planted(used, entry)
    planted(used, PLAIN)
    has_order(used, entry, PLAIN)
    if room:
        (used.at / "room").write_text(f"{room}\n", encoding="ascii")
    boots = used.boots()
    assert [(boot.mode, boot.end) for boot in boots] == ENDS_AS_RESET, boots
    record = used.newest_record()
    if room is None:
        assert used.variable("BootOrder", GUID_GLOBAL) == boot_entries.order([entry, PLAIN])
        return
    assert used.variable("BootOrder", GUID_GLOBAL) == boot_entries.order([PLAIN])
    assert record["result"] == "partial"
    assert "still chooses a profile" in names(record, "variablesNotRemoved")[f"{entry.variable}-{GUID_GLOBAL}"]
    assert used.boot().mode == "normal"


def test_an_entry_of_the_images_own_stays_for_a_single_start(memory: Path, lent: Callable[[Machine], Machine]) -> None:
    """"Factory reset" in the firmware's menu, which the image lists: the old system's root puts it first, and that counts once."""
    entry = Entry(7, "Factory reset", OURS, "@1")
    machine = lent(Machine.flashed(memory / "own-entry", f"{image.SETTINGS}[Variables]\nkeep={entry.variable}-{GUID_GLOBAL}\n"))
    machine.boot()
    value = planted(machine, entry)
    planted(machine, PLAIN)
    has_order(machine, entry, PLAIN)
    assert [(boot.mode, boot.end) for boot in machine.boots()] == ENDS_AS_RESET
    assert machine.variable("BootOrder", GUID_GLOBAL) == boot_entries.order([PLAIN])
    assert machine.variable(entry.variable, GUID_GLOBAL) == value
    canaries, state = Canaries(), machine.partition("state")
    canaries.spread(machine.disk, state.start + state.size // 2, state.size // 2)
    machine.set_variable("BootNext", GUID_GLOBAL, boot_entries.order([entry]))  # the next owner chooses it
    assert [(boot.mode, boot.end) for boot in machine.boots()] == ENDS_AS_RESET
    assert canaries.left(machine.disk) < COUNT
    assert machine.variable(entry.variable, GUID_GLOBAL) == value


LOADER_WORDS = ("LoaderEntryDefault", "LoaderEntryPreferred", "LoaderEntrySysFail", "LoaderConfigTimeout", "LoaderEntrySelected", "LoaderEntries")


def test_no_word_for_another_boot_menu_outlives_a_reset(used: Machine) -> None:
    """Of a menu on the ESP that follows them: one that lasts would choose its entry for the reset each time."""
    for name in (*LOADER_WORDS, "LoaderEntryOneShot", "LoaderConfigTimeoutOneShot"):
        used.set_variable(name, GUID_LOADER, "cleanslate-reset.conf\0".encode("utf-16-le"))
    used.request()
    assert used.boots()[0].mode == "reset"
    lasting = [path.name for path in used.variables.glob(f"Loader*-{GUID_LOADER}") if path.read_bytes()[0] & NON_VOLATILE]
    assert lasting == []
    assert "LoaderEntryDefault" in json.dumps(names(used.newest_record(), "variablesRemoved"))


@pytest.mark.parametrize("name", ("LoaderEntryOneShot", "LoaderEntryDefault"))
def test_a_word_that_nobody_can_remove_is_not_followed(used: Machine, name: str) -> None:
    """The control of the one that can be removed: test_console.py, where it resets."""
    canaries, state = Canaries(), used.partition("state")
    canaries.spread(used.disk, state.start + state.size // 2, state.size // 2)
    value = "auto-cleanslate-reset\0".encode("utf-16-le")
    used.set_variable(name, GUID_LOADER, value, NON_VOLATILE | BOOT | RUNTIME | AUTHENTICATED)
    assert [(boot.mode, boot.end) for boot in used.boots()] == [("normal", "started")]
    assert canaries.left(used.disk) == COUNT
