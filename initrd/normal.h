/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The normal boot: unlock, mount, refuse what is not complete, hand over. */
#ifndef CLEANSLATE_INITRD_NORMAL_H
#define CLEANSLATE_INITRD_NORMAL_H

#include "initrd/boot-context.h"

/* `adds`: the image defines what this device has never had (START_ADDITION), which is made first.
 * 0: everything is mounted below ROOT_PATH; otherwise trouble is set and nothing stays mounted there but the image. */
int normal_mount(struct boot_context *context, bool adds);

/* Measures the end of the initrd phase and becomes the image's init, or that of the initrd that it stands beside. Returns only on
 * failure. */
int normal_switch_root(struct boot_context *context);

#endif
