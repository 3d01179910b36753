# SPDX-License-Identifier: GPL-2.0-or-later
"""An image around systemd-stub: it holds what that stub knows and nothing that it would leave unmeasured, and the signed policy is the one that
systemd's own prediction gives."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from images import pcrsig, pe, uki, vendor

STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
SYSTEMD_MEASURE = "/usr/lib/systemd/systemd-measure"
SETTINGS = "[BreakGlass]\nmode=allowed\n"


def parts(at: Path, build: Path, stub: bytes) -> uki.Parts:
    (at / "kernel").mkdir()
    contents = {
        "stub": stub,
        "kernel/vmlinuz": b"k" * 10_000,
        "kernel/release": b"6.1.0-test\n",
        "initrd": b"i" * 4097,
        "os-release": b"ID=debian\n",
        "settings": SETTINGS.encode(),
        "certificate": b"certificate",
    }
    for name, content in contents.items():
        (at / name).write_bytes(content)
    pcrsig.make_keys(at / "private.pem", at / "public.pem")
    return uki.Parts(
        stub=at / "stub",
        kernel=at / "kernel",
        initrd=at / "initrd",
        measure=build / "images" / "measure",
        os_release=at / "os-release",
        command_line="roothash=00 quiet",
        private_key=at / "private.pem",
        public_key=at / "public.pem",
        settings=at / "settings",
        root_certificate=at / "certificate",
    )


def of_version(version: bytes) -> bytes:
    """Debian's, with another version's name on it."""
    return STUB.read_bytes().replace(b"systemd-stub 252", b"systemd-stub " + version)


def made(at: Path, build: Path, stub: bytes) -> bytes:
    (at / "work").mkdir()
    uki.build(parts(at, build, stub), at / "work", at / "image.efi")
    return (at / "image.efi").read_bytes()


def test_an_old_stub_gets_nothing_that_it_does_not_measure(tmp_path: Path, build: Path) -> None:
    image = made(tmp_path, build, STUB.read_bytes())
    names = {section.name for section in pe.sections(image)}
    assert names >= {".osrel", ".cmdline", ".pcrpkey", ".pcrsig", ".linux", ".initrd"}
    assert names.isdisjoint({".clnslt", ".rootcrt", ".uname", ".profile"})


def test_a_current_one_gets_profiles_but_no_break_glass(tmp_path: Path, build: Path) -> None:
    """Without our stub that is refused, so nobody is offered it."""
    image = made(tmp_path, build, of_version(b"257"))
    names = [section.name for section in pe.sections(image)]
    assert names.count(".profile") == len(uki.PROFILES) and ".uname" in names
    assert b"cleanslate.mode=reset" in image and b"cleanslate.mode=break-glass" not in image


def test_the_policy_is_that_of_systemds_own_prediction(tmp_path: Path, build: Path) -> None:
    image = made(tmp_path, build, STUB.read_bytes())
    command = [SYSTEMD_MEASURE, "calculate", "--bank=sha256", f"--phase={pcrsig.PHASE}", "--json=short"]
    for name in ("linux", "osrel", "cmdline", "initrd", "pcrpkey"):
        (tmp_path / name).write_bytes(pe.common(image)[f".{name}"])
        command.append(f"--{name}={tmp_path / name}")
    predicted = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["sha256"][0]["hash"]
    answer = subprocess.run([build / "images" / "measure", tmp_path / "work" / "unsigned.efi", pcrsig.PHASE], check=True, capture_output=True, text=True)
    _, pcr, policy = answer.stdout.split()
    assert pcr == predicted
    assert json.loads(pe.common(image)[".pcrsig"])["sha256"][0]["pol"] == policy


def test_the_certificate_of_the_root_comes_with_the_initrd(tmp_path: Path, build: Path) -> None:
    """Where our stub would have handed it over; in a form that the kernel unpacks behind the other archive."""
    initrd = pe.common(made(tmp_path, build, STUB.read_bytes()))[".initrd"]
    assert initrd.startswith(b"i" * 4097)
    listed = subprocess.run(["cpio", "--list", "--quiet"], input=initrd[4100:], check=True, capture_output=True).stdout
    assert listed.decode().split() == [".extra", ".extra/cleanslate", uki.ROOT_CERTIFICATE]
    content = subprocess.run(["cpio", "--extract", "--to-stdout", "--quiet", uki.ROOT_CERTIFICATE], input=initrd[4100:], check=True, capture_output=True)
    assert content.stdout == b"certificate"


@pytest.mark.parametrize("version", (b"251", b"253", b"256"))
def test_a_stub_that_nobody_has_tried_is_refused(version: bytes) -> None:
    with pytest.raises(uki.UnknownStub, match="only 252, and 257 and later"):
        uki.kind_of(of_version(version))


def test_what_is_no_stub_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stub").write_bytes(b"MZ")
    with pytest.raises(SystemExit, match="neither Cleanslate's stub nor systemd-stub"):
        vendor.check_stub(tmp_path / "stub")
    with pytest.raises(SystemExit, match="No such file"):
        vendor.check_stub(tmp_path / "none")


def test_ours_is_ours(build: Path, tmp_path: Path) -> None:
    ours = build / "efi" / "cleanslatex64.efi.stub"
    assert uki.kind_of(ours.read_bytes()) == uki.StubKind()
    with pytest.raises(SystemExit, match="omit it"):
        vendor.check_stub(ours)
