/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaves the initramfs for a mounted root: moves the kernel file systems, frees the initramfs' memory, executes init. */
#ifndef CLEANSLATE_INITRD_SWITCH_ROOT_H
#define CLEANSLATE_INITRD_SWITCH_ROOT_H

/* Reads all of `root`'s init through dm-verity: negative errno if the image is damaged right there. */
int switch_root_check(const char *root);

/* Returns negative errno on failure; otherwise never. */
int switch_root(const char *root);

#endif
