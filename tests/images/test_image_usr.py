# SPDX-License-Identifier: GPL-2.0-or-later
"""Images of /usr alone: what makes one, what is in it, and what is refused. Judged by the device's own code where it has a word in it."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path

import pytest

from images import disk, factory, uki, vendor, volumes
from images.arch import this_arch
from images.form import ROOT, USR, Form
from images.judgement import Judge, Judgement, esp_size, least_sizes
from images.tree import CHARACTER, DIRECTORY, FIFO, FILE, HARDLINK, SYMLINK, Node, Tree
from tests.images.test_image_vendor import EPOCH, ESP, RELEASE, complete_tree

ROOT_VOLUME = "usr/lib/repart.d/10-root.conf"
EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/vendor/usr/10-root.conf"
HASH = "ab" * 16 + "cd" * 16


def file(text: str, mode: int = 0o644) -> Node:
    return Node(FILE, mode, mtime=EPOCH, content=text.encode())


def usr_tree(definition: str = "") -> Tree:
    """The vendor's tree with the definition of the guide instead of the two for config and state."""
    tree = complete_tree()
    for name in ("10-config.conf", "20-state.conf"):
        tree.remove(f"usr/lib/repart.d/{name}")
    text = definition or EXAMPLE.read_text(encoding="utf-8")
    tree[ROOT_VOLUME] = file(text)
    for name in ("dm-crypt", "ext4"):
        tree[f"usr/lib/modules/{RELEASE}/kernel/{name}.ko.xz"] = file("ELF")
    for name in ("bin", "lib"):
        tree[name] = Node(SYMLINK, 0o777, target=f"usr/{name}")
    return tree


def contents(form: Form, least: tuple[int, int] = (0, 0)) -> disk.Contents:
    unused = Path("unused")
    return disk.Contents(unused, unused, unused, HASH, unused, esp_uuid=ESP, size=1 << 30, form=form, least=least)


def ask(build: Path, tree: Tree) -> Judgement:
    return Judge(build / "images" / "check-policy", ESP, 4 << 30).ask(tree)


def found(build: Path, tree: Tree) -> list[str]:
    judged = ask(build, tree)
    return [*vendor.problems(tree, judged.definitions), *judged.problems]


def finished(build: Path, tree: Tree) -> Tree:
    judged = ask(build, tree)
    assert (found(build, tree), judged.form) == ([], USR)
    vendor.make_read_only(tree, vendor.writable_tops(judged.definitions), ESP, build / "images/list-volumes", EPOCH, judged.form)
    return tree


def manifest(tree: Tree) -> dict[str, str]:
    """Line by path."""
    return {line.split()[7]: line for line in tree["usr/lib/cleanslate/manifest"].data().decode().splitlines()}


def test_the_definitions_make_it_one(build: Path) -> None:
    assert ask(build, usr_tree()).form == USR
    assert ask(build, complete_tree()).form == ROOT
    slot = complete_tree()
    slot["usr/lib/repart.d/00-root.conf"] = file("[Partition]\nType=root\nLabel=_empty\n")
    assert ask(build, slot).form == ROOT


def test_the_image_has_usr_alone_and_a_device_finds_it_as_ever(build: Path) -> None:
    tree = finished(build, usr_tree())
    assert {path.partition("/")[0] for path, _ in tree.walk() if path} == {"usr", "bin", "sbin", "lib", "lib64"}
    assert ask(build, tree).problems == []
    assert tree[f"{factory.FACTORY}/etc/hostname"].data() == b"shop\n"
    assert tree[f"{factory.FACTORY}/etc/machine-id"].data() == b""
    assert tree[f"{factory.FACTORY}/var/lib/state"].data() == b"1\n"
    assert tree[f"{factory.FACTORY}/root/.profile"].data() == b"#\n"


def test_its_file_system_begins_with_what_is_in_usr(build: Path) -> None:
    tree = finished(build, usr_tree())
    tree["usr/bin/hard"] = Node(HARDLINK, target="usr/bin/cleanslate")
    content = USR.content(tree)
    assert "bin/cleanslate" in content and "usr" not in content
    assert content["bin/hard"].target == "bin/cleanslate"
    assert ROOT.content(tree) is tree


def test_the_manifest_has_all_of_the_root_volume(build: Path) -> None:
    lines = manifest(finished(build, usr_tree()))
    top = "10-root.conf"
    for path in ("", "/etc", "/etc/hostname", "/var/lib/state", "/root/.profile", "/usr", "/proc", "/run", "/home"):
        assert top + path in lines, path
    assert lines[f"{top}/bin"].endswith("-> usr/bin") and lines[f"{top}/lib64"].endswith("-> usr/lib64")
    assert not any(path.startswith(f"{top}/usr/") for path in lines)


def test_a_volume_beside_it_takes_its_factory_tree_along(build: Path) -> None:
    tree = usr_tree()
    tree["usr/lib/repart.d/20-state.conf"] = file(
        "[Partition]\nType=var\nFormat=ext4\nFactoryReset=yes\nCopyFiles=/usr/share/factory/var:/\nSizeMinBytes=64M\n"
    )
    lines = manifest(finished(build, tree))
    assert "/var/lib/state" in lines and "10-root.conf/var" in lines and "10-root.conf/var/lib" not in lines
    assert "10-root.conf/etc/hostname" in lines


@pytest.mark.parametrize(
    ("path", "node", "said"),
    [
        ("opt/vendor/tool", file("#!", 0o755), "it has /opt/vendor/tool, and an image of /usr has nothing else"),
        ("opt/vendor/tool", file("#!", 0o755), "CopyFiles=/usr/share/factory/opt:/opt"),
        ("srv/www/index", file("x"), "CopyFiles=/usr/share/factory/srv:/srv"),
        ("data", Node(SYMLINK, 0o777, target="var/data"), "MakeSymlinks=/data:var/data"),
        ("sbin/tool", file("#!", 0o755), "install the package usrmerge"),
        ("notes", file("x"), "it has /notes"),
    ],
)
def test_what_would_be_lost_is_refused(build: Path, path: str, node: Node, said: str) -> None:
    tree = usr_tree()
    tree[path] = node
    (problem,) = found(build, tree)
    assert said in problem


def test_what_is_no_content_is_not_asked_about(build: Path) -> None:
    tree = usr_tree()
    for path in ("dev/null", "run/lock/x", "tmp/x", "boot/grub/grub.cfg"):
        tree[path] = file("x")
    tree["lib32"] = Node(SYMLINK, 0o777, target="usr/lib32")  # to nothing, as debootstrap leaves it
    tree["usr/lib32"] = Node(DIRECTORY, 0o755)
    assert found(build, tree) == []
    tree["usr/lib32/libc.so"] = file("ELF")
    assert "MakeSymlinks=/lib32:usr/lib32" in found(build, tree)[0]


def test_what_a_definition_copies_is_no_loss(build: Path) -> None:
    tree = usr_tree(EXAMPLE.read_text(encoding="utf-8") + "CopyFiles=/usr/share/factory/opt:/opt\n")
    tree["opt/vendor/data"] = file("x")
    assert "10-root.conf/opt/vendor/data" in manifest(finished(build, tree))


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("[Partition]\nType=root\nFormat=ext4\n", "10-root.conf"),
        ("[Partition]\nType=root\nFormat=ext4\nFactoryReset=no\n", "FactoryReset"),
        ("[Partition]\nType=root\nFormat=vfat\nFactoryReset=yes\n", "vfat"),
    ],
)
def test_a_root_volume_that_no_reset_would_bring_back_is_refused(build: Path, definition: str, said: str) -> None:
    assert any(said in problem for problem in found(build, usr_tree(definition)))


def test_two_root_volumes_are_refused(build: Path) -> None:
    tree = usr_tree()
    tree["usr/lib/repart.d/11-root.conf"] = tree[ROOT_VOLUME]
    assert any("11-root.conf" in problem for problem in found(build, tree))


@pytest.mark.parametrize("form", (ROOT, USR))
@pytest.mark.parametrize("mark", ("", "FactoryReset=yes\n"), ids=("left alone", "wiped"))
def test_slots_for_two_versions_are_taken(build: Path, form: Form, mark: str) -> None:
    """The disk that the builder makes has one pair, the one that runs, and a reset spares it."""
    tree = usr_tree() if form == USR else complete_tree()
    types = [form.name, f"{form.name}-verity", f"{form.name}-verity-sig"]
    for pair in ("a", "b"):
        for kind in types:
            sizes = f"SizeMinBytes=64M\nSizeMaxBytes=64M\n{mark}"
            tree[f"usr/lib/repart.d/30-{pair}-{kind}.conf"] = file(f"[Partition]\nType={kind}\nLabel=_empty\n{sizes}")
    assert (found(build, tree), ask(build, tree).form) == ([], form)


def test_the_command_line_names_its_hash() -> None:
    assert uki.command_line_with(HASH, "quiet", USR).split()[0] == f"usrhash={HASH}"
    assert "roothash=" not in uki.command_line_with(HASH, "quiet", USR)
    assert uki.command_line_with(HASH, "quiet").split()[0] == f"roothash={HASH}"


def test_its_partitions_are_found_by_type_and_hash(tmp_path: Path) -> None:
    disk.write_outline(contents(USR), tmp_path / "disk")
    table = json.loads(subprocess.run(["/sbin/sfdisk", "--json", tmp_path / "disk"], check=True, capture_output=True).stdout)
    partitions = {uuid.UUID(entry["type"]): entry for entry in table["partitiontable"]["partitions"]}
    types = this_arch().types[USR]
    assert list(partitions) == [disk.ESP_TYPE, types.data, types.verity, types.signature]
    assert uuid.UUID(partitions[types.data]["uuid"]).hex == HASH[:32] and uuid.UUID(partitions[types.verity]["uuid"]).hex == HASH[32:]
    assert [entry["name"] for entry in table["partitiontable"]["partitions"]] == ["esp", "usr", "usr-verity", "usr-verity-sig"]


def test_the_pair_that_the_builder_lays_out_has_the_size_of_its_slots(build: Path, tmp_path: Path) -> None:
    """Else no reset and no first boot could give the partitions what the definitions want: they have no room to grow."""
    tree = usr_tree()
    for name, kind, size in (("30-a", "usr", 70), ("31-b", "usr", 80), ("32-a", "usr-verity", 12)):
        tree[f"usr/lib/repart.d/{name}.conf"] = file(f"[Partition]\nType={kind}\nSizeMinBytes={size}M\n")
    least = least_sizes(ask(build, tree).definitions, USR)
    assert least == (70 << 20, 12 << 20)
    disk.write_outline(contents(USR, least), tmp_path / "disk")
    table = json.loads(subprocess.run(["/sbin/sfdisk", "--json", tmp_path / "disk"], check=True, capture_output=True).stdout)
    sizes = {entry["name"]: entry["size"] * 512 for entry in table["partitiontable"]["partitions"]}
    assert (sizes["usr"], sizes["usr-verity"]) == least


@pytest.mark.parametrize(("minimum", "size"), (("SizeMinBytes=512M\n", 512 << 20), ("", disk.ESP_SIZE)), ids=("larger", "as ever"))
def test_so_has_the_esp(build: Path, minimum: str, size: int) -> None:
    tree = usr_tree()
    tree["usr/lib/repart.d/00-esp.conf"] = file(f"[Partition]\nType=esp\nFormat=vfat\n{minimum}")
    tree["usr/sbin/mkfs.vfat"] = file("#!", 0o755)
    tree[f"usr/lib/modules/{RELEASE}/kernel/vfat.ko.xz"] = file("ELF")
    assert found(build, tree) == []
    assert esp_size(ask(build, tree).definitions) == size


def test_it_is_a_file_system_of_that_size(tmp_path: Path) -> None:
    (tmp_path / "uki").write_bytes(b"MZ")
    disk.make_esp(tmp_path / "uki", tmp_path / "esp", size=512 << 20)
    assert subprocess.run(["fsck.vfat", "-n", tmp_path / "esp"], capture_output=True, check=False).returncode == 0
    assert int.from_bytes((tmp_path / "esp").read_bytes()[32:36], "little") * 512 > 511 << 20  # its count of sectors


def test_what_a_policys_links_lead_to_is_what_a_device_finds_there(build: Path) -> None:
    """Only some paths of an image are laid out for the reader of definitions."""
    tree, text = usr_tree(), "[Partition]\nType="

    def names() -> list[str]:
        return [volume.file for volume in volumes.read(tree, build / "images/list-volumes", usr=True)]

    tree["usr/share/more/20-srv.conf"] = file(f"{text}srv\nFormat=ext4\n")
    tree["usr/lib/repart.d/20-srv.conf"] = Node(SYMLINK, 0o777, target="../../share/more/20-srv.conf")
    tree["usr/lib/repart.d/30-home.conf"] = file(f"{text}home\nFormat=ext4\n")
    assert names() == ["10-root.conf", "20-srv.conf", "30-home.conf"]
    tree["usr/share/more/30-home.conf.d/no.conf"] = file("[Partition]\nFormat=empty\n")
    tree["usr/lib/repart.d/30-home.conf.d"] = Node(SYMLINK, 0o777, target="/usr/share/more/30-home.conf.d")
    assert names() == ["10-root.conf", "20-srv.conf"]
    tree["etc/20-srv.conf"] = file("")
    tree["usr/lib/repart.d/20-srv.conf"] = Node(SYMLINK, 0o777, target="/etc/20-srv.conf")
    with pytest.raises(volumes.CannotBuild, match="20-srv.conf"):
        names()  # a device has no /etc yet
    for mask in (Node(SYMLINK, 0o777, target="/dev/null"), Node(CHARACTER, 0o666, device=(1, 3))):
        tree["usr/lib/repart.d/20-srv.conf"] = mask
        assert names() == ["10-root.conf"]
    tree["usr/lib/repart.d/20-srv.conf"] = Node(FIFO, 0o644)
    with pytest.raises(volumes.CannotBuild, match="20-srv.conf: neither a file"):
        names()
