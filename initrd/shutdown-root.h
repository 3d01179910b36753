/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left in the running system for its end: /run/initramfs, where systemd-shutdown(8) goes when only what it stands on is
 * left, with a program that unmounts that, too, and closes the mappings (initrd/shutdown/); and a word to systemd that it is this
 * which unmounts the volumes. Without them the system comes down as well, and complains. */
#ifndef CLEANSLATE_INITRD_SHUTDOWN_ROOT_H
#define CLEANSLATE_INITRD_SHUTDOWN_ROOT_H

/* Both, of the initrd's own program and what is mounted below `root`, where systemd looks for them. 0 or negative errno. */
int shutdown_root_leave(const char *root);

/* Since something can be executed there, nothing can be written once it is made. 0 or negative errno. */
int shutdown_root_make(const char *program, const char *directory);

/* `mounts` is a text as /proc/self/mountinfo: what is mounted below `root` from a device gets the option "x-initrd.mount"
 * (systemd.mount(5)) in `table`, where libmount keeps what the kernel does not know (/run/mount/utab). 0 or negative errno. */
int shutdown_root_mark_mounts(const char *mounts, const char *root, const char *table);

#endif
