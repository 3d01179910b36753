# SPDX-License-Identifier: GPL-2.0-or-later
"""Signs the verity root hash: the content of a root-verity-sig partition (Discoverable Partitions Specification). PKCS#7, detached,
over the root hash in lower-case hexadecimal, as the kernel's dm-verity and systemd's tools check it."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from images import secure_boot

NAME = "root-signing"  # of key and certificate
PARTITION_SIZE = 16 << 10


def pkcs7(root_hash: str, key: Path, certificate: Path) -> bytes:
    """Without attributes and certificates: equal input gives equal bytes, and the checker has the certificate."""
    with tempfile.NamedTemporaryFile() as content:
        content.write(root_hash.encode("ascii"))
        content.flush()
        command = ["openssl", "smime", "-sign", "-nocerts", "-noattr", "-binary", "-md", "sha256", "-outform", "DER"]
        command += ["-in", content.name, "-inkey", str(key), "-signer", str(certificate)]
        return subprocess.run(command, check=True, capture_output=True).stdout


def document(root_hash: str, key: Path, certificate: Path) -> bytes:
    members = {
        "rootHash": root_hash,
        "certificateFingerprint": hashlib.sha256(secure_boot.der(certificate)).hexdigest(),
        "signature": base64.b64encode(pkcs7(root_hash, key, certificate)).decode("ascii"),
    }
    return json.dumps(members).encode("ascii").ljust(PARTITION_SIZE, b"\0")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make the key, its certificate, and that in DER for the UKI")
    keys.add_argument("directory", type=Path)
    sign = commands.add_parser("sign", help="write the partition's content")
    sign.add_argument("--root-hash", type=Path, required=True)
    sign.add_argument("--keys", type=Path, required=True)
    sign.add_argument("output", type=Path)
    options = parser.parse_args()
    if options.command == "keys":
        secure_boot.make_keys(options.directory, [NAME])
        (options.directory / f"{NAME}.der").write_bytes(secure_boot.der(options.directory / f"{NAME}.crt"))
    else:
        root_hash = options.root_hash.read_text(encoding="ascii").strip()
        options.output.write_bytes(document(root_hash, options.keys / f"{NAME}.key", options.keys / f"{NAME}.crt"))


if __name__ == "__main__":
    main()
