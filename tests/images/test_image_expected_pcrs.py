# SPDX-License-Identifier: GPL-2.0-or-later
"""Predicted PCRs: the digest of an image against the one that sbsign has signed, the file against the tool that reads it. What real
firmware measures is in tests/qemu/test_reset.py and test_secure_boot.py."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from images import expected_pcrs, pe, secure_boot
from tests.qemu.test_event_log import predicted

STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
PROFILES = [(".profile", b"ID=normal\n"), (".profile", b"ID=factory-reset\n"), (".cmdline", b"b cleanslate.mode=reset")]
SECTIONS = [(".osrel", b'ID=a\nIMAGE_ID="slate"\nIMAGE_VERSION=3\n'), (".cmdline", b"b"), (".linux", b"c" * 5000), *PROFILES]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    secure_boot.make_keys(directory, secure_boot.KEYS)
    return directory


@pytest.fixture(scope="module")
def image(keys: Path) -> Path:
    path = keys / "image.efi"
    path.write_bytes(pe.append(STUB.read_bytes(), SECTIONS))
    return path


@pytest.fixture(scope="module")
def signed(image: Path, keys: Path) -> Path:
    path = image.with_name("signed.efi")
    path.write_bytes(image.read_bytes())
    secure_boot.sign(path, keys / "db.key", keys / "db.crt")
    return path


def test_the_digest_of_an_image_is_the_one_that_was_signed(signed: Path, tmp_path: Path) -> None:
    """SpcIndirectDataContent holds it as an octet string."""
    signature = tmp_path / "signature"
    subprocess.run(["sbattach", "--detach", signature, signed], check=True, capture_output=True)
    assert b"\x04\x20" + pe.authenticode(signed.read_bytes()) in signature.read_bytes()


def test_a_bit_anywhere_but_in_checksum_and_signature_counts(signed: Path) -> None:
    content = signed.read_bytes()
    digest = pe.authenticode(content)
    for at in (0x20, *(section.file_offset for section in pe.sections(content) if section.file_size)):
        assert pe.authenticode(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]) != digest


def test_the_file_says_which_boots_have_which_values(build: Path, signed: Path, keys: Path) -> None:
    document = json.loads(expected_pcrs.document(build / "images" / "measure", signed, keys))
    assert (document["type"], document["imageId"], document["imageVersion"]) == ("cleanslate-expected-pcrs-1", "slate", "3")
    assert [len(document["pcrs"][pcr]) for pcr in ("4", "7", "11")] == [1, 1, 1 + 4 * 2]
    values = {(entry["boot"], entry["when"]): entry["value"] for entry in document["pcrs"]["11"]}
    content = signed.read_bytes()
    assert values["ordinary", "profile 0, the mode measured by the stub"] == predicted(content, 0, "normal").hex()
    for profile in (0, 1):
        for mode in ("reset", "recovery"):
            assert values[mode, f"profile {profile}, the mode measured by the stub"] == predicted(content, profile, mode).hex()
    assert len(set(values.values())) == len(values)
    assert "7" not in json.loads(expected_pcrs.document(build / "images" / "measure", signed))["pcrs"], "nobody has said what is enrolled"


def test_the_tool_reads_the_file(build: Path, signed: Path, keys: Path, tmp_path: Path) -> None:
    """On a record of another machine: the file is taken, and nothing in it agrees."""
    (tmp_path / "expected").write_text(expected_pcrs.document(build / "images" / "measure", signed, keys), encoding="utf-8")
    record = Path(__file__).resolve().parents[1] / "unit/data/signed-record.json"
    command: list[str | Path] = [build / "reset-tool/cleanslate-inspect", "certificate", "verify", "--json", record]
    done = subprocess.run([*command, f"--expected-pcrs={tmp_path}/expected"], capture_output=True, text=True, timeout=60)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["verdict"], answer["compared"], answer["differing"]) == (4, "boot-differs", [4, 7, 11], [4, 7, 11])
