# SPDX-License-Identifier: GPL-2.0-or-later
"""Secure Boot for the reference machine: throw-away keys, the UKI's signature, and a firmware variable store in which the keys are
enrolled as a vendor's production line would leave it (UEFI 2.10, chapter 32)."""

from __future__ import annotations

import argparse
import struct
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

# Who may change what: PK the list of KEKs, KEK the lists db and dbx; db signs what is started.
KEYS = ("PK", "KEK", "db")
_GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
_SECURITY_DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
_VENDORS = {"PK": _GLOBAL, "KEK": _GLOBAL, "db": _SECURITY_DATABASE}
_OWNER = uuid.UUID("e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41")  # Cleanslate's own GUID
_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
_ATTRIBUTES = 0x27  # non-volatile, boot, run time, time-based authenticated write
# An authenticated variable takes only what is signed later than this, so it has to lie in the past; 2020-01-01 as EFI_TIME.
_ENROLLED = struct.pack("<HBBBBBBIhBB", 2020, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)

# edk2's flash image (MdeModulePkg/Include/Guid/VariableFormat.h)
_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
_STORE_HEADER = struct.Struct("<16sIBBHI")
_RECORD = struct.Struct("<HBBIQ16sIII16s")
_START, _ADDED, _ERASED = 0x55AA, 0x3F, 0xFF


def make_keys(directory: Path, names: Sequence[str]) -> None:
    """NAME.key and NAME.crt, self-signed, valid for longer than any test machine lives."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        key, certificate = directory / f"{name}.key", directory / f"{name}.crt"
        key.touch(mode=0o600)
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "36500"]
        command += ["-subj", f"/CN=Cleanslate throw-away {name}/", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)


def der(certificate: Path) -> bytes:
    command = ["openssl", "x509", "-in", str(certificate), "-outform", "DER"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def sign(image: Path, key: Path, certificate: Path) -> None:
    """In place. The sections stay what they are, so a prediction of PCR 11 made before holds."""
    command = ["sbsign", "--key", str(key), "--cert", str(certificate), "--output", str(image), str(image)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"images: sbsign failed on {image}:\n{result.stderr}")


def signature_data(certificate: bytes) -> bytes:
    """An EFI_SIGNATURE_DATA."""
    return _OWNER.bytes_le + certificate


def signature_list(certificate: bytes) -> bytes:
    """An EFI_SIGNATURE_LIST of one certificate."""
    data = signature_data(certificate)
    return _X509.bytes_le + struct.pack("<III", 28 + len(data), 0, len(data)) + data


def _record(name: str, value: bytes) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    fields = (_START, _ADDED, 0, _ATTRIBUTES, 0, _ENROLLED, 0, len(encoded), len(value), _VENDORS[name].bytes_le)
    record = _RECORD.pack(*fields) + encoded + value
    return record + bytes([_ERASED]) * (-len(record) % 4)


def enrolled(template: bytes, certificates: dict[str, bytes]) -> bytes:
    """An empty variable store with the keys in it. Once there is a PK the firmware leaves setup mode and turns Secure Boot on."""
    header_length = int.from_bytes(template[48:50], "little")
    signature, size, *_ = _STORE_HEADER.unpack_from(template, header_length)
    if template[40:44] != b"_FVH" or signature != _STORE.bytes_le:
        raise ValueError("not an edk2 flash image with an authenticated variable store")
    first = (header_length + _STORE_HEADER.size + 3) // 4 * 4
    records = b"".join(_record(name, signature_list(certificates[name])) for name in KEYS)
    if first + len(records) > header_length + size or any(byte != _ERASED for byte in template[first : first + len(records)]):
        raise ValueError("the variable store is not empty, or too small")
    return template[:first] + records + template[first + len(records) :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make PK, KEK and db")
    keys.add_argument("directory", type=Path)
    variables = commands.add_parser("variables", help="enroll them into a copy of the firmware's empty variable store")
    variables.add_argument("--keys", type=Path, required=True)
    variables.add_argument("--template", type=Path, required=True)
    variables.add_argument("output", type=Path)
    options = parser.parse_args()
    if options.command == "keys":
        make_keys(options.directory, KEYS)
    else:
        certificates = {name: der(options.keys / f"{name}.crt") for name in KEYS}
        options.output.write_bytes(enrolled(options.template.read_bytes(), certificates))


if __name__ == "__main__":
    main()
