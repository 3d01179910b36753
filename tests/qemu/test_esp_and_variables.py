# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies beyond the partitions that are erased: additions on the EFI system partition and EFI variables that a former owner has
left. All of it is planted and judged while the machine is off: on the raw disk and in the firmware's flash."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.qemu import boot_entries, scenario
from tests.qemu.boot_entries import Entry
from tests.qemu.conftest import FactoryNew
from tests.qemu.disk import TYPE_ESP, TYPE_VAR
from tests.qemu.esp import RECORDS
from tests.qemu.figures import Figures
from tests.qemu.machine import Machine
from tests.qemu.variables import GUID_CLEANSLATE, GUID_GLOBAL, GUID_LOADER, GUID_REQUEST, REQUEST_NAME, request_value

pytestmark = pytest.mark.takes_turns("ESP and variables", seconds=350)

GUID_DEVICE = uuid.UUID("6f2d8f5e-3b1c-4f57-9d0a-5a1b7c93e240")  # listed in the reference machine's cleanslate.conf with this name
LISTED, UNLISTED = "DeviceOwner", "VendorNote"
REQUEST = {"osReleaseId": "debian", "osReleaseImageId": "cleanslate-reference", "bootId": "0123456789abcdef0123456789abcdef"}

CANARY = "canary" + secrets.token_hex(16)
# 13 characters of a name share a directory slot; these six lie in one piece of it.
NAME_CANARY = "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ") for _ in range(6))

GUID_SHIM = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23")
NV_BOOT = 3  # out of reach for any operating system
BOOT_SERVICES_ONLY = (("LoaderBootSecret", GUID_LOADER), ("MokList", GUID_SHIM))

LOADER = "/EFI/BOOT/BOOTX64.EFI"
MUST_GO = {
    f"{LOADER}.extra.d/owner.addon.efi": b"MZ addon",
    f"{LOADER}.extra.d/owner.cred": f"{CANARY}-0\n".encode() * 100,
    f"{LOADER}.extra.d/owner.sysext.raw": b"extension",
    "/loader/addons/everywhere.addon.efi": b"MZ addon",
    "/loader/credentials/owner.cred": f"{CANARY}-1\n".encode() * 2000,
    f"/loader/credentials/owner{NAME_CANARY}.txt": f"{CANARY}-2\n".encode(),
    "/loader/extensions/owner.confext.raw": f"{CANARY}-3\n".encode(),
    "/loader/swtpm/tpm2-00.permall": f"{CANARY}-4\n".encode(),
    "/loader/random-seed": secrets.token_bytes(32),
    "/loader/keys/auto/db.auth": b"somebody's keys",
    "/loader/entries/owner.conf": b"title Owner\nlinux /vmlinuz\n",
    "/EFI/Linux/owner.efi": b"MZ not the vendor's",
    "/owner.cred": f"{CANARY}-5\n".encode(),
    "/EFI/ACME/firmware.bin": secrets.token_bytes(5000),
    "/Müller.txt": b"not declared, in no place of additions\n",
    "/EFI/old/shimx64.efi": b"MZ the old system's boot loader",
    "/EFI/old/grub.cfg": b"menuentry old\n",
    "/EFI/BOOT/BOOTIA32.EFI": b"MZ the old system's, too",
    "/startup.nsh": b"\\EFI\\old\\shimx64.efi\r\n",
}
MUST_STAY = {
    "/EFI/Linux/cleanslate-old.efi": b"MZ declared by a pattern",
    "/loader/loader.conf": b"timeout 3\n",
}
DELETED = "/loader/deleted.txt"
DEAD_ENTRY, LIVE_ENTRY = Entry(0x40, "Owner", "/EFI/owner.efi"), Entry(0x41, "Vendor", "/EFI/BOOT/BOOTX64.EFI")
OLD_ENTRY = Entry(0x42, "Old", "/EFI/old/shimx64.efi")
RUN_BEFORE = ("Driver0007", "SysPrep0007")
FORGED = ("LoaderImageIdentifier", "StubImageIdentifier")
OLD_VARIABLES = {(name, GUID_GLOBAL) for name in (OLD_ENTRY.variable, *RUN_BEFORE, "DriverOrder", "SysPrepOrder")}


@dataclass(frozen=True)
class Before:
    traces: int
    name_traces: int
    files: set[str]
    variables: set[tuple[str, uuid.UUID]]
    loader: bytes
    records: dict[str, bytes]
    live_entry: bytes


@dataclass(frozen=True)
class Life:
    machine: Machine
    before: Before
    record: dict[str, Any]
    status: tuple[int, dict[str, Any]]
    services: str


def name_traces(machine: Machine) -> int:
    return len(machine.disk.find(NAME_CANARY.encode("utf-16-le")))


def raw_records(machine: Machine) -> dict[str, bytes]:
    return {name: machine.esp.read(f"{RECORDS}/{name}") for name in machine.esp.names(RECORDS)}


def plant_files(machine: Machine) -> None:
    esp = machine.esp
    for path, content in {**MUST_GO, **MUST_STAY, DELETED: f"{CANARY}-6\n".encode() * 50}.items():
        if folder := path.rpartition("/")[0]:
            esp.make_folder(folder)
        esp.write(path, content)
    # As a power cut in the midst of the cleaning leaves it.
    for folder in ("/", "/loader/"):
        esp.write(f"{folder}CLN00003", b"")
    esp.make_read_only("/loader/credentials/owner.cred")
    esp.delete(DELETED)


def plant_variables(machine: Machine) -> None:
    store = machine.variables
    state, esp = machine.disk.partition(TYPE_VAR), machine.disk.partition(TYPE_ESP)
    store.set(LISTED, GUID_DEVICE, CANARY.encode())
    store.set(UNLISTED, GUID_DEVICE, b"stays")
    store.set("LoaderEntryDefault", GUID_LOADER, "auto-cleanslate\0".encode("utf-16-le"))
    store.set("LoaderSystemToken", GUID_LOADER, secrets.token_bytes(32))
    store.set(DEAD_ENTRY.variable, GUID_GLOBAL, boot_entries.load_option(DEAD_ENTRY, state, boot_entries.vendor_hardware(GUID_DEVICE)))
    store.set(LIVE_ENTRY.variable, GUID_GLOBAL, boot_entries.load_option(LIVE_ENTRY, esp))
    old = boot_entries.load_option(OLD_ENTRY, esp, boot_entries.vendor_hardware(GUID_DEVICE))
    for name in (OLD_ENTRY.variable, *RUN_BEFORE):
        store.set(name, GUID_GLOBAL, old)
    for name in ("DriverOrder", "SysPrepOrder"):
        store.set(name, GUID_GLOBAL, (7).to_bytes(2, "little"))
    for name in FORGED:
        store.set(name, GUID_LOADER, (OLD_ENTRY.path.replace("/", "\\") + "\0").encode("utf-16-le"))
    for name, vendor in BOOT_SERVICES_ONLY:
        store.set(name, vendor, secrets.token_bytes(32), attributes=NV_BOOT)
    order = store.get("BootOrder", GUID_GLOBAL)
    store.set("BootOrder", GUID_GLOBAL, (order.value if order else b"") + boot_entries.order([DEAD_ENTRY, LIVE_ENTRY, OLD_ENTRY]))
    store.set(REQUEST_NAME, GUID_REQUEST, request_value(json.dumps(REQUEST)))


def variable(machine: Machine, name: str, vendor: uuid.UUID) -> bytes:
    found = machine.variables.get(name, vendor)
    assert found is not None, f"{name} is not in the store"
    return found.value


def live(machine: Machine, collected: Figures) -> Life:
    plant_files(machine)
    plant_variables(machine)
    before = Before(
        len(machine.disk.find(CANARY.encode())),
        name_traces(machine),
        {path for path in MUST_GO if machine.esp.exists(path)},
        set(machine.variables.all()),
        machine.esp.read(LOADER),
        raw_records(machine),
        variable(machine, LIVE_ENTRY.variable, GUID_GLOBAL),
    )
    machine.power_on()
    scenario.follow_reset(machine)
    scenario.record_figures(machine, collected)
    shell = machine.login_now()
    status, services = scenario.status(shell), shell.run("systemctl --failed --no-legend --plain")[1]
    machine.power_off()
    return Life(machine, before, scenario.newest_record(machine), status, services)


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], collected: Figures) -> Life:
    return live(machine_like(factory_new.machine, "esp-and-variables"), collected)


def names(life: Life, list_: str) -> dict[str, str]:
    return {item["name"]: item["why"] for item in life.record["espAndVariables"][list_]}


def test_before_the_reset_everything_was_there(life: Life) -> None:
    """The control of all that follows."""
    assert life.before.traces >= 7 + 100 + 2000
    assert life.before.name_traces >= 1
    assert life.before.files == set(MUST_GO)
    assert set(BOOT_SERVICES_ONLY) <= life.before.variables
    assert {(LISTED, GUID_DEVICE), (UNLISTED, GUID_DEVICE), ("LoaderEntryDefault", GUID_LOADER)} <= life.before.variables
    assert OLD_VARIABLES | {(name, GUID_LOADER) for name in FORGED} <= life.before.variables


def test_the_machine_starts_again_by_itself(life: Life) -> None:
    assert (life.status[1]["mode"], life.services) == ("normal", "")
    assert (life.record["result"], life.record["origin"]) == ("complete", "request")


def test_additions_are_gone_from_the_esp(life: Life) -> None:
    assert [path for path in MUST_GO if life.machine.esp.exists(path)] == []
    assert not life.machine.esp.exists(f"{LOADER}.extra.d")


def test_neither_their_bytes_nor_those_of_what_was_deleted_before_are_on_the_raw_disk(life: Life) -> None:
    assert life.machine.disk.find(CANARY.encode()) == []


def test_their_names_are_not_on_the_raw_disk(life: Life) -> None:
    assert name_traces(life.machine) == 0


def test_what_is_declared_is_byte_identical(life: Life) -> None:
    assert {path: life.machine.esp.read(path) for path in MUST_STAY} == MUST_STAY
    assert life.machine.esp.read(LOADER) == life.before.loader
    assert raw_records(life.machine).items() >= life.before.records.items()


def test_the_cleaning_leaves_nothing_of_its_own_nor_of_one_that_was_cut_off(life: Life) -> None:
    assert life.machine.esp.names("/EFI/cleanslate") == ["records"]
    assert sorted(name for folder in ("/", "/loader") for name in life.machine.esp.names(folder) if name.startswith("CLN")) == []


def test_variables_of_the_old_system_are_gone(life: Life) -> None:
    left = set(life.machine.variables.all())
    assert (LISTED, GUID_DEVICE) not in left
    assert ("LoaderEntryDefault", GUID_LOADER) not in left
    assert CANARY not in json.dumps(life.record)


def test_the_stub_has_forgotten_what_only_it_can_reach(life: Life) -> None:
    left = set(life.machine.variables.all())
    assert ("LoaderBootSecret", GUID_LOADER) not in left
    assert ("CleanslateForget", GUID_CLEANSLATE) not in left
    # owner keys are for the policy to say
    assert life.machine.variables.get("MokList", GUID_SHIM) is not None


def test_an_unlisted_variable_stays_and_is_named(life: Life) -> None:
    assert variable(life.machine, UNLISTED, GUID_DEVICE) == b"stays"
    assert f"{UNLISTED}-{GUID_DEVICE}" in names(life, "variablesKept")


def test_a_boot_entry_that_points_nowhere_is_gone_and_the_others_stay(life: Life) -> None:
    assert life.machine.variables.get(DEAD_ENTRY.variable, GUID_GLOBAL) is None
    assert variable(life.machine, LIVE_ENTRY.variable, GUID_GLOBAL) == life.before.live_entry
    order = variable(life.machine, "BootOrder", GUID_GLOBAL)
    numbers = {int.from_bytes(order[at : at + 2], "little") for at in range(0, len(order), 2)}
    assert not {DEAD_ENTRY.number, OLD_ENTRY.number} & numbers
    assert LIVE_ENTRY.number in numbers


def test_no_way_to_start_the_old_system_is_left(life: Life) -> None:
    """By an entry, before any entry, or by a variable that says that it has started the machine."""
    assert OLD_VARIABLES & set(life.machine.variables.all()) == set()
    left = [life.machine.variables.get(name, GUID_LOADER) for name in FORGED]
    assert all(found is None or b"o\0l\0d\0" not in found.value for found in left)
    removed = names(life, "variablesRemoved")
    assert removed[f"{OLD_ENTRY.variable}-{GUID_GLOBAL}"] == "a boot entry whose file is not on the EFI system partition"
    assert removed[f"Driver0007-{GUID_GLOBAL}"] == "run by the firmware before any boot entry"
    assert names(life, "variablesNotRemoved") == {}


def test_the_firmwares_own_entries_stay_and_are_named(life: Life) -> None:
    assert "lies in the firmware itself" in names(life, "variablesKept").values()


def test_the_record_names_what_went_and_what_stays(life: Life) -> None:
    removed = names(life, "espRemoved")
    assert {path.lstrip("/") for path in MUST_GO} <= set(removed)
    assert removed["loader/credentials/owner.cred"] == "a credential, not declared"
    assert removed["EFI/old/shimx64.efi"] == "a boot loader, not declared"
    assert names(life, "espKept") == {}
    assert names(life, "espAltered") == {}
    gone = names(life, "variablesRemoved")
    assert {f"{LISTED}-{GUID_DEVICE}", f"LoaderEntryDefault-{GUID_LOADER}", f"{DEAD_ENTRY.variable}-{GUID_GLOBAL}"} <= gone.keys()
    assert f"{LIVE_ENTRY.variable}-{GUID_GLOBAL}" not in gone
    assert life.record["espAndVariables"]["espFreeBytesOverwritten"] > 1 << 20


def test_both_steps_stand_behind_the_erasing_and_before_table_entries_go(life: Life) -> None:
    kinds = [step["kind"] for step in life.record["steps"]]
    assert kinds.index("erase") < kinds.index("clean-esp") < kinds.index("clean-variables") < kinds.index("create-entry")
