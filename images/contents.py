# SPDX-License-Identifier: GPL-2.0-or-later
"""What the reference machine is made of: Debian packages, kernel modules, and what is left out of both. Data only."""

from __future__ import annotations

# Debian packages of the root file system, and why each is there. Dependencies come by themselves, recommendations do not.
PACKAGES: dict[str, str] = {
    "systemd": "init, and systemd-cryptenroll and systemd-cryptsetup, which must understand our LUKS2 tokens",
    "systemd-sysv": "/sbin/init, reboot, poweroff",
    "systemd-boot": "bootctl, which reads the boot loader interface that the stub provides",
    "udev": "device nodes' names and permissions in the running system",
    "kmod": "modules in the running system",
    "dbus": "systemctl reboot --boot-loader-entry= goes through logind, and so over the bus",
    "login": "a login on tty1 and ttyS0",
    "passwd": "passwd, useradd",
    "e2fsprogs": "mkfs.ext4 for the rebuild: helper programs come from the verified image only",
    "util-linux": "mount, blkid, findmnt",
    "mount": "mount, umount",
    "fdisk": "sfdisk, for people who look at the partition table",
    "cryptsetup-bin": "cryptsetup and veritysetup, for people who look at the volumes",
    "libtss2-esys-3.0.2-0": "systemd opens it at run time for its TPM support",
    "libtss2-rc0": "as above",
    "libtss2-mu0": "as above",
    "libtss2-tctildr0": "as above",
    "libtss2-tcti-device0": "as above",
    "libfdisk1": "cleanslate plan reads the partition table with it",
    "libnvme1": "cleanslate plan asks NVMe disks with it",
    "tpm2-tools": "asking the TPM what a reset has left in it",
    "iproute2": "networking without a daemon",
    "attr": "looking at extended attributes, which a rebuild must restore",
}

# ... and those that only one variant has.
FURTHER_PACKAGES: dict[str, dict[str, str]] = {
    "volumes": {
        "btrfs-progs": "mkfs.btrfs for the rebuild; btrfs, for looking at what it has made",
        "xfsprogs": "mkfs.xfs for the rebuild",
    },
}

# Debian files that only people at a desk read; the image has no such desk.
EXCLUDED_PATHS = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/lintian/*",
    "/usr/share/bug/*",
    "/usr/share/bash-completion/*",
    "/usr/share/zoneinfo/right/*",
)
INCLUDED_PATHS = ("/usr/share/doc/*/copyright",)

# Files that packages' installation leaves behind: caches, backups, logs. They hold nothing that cannot be made anew.
LEFTOVERS = (
    "/etc/apt/apt.conf.d/99mmdebstrap",
    "/etc/apt/preferences.d/no-usrmerge",
    "/etc/apt/sources.list",
    "/etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    "/etc/.pwd.lock",
    "/etc/group-",
    "/etc/gshadow-",
    "/etc/passwd-",
    "/etc/shadow-",
    "/etc/subgid-",
    "/etc/subuid-",
    "/etc/resolv.conf",
    "/var/cache/*/*",
    "/var/lib/apt/lists/*",
    "/var/lib/dpkg/*-old",
    "/var/lib/systemd/*.timer",
    "/var/log/*.log",
    "/var/log/apt/*",
)

# Modules of the running system (names, with what they depend on); those of the initrd are in the initrd.
MODULES = (
    "vfat", "nls_ascii", "nls_cp437", "nls_iso8859-1", "nls_utf8", "efivarfs", "efi_pstore",
    "dm-mod", "dm-crypt", "dm-verity", "dm-integrity", "dm-log", "dm-snapshot", "loop",
    "ext4", "btrfs", "squashfs", "erofs", "overlay", "fuse", "autofs4", "isofs",
    "virtio_net", "virtio_blk", "virtio_scsi", "virtio_pci", "virtio_console", "virtio-rng", "9p", "9pnet_virtio",
    "e1000", "e1000e", "nvme", "ahci", "sd_mod", "sr_mod", "usb-storage", "uas", "xhci-pci", "usbhid",
    "tpm_tis", "tpm_crb", "xts", "aesni-intel", "cbc", "essiv", "sha256-ssse3", "algif_skcipher", "algif_hash",
    "i6300esb", "qemu_fw_cfg", "configfs", "button", "evdev", "vsock", "ip_tables", "nf_tables", "unix_diag",
)  # fmt: skip

# Units that this machine need not run, beside those of images/factory.py.
MASKED_UNITS: dict[str, str] = {
    "dev-hugepages.mount": "unused, and start-up costs time",
    "dev-mqueue.mount": "as above",
    "e2scrub_all.timer": "as above",
    "modprobe@drm.service": "as above",
    "proc-sys-fs-binfmt_misc.automount": "as above",
    "sys-fs-fuse-connections.mount": "as above",
    "sys-kernel-config.mount": "as above",
    "sys-kernel-debug.mount": "as above",
    "sys-kernel-tracing.mount": "as above",
    "kmod-static-nodes.service": "as above",
    "systemd-binfmt.service": "as above",
    "systemd-update-utmp.service": "as above",
    "systemd-update-utmp-runlevel.service": "as above",
}

# What /usr/lib/systemd/system wants beyond Debian, link -> target.
UNIT_LINKS = {
    "local-fs.target.wants/tmp.mount": "../tmp.mount",
    "local-fs.target.wants/efi.automount": "../efi.automount",
    "sysinit.target.wants/dev-shm-noexec.service": "../dev-shm-noexec.service",
}

# Files of Debian's that do not fit a machine without a writable root.
DROPPED = (
    "usr/lib/tmpfiles.d/home.conf",  # /home and /root are links into /var
    "usr/lib/tmpfiles.d/provision.conf",
    "etc/cron.d/e2scrub_all",
    "etc/modules-load.d/modules.conf",  # names no module, and has a service started to find that out
    "etc/systemd/system/multi-user.target.wants/e2scrub_reap.service",
    "etc/systemd/system/sysinit.target.wants/systemd-pstore.service",
    "etc/systemd/system/timers.target.wants/dpkg-db-backup.timer",
    "etc/systemd/system/timers.target.wants/e2scrub_all.timer",
    "etc/systemd/system/timers.target.wants/fstrim.timer",
)
