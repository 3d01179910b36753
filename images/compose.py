# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns the Debian of installed.tar into the reference machine's root: read-only, with settings, a sample
of data, and what the tests need. Tar in, tar out."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from pathlib import Path

from images import contents, disk, factory, modules, sample
from images.factory import SETTINGS, TOPS, UNITS, add_directory, set_text
from images.form import ROOT, USR
from images.judgement import Judge, needed_modules
from images.tree import FILE, SYMLINK, Node, Tree, read_tar, write_tar

LOCKOUT_AUTHORIZATION = "usr/lib/cleanslate/lockout-authorization"
IMAGE_ID = "cleanslate-reference"
IMAGE_VERSION = "1"

# "cleanslate", a demonstration password that the README tells; few rounds, because tests log in on emulated processors.
ROOT_PASSWORD = (
    "$6$rounds=1000$cleanslate$2hznYqCIdPYnjNDQwMiZqFemKEP0NItjlch5mzRzrJmIirbUZgAlff1N0x7dSMwDYwkKTRZ2GaGL5zZO.DeWV1"
)


def configure(tree: Tree, mtime: int) -> None:
    shadow = tree["etc/shadow"].data().decode()
    set_text(tree, "etc/shadow", re.sub(r"(?m)^root:[^:]*:", lambda _: f"root:{ROOT_PASSWORD}:", shadow), mtime)
    # The serial console's readers are programs as often as people.
    inputrc = tree["etc/inputrc"].data().decode()
    set_text(tree, "etc/inputrc", inputrc + "\nset enable-bracketed-paste off\n", mtime)
    factory.forget_machine(tree, mtime)
    factory.mask_units(tree, [*factory.MASKED_UNITS, *contents.MASKED_UNITS], mtime)
    for link, target in contents.UNIT_LINKS.items():
        tree[f"{UNITS}/{link}"] = Node(SYMLINK, 0o777, mtime=mtime, target=target)
    for path in contents.DROPPED:
        if path in tree:
            tree.remove(path)


CONFIG = "usr/lib/repart.d/10-config.conf"
VARIANTS = Path(__file__).resolve().parent / "variants"  # what one has beside the overlay, by its name

# Erased with the system: one disk by its serial number, and whatever else is built in. And a key for people.
ADDITIONAL_DISKS = """
[Seal]
recovery-key=yes

[Disk]
id=serial:cleanslate-data
level=purge

[Disk]
all=internal
level=clear
"""


# Of the next version: a volume more, which goes with a reset, and an area that nobody has a use for yet.
LATER = {
    "usr/lib/repart.d/30-data.conf": """[Partition]
Type=srv
Label=data
Format=ext4
Encrypt=tpm2
FactoryReset=yes
CopyFiles=/usr/share/factory/srv:/
MountPoint=/srv
SizeMinBytes=64M
SizeMaxBytes=64M
""",
    "usr/lib/repart.d/40-spare.conf": """[Partition]
Type=linux-generic
Label=spare
SizeMinBytes=16M
SizeMaxBytes=16M
""",
    "srv/welcome": "of the second version\n",
}


# Of "usr": all that is written to is on the one volume.
STATE = "usr/lib/repart.d/20-state.conf"
ROOT_VOLUME = {
    "usr/lib/repart.d/10-root.conf": """# The root file system of the device: /etc, /var and all else that is not the image's /usr. A reset destroys it and builds it again.
[Partition]
Type=root
Label=state
Format=ext4
Encrypt=tpm2
FactoryReset=yes
CopyFiles=/usr/share/factory/root:/root
SizeMinBytes=512M
""",
}


# What becomes a factory tree, where a variant has more than the usual.
FACTORY_TOPS = {"later": (*TOPS, "srv"), "volumes": (*TOPS, "home", "srv"), "usr": (*TOPS, "root")}


def is_large(variant: str) -> bool:
    return variant.startswith("large")


def set_variant(tree: Tree, variant: str, mtime: int) -> None:
    """"plain" is the same machine without encryption and of a fleet whose owner sets the TPMs' lockout
    authorization, "disks" one whose policy speaks of additional disks, has a recovery key made, and has authenticated
    sectors on its config volume, "later" the next version of "reference", as an update brings it, "volumes" one with volumes of several
    file systems (images/variants/volumes), "usr" one whose image is /usr alone. "large" and "large-plain" have the factory trees of a real
    device's size."""
    for path in (CONFIG, STATE) if variant == "usr" else ():
        tree.remove(path)
    for path, text in {"later": LATER, "usr": ROOT_VOLUME}.get(variant, {}).items():
        tree[path] = Node(FILE, 0o644, mtime=mtime, content=text.encode())
    add_directory(tree, VARIANTS / variant, "", mtime)
    if variant == "disks":
        set_text(tree, CONFIG, tree[CONFIG].data().decode().replace("Encrypt=tpm2\n", "Encrypt=tpm2\nIntegrity=inline\n"), mtime)
        set_text(tree, SETTINGS, tree[SETTINGS].data().decode() + ADDITIONAL_DISKS, mtime)
    if variant.endswith("plain"):
        settings = tree[SETTINGS].data().decode()
        set_text(tree, SETTINGS, settings.replace("[Reset]\n", f"[Reset]\ntpm-lockout-auth=/{LOCKOUT_AUTHORIZATION}\n"), mtime)
        tree[LOCKOUT_AUTHORIZATION] = Node(FILE, 0o600, mtime=mtime, content=b"of the fleet\n")
        for path, node in list(tree.walk("usr/lib/repart.d")):
            if node.kind == FILE:
                set_text(tree, path, re.sub(r"(?m)^Encrypt=.*$", "Encrypt=off", node.data().decode()), mtime)


def add_modules(tree: Tree, kernel: Path, mtime: int) -> None:
    with tempfile.TemporaryDirectory() as work:
        modules.pick(kernel, contents.MODULES, Path(work))
        add_directory(tree, Path(work) / "lib", "usr/lib", mtime)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--kernel", type=Path, required=True)
    parser.add_argument("--overlay", type=Path, required=True)
    parser.add_argument("--variant", choices=("reference", "plain", "disks", "later", "volumes", "large", "large-plain", "usr"), required=True)
    parser.add_argument("--os-release", type=Path, required=True, help="written: the image's os-release")
    parser.add_argument("--digest", type=Path, required=True, help="written: the factory digest")
    parser.add_argument("--modules", type=Path, required=True, help="written: the kernel modules that its volumes need")
    parser.add_argument("--list-volumes", type=Path, required=True, help="the program that says what the definitions build")
    parser.add_argument("--checker", type=Path, required=True, help="check-policy, which is asked what a device would say")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    mtime = int(os.environ["SOURCE_DATE_EPOCH"])

    tree = read_tar(options.base)
    add_modules(tree, options.kernel, mtime)
    add_directory(tree, options.overlay, "", mtime)
    factory.identify(tree, IMAGE_ID, "2" if options.variant == "later" else IMAGE_VERSION, mtime)
    configure(tree, mtime)
    set_variant(tree, options.variant, mtime)
    sample.add(tree, ("etc", "var", "home", "root"), mtime, sample.LARGE_BYTES_MIN if is_large(options.variant) else sample.BYTES_MIN)
    form = USR if options.variant == "usr" else ROOT
    tops = FACTORY_TOPS.get(options.variant, TOPS)
    if form == USR:
        factory.keep_usr(tree, tops, mtime)
    else:
        factory.relocate(tree, tops, mtime)
    digest = factory.finish(tree, options.list_volumes, mtime, form == USR)
    judged = Judge(options.checker, disk.ESP_UUID, disk.DISK_SIZE).ask(tree)
    if judged.problems:
        raise SystemExit(f"images: a device would not take {options.variant}:\n" + "\n".join(judged.problems))

    options.modules.write_text(" ".join(needed_modules(judged.definitions)) + "\n", encoding="ascii")
    options.os_release.write_bytes(tree["usr/lib/os-release"].data())
    options.digest.write_text(digest + "\n", encoding="ascii")
    with options.output.open("wb") as stream:
        write_tar(form.content(tree), stream)
    files, size = sample.count(tree, tuple(f"{factory.FACTORY}/{top}" for top in tops))
    print(f"images: {options.variant}: factory trees of {files} files and {size} bytes, digest {digest}")


if __name__ == "__main__":
    main()
