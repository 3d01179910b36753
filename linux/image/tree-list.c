/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/tree-list.h"

#include "linux/base/cleanup.h"
#include "linux/image/tree-list-read.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *entry)
{
        return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int append(struct tree_list *list, const char *path, const struct stat *status)
{
        if (list->count == list->capacity) {
                size_t capacity = list->capacity ? list->capacity * 2 : 256;
                struct tree_item *larger = reallocarray(list->items, capacity, sizeof(*larger));
                if (!larger)
                        return -ENOMEM;
                list->items = larger;
                list->capacity = capacity;
        }
        char *copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        list->items[list->count++] = (struct tree_item){ .path = copy, .status = *status };
        return 0;
}

static int read_item(struct tree_list *list, int fd, const char *name, const char *path, bool skip_lost_found, unsigned depth);

static int read_entries(struct tree_list *list, int fd, const char *path, struct dirent **entries, int count,
                        bool skip_lost_found, unsigned depth)
{
        for (int i = 0; i < count; i++) {
                _cleanup_free_ char *below = NULL;
                const char *name = entries[i]->d_name;
                if (depth == 0 && skip_lost_found && strcmp(name, "lost+found") == 0)
                        continue;
                if (asprintf(&below, "%s/%s", path, name) < 0)
                        return -ENOMEM;
                int r = read_item(list, fd, name, strcmp(path, ".") == 0 ? name : below, false, depth + 1);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_directory(struct tree_list *list, int parent, const char *name, const char *path, bool skip_lost_found,
                          unsigned depth)
{
        struct dirent **entries = NULL;
        if (depth >= TREE_DEPTH_MAX)
                return -ELOOP;
        _cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int count = fd < 0 ? -1 : scandirat(fd, ".", &entries, not_dots, by_bytes);
        if (count < 0)
                return -errno;
        int r = read_entries(list, fd, path, entries, count, skip_lost_found, depth);
        for (int i = 0; i < count; i++)
                free(entries[i]);
        free(entries);
        return r;
}

static int read_item(struct tree_list *list, int fd, const char *name, const char *path, bool skip_lost_found, unsigned depth)
{
        struct stat status;
        if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        int r = append(list, path, &status);
        if (r == 0 && S_ISDIR(status.st_mode))
                r = read_directory(list, fd, name, path, skip_lost_found, depth);
        return r;
}

int tree_list_read(int fd, const char *path, bool skip_lost_found, struct tree_list *ret)
{
        memset(ret, 0, sizeof(*ret));
        return read_item(ret, fd, path, path, skip_lost_found, 0);
}

void tree_list_done(struct tree_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->items[i].path);
        free(list->items);
        memset(list, 0, sizeof(*list));
}
