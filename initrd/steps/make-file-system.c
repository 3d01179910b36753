/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/make-file-system.h"

#include "linux/base/cleanup.h"
#include "linux/image/file-system-maker.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define SECONDS_AT_LEAST 600

static int flush(int fd)
{
        return fsync(fd) < 0 || ioctl(fd, BLKFLSBUF, 0) < 0 ? -errno : 0;
}

/* A second more for each GiB: inode tables of a file system that cannot leave them for later are a sixty-fourth of it, and no
 * disk is slower than 16 MiB a second for so long. */
unsigned make_file_system_seconds(uint64_t size_bytes)
{
        uint64_t gib = size_bytes >> 30;
        return SECONDS_AT_LEAST + (gib < SECONDS_AT_LEAST * 100 ? (unsigned)gib : SECONDS_AT_LEAST * 100);
}

int make_file_system(const char *root_path, const char *format, const char *device, const char *label, unsigned timeout_s,
                     char ret_line[static CAGE_OUTPUT_MAX])
{
        struct file_system_maker maker;
        struct stat status;
        ret_line[0] = 0;
        _cleanup_close_ int fd = open(device, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISBLK(status.st_mode))
                return -ENOTBLK;
        file_system_maker_command(format, label, CAGE_DEVICE, &maker);
        const struct cage cage = {
                .root_path = root_path,
                .device = status.st_rdev,
                .variable = FILE_SYSTEM_MAKER_VARIABLE,
                .timeout_s = timeout_s,
                .line = CAGE_LAST_ERROR_LINE,
        };
        int r = cage_run(&cage, maker.words, ret_line);
        return r == 0 ? flush(fd) : r == CAGE_TIMED_OUT ? -ETIME : r;
}
