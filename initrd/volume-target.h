/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where below a root a volume is mounted. On the way only links of the image are followed, and within the root; where the image
 * is /usr alone, and the root a volume, none is. A link in a volume is anybody's who can write there, and could have the next
 * volume cover files of the image, or of this initrd. */
#ifndef CLEANSLATE_INITRD_VOLUME_TARGET_H
#define CLEANSLATE_INITRD_VOLUME_TARGET_H

#include "initrd/boot-context.h"

#define VOLUME_TARGET_MAX (sizeof(USR_IMAGE_PATH) + (size_t)4 * POLICY_PATH_MAX)

/* Without links; whether anything is there, mount(2) says. `root`: ROOT_PATH, or boot_image_path(). Errors of path_below_own()
 * but for -ENOENT. */
int volume_target_find(const struct boot_context *context, const char *root, const char *where,
                       char ret[static VOLUME_TARGET_MAX]);

/* The same below ROOT_PATH, for `definition`, of which `where` is a mount point; sets trouble on failure. */
int volume_target(struct boot_context *context, const struct partition_definition *definition, const char *where,
                  char ret[static VOLUME_TARGET_MAX]);

#endif
