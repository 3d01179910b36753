/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/file-system-maker.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

/* Swap space is no file system, so its maker has another name. */
void file_system_maker_path(const char *format, char ret[static FILE_SYSTEM_MAKER_PATH_MAX])
{
        bool swap = strcmp(format, "swap") == 0;
        (void)snprintf(ret, FILE_SYSTEM_MAKER_PATH_MAX, swap ? "/usr/sbin/mkswap" : "/usr/sbin/mkfs.%s", format);
}

int file_system_maker_check(int root_fd, const char *format)
{
        char path[FILE_SYSTEM_MAKER_PATH_MAX], buffer[65536];
        file_system_maker_path(format, path);
        _cleanup_close_ int fd = openat(root_fd, path + 1, O_RDONLY | O_CLOEXEC);
        ssize_t n = -1;
        if (fd >= 0)
                while ((n = read(fd, buffer, sizeof(buffer))) > 0)
                        ;
        return n < 0 ? -errno : 0;
}
