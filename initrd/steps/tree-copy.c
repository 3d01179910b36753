/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three passes, because files can be made by all processors at once only where their directories exist, and a directory keeps its
 * times only when nothing is put into it any more: directories, then everything else, then the directories' attributes. */
#include "initrd/steps/tree-copy.h"
#include "initrd/steps/sub-volumes.h"
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

/* A directory of the target that was there. */
struct existing {
        bool is;
        struct timespec times[2];
};

struct copy {
        const struct tree_copy *what;
        const char *source, *target; /* "." for a root */
        bool is_plain;               /* the target has nothing but contents and times */
        const struct tree_list *list;
        struct existing *existing; /* one an item */
        atomic_uint_least64_t done_bytes;
        char *buffers[PARALLEL_WORKERS_MAX];
};

/* An item's path where the source's own prefix is exchanged for another. */
static int moved_path(const struct copy *copy, const struct tree_item *item, const char *to, char ret[static PATH_BYTES])
{
        const bool whole = strcmp(copy->source, ".") == 0, is_source = strcmp(item->path, copy->source) == 0;
        const char *below = is_source ? "" : whole ? item->path : item->path + strlen(copy->source) + 1;
        int size = snprintf(ret, PATH_BYTES, "%s%s%s", to, is_source ? "" : "/", below);
        return size < PATH_BYTES ? 0 : -ENAMETOOLONG;
}

static int target_path(const struct copy *copy, const struct tree_item *item, char ret[static PATH_BYTES])
{
        return moved_path(copy, item, copy->target, ret);
}

static int copy_xattrs(const struct copy *copy, const char *from_name, const char *to_name)
{
        char from[PATH_BYTES + 32], to[PATH_BYTES + 32], names[XATTR_NAMES_BYTES]; /* the xattr calls take no directory */
        (void)snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", copy->what->from_fd, from_name);
        ssize_t size = llistxattr(from, names, sizeof(names));
        if (size <= 0)
                return size < 0 && errno != ENOTSUP ? -errno : 0;
        (void)snprintf(to, sizeof(to), "/proc/self/fd/%d/%s", copy->what->to_fd, to_name);
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
        if (copy->is_plain)
                return utimensat(copy->what->to_fd, to, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
        if (fchownat(copy->what->to_fd, to, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!S_ISLNK(status->st_mode) && fchmodat(copy->what->to_fd, to, status->st_mode & 07777, 0) < 0)
                return -errno;
        int r = copy_xattrs(copy, item->path, to);
        if (r < 0)
                return r;
        return utimensat(copy->what->to_fd, to, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
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
        _cleanup_close_ int from = openat(copy->what->from_fd, from_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (from < 0)
                return -errno;
        _cleanup_close_ int to = openat(copy->what->to_fd, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        return to < 0 ? -errno : copy_bytes(copy, from, to, buffer);
}

static int copy_link(const struct copy *copy, const char *from_name, const char *to_name)
{
        char target[PATH_BYTES];
        ssize_t size = readlinkat(copy->what->from_fd, from_name, target, sizeof(target));
        if (size < 0)
                return -errno;
        if ((size_t)size >= sizeof(target))
                return -ENAMETOOLONG;
        target[size] = 0;
        return symlinkat(target, copy->what->to_fd, to_name) < 0 ? -errno : 0;
}

/* What exists has to be a directory itself: below a link we would leave the target. */
static int make_directory(const struct copy *copy, size_t index)
{
        const struct tree_copy *what = copy->what;
        char to[PATH_BYTES], place[PATH_BYTES];
        struct stat status;
        int r = target_path(copy, &copy->list->items[index], to);
        if (r == 0 && what->definition)
                r = moved_path(copy, &copy->list->items[index], what->place[1] ? what->place : "", place);
        if (r < 0)
                return r;
        r = what->definition                     ? sub_volume_or_directory(what->definition, what->to_fd, to, place)
            : mkdirat(what->to_fd, to, 0700) < 0 ? -errno
                                                 : 0;
        if (r != -EEXIST)
                return r;
        if (fstatat(copy->what->to_fd, to, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        copy->existing[index] = (struct existing){ true, { status.st_atim, status.st_mtim } };
        return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

static int finish_directory(const struct copy *copy, size_t index)
{
        const struct existing *existing = &copy->existing[index];
        char to[PATH_BYTES];
        int r = target_path(copy, &copy->list->items[index], to);
        if (r < 0)
                return r;
        if (!existing->is || (index == 0 && copy->what->dresses_target))
                return copy_attributes(copy, &copy->list->items[index], to);
        return utimensat(copy->what->to_fd, to, existing->times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int make_item(struct copy *copy, const struct tree_item *item, const char *to, char *buffer)
{
        if (S_ISREG(item->status.st_mode))
                return copy_regular(copy, item->path, to, buffer);
        if (S_ISLNK(item->status.st_mode))
                return copy_link(copy, item->path, to);
        return mknodat(copy->what->to_fd, to, item->status.st_mode & (S_IFMT | 07777), item->status.st_rdev) < 0 ? -errno : 0;
}

/* One item that is not a directory; only the first worker speaks to the meter, which is made for one thread. */
static int copy_item(void *context, size_t index, unsigned worker)
{
        struct copy *copy = context;
        const struct tree_item *item = &copy->list->items[index];
        const struct meter *meter = copy->what->meter;
        char to[PATH_BYTES];
        int r = target_path(copy, item, to);
        if (r < 0 || S_ISDIR(item->status.st_mode))
                return r;
        r = make_item(copy, item, to, copy->buffers[worker]);
        if (r == -EEXIST && index > 0)
                r = unlinkat(copy->what->to_fd, to, 0) < 0 ? -errno : make_item(copy, item, to, copy->buffers[worker]);
        if (worker == 0 && meter)
                meter->advance(meter->context, atomic_load(&copy->done_bytes), copy->what->total_bytes);
        return r < 0 ? r : copy_attributes(copy, item, to);
}

static int copy_list(struct copy *copy)
{
        const struct tree_list *list = copy->list;
        int r = 0;
        for (size_t i = 0; i < list->count && r == 0; i++)
                if (S_ISDIR(list->items[i].status.st_mode))
                        r = make_directory(copy, i);
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
                        r = finish_directory(copy, i);
        return r;
}

/* Only what is to be copied stays in the list. */
static int drop_excluded(const struct copy_excludes *excludes, struct tree_list *list)
{
        size_t kept = 0;
        for (size_t i = 0; i < list->count; i++) {
                char path[PATH_BYTES];
                const char *name = strcmp(list->items[i].path, ".") == 0 ? "" : list->items[i].path;
                if ((size_t)snprintf(path, sizeof(path), "/%s", name) >= sizeof(path))
                        return -ENAMETOOLONG;
                if (copy_excludes_has(excludes, path)) {
                        free(list->items[i].path);
                        list->items[i].path = NULL;
                } else if (kept++ < i) {
                        list->items[kept - 1] = list->items[i];
                        list->items[i].path = NULL;
                }
        }
        list->count = kept;
        return 0;
}

int tree_copy(const struct tree_copy *what, uint64_t *done_bytes)
{
        _cleanup_(tree_list_done) struct tree_list list = { 0 };
        _cleanup_free_ struct existing *existing = NULL;
        struct copy copy = { .what = what,
                             .source = what->source[0] ? what->source : ".",
                             .target = what->target[0] ? what->target : ".",
                             .is_plain = what->definition && strcmp(what->definition->format, "vfat") == 0,
                             .list = &list,
                             .done_bytes = *done_bytes };
        int r = tree_list_read(what->from_fd, copy.source, false, &list);
        if (r == 0 && what->excludes)
                r = drop_excluded(what->excludes, &list);
        if (r == 0 && list.count > 0) {
                copy.existing = existing = calloc(list.count, sizeof(*existing));
                r = existing ? copy_list(&copy) : -ENOMEM;
        }
        *done_bytes = copy.done_bytes;
        return r;
}
