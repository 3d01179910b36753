/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/make-file-system.h"

#include "linux/base/cleanup.h"
#include "linux/image/file-system-maker.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define TRY_SECONDS 20

static int flush(int fd)
{
        return fsync(fd) < 0 || ioctl(fd, BLKFLSBUF, 0) < 0 ? -errno : 0;
}

int make_file_system_try(const char *root_path, const char *format)
{
        char program[FILE_SYSTEM_MAKER_PATH_MAX], line[CAGE_OUTPUT_MAX];
        file_system_maker_path(format, program);
        char *const argv[] = { program, "-V", NULL };
        const struct cage cage = { .root_path = root_path, .timeout_s = TRY_SECONDS, .line = CAGE_LAST_ERROR_LINE };
        int r = cage_run(&cage, argv, line);
        return r < 0 ? r : r == CAGE_TIMED_OUT ? -ETIME : 0; /* not all know that option, and none needs a device to say so */
}

int make_file_system(const char *root_path, const char *format, const char *device, const char *label,
                     char ret_line[static CAGE_OUTPUT_MAX])
{
        char program[FILE_SYSTEM_MAKER_PATH_MAX];
        struct stat status;
        ret_line[0] = 0;
        _cleanup_close_ int fd = open(device, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISBLK(status.st_mode))
                return -ENOTBLK;
        file_system_maker_path(format, program);
        /* the erase step has discarded already; ext4 need not ask a second time */
        char *const ext4[] = { program, "-q",          "-F",        "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1",
                               "-L",    (char *)label, CAGE_DEVICE, NULL };
        char *const vfat[] = { program, "-n", (char *)label, CAGE_DEVICE, NULL };
        char *const other[] = { program, "-f", "-L", (char *)label, CAGE_DEVICE, NULL };
        const struct cage cage = {
                .root_path = root_path,
                .device = status.st_rdev,
                .variable = "MKE2FS_CONFIG=/usr/share/factory/etc/mke2fs.conf",
                .line = CAGE_LAST_ERROR_LINE,
        };
        int r = cage_run(&cage, strncmp(format, "ext", 3) == 0 ? ext4 : strcmp(format, "vfat") == 0 ? vfat : other, ret_line);
        return r == 0 ? flush(fd) : r;
}
