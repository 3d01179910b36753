# SPDX-License-Identifier: GPL-2.0-or-later
"""From a plain Debian tree to the reference machine's root."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from images import compose, contents, factory, manifest, sample
from images.tree import DIRECTORY, FILE, HARDLINK, SYMLINK, Node, Tree, write_tar

EPOCH = 1_700_000_000
ETC, VAR = "usr/share/factory/etc", "usr/share/factory/var"


def debian_tree() -> Tree:
    """As much of one as compose looks at."""
    tree = Tree()
    files = {
        "etc/shadow": b"root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n",
        "etc/inputrc": b"# inputrc\n",
        "etc/machine-id": b"0123456789abcdef0123456789abcdef\n",
        "etc/hostname": b"builder\n",
        "root/.profile": b"# profile\n",
        "usr/lib/os-release": b"ID=debian\n",
        "usr/lib/tmpfiles.d/home.conf": b"Q /home\n",
        "usr/lib/systemd/system/systemd-repart.service": b"[Service]\n",
    }
    for path, content in files.items():
        tree[path] = Node(FILE, 0o640, gid=42, mtime=EPOCH + 99, content=content)
    for path in ("home", "var/log/journal", "dev", "proc", "tmp"):
        tree[path] = Node(DIRECTORY, 0o755, mtime=1)
    tree["root"] = Node(DIRECTORY, 0o700, mtime=1)
    tree["dev/null"] = Node(FILE)
    tree["etc/os-release"] = Node(SYMLINK, 0o777, target="../usr/lib/os-release")
    tree["etc/hard"] = Node(HARDLINK, target="etc/hostname")
    tree["var/log/journal"] = Node(DIRECTORY, 0o2755, gid=101, xattrs={"system.posix_acl_default": b"1", "user.kept": b"2"})
    return tree


def composed(overlay: Path, build: Path, variant: str = "reference") -> tuple[Tree, str]:
    tree = debian_tree()
    factory.add_directory(tree, overlay, "", EPOCH)
    factory.identify(tree, compose.IMAGE_ID, compose.IMAGE_VERSION, EPOCH)
    compose.configure(tree, EPOCH)
    compose.set_variant(tree, variant, EPOCH)
    factory.relocate(tree, compose.FACTORY_TOPS.get(variant, factory.TOPS), EPOCH)
    return tree, factory.finish(tree, build / "images/list-volumes", EPOCH)


@pytest.fixture
def tree(overlay: Path, build: Path) -> Tree:
    return composed(overlay, build)[0]


def test_etc_and_var_become_factory_trees_and_empty_mount_points(tree: Tree) -> None:
    for top in ("etc", "var"):
        assert [path for path, _ in tree.walk(top)] == [top]
        assert tree[top].kind == DIRECTORY
    assert tree[f"{ETC}/hostname"].data() == b"cleanslate\n"
    assert tree[f"{VAR}/log/journal"].mode == 0o2755


def test_home_and_root_live_in_the_state(tree: Tree) -> None:
    assert (tree["home"].kind, tree["home"].target) == (SYMLINK, "var/home")
    assert (tree["root"].kind, tree["root"].target) == (SYMLINK, "var/roothome")
    assert tree[f"{VAR}/roothome"].mode == 0o700
    assert tree[f"{VAR}/roothome/.profile"].data() == b"# profile\n"


def test_hard_links_in_factory_trees_are_copies(tree: Tree) -> None:
    assert replace(tree[f"{ETC}/hard"], content=b"") == replace(tree[f"{ETC}/hostname"], content=b"")


def test_manifest_describes_the_trees_as_mounted(overlay: Path, build: Path) -> None:
    tree, digest = composed(overlay, build)
    text = tree["usr/lib/cleanslate/manifest"].data()
    assert manifest.digest(text) == digest
    paths = [line.split(" ")[7] for line in text.decode().splitlines()]
    assert paths[0] == "/etc" and "/var/roothome/.profile" in paths
    inside = sum(1 for top in (ETC, VAR) for _ in tree.walk(top))
    assert len(paths) == inside


def test_no_time_lies_after_the_source_date(tree: Tree) -> None:
    assert max(node.mtime for _, node in tree.walk()) == EPOCH


def test_times_of_updated_stamps_are_not_older_than_usr(tree: Tree) -> None:
    # Otherwise systemd rebuilds its databases in the first boot.
    assert tree[f"{ETC}/.updated"].mtime >= tree["usr"].mtime
    assert tree[f"{VAR}/.updated"].mtime >= tree["usr"].mtime


def test_xattrs_that_squashfs_cannot_hold_are_neither_kept_nor_promised(tree: Tree) -> None:
    assert tree[f"{VAR}/log/journal"].xattrs == {"user.kept": b"2"}
    assert b"posix_acl" not in tree["usr/lib/cleanslate/manifest"].data()


def test_os_release_names_the_image(tree: Tree) -> None:
    text = tree["usr/lib/os-release"].data().decode()
    assert text == "ID=debian\nIMAGE_ID=cleanslate-reference\nIMAGE_VERSION=1\n"
    assert tree[f"{ETC}/os-release"].kind == SYMLINK


def test_only_root_gets_a_password_and_shadow_keeps_its_owner(tree: Tree) -> None:
    shadow = tree[f"{ETC}/shadow"]
    root, daemon = shadow.data().decode().splitlines()
    assert root.startswith("root:$6$") and daemon.startswith("daemon:*:")
    assert (shadow.mode, shadow.gid) == (0o640, 42)


def test_machine_id_is_there_and_empty(tree: Tree) -> None:
    assert tree[f"{ETC}/machine-id"].kind == FILE and tree[f"{ETC}/machine-id"].size == 0


def test_repart_can_not_run_even_if_etc_is_tampered_with(tree: Tree) -> None:
    unit = tree["usr/lib/systemd/system/systemd-repart.service"]
    assert (unit.kind, unit.target) == (SYMLINK, "/dev/null")


def test_nothing_of_the_build_machine_is_in_dev(tree: Tree) -> None:
    assert [path for path, _ in tree.walk("dev")] == ["dev"]


def test_dropped_files_are_gone(tree: Tree) -> None:
    assert not [path for path in contents.DROPPED if path in tree]


def test_plain_differs_from_reference_in_encryption_and_a_known_lockout_authorization(overlay: Path, build: Path) -> None:
    (reference, reference_digest), (plain, plain_digest) = composed(overlay, build), composed(overlay, build, "plain")
    assert reference_digest == plain_digest
    differing = [path for path, node in plain.walk() if path not in reference or reference[path] != node]
    assert differing[:2] == ["usr/lib/cleanslate/cleanslate.conf", "usr/lib/cleanslate/lockout-authorization"]
    assert differing[2:] == ["usr/lib/repart.d/10-config.conf", "usr/lib/repart.d/20-state.conf"]
    assert b"[Reset]\ntpm-lockout-auth=/usr/lib/cleanslate/lockout-authorization\n" in plain[differing[0]].data()
    for path in differing[2:]:
        assert b"Encrypt=tpm2" in reference[path].data()
        assert b"Encrypt=off" in plain[path].data() and b"tpm2" not in plain[path].data()


def test_volumes_has_home_and_srv_beside_var(overlay: Path, build: Path) -> None:
    tree, _ = composed(overlay, build, "volumes")
    for top, inside in (("home", "user/.profile"), ("srv", "welcome")):
        assert [path for path, _ in tree.walk(top)] == [top]
        assert f"usr/share/factory/{top}/{inside}" in tree
    manifest_lines = tree["usr/lib/cleanslate/manifest"].data().decode().splitlines()
    paths = {line.split()[7] for line in manifest_lines}
    assert {"/home/user/.profile", "/srv/welcome", "20-state.conf/@var/roothome", "20-state.conf/@notes/of-the-factory", "50-scratch.conf/inbox"} <= paths
    assert "20-state.conf/@log/journal" in paths and "20-state.conf/@var/log/journal" not in paths


def test_two_compositions_are_equal(overlay: Path, build: Path) -> None:
    tars = []
    for _ in range(2):
        stream = io.BytesIO()
        write_tar(composed(overlay, build)[0], stream)
        tars.append(stream.getvalue())
    assert tars[0] == tars[1]


def test_writable_mounts_of_the_image_are_not_executable(overlay: Path, build: Path) -> None:
    units = overlay / "usr/lib/systemd/system"
    for unit in ("tmp.mount", "efi.mount", "dev-shm-noexec.service"):
        text = (units / unit).read_text(encoding="utf-8")
        assert all(option in text for option in ("nosuid", "nodev", "noexec"))


@pytest.mark.parametrize("bytes_min", [sample.BYTES_MIN, sample.LARGE_BYTES_MIN])
def test_sample_brings_the_factory_trees_to_their_size(bytes_min: int) -> None:
    tree = debian_tree()
    sample.add(tree, ("etc", "var"), EPOCH, bytes_min)
    files, size = sample.count(tree, ("etc", "var"))
    assert files >= sample.FILES_MIN and bytes_min <= size < bytes_min * 1.01


def test_sample_leaves_larger_trees_alone() -> None:
    tree = debian_tree()
    for number in range(sample.FILES_MIN):
        tree[f"var/many/{number}"] = Node(FILE, content=b"x" * 30_001)
    before = sample.count(tree, ("var",))[0]
    sample.add(tree, ("var",), EPOCH)
    odd = sum(1 for _, node in tree.walk(f"{sample.TOP}/odd") if node.kind == FILE)
    assert sample.count(tree, ("var",))[0] == before + odd


def test_sample_content_has_the_wanted_size() -> None:
    assert [len(sample.content(1, size)) for size in (0, 1, 17, 18, 4096)] == [0, 1, 17, 18, 4096]
