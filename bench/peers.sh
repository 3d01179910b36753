#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in a throw-away Debian: makes the initrds that Debian offers for the kernel under /lib/modules, into /out. All of them are
# compressed as ours is. Every tool gets its task twice: as it is meant to be used, and held to the modules that ours has.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
release=$(ls /lib/modules)
listed=$(grep -v '^#' /bench/modules.list | tr '\n' ' ')
mkdir -p /out

for kind in most list; do
        cp -r /etc/initramfs-tools "/bench/$kind"
        printf 'MODULES=%s\nCOMPRESS=zstd\nCOMPRESSLEVEL=19\nRESUME=none\n' "$kind" >"/bench/$kind/conf.d/bench"
        # shellcheck disable=SC2086 # one a line
        printf '%s\n' $listed >"/bench/$kind/modules"
        mkinitramfs -d "/bench/$kind" -o "/out/initramfs-tools-$kind" "$release"
done

# What the reference machine's initrd mounts, in systemd's terms; which volumes and which root is on the command line.
units=/bench/extra/etc/systemd/system
mkdir -p "$units/initrd-fs.target.wants"
for pair in config:etc state:var; do
        volume=${pair%:*} directory=${pair#*:}
        ln -s "../sysroot-$directory.mount" "$units/initrd-fs.target.wants/"
        cat >"$units/sysroot-$directory.mount" <<END
[Unit]
DefaultDependencies=no
Requires=systemd-cryptsetup@$volume.service
After=systemd-cryptsetup@$volume.service sysroot.mount
Before=initrd-fs.target
[Mount]
What=/dev/mapper/$volume
Where=/sysroot/$directory
Type=ext4
Options=noexec,nosuid,nodev
END
done
modules="systemd systemd-initrd systemd-veritysetup systemd-pcrphase systemd-tmpfiles systemd-udevd crypt dm tpm2-tss rootfs-block fs-lib base shutdown"
make_dracut() { # make_dracut NAME OPTION...
        name=$1
        shift
        dracut --force --kver "$release" --no-hostonly --no-hostonly-cmdline --reproducible --include /bench/extra / \
                --compress "zstd -19 -q" "$@" "/out/$name"
}
make_dracut dracut-most --modules "$modules kernel-modules"
make_dracut dracut-list --modules "$modules" --drivers "$listed"
chmod a+r /out/*
