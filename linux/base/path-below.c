/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/path-below.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel's */

struct walk {
        int root_fd;
        char *done; /* without links */
        size_t capacity;
        char rest[PATH_MAX]; /* still to go */
        unsigned links;
        bool absent;   /* what is done is not there: nothing more to ask */
        bool own_only; /* a link on another device is an error */
        dev_t own;     /* 0 = no device's links count */
};

static int append(struct walk *walk, const char *name, size_t length)
{
        size_t used = strlen(walk->done);
        int written = snprintf(walk->done + used, walk->capacity - used, "%s%.*s", used > 0 ? "/" : "", (int)length, name);
        return written >= 0 && (size_t)written < walk->capacity - used ? 0 : -ENAMETOOLONG;
}

static void step_up(struct walk *walk)
{
        char *slash = strrchr(walk->done, '/');
        *(slash ? slash : walk->done) = 0;
}

/* Puts the target of the link that is last in `done` in front of the rest. */
static int follow(struct walk *walk, const char *target)
{
        char rest[PATH_MAX];
        if (++walk->links > LINKS_MAX)
                return -ELOOP;
        int written = snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest);
        if (written < 0 || (size_t)written >= sizeof(rest))
                return -ENAMETOOLONG;
        memcpy(walk->rest, rest, sizeof(rest));
        if (target[0] == '/')
                walk->done[0] = 0;
        else
                step_up(walk);
        return 0;
}

static bool is_own(const struct walk *walk)
{
        struct stat status;
        return fstatat(walk->root_fd, walk->done, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_dev == walk->own;
}

static int take(struct walk *walk, const char *name, size_t length)
{
        char target[PATH_MAX];
        if (length == 0 || (length == 1 && name[0] == '.'))
                return 0;
        if (length == 2 && memcmp(name, "..", 2) == 0) {
                step_up(walk);
                return 0;
        }
        int r = append(walk, name, length);
        if (r < 0 || walk->absent)
                return r;
        ssize_t size = readlinkat(walk->root_fd, walk->done, target, sizeof(target) - 1);
        if (size >= 0 && walk->own_only && !is_own(walk))
                return -EXDEV;
        if (size >= 0) {
                target[size] = 0;
                return follow(walk, target);
        }
        walk->absent = errno == ENOENT;
        return errno == EINVAL || errno == ENOENT ? 0 : -errno;
}

static int go(struct walk *walk, const char *path)
{
        int r = 0;
        if (walk->capacity == 0 || strlen(path) >= sizeof(walk->rest))
                return -ENAMETOOLONG;
        walk->done[0] = 0;
        (void)snprintf(walk->rest, sizeof(walk->rest), "%s", path);
        while (walk->rest[0] && r == 0) {
                char name[PATH_MAX];
                size_t length = strcspn(walk->rest, "/");
                memcpy(name, walk->rest, length);
                memmove(walk->rest, walk->rest + length + (walk->rest[length] == '/'),
                        strlen(walk->rest) - length + (walk->rest[length] != '/'));
                r = take(walk, name, length);
        }
        return r < 0 ? r : walk->absent ? -ENOENT : 0;
}

int path_below(int root_fd, const char *path, char *ret, size_t capacity)
{
        struct walk walk = { .root_fd = root_fd, .done = ret, .capacity = capacity };
        return go(&walk, path);
}

int path_below_own(int root_fd, const char *path, char *ret, size_t capacity)
{
        struct walk walk = { .root_fd = root_fd, .done = ret, .capacity = capacity, .own_only = true };
        struct stat status;
        if (fstat(root_fd, &status) < 0)
                return -errno;
        walk.own = status.st_dev;
        return go(&walk, path);
}

int path_below_plain(int root_fd, const char *path, char *ret, size_t capacity)
{
        struct walk walk = { .root_fd = root_fd, .done = ret, .capacity = capacity, .own_only = true };
        return go(&walk, path);
}
