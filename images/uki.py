# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a unified kernel image: the stub plus sections behind the stub's own (UAPI.5), first those that all profiles share."""

from __future__ import annotations

import argparse
import configparser
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from images import cpio, pcrsig, pe, secure_boot
from images.arch import this_arch
from images.form import FORMS, ROOT, Form


@dataclass(frozen=True)
class Profile:
    """What another boot menu can choose by its number (UAPI.5, multi-profile UKIs)."""

    id: str
    title: str
    mode: str = ""  # cleanslate.mode= on its command line; "" = the common command line

    def text(self) -> str:
        return f'ID={self.id}\nTITLE="{self.title}"\n'


# Numbered from 0, which is what is started if nobody asks. Numbers are what entries elsewhere refer to: never reorder.
PROFILES = (
    Profile("normal", "Start normally"),
    Profile("factory-reset", "Factory reset", "reset"),
    Profile("recovery", "Recovery", "recovery"),
)
BREAK_GLASS = Profile("break-glass", "Break-glass shell", "break-glass")  # only if cleanslate.conf allows it


def profiles(settings: str) -> tuple[Profile, ...]:
    """Those that an image with this cleanslate.conf offers."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)  # [Disk] may stand more than once
    parser.read_string(settings)
    allowed = parser.get("BreakGlass", "mode", fallback="off") != "off"
    return (*PROFILES, BREAK_GLASS) if allowed else PROFILES


def profile_sections(offered: Sequence[Profile], command_line: str) -> list[tuple[str, bytes]]:
    """Each begins with its .profile; what follows stands in place of the common section of that name."""
    result = []
    for profile in offered:
        result.append((".profile", profile.text().encode()))
        if profile.mode:
            result.append((".cmdline", f"{command_line} cleanslate.mode={profile.mode}".encode()))
    return result


ROOT_CERTIFICATE = ".extra/cleanslate/root-certificate.der"  # common/boot/handover.h

# Another stub's own mark of what it is (systemd-stub(7), section .sdmagic).
_SYSTEMD_STUB = re.compile(rb"#### LoaderInfo: systemd-stub ([0-9]+)")
# The first that knows profiles and measures what is measured today; before it, Debian 12's is the one that was tried.
_SYSTEMD_CURRENT, _SYSTEMD_OLD = 257, 252


class UnknownStub(ValueError):
    """No image is made around this stub; the reason is its text."""


@dataclass(frozen=True)
class StubKind:
    """What a stub makes of an image's sections."""

    ours: bool = True
    profiles: bool = True  # one that does not know them would take the last section of a name for the image's
    measures_all: bool = True  # .uname and .sbat, too


def kind_of(stub: bytes) -> StubKind:
    found = _SYSTEMD_STUB.search(stub)
    if b"#### LoaderInfo: cleanslate " in stub:
        return StubKind()
    if found is None:
        raise UnknownStub("it is neither Cleanslate's stub nor systemd-stub")
    version = int(found[1])
    if version != _SYSTEMD_OLD and version < _SYSTEMD_CURRENT:
        raise UnknownStub(f"it is systemd-stub {version}: only {_SYSTEMD_OLD}, and {_SYSTEMD_CURRENT} and later are known to measure what is signed")
    return StubKind(ours=False, profiles=version >= _SYSTEMD_CURRENT, measures_all=version >= _SYSTEMD_CURRENT)


def write(stub: Path, sections: Sequence[tuple[str, Path]], output: Path, of_profiles: Sequence[tuple[str, bytes]] = ()) -> None:
    """Sections with their names (".osrel") and files, in the order in which they are laid out, absent from `stub`; then those of
    the profiles."""
    contents = [(name, path.read_bytes()) for name, path in sections]
    output.write_bytes(pe.append(stub.read_bytes(), [*contents, *of_profiles]))
    output.chmod(0o755)


def command_line_with(root_hash: str, words: str, form: Form = ROOT) -> str:
    # gpt-auto would mount by partition type what the initrd mounts by policy. Without panic= a kernel that stops is no failed boot.
    return f"{form.word}={root_hash} {words} panic=-1 systemd.gpt_auto=no"


def command_line(root_hash: str, console: str, form: Form = ROOT) -> str:
    """The reference machine's."""
    # The serial console comes last: it is /dev/console.
    # An emulated machine on a busy host can miss the kernel's check of the timer, which would be a panic (no_timer_check).
    return command_line_with(root_hash, f"console=tty0 console={console} quiet no_timer_check", form)


@dataclass(frozen=True)
class Parts:
    """What a unified kernel image is made of."""

    stub: Path
    kernel: Path  # a directory with vmlinuz and release
    initrd: Path
    measure: Path
    os_release: Path
    command_line: str
    private_key: Path  # of the PCR 11 policy
    public_key: Path
    settings: Path
    root_certificate: Path | None = None


def _bare(stub: Path, work: Path) -> Path:
    """Without its own .sbat, which an old one does not measure: for the prediction alone."""
    bare = work / "stub"
    subprocess.run(["objcopy", "--remove-section=.sbat", str(stub), str(bare)], check=True)
    return bare


def _own_sections(parts: Parts, kind: StubKind) -> list[tuple[str, Path]]:
    """Only our stub reads these, and another one would leave them unmeasured."""
    certificate = [(".rootcrt", parts.root_certificate)] if parts.root_certificate else []
    return [(".clnslt", parts.settings), *certificate] if kind.ours else []


def _initrd_with_certificate(parts: Parts, work: Path) -> Path:
    """What our stub would hand over from .rootcrt, as part of what another one measures. Its own archive comes behind it."""
    if not parts.root_certificate:
        return parts.initrd
    result = work / "initrd-with-certificate"
    files = {ROOT_CERTIFICATE: parts.root_certificate.read_bytes()}
    result.write_bytes(cpio.behind(parts.initrd.read_bytes(), files))
    return result


def build(parts: Parts, work: Path, output: Path) -> None:
    """Twice: PCR 11 of the normal boot, which is profile 0, is predicted from the image without signature, and the signature, which
    is not measured, put into it. It stands in the common part: no other profile unlocks anything, but a reset seals anew for the
    normal boot and takes the key and its signature along."""
    kind = kind_of(parts.stub.read_bytes())
    cmdline, uname = work / "cmdline", work / "uname"
    cmdline.write_text(parts.command_line, encoding="ascii")
    uname.write_text((parts.kernel / "release").read_text(encoding="ascii").strip(), encoding="ascii")
    sections = [
        (".osrel", parts.os_release),
        (".cmdline", cmdline),
        *([(".uname", uname)] if kind.measures_all else []),
        (".pcrpkey", parts.public_key),
        *_own_sections(parts, kind),
        (".linux", parts.kernel / "vmlinuz"),
        (".initrd", parts.initrd if kind.ours else _initrd_with_certificate(parts, work)),
    ]
    of_profiles: list[tuple[str, bytes]] = []
    if kind.profiles:
        offered = profiles(parts.settings.read_text(encoding="utf-8")) if kind.ours else PROFILES
        of_profiles = profile_sections(offered, parts.command_line)
    unsigned, signature = work / "unsigned.efi", work / "pcrsig"
    write(parts.stub if kind.measures_all else _bare(parts.stub, work), sections, unsigned, of_profiles)
    policy = pcrsig.predict(parts.measure, unsigned)
    signature.write_text(pcrsig.document(policy, parts.private_key, parts.public_key), encoding="ascii")
    write(parts.stub, [*sections, (".pcrsig", signature)], output, of_profiles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("stub", "kernel", "initrd", "measure", "os-release", "root-hash", "private-key", "public-key", "settings"):
        parser.add_argument("--" + name, type=Path, required=True)
    for name in ("secure-boot-key", "secure-boot-certificate", "root-certificate"):
        parser.add_argument("--" + name, type=Path)
    parser.add_argument("--form", choices=FORMS, default=ROOT.name, help="what the image is a file system of")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    root_hash = options.root_hash.read_text(encoding="ascii").strip()
    parts = Parts(
        stub=options.stub,
        kernel=options.kernel,
        initrd=options.initrd,
        measure=options.measure,
        os_release=options.os_release,
        command_line=command_line(root_hash, this_arch().console, FORMS[options.form]),
        private_key=options.private_key,
        public_key=options.public_key,
        settings=options.settings,
        root_certificate=options.root_certificate,
    )
    with tempfile.TemporaryDirectory(dir=options.output.parent) as work:
        build(parts, Path(work), options.output)
    if options.secure_boot_key:  # last of all: every section is covered
        secure_boot.sign(options.output, options.secure_boot_key, options.secure_boot_certificate)


if __name__ == "__main__":
    main()
