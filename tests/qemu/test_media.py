# SPDX-License-Identifier: GPL-2.0-or-later
"""Real disks of a machine, asked and purged by our own code without firmware or system in between, and judged by their images
on the host: what was purged is gone, its neighbour is untouched to the byte."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.qemu import accel, arch

pytestmark = pytest.mark.promise("a purge erases its disk and no other")

SIZE = 64 << 20
SECONDS = 180
OLD = b"old data that nobody may find again. "
ERRNO_BUSY, ERRNO_NOT_SUPPORTED = -16, -95

# name of the image, what it is plugged in as; the last two are namespaces of one controller
DISKS = (
    ("nvme", "nvme,drive=nvme,serial=SN-NVME"),
    ("nvme4k", "nvme,drive=nvme4k,serial=SN-4K,logical_block_size=4096,physical_block_size=4096"),
    ("sata", "ide-hd,drive=sata,serial=SN-SATA,model=Example-SATA,ver=1.0,wwn=0x5000c500a1b2c3d4"),
    ("scsi", "scsi-hd,drive=scsi,serial=SN-SCSI,wwn=0x5000c50011223344"),
    ("virtio", "virtio-blk-pci,drive=virtio,serial=SN-VIRTIO"),
    ("first", "nvme-ns,drive=first,bus=pair,nsid=1"),
    ("second", "nvme-ns,drive=second,bus=pair,nsid=2"),
)
WANTED = (
    "probe.busy=SN-4K:nvme-format-erase",
    "probe.purge=SN-NVME:nvme-format-erase",
    "probe.purge=SN-NVME:nvme-sanitize-block",
    "probe.markers=SN-VIRTIO",
    "probe.purge=SN-PAIR/1:nvme-format-erase",
    "probe.same=SN-PAIR/1:SN-PAIR/2",
    "probe.same=SN-NVME:SN-4K",
    "probe.same=SN-NVME:SN-SATA",
    "probe.same=SN-SATA:SN-SCSI",
    "probe.same=SN-VIRTIO:SN-VIRTIO",
)


@dataclass(frozen=True)
class Seen:
    facts: dict[str, dict[str, Any]]  # by serial number
    acts: list[dict[str, Any]]
    images: dict[str, Path]
    digests: dict[str, str]  # before
    same: dict[tuple[str, str], bool]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def command(build: Path, images: dict[str, Path]) -> list[str]:
    result = [arch.QEMU, "-machine", "pc", *accel.options(), "-m", "512", "-nic", "none", "-display", "none"]
    result += ["-no-user-config", "-nodefaults", "-no-reboot", "-serial", "stdio"]
    result += ["-kernel", str(build / "images/kernel/vmlinuz"), "-initrd", str(build / "qemu/media-probe.cpio.zst")]
    result += ["-append", " ".join(("console=ttyS0", "quiet", f"probe.disks={len(DISKS) + 1}", *WANTED)), "-device", "virtio-scsi-pci"]
    result += ["-device", "nvme,id=pair,serial=SN-PAIR"]
    for name, device in DISKS:
        result += ["-drive", f"if=none,id={name},format=raw,file={images[name]}", "-device", device]
    return result


@pytest.fixture(scope="module")
def seen(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    at = tmp_path_factory.mktemp("media")
    images = {name: at / f"{name}.raw" for name, _ in DISKS}
    for name, path in images.items():
        path.write_bytes(((OLD + name.encode()).ljust(64, b".") * (SIZE // 64)))
    digests = {name: digest(path) for name, path in images.items()}
    run = subprocess.run(command(folder.parent, images), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    text = run.stdout.decode(errors="replace")
    said = [json.loads(line.split("probe: ", 1)[1]) for line in text.splitlines() if "probe: {" in line]
    assert said and said[-1] == {"end": True}, f"the machine did not come to its end:\n{text[-2000:]}\n{run.stderr.decode()}"
    facts = {answer["facts"]["serial"]: answer["facts"] for answer in said if "facts" in answer}
    assert not any(answer["overflow"] for answer in said if "facts" in answer)
    same = {(answer["same"][0], answer["same"][1]): answer["answer"] for answer in said if "same" in answer}
    return Seen(facts, [answer for answer in said if "words" in answer], images, digests, same)


def test_every_disk_says_who_it_is(seen: Seen) -> None:
    expected = {
        "SN-NVME": ("nvme", "QEMU NVMe Ctrl", 512),
        "SN-4K": ("nvme", "QEMU NVMe Ctrl", 4096),
        "SN-SATA": ("ata", "Example-SATA", 512),
        "SN-SCSI": ("scsi", "QEMU QEMU HARDDISK", 512),
    }
    for serial, (bus, model, sector) in expected.items():
        facts = seen.facts[serial]
        assert (facts["bus"], facts["model"], facts["logical-sector"], facts["size-bytes"]) == (bus, model, sector, SIZE)
    assert seen.facts["SN-VIRTIO"]["bus"] == "virtio"
    assert seen.facts["SN-SATA"]["wwid"] == "naa.5000c500a1b2c3d4"
    assert seen.facts["SN-SCSI"]["wwid"] == "naa.5000c50011223344"
    assert seen.facts["SN-NVME"]["wwid"] != seen.facts["SN-4K"]["wwid"]


def test_techniques_and_health_are_the_devices_own(seen: Seen) -> None:
    assert seen.facts["SN-NVME"]["techniques"] == ["nvme-format-erase"]  # this NVMe has Format, and no Sanitize
    assert seen.facts["SN-NVME"]["namespaces"] == 1
    for serial in ("SN-SATA", "SN-SCSI", "SN-VIRTIO"):
        assert seen.facts[serial]["techniques"] == []
    assert not seen.facts["SN-NVME"]["health"]["failing"]
    assert not seen.facts["SN-SATA"]["health"]["failing"]
    assert "health" not in seen.facts["SN-VIRTIO"], "nobody asked it"


def test_a_scsi_disk_is_understood_by_its_pages(seen: Seen) -> None:
    """The kernel's own scsi_debug answers log pages and REPORT SUPPORTED OPERATION CODES, which QEMU's disks do not."""
    facts = next(facts for facts in seen.facts.values() if facts.get("model") == "Linux scsi_debug")
    assert facts["bus"] == "scsi" and facts["wwid"].startswith("naa.") and facts["techniques"] == []
    assert facts["health"]["failing"] is False and facts["health"]["temperature-celsius"] == 38


def test_format_leaves_nothing_of_the_old_data(seen: Seen) -> None:
    purge = seen.acts[1]
    assert (purge["purge"], purge["result"]) == ("SN-NVME", 0), purge["words"]
    assert purge["written"] == purge["gone"] > 200
    content = seen.images["nvme"].read_bytes()
    assert len(content) == SIZE and OLD not in content
    assert content.count(0) == SIZE, "neither markers nor anything else"


def test_a_namespace_is_formatted_alone_and_known_to_share_its_device(seen: Seen) -> None:
    purge = seen.acts[4]
    assert (purge["purge"], purge["result"]) == ("SN-PAIR/1", 0), purge["words"]
    assert seen.facts["SN-PAIR"]["namespaces"] == 2
    assert "format-takes-all" not in seen.facts["SN-PAIR"]
    assert OLD not in seen.images["first"].read_bytes()
    assert digest(seen.images["second"]) == seen.digests["second"]


def test_hardware_is_told_apart(seen: Seen) -> None:
    assert seen.same == {
        ("SN-PAIR/1", "SN-PAIR/2"): True,
        ("SN-NVME", "SN-4K"): False,
        ("SN-NVME", "SN-SATA"): False,
        ("SN-SATA", "SN-SCSI"): False,
        ("SN-VIRTIO", "SN-VIRTIO"): True,
    }


def test_a_disk_in_use_is_not_touched(seen: Seen) -> None:
    busy = seen.acts[0]
    assert (busy["busy"], busy["result"], busy["written"]) == ("SN-4K", ERRNO_BUSY, 0)
    assert "in use" in busy["words"]


@pytest.mark.parametrize("name", ["nvme4k", "sata", "scsi"])
def test_the_others_are_untouched(seen: Seen, name: str) -> None:
    assert OLD in seen.images[name].read_bytes()[:4096], "the search finds what is there"
    assert digest(seen.images[name]) == seen.digests[name]


def test_what_a_device_does_not_offer_is_an_error(seen: Seen) -> None:
    refused = seen.acts[2]
    assert (refused["result"], refused["written"]) == (ERRNO_NOT_SUPPORTED, 0)
    assert "does not offer NVMe Sanitize, block erase" in refused["words"]


def test_markers_that_nobody_erased_are_all_found(seen: Seen) -> None:
    markers = seen.acts[3]
    assert markers["result"] == 0
    assert markers["remaining"] == markers["written"] > 200
    assert digest(seen.images["virtio"]) != seen.digests["virtio"]
