# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever owns the running system, or starts another one on the machine, has its TPM vouch for a reset that never was. PCR 11 is public
and no firmware extends it, so the other system repeats what the stub measures; the made-up record is quoted by the device's own key,
with common tools. The judge is `certificate verify`, on the files alone. The container's TPM gets the firmware's and the stub's measurements
from here, as the stub of the tests has no TPM of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.attack.machine import BUILD, RECORDS, Machine
from tests.qemu.tpm import RECORD_KEY_ATTRIBUTES, OfflineTpm

IMAGE, OTHER = b"the image", b"another system's loader"
MEASURED = ("linux", "osrel", "cmdline", "initrd")  # what the tests' image has, in the order of common/format/uki.c
QUOTED = (0, 4, 7, 9, 11, 12)
MADE_UP = '{\n"type":"cleanslate-record-1",\n"result":"complete",\n"origin":"request",\n"writtenAt":1700000000\n}\n'


def events(machine: Machine, mode: str) -> list[bytes]:
    """What the stub extends PCR 11 with."""
    sections = [event for name in MEASURED for event in (f".{name}\0".encode(), (machine.at / "uki" / name).read_bytes())]
    return sections + ([f"cleanslate:mode={mode}".encode()] if mode != "normal" else [])


def extend(tpm: OfflineTpm, pcr: int, *contents: bytes) -> None:
    for content in contents:
        tpm.tool("pcrextend", f"{pcr}:sha256={hashlib.sha256(content).hexdigest()}")


def start(tpm: OfflineTpm, machine: Machine, started: bytes, mode: str, *phases: bytes) -> None:
    extend(tpm, 4, started)
    extend(tpm, 11, *events(machine, mode), *phases)


def value(*contents: bytes) -> str:
    result = bytes(32)
    for content in contents:
        result = hashlib.sha256(result + hashlib.sha256(content).digest()).digest()
    return result.hex()


@pytest.fixture
def expected(used: Machine, tmp_path: Path) -> Path:
    """As the builder writes it for such an image."""
    boots = [("reset", "reset"), ("recovery", "recovery"), ("normal", "ordinary")]
    image = [{"value": value(*events(used, mode), b"enter-initrd"), "boot": boot} for mode, boot in boots]
    path = tmp_path / "expected-pcrs.json"
    pcrs = {"4": [{"value": value(IMAGE), "boot": "any"}], "11": image}
    path.write_text(json.dumps({"type": "cleanslate-expected-pcrs-1", "pcrs": pcrs}), encoding="ascii")
    return path


def key_of(machine: Machine, to: Path) -> str:
    """The device's key, known from before."""
    with OfflineTpm(machine.at / "tpm") as tpm:
        tpm.write_record_key(to / "key.pem")
    return f"--key={to}/key.pem"


def verify(record: Path, *options: str) -> tuple[int, str]:
    command = [BUILD / "reset-tool/cleanslate-inspect", "certificate", "verify", "--json", *options, record]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)["verdict"]


def make_up(tpm: OfflineTpm, to: Path) -> Path:
    """A record of a reset, and the device's quote over it."""
    digest, key = hashlib.sha256(MADE_UP.encode()).hexdigest(), tpm.scratch / "key"
    tpm.tool("createprimary", "-C", "e", "-g", "sha256", "-G", "ecc256:ecdsa-sha256:null", "-a", RECORD_KEY_ATTRIBUTES, "-c", key)
    tpm.tool("readpublic", "-c", key, "-f", "tss", "-o", tpm.scratch / "public")
    selection = "sha256:" + ",".join(map(str, QUOTED))
    tpm.tool("pcrread", selection, "-o", tpm.scratch / "pcrs")
    quote: list[str | Path] = ["-c", key, "-l", selection, "-q", digest, "-g", "sha256", "-m", tpm.scratch / "quote", "-s", tpm.scratch / "signature"]
    tpm.tool("quote", *quote)
    values = (tpm.scratch / "pcrs").read_bytes()
    files = {name: (tpm.scratch / name).read_bytes() for name in ("quote", "signature", "public")}
    companion = {
        "type": "cleanslate-record-signature-1",
        "recordDigest": digest,
        "quote": base64.b64encode(files["quote"]).decode(),
        "signature": base64.b64encode(files["signature"]).decode(),
        "publicArea": base64.b64encode(files["public"][2:]).decode(),  # without the size in front
        "pcrs": {str(pcr): values[32 * i : 32 * i + 32].hex() for i, pcr in enumerate(QUOTED)},
    }
    (to / "made-up.json").write_text(MADE_UP, encoding="ascii")
    (to / "made-up.sig").write_text(json.dumps(companion), encoding="ascii")
    return to / "made-up.json"


def test_the_record_of_a_reset_is_called_that(used: Machine, expected: Path, tmp_path: Path) -> None:
    """The control: what was predicted is what a genuine reset has."""
    key, before = key_of(used, tmp_path), set(used.records())
    used.request()
    boot = used.boot(before=lambda tpm: start(tpm, used, IMAGE, "reset"))
    assert (boot.mode, boot.end) == ("reset", "restart"), boot
    (name,) = set(used.records()) - before
    record = used.esp / RECORDS / name
    assert verify(record, key) == (0, "signed")
    assert verify(record, key, f"--expected-pcrs={expected}") == (0, "signed-in-reset-boot")


def test_another_system_that_repeats_the_stubs_measurements_has_no_reset_signed(used: Machine, expected: Path, tmp_path: Path) -> None:
    key = key_of(used, tmp_path)
    with OfflineTpm(used.at / "tpm") as tpm:
        start(tpm, used, OTHER, "reset", b"enter-initrd")
        record = make_up(tpm, tmp_path)
    assert verify(record, key) == (0, "signed"), "this device's TPM has signed it indeed, and nothing else is said"
    assert verify(record, key, f"--expected-pcrs={expected}") == (4, "boot-differs")
    only_11 = f"--pcr=11={value(*events(used, 'reset'), b'enter-initrd')}"
    assert verify(record, key, only_11) == (4, "boot-not-shown"), "PCR 11 alone agrees, and shows nothing"


def test_the_running_system_has_no_reset_signed(used: Machine, expected: Path, tmp_path: Path) -> None:
    key = key_of(used, tmp_path)
    with OfflineTpm(used.at / "tpm") as tpm:
        start(tpm, used, IMAGE, "normal", b"enter-initrd", b"leave-initrd")
        extend(tpm, 11, b"cleanslate:mode=reset", b"enter-initrd")  # root may extend what it wants
        record = make_up(tpm, tmp_path)
    assert verify(record, key) == (0, "signed")
    assert verify(record, key, f"--expected-pcrs={expected}") == (4, "boot-differs")


def test_a_first_boot_is_no_sanitization(new: Machine, expected: Path, tmp_path: Path) -> None:
    boot = new.boot(before=lambda tpm: start(tpm, new, IMAGE, "normal"))
    assert (boot.mode, boot.end) == ("normal", "started"), boot
    (name,) = new.records()
    record, key = new.esp / RECORDS / name, key_of(new, tmp_path)
    assert verify(record, key) == (5, "signed")
    assert verify(record, key, f"--expected-pcrs={expected}")[0] == 4
