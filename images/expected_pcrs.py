# SPDX-License-Identifier: GPL-2.0-or-later
"""Predicts the PCRs that a quote of a record has, for whoever verifies the record: docs/record.md. A prediction is written only where it
can be right. PCR 11 is the image's own matter. PCR 4 is what the firmware starts, if it starts the image itself and at once: TCG PC
Client Platform Firmware Profile 1.05, 3.3.4.5. PCR 7 depends on what is enrolled: 3.3.4.8, and 10.4.4 for the form of the events."""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import subprocess
import uuid
from collections.abc import Iterable
from pathlib import Path

from images import pe, secure_boot

_TYPE = "cleanslate-expected-pcrs-1"
_CALLING = b"Calling EFI Application from Boot Option"
_SEPARATOR = bytes(4)
_GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
_SECURITY_DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _replay(digests: Iterable[bytes]) -> str:
    value = bytes(32)
    for digest in digests:
        value = _sha256(value + digest)
    return value.hex()


def boot_code(image: bytes) -> str:
    """PCR 4. The stub keeps the firmware from measuring the kernel inside, which is part of the image."""
    return _replay([_sha256(_CALLING), _sha256(_SEPARATOR), pe.authenticode(image)])


def _variable(vendor: uuid.UUID, name: str, value: bytes) -> bytes:
    """UEFI_VARIABLE_DATA."""
    return vendor.bytes_le + struct.pack("<QQ", len(name), len(value)) + name.encode("utf-16-le") + value


def secure_boot_state(keys: Path) -> str:
    """PCR 7 where exactly these keys are enrolled, as secure_boot.enrolled() does it, nothing is forbidden, and db's key has signed what
    is started."""
    der = {name: secure_boot.der(keys / f"{name}.crt") for name in secure_boot.KEYS}
    lists = {name: secure_boot.signature_list(certificate) for name, certificate in der.items()}
    events = [
        _variable(_GLOBAL, "SecureBoot", b"\1"),
        _variable(_GLOBAL, "PK", lists["PK"]),
        _variable(_GLOBAL, "KEK", lists["KEK"]),
        _variable(_SECURITY_DATABASE, "db", lists["db"]),
        _variable(_SECURITY_DATABASE, "dbx", b""),
        _SEPARATOR,
        _variable(_SECURITY_DATABASE, "db", secure_boot.signature_data(der["db"])),
    ]
    return _replay(map(_sha256, events))


def kernel_image(measure: Path, image: Path) -> list[dict[str, str]]:
    """PCR 11, of every boot in which a record is made."""
    answer = subprocess.run([measure, "--boots", image], check=True, capture_output=True, text=True).stdout
    result = []
    for line in answer.splitlines():
        boot, profile, by, value = line.split()
        result.append({"value": value, "boot": boot, "when": f"profile {profile}, the mode measured by the {by}"})
    return result


def document(measure: Path, image: Path, enrolled: Path | None = None) -> str:
    """`enrolled`: the directory of the keys, where the devices' firmware has exactly those."""
    content = image.read_bytes()
    pcrs = {"4": [{"value": boot_code(content), "boot": "any", "when": "started by the firmware, which has tried nothing else before"}]}
    if enrolled is not None:
        pcrs["7"] = [{"value": secure_boot_state(enrolled), "boot": "any", "when": "Secure Boot on, no keys but these, an empty dbx"}]
    pcrs["11"] = kernel_image(measure, image)
    names = dict(line.split("=", 1) for line in pe.common(content)[".osrel"].decode().splitlines() if "=" in line)
    head = {"type": _TYPE, "imageId": names.get("IMAGE_ID", "").strip('"'), "imageVersion": names.get("IMAGE_VERSION", "").strip('"')}
    return json.dumps({**head, "ukiDigest": hashlib.sha256(content).hexdigest(), "pcrs": pcrs}, indent=1) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", type=Path, required=True)
    parser.add_argument("--enrolled", type=Path)
    parser.add_argument("--uki", type=Path, required=True)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    options.output.write_text(document(options.measure, options.uki, options.enrolled), encoding="utf-8")


if __name__ == "__main__":
    main()
