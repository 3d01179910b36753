/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/running-esp.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>

/* glibc's <sys/mount.h> has these, too, but not beside <linux/mount.h> in every version. */
int fsopen(const char *file_system, unsigned flags);
int fsconfig(int fd, unsigned command, const char *key, const void *value, int auxiliary);
int fsmount(int fd, unsigned flags, unsigned attributes);

#define ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static int mount_it(const char *partition_path, bool read_only, unsigned attributes, int *ret_fd)
{
        _cleanup_close_ int context = fsopen("vfat", FSOPEN_CLOEXEC);
        if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "source", partition_path, 0) < 0 ||
            fsconfig(context, FSCONFIG_SET_STRING, "umask", "0077", 0) < 0 ||
            fsconfig(context, FSCONFIG_SET_STRING, "utf8", "1", 0) < 0 ||
            (read_only && fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0) ||
            fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -errno;
        *ret_fd = fsmount(context, FSMOUNT_CLOEXEC, attributes);
        return *ret_fd < 0 ? -errno : 0;
}

int running_esp_open(const char *partition_path, int *ret_fd)
{
        int r = mount_it(partition_path, true, ATTRIBUTES | MOUNT_ATTR_RDONLY, ret_fd);
        /* mounted for writing by somebody: that file system is shared, and this mount of it stays read-only */
        return r == -EBUSY ? mount_it(partition_path, false, ATTRIBUTES | MOUNT_ATTR_RDONLY, ret_fd) : r;
}

int running_esp_open_writable(const char *partition_path, int *ret_fd)
{
        return mount_it(partition_path, false, ATTRIBUTES, ret_fd);
}
