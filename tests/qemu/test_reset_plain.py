# SPDX-License-Identifier: GPL-2.0-or-later
"""The same reset where config and state are not encrypted: whatever a machine in use leaves in plain text is really overwritten, and
the rebuilt file systems can be read from outside, bit by bit, before any system has touched them. And a fleet whose owner sets the
TPMs' lockout authorization: the image knows it, so nobody is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.qemu import carve, guest_tree, luks, manifest, remains, scenario
from tests.qemu.conftest import Images
from tests.qemu.disk import TYPE_CONFIG, TYPE_VAR
from tests.qemu.ext4 import Ext4
from tests.qemu.figures import Figures
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.remains import KINDS, Remains
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

pytestmark = pytest.mark.promise("a reset really overwrites, and rebuilds the factory's trees to the byte")


@dataclass(frozen=True)
class Life:
    machine: Machine
    remains: Remains
    found_before: dict[str, int]  # different canaries, by kind
    carved_before: set[int]
    headers_before: int  # magic numbers of LUKS headers
    keys_before: int  # key bytes of theirs
    manifest: bytes
    digest_told: str
    rebuilt: bytes  # the manifest of the file systems as the reset left them
    request_gone: bool


def rebuilt_manifest(machine: Machine) -> bytes:
    entries = []
    for type_, mount_point in ((TYPE_CONFIG, "/etc"), (TYPE_VAR, "/var")):
        entries += Ext4(machine.disk, machine.disk.partition(type_), machine.directory / "ext4").entries(mount_point)
    return "".join(entry.line() + "\n" for entry in entries).encode("latin-1")


def live(machine: Machine, collected: Figures) -> Life:
    marks, disk = Remains(), machine.disk
    machine.power_on()
    shell = machine.login(scenario.RESET_SECONDS)
    factory = guest_tree.factory_manifest(shell)
    marks.leave(shell)
    shell.check("tpm2_changeauth -c lockout 'of the fleet'")
    found = remains.count_by_kind(marks.hits(disk))
    carved = marks.carved(carve.photorec(disk, machine.directory / "carved"))
    headers, keys = len(disk.find(luks.MAGIC)), len(disk.find(marks.keyslot))
    asked_at = machine.console.seconds()
    shell.start("cleanslate request --yes --reboot --reason 'without encryption'")
    never = [LOGIN, scenario.RECOVERY, scenario.FIRMWARE_WILL_ASK]
    told = machine.wait_for(scenario.RESET_COMPLETE, scenario.RESET_SECONDS, never)
    machine.wait_for(scenario.RESTARTING, 60, never)
    machine.kill()  # nobody but the reset has seen the new file systems
    scenario.record_figures(machine, collected, asked_at)
    rebuilt = rebuilt_manifest(machine)
    request_gone = machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    return Life(machine, marks, found, carved, headers, keys, factory, told[1], rebuilt, request_gone)


@pytest.fixture(scope="module")
def life(images: Images, new_machine: Callable[..., Machine], collected: Figures) -> Life:
    return live(new_machine(images.plain, "reset-plain"), collected)


def test_before_the_reset_every_search_finds_everything(life: Life) -> None:
    """The control of all that follows."""
    assert life.found_before == KINDS
    assert life.carved_before == set(remains.ranges()["picture"])
    assert life.headers_before >= KINDS["luks"] and life.keys_before >= KINDS["luks"]


def test_no_canary_is_on_the_raw_disk(life: Life) -> None:
    assert life.remains.hits(life.machine.disk) == []


def test_file_carving_recovers_nothing(life: Life) -> None:
    assert life.remains.carved(carve.photorec(life.machine.disk, life.machine.directory / "carved")) == set()


def test_no_old_luks_header_and_no_key_of_one_is_left(life: Life) -> None:
    disk = life.machine.disk
    for part in map(disk.partition, (TYPE_CONFIG, TYPE_VAR)):
        assert disk.find(luks.MAGIC, part.start, part.start + part.size) == []
    assert disk.find(life.remains.keyslot) == []


def test_config_and_state_are_not_encrypted(life: Life) -> None:
    disk = life.machine.disk
    assert [luks.read(disk, disk.partition(type_)) for type_ in (TYPE_CONFIG, TYPE_VAR)] == [None, None]


def test_the_rebuilt_file_systems_hold_the_factory_trees(life: Life) -> None:
    assert manifest.differences(manifest.parse(life.manifest), manifest.parse(life.rebuilt)) == []


def test_the_digest_of_the_rebuilt_file_systems_is_the_factory_digest(life: Life) -> None:
    told = scenario.newest_record(life.machine)["factoryDigest"]
    assert manifest.digest(life.rebuilt) == manifest.digest(life.manifest) == life.digest_told == told


def test_the_known_lockout_authorization_has_cleared_the_tpm(life: Life) -> None:
    tpm = scenario.newest_record(life.machine)["tpm"]
    assert (tpm["way"], tpm["imageAuthorization"]) == ("lockout-known", "accepted")
    assert (tpm["before"]["lockoutAuthSet"], tpm["after"]["lockoutAuthSet"]) == (True, False)
    with life.machine.tpm() as chip:
        assert chip.storage_key_name() == tpm["storageRootKeyAfter"] != tpm["storageRootKeyBefore"]
        assert re.search(r"lockoutAuthSet: +0$", chip.tool("getcap", "properties-variable"), re.M)


def test_the_request_is_gone_when_the_reset_restarts_the_machine(life: Life) -> None:
    assert life.request_gone


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()
