# SPDX-License-Identifier: GPL-2.0-or-later
"""The old system's root wants to be there still after the reset, or wants that nobody can reset: by what lies on the ESP, and by EFI
variables. The control is in each test what belongs to the image and stays, or the reset of test_reset.py."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack import table
from tests.attack.canaries import Canaries
from tests.attack.machine import AUTHENTICATED, BOOT, ENHANCED_AUTHENTICATED, NON_VOLATILE, RECORDS, RUNTIME, Machine
from tests.attack.table import MIB
from tests.qemu import boot_entries
from tests.qemu.boot_entries import Entry
from tests.qemu.disk import SECTOR, TYPE_ESP, Partition
from tests.qemu.variables import GUID_GLOBAL, GUID_LOADER, GUID_REQUEST, REQUEST_NAME

LENT = Callable[[Machine], Machine]
DECLARED = "loader/loader.conf\n"
OURS = "EFI/BOOT/BOOTX64.EFI"
LOADER = "EFI/old/grubx64.efi"
VENDOR = uuid.UUID("0b5a2d7e-94a1-4b9c-bf0e-7d5f0a1c2e3d")
ESCAPES = "\x1b]0;owned\x07\x1b[2J"
GPT_ATTRIBUTE_ERASE = 1 << 57


@pytest.fixture
def strict(memory: Path, lent: LENT) -> Machine:
    """Its image declares what belongs on the ESP, and has the rest removed."""
    machine = lent(Machine.flashed(memory / "strict", "[ESP]\nundeclared=remove\n", esp_list=DECLARED))
    machine.boot()
    return machine


def reset(machine: Machine) -> dict[str, object]:
    machine.request()
    boots = machine.boots()
    assert boots[-1].end == "started", boots
    assert not machine.is_requested()
    return machine.newest_record()


def add_loader(machine: Machine) -> None:
    for path in (LOADER, "loader/entries/old.conf", "EFI/Linux/old.efi"):
        (machine.esp / path).parent.mkdir(parents=True, exist_ok=True)
        (machine.esp / path).write_bytes(b"of the old system")


def test_a_loader_of_the_old_system_goes_with_every_way_to_start_it(strict: Machine) -> None:
    esp = strict.disk.partition(TYPE_ESP)
    ours, old = Entry(1, "ours", OURS), Entry(2, "old", LOADER)
    add_loader(strict)
    for entry in (ours, old):
        strict.set_variable(entry.variable, GUID_GLOBAL, boot_entries.load_option(entry, esp))
    strict.set_variable("BootOrder", GUID_GLOBAL, boot_entries.order([old, ours]))
    strict.set_variable("BootNext", GUID_GLOBAL, boot_entries.order([old]))
    for name in ("Driver0000", "SysPrep0000"):
        strict.set_variable(name, GUID_GLOBAL, boot_entries.load_option(old, esp))
    reset(strict)
    assert (strict.esp / OURS).read_bytes() == b"the UKI"
    assert not [path for path in strict.esp.rglob("*") if "old" in path.name]
    assert strict.variable(ours.variable, GUID_GLOBAL) == boot_entries.load_option(ours, esp)
    assert strict.variable("BootOrder", GUID_GLOBAL) == boot_entries.order([ours])
    for name in (old.variable, "BootNext", "Driver0000", "SysPrep0000"):
        assert strict.variable(name, GUID_GLOBAL) is None, name


def text(value: str) -> bytes:
    return (value + "\0").encode("utf-16-le")


@pytest.mark.parametrize("name", ("LoaderImageIdentifier", "StubImageIdentifier", "LoaderInfo"))
def test_no_variable_of_the_old_system_says_what_has_started_the_machine(strict: Machine, name: str) -> None:
    """A lasting LoaderImageIdentifier would have made a loader of the old system's choice part of this boot."""
    add_loader(strict)
    strict.set_variable(name, GUID_LOADER, text("\\" + LOADER.replace("/", "\\")))
    record = reset(strict)
    assert not (strict.esp / LOADER).exists()
    assert (strict.esp / OURS).read_bytes() == b"the UKI"
    assert LOADER in json.dumps(record)


def test_an_image_that_declares_nothing_names_what_stays(used: Machine) -> None:
    """The control of those above: there is something to be removed, and it would start."""
    add_loader(used)
    old = Entry(2, "old", LOADER)
    used.set_variable(old.variable, GUID_GLOBAL, boot_entries.load_option(old, used.disk.partition(TYPE_ESP)))
    used.set_variable("BootNext", GUID_GLOBAL, boot_entries.order([old]))
    record = reset(used)
    assert (used.esp / LOADER).exists()
    assert used.variable("BootNext", GUID_GLOBAL) is None
    esp_and_variables = record["espAndVariables"]
    assert isinstance(esp_and_variables, dict)
    assert {LOADER, "EFI/Linux/old.efi", "loader/entries/old.conf"} <= {item["name"] for item in esp_and_variables["espKept"]}
    assert f"{old.variable}-{GUID_GLOBAL}" in {item["name"] for item in esp_and_variables["variablesKept"]}


def test_a_file_is_not_shielded_by_who_says_to_have_started_it(strict: Machine) -> None:
    """Boot loaders write LoaderImageIdentifier volatile; one that outlives a restart is somebody else's."""
    add_loader(strict)
    value = ("\\" + LOADER.replace("/", "\\") + "\0").encode("utf-16-le")
    for name in ("LoaderImageIdentifier", "StubImageIdentifier"):
        strict.set_variable(name, GUID_LOADER, value)
    reset(strict)
    assert not (strict.esp / LOADER).exists()
    assert (strict.esp / OURS).exists()


@pytest.mark.parametrize("kind", (AUTHENTICATED, ENHANCED_AUTHENTICATED))
@pytest.mark.parametrize("name", (f"Stubborn-{VENDOR}", f"Driver0001-{GUID_GLOBAL}", f"LoaderConfigTimeout-{GUID_LOADER}"))
def test_a_variable_that_nobody_can_remove_stops_no_reset(used: Machine, name: str, kind: int) -> None:
    """Authenticated by a key of the old system's own. It is named, and the result is not what it is without."""
    canaries, state = Canaries(), used.partition("state")
    canaries.spread(used.disk, state.start, state.size)
    plain, _, vendor = name.partition("-")
    value = boot_entries.load_option(Entry(1, "old", LOADER), used.disk.partition(TYPE_ESP))
    used.set_variable(plain, uuid.UUID(vendor), value, NON_VOLATILE | BOOT | RUNTIME | kind)
    record = reset(used)
    assert canaries.left(used.disk) == 0
    assert name in json.dumps(record)
    assert (record["result"] == "complete") == name.startswith("Stubborn")  # which a reset would not have removed


@pytest.mark.parametrize("kind", (AUTHENTICATED, ENHANCED_AUTHENTICATED))
def test_a_request_that_nobody_can_remove_is_none(used: Machine, kind: int) -> None:
    """Else the device would be reset at every start. A person at the menu still gets a reset, and the request of anybody that is
    ordinary is one (test_reset.py)."""
    used.request()
    value = used.variable(REQUEST_NAME, GUID_REQUEST)
    assert value is not None
    used.set_variable(REQUEST_NAME, GUID_REQUEST, value, NON_VOLATILE | BOOT | RUNTIME | kind)
    assert [(boot.mode, boot.end) for boot in used.boots()] == [("normal", "started")]


@pytest.mark.parametrize("place", ("EFI/cleanslate", RECORDS))
def test_a_file_in_the_place_of_the_records_stops_no_reset(used: Machine, place: str) -> None:
    """Found out only behind the erasure, it would leave a device that cannot be reset any more."""
    canaries, state = Canaries(), used.partition("state")
    canaries.spread(used.disk, state.start, state.size)
    shutil.rmtree(used.esp / place)
    (used.esp / place).write_bytes(b"in the way")
    assert reset(used)["result"] == "complete"
    assert canaries.left(used.disk) == 0


def test_a_partition_does_not_speak_to_the_terminal(used: Machine) -> None:
    gap, _ = used.disk.gaps()[-1]
    loud = Partition(9, VENDOR, VENDOR, f"loud{ESCAPES}", (gap + MIB) // MIB * MIB, MIB, GPT_ATTRIBUTE_ERASE)
    table.write(used.disk, table.disk_uuid(used.disk), [*used.disk.partitions(), loud])
    used.request()
    boot = used.boot()
    assert b"loud" in boot.console, boot.console  # the control: it is spoken of
    assert b"\x1b" not in boot.console and b"\x07" not in boot.console, boot.console


def test_what_the_esps_file_system_leaves_unused_is_overwritten(used: Machine) -> None:
    """Reserved sectors, and what lies behind a file system that is smaller than its partition. The FAT is the disk's own; only its
    mount is replaced here."""
    esp, canaries = used.disk.partition(TYPE_ESP), Canaries()
    used.make_fat(esp.size // 2, reserved_sectors=1024)
    boot_sector = used.disk.read(esp.start, SECTOR)
    canaries.spread(used.disk, esp.start + 4096, 1023 * SECTOR - 4096, count=100)
    canaries.spread(used.disk, esp.start + esp.size // 2, esp.size // 2, count=300)
    assert canaries.left(used.disk) == 400
    record = reset(used)
    assert canaries.left(used.disk) == 0
    assert used.disk.read(esp.start, SECTOR) == boot_sector
    esp_and_variables = record["espAndVariables"]
    assert isinstance(esp_and_variables, dict)
    assert esp_and_variables["espUnusedBytesOverwritten"] >= esp.size // 2 + 1023 * SECTOR


def test_an_image_can_have_the_free_space_of_the_esp_left(memory: Path, lent: LENT) -> None:
    """The control of the one above: what nobody overwrites is found."""
    machine = lent(Machine.flashed(memory / "leaves", "[ESP]\nfree-space=leave\n"))
    machine.boot()
    esp, canaries = machine.disk.partition(TYPE_ESP), Canaries()
    canaries.spread(machine.disk, esp.start + esp.size // 2, esp.size // 4)
    reset(machine)
    assert canaries.left(machine.disk) == 400
