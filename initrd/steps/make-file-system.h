/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the verified image's own mkfs in a cage: chrooted into the image, in a mount namespace whose /dev shows one device. */
#ifndef CLEANSLATE_INITRD_MAKE_FILE_SYSTEM_H
#define CLEANSLATE_INITRD_MAKE_FILE_SYSTEM_H

/* `device` is a device node; label is the file system's. -EIO: mkfs failed. Destructive: called from execute alone. */
int make_file_system(const char *root_path, const char *format, const char *device, const char *label);

#endif
