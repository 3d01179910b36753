/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/image-hooks.h"

#include "linux/base/cleanup.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_hook(int directory_fd, const char *name)
{
        struct stat status;
        return name[0] != '.' && fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
               (status.st_mode & 0111);
}

int image_hooks_each(int root_fd, image_hook_act act, void *context)
{
        _cleanup_close_ int directory = openat(root_fd, IMAGE_HOOKS_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct dirent **names;
        int found = 0, r = 0;
        int count = directory < 0 ? -1 : scandirat(directory, ".", &names, NULL, by_bytes);
        if (count < 0)
                return errno == ENOENT ? 0 : -errno;
        for (int i = 0; i < count; i++) {
                if (r == 0 && is_hook(directory, names[i]->d_name)) {
                        r = act(context, directory, names[i]->d_name);
                        found++;
                }
                free(names[i]);
        }
        free(names);
        return r < 0 ? r : found;
}

static int read_hook(void *context, int directory_fd, const char *name)
{
        char buffer[65536];
        _cleanup_close_ int fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : 1;
        while (n > 0)
                n = read(fd, buffer, sizeof(buffer));
        return n < 0 ? trouble_note(context, -errno, "The image's hook %s cannot be read: %s.", name, strerror(errno)) : 0;
}

int image_hooks_check(int root_fd, const struct settings *settings, const struct trouble *trouble)
{
        if (!settings->hooks_after_rebuild)
                return 0;
        int r = image_hooks_each(root_fd, read_hook, (void *)trouble);
        if (r == 0)
                return trouble_note(trouble, -ENOENT,
                                    "The image's cleanslate.conf says after-rebuild=yes, and /" IMAGE_HOOKS_DIRECTORY
                                    " has no program.");
        return r < 0 ? trouble_note(trouble, r, "The image's hooks cannot be read: %s.", strerror(-r)) : 0;
}
