/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/running-root.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* libcryptsetup names its mappings by type, and only dm-verity's begin with this. */
#define VERITY_PREFIX "CRYPT-VERITY-"

static bool is_on_verity(int fd)
{
        struct stat status;
        char path[64];
        _cleanup_free_ char *text = NULL;
        size_t size;
        if (fstat(fd, &status) < 0)
                return false;
        (void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/uuid", major(status.st_dev), minor(status.st_dev));
        return file_read(AT_FDCWD, path, 512, &text, &size) == 0 && text_starts_with(text, VERITY_PREFIX);
}

const char *running_root_path(const char *path, enum image_form form)
{
        if (path)
                return path;
        return form == IMAGE_USR && access(RUNNING_USR_IMAGE "/usr", F_OK) == 0 ? RUNNING_USR_IMAGE : "/";
}

static bool is_verified(int fd, enum image_form form)
{
        if (form == IMAGE_ROOT)
                return is_on_verity(fd);
        _cleanup_close_ int usr = openat(fd, "usr", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return usr >= 0 && is_on_verity(usr);
}

/* The image of /usr is itself mounted into the root that was left for it, so that is taken with what is in it. A root volume has
 * more in it: whatever else is mounted there. */
int running_root_open(const char *path, enum image_form form, struct running_root *ret)
{
        const char *found = running_root_path(path, form);
        const bool has_more = form == IMAGE_USR && strcmp(found, "/") == 0;
        const unsigned whole = form == IMAGE_USR ? AT_RECURSIVE : 0;
        int fd = has_more ? -1 : open_tree(AT_FDCWD, found, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | whole);
        bool is_bare = fd >= 0;
        if (fd < 0)
                fd = open(found, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret = (struct running_root){ .fd = fd, .is_bare = is_bare, .is_verified = is_verified(fd, form) };
        return 0;
}
