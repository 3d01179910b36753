# SPDX-License-Identifier: GPL-2.0-or-later
"""The root-verity-sig partition's content, checked as another implementation would check it: openssl's command."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import uuid
from pathlib import Path

import pytest

from images import disk, gpt, root_signature, secure_boot
from images.arch import this_arch
from images.form import ROOT

ROOT_HASH = hashlib.sha256(b"a root").hexdigest()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    secure_boot.make_keys(directory, ["ours", "theirs"])
    return directory


def document(keys: Path) -> bytes:
    return root_signature.document(ROOT_HASH, keys / "ours.key", keys / "ours.crt")


def verifies(signature: bytes, content: str, certificate: Path, work: Path) -> bool:
    (work / "signature").write_bytes(signature)
    (work / "content").write_text(content, encoding="ascii")
    command = ["openssl", "smime", "-verify", "-binary", "-inform", "DER", "-in", str(work / "signature")]
    command += ["-content", str(work / "content"), "-nointern", "-noverify", "-certfile", str(certificate)]
    return subprocess.run(command, capture_output=True).returncode == 0


def test_the_members_are_those_of_the_specification(keys: Path) -> None:
    content = document(keys)
    assert len(content) == root_signature.PARTITION_SIZE
    members = json.loads(content.rstrip(b"\0"))
    assert set(members) == {"rootHash", "certificateFingerprint", "signature"}
    assert members["rootHash"] == ROOT_HASH
    command = ["openssl", "x509", "-in", str(keys / "ours.crt"), "-noout", "-fingerprint", "-sha256"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().rsplit("=", 1)[-1]
    assert members["certificateFingerprint"] == printed.replace(":", "").lower()


def test_openssl_verifies_the_signature_over_the_hash_as_text(keys: Path, tmp_path: Path) -> None:
    signature = base64.b64decode(json.loads(document(keys).rstrip(b"\0"))["signature"])
    assert verifies(signature, ROOT_HASH, keys / "ours.crt", tmp_path)
    assert not verifies(signature, ROOT_HASH + "\n", keys / "ours.crt", tmp_path)
    assert not verifies(signature, ROOT_HASH, keys / "theirs.crt", tmp_path)


def test_equal_input_gives_equal_bytes(keys: Path) -> None:
    assert document(keys) == document(keys)


def test_the_partition_is_found_by_its_type(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "signature").write_bytes(document(keys))
    kind = this_arch().types[ROOT].signature
    part = gpt.Partition(kind, disk.signature_uuid(ROOT_HASH), "root-verity-sig", tmp_path / "signature", gpt.READ_ONLY)
    gpt.write(tmp_path / "disk", disk.DISK_UUID, 8 << 20, [part])
    table = json.loads(subprocess.run(["/sbin/sfdisk", "--json", tmp_path / "disk"], check=True, capture_output=True).stdout)
    assert [uuid.UUID(entry["type"]) for entry in table["partitiontable"]["partitions"]] == [kind]
    assert (tmp_path / "disk").read_bytes()[1 << 20 :].startswith(b'{"rootHash"')
