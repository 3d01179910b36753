/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/volume-target.h"

#include "linux/base/cleanup.h"
#include "linux/base/path-below.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int volume_target_find(const struct boot_context *context, const char *root, const char *where,
                       char ret[static VOLUME_TARGET_MAX])
{
        const bool is_usr = context->policy.form == IMAGE_USR;
        char found[VOLUME_TARGET_MAX - sizeof(USR_IMAGE_PATH "/")];
        _cleanup_close_ int fd = is_usr ? open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        if (is_usr && fd < 0)
                return -errno;
        int r = is_usr ? path_below_plain(fd, where, found, sizeof(found))
                       : path_below_own(context->root_fd, where, found, sizeof(found));
        if (r < 0 && r != -ENOENT)
                return r;
        (void)snprintf(ret, VOLUME_TARGET_MAX, "%s/%s", root, found);
        return 0;
}

int volume_target(struct boot_context *context, const struct partition_definition *definition, const char *where,
                  char ret[static VOLUME_TARGET_MAX])
{
        int r = volume_target_find(context, ROOT_PATH, where, ret);
        if (r == -EXDEV)
                return boot_trouble(context, r,
                                    "%s cannot be mounted: on the way to %s another volume has a symbolic link, and only the "
                                    "image's are followed. A factory reset rebuilds that volume.",
                                    definition->label, where);
        return r < 0 ? boot_trouble(context, r, "%s cannot be mounted: %s leads nowhere: %s.", definition->label, where,
                                    strerror(-r))
                     : 0;
}
