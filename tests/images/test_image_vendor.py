# SPDX-License-Identifier: GPL-2.0-or-later
"""cleanslate-image: what it refuses, and what it makes of a tree."""

from __future__ import annotations

import argparse
import tarfile
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from images import disk, factory, gpt, vendor, volumes
from images.judgement import Judge, Judgement
from images.tree import DIRECTORY, FILE, SYMLINK, Node, Tree, write_tar

EPOCH = 1_700_000_000
ESP = uuid.UUID("11111111-2222-4333-8444-555555555555")
RELEASE = "6.1.0-1-amd64"


def definition(top: str, reset: str = "yes", more: str = "") -> bytes:
    kind = {"etc": "config", "var": "var"}[top]
    return f"[Partition]\nType={kind}\nFormat=ext4\nFactoryReset={reset}\nCopyFiles=/usr/share/factory/{top}:/\nMountPoint=/{top}\n{more}".encode()


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
        f"usr/lib/modules/{RELEASE}/kernel/fs/ext4/ext4.ko.xz": b"ELF",
        "etc/machine-id": b"0123456789abcdef0123456789abcdef\n",
        "etc/hostname": b"shop\n",
        "root/.profile": b"#\n",
        "var/lib/state": b"1\n",
    }
    for path, content in files.items():
        tree[path] = Node(FILE, 0o644, mtime=EPOCH, content=content)
    tree["usr/sbin/mkfs.ext4"] = replace(tree["usr/sbin/mkfs.ext4"], mode=0o755)
    tree["home"] = Node(DIRECTORY, 0o755, mtime=EPOCH)
    tree["vmlinuz"] = Node(SYMLINK, 0o777, target=f"boot/vmlinuz-{RELEASE}")
    return tree


def ask(build: Path, tree: Tree, size: int = 4 << 30) -> Judgement:
    return Judge(build / "images" / "check-policy", ESP, size).ask(tree)


def found(build: Path, tree: Tree) -> list[str]:
    """All that is said before the root is finished, but for what the judge says of a device's plans."""
    return vendor.problems(tree, ask(build, tree).definitions)


def finished(build: Path, tree: Tree) -> Tree:
    definitions = ask(build, tree).definitions
    places = [definition.mount_point for definition in definitions]
    vendor.make_read_only(tree, vendor.factory_tops(tree, definitions), ESP, build / "images/list-volumes", EPOCH, places=places)
    return tree


def test_a_complete_tree_has_no_problems(build: Path) -> None:
    """The control of all that follow: as it is handed in, and finished."""
    tree = complete_tree()
    judged = ask(build, tree)
    assert (vendor.problems(tree, judged.definitions), judged.problems) == ([], [])
    assert vendor.module_problems(tree, RELEASE, judged.definitions) == []
    for number in range(1000):  # a manifest of more than any file of the policy
        tree[f"etc/many/{number}"] = Node(FILE, 0o644, mtime=EPOCH, content=b"x")
    assert ask(build, finished(build, tree)).problems == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("usr/bin/cleanslate", "install the package cleanslate"),
        ("usr/lib/cleanslate/cleanslate.conf", "an empty file means the defaults"),
        ("usr/lib/os-release", "os-release"),
        ("usr/lib/repart.d", "nothing would be reset"),
        ("usr/lib/repart.d/20-state.conf", "nothing would be reset"),
        (f"boot/vmlinuz-{RELEASE}", "install a linux-image package"),
        (f"usr/lib/modules/{RELEASE}", "install a linux-image package"),
    ],
)
def test_what_is_missing_is_said_with_the_remedy(build: Path, missing: str, said: str) -> None:
    tree = complete_tree()
    tree.remove(missing)
    (problem,) = found(build, tree)
    assert said in problem


def test_a_state_that_is_not_reset_is_no_state(build: Path) -> None:
    tree = complete_tree()
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=definition("var", "no"))
    assert "nothing would be reset" in found(build, tree)[0]


def test_a_tree_that_was_an_image_before_is_refused(build: Path) -> None:
    tree = finished(build, complete_tree())
    assert any("hand in the file system as it is in use" in text for text in found(build, tree))


def test_all_problems_are_said_at_once_and_nothing_is_written(build: Path, tmp_path: Path) -> None:
    archive = tmp_path / "root.tar"
    with archive.open("wb") as stream:
        write_tar(Tree(), stream)
    arguments = ["build", "--root", str(archive), "--keys", str(tmp_path), "--image-id", "x", "--image-version", "1"]
    arguments += ["--toolbox", str(build / "images"), str(tmp_path / "out")]
    with pytest.raises(SystemExit) as refusal:
        vendor.main(arguments)
    assert str(refusal.value).count("\n  - ") == 6 + 1  # and a device would find nothing to erase or to build
    assert not (tmp_path / "out").exists()


def test_what_is_no_archive_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "root.tar").write_bytes(b"not a tar archive" * 100)
    with pytest.raises(SystemExit, match="no uncompressed tar archive"):
        vendor.read_root(tmp_path / "root.tar")


def test_a_root_file_system_writes_nothing_outside_of_the_image(tmp_path: Path) -> None:
    """Definitions are laid out as files for the check of the policy: in a name with .. they would land beside the machine's own."""
    outside = f"{tmp_path}/outside.conf".removeprefix("/")
    archive = tmp_path / "root.tar"
    with archive.open("wb") as stream:
        write_tar(complete_tree(), stream)
    with tarfile.open(archive, "a") as tar:
        tar.addfile(tarfile.TarInfo(f"usr/lib/repart.d/{'../' * 20}{outside}"))
    with pytest.raises(SystemExit, match=r"not taken as a root file system:\n  - 'usr/lib/repart.d/\.\./"):
        vendor.read_root(archive)
    assert not Path(f"/{outside}").exists()


def test_a_definition_may_copy_from_several_places(build: Path) -> None:
    tree = complete_tree()
    text = definition("var") + b"CopyFiles=/usr/share/extra:/lib/extra\n"
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=text)
    assert vendor.writable_tops(ask(build, tree).definitions) == ["etc", "var"]


def plain(kind: str, more: str = "") -> Node:
    return file(f"[Partition]\nType={kind}\nFormat=ext4\nFactoryReset=yes\n{more}")


@pytest.mark.parametrize("copied", ["CopyFiles=/usr/share/factory/home:/\n", ""], ids=["filled", "empty"])
def test_home_and_srv_may_be_volumes_of_their_own(build: Path, copied: str) -> None:
    tree = complete_tree()
    tree["home/kiosk/.profile"] = file("#\n")
    tree["srv"] = Node(DIRECTORY, 0o755)
    tree["usr/lib/repart.d/30-home.conf"], tree["usr/lib/repart.d/40-srv.conf"] = plain("home", copied), plain("srv")
    assert ask(build, finished(build, tree)).problems == []
    assert (tree["home"].kind, tree["srv"].kind, tree["root"].target) == (DIRECTORY, DIRECTORY, "var/roothome")
    assert ("home/kiosk" in tree) == (not copied)
    assert ("usr/share/factory/home/kiosk/.profile" in tree) == bool(copied)


def test_a_factory_tree_that_is_there_is_the_vendors(build: Path) -> None:
    tree = complete_tree()
    tree["srv/old"], tree["usr/share/factory/srv/new"] = file("old"), file("new")
    tree["usr/lib/repart.d/40-srv.conf"] = plain("srv", "CopyFiles=/usr/share/factory/srv:/\n")
    assert ask(build, finished(build, tree)).problems == []
    assert "srv/old" in tree and "usr/share/factory/srv/old" not in tree


def file(content: str | bytes, mode: int = 0o644) -> Node:
    return Node(FILE, mode, content=content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize(
    ("files", "tops"),
    [
        ({"etc/repart.d/10-config.conf": Node(SYMLINK, 0o777, target="/dev/null")}, ["var"]),
        ({"run/repart.d/10-config.conf": file("")}, ["var"]),
        ({"usr/lib/repart.d/10-config.conf.d/50-keep.conf": file("[Partition]\nFactoryReset=no\n")}, ["var"]),
        ({"usr/lib/repart.d/10-config.conf": Node(SYMLINK, 0o777, target="../../share/acme.conf"), "usr/share/acme.conf": file(definition("etc"))}, ["etc", "var"]),
        ({"etc/repart.d/10-config.conf.d/50-specifier.conf": file("[Partition]\nLabel=%o-config\n")}, ["etc", "var"]),
    ],
    ids=["mask", "empty", "drop-in", "link", "specifier"],
)
def test_definitions_are_read_as_the_device_reads_them(build: Path, files: dict[str, Node], tops: list[str]) -> None:
    tree = complete_tree()
    for path, node in files.items():
        tree[path] = node
    judged = ask(build, tree)
    assert (vendor.writable_tops(judged.definitions), judged.problems) == (tops, [])


LARGE = definition("var", more="SizeMinBytes=8G\n")


@pytest.mark.parametrize(
    ("path", "node", "said"),
    [
        ("usr/lib/repart.d/10-config.conf", file(definition("etc", more="FactoryRest=yes\n")), "/usr/lib/repart.d/10-config.conf:7: FactoryRest: is not a known key"),
        ("usr/lib/repart.d/20-state.conf", file(LARGE), "/usr/lib/repart.d/20-state.conf:7: SizeMinBytes: the first boot of a device with a TPM would be refused"),
        ("usr/lib/repart.d/20-state.conf.d/9.conf", file("[Partition]\n\nSizeMinBytes=8G\n"), "/usr/lib/repart.d/20-state.conf.d/9.conf:3: SizeMinBytes: "),
        ("usr/lib/cleanslate/cleanslate.conf", file("\n[Keep]\npath=/srv/acme\n"), "cleanslate.conf:2: path: /srv/acme is on no partition that a reset erases"),
        ("usr/sbin/mkfs.ext4", Node(SYMLINK, 0o777, target="mke2fs"), "10-config.conf:3: Format: /usr/sbin/mkfs.ext4 is not in the image, or a link to nothing"),
        ("usr/sbin/mkfs.ext4", file("#!"), "10-config.conf:3: Format: /usr/sbin/mkfs.ext4 is not executable"),
        ("usr/sbin/mkfs.ext4", file("", 0o755), "10-config.conf:3: Format: /usr/sbin/mkfs.ext4 is no program"),
        ("usr/lib/repart.d/30-data.conf", file("[Partition]\nType=home\nCopyBlocks=auto\n"), "30-data.conf:2: Type: the first boot"),
        ("usr/lib/repart.d/30-data.conf", file("[Partition]\nType=srv\nEncrypt=key-file\n"), "30-data.conf:3: Encrypt: the first boot"),
        ("usr/lib/repart.d/30-data.conf", file("[Partition]\nType=esp\nFactoryReset=yes\n"), "30-data.conf:3: FactoryReset: the first boot"),
        ("usr/lib/repart.d/30-data.conf", file("[Partition]\nType=srv\nEncrypt=tpm2\n"), "30-data.conf:3: Encrypt: tpm2 without FactoryReset=yes"),
        ("usr/lib/repart.d/30-data.conf", file("[Partition]\nType=srv\nFormat=ext4\nFactoryReset=perhaps\n"), "30-data.conf:4: FactoryReset"),
        ("usr/lib/cleanslate/cleanslate.conf", file("[Reset]\nerase-level=purge\n"), "cleanslate.conf:2: erase-level: the reset of a device with a TPM"),
        ("usr/lib/cleanslate/cleanslate.conf", file("[Reset]\nwithout-tpm=plain\n"), "cleanslate.conf: tpm-clear: the reset of a device without a TPM"),
        ("usr/lib/cleanslate/cleanslate.conf", file("[Reset]\ntmp-clear=try\n"), "cleanslate.conf:2: tmp-clear: is not a known key"),
        ("usr/lib/cleanslate/cleanslate.conf", file("[Hooks]\nafter-rebuild=yes\n"), "after-rebuild=yes, and /usr/lib/cleanslate/hooks.d has no program"),
    ],
)
def test_what_a_device_would_refuse_is_refused_here(build: Path, path: str, node: Node, said: str) -> None:
    tree = complete_tree()
    tree[path] = node
    problems = ask(build, tree).problems
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("path", "node"),
    [
        ("usr/sbin/mkfs.ext4", Node(SYMLINK, 0o777, target="/usr/bin/e2fs/mke2fs")),  # an absolute link leads through the image, not this machine
        ("usr/lib/cleanslate/cleanslate.conf", file("[Keep]\npath=/var/lib/acme\n")),
        ("usr/lib/cleanslate/cleanslate.conf", file("[Reset]\nwithout-tpm=plain\ntpm-clear=try\n")),
        ("usr/lib/cleanslate/cleanslate.conf", file("[Reset]\nundeclared-partitions=refuse\nlook-alikes=refuse\n")),  # all of the image is known as such
        ("usr/lib/cleanslate/cleanslate.conf", file("[Disk]\nid=serial:elsewhere\nlevel=purge\n")),  # which disks a device has is not the image's to say
        ("usr/lib/repart.d/20-state.conf", file(definition("var", more="SizeMinBytes=3G\n"))),
    ],
    ids=["link", "keep", "without-tpm", "undeclared", "disk", "size"],
)
def test_what_a_device_takes_is_taken(build: Path, path: str, node: Node) -> None:
    tree = complete_tree()
    tree["usr/bin/e2fs/mke2fs"] = file("#!", 0o755)
    tree[path] = node
    assert ask(build, tree).problems == []


@pytest.mark.parametrize(
    "path, node",
    [
        ("etc/repart.d/40-more.conf", Node(SYMLINK, 0o777, target="/dev/null")),
        ("run/repart.d/40-more.conf", Node(FILE, 0o644, mtime=EPOCH)),
        ("etc/repart.d/40-more.conf.d/keep.conf", plain("linux-generic", "FactoryReset=no\n")),
        ("etc/repart.d/50-other.conf", plain("linux-generic")),
    ],
)
def test_what_only_etc_and_run_say_of_definitions_is_not_lost_without_a_word(build: Path, path: str, node: Node) -> None:
    tree = complete_tree()
    tree["usr/lib/repart.d/40-more.conf"] = plain("linux-generic", "FactoryReset=yes\n")
    for top in ("etc/repart.d", "run/repart.d", "etc/repart.d/40-more.conf.d"):
        tree[top] = Node(DIRECTORY, 0o755, mtime=EPOCH)
    without = ask(build, tree).definitions
    tree[path] = node
    judged = ask(build, tree).definitions
    assert judged != without
    said = vendor.lost_definitions(judged, ask(build, finished(build, tree)).definitions)
    assert [problem.partition(":")[0] for problem in said] == [Path(path.removesuffix(".d/keep.conf")).name], said
    assert vendor.lost_definitions(judged, judged) == []


def test_the_disk_that_was_made_is_judged_by_its_own_table(build: Path, tmp_path: Path) -> None:
    """What the root takes is not known before it is made; then the rest has to be enough."""
    tree = complete_tree()
    tree["usr/lib/repart.d/20-state.conf"] = file(definition("var", more="SizeMinBytes=3G\n"))
    root_hash = "3" * 32 + "4" * 32
    for size, said in ((100 << 20, 0), (1 << 30, 1)):
        parts = {"esp": 128 << 20, "root": size, "verity": 1 << 20, "signature": 1}
        for name, length in parts.items():
            with (tmp_path / name).open("wb") as stream:
                stream.truncate(length)
        signature = tmp_path / "signature"
        contents = disk.Contents(tmp_path / "esp", tmp_path / "root", tmp_path / "verity", root_hash, signature, esp_uuid=ESP, size=4 << 30)
        gpt.write(tmp_path / "disk", ESP, contents.size, disk._partitions(contents, tmp_path / "esp"))
        judge = Judge(build / "images" / "check-policy", ESP, contents.size)
        problems = judge.ask(tree, disk.Written(tmp_path / "disk", ESP, root_hash)).problems
        assert [": SizeMinBytes: " in problem for problem in problems] == [True] * said


@pytest.mark.parametrize(
    ("drop", "more", "said"),
    [
        (f"usr/lib/modules/{RELEASE}/kernel/fs/ext4/ext4.ko.xz", "", f"the kernel {RELEASE} has no ext4"),
        ("", "Integrity=inline\nEncrypt=tpm2\n", f"the kernel {RELEASE} has no dm_crypt"),
    ],
)
def test_a_file_system_that_the_kernel_cannot_mount_is_refused(build: Path, drop: str, more: str, said: str) -> None:
    tree = complete_tree()
    tree["usr/lib/repart.d/20-state.conf"] = file(definition("var", more=more))
    if drop:
        tree.remove(drop)
    problems = vendor.module_problems(tree, RELEASE, ask(build, tree).definitions)
    assert said in problems[0]
    tree[f"usr/lib/modules/{RELEASE}/modules.builtin"] = file("kernel/fs/ext4/ext4.ko\nkernel/drivers/md/dm-crypt.ko\nkernel/drivers/md/dm-integrity.ko\n")
    assert vendor.module_problems(tree, RELEASE, ask(build, tree).definitions) == []


def test_the_finished_root_has_what_is_copied_and_where_it_is_mounted(build: Path) -> None:
    tree = complete_tree()
    srv = "[Partition]\nType=srv\nFormat=ext4\nFactoryReset=yes\n"
    tree["usr/lib/repart.d/30-srv.conf"] = file(srv + "CopyFiles=/usr/share/nothing:/\n")
    with pytest.raises(volumes.CannotBuild, match="30-srv.conf: CopyFiles=: the image has no /usr/share/nothing"):
        finished(build, tree)
    tree = complete_tree()
    tree["usr/lib/repart.d/30-srv.conf"] = file(srv)
    problems = ask(build, finished(build, tree)).problems
    assert any("30-srv.conf: MountPoint: the root file system has no directory /srv" in problem for problem in problems), problems
    tree = complete_tree()
    tree["srv"], tree["usr/lib/repart.d/30-srv.conf"] = Node(DIRECTORY, 0o755, mtime=EPOCH), file(srv + "MountPoint=/srv\nMountPoint=/also\n")
    problems = ask(build, finished(build, tree)).problems
    assert any("no directory /also to mount" in problem for problem in problems), problems


def test_two_volumes_are_not_mounted_at_one_place(build: Path) -> None:
    tree = complete_tree()
    for name, where in (("30-one", "/data"), ("40-two", "/data"), ("50-home", ""), ("60-home", "")):
        more = f"MountPoint={where}\n" if where else "Type=home\n"
        tree[f"usr/lib/repart.d/{name}.conf"] = file(f"[Partition]\nType=srv\nFormat=ext4\nFactoryReset=yes\n{more}")
    problems = [problem for problem in ask(build, tree).problems if "as well, and only that one" in problem]
    assert len(problems) == 1 and "40-two.conf" in problems[0] and "30-one.conf is mounted at /data" in problems[0], problems


def test_everything_is_refused_at_once_and_nothing_is_left_of_it(build: Path, tmp_path: Path) -> None:
    tree = complete_tree()
    tree.remove("usr/bin/cleanslate")
    tree.remove(f"usr/lib/modules/{RELEASE}/kernel/fs/ext4/ext4.ko.xz")
    tree["usr/sbin/mkfs.ext4"] = Node(SYMLINK, 0o777, target="mke2fs")
    tree["usr/lib/repart.d/20-state.conf"] = file(LARGE)
    tree["usr/lib/cleanslate/cleanslate.conf"] = file("[Keep]\npath=/srv/acme\n")
    archive = tmp_path / "root.tar"
    with archive.open("wb") as stream:
        write_tar(tree, stream)
    arguments = ["build", "--root", str(archive), "--keys", str(tmp_path), "--image-id", "x", "--image-version", "1"]
    with pytest.raises(SystemExit) as refusal:
        vendor.main([*arguments, "--toolbox", str(build / "images"), str(tmp_path / "out")])
    said = ["install the package cleanslate", "has no ext4", "mkfs.ext4 is not in the image", "SizeMinBytes: ", "/srv/acme is on no partition"]
    assert all(text in str(refusal.value) for text in said), refusal.value
    assert sorted(path.name for path in tmp_path.iterdir()) == ["root.tar"]


def test_each_definition_that_is_wrong_is_said(build: Path) -> None:
    tree = complete_tree()
    for name in ("30-a", "40-b"):
        tree[f"usr/lib/repart.d/{name}.conf"] = file("[Partition]\nType=srv\nFactoryRest=yes\n")
    tree["usr/lib/cleanslate/cleanslate.conf"] = file("[Reset]\ntmp-clear=try\n")
    assert [problem.partition(": is not")[0] for problem in ask(build, tree).problems] == [
        "/usr/lib/repart.d/30-a.conf:3: FactoryRest",
        "/usr/lib/repart.d/40-b.conf:3: FactoryRest",
        "cleanslate.conf:2: tmp-clear",
    ]


def test_nothing_that_exists_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="exists"):
        vendor.main(["keys", str(tmp_path)])


def test_etc_stays_in_the_image_where_no_definition_copies_it(build: Path) -> None:
    tree = complete_tree()
    tree.remove("usr/lib/repart.d/10-config.conf")
    finished(build, tree)
    assert tree["etc/hostname"].data() == b"shop\n" and "usr/share/factory/etc" not in tree
    assert b" /etc" not in tree["usr/lib/cleanslate/manifest"].data()


def test_etc_and_var_become_factory_trees(build: Path) -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert [path for path, _ in tree.walk("var")] == ["var"]
    assert tree["usr/share/factory/var/lib/state"].data() == b"1\n"
    assert tree["usr/share/factory/etc/machine-id"].size == 0
    assert tree["root"].target == "var/roothome"


def test_kernel_and_initrd_travel_in_the_boot_image(build: Path) -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert [path for path, _ in tree.walk("boot")] == ["boot"]
    assert "vmlinuz" not in tree


def test_systemd_repart_cannot_act_in_the_running_system(build: Path) -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert tree[f"{factory.UNITS}/systemd-repart.service"].target == "/dev/null"


def test_the_esp_is_mounted_by_its_own_uuid_unless_the_vendor_says_how(build: Path) -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert f"by-partuuid/{ESP}\n".encode() in tree[f"{factory.UNITS}/efi.mount"].data()
    own = complete_tree()
    own[f"{factory.UNITS}/efi.mount"] = Node(FILE, 0o644, content=b"[Mount]\n")
    vendor.make_read_only(own, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert own[f"{factory.UNITS}/efi.mount"].data() == b"[Mount]\n"
    assert f"{factory.UNITS}/efi.automount" not in own


def test_the_esp_is_declared_unless_the_vendor_does(build: Path) -> None:
    """An image whose maker knows all that is on the ESP has a reset remove the rest."""
    tree = complete_tree()
    vendor.make_read_only(tree, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    lines = tree[vendor.ESP_LIST].data().decode().splitlines()
    assert all(line.startswith("#") for line in lines)
    assert tree[factory.SETTINGS].data().decode().endswith("[ESP]\nundeclared=remove\n")
    assert ask(build, tree).problems == []

    chosen = complete_tree()
    chosen[factory.SETTINGS] = Node(FILE, 0o644, content=b"[ESP]\nundeclared=keep\n")
    vendor.make_read_only(chosen, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert chosen[factory.SETTINGS].data() == b"[ESP]\nundeclared=keep\n"

    own = complete_tree()
    own[vendor.ESP_LIST] = Node(FILE, 0o644, content=b"EFI/ACME/\n")
    vendor.make_read_only(own, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert (own[vendor.ESP_LIST].data(), own[factory.SETTINGS].data()) == (b"EFI/ACME/\n", b"")


def test_tmp_is_memory_that_is_not_executed_unless_the_vendor_says_how(build: Path) -> None:
    tree = complete_tree()
    vendor.make_read_only(tree, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
    assert b"noexec" in tree[f"{factory.UNITS}/tmp.mount"].data()
    for name, target in vendor.MEMORY_UNITS.items():
        assert tree[f"{factory.UNITS}/{target}.wants/{name}"].target == f"../{name}"
    own = complete_tree()
    own["etc/systemd/system/tmp.mount"] = Node(SYMLINK, 0o777, target="/dev/null")
    vendor.make_read_only(own, factory.TOPS, ESP, build / "images/list-volumes", EPOCH)
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


def test_files_that_do_not_fit_are_refused(build: Path) -> None:
    """A device would find it out when everything is erased, and never start again."""
    tree = complete_tree()
    tree["var/large"] = Node(FILE, 0o644, mtime=EPOCH, content=bytes(40 << 20))
    more = "SizeMaxBytes=41M\n"
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=definition("var", more="SizeMinBytes=48M\nSizeMaxBytes=48M\n"))
    assert ask(build, finished(build, tree.copy())).problems == []
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=definition("var", more=more))
    (problem,) = ask(build, finished(build, tree)).problems
    assert problem.startswith('/usr/lib/repart.d/20-state.conf:7: SizeMaxBytes: The image\'s files for "var" take at least 45 MiB')


@pytest.mark.parametrize("places", [("/var/lib/data",), ("/srv", "/var/lib/data")])
def test_a_place_in_another_volume_has_to_be_made_there(build: Path, places: tuple[str, ...]) -> None:
    """Nobody makes it before the volume is mounted: the device would build all of it, and never start."""
    tree = complete_tree()
    tree["srv"] = Node(DIRECTORY, 0o755, mtime=EPOCH)
    text = "[Partition]\nType=linux-generic\nFormat=ext4\nFactoryReset=yes\n" + "".join(f"MountPoint={place}\n" for place in places)
    tree["usr/lib/repart.d/30-data.conf"] = Node(FILE, 0o644, content=text.encode())
    (problem,) = ask(build, finished(build, tree.copy())).problems
    assert problem == (
        f"/usr/lib/repart.d/30-data.conf:{4 + len(places)}: MountPoint: /var/lib/data lies in the volume of 20-state.conf, which has no such directory to "
        "mount it at. There, MakeDirectories=/lib/data makes it."
    )
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=definition("var", more="MakeDirectories=/lib/data\n"))
    assert ask(build, finished(build, tree)).problems == []


def test_a_definition_that_is_not_read_is_the_only_fault(build: Path, tmp_path: Path) -> None:
    """What would be said of an image without it is no fault of that image."""
    tree = complete_tree()
    tree["usr/lib/repart.d/20-state.conf"] = Node(FILE, 0o644, content=definition("var", more="FactoryRest=yes\n"))
    archive = tmp_path / "root.tar"
    with archive.open("wb") as stream:
        write_tar(tree, stream)
    arguments = ["build", "--root", str(archive), "--keys", str(tmp_path), "--image-id", "x", "--image-version", "1"]
    with pytest.raises(SystemExit) as refusal:
        vendor.main([*arguments, "--toolbox", str(build / "images"), str(tmp_path / "out")])
    (said,) = str(refusal.value).split("\n  - ")[1:]
    assert said.startswith("/usr/lib/repart.d/20-state.conf:7: FactoryRest: ")
