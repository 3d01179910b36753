/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a MountPoint=, as mount(8) takes them: which of them are for the kernel and which for the file system. One that
 * is not known would be found wrong at a boot that nobody can repair, so it is wrong where the image is made. */
#ifndef CLEANSLATE_COMMON_MOUNT_OPTIONS_H
#define CLEANSLATE_COMMON_MOUNT_OPTIONS_H

#include "common/base/err.h"
#include "common/policy/definition.h"

enum mount_flag {
        MOUNT_READ_ONLY = 1 << 0,
        MOUNT_NO_ATIME = 1 << 1,
        MOUNT_NO_DIR_ATIME = 1 << 2,
        MOUNT_RELATIVE_ATIME = 1 << 3,
        MOUNT_STRICT_ATIME = 1 << 4,
        MOUNT_LAZY_TIME = 1 << 5,
        MOUNT_SYNCHRONOUS = 1 << 6,
        MOUNT_DIR_SYNC = 1 << 7,
};

struct mount_options {
        unsigned flags;                   /* enum mount_flag */
        char data[POLICY_PATH_MAX];       /* for the file system, separated by commas */
        char sub_volume[POLICY_PATH_MAX]; /* subvol=, as an absolute path; "" = not given */
};

/* ERR_RANGE: *ret_detail says what is wrong; ERR_TOO_LARGE. */
enum err mount_options_parse(const char *format, const char *text, struct mount_options *ret, const char **ret_detail);

#endif
