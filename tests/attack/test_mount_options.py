# SPDX-License-Identifier: GPL-2.0-or-later
"""Every option that docs/repart.md promises for MountPoint=, on a file system as the image's mkfs makes it, by this machine's own kernel:
one that the kernel refuses would be found at the first boot behind a first boot or a reset, and at every one after it."""

from __future__ import annotations

import itertools
import re
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs/repart.md"
MAKERS = {"ext4": ("-q", "-F"), "btrfs": ("-q", "-f"), "xfs": ("-q", "-f")}
VALUES = {
    "commit": "30", "data": "journal", "errors": "remount-ro", "barrier": "0", "stripe": "16", "auto_da_alloc": "0", "compress": "zstd:3",
    "compress-force": "lzo", "discard": "async", "space_cache": "v2", "max_inline": "2048", "metadata_ratio": "8", "thread_pool": "4",
    "allocsize": "64k", "logbufs": "8", "logbsize": "32k",
}  # fmt: skip
NOT_TOGETHER = {frozenset({"data=journal", "delalloc"})}


def promised(kind: str) -> list[str]:
    """As given to mount: behind "=" a value, and where "[=]" says that there need be none, without it as well."""
    row = re.search(rf"^\| {kind} \| (.*) \|$", DOCS.read_text(encoding="utf-8"), re.M)
    assert row
    found = []
    for name, sign in re.findall(r"`([a-z0-9_-]+)(\[?=?\]?[a-z0-9]*)`", re.sub(r"\([^)]*\)|with one of `\S+`", "", row[1].partition("; not ")[0])):
        found += [name] if sign in ("", "[=]") and name != "subvol" else []
        found += [f"{name}={VALUES[name]}"] if "=" in sign and name != "subvol" else []
    return found


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mounted")


def takes(image: Path, at: Path, options: str) -> bool:
    done = subprocess.run(["mount", "-o", f"loop,{options}", image, at], check=False, capture_output=True)
    if done.returncode == 0:
        subprocess.run(["umount", at], check=True)
    return done.returncode == 0


@pytest.mark.parametrize("kind", MAKERS)
def test_the_kernel_takes_every_option_and_all_pairs(kind: str, directory: Path) -> None:
    image, at = directory / f"{kind}.img", directory / kind
    at.mkdir()
    with image.open("wb") as stream:
        stream.truncate(400 << 20)
    subprocess.run([f"mkfs.{kind}", *MAKERS[kind], image], check=True, capture_output=True)
    assert takes(image, at, "noexec")
    options = promised(kind)
    assert len(options) > 10
    if kind == "xfs" and not takes(image, at, "uquota"):  # a kernel without quotas of XFS, which distributions' have
        options = [option for option in options if "quota" not in option]
    assert [option for option in options if not takes(image, at, option)] == []
    pairs = [pair for pair in itertools.combinations(options, 2) if frozenset(pair) not in NOT_TOGETHER]
    assert [pair for pair in pairs if not takes(image, at, ",".join(pair))] == []
    assert not any(takes(image, at, ",".join(pair)) for pair in NOT_TOGETHER if pair <= set(options))
