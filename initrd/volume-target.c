/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/volume-target.h"

#include "linux/base/path-below.h"
#include <errno.h>
#include <string.h>

int volume_target_find(const struct boot_context *context, const char *where, char ret[static VOLUME_TARGET_MAX])
{
        static const char root[] = ROOT_PATH "/";
        char found[VOLUME_TARGET_MAX - sizeof(root)];
        int r = path_below_own(context->root_fd, where, found, sizeof(found));
        if (r < 0 && r != -ENOENT)
                return r;
        memcpy(ret, root, sizeof(root));
        memcpy(ret + sizeof(root) - 1, found, strlen(found) + 1);
        return 0;
}

int volume_target(struct boot_context *context, const struct partition_definition *definition, const char *where,
                  char ret[static VOLUME_TARGET_MAX])
{
        int r = volume_target_find(context, where, ret);
        if (r == -EXDEV)
                return boot_trouble(context, r,
                                    "%s cannot be mounted: on the way to %s another volume has a symbolic link, and only the "
                                    "image's are followed. A factory reset rebuilds that volume.",
                                    definition->label, where);
        return r < 0 ? boot_trouble(context, r, "%s cannot be mounted: %s leads nowhere: %s.", definition->label, where,
                                    strerror(-r))
                     : 0;
}
