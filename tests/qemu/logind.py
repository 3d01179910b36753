# SPDX-License-Identifier: GPL-2.0-or-later
"""This Debian's systemd-logind, from its own source, with the fix that systemd has for issue 39385: the keys of Debian 12 and 13 make
theirs abort. Comes on a disk of its own, to be started in the place of the machine's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from images import base, debian

LABEL = "logind"
PACKAGES = (
    "dpkg-dev gcc gperf libacl1-dev libblkid-dev libc6-dev libcap-dev libcrypt-dev libmount-dev libpam0g-dev meson pkgconf python3-jinja2"
).split()  # fmt: skip
# A factory reset holds no inhibitor back and announces neither shutdown nor sleep: without this, asking whether it does is an assertion.
EDITS = (
    ("logind-action.c", "if (!ignore_inhibited &&\n", "if (inhibit_operation > 0 && !ignore_inhibited &&\n"),
    ("logind-dbus.c", "assert(IN_SET(w, INHIBIT_SHUTDOWN, INHIBIT_SLEEP));\n", "if (w <= 0) return 0;\n"),
    ("logind-dbus.c", "m->inhibit_delay_max > 0 &&\n", "m->inhibit_delay_max > 0 && a->inhibit_what > 0 &&\n"),
)
FETCH = 'mkdir "$1/src" && cd "$1/src" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get source --quiet --download-only systemd && chroot "$1" sh -c "cd /src && dpkg-source --extract systemd_*.dsc systemd"'
# A library of another name than the machine's, so that nothing else takes it.
OPTIONS = "--auto-features=disabled -Dmode=release -Dshared-lib-tag=fixed -Dman=false -Dhtml=false -Dtests=false -Dpam=true -Dacl=true"
BUILD = f"cd /src/systemd && meson setup {OPTIONS} build && ninja -C build systemd-logind"
IN_TREE = 'mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && exec chroot "$1" sh -euc "$2"'


def _tree(at: Path) -> None:
    lines = [source.line() for source in debian.machine_sources()]
    lines += [line.replace("deb ", "deb-src ", 1) for line in lines]
    base.make_tree(at, debian.release()["VERSION_CODENAME"], PACKAGES, lines, FETCH)


def _edit(source: Path) -> None:
    for name, before, after in EDITS:
        path = source / "src" / "login" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"this systemd's {name} is another than the one that this knows how to mend"
        path.write_text(text.replace(before, after), encoding="utf-8")


def make_disk(work: Path, disk: Path) -> None:
    """An ext4 file system with the program and its library in it. Wants root, for chroot."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    source, files = work / "tree" / "src" / "systemd", work / "files"
    _tree(work / "tree")
    _edit(source)
    log = work / "build.log"
    with log.open("wb") as stream:
        command = ["unshare", "--mount", "sh", "-euc", IN_TREE, "in-tree", str(work / "tree"), BUILD]
        built = subprocess.run(command, check=False, stdout=stream, stderr=subprocess.STDOUT)
    assert built.returncode == 0, log.read_text(encoding="utf-8", errors="replace")[-4000:]
    files.mkdir()
    for path in ("systemd-logind", "src/shared/libsystemd-shared-fixed.so"):
        subprocess.run(["strip", "-o", files / Path(path).name, source / "build" / path], check=True)
    command = ["mke2fs", "-q", "-F", "-t", "ext4", "-L", LABEL, "-d", str(files), str(disk), "16M"]
    subprocess.run(command, check=True, env=base.environment())
    shutil.rmtree(work / "tree")
