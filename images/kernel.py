# SPDX-License-Identifier: GPL-2.0-or-later
"""Unpacks Debian's cloud kernel without installing it: vmlinuz, release and lib/modules/RELEASE below one directory."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from images import debian
from images.arch import this_arch


def unpack(package: str, work: Path) -> Path:
    """Downloads the package through apt (which checks its signature chain) and returns the unpacked tree."""
    # apt's own sandbox user cannot write to a private directory; as root that is only a warning we do not need.
    command = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package]
    subprocess.run(command, check=True, cwd=work)
    archives = list(work.glob("*.deb"))
    if len(archives) != 1:
        raise SystemExit(f"images: apt-get download {package} left {len(archives)} packages instead of one")
    tree = work / "tree"
    subprocess.run(["dpkg-deb", "--extract", archives[0], tree], check=True)
    return tree


def arrange(tree: Path, destination: Path) -> None:
    """Fills `destination`; `release` is written last, so that its presence means the rest is there."""
    (image,) = (tree / "boot").glob("vmlinuz-*")
    release = image.name.removeprefix("vmlinuz-")
    if destination.exists():
        shutil.rmtree(destination)
    modules = destination / "lib" / "modules" / release
    modules.parent.mkdir(parents=True)
    shutil.copytree(tree / "lib" / "modules" / release, modules, symlinks=True)
    for link in ("build", "source"):
        (modules / link).unlink(missing_ok=True)
    subprocess.run(["depmod", "-b", destination, release], check=True)
    shutil.copy2(image, destination / "vmlinuz")
    shutil.copy2(tree / "boot" / f"config-{release}", destination / "config")
    (destination / "release").write_text(release + "\n", encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("destination", type=Path)
    destination: Path = parser.parse_args().destination
    package = debian.resolve_kernel(this_arch().kernel_package)
    print(f"images: unpacking {package}")
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as work:
        arrange(unpack(package, Path(work)), destination)


if __name__ == "__main__":
    main()
