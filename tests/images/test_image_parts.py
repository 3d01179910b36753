# SPDX-License-Identifier: GPL-2.0-or-later
"""Where packages come from, which modules are taken, and the root file system's tools."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from images import base, contents, debian, modules, root
from images.tree import DIRECTORY, FILE, Node, Tree, write_tar


def targets(*rows: tuple[str, ...]) -> str:
    return "".join("\x1f".join(row) + "\n" for row in rows)


def test_repositories_that_are_not_debians_are_left_out() -> None:
    text = targets(
        ("Debian", "http://mirror.example/debian/", "bookworm", "main", "bookworm"),
        ("Debian", "http://mirror.example/debian/", "bookworm", "contrib", "bookworm"),
        ("Somebody", "http://other.example/debian/", "bookworm", "main", "bookworm"),
        ("Debian", "http://mirror.example/debian-security/", "bookworm-security", "main", "bookworm-security"),
    )
    assert debian.parse_index_targets(text) == [
        debian.Source("http://mirror.example/debian/", "bookworm", ("main", "contrib")),
        debian.Source("http://mirror.example/debian-security/", "bookworm-security", ("main",)),
    ]


def test_without_package_lists_a_debian_mirror_is_known_by_its_directory() -> None:
    text = targets(
        ("$(ORIGIN)", "http://mirror.example/some/debian/", "bookworm", "main", ""),
        ("$(ORIGIN)", "http://other.example/tool/", "stable", "main", ""),
    )
    assert [source.suite for source in debian.parse_index_targets(text)] == ["bookworm"]


def test_base_is_rebuilt_for_another_recipe_but_not_for_another_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    def key(uri: str) -> str:
        return base.key([debian.Source(uri, "bookworm", ("main",))])

    before = key("http://one.example/debian/")
    assert key("http://two.example/debian/") == before
    monkeypatch.setitem(contents.PACKAGES, "hello", "a new package")
    assert key("http://one.example/debian/") != before


def test_modules_come_with_what_they_need() -> None:
    text = "kernel/a-b.ko: kernel/c.ko kernel/d.ko\nkernel/c.ko: kernel/d.ko\nkernel/d.ko:\nkernel/e.ko:\n"
    assert modules.closure(text, ["a_b"]) == ["kernel/a-b.ko", "kernel/c.ko", "kernel/d.ko"]
    assert modules.closure(text, ["c", "built-in"]) == ["kernel/c.ko", "kernel/d.ko"]


def test_picked_modules_are_indexed(build: Path, tmp_path: Path) -> None:
    release = modules.pick(build / "images" / "kernel", ["vfat"], tmp_path)
    command = ["modprobe", "--dirname", str(tmp_path), "--set-version", release, "--show-depends", "vfat"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    loaded = [Path(word).name for word in answer if word.endswith(".ko")]
    assert loaded == ["fat.ko", "vfat.ko"]


def make_tar(path: Path) -> Path:
    tree = Tree()
    tree["dir"] = Node(DIRECTORY, 0o755, mtime=5)
    tree["dir/odd"] = Node(FILE, 0o4750, 1000, 1001, 7, content=b"x" * 9000, xattrs={"user.x": b"\x00\xff"})
    with path.open("wb") as stream:
        write_tar(tree, stream)
    return path


def test_root_file_system_and_verity_tree_are_reproducible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    tar = make_tar(tmp_path / "tar")
    hashes = []
    for name in ("first", "second"):
        root.make_squashfs(tar, tmp_path / name)
        hashes.append(root.make_verity(tmp_path / name, tmp_path / (name + ".verity")))
    assert hashes[0] == hashes[1]
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert (tmp_path / "first.verity").read_bytes() == (tmp_path / "second.verity").read_bytes()


def test_verity_tree_detects_one_flipped_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    data, tree = tmp_path / "data", tmp_path / "tree"
    root.make_squashfs(make_tar(tmp_path / "tar"), data)
    root_hash = root.make_verity(data, tree)
    verify = ["veritysetup", "verify", str(data), str(tree), root_hash]
    subprocess.run(verify, check=True, capture_output=True)
    content = bytearray(data.read_bytes())
    content[200] ^= 1
    data.write_bytes(content)
    assert subprocess.run(verify, check=False, capture_output=True).returncode != 0


def test_owner_mode_and_time_reach_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    root.make_squashfs(make_tar(tmp_path / "tar"), tmp_path / "image")
    command = ["unsquashfs", "-UTC", "-lln", str(tmp_path / "image")]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (top,) = (line.split() for line in listing.splitlines() if line.endswith("squashfs-root"))
    assert top[:2] == ["drwxr-xr-x", "0/0"]
    (line,) = (line.split() for line in listing.splitlines() if line.endswith("/odd"))
    assert line[:4] == ["-rwsr-x---", "1000/1001", "9000", "1970-01-01"]


def test_output_without_root_hash_is_refused() -> None:
    with pytest.raises(SystemExit, match="root hash"):
        root.root_hash("Root hash: short\n")
