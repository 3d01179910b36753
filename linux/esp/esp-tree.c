/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/esp-tree.h"

#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct walk {
        struct esp_tree *tree;
        dev_t device;
        char path[ESP_TREE_PATH_MAX];
        size_t length;
        unsigned depth;
};

static int is_named(const struct dirent *entry)
{
        return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int add(struct walk *walk, const struct stat *status)
{
        struct esp_tree *tree = walk->tree;
        if (tree->count == ESP_TREE_ENTRIES_MAX)
                return -E2BIG;
        if (tree->count == tree->room) {
                size_t room = tree->room ? tree->room * 2 : 64;
                struct esp_entry *larger = realloc(tree->entries, room * sizeof(*larger));
                if (!larger)
                        return -ENOMEM;
                tree->entries = larger;
                tree->room = room;
        }
        char *path = strdup(walk->path);
        if (!path)
                return -ENOMEM;
        tree->entries[tree->count++] = (struct esp_entry){
                .path = path,
                .directory = S_ISDIR(status->st_mode),
                .size_bytes = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0,
        };
        return 0;
}

static int walk_directory(struct walk *walk, int fd);

static int walk_entry(struct walk *walk, int directory_fd, const char *name)
{
        struct stat status;
        const size_t before = walk->length, length = strlen(name), slash = before > 0;
        if (before + slash + length >= sizeof(walk->path))
                return -E2BIG;
        if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? -EILSEQ : -errno; /* nobody else is here to delete it: half a character, for example */
        if (status.st_dev != walk->device)
                return -EXDEV;
        if (slash)
                walk->path[before] = '/';
        memcpy(walk->path + before + slash, name, length + 1);
        walk->length = before + slash + length;
        int r = add(walk, &status);
        if (r == 0 && S_ISDIR(status.st_mode)) {
                _cleanup_close_ int fd = openat(directory_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                r = fd < 0 ? -errno : walk_directory(walk, fd);
        }
        walk->length = before;
        walk->path[before] = 0;
        return r;
}

static int walk_directory(struct walk *walk, int fd)
{
        struct dirent **entries = NULL;
        if (walk->depth == ESP_TREE_DEPTH_MAX)
                return -E2BIG;
        int count = scandirat(fd, ".", &entries, is_named, alphasort);
        if (count < 0)
                return -errno;
        int r = 0;
        walk->depth++;
        for (int i = 0; i < count; i++) {
                if (r == 0)
                        r = walk_entry(walk, fd, entries[i]->d_name);
                free(entries[i]);
        }
        walk->depth--;
        free(entries);
        return r;
}

int esp_tree_read(int root_fd, struct esp_tree *ret)
{
        struct stat status;
        struct walk walk = { .tree = ret };
        if (fstat(root_fd, &status) < 0)
                return -errno;
        walk.device = status.st_dev;
        return walk_directory(&walk, root_fd);
}

void esp_tree_done(struct esp_tree *tree)
{
        for (size_t i = 0; i < tree->count; i++)
                free(tree->entries[i].path);
        free(tree->entries);
        *tree = (struct esp_tree){ 0 };
}

int esp_tree_open_parent(int root_fd, const char *path, const char **ret_name)
{
        char part[256];
        int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (const char *slash; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
                size_t length = (size_t)(slash - path);
                int parent = fd;
                if (length == 0 || length >= sizeof(part) || strncmp(path, "../", 3) == 0) {
                        close_fd(&parent);
                        return -EINVAL;
                }
                memcpy(part, path, length);
                part[length] = 0;
                fd = openat(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                int error = errno;
                (void)close(parent);
                errno = error;
        }
        if (fd < 0)
                return -errno;
        *ret_name = path;
        return fd;
}

int esp_tree_hash(int root_fd, const char *path, uint8_t ret[static 32])
{
        const char *name;
        _cleanup_close_ int parent = esp_tree_open_parent(root_fd, path, &name);
        if (parent < 0)
                return parent;
        _cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        return fd < 0 ? -errno : sha256_fd(fd, ret);
}
