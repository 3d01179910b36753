# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job: a machine in use, a request from the running system, and a login to the factory state. Judged by the raw disk, the
TPM's own answers, the firmware's variables and the trees that the new system shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import canaries, certificate, guest_tree, scenario
from tests.qemu.canaries import Canaries
from tests.qemu.certificate import Certificates
from tests.qemu.conftest import FactoryNew, Images
from tests.qemu.disk import TYPE_CONFIG, TYPE_VAR, copy_sparse, Disk
from tests.qemu.figures import Figures
from tests.qemu.luks import Luks
from tests.qemu.machine import LOGIN, Machine
from tests.qemu.scenario import Reset
from tests.qemu.tpm import TpmError
from tests.qemu.variables import GUID_REQUEST, REQUEST_NAME

pytestmark = pytest.mark.promise("a request leads to the factory state by itself, and nothing of before is left on the disk or in the TPM")

SECRET = b"sealed before the reset"
PERSISTENT = 0x81000123
NV_INDEX = 0x01500016
REASON = "sold to the neighbour"


@dataclass(frozen=True)
class Before:
    canaries: Canaries
    canaries_readable: int
    differences: list[str]
    canaries_in_gaps: tuple[int, int]  # planted, and found by the search
    headers: dict[str, Luks]
    blobs: dict[str, bytes]
    partition_ids: set[str]
    storage_key: str
    sealed: Path
    unsealed: bytes
    blobs_load: bool
    persistent: set[int]
    nv_indices: set[int]


@dataclass(frozen=True)
class Life:
    machine: Machine
    before: Before
    reset: Reset
    differences: list[str]
    status: tuple[int, dict[str, Any]]
    canary_files_left: str
    services: str
    planned: dict[str, Any]
    log: dict[str, Any]


def partition_ids(machine: Machine) -> set[str]:
    return {str(machine.disk.partition(type_).uuid) for type_ in (TYPE_CONFIG, TYPE_VAR)}


def put_into_tpm(machine: Machine) -> dict[str, Any]:
    sealed = machine.directory / "sealed"
    headers = scenario.volumes(machine)
    blobs = scenario.sealed_blobs(headers)
    with machine.tpm() as tpm:
        tpm.seal(SECRET, sealed)
        tpm.make_persistent(PERSISTENT)
        tpm.define_nv(NV_INDEX, b"written before the reset")
        return {
            "headers": headers,
            "blobs": blobs,
            "storage_key": tpm.storage_key_name(),
            "sealed": sealed,
            "unsealed": tpm.unseal(sealed),
            "blobs_load": all(tpm.can_load_blob(blob) for blob in blobs.values()),
            "persistent": tpm.owner_persistent_handles(),
            "nv_indices": tpm.owner_nv_indices(),
        }


def plant_in_gaps(machine: Machine, marks: Canaries) -> tuple[int, int]:
    """A trace at the beginning and at the end of whatever belongs to no partition; how many that are, and how many are found on the disk."""
    text, gaps = marks.prefix.encode(), machine.disk.gaps()
    for start, end in gaps:
        machine.disk.write(start, text)
        machine.disk.write(end - len(text), text)
    return 2 * len(gaps), marks.found_on(machine.disk)


def live(machine: Machine, collected: Figures) -> Life:
    marks = Canaries()
    in_gaps = plant_in_gaps(machine, marks)
    in_tpm = put_into_tpm(machine)
    ids = partition_ids(machine)
    machine.power_on()
    shell = machine.login(scenario.BOOT_SECONDS)
    collected.add(machine.name, "power-on to the login, ordinary boot", machine.console.seconds())
    marks.write(shell)
    before = Before(marks, marks.count_files(shell), guest_tree.differences(shell), in_gaps, partition_ids=ids, **in_tpm)
    planned = scenario.plan(shell)
    asked_at = machine.console.seconds()
    shell.start(f"cleanslate request --yes --reboot --reason '{REASON}'")
    reset = scenario.follow_reset(machine)
    collected.add(machine.name, "request to the login", reset.seconds_to_login)
    scenario.record_figures(machine, collected, asked_at)
    shell = machine.login_now()
    life = Life(
        machine,
        before,
        reset,
        guest_tree.differences(shell),
        scenario.status(shell),
        shell.run("ls -d /var/canaries /etc/canaries")[1],
        shell.run("systemctl --failed --no-legend --plain")[1],
        planned,
        json.loads(shell.check("cleanslate log --json")),
    )
    machine.kill()
    return life


@pytest.fixture(scope="module")
def life(factory_new: FactoryNew, machine_like: Callable[[Machine, str], Machine], collected: Figures) -> Life:
    return live(machine_like(factory_new.machine, "reset"), collected)


def test_before_the_reset_everything_that_must_go_was_there(life: Life) -> None:
    """The control of all that follows: each of its checks finds what it looks for as long as it is there."""
    before = life.before
    assert before.canaries_readable == canaries.COUNT
    planted, found = before.canaries_in_gaps
    assert planted == found >= 2, "the table is followed by a partition at once, or the search misses what is in a gap"
    assert sum("/canaries/" in line for line in before.differences) == canaries.COUNT
    assert before.unsealed == SECRET
    assert before.blobs_load
    assert PERSISTENT in before.persistent
    assert NV_INDEX in before.nv_indices


def test_the_machine_returns_by_itself_with_the_factory_digest(life: Life, factory_new: FactoryNew) -> None:
    assert life.reset.digest == factory_new.manifest_digest


def test_the_reset_did_what_the_plan_had_said(life: Life) -> None:
    scenario.assert_did_as_planned(scenario.newest_record(life.machine), life.planned)


def test_the_trees_are_those_of_the_factory(life: Life) -> None:
    assert life.differences == []
    assert "No such file" in life.canary_files_left and "\n/" not in life.canary_files_left


def test_no_unit_fails_afterwards(life: Life) -> None:
    assert life.services == ""


def test_no_canary_is_on_the_raw_disk(life: Life) -> None:
    assert life.before.canaries.found_on(life.machine.disk) == 0


def test_the_search_finds_a_canary_that_is_on_the_raw_disk(life: Life) -> None:
    planted = Disk(life.machine.directory / "planted.raw")
    copy_sparse(life.machine.disk.path, planted.path)
    state = planted.partition(TYPE_VAR)
    planted.write(state.start + state.size // 2 + 511, life.before.canaries.prefix.encode())
    try:
        assert life.before.canaries.found_on(planted) == 1
    finally:
        planted.path.unlink()


def test_config_and_state_are_new_partitions_with_new_volumes(life: Life) -> None:
    assert life.before.partition_ids.isdisjoint(partition_ids(life.machine))
    now = scenario.volumes(life.machine)
    assert {label: header.uuid for label, header in now.items()}.items().isdisjoint(
        {label: header.uuid for label, header in life.before.headers.items()}.items()
    )
    for label, header in now.items():
        assert header.metadata["digests"] != life.before.headers[label].metadata["digests"]


def test_no_keyslot_of_before_is_left_anywhere(life: Life) -> None:
    assert scenario.leftover_keyslots(life.machine, life.before.headers) == []


def test_the_sealed_keys_of_before_do_not_load(life: Life) -> None:
    with life.machine.tpm() as tpm:
        assert [label for label, blob in life.before.blobs.items() if tpm.can_load_blob(blob)] == []


def test_an_object_sealed_beforehand_does_not_load(life: Life) -> None:
    with life.machine.tpm() as tpm, pytest.raises(TpmError, match="integrity check failed"):
        tpm.load(life.before.sealed)


def test_the_storage_root_key_is_another_one(life: Life) -> None:
    with life.machine.tpm() as tpm:
        name = tpm.storage_key_name()
    assert name != life.before.storage_key
    evidence = scenario.newest_record(life.machine)["tpm"]
    assert (evidence["storageRootKeyBefore"], evidence["storageRootKeyAfter"]) == (life.before.storage_key, name)


def test_the_owners_objects_of_before_are_gone(life: Life) -> None:
    with life.machine.tpm() as tpm:
        assert PERSISTENT not in tpm.owner_persistent_handles()
        assert NV_INDEX not in tpm.owner_nv_indices()


def test_the_request_is_gone_and_status_says_so(life: Life) -> None:
    assert life.machine.variables.get(REQUEST_NAME, GUID_REQUEST) is None
    code, status = life.status
    assert (code, status["request"]["state"], status["progress"]["phase"], status["mode"]) == (0, "absent", "done", "normal")


def test_the_record_is_on_the_esp(life: Life, factory_new: FactoryNew) -> None:
    record = scenario.newest_record(life.machine)
    assert (record["result"], record["origin"], record["reason"]) == ("complete", "request", REASON)
    assert record["factoryDigest"] == factory_new.manifest_digest
    assert all(step["result"] == "ok" for step in record["steps"][: len(record["steps"]) - 2]), record["steps"]
    assert record["resetId"] == life.status[1]["progress"]["resetId"]


def test_the_records_of_earlier_resets_are_kept(life: Life) -> None:
    assert {record["origin"] for record in life.machine.esp.records().values()} == {"first-boot", "request"}


def test_log_lists_the_reset_before_the_first_boot(life: Life) -> None:
    records = life.log["records"]
    assert [(entry["origin"], entry["result"]) for entry in records] == [("request", "complete"), ("first-boot", "built")]
    newest = scenario.newest_record(life.machine)
    assert all(records[0][key] == newest[key] for key in ("resetId", "reason", "requester", "level", "writtenAt", "factoryDigest"))


@pytest.fixture(scope="module")
def certificates(life: Life, tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificate.take(life.machine, tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize(("origin", "status"), [("first-boot", 5), ("request", 0)])
def test_the_record_is_signed_by_the_devices_key_on_both_sides_of_the_clear(certificates: Certificates, origin: str, status: int) -> None:
    """A first boot has erased nothing, so that its record is no certificate."""
    assert certificates.verify(certificates.names[origin], f"--key={certificates.key}") == (status, "signed")


@pytest.mark.parametrize(("origin", "expected"), [("first-boot", (4, "signed-in-ordinary-boot")), ("request", (0, "signed-in-reset-boot"))])
def test_the_builder_has_predicted_what_the_firmware_measured(
    certificates: Certificates, images: Images, origin: str, expected: tuple[int, str]
) -> None:
    assert certificates.verify(certificates.names[origin], f"--expected-pcrs={images.expected_pcrs}") == expected


@pytest.mark.parametrize("pcr", [4, 11])
def test_another_value_of_any_pcr_is_another_boot(certificates: Certificates, images: Images, pcr: int) -> None:
    """The control: what was compared counts. PCR 7, of keys that this machine does not have, is one more that differs."""
    options = [f"--expected-pcrs={images.expected_pcrs}", f"--pcr={pcr}={'5a' * 32}"]
    assert certificates.verify(certificates.names["request"], *options) == (4, "boot-differs")
    assert certificates.verify(certificates.names["request"], f"--expected-pcrs={images.enrolled_pcrs}") == (4, "boot-differs")


def test_a_byte_of_the_record_or_another_resets_signature_is_noticed(certificates: Certificates) -> None:
    record = (certificates.folder / certificates.names["request"]).read_bytes()
    (certificates.folder / "altered.json").write_bytes(record.replace(b'"complete"', b'"Complete"', 1))
    (certificates.folder / "swapped.json").write_bytes(record)
    for copy, origin in (("altered", "request"), ("swapped", "first-boot")):
        signature = certificates.names[origin].removesuffix(".json") + ".sig"
        (certificates.folder / f"{copy}.sig").write_bytes((certificates.folder / signature).read_bytes())
        assert certificates.verify(f"{copy}.json") == (1, "altered")


def test_the_second_disk_is_untouched(life: Life) -> None:
    assert life.machine.second_disk_is_untouched()


@pytest.fixture
def with_old_headers(life: Life, machine_like: Callable[[Machine, str], Machine]) -> Iterator[Machine]:
    machine = machine_like(life.machine, "reset-headers-put-back")
    for type_ in (TYPE_CONFIG, TYPE_VAR):
        partition = machine.disk.partition(type_)
        machine.disk.write(partition.start, life.before.headers[partition.name].header_area)
    yield machine
    machine.kill()


def test_a_header_backup_put_back_cannot_be_opened(with_old_headers: Machine) -> None:
    headers = scenario.volumes(with_old_headers)
    assert set(headers) == {"config", "state"}, "the headers were not put back"
    with_old_headers.power_on()
    said = with_old_headers.wait_for(scenario.RECOVERY, scenario.BOOT_SECONDS, never=[LOGIN])
    assert re.search(r"TPM that was cleared|stays locked|does not open", said[1]), said[1]
