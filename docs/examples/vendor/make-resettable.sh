#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# From a Debian tree to a machine that can be reset. docs/vendor.md explains each step; the tests run this file unchanged.
# The image is the root file system. For one of /usr alone, step 2 takes usr/10-root.conf in place of repart.d/*.conf.
#
#   make-resettable.sh TREE PACKAGES OUTPUT [own-initrd]
#
# TREE is the root directory of a Debian as debootstrap or mmdebstrap leaves it, with a kernel and systemd as its init; it is
# changed. PACKAGES is the directory with Cleanslate's own .deb files, OUTPUT a directory that does not exist yet. With
# own-initrd an ordinary boot goes through the initrd that the Debian makes for itself. As root.
set -eu
tree=$1 packages=$2 output=$3 initrd=${4:-}
case $initrd in
'' | own-initrd) ;;
*) echo "the fourth argument is own-initrd, or nothing" >&2; exit 2 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)

# In the tree, with the file systems of a running kernel, which making an initrd wants. In a namespace: nothing is left mounted.
in_tree() {
        # shellcheck disable=SC2016 # the inner shell's
        unshare --mount sh -euc 'tree=$1; shift
                mount --rbind /dev "$tree/dev"; mount -t proc proc "$tree/proc"; mount -t sysfs sysfs "$tree/sys"
                exec env DEBIAN_FRONTEND=noninteractive chroot "$tree" "$@"' in_tree "$tree" "$@"
}

# 1. The command, its service and its units; and what unlocks volumes by the TPM.
cp "$packages"/cleanslate_*.deb "$tree/tmp/"
cp /etc/resolv.conf "$tree/etc/resolv.conf"
in_tree apt-get update -q
in_tree sh -c 'apt-get install -qy --no-install-recommends e2fsprogs systemd-sysv /tmp/cleanslate_*.deb'
if [ "$initrd" = own-initrd ]; then
        cp "$packages"/cleanslate-boot_*.deb "$tree/tmp/"
        in_tree sh -c 'apt-get install -qy --no-install-recommends /tmp/cleanslate-boot_*.deb'
fi

# 2. What is state, and how it is rebuilt.
install -D -m 644 -t "$tree/usr/lib/repart.d" "$here"/repart.d/*.conf
install -D -m 755 -t "$tree/usr/lib/cleanslate/hooks.d" "$here"/hooks.d/*
install -D -m 644 "$here/cleanslate.conf" "$tree/usr/lib/cleanslate/cleanslate.conf"

# 3. What belongs to no image: caches, this machine's network, the package we brought.
in_tree apt-get clean
rm -rf "$tree"/tmp/cleanslate*.deb "$tree"/var/lib/apt/lists/* "$tree/etc/resolv.conf"

# 4. Keys (once for a product, and kept well), then the image.
mkdir "$output"
tar --create --file "$output/root.tar" --directory "$tree" --one-file-system --xattrs --xattrs-include='*' --numeric-owner --sort=name .
cleanslate-image keys "$output/keys"
cleanslate-image build --root "$output/root.tar" --keys "$output/keys" --image-id example --image-version 1 \
        --command-line "console=tty0 console=ttyS0 quiet" ${initrd:+--own-initrd} "$output/image"
