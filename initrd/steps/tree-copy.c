/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three passes, because files can be made by all processors at once only where their directories exist, and a directory keeps its
 * times only when nothing is put into it any more: directories, then everything else, then the directories' attributes. */
#include "initrd/steps/tree-copy.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/parallel.h"
#include "linux/image/tree-list.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/xattr.h>

#define BUFFER_BYTES      (256u << 10)
#define XATTR_NAMES_BYTES 4096
#define XATTR_VALUE_MAX   65536
#define PATH_BYTES        4096

struct copy {
        int from_fd, to_fd; /* the roots of source and target paths */
        const char *source, *target;
        const struct tree_list *list;
        const struct meter *meter;
        atomic_uint_least64_t done_bytes;
        uint64_t total_bytes;
        char *buffers[PARALLEL_WORKERS_MAX];
};

/* An item's path below the target: the source's own prefix is exchanged for the target's. */
static int target_path(const struct copy *copy, const struct tree_item *item, char ret[static PATH_BYTES])
{
        const char *below = item->path + strlen(copy->source); /* "" or "/..." */
        int size = snprintf(ret, PATH_BYTES, "%s%s", copy->target, below);
        return size < PATH_BYTES ? 0 : -ENAMETOOLONG;
}

static int copy_xattrs(const struct copy *copy, const char *from_name, const char *to_name)
{
        char from[PATH_BYTES + 32], to[PATH_BYTES + 32], names[XATTR_NAMES_BYTES]; /* the xattr calls take no directory */
        (void)snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", copy->from_fd, from_name);
        ssize_t size = llistxattr(from, names, sizeof(names));
        if (size <= 0)
                return size < 0 && errno != ENOTSUP ? -errno : 0;
        (void)snprintf(to, sizeof(to), "/proc/self/fd/%d/%s", copy->to_fd, to_name);
        _cleanup_free_ char *value = malloc(XATTR_VALUE_MAX);
        if (!value)
                return -ENOMEM;
        for (const char *name = names; name < names + size; name += strlen(name) + 1) {
                ssize_t value_size = lgetxattr(from, name, value, XATTR_VALUE_MAX);
                if (value_size < 0 || lsetxattr(to, name, value, (size_t)value_size, 0) < 0)
                        return -errno;
        }
        return 0;
}

/* Owner before mode: chown clears the set-id bits. Times last. */
static int copy_attributes(const struct copy *copy, const struct tree_item *item, const char *to)
{
        const struct stat *status = &item->status;
        const struct timespec times[2] = { status->st_atim, status->st_mtim };
        if (fchownat(copy->to_fd, to, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!S_ISLNK(status->st_mode) && fchmodat(copy->to_fd, to, status->st_mode & 07777, 0) < 0)
                return -errno;
        int r = copy_xattrs(copy, item->path, to);
        if (r < 0)
                return r;
        return utimensat(copy->to_fd, to, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int copy_bytes(struct copy *copy, int from, int to, char *buffer)
{
        for (;;) {
                ssize_t n = read(from, buffer, BUFFER_BYTES);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                int r = write_all(to, buffer, (size_t)n);
                if (r < 0)
                        return r;
                atomic_fetch_add(&copy->done_bytes, (uint64_t)n);
        }
}

static int copy_regular(struct copy *copy, const char *from_name, const char *to_name, char *buffer)
{
        _cleanup_close_ int from = openat(copy->from_fd, from_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (from < 0)
                return -errno;
        _cleanup_close_ int to = openat(copy->to_fd, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        return to < 0 ? -errno : copy_bytes(copy, from, to, buffer);
}

static int copy_link(const struct copy *copy, const char *from_name, const char *to_name)
{
        char target[PATH_BYTES];
        ssize_t size = readlinkat(copy->from_fd, from_name, target, sizeof(target));
        if (size < 0)
                return -errno;
        if ((size_t)size >= sizeof(target))
                return -ENAMETOOLONG;
        target[size] = 0;
        return symlinkat(target, copy->to_fd, to_name) < 0 ? -errno : 0;
}

/* What exists has to be a directory itself: below a link we would leave the target. */
static int make_directory(const struct copy *copy, const struct tree_item *item)
{
        char to[PATH_BYTES];
        struct stat status;
        int r = target_path(copy, item, to);
        if (r < 0 || mkdirat(copy->to_fd, to, 0700) == 0)
                return r;
        if (errno != EEXIST || fstatat(copy->to_fd, to, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

static int finish_directory(const struct copy *copy, const struct tree_item *item)
{
        char to[PATH_BYTES];
        int r = target_path(copy, item, to);
        return r < 0 ? r : copy_attributes(copy, item, to);
}

/* One item that is not a directory; only the first worker speaks to the meter, which is made for one thread. */
static int copy_item(void *context, size_t index, unsigned worker)
{
        struct copy *copy = context;
        const struct tree_item *item = &copy->list->items[index];
        char to[PATH_BYTES];
        int r = target_path(copy, item, to);
        if (r < 0 || S_ISDIR(item->status.st_mode))
                return r;
        if (S_ISREG(item->status.st_mode))
                r = copy_regular(copy, item->path, to, copy->buffers[worker]);
        else if (S_ISLNK(item->status.st_mode))
                r = copy_link(copy, item->path, to);
        else
                r = mknodat(copy->to_fd, to, item->status.st_mode & (S_IFMT | 07777), item->status.st_rdev) < 0 ? -errno : 0;
        if (worker == 0 && copy->meter)
                copy->meter->advance(copy->meter->context, atomic_load(&copy->done_bytes), copy->total_bytes);
        return r < 0 ? r : copy_attributes(copy, item, to);
}

static int copy_list(struct copy *copy)
{
        const struct tree_list *list = copy->list;
        int r = 0;
        for (size_t i = 0; i < list->count && r == 0; i++)
                if (S_ISDIR(list->items[i].status.st_mode))
                        r = make_directory(copy, &list->items[i]);
        for (unsigned i = 0; i < PARALLEL_WORKERS_MAX && r == 0; i++) {
                copy->buffers[i] = malloc(BUFFER_BYTES);
                r = copy->buffers[i] ? 0 : -ENOMEM;
        }
        if (r == 0)
                r = parallel_for(list->count, copy_item, copy);
        for (unsigned i = 0; i < PARALLEL_WORKERS_MAX; i++)
                free(copy->buffers[i]);
        for (size_t i = list->count; i-- > 0 && r == 0;)
                if (S_ISDIR(list->items[i].status.st_mode))
                        r = finish_directory(copy, &list->items[i]);
        return r;
}

int tree_copy(int root_fd, const char *source, int target_root_fd, const char *target, const struct meter *meter,
              uint64_t *done_bytes, uint64_t total_bytes)
{
        _cleanup_(tree_list_done) struct tree_list list = { 0 };
        struct copy copy = { .from_fd = root_fd,
                             .to_fd = target_root_fd,
                             .source = source + 1,
                             .target = target[1] ? target + 1 : ".",
                             .list = &list,
                             .meter = meter,
                             .done_bytes = *done_bytes,
                             .total_bytes = total_bytes };
        int r = tree_list_read(root_fd, copy.source, false, &list);
        if (r == 0)
                r = copy_list(&copy);
        *done_bytes = copy.done_bytes;
        return r;
}
