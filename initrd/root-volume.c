/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/root-volume.h"

#include "common/policy/policy-root.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define TARGET_MAX (sizeof(USR_IMAGE_PATH) + ROOT_ENTRY_PATH_MAX)

/* Step by step from the initrd's root: a link at any of them is an error. Nobody else is there who could change one meanwhile. */
static int open_directory(const char *path)
{
        int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        while (fd >= 0 && *(path += strspn(path, "/"))) {
                char name[POLICY_PATH_MAX];
                size_t length = strcspn(path, "/");
                if (length >= sizeof(name)) {
                        (void)close(fd);
                        return -ENAMETOOLONG;
                }
                memcpy(name, path, length);
                name[length] = 0;
                int r = mkdirat(fd, name, 0755) < 0 && errno != EEXIST && errno != EROFS ? -errno : 0;
                int next = r < 0 ? r : openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                r = r < 0 ? r : next < 0 ? -errno : 0;
                (void)close(fd);
                fd = r < 0 ? r : next;
                path += length;
        }
        return fd;
}

int root_volume_prepare(struct boot_context *context, const char *target)
{
        if (context->policy.form != IMAGE_USR)
                return 0;
        _cleanup_close_ int fd = open_directory(target);
        return fd >= 0 ? 0
                       : boot_trouble(context, fd,
                                      "Nothing can be mounted at %s, which is in the root file system: %s. A factory reset "
                                      "rebuilds it.",
                                      target, strerror(-fd));
}

bool root_volume_is(const struct boot_context *context, const struct partition_definition *definition)
{
        return policy_find_root_volume(&context->policy) == definition - context->policy.partitions;
}

static void join(char ret[static TARGET_MAX], const char *target, const char *path)
{
        (void)snprintf(ret, TARGET_MAX, "%s%s", target, path + (target[strlen(target) - 1] == '/'));
}

/* What a running system has done with it is its own affair, but for what is mounted next. */
static int furnish_entry(struct boot_context *context, const char *target, const struct root_entry *entry)
{
        char path[TARGET_MAX];
        join(path, target, entry->path);
        if (entry->is_mounted_on)
                return root_volume_prepare(context, path);
        if (!entry->target && mkdir(path, entry->mode) == 0)
                (void)chmod(path, entry->mode);
        if (entry->target && symlink(entry->target, path) < 0)
                return 0; /* most often it is there */
        return 0;
}

int root_volume_furnish(struct boot_context *context, const char *target)
{
        struct root_entry entry;
        char path[TARGET_MAX];
        int r = 0;
        for (size_t i = 0; r == 0 && root_base_entry(i, &entry); i++)
                r = furnish_entry(context, target, &entry);
        if (r < 0)
                return r;
        join(path, target, "/usr");
        return mount(USR_IMAGE_PATH "/usr", path, NULL, MS_BIND, NULL) == 0
                       ? 0
                       : boot_trouble(context, -errno, "The image's /usr cannot be mounted into the root file system: %s.",
                                      strerror(errno));
}

void root_volume_strip(const char *target)
{
        char path[TARGET_MAX];
        join(path, target, "/usr");
        (void)umount2(path, UMOUNT_NOFOLLOW);
}
