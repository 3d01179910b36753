/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/tree-fill.h"

#include "common/policy/policy-root.h"
#include "initrd/steps/sub-volumes.h"
#include "initrd/steps/tree-copy.h"
#include "linux/base/cleanup.h"
#include "linux/base/path-below.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct timespec epoch[2] = { { 0 }, { 0 } };

static int set_times(int fd, const struct stat *status)
{
        const struct timespec times[2] = { status->st_atim, status->st_mtim };
        return futimens(fd, times) < 0 ? -errno : 0;
}

/* A directory with what it has when nobody says otherwise; the one that it is in keeps its time. `place`: its path in the file
 * system. */
static int make_directory(const struct partition_definition *definition, int parent, const char *name, const char *place)
{
        struct stat status;
        if (fstat(parent, &status) < 0)
                return -errno;
        int r = sub_volume_or_directory(definition, parent, name, place);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fchmod(fd, 0755) < 0 || futimens(fd, epoch) < 0)
                return -errno;
        return set_times(parent, &status);
}

/* Opens the first `length` bytes of an absolute path, making what is missing if that is wanted. Never through a link: below one
 * we would leave the file system. */
static int open_directory(const struct tree_fill *what, const char *path, size_t length, bool make)
{
        int fd = openat(what->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t at = 1; fd >= 0 && at < length;) {
                char name[ROOT_ENTRY_PATH_MAX], place[ROOT_ENTRY_PATH_MAX];
                size_t size = strcspn(path + at, "/");
                (void)snprintf(name, sizeof(name), "%.*s", (int)size, path + at);
                (void)snprintf(place, sizeof(place), "%.*s", (int)(at + size), path);
                int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = next < 0 ? -errno : 0;
                if (r == -ENOENT && make) {
                        r = make_directory(&what->policy->partitions[what->definition], fd, name, place);
                        next = r < 0 ? r : openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                        r = r < 0 ? r : next < 0 ? -errno : 0;
                }
                (void)close(fd);
                fd = r < 0 ? r : next;
                at += size + 1;
        }
        return fd;
}

static size_t parent_length(const char *path)
{
        return (size_t)(strrchr(path, '/') - path);
}

/* What is left out, by where it is without links; what is not there needs no leaving out. */
static int resolve_excludes(int image_fd, struct copy_excludes *excludes)
{
        size_t kept = 0;
        for (size_t i = 0; i < excludes->count; i++) {
                char found[COPY_EXCLUDES_PATH_MAX - 1];
                int r = path_below(image_fd, excludes->paths[i].path, found, sizeof(found));
                if (r == -ENOENT)
                        continue;
                if (r < 0)
                        return r;
                excludes->paths[kept].contents = excludes->paths[i].contents;
                (void)snprintf(excludes->paths[kept++].path, COPY_EXCLUDES_PATH_MAX, "/%s", found);
        }
        excludes->count = kept;
        return 0;
}

/* Into the directory that the target lies in, which keeps its time, too. */
static int copy_into(const struct tree_fill *what, struct tree_copy *copy, const char *target, uint64_t *done_bytes)
{
        struct stat status;
        copy->place = target;
        copy->definition = &what->policy->partitions[what->definition];
        if (!target[1]) {
                copy->to_fd = what->fd;
                copy->target = "";
                return tree_copy(copy, done_bytes);
        }
        _cleanup_close_ int parent = open_directory(what, target, parent_length(target), true);
        if (parent < 0)
                return parent;
        if (fstat(parent, &status) < 0)
                return -errno;
        copy->to_fd = parent;
        copy->target = strrchr(target, '/') + 1;
        int r = tree_copy(copy, done_bytes);
        return r < 0 ? r : set_times(parent, &status);
}

static bool is_directory(int fd, const char *path)
{
        struct stat status;
        return fstatat(fd, path[0] ? path : ".", &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/* The first directory that is copied to the root gives it its attributes. */
static int copy_files(const struct tree_fill *what, size_t index, bool *root_is_dressed, uint64_t *done_bytes)
{
        const struct copy_files *files = &what->policy->partitions[what->definition].copies[index];
        _cleanup_free_ struct copy_excludes *excludes = malloc(sizeof(*excludes));
        char source[PATH_MAX];
        if (!excludes)
                return -ENOMEM;
        if (!copy_excludes_find(what->policy, what->definition, index, excludes))
                return 0;
        int r = path_below(what->image_fd, files->source, source, sizeof(source));
        if (r == 0)
                r = resolve_excludes(what->image_fd, excludes);
        if (r < 0)
                return r;
        struct tree_copy copy = { .from_fd = what->image_fd,
                                  .source = source,
                                  .excludes = excludes,
                                  .dresses_target = !files->target[1] && !*root_is_dressed,
                                  .meter = what->meter,
                                  .total_bytes = what->total_bytes };
        *root_is_dressed |= !files->target[1] && is_directory(what->image_fd, source);
        return copy_into(what, &copy, files->target, done_bytes);
}

static int make_link(int parent, const char *name, const char *target)
{
        struct stat status;
        if (fstat(parent, &status) < 0 || symlinkat(target, parent, name) < 0 ||
            utimensat(parent, name, epoch, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return set_times(parent, &status);
}

static int make_defined_link(const struct tree_fill *what, const struct made_link *made)
{
        _cleanup_close_ int parent = open_directory(what, made->path, parent_length(made->path), false);
        return parent < 0 ? parent : make_link(parent, strrchr(made->path, '/') + 1, made->target);
}

static int make_base_directory(const struct tree_fill *what, int parent, const struct root_entry *entry, const char *name)
{
        int r = make_directory(&what->policy->partitions[what->definition], parent, name, entry->path);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 || fchmod(fd, entry->mode) < 0 ? -errno : 0;
}

/* Only what is not there yet. */
static int make_base_entry(const struct tree_fill *what, const struct root_entry *entry)
{
        const char *name = strrchr(entry->path, '/') + 1;
        struct stat status;
        _cleanup_close_ int parent = open_directory(what, entry->path, parent_length(entry->path), true);
        if (parent < 0)
                return parent;
        if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        return entry->target ? make_link(parent, name, entry->target) : make_base_directory(what, parent, entry, name);
}

int tree_fill(const struct tree_fill *what, uint64_t *done_bytes)
{
        const struct partition_definition *definition = &what->policy->partitions[what->definition];
        struct root_entry entry;
        bool root_is_dressed = false;
        int r = fchmod(what->fd, 0755) < 0 || futimens(what->fd, epoch) < 0 ? -errno : 0; /* mkfs gives it the time of day */
        for (size_t i = 0; i < definition->copy_count && r == 0; i++)
                r = copy_files(what, i, &root_is_dressed, done_bytes);
        for (size_t i = 0; i < definition->directory_count && r == 0; i++) {
                _cleanup_close_ int fd =
                        open_directory(what, definition->directories[i], strlen(definition->directories[i]), true);
                r = fd < 0 ? fd : 0;
        }
        for (size_t i = 0; i < definition->link_count && r == 0; i++)
                r = make_defined_link(what, &definition->links[i]);
        for (size_t i = 0; r == 0 && root_volume_entry(what->policy, what->definition, i, &entry); i++)
                r = make_base_entry(what, &entry);
        return r;
}
