# SPDX-License-Identifier: GPL-2.0-or-later
"""cleanslate-image: what it refuses, and what it makes of a tree."""

from __future__ import annotations

import argparse
import tarfile
import uuid
from pathlib import Path

import pytest

from images import factory, vendor
from images.tree import DIRECTORY, FILE, SYMLINK, Node, Tree, write_tar

EPOCH = 1_700_000_000
ESP = uuid.UUID("11111111-2222-4333-8444-555555555555")
RELEASE = "6.1.0-1-amd64"


def definition(top: str, reset: str = "yes") -> bytes:
    return f"[Partition]\nType=var\nFormat=ext4\nFactoryReset={reset}\nCopyFiles=/usr/share/factory/{top}:/\n".encode()


def complete_tree() -> Tree:
    tree = Tree()
    files = {
        "usr/lib/os-release": b"ID=debian\nIMAGE_ID=old\nVERSION_ID=12\n",
        "usr/bin/cleanslate": b"#!",
        "usr/lib/systemd/systemd": b"#!",
        "usr/sbin/mkfs.ext4": b"#!",
        "usr/lib/cleanslate/cleanslate.conf": b"",
        "usr/lib/repart.d/10-config.conf": definition("etc"),
        "usr/lib/repart.d/20-state.conf": definition("var"),
        f"boot/vmlinuz-{RELEASE}": b"MZ",
        f"boot/initrd.img-{RELEASE}": b"cpio",
        f"usr/lib/modules/{RELEASE}/kernel/a.ko": b"ELF",
        "etc/machine-id": b"0123456789abcdef0123456789abcdef\n",
        "etc/hostname": b"shop\n",
        "root/.profile": b"#\n",
        "var/lib/state": b"1\n",
    }
    for path, content in files.items():
        tree[path] = Node(FILE, 0o644, mtime=EPOCH, content=content)
    tree["home"] = Node(DIRECTORY, 0o755, mtime=EPOCH)
    tree["vmlinuz"] = Node(SYMLINK, 0o777, target=f"boot/vmlinuz-{RELEASE}")
    return tree


def test_a_complete_tree_has_no_problems() -> None:
    assert vendor.problems(complete_tree()) == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("usr/bin/cleanslate", "install the package cleanslate"),
        ("usr/sbin/mkfs.ext4", "makes a file system of a definition"),
        ("usr/lib/cleanslate/cleanslate.conf", "an empty file means the defaults"),
        ("usr/lib/os-release", "os-release"),
        ("usr/lib/repart.d", "nothing would be reset"),
        ("usr/lib/repart.d/20-state.conf", "nothing would be reset"),
        (f"boot/vmlinuz-{RELEASE}", "install a linux-image package"),
        (f"usr/lib/modules/{RELEASE}", "install a linux-image package"),
    ],
)
def test_what_is_missing_is_said_with_the_remedy(missing: str, said: str) -> None:
    tree = complete_tree()
    tree.remove(missing)
    found = vendor.problems(tree)
    assert len(found) == 1 and said in found[0]


def test_a_state_that_is_not_reset_is_no_state() -> None:
    tree = complete_tree()
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=definition("var", "no"))
    assert "nothing would be reset" in vendor.problems(tree)[0]


def test_a_tree_that_was_an_image_before_is_refused() -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, ESP, EPOCH)
    assert any("hand in the file system as it is in use" in text for text in vendor.problems(tree))


def test_all_problems_are_said_at_once_and_nothing_is_written(build: Path, tmp_path: Path) -> None:
    archive = tmp_path / "root.tar"
    with archive.open("wb") as stream:
        write_tar(Tree(), stream)
    arguments = ["build", "--root", str(archive), "--keys", str(tmp_path), "--image-id", "x", "--image-version", "1"]
    arguments += ["--toolbox", str(build / "images"), str(tmp_path / "out")]
    with pytest.raises(SystemExit) as refusal:
        vendor.main(arguments)
    assert str(refusal.value).count("\n  - ") == 6
    assert not (tmp_path / "out").exists()


def test_what_is_no_archive_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "root.tar").write_bytes(b"not a tar archive" * 100)
    with pytest.raises(SystemExit, match="no uncompressed tar archive"):
        vendor.read_root(tmp_path / "root.tar", vendor.Toolbox(tmp_path))


def test_a_root_file_system_writes_nothing_outside_of_the_image(build: Path, tmp_path: Path) -> None:
    """Definitions are laid out as files for the check of the policy: in a name with .. they would land beside the machine's own."""
    outside = f"{tmp_path}/outside.conf".removeprefix("/")
    archive = tmp_path / "root.tar"
    with archive.open("wb") as stream:
        write_tar(complete_tree(), stream)
    with tarfile.open(archive, "a") as tar:
        tar.addfile(tarfile.TarInfo(f"usr/lib/repart.d/{'../' * 20}{outside}"))
    with pytest.raises(SystemExit, match=r"not taken as a root file system:\n  - 'usr/lib/repart.d/\.\./"):
        vendor.read_root(archive, vendor.Toolbox(build / "images"))
    assert not Path(f"/{outside}").exists()


def test_a_definition_may_copy_from_several_places() -> None:
    tree = complete_tree()
    text = definition("var") + b"CopyFiles=/usr/share/extra:/lib/extra\n"
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=text)
    assert vendor.writable_tops(tree) == ["etc", "var"]


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("usr/lib/cleanslate/cleanslate.conf", b"[Reset]\ntmp-clear=try\n", "cleanslate.conf:2: tmp-clear: is not a known key"),
        ("usr/lib/repart.d/20-state.conf", b"[Partition]\nType=var\nFactoryReset=perhaps\n", "20-state.conf:3: FactoryReset"),
        ("usr/lib/repart.d/30-srv.conf", b"[Partition]\nType=srv\nEncrypt=tpm2\n", "30-srv.conf: Encrypt=tpm2 without FactoryReset=yes"),
        ("usr/lib/cleanslate/cleanslate.conf", b"[Hooks]\nafter-rebuild=yes\n", "after-rebuild=yes, and /usr/lib/cleanslate/hooks.d has no program"),
    ],
)
def test_a_policy_that_the_device_would_refuse_is_refused_here(build: Path, path: str, content: bytes, said: str) -> None:
    checker = build / "images" / "check-policy"
    tree = complete_tree()
    assert vendor.policy_problems(tree, checker) == []
    tree[path] = Node(FILE, 0o644, content=content)
    (problem,) = vendor.policy_problems(tree, checker)
    assert said in problem


def test_nothing_that_exists_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="exists"):
        vendor.main(["keys", str(tmp_path)])


def test_etc_stays_in_the_image_where_no_definition_copies_it() -> None:
    tree = complete_tree()
    tree.remove("usr/lib/repart.d/10-config.conf")
    vendor.make_read_only(tree, ESP, EPOCH)
    assert tree["etc/hostname"].data() == b"shop\n" and "usr/share/factory/etc" not in tree
    assert b" /etc" not in tree["usr/lib/cleanslate/manifest"].data()


def test_etc_and_var_become_factory_trees() -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, ESP, EPOCH)
    assert [path for path, _ in tree.walk("var")] == ["var"]
    assert tree["usr/share/factory/var/lib/state"].data() == b"1\n"
    assert tree["usr/share/factory/etc/machine-id"].size == 0
    assert tree["root"].target == "var/roothome"


def test_kernel_and_initrd_travel_in_the_boot_image() -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, ESP, EPOCH)
    assert [path for path, _ in tree.walk("boot")] == ["boot"]
    assert "vmlinuz" not in tree


def test_systemd_repart_cannot_act_in_the_running_system() -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, ESP, EPOCH)
    assert tree[f"{factory.UNITS}/systemd-repart.service"].target == "/dev/null"


def test_the_esp_is_mounted_by_its_own_uuid_unless_the_vendor_says_how() -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, ESP, EPOCH)
    assert f"by-partuuid/{ESP}\n".encode() in tree[f"{factory.UNITS}/efi.mount"].data()
    own = complete_tree()
    own[f"{factory.UNITS}/efi.mount"] = Node(FILE, 0o644, content=b"[Mount]\n")
    vendor.make_read_only(own, ESP, EPOCH)
    assert own[f"{factory.UNITS}/efi.mount"].data() == b"[Mount]\n"
    assert f"{factory.UNITS}/efi.automount" not in own


def test_the_esp_is_declared_unless_the_vendor_does(build: Path) -> None:
    """An image whose maker knows all that is on the ESP has a reset remove the rest."""
    tree = complete_tree()
    vendor.make_read_only(tree, ESP, EPOCH)
    lines = tree[vendor.ESP_LIST].data().decode().splitlines()
    assert all(line.startswith("#") for line in lines)
    assert tree[factory.SETTINGS].data().decode().endswith("[ESP]\nundeclared=remove\n")
    assert vendor.policy_problems(tree, build / "images" / "check-policy") == []

    chosen = complete_tree()
    chosen[factory.SETTINGS] = Node(FILE, 0o644, content=b"[ESP]\nundeclared=keep\n")
    vendor.make_read_only(chosen, ESP, EPOCH)
    assert chosen[factory.SETTINGS].data() == b"[ESP]\nundeclared=keep\n"

    own = complete_tree()
    own[vendor.ESP_LIST] = Node(FILE, 0o644, content=b"EFI/ACME/\n")
    vendor.make_read_only(own, ESP, EPOCH)
    assert (own[vendor.ESP_LIST].data(), own[factory.SETTINGS].data()) == (b"EFI/ACME/\n", b"")


def test_tmp_is_memory_that_is_not_executed_unless_the_vendor_says_how() -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, ESP, EPOCH)
    assert b"noexec" in tree[f"{factory.UNITS}/tmp.mount"].data()
    for name, target in vendor.MEMORY_UNITS.items():
        assert tree[f"{factory.UNITS}/{target}.wants/{name}"].target == f"../{name}"
    own = complete_tree()
    own["etc/systemd/system/tmp.mount"] = Node(SYMLINK, 0o777, target="/dev/null")
    vendor.make_read_only(own, ESP, EPOCH)
    assert f"{factory.UNITS}/tmp.mount" not in own


def test_an_image_id_of_before_is_replaced() -> None:
    tree = complete_tree()
    factory.identify(tree, "example", "7", EPOCH)
    text = tree["usr/lib/os-release"].data().decode()
    assert text == "ID=debian\nVERSION_ID=12\nIMAGE_ID=example\nIMAGE_VERSION=7\n"


def test_the_manual_has_every_command_and_option() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/man/cleanslate-image.1").read_text(encoding="utf-8").replace("\\-", "-")
    (commands,) = [action for action in vendor.parser()._actions if isinstance(action, argparse._SubParsersAction)]
    assert set(commands.choices) == {"keys", "build", "ovmf-variables", "password-hash"}
    for name, command in commands.choices.items():
        assert name in page
        for action in command._actions:
            if action.help is not argparse.SUPPRESS:
                assert all(option in page for option in action.option_strings if option not in ("-h", "--help")), action.option_strings


@pytest.mark.parametrize("text", ["", "4", "4g", "-1G", "4GB", "1.5G"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        vendor.byte_size(text)


def test_sizes() -> None:
    assert (vendor.byte_size("512M"), vendor.byte_size("4G"), vendor.byte_size("1T")) == (512 << 20, 4 << 30, 1 << 40)
