/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules from the initrd's own /lib/modules, through libkmod. */
#ifndef CLEANSLATE_LINUX_MODULES_H
#define CLEANSLATE_LINUX_MODULES_H

struct kmod_ctx;

/* An index of /lib/modules/RELEASE; NULL in *ret (and 0) where the kernel has none, i.e. everything is built in. */
int modules_open(struct kmod_ctx **ret);
struct kmod_ctx *modules_free(struct kmod_ctx *modules);

/* Loads by name or alias with dependencies. Built in, already loaded or not shipped: 0. */
int modules_load(struct kmod_ctx *modules, const char *name);

/* Loads the modules that match the devices present in sysfs. Failures of single modules are not errors: the device that was
 * needed will be missed where it is waited for. */
void modules_load_for_devices(struct kmod_ctx *modules);

#endif
