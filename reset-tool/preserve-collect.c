/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/preserve-collect.h"

#include "linux/base/cleanup.h"
#include "linux/esp/esp-tree.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 16

struct collecting {
        const struct policy *policy;
        int root_fd;
        struct preserve_tally tally;
        struct preserve_collection *collection;
        struct explanation *why;
        unsigned depth;
};

static bool collect(struct collecting *collecting, const char *path);

/* Nowhere through a link: what is judged by its path is the file of that path. Part by part, since openat2(2) is not to be had
 * where systemd restricts SUID bits. */
static int open_plain(int root_fd, const char *path)
{
        const char *name;
        _cleanup_close_ int parent = esp_tree_open_parent(root_fd, path + 1, &name);
        if (parent < 0)
                return parent;
        int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static bool cannot_read(const struct collecting *collecting, const char *path, int r)
{
        if (r == -EINVAL)
                return explain(collecting->why, "%s cannot be kept: it %s.", path, preserve_verdict_text(PRESERVE_BAD_PATH));
        return explain(collecting->why, "%s cannot be kept: %s.", path,
                       r == -ELOOP || r == -ENOTDIR ? "it is a symbolic link, or its path leads through one" : strerror(-r));
}

static bool add(struct collecting *collecting, const struct preserve_entry *entry)
{
        struct preserve_collection *collection = collecting->collection;
        enum preserve_verdict verdict = preserve_judge(&collecting->policy->settings, entry, &collecting->tally);
        if (verdict != PRESERVE_ALLOWED)
                return explain(collecting->why, "%s cannot be kept: it %s.", entry->path, preserve_verdict_text(verdict));
        const struct partition_definition *definition = preserve_definition(collecting->policy, entry->path);
        if (!definition || !definition->factory_reset)
                return explain(collecting->why, "%s need not be kept: it is on no partition that a reset erases. Omit it.",
                               entry->path);
        if (collection->files + collection->directories == PRESERVE_ENTRIES_MAX)
                return explain(collecting->why, "more than %d files cannot be kept.", PRESERVE_ENTRIES_MAX);
        preserve_bundle_add(&collection->bundle, entry);
        if (collection->bundle.overflow)
                return explain(collecting->why, "what is to be kept is more than %u bytes.", PRESERVE_BYTES_MAX);
        collection->directories += entry->directory;
        collection->files += !entry->directory;
        collection->bytes += entry->data.size;
        return true;
}

static bool add_file(struct collecting *collecting, int fd, struct preserve_entry *entry, uint64_t size)
{
        if (size > PRESERVE_BYTES_MAX)
                return explain(collecting->why, "%s cannot be kept: it %s.", entry->path,
                               preserve_verdict_text(PRESERVE_TOO_LARGE));
        _cleanup_free_ uint8_t *data = malloc(size + 1);
        if (!data)
                return explain(collecting->why, "not enough memory.");
        size_t at = 0;
        for (ssize_t n; (n = read(fd, data + at, size + 1 - at)) != 0; at += (size_t)n) {
                if (n < 0)
                        return cannot_read(collecting, entry->path, -errno);
                if (at + (size_t)n > size)
                        return explain(collecting->why, "%s cannot be kept: it grows while it is read. Try again.", entry->path);
        }
        entry->data = (struct bytes){ data, at };
        bool ok = add(collecting, entry);
        explicit_bzero(data, at);
        return ok;
}

static int is_name(const struct dirent *entry)
{
        return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_directory(struct collecting *collecting, int fd, const struct preserve_entry *entry)
{
        struct dirent **names = NULL;
        bool ok = add(collecting, entry);
        int count = ok ? scandirat(fd, ".", &names, is_name, by_bytes) : 0;
        if (count < 0)
                return cannot_read(collecting, entry->path, -errno);
        for (int i = 0; i < count; i++) {
                char path[PRESERVE_PATH_MAX];
                if (ok && snprintf(path, sizeof(path), "%s/%s", entry->path, names[i]->d_name) >= (int)sizeof(path))
                        ok = explain(collecting->why, "%s has names that are too long to be kept.", entry->path);
                ok = ok && collect(collecting, path);
                free(names[i]);
        }
        free(names);
        return ok;
}

static bool collect_one(struct collecting *collecting, const char *path)
{
        struct preserve_entry entry = { 0 };
        struct stat status;
        if (!text_copy(entry.path, sizeof(entry.path), path, strlen(path)))
                return explain(collecting->why, "the path %.64s... is too long to be kept.", path);
        _cleanup_close_ int fd = open_plain(collecting->root_fd, path);
        if (fd < 0 || fstat(fd, &status) < 0)
                return cannot_read(collecting, path, fd < 0 ? fd : -errno);
        if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
                return explain(collecting->why, "%s cannot be kept: it is neither a file nor a directory.", path);
        entry.directory = S_ISDIR(status.st_mode);
        entry.mode = status.st_mode & 07777;
        entry.uid = status.st_uid;
        entry.gid = status.st_gid;
        entry.mtime = status.st_mtime > 0 ? (uint64_t)status.st_mtime : 0;
        return entry.directory ? add_directory(collecting, fd, &entry)
                               : add_file(collecting, fd, &entry, (uint64_t)status.st_size);
}

static bool collect(struct collecting *collecting, const char *path)
{
        if (collecting->depth == DEPTH_MAX)
                return explain(collecting->why, "%s cannot be kept: directories are nested too deeply.", path);
        collecting->depth++;
        bool ok = collect_one(collecting, path);
        collecting->depth--;
        return ok;
}

/* In its shortest form, since it is told from others by its bytes. */
static bool collect_argument(struct collecting *collecting, const char *path)
{
        char plain[PRESERVE_PATH_MAX];
        size_t length = strlen(path);
        while (length > 1 && path[length - 1] == '/')
                length--;
        if (path[0] != '/' || length < 2 || !text_copy(plain, sizeof(plain), path, length))
                return explain(collecting->why, "what is to be kept is named by an absolute path, not by \"%.64s\".", path);
        return collect(collecting, plain);
}

bool preserve_collect(const struct environment *environment, const struct policy *policy, const char *const *paths, size_t count,
                      struct preserve_collection *ret, struct explanation *ret_why)
{
        _cleanup_close_ int root =
                open(environment->root_path ? environment->root_path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        uint8_t *memory = malloc(PRESERVE_PLAIN_MAX);
        struct preserve_collection collection = { .bundle = writer_over(memory, memory ? PRESERVE_PLAIN_MAX : 0) };
        struct collecting collecting = { .policy = policy, .root_fd = root, .collection = &collection, .why = ret_why };
        bool ok = memory && root >= 0;
        if (!ok)
                (void)explain(ret_why, "not enough memory, or no root directory.");
        preserve_bundle_begin(&collection.bundle);
        for (size_t i = 0; ok && i < count; i++)
                ok = collect_argument(&collecting, paths[i]);
        if (ok)
                *ret = collection;
        else
                preserve_collection_done(&collection);
        return ok;
}

void preserve_collection_done(struct preserve_collection *collection)
{
        if (collection->bundle.data)
                explicit_bzero(collection->bundle.data, collection->bundle.size);
        free(collection->bundle.data);
        *collection = (struct preserve_collection){ 0 };
}
