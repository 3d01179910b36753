# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine fresh from the factory: one power-on builds config and state and goes on to a login."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.qemu import luks, scenario, superblock
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_CONFIG, TYPE_ESP, TYPE_ROOT, TYPE_ROOT_SIGNATURE, TYPE_ROOT_VERITY, TYPE_VAR, Disk
from tests.qemu.figures import Figures
from tests.qemu.machine import LOGIN
from tests.qemu.variables import GUID_LOADER

pytestmark = pytest.mark.promise("a first boot builds the factory state, and seals it to this machine")

DATA_MOUNTS = ("/etc", "/var")
# Writable, in memory, and never executable.
MEMORY_MOUNTS = ("/run", "/tmp", "/dev/shm")


@pytest.fixture(scope="module")
def mounts(factory_new: FactoryNew) -> dict[str, dict[str, Any]]:
    code, text = next(answer for question, answer in factory_new.answers.items() if question.startswith("findmnt"))
    assert code == 0, text
    return {mount["target"]: mount for mount in json.loads(text)["filesystems"]}


def answer(factory_new: FactoryNew, start: str) -> tuple[int, str]:
    return next(answer for question, answer in factory_new.answers.items() if question.startswith(start))


def test_first_boot_reaches_a_login_without_a_restart(factory_new: FactoryNew) -> None:
    log = factory_new.machine.log.read_text(encoding="utf-8")
    assert len(re.findall(r"BdsDxe: starting", log)) == 1
    assert re.search(LOGIN.lstrip("^"), log)


def test_an_ordinary_boot_says_what_scenarios_take_for_one(factory_new: FactoryNew) -> None:
    log = factory_new.machine.log.read_text(encoding="utf-8")
    assert re.search(scenario.ORDINARY_BOOT.lstrip("^") + r".*(\n.*){1,3}" + LOGIN.lstrip("^"), log)


def test_first_boot_creates_config_and_state_behind_the_image(factory_new: FactoryNew, images: Images) -> None:
    assert {TYPE_CONFIG, TYPE_VAR}.isdisjoint(p.type for p in Disk(images.reference).partitions())
    types = [partition.type for partition in factory_new.machine.disk.partitions()]
    image = (TYPE_ESP, TYPE_ROOT, TYPE_ROOT_VERITY, TYPE_ROOT_SIGNATURE)
    assert sorted(types, key=str) == sorted((*image, TYPE_CONFIG, TYPE_VAR), key=str)


def test_first_boot_leaves_the_image_as_it_was(factory_new: FactoryNew, images: Images) -> None:
    before, after = Disk(images.reference), factory_new.machine.disk
    for type_ in (TYPE_ROOT, TYPE_ROOT_VERITY, TYPE_ROOT_SIGNATURE):
        partition = after.partition(type_)
        assert partition == before.partition(type_)
        assert after.read(partition.start, partition.size) == before.read(partition.start, partition.size)


def test_config_and_state_are_luks2_with_one_keyslot_sealed_by_the_tpm(factory_new: FactoryNew) -> None:
    for label, header in scenario.volumes(factory_new.machine).items():
        assert len(header.metadata["keyslots"]) == 1, label
        assert len(header.tokens("systemd-tpm2")) == 1, label
        segments = header.metadata["segments"].values()
        assert all(segment["encryption"].startswith("aes-xts-") for segment in segments), label


def test_sealed_keys_belong_to_this_tpm(factory_new: FactoryNew) -> None:
    blobs = scenario.sealed_blobs(scenario.volumes(factory_new.machine))
    with factory_new.machine.tpm() as tpm:
        assert all(tpm.can_load_blob(blob) for blob in blobs.values())


def test_sealed_keys_are_bound_to_a_signed_pcr_11_policy(factory_new: FactoryNew) -> None:
    for label, header in scenario.volumes(factory_new.machine).items():
        token = header.tokens("systemd-tpm2")[0]
        assert token["tpm2_pubkey_pcrs"] == [11], label
        assert token["tpm2_pubkey"], label


def test_no_plain_text_of_the_state_is_on_the_disk(factory_new: FactoryNew) -> None:
    # /etc/hostname and its like are short; the sample files' lines are in the state of every reference machine.
    partition = factory_new.machine.disk.partition(TYPE_VAR)
    assert factory_new.machine.disk.find(b"of sample 1\n", partition.start, partition.start + partition.size) == []


@pytest.mark.parametrize("target", DATA_MOUNTS)
def test_config_and_state_are_encrypted_writable_and_never_executable(mounts: dict[str, dict[str, Any]], target: str) -> None:
    options = mounts[target]["options"].split(",")
    assert mounts[target]["source"].startswith("/dev/mapper/")
    assert {"rw", "noexec", "nosuid", "nodev"} <= set(options)


@pytest.mark.parametrize("target", MEMORY_MOUNTS)
def test_writable_memory_is_never_executable(mounts: dict[str, dict[str, Any]], target: str) -> None:
    assert {"rw", "noexec", "nosuid", "nodev"} <= set(mounts[target]["options"].split(","))


def test_root_is_read_only_and_verified(factory_new: FactoryNew, mounts: dict[str, dict[str, Any]]) -> None:
    assert "ro" in mounts["/"]["options"].split(",")
    assert mounts["/"]["source"] == "/dev/mapper/root"
    code, table = answer(factory_new, "dmsetup table root")
    assert code == 0 and " verity " in table, table


@pytest.mark.parametrize("question", ["cp /bin/true /var/true", "cp /bin/true /etc/true"])
def test_a_program_written_to_the_device_does_not_run(factory_new: FactoryNew, question: str) -> None:
    code, text = answer(factory_new, question)
    assert code == 126 and "Permission denied" in text, text


def test_a_device_node_outside_of_dev_does_not_work(factory_new: FactoryNew) -> None:
    code, text = answer(factory_new, "mknod /var/null")
    assert code != 0 and "Permission denied" in text, text


def test_the_image_cannot_be_written(factory_new: FactoryNew) -> None:
    code, text = answer(factory_new, "touch /usr/written")
    assert code != 0 and "Read-only file system" in text, text


def test_the_trees_are_those_of_the_factory(factory_new: FactoryNew) -> None:
    assert factory_new.differences == []


def test_switching_off_unmounts_everything_and_closes_every_mapping(factory_new: FactoryNew) -> None:
    tables = {label: answer(factory_new, f"dmsetup table --showkeys {label}")[1] for label in superblock.TYPES}
    assert factory_new.clean_while_running == {"config": False, "state": False}, "the control: what is mounted looks otherwise"
    assert superblock.clean(factory_new.machine.disk, tables) == {"config": True, "state": True}
    end = factory_new.machine.log.read_text(encoding="utf-8")[-20000:]
    assert "cleanslate-shutdown: All file systems are unmounted and all mappings are closed." in end
    assert not re.search("Failed (unmounting|to finalize|to unmount)|Cannot (unmount|close)", end), end


def test_the_record_has_the_factory_digest(factory_new: FactoryNew) -> None:
    record = scenario.newest_record(factory_new.machine)
    assert record["factoryDigest"] == factory_new.manifest_digest
    assert (record["result"], record["origin"]) == ("built", "first-boot")


def test_cleanslate_status_needs_less_than_10_mib_of_address_space(factory_new: FactoryNew, collected: Figures) -> None:
    code, text = answer(factory_new, "(ulimit -v")
    assert code == 0 and json.loads(text) == json.loads(answer(factory_new, "cleanslate status")[1])
    collected.add(factory_new.machine.name, "cleanslate status", float(answer(factory_new, "bash -c 'TIMEFORMAT")[1]))


def test_bootctl_knows_firmware_and_stub(factory_new: FactoryNew) -> None:
    code, text = answer(factory_new, "bootctl status")
    assert code == 0, text
    assert re.search(r"Firmware: UEFI", text) and re.search(r"Measured UKI: yes|Stub: cleanslate|TPM2 Support: yes", text), text


def test_the_stub_announces_itself(factory_new: FactoryNew) -> None:
    # Volatile variables do not reach the flash image; bootctl reads them from the running firmware.
    _, text = answer(factory_new, "bootctl status")
    assert "cleanslate" in text.lower(), text
    assert factory_new.machine.variables.get("StubInfo", GUID_LOADER) is None


def test_systemd_cryptenroll_lists_one_tpm2_slot_for_each_volume(factory_new: FactoryNew) -> None:
    code, text = answer(factory_new, "for label in config state; do systemd-cryptenroll")
    assert code == 0, text
    assert re.findall(r"^ *\d+ (\S+)$", text, re.M) == ["tpm2", "tpm2"], text


def test_no_unit_fails(factory_new: FactoryNew) -> None:
    assert answer(factory_new, "systemctl --failed") == (0, "")


def test_status_reports_nothing_asked_for(factory_new: FactoryNew) -> None:
    code, text = answer(factory_new, "cleanslate status")
    status = json.loads(text)
    assert (code, status["request"]["state"], status["mode"]) == (0, "absent", "normal"), text


def test_the_header_reader_tells_luks_from_anything_else(factory_new: FactoryNew) -> None:
    disk = factory_new.machine.disk
    assert luks.read(disk, disk.partition(TYPE_ROOT)) is None


def test_the_second_disk_is_untouched(factory_new: FactoryNew) -> None:
    assert factory_new.machine.second_disk_is_untouched()
