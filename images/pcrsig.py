# SPDX-License-Identifier: GPL-2.0-or-later
"""Signs the predicted PCR 11 policy: the text of a UKI's .pcrsig section, in the form of systemd-measure(1)."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path

PCR = 11
# Only in this phase can the disks be unlocked: before it nothing runs, after it comes leave-initrd.
PHASE = "enter-initrd"


def _openssl(arguments: list[str], stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, input=stdin, capture_output=True).stdout


def make_keys(private: Path, public: Path) -> None:
    """A throw-away RSA key of 2048 bits, which every TPM 2.0 can load."""
    private.parent.mkdir(parents=True, exist_ok=True)
    private.touch(mode=0o600)
    private.write_bytes(_openssl(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]))
    public.write_bytes(_openssl(["pkey", "-in", str(private), "-pubout"]))


def fingerprint(public: Path) -> str:
    """SHA-256 over the PKCS #1 RSAPublicKey, as systemd names a key."""
    return hashlib.sha256(_openssl(["rsa", "-pubin", "-in", str(public), "-RSAPublicKey_out", "-outform", "DER"])).hexdigest()


def predict(measure: Path, uki: Path) -> str:
    """The policy digest of PHASE, in hexadecimal."""
    answer = subprocess.run([measure, uki, PHASE], check=True, capture_output=True, text=True).stdout.split()
    if len(answer) != 3 or answer[0] != PHASE:
        raise SystemExit(f"images: {measure} answered {answer}")
    return answer[2]


def document(policy: str, private: Path, public: Path) -> str:
    """RSASSA-PKCS1-v1_5 with SHA-256 over the policy digest, which is what TPM2_PolicyAuthorize checks."""
    signature = _openssl(["dgst", "-sha256", "-sign", str(private)], bytes.fromhex(policy))
    entry = {
        "pcrs": [PCR],
        "pkfp": fingerprint(public),
        "pol": policy,
        "sig": base64.b64encode(signature).decode("ascii"),
    }
    return json.dumps({"sha256": [entry]}) + "\n"
