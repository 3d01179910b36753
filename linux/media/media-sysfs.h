/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sysfs knows about a disk, and thereby which adapter speaks to it. */
#ifndef CLEANSLATE_LINUX_MEDIA_SYSFS_H
#define CLEANSLATE_LINUX_MEDIA_SYSFS_H

#include "common/media/media.h"
#include <limits.h>

/* The directory of the disk at `path`, or what is `below` it: "/dev/sda" and "/device" -> "/sys/block/sda/device". */
int media_sysfs_directory(const char *path, const char *below, char ret[static PATH_MAX]);

/* Reads the directory of a disk ("/sys/block/sda"). `removable` is the medium's alone here, USB aside. -ENOENT: there is none. */
int media_sysfs_read(const char *directory, struct media_facts *ret);

#endif
