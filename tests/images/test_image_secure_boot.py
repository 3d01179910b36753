# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys, signature and the variable store with the keys enrolled; the firmware's own judgement is in tests/qemu/test_secure_boot.py."""

from __future__ import annotations

import struct
import subprocess
import uuid
from pathlib import Path

import pytest

from images import secure_boot, uki
from tests.qemu.variables import GUID_GLOBAL, VariableStore

STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
TEMPLATE = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
# Enrolled by the ovmf package's own build, with other means.
PEER = Path("/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd")
GUID_DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    secure_boot.make_keys(directory, [*secure_boot.KEYS, "stranger"])
    return directory


def certificates(keys: Path) -> dict[str, bytes]:
    return {name: secure_boot.der(keys / f"{name}.crt") for name in secure_boot.KEYS}


@pytest.mark.parametrize("name, vendor", [("PK", GUID_GLOBAL), ("KEK", GUID_GLOBAL), ("db", GUID_DATABASE)])
def test_a_key_is_enrolled_as_the_firmware_does_it(keys: Path, tmp_path: Path, name: str, vendor: uuid.UUID) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(secure_boot.enrolled(TEMPLATE.read_bytes(), certificates(keys)))
    ours, peer = VariableStore(path).get(name, vendor), VariableStore(PEER).get(name, vendor)
    assert ours is not None and peer is not None
    assert ours.attributes == peer.attributes
    # Signature type and the sizes' meaning: EFI_SIGNATURE_LIST, UEFI 2.10, 32.4.1.
    assert ours.value[:16] == peer.value[:16]
    for value in (ours.value, peer.value):
        total, header, each = struct.unpack_from("<III", value, 16)
        assert (total, header, each) == (len(value), 0, len(value) - 28)
    assert ours.value[44:] == secure_boot.der(keys / f"{name}.crt")


def test_the_rest_of_the_flash_is_untouched(keys: Path) -> None:
    template = TEMPLATE.read_bytes()
    result = secure_boot.enrolled(template, certificates(keys))
    assert len(result) == len(template)
    assert result[65536:] == template[65536:]


def test_a_store_that_is_in_use_is_refused(keys: Path) -> None:
    with pytest.raises(ValueError, match="not empty"):
        secure_boot.enrolled(PEER.read_bytes(), certificates(keys))


def test_what_is_no_variable_store_is_refused(keys: Path) -> None:
    with pytest.raises(ValueError, match="not an edk2 flash image"):
        secure_boot.enrolled(bytes(1 << 16), certificates(keys))


def sections(image: bytes) -> dict[str, bytes]:
    header = struct.unpack_from("<I", image, 0x3C)[0]
    count, optional = struct.unpack_from("<H12xH", image, header + 6)
    result = {}
    for index in range(count):
        name, size, _, _, offset = struct.unpack_from("<8sIIII", image, header + 24 + optional + 40 * index)
        result[name.rstrip(b"\0").decode()] = image[offset : offset + size]
    return result


def verifies(image: Path, certificate: Path) -> bool:
    return subprocess.run(["sbverify", "--cert", certificate, image], capture_output=True).returncode == 0


def test_a_signed_image_verifies_and_has_the_same_sections(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "cmdline").write_text("quiet", encoding="ascii")
    image = tmp_path / "image.efi"
    uki.write(STUB, [(".cmdline", tmp_path / "cmdline")], image)
    before = sections(image.read_bytes())
    secure_boot.sign(image, keys / "db.key", keys / "db.crt")
    assert sections(image.read_bytes()) == before
    assert verifies(image, keys / "db.crt")
    assert not verifies(image, keys / "stranger.crt")


def test_an_altered_image_does_not_verify(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "cmdline").write_text("quiet", encoding="ascii")
    image = tmp_path / "image.efi"
    uki.write(STUB, [(".cmdline", tmp_path / "cmdline")], image)
    secure_boot.sign(image, keys / "db.key", keys / "db.crt")
    content = image.read_bytes()
    at = content.index(b"quiet")
    image.write_bytes(content[:at] + b"Quiet" + content[at + 5 :])
    assert not verifies(image, keys / "db.crt")


def test_an_image_that_cannot_be_signed_is_an_error(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "image.efi").write_bytes(b"MZ")
    with pytest.raises(SystemExit, match="sbsign failed"):
        secure_boot.sign(tmp_path / "image.efi", keys / "db.key", keys / "db.crt")
