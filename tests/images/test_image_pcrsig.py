# SPDX-License-Identifier: GPL-2.0-or-later
"""The signed PCR 11 policy, compared with systemd's own tools."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from images import pcrsig, uki

SYSTEMD_STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
SYSTEMD_MEASURE = Path("/usr/lib/systemd/systemd-measure")


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    pcrsig.make_keys(private, public)
    return private, public


@pytest.fixture
def sections(tmp_path: Path, keys: tuple[Path, Path]) -> dict[str, Path]:
    contents = {
        "osrel": b"ID=debian\nIMAGE_ID=cleanslate-reference\n",
        "cmdline": b"roothash=00 quiet",
        "linux": bytes(range(256)) * 33 + b"odd length",
        "initrd": b"\x00" * 4097,
        "pcrpkey": keys[1].read_bytes(),
    }
    paths = {name: tmp_path / name for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content)
    return paths


@pytest.fixture
def image(tmp_path: Path, sections: dict[str, Path]) -> Path:
    """Only with sections that systemd 252 knows; its systemd-measure leaves out .sbat, which later ones measure."""
    stub, output = tmp_path / "stub", tmp_path / "image.efi"
    subprocess.run(["objcopy", "--remove-section", ".sbat", SYSTEMD_STUB, stub], check=True)
    uki.write(stub, [("." + name, path) for name, path in sections.items()], output)
    return output


def ours(build: Path, image: Path, keys: tuple[Path, Path]) -> dict[str, Any]:
    policy = pcrsig.predict(build / "images" / "measure", image)
    (entry,) = json.loads(pcrsig.document(policy, *keys))["sha256"]
    assert isinstance(entry, dict)
    return entry


def test_signature_equals_that_of_systemd_measure(
    build: Path, image: Path, keys: tuple[Path, Path], sections: dict[str, Path], software_tpm: str
) -> None:
    command = [str(SYSTEMD_MEASURE), "sign", "--bank=sha256", "--phase=enter-initrd", f"--tpm2-device={software_tpm}"]
    command += [f"--private-key={keys[0]}", f"--public-key={keys[1]}"]
    command += [f"--{name}={path}" for name, path in sections.items()]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert ours(build, image, keys) == theirs["sha256"][0]


def test_signature_verifies_with_the_public_key(build: Path, image: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    entry = ours(build, image, keys)
    signature = tmp_path / "signature"
    signature.write_bytes(base64.b64decode(entry["sig"]))
    command = ["openssl", "dgst", "-sha256", "-verify", str(keys[1]), "-signature", str(signature)]
    subprocess.run(command, check=True, input=bytes.fromhex(entry["pol"]), capture_output=True)


@pytest.mark.parametrize("section", ["osrel", "cmdline", "linux", "initrd", "pcrpkey"])
def test_any_changed_section_changes_the_policy(
    build: Path, image: Path, sections: dict[str, Path], tmp_path: Path, section: str
) -> None:
    measure = build / "images" / "measure"
    before = pcrsig.predict(measure, image)
    sections[section].write_bytes(sections[section].read_bytes() + b"x")
    changed = tmp_path / "changed.efi"
    uki.write(tmp_path / "stub", [("." + name, path) for name, path in sections.items()], changed)
    assert pcrsig.predict(measure, changed) != before


def test_adding_the_signature_leaves_the_policy_as_it_is(build: Path, image: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    measure = build / "images" / "measure"
    signature, signed = tmp_path / "pcrsig", tmp_path / "signed.efi"
    signature.write_text(pcrsig.document(pcrsig.predict(measure, image), *keys), encoding="ascii")
    uki.write(image, [(".pcrsig", signature)], signed)
    assert pcrsig.predict(measure, signed) == pcrsig.predict(measure, image)


def test_a_file_that_is_no_uki_is_refused(build: Path, tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(b"MZ" + b"\xff" * 200)
    result = subprocess.run([build / "images" / "measure", junk, "enter-initrd"], capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert str(junk) in result.stderr
