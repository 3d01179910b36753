/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/esp-hashes.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct esp_hash {
        char *path;
        struct stat status; /* when it was read */
        uint8_t hash[SHA256_SIZE];
};

static int look(int root_fd, const char *path, struct stat *ret)
{
        const char *name;
        _cleanup_close_ int parent = esp_tree_open_parent(root_fd, path, &name);
        if (parent < 0)
                return parent;
        return fstatat(parent, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* The inode's number alone says little: FAT has none on the disk, and Linux gives out a new one with each mount. */
static bool is_same(const struct stat *a, const struct stat *b)
{
        return S_ISREG(a->st_mode) && S_ISREG(b->st_mode) && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
               a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
               a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static struct esp_hash *find(const struct esp_hashes *hashes, const char *path)
{
        for (size_t i = 0; i < hashes->count; i++)
                if (strcmp(hashes->known[i].path, path) == 0)
                        return &hashes->known[i];
        return NULL;
}

/* NULL: no memory for it. */
static struct esp_hash *add(struct esp_hashes *hashes, const char *path)
{
        if (hashes->count == hashes->room) {
                size_t room = hashes->room ? hashes->room * 2 : 16;
                struct esp_hash *larger = realloc(hashes->known, room * sizeof(*larger));
                if (!larger)
                        return NULL;
                hashes->known = larger;
                hashes->room = room;
        }
        char *copy = strdup(path);
        if (!copy)
                return NULL;
        struct esp_hash *hash = &hashes->known[hashes->count++];
        *hash = (struct esp_hash){ .path = copy };
        return hash;
}

int esp_hashes_get(struct esp_hashes *hashes, int root_fd, const char *path, uint8_t ret[static SHA256_SIZE])
{
        struct stat status;
        if (!hashes)
                return esp_tree_hash(root_fd, path, ret);
        int r = look(root_fd, path, &status);
        if (r < 0)
                return r;
        struct esp_hash *hash = find(hashes, path);
        if (hash && is_same(&hash->status, &status)) {
                memcpy(ret, hash->hash, SHA256_SIZE);
                return 0;
        }
        r = esp_tree_hash(root_fd, path, ret);
        if (r == 0 && !hash)
                hash = add(hashes, path);
        if (r == 0 && hash) {
                hash->status = status;
                memcpy(hash->hash, ret, SHA256_SIZE);
        }
        return r;
}

void esp_hashes_done(struct esp_hashes *hashes)
{
        for (size_t i = 0; i < hashes->count; i++)
                free(hashes->known[i].path);
        free(hashes->known);
        *hashes = (struct esp_hashes){ 0 };
}
