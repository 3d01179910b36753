# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware that hides variables, or does not let them be read, written or removed: the table of tests/attack/variable-store.c, which
says where each was met. A whole reset on each ends in a started system, or on a page that says why with nothing erased; and no
ordinary boot behind it is harmed. The control is that of no particular firmware."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.attack.canaries import COUNT, Canaries
from tests.attack.machine import Machine
from tests.qemu import boot_entries
from tests.qemu.boot_entries import Entry
from tests.qemu.disk import TYPE_ESP
from tests.qemu.variables import GUID_GLOBAL, GUID_LOADER, GUID_REQUEST, REQUEST_NAME

OWN, OLD = Entry(1, "Linux", "EFI/BOOT/BOOTX64.EFI"), Entry(5, "old", "EFI/old/grubx64.efi")
INTACT = "nothing was erased and nothing was changed on the disk."
GOOD_BOOTS = 5  # two more than [Boot] attempts= allows without a good one


@dataclass(frozen=True)
class Firmware:
    name: str
    result: str = "complete"
    words: str = ""


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
    Firmware("mounted-read-only", "refused", "Read-only file system"),
    Firmware("write-protected", "refused", "Read-only file system"),
    Firmware("rejects-writes", "refused", "Invalid argument"),
    Firmware("fails-writes", "refused", "Input/output error"),
    Firmware("aborts-writes", "refused", "Interrupted system call"),
    Firmware("forgets", "refused", "cannot be committed"),
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
        used.remove_variable(REQUEST_NAME, GUID_REQUEST)
    else:
        assert [(boot.mode, boot.end) for boot in boots] == [("reset", "restart"), ("normal", "started")], boots
        assert canaries.left(used.disk) == 0 and used.storage_key_name() != key
        assert [record["result"] for name, record in used.records().items() if name not in before] == [firmware.result]
    boots_well(used)
    assert used.variable(OWN.variable, GUID_GLOBAL) == boot_entries.load_option(OWN, used.disk.partition(TYPE_ESP))
    assert (used.variable("BootOrder", GUID_GLOBAL) or b"")[-2:] == boot_entries.order([OWN])
