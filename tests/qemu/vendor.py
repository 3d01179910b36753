# SPDX-License-Identifier: GPL-2.0-or-later
"""What a vendor does: a plain Debian, Cleanslate's packages, and the script of docs/vendor.md as it stands."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from images import base, debian

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "vendor" / "make-resettable.sh"
# What somebody has who comes with a Debian of his own: nothing of it knows of Cleanslate. The kernel wants an initrd of its own.
PACKAGES = ("systemd-sysv", "udev", "dbus", "login", "passwd", "iproute2", "linux-image-cloud-amd64")
AS_THE_TESTS_KNOW_IT = (
    'chroot "$1" sh -c "echo root:cleanslate | chpasswd; echo cleanslate >/etc/hostname; echo set enable-bracketed-paste off >>/etc/inputrc"'
)


@dataclass(frozen=True)
class Made:
    output: Path
    said: str
    variables: Path  # of a firmware in which the vendor's keys are enrolled

    @property
    def disk(self) -> Path:
        return self.output / "image" / "disk.raw"

    @property
    def factory_digest(self) -> str:
        return (self.output / "image" / "factory-digest").read_text(encoding="ascii").strip()


def plain_debian(tree: Path, further: Sequence[str]) -> None:
    lines = [source.line() for source in debian.machine_sources()]
    base.make_tree(tree, debian.release()["VERSION_CODENAME"], [*PACKAGES, *further], lines, AS_THE_TESTS_KNOW_IT)


def _installed(packages: Path, at: Path) -> dict[str, str]:
    """The builder as its packages have it, unpacked; the environment in which it is found."""
    for name in ("cleanslate-boot", "cleanslate-image"):
        (package,) = packages.glob(f"{name}_*.deb")
        subprocess.run(["dpkg-deb", "--extract", package, at], check=True)
    return {**base.environment(), "CLEANSLATE_TOOLBOX": str(at / "usr/lib/cleanslate"), "PATH": f"{at}/usr/bin:{os.environ['PATH']}"}


def make(folder: Path, name: str, further: Sequence[str] = (), own_initrd: bool = False) -> Made:
    """`further` packages are in the plain Debian already."""
    if os.geteuid() != 0:
        pytest.skip("the guide's script wants root, for apt in a chroot")
    work, packages = folder / f"{name}-build", folder.parent / "deb"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    plain_debian(work / "tree", further)
    environment = _installed(packages, work / "builder")
    command = [str(SCRIPT), str(work / "tree"), str(packages), str(work / "output"), *(["own-initrd"] if own_initrd else [])]
    result = subprocess.run(command, check=False, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout
    shutil.rmtree(work / "tree")
    variables = work / "variables.fd"
    enroll = ["cleanslate-image", "ovmf-variables", "--keys", str(work / "output" / "keys"), str(variables)]
    subprocess.run(enroll, check=True, env=environment)
    return Made(work / "output", result.stdout, variables)
