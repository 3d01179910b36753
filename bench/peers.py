# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes Debian's own initrds for the image's kernel, in a throw-away Debian by mmdebstrap: nothing is installed on this machine.
What is made lies in one directory: initramfs-tools-most, initramfs-tools-list, dracut-most, dracut-list."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from images import base, debian

# Packages that the peers need to do the reference machine's work: dm-verity, LUKS2 by TPM, ext4.
PACKAGES = (
    "systemd", "systemd-sysv", "udev", "dbus", "kmod", "mount", "dracut-core", "initramfs-tools", "cryptsetup-bin", "cryptsetup-initramfs",
    "busybox", "dmsetup", "e2fsprogs", "zstd", "binutils", "tpm2-tools", "jq",
    "libtss2-esys-3.0.2-0", "libtss2-rc0", "libtss2-mu0", "libtss2-tctildr0", "libtss2-tcti-device0",
)  # fmt: skip
SCRIPT = Path(__file__).with_name("peers.sh")


def command_line(kernel: Path, modules: Path, output: Path) -> list[str]:
    release = (kernel / "release").read_text(encoding="ascii").strip()
    sources = debian.machine_sources()
    command = ["mmdebstrap", "--mode=auto", "--variant=essential", "--format=tar", "--quiet", "--include=" + ",".join(PACKAGES)]
    command += ['--aptopt=APT::Install-Recommends "false"', "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"]
    command += ["--setup-hook=" + base.NO_USRMERGE]
    for hook in (
        'mkdir -p "$1"/bench "$1"/usr/lib/modules',
        f"copy-in '{kernel}/lib/modules/{release}' /usr/lib/modules",
        f"upload '{kernel}/config' /boot/config-{release}",
        f"upload '{modules}' /bench/modules.list",
        f"upload '{SCRIPT}' /bench/peers.sh",
        'chroot "$1" sh /bench/peers.sh',
        f"copy-out /out '{output}'",
    ):
        command.append("--customize-hook=" + hook)
    return [*command, debian.release()["VERSION_CODENAME"], "/dev/null", *(source.line() for source in sources)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", type=Path, required=True)
    parser.add_argument("--modules", type=Path, required=True, help="the list that our initrd is made with")
    parser.add_argument("destination", type=Path)
    options = parser.parse_args()
    destination: Path = options.destination
    destination.mkdir(parents=True, exist_ok=True)
    print("bench: making Debian's initrds in a throw-away Debian (some minutes, once)", flush=True)
    with tempfile.TemporaryDirectory(dir=destination) as work, (destination / "peers.log").open("wb") as log:
        command = command_line(options.kernel.resolve(), options.modules.resolve(), Path(work).resolve())
        done = subprocess.run(command, env=base.environment(), stdout=log, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise SystemExit(f"bench: making Debian's initrds failed; see {destination / 'peers.log'}")
        for path in (Path(work) / "out").iterdir():
            path.replace(destination / path.name)


if __name__ == "__main__":
    main()
