# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk as sfdisk and mtools see it."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from pathlib import Path

import pytest

from images import disk, gpt

DISK = uuid.UUID("11111111-2222-3333-4444-555555555555")
TYPE = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")


def partition(path: Path, content: bytes, number: int, attributes: int = 0) -> gpt.Partition:
    path.write_bytes(content)
    return gpt.Partition(TYPE, uuid.UUID(int=number), f"näme {number}", path, attributes)


def test_sfdisk_reads_back_what_was_written(tmp_path: Path) -> None:
    parts = [
        partition(tmp_path / "a", b"a" * 1000, 1),
        partition(tmp_path / "b", b"b" * (gpt.GRAIN + 1), 2, gpt.READ_ONLY),
    ]
    image = tmp_path / "image"
    gpt.write(image, DISK, 64 << 20, parts)
    table = json.loads(subprocess.run(["sfdisk", "--json", image], check=True, capture_output=True, text=True).stdout)
    table = table["partitiontable"]
    assert (table["label"], uuid.UUID(table["id"])) == ("gpt", DISK)
    found = [(p["start"], p["size"], uuid.UUID(p["uuid"]), p["name"], p.get("attrs", "")) for p in table["partitions"]]
    assert found == [
        (2048, 2048, uuid.UUID(int=1), "näme 1", ""),
        (4096, 4096, uuid.UUID(int=2), "näme 2", "GUID:60"),
    ]
    assert all(uuid.UUID(p["type"]) == TYPE for p in table["partitions"])
    verdict = subprocess.run(["sfdisk", "--verify", image], check=True, capture_output=True, text=True)
    assert "No errors" in verdict.stdout and "corrupt" not in verdict.stderr


def test_contents_lie_where_the_table_says_and_the_rest_is_a_hole(tmp_path: Path) -> None:
    content = b"\0" * (1 << 17) + b"x" * 1000
    image = tmp_path / "image"
    gpt.write(image, DISK, 64 << 20, [partition(tmp_path / "a", content, 1)])
    with image.open("rb") as stream:
        stream.seek(gpt.GRAIN)
        assert stream.read(len(content)) == content
    assert image.stat().st_size == 64 << 20
    assert image.stat().st_blocks * 512 < 1 << 20


def test_backup_table_is_usable_alone(tmp_path: Path) -> None:
    image = tmp_path / "image"
    gpt.write(image, DISK, 64 << 20, [partition(tmp_path / "a", b"a", 1)])
    with image.open("r+b") as stream:
        stream.seek(512)
        stream.write(b"\0" * 512)
    text = subprocess.run(["sfdisk", "--dump", image], check=True, capture_output=True, text=True).stdout
    assert "label: gpt" in text and str(uuid.UUID(int=1)) in text.lower()


def test_a_disk_for_sectors_of_4096_bytes_reads_as_one(tmp_path: Path) -> None:
    image = tmp_path / "image"
    gpt.write(image, DISK, 64 << 20, [partition(tmp_path / "a", b"a" * (gpt.GRAIN + 1), 1)], sector=4096)
    command = ["fdisk", "--sector-size", "4096", "--list", "--output", "Start,Sectors,UUID", str(image)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert re.search(rf"^ +256 +512 {uuid.UUID(int=1)}$", done.stdout, re.M), done.stdout
    assert "corrupt" not in done.stderr


def test_partitions_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Give it a larger --size"):
        gpt.write(tmp_path / "image", DISK, 3 << 20, [partition(tmp_path / "a", b"a" * (2 << 20), 1)])


def test_verity_partitions_are_named_by_the_root_hash() -> None:
    root_hash = "0123456789abcdef0123456789abcdef" + "fedcba98765432100123456789abcdef"
    root, verity = disk.verity_uuids(root_hash)
    assert str(root) == "01234567-89ab-cdef-0123-456789abcdef"
    assert str(verity) == "fedcba98-7654-3210-0123-456789abcdef"


def test_esp_holds_the_uki_and_room_for_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    uki, esp = tmp_path / "uki", tmp_path / "esp"
    uki.write_bytes(b"uki" * 1000)
    disk.make_esp(uki, esp)
    copy = subprocess.run(["mcopy", "-i", esp, "::EFI/BOOT/BOOTX64.EFI", "-"], check=True, capture_output=True).stdout
    assert copy == uki.read_bytes()
    subprocess.run(["mdir", "-i", esp, "::EFI/cleanslate/records"], check=True, capture_output=True)


def test_two_esps_of_one_uki_are_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    uki = tmp_path / "uki"
    uki.write_bytes(b"uki" * 1000)
    for name in ("first", "second"):
        disk.make_esp(uki, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_image_mounts_the_esp_that_the_disk_has(overlay: Path) -> None:
    unit = (overlay / "usr/lib/systemd/system/efi.mount").read_text(encoding="utf-8")
    match = re.search(r"by-partuuid/(\S+)", unit)
    assert match and uuid.UUID(match.group(1)) == disk.ESP_UUID
