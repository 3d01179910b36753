# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees from tar to tar: nothing is lost, and what is moved stays whole."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from images import tree as trees
from images.tree import DIRECTORY, FIFO, FILE, HARDLINK, SYMLINK, Node, Tree

NODES = {
    "d": Node(DIRECTORY, 0o1777, 1, 2, 3, xattrs={"user.d": b"1"}),
    "d/file": Node(FILE, 0o4640, 1000, 1001, 1_700_000_000, content=b"content"),
    "d/xattrs": Node(FILE, 0o644, content=b"", xattrs={"user.b": b"\x00\xff=\n\\ \x80", "security.capability": b"\x01\x00"}),
    "d/link": Node(SYMLINK, 0o777, target="../somewhere else"),
    "d/fifo": Node(FIFO, 0o600),
    "d/ünï": Node(FILE, 0o644, content=b"utf-8"),
    "d/" + "long" * 60: Node(FILE, 0o644, content=b"long"),
    "d/" + b"\xfe".decode("utf-8", "surrogateescape"): Node(FILE, 0o644, content=b"not utf-8"),
}


def sample_tree() -> Tree:
    tree = Tree()
    for path, node in NODES.items():
        tree[path] = node
    return tree


def round_trip(tree: Tree, path: Path) -> Tree:
    with path.open("wb") as stream:
        trees.write_tar(tree, stream)
    return trees.read_tar(path)


def plain(node: Node) -> Node:
    return replace(node, content=node.data())


def test_every_attribute_survives_a_round_trip(tmp_path: Path) -> None:
    back = round_trip(sample_tree(), tmp_path / "tar")
    assert {path: plain(node) for path, node in back.walk() if path} == NODES


def test_gnu_tar_reads_the_same_files(tmp_path: Path) -> None:
    round_trip(sample_tree(), tmp_path / "tar")
    with tarfile.open(tmp_path / "tar", errors="surrogateescape") as tar:
        assert sorted(tar.getnames()) == sorted("./" + path for path in NODES)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def archive_of(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for info in members:
            tar.addfile(info)
    return path


@pytest.mark.parametrize(
    ("members", "named", "said"),
    [
        ([member("../outside")], "../outside", "leads out"),
        ([member("./usr/../../outside")], "./usr/../../outside", "leads out"),
        ([member("/../outside")], "/../outside", "leads out"),
        ([member("usr/..", tarfile.DIRTYPE)], "usr/..", "leads out"),
        ([member("usr/file"), member("usr/file")], "usr/file", "twice"),
        ([member("usr/file"), member("./usr//file")], "./usr//file", "twice"),
        ([member("usr/a", tarfile.DIRTYPE), member("usr/a")], "usr/a", "twice"),
        ([member("usr/a", tarfile.SYMTYPE, "/etc"), member("usr/a/passwd")], "usr/a/passwd", "below 'usr/a', which is a symbolic link"),
        ([member("usr/a/passwd"), member("usr/a", tarfile.SYMTYPE, "/etc")], "usr/a/passwd", "below 'usr/a', which is a symbolic link"),
        ([member("usr/a"), member("usr/a/b")], "usr/a/b", "which is no directory"),
        ([member("a", tarfile.LNKTYPE, "../../etc/shadow")], "a", "hard link that leads out"),
        ([member("a", tarfile.LNKTYPE, "/etc/shadow")], "a", "hard link to 'etc/shadow'"),
        ([member("d", tarfile.DIRTYPE), member("a", tarfile.LNKTYPE, "d")], "a", "hard link to 'd'"),
        ([member("a", tarfile.LNKTYPE, "a")], "a", "hard link to 'a'"),
        ([member("usr/sda", tarfile.BLKTYPE)], "usr/sda", "device node outside of /dev"),
        ([member("devices/mem", tarfile.CHRTYPE)], "devices/mem", "device node outside of /dev"),
        ([member(".")], ".", "place of the root directory"),
        ([member("usr/sparse", b"V")], "usr/sparse", "no file system has"),
    ],
)
def test_an_archive_that_is_no_file_system_is_refused_by_name(tmp_path: Path, members: list[tarfile.TarInfo], named: str, said: str) -> None:
    with pytest.raises(trees.UnsafeArchive) as caught:
        trees.read_tar(archive_of(tmp_path / "tar", *members))
    assert f"{named!r}" in str(caught.value) and said in str(caught.value)


def test_what_real_file_systems_have_is_read(tmp_path: Path) -> None:
    """The control: leading slashes and dots, links to anywhere, devices in /dev, dots within names."""
    members = [
        member("./", tarfile.DIRTYPE),
        member("/usr", tarfile.DIRTYPE),
        member("./usr/bin", tarfile.DIRTYPE),
        member("./usr/bin/..data"),
        member("./usr/bin/a...b"),
        member("bin", tarfile.SYMTYPE, "usr/bin"),
        member("etc/mtab", tarfile.SYMTYPE, "../proc/self/mounts"),
        member("etc/link", tarfile.SYMTYPE, "/usr/bin/..data"),
        member("usr/bin/again", tarfile.LNKTYPE, "./usr/bin/..data"),
        member("usr/bin", tarfile.DIRTYPE),
        member("dev/null", tarfile.CHRTYPE),
    ]
    tree = trees.read_tar(archive_of(tmp_path / "tar", *members))
    assert {path for path, _ in tree.walk()} > {"usr/bin/..data", "usr/bin/a...b", "bin", "etc/mtab", "usr/bin/again", "dev/null"}


def test_only_so_many_are_named_and_the_others_counted(tmp_path: Path) -> None:
    with pytest.raises(trees.UnsafeArchive) as caught:
        trees.read_tar(archive_of(tmp_path / "tar", *(member(f"../{number}") for number in range(50))))
    assert len(str(caught.value).splitlines()) == 22 and str(caught.value).endswith("... and 30 more")


def test_equal_trees_give_equal_tars(tmp_path: Path) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    trees.write_tar(sample_tree(), first)
    reverse = Tree()
    for path, node in reversed(NODES.items()):
        reverse[path] = node
    reverse["d"] = NODES["d"]
    trees.write_tar(reverse, second)
    assert first.getvalue() == second.getvalue()


def test_a_moved_subtree_is_whole_and_leaves_nothing_behind() -> None:
    tree = sample_tree()
    tree.move("d", "new/place")
    assert {path for path, _ in tree.walk("new/place")} == {"new/place" + path[1:] for path in NODES}
    assert "d" not in tree and "d/file" not in tree
    assert tree["new/place"] == NODES["d"]


def test_hard_links_follow_a_move(tmp_path: Path) -> None:
    tree = sample_tree()
    tree["other"] = Node(HARDLINK, target="d/file")
    tree.move("d", "e")
    back = round_trip(tree, tmp_path / "tar")
    assert (back["other"].kind, back["other"].target) == (HARDLINK, "e/file")


@pytest.mark.parametrize(
    ("link", "target"),
    [("etc/link", "etc/file"), ("etc/link", "usr/file"), ("usr/link", "etc/file")],
)
def test_hard_links_into_and_out_of_a_tree_become_copies(link: str, target: str) -> None:
    tree = Tree()
    tree[target] = Node(FILE, 0o600, 5, 6, 7, content=b"shared", xattrs={"user.x": b"y"})
    tree[link] = Node(HARDLINK, target=target)
    tree.unshare("etc")
    assert tree[link] == tree[target]


def test_hard_links_elsewhere_stay_links() -> None:
    tree = Tree()
    tree["usr/a"] = Node(FILE, 0o755, content=b"x")
    tree["usr/b"] = Node(HARDLINK, target="usr/a")
    tree.unshare("etc")
    assert tree["usr/b"].kind == HARDLINK


def test_times_are_clamped_only_downwards() -> None:
    tree = Tree()
    tree["old"] = Node(FILE, mtime=5)
    tree["new"] = Node(FILE, mtime=500)
    tree.clamp_times(100)
    assert (tree["old"].mtime, tree["new"].mtime) == (5, 100)
