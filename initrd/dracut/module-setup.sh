#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut: puts Cleanslate's program beside the initrd's own /init, with its libraries and kernel modules. The kernel command line says
# rdinit=/usr/lib/cleanslate/cleanslate-initrd; cleanslate-image build --own-initrd adds that. For an initrd with systemd.
check() {
        require_binaries /usr/lib/cleanslate/cleanslate-initrd || return 1
}

depends() {
        echo systemd
}

installkernel() {
        local modules
        # beside the usual ones those of the file systems that the image's definitions ask for
        mapfile -t modules < <({
                sed 's/#.*//' /usr/lib/cleanslate/modules.list
                cat /usr/lib/repart.d/*.conf /usr/lib/repart.d/*.conf.d/*.conf 2>/dev/null | sed -n 's/^[[:space:]]*Format[[:space:]]*=[[:space:]]*\([a-z0-9]*\).*/\1/p'
        } | tr -s '[:space:]' '\n')
        hostonly='' instmods "${modules[@]}"
}

install() {
        inst_binary /usr/lib/cleanslate/cleanslate-initrd
        # opened by name at run time, so that no dependency names them
        inst_libdir_file "libtss2-tcti-device.so.0" "libgcc_s.so.1"
}
