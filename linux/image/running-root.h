/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image that the running system is, without what has been mounted over it: where the initrd reads its policy, the running
 * system has /etc, /var and whatever root has put on top. Reads only. */
#ifndef CLEANSLATE_LINUX_RUNNING_ROOT_H
#define CLEANSLATE_LINUX_RUNNING_ROOT_H

#include "common/policy/image-form.h"
#include <stdbool.h>

struct running_root {
        int fd;           /* its root directory, which has an image of /usr at usr; the caller closes it */
        bool is_bare;     /* nothing lies on top of it. False: this process may not look below mounts */
        bool is_verified; /* it is on a dm-verity device, so that what is read from it is what was signed */
};

/* Where the initrd leaves an image of /usr, in a root of its own. */
#define RUNNING_USR_IMAGE "/run/cleanslate/image"

/* `path`: a directory that stands for the root; NULL: the running system's own. Negative errno. */
int running_root_open(const char *path, enum image_form form, struct running_root *ret);

/* What `path` is then, for a cage. */
const char *running_root_path(const char *path, enum image_form form);

#endif
