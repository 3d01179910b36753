# SPDX-License-Identifier: GPL-2.0-or-later
"""What the build machine's own apt says: which Debian it follows, from where, and which package a metapackage means.

Names no mirror. Repositories that are not Debian's are left out, so that the image holds nothing but Debian.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_DEBIAN_DIRECTORIES = {"debian", "debian-security"}
_SEPARATOR = "\x1f"
_FIELDS = ("ORIGIN", "REPO_URI", "RELEASE", "COMPONENT", "CODENAME")


@dataclass(frozen=True)
class Source:
    uri: str
    suite: str
    components: tuple[str, ...]

    def line(self) -> str:
        options = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        return f"deb {options}{self.uri} {self.suite} {' '.join(self.components)}"


def _is_debian(origin: str, uri: str) -> bool:
    # Without downloaded lists apt knows no origin; the directory of every Debian mirror is then the best sign.
    if origin and not origin.startswith("$("):
        return origin == "Debian"
    return urlparse(uri).path.strip("/").split("/")[-1] in _DEBIAN_DIRECTORIES


def parse_index_targets(text: str) -> list[Source]:
    """Groups `apt-get indextargets` lines (fields as in _FIELDS) into sources, in apt's order."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in text.splitlines():
        origin, uri, suite, component, _codename = line.split(_SEPARATOR)
        if not _is_debian(origin, uri):
            continue
        components = found.setdefault((uri, suite), [])
        if component not in components:
            components.append(component)
    return [Source(uri, suite, tuple(components)) for (uri, suite), components in found.items()]


def machine_sources() -> list[Source]:
    form = _SEPARATOR.join(f"$({field})" for field in _FIELDS)
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    sources = parse_index_targets(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if not sources:
        raise SystemExit("images: this machine's apt sources name no Debian repository; the image is built from one")
    return sources


def release() -> dict[str, str]:
    """/etc/os-release of the build machine."""
    values: dict[str, str] = {}
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals:
            values[key] = value.strip('"')
    return values


def resolve_kernel(metapackage: str) -> str:
    """linux-image-cloud-amd64 -> linux-image-6.1.0-NN-cloud-amd64."""
    command = ["apt-cache", "depends", "--important", metapackage]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        word, _, package = line.strip().partition(": ")
        if word == "Depends" and package.startswith("linux-image-"):
            return package
    raise SystemExit(f"images: apt does not know {metapackage}; run `make deps` (it runs apt-get update)")
