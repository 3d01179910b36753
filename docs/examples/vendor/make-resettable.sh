#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# From a Debian tree to a machine that can be reset. docs/vendor.md explains each step; the tests run this file as it stands.
#
#   make-resettable.sh TREE PACKAGES OUTPUT
#
# TREE is the root directory of a Debian as debootstrap or mmdebstrap leaves it, with a kernel and systemd as its init; it is
# changed. PACKAGES is the directory with Cleanslate's own .deb files, OUTPUT a directory that does not exist yet. As root.
set -eu
tree=$1 packages=$2 output=$3
here=$(cd "$(dirname "$0")" && pwd)

# 1. The command, its service and its units; and what unlocks volumes by the TPM.
cp "$packages"/cleanslate_*.deb "$tree/tmp/"
cp /etc/resolv.conf "$tree/etc/resolv.conf"
chroot "$tree" apt-get update -q
chroot "$tree" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends e2fsprogs systemd-sysv /tmp/cleanslate_*.deb'

# 2. What is state, and how it is made anew.
install -D -m 644 -t "$tree/usr/lib/repart.d" "$here"/repart.d/*.conf
install -D -m 644 "$here/cleanslate.conf" "$tree/usr/lib/cleanslate/cleanslate.conf"

# 3. What belongs to no image: caches, this machine's network, the package we brought.
chroot "$tree" apt-get clean
rm -rf "$tree"/tmp/cleanslate_*.deb "$tree"/var/lib/apt/lists/* "$tree/etc/resolv.conf"

# 4. Keys (once for a product, and kept well), then the image.
mkdir "$output"
tar --create --file "$output/root.tar" --directory "$tree" --one-file-system --xattrs --xattrs-include='*' --numeric-owner --sort=name .
cleanslate-image keys "$output/keys"
cleanslate-image build --root "$output/root.tar" --keys "$output/keys" --image-id example --image-version 1 \
        --command-line "console=tty0 console=ttyS0 quiet" "$output/image"
