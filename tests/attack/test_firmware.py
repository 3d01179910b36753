# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware that hides variables, or does not let them be read, written or removed: the table of tests/attack/variable-store.c, which
says where each was met. A whole reset on each ends in a started system, or on a page that says why with nothing erased; no ordinary boot
behind it is harmed, boots that fail end on the page, and its exits work. What becomes of each is a row of the table in docs/firmware.md,
which has to be there word for word. The control is that of no particular firmware."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Boot, Machine
from tests.qemu import boot_entries
from tests.qemu.boot_entries import Entry
from tests.qemu.disk import TYPE_ESP
from tests.qemu.variables import GUID_GLOBAL, GUID_LOADER, GUID_REQUEST, REQUEST_NAME

OWN, OLD = Entry(1, "Linux", "EFI/BOOT/BOOTX64.EFI"), Entry(5, "old", "EFI/old/grubx64.efi")
INTACT = "nothing was erased and nothing was changed on the disk."
GOOD_BOOTS = 5  # two more than [Boot] attempts= allows without a good one
DOCUMENT = Path(__file__).parents[2] / "docs/firmware.md"
SOURCE = Path(__file__).with_name("variable-store.c")
TABLE = """<!-- efivarfs: written by tests/attack/test_firmware.py -->
| efivarfs | a reset | three boots that fail | "try again" | the request cancelled |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Firmware:
    name: str
    result: str = "complete"
    words: str = ""
    counts: bool = True  # the initrd can note how far a boot came, so that three which fail open the page
    cancels: bool = True  # the initrd can cancel a request


FIRMWARE = [
    Firmware("", "complete"),
    Firmware("shows-no-entries"),
    Firmware("shows-no-entries-and-orders"),
    Firmware("shows-none-of-ours"),
    Firmware("entries-unreadable"),
    Firmware("own-entry-unreadable"),
    Firmware("orders-unreadable"),
    Firmware("loader-variables-unreadable"),
    Firmware("aborts-reads-of-entries"),
    Firmware("keeps-entries-eio", "partial"),
    Firmware("keeps-entries-eintr", "partial"),
    Firmware("aborts-all-removals", "partial"),
    Firmware("keeps-entries-eacces", "partial"),
    Firmware("keeps-entries-eperm", "partial"),
    Firmware("keeps-loader-variables", "partial"),
    Firmware("keeps-everything", "partial"),
    Firmware("keeps-everything-einval", "partial"),
    Firmware("locks-orders"),
    Firmware("forgets-orders"),
    Firmware("aborts-writes-of-orders"),
    Firmware("entries-come-back", "partial"),
    Firmware("all-come-back", "partial"),
    Firmware("mounted-read-only", "refused", "Read-only file system", counts=False, cancels=False),
    Firmware("write-protected", "refused", "Read-only file system", counts=False, cancels=False),
    Firmware("rejects-writes", "refused", "Invalid argument", counts=False, cancels=False),
    Firmware("fails-writes", "refused", "Input/output error", counts=False, cancels=False),
    Firmware("aborts-writes", "refused", "Interrupted system call", counts=False, cancels=False),
    Firmware("forgets", "refused", "cannot be committed", counts=False),
    Firmware("lists-nothing", "refused", "hides it now"),
    Firmware("cannot-be-listed", "refused", "cannot be listed"),
    Firmware("cannot-be-listed-later", "partial"),
    Firmware("cannot-be-listed-at-last", "partial"),
]


def has_used(machine: Machine) -> Canaries:
    """By an owner who has had another loader, and data."""
    esp, state, canaries = machine.disk.partition(TYPE_ESP), machine.partition("state"), Canaries()
    for entry in (OWN, OLD):
        machine.set_variable(entry.variable, GUID_GLOBAL, boot_entries.load_option(entry, esp))
    machine.set_variable("BootOrder", GUID_GLOBAL, boot_entries.order([OLD, OWN]))
    machine.set_variable("LoaderEntryDefault", GUID_LOADER, "old.conf\0".encode("utf-16-le"))
    canaries.spread(machine.disk, state.start + state.size // 2, state.size // 2)
    (machine.at / "good").touch()
    return canaries


def boots_well(machine: Machine) -> None:
    for number in range(GOOD_BOOTS):
        boot = machine.boot()
        assert (boot.mode, boot.end) == ("normal", "started"), (number, boot)


def choose(machine: Machine, choice: str) -> Boot:
    """At the page."""
    (machine.at / "chosen").write_text(choice, encoding="ascii")
    boot = machine.boot()
    (machine.at / "chosen").unlink()
    return boot


def cancelled(machine: Machine, firmware: Firmware) -> str:
    """The request of a reset that was refused."""
    boot = choose(machine, "cancel")
    assert (boot.mode, boot.end) == ("reset", "restart" if firmware.cancels else "page"), boot
    if firmware.cancels:
        return "at the page"
    assert machine.boot().end == "page", "the control: it is still there"
    machine.remove_variable(REQUEST_NAME, GUID_REQUEST)
    return f"not at the page: {boot.trouble}"


def fails_three_times(machine: Machine, firmware: Firmware) -> tuple[str, str]:
    """The system never says that it has come through. Where Linux hides the count, good boots before may have left some of it."""
    (machine.at / "good").unlink()
    begun = 0
    while (boot := machine.boot()).end == "started" and begun < 3:
        begun += 1
    (machine.at / "good").touch()
    if not firmware.counts:
        assert (boot.mode, boot.end) == ("normal", "started"), boot
        boots_well(machine)
        return "ordinary", "not needed"
    assert (boot.mode, boot.end) == ("recovery", "page"), boot
    boot = choose(machine, "try again")
    assert (boot.mode, boot.end) == ("recovery", "restart"), boot
    boots_well(machine)
    return "the page" if begun == 3 else f"the page, behind {begun} of them", "ordinary boots"


def first_sentence(boot: Boot) -> str:
    return re.split(r"(?<=\.)\s", boot.trouble.strip())[0]


@pytest.mark.parametrize("firmware", FIRMWARE, ids=lambda firmware: firmware.name or "any")
def test_a_reset_on_such_firmware(used: Machine, firmware: Firmware) -> None:
    canaries, key, before = has_used(used), used.storage_key_name(), set(used.records())
    if firmware.name:
        (used.at / "personality").write_text(firmware.name, encoding="ascii")
    used.request()
    boots = used.boots(8)
    if firmware.result == "refused":
        assert [(boot.mode, boot.end, boot.old_data) for boot in boots] == [("reset", "page", INTACT)], boots
        assert firmware.words in boots[0].trouble
        assert canaries.left(used.disk) == COUNT and used.storage_key_name() == key
        reset, cancel = f"the page, nothing erased: {first_sentence(boots[0])}", cancelled(used, firmware)
    else:
        assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
        assert canaries.left(used.disk) == 0 and used.storage_key_name() != key
        assert [record["result"] for name, record in used.records().items() if name not in before] == [firmware.result]
        reset, cancel = f"{firmware.result}, in one start", "not needed"
    boots_well(used)
    failing, again = fails_three_times(used, firmware)
    assert used.variable(OWN.variable, GUID_GLOBAL) == boot_entries.load_option(OWN, used.disk.partition(TYPE_ESP))
    assert (used.variable("BootOrder", GUID_GLOBAL) or b"")[-2:] == boot_entries.order([OWN])
    row = f"| {firmware.name or 'any'} | {reset} | {failing} | {again} | {cancel} |\n"
    assert row in documented(), f"docs/firmware.md wants this row:\n{row}"


def test_what_the_running_system_hides_of_a_reset_is_not_gone_on_with(used: Machine) -> None:
    """The handover tells of progress, or of a request, that Linux lists no more: the page says which, and nothing is done."""
    canaries, before = has_used(used), set(used.records())
    used.request()
    used.boot(cut="commit keys-destroyed")
    key, state = used.storage_key_name(), used.disk.path.read_bytes()
    (used.at / "personality").write_text("shows-none-of-ours", encoding="ascii")
    for _ in range(2):
        boot = used.boot()
        assert (boot.mode, boot.end) == ("reset", "page") and "has shown the progress of a factory reset" in boot.trouble, boot
        assert "hides it now" in boot.trouble and boot.old_data != INTACT, boot
        assert used.disk.path.read_bytes() == state and used.storage_key_name() == key
    (used.at / "personality").unlink()  # updated firmware
    assert [(boot.mode, boot.end) for boot in used.boots()] == [("reset", "restart"), ("normal", "started")]
    assert canaries.left(used.disk) == 0 and used.storage_key_name() != key
    assert [record["result"] for name, record in used.records().items() if name not in before] == ["complete"]
    boots_well(used)


def test_a_hidden_request_is_cancelled_at_the_page(used: Machine) -> None:
    canaries, state = has_used(used), used.partition("state")
    used.request()
    (used.at / "personality").write_text("lists-nothing", encoding="ascii")
    before = used.disk.path.read_bytes()
    boot = used.boot()
    assert (boot.mode, boot.end, boot.old_data) == ("reset", "page", INTACT), boot
    assert "has shown the request for a factory reset" in boot.trouble and "hides it now" in boot.trouble, boot
    assert used.disk.path.read_bytes() == before and canaries.left(used.disk) == COUNT and used.partition("state") == state
    assert choose(used, "cancel").end == "restart"
    assert not used.is_requested()
    boots_well(used)


def documented() -> list[str]:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert TABLE in text, f"docs/firmware.md wants this head:\n{TABLE}"
    rows = text.partition(TABLE)[2].splitlines(keepends=True)
    return rows[: next((number for number, row in enumerate(rows) if not row.startswith("| ")), len(rows))]


def test_the_table_in_the_document_has_these_rows_and_no_others() -> None:
    """Each is what its test sees."""
    names = [firmware.name or "any" for firmware in FIRMWARE]
    assert [row.split(" | ")[0].removeprefix("| ") for row in documented()] == names
    assert names[1:] == re.findall(r'^        { "([a-z-]+)",', SOURCE.read_text(encoding="utf-8"), re.MULTILINE)
