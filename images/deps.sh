#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs every Debian package that building, demo, check and bench need. Says what it installs; does nothing, and needs no
# rights, when everything is there. `deps.sh --list` prints the names.
set -eu

# PACKAGE WHY, one a line.
packages() {
        cat <<'END'
git                     the build takes SOURCE_DATE_EPOCH from the last commit
make                    the build
gettext                 compiles and checks the catalogs of common/po/
gcc                     the build, host and EFI
libc6-dev               the build
musl-tools              the small static program that a machine is switched off by
binutils                objcopy turns the stub into PE
pkg-config              finds libraries' flags
gnu-efi                 headers and start-up code of the stub
libnvme-dev             NVMe commands
libfdisk-dev            partition tables
libblkid-dev            telling what a device holds
libjson-c-dev           the unit tests of --json read what was printed
libcryptsetup-dev       LUKS2 and verity
libtss2-dev             TPM 2.0
libkmod-dev             loading modules in the initrd
libssl-dev              SHA-256, signatures, keystream of an erasing
liburing-dev            many requests at once while erasing
user-mode-linux         real device-mapper and SCSI in seconds, where the host has neither
dmsetup                 ... bad, lying and vanishing devices in it
zlib1g-dev              compressed payload
libjsmn-dev             JSON tokens
libsystemd-dev          event loop, sockets and D-Bus of the service
libcmocka-dev           unit tests
clang                   fuzzers, second opinion on warnings
libclang-rt-dev         its sanitizers and libFuzzer, of the same release
clang-format            lint
clang-tidy              lint
cppcheck                lint
shellcheck              lint of the shell scripts
python3                 image builder and test harness
python3-pytest          runs the tests
zsh                     its completion is typed at
dbus                    a bus for the tests
python3-dbusmock        a polkit for the tests that says what it is told to
python3-pytest-xdist    two at a time
mypy                    lint of the Python
debhelper               make deb
lintian                 ... checked
groff-base              ... of the manual pages
debian-archive-keyring  what the image's packages are checked against
mmdebstrap              root file system of the reference machine
uidmap                  ... as an ordinary user
kmod                    depmod for the image's modules
squashfs-tools          sqfstar: root file system without extracting it; unsquashfs: looking into it
cryptsetup-bin          veritysetup
fdisk                   sfdisk writes and reads partition tables on plain files
dosfstools              mkfs.vfat for the ESP
mtools                  files into it and out of it without mounting
e2fsprogs               debugfs and mkfs.ext4 in the tests
btrfs-progs             mkfs.btrfs in the tests, and what became of its subvolumes
xfsprogs                mkfs.xfs in the tests
cpio                    the initrd
zstd                    ... compressed
sbsigntool              signs the unified kernel image for Secure Boot
openssl                 test keys, signature of the PCR 11 policy
systemd                 journalctl compiles the image's message catalogs; systemd-measure and -repart, compared against
systemd-boot-efi        systemd-stub, compared against; systemd-boot, started from
grub-common             grub-mkimage, for the test that starts the image from GRUB
grub-efi-amd64-bin      ... and GRUB itself
qemu-system-x86         the machine of demo and tests
testdisk                photorec looks for files of before on a reset disk
qemu-utils              disk images with a write log
ovmf                    its firmware
swtpm                   its TPM
swtpm-tools             ... made ready
libtss2-tcti-swtpm0     talking to it from the host
tpm2-tools              asking it from the host
fio                     what a device can do at best, for bench
nwipe                   erasing, compared against
END

        # a package of its own from Debian 13 on
        if ! command -v systemd-repart >/dev/null && apt-cache show systemd-repart >/dev/null 2>&1; then
                echo 'systemd-repart          compared against'
        fi
}

names() {
        packages | cut -d ' ' -f 1
}

missing() {
        # One query for all; dpkg-query fails if any is unknown, which is an answer, too.
        # shellcheck disable=SC2046 # a list of names
        installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(names) 2>/dev/null | sed -n 's/^installed //p' | sort -u)
        for name in $(names); do
                printf '%s\n' "$installed" | grep -qx -- "$name" || printf '%s\n' "$name"
        done
}

as_root() {
        if [ "$(id -u)" -eq 0 ]; then
                "$@"
        elif command -v sudo >/dev/null; then
                sudo "$@"
        else
                echo "deps: installing packages needs root, and there is no sudo; as root run: $*" >&2
                exit 1
        fi
}

if [ "${1:-}" = --list ]; then
        names
        exit 0
fi

wanted=$(missing)
if [ -z "$wanted" ]; then
        exit 0
fi
echo "deps: these Debian packages are needed and not installed:"
for name in $wanted; do
        packages | grep -- "^$name " | sed 's/^/  /'
done
as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of names
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted
left=$(missing)
if [ -n "$left" ]; then
        echo "deps: still not installed: $left" >&2
        exit 1
fi
echo "deps: done"
