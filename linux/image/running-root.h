/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image that the running system is, without what has been mounted over it: where the initrd reads its policy, the running
 * system has /etc, /var and whatever root has put on top. Reads only. */
#ifndef CLEANSLATE_LINUX_RUNNING_ROOT_H
#define CLEANSLATE_LINUX_RUNNING_ROOT_H

#include <stdbool.h>

struct running_root {
        int fd;           /* its root directory; the caller closes it */
        bool is_bare;     /* nothing lies on top of it. False: this process may not look below mounts */
        bool is_verified; /* it is on a dm-verity device, so that what is read from it is what was signed */
};

/* `path`: "/", or a directory that stands for it. Negative errno. */
int running_root_open(const char *path, struct running_root *ret);

#endif
