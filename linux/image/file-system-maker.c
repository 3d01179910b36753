/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/file-system-maker.h"

#include "common/rebuild/file-system-label.h"
#include "linux/base/cleanup.h"
#include "linux/base/path-below.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

/* Swap space is no file system, so its maker has another name. */
void file_system_maker_path(const char *format, char ret[static FILE_SYSTEM_MAKER_PATH_MAX])
{
        bool swap = strcmp(format, "swap") == 0;
        (void)snprintf(ret, FILE_SYSTEM_MAKER_PATH_MAX, swap ? "/usr/sbin/mkswap" : "/usr/sbin/mkfs.%s", format);
}

/* The erase step has discarded already; no mkfs need ask a second time. */
void file_system_maker_command(const char *format, const char *label, const char *target, struct file_system_maker *ret)
{
        char *const name = ret->label, *const where = (char *)target;
        file_system_label(format, label, ret->label);
        char *const ext[] = { ret->path, "-q", "-F",  "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1",
                              "-L",      name, where, NULL };
        char *const vfat[] = { ret->path, "-n", name, where, NULL };
        char *const quick[] = { ret->path, "-f", "-K", "-L", name, where, NULL };
        char *const other[] = { ret->path, "-f", "-L", name, where, NULL };
        char *const *words = strncmp(format, "ext", 3) == 0                               ? ext
                             : strcmp(format, "vfat") == 0                                ? vfat
                             : strcmp(format, "btrfs") == 0 || strcmp(format, "xfs") == 0 ? quick
                                                                                          : other;
        file_system_maker_path(format, ret->path);
        size_t count = 0;
        for (; words[count]; count++)
                ret->words[count] = words[count];
        ret->words[count] = NULL;
}

int file_system_maker_check(int root_fd, const char *format)
{
        char path[FILE_SYSTEM_MAKER_PATH_MAX], found[PATH_MAX], buffer[65536];
        struct stat status;
        file_system_maker_path(format, path);
        int r = path_below(root_fd, path, found, sizeof(found));
        if (r < 0)
                return r;
        _cleanup_close_ int fd = openat(root_fd, found, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode) || status.st_size == 0)
                return -ENOEXEC;
        if (!(status.st_mode & 0111))
                return -EACCES;
        ssize_t n;
        while ((n = read(fd, buffer, sizeof(buffer))) > 0)
                ;
        return n < 0 ? -errno : 0;
}
