/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/tree-list-read.h"
#include "linux/base/cleanup.h"
#include "linux/base/parallel.h"
#include "linux/base/path-below.h"
#include "linux/image/tree-list.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define BUFFER_BYTES      (256u << 10)
#define PATH_BYTES        4096
#define XATTR_NAMES_BYTES 4096
#define XATTR_VALUES_MAX  65536
#define LINE_BYTES        (XATTR_VALUES_MAX * 2 + 4 * PATH_BYTES * 2)

/* Reading and, where digests are asked for, hashing all files of a list on all processors. */
struct reading {
        int root_fd;
        const struct tree_list *list;
        uint8_t (*digests)[SHA256_SIZE]; /* one an item; NULL = read only */
        char *buffers[PARALLEL_WORKERS_MAX];
        EVP_MD_CTX *hashes[PARALLEL_WORKERS_MAX];
};

static int read_file(int root_fd, const char *path, char *buffer, EVP_MD_CTX *hash)
{
        _cleanup_close_ int fd = openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        for (;;) {
                ssize_t n = read(fd, buffer, BUFFER_BYTES);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                if (hash && EVP_DigestUpdate(hash, buffer, (size_t)n) != 1)
                        return -EIO;
        }
}

static int read_item(void *context, size_t index, unsigned worker)
{
        struct reading *reading = context;
        const struct tree_item *item = &reading->list->items[index];
        EVP_MD_CTX *hash = reading->hashes[worker];
        if (!S_ISREG(item->status.st_mode))
                return 0;
        if (!reading->digests)
                return read_file(reading->root_fd, item->path, reading->buffers[worker], NULL);
        if (EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1)
                return -EIO;
        int r = read_file(reading->root_fd, item->path, reading->buffers[worker], hash);
        if (r < 0)
                return r;
        return EVP_DigestFinal_ex(hash, reading->digests[index], NULL) == 1 ? 0 : -EIO;
}

static int read_all(int root_fd, const struct tree_list *list, uint8_t (*digests)[SHA256_SIZE])
{
        struct reading reading = { .root_fd = root_fd, .list = list, .digests = digests };
        int r = 0;
        for (unsigned i = 0; i < PARALLEL_WORKERS_MAX; i++) {
                reading.buffers[i] = malloc(BUFFER_BYTES);
                reading.hashes[i] = EVP_MD_CTX_new();
                if (!reading.buffers[i] || !reading.hashes[i])
                        r = -ENOMEM;
        }
        if (r == 0)
                r = parallel_for(list->count, read_item, &reading);
        for (unsigned i = 0; i < PARALLEL_WORKERS_MAX; i++) {
                free(reading.buffers[i]);
                EVP_MD_CTX_free(reading.hashes[i]);
        }
        return r;
}

int tree_read_through(int root_fd, const char *path, struct tree_totals *totals)
{
        _cleanup_(tree_list_done) struct tree_list list = { 0 };
        char found[PATH_MAX];
        int r = path_below(root_fd, path, found, sizeof(found));
        if (r == 0)
                r = tree_list_read(root_fd, found[0] ? found : ".", false, &list);
        if (r == 0)
                r = read_all(root_fd, &list, NULL);
        if (r < 0)
                return r;
        totals->files += list.count;
        for (size_t i = 0; i < list.count; i++)
                if (S_ISREG(list.items[i].status.st_mode))
                        totals->bytes += (uint64_t)list.items[i].status.st_size;
        return 0;
}

static bool belongs_in_manifest(const char *xattr)
{
        return strncmp(xattr, "security.", 9) == 0 || strncmp(xattr, "user.", 5) == 0 ||
               strncmp(xattr, "system.posix_acl_", 17) == 0;
}

struct xattrs {
        char names[XATTR_NAMES_BYTES];
        uint8_t values[XATTR_VALUES_MAX];
        size_t values_size;
        struct manifest_xattr items[MANIFEST_XATTRS_MAX];
        size_t count;
};

static void insert_sorted(struct xattrs *xattrs, struct manifest_xattr item)
{
        size_t at = xattrs->count++;
        for (; at > 0 && strcmp(xattrs->items[at - 1].name, item.name) > 0; at--)
                xattrs->items[at] = xattrs->items[at - 1];
        xattrs->items[at] = item;
}

static int read_xattrs(int root_fd, const char *name, struct xattrs *ret)
{
        char path[PATH_BYTES + 32]; /* the xattr calls take no directory */
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", root_fd, name);
        ret->count = ret->values_size = 0;
        ssize_t size = llistxattr(path, ret->names, sizeof(ret->names));
        if (size <= 0)
                return size < 0 && errno != ENOTSUP ? -errno : 0;
        for (const char *xattr = ret->names; xattr < ret->names + size; xattr += strlen(xattr) + 1) {
                if (!belongs_in_manifest(xattr))
                        continue;
                uint8_t *value = ret->values + ret->values_size;
                ssize_t value_size = lgetxattr(path, xattr, value, sizeof(ret->values) - ret->values_size);
                if (value_size < 0 || ret->count == MANIFEST_XATTRS_MAX)
                        return value_size < 0 ? -errno : -E2BIG;
                ret->values_size += (size_t)value_size;
                insert_sorted(ret, (struct manifest_xattr){ .name = xattr, .value = { value, (size_t)value_size } });
        }
        return 0;
}

static char type_letter(mode_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFREG:
                return 'f';
        case S_IFDIR:
                return 'd';
        case S_IFLNK:
                return 'l';
        case S_IFIFO:
                return 'p';
        case S_IFSOCK:
                return 's';
        case S_IFCHR:
                return 'c';
        default:
                return 'b';
        }
}

struct description {
        int root_fd;
        const char *mount_point;
        struct xattrs *xattrs;
        char *line;
        char path[PATH_BYTES], target[PATH_BYTES];
};

static int describe_item(struct description *description, const struct tree_item *item, const uint8_t *digest,
                         struct writer *writer)
{
        const struct stat *status = &item->status;
        struct manifest_entry entry = {
                .path = description->path,
                .type = type_letter(status->st_mode),
                .mode = status->st_mode & 07777,
                .uid = status->st_uid,
                .gid = status->st_gid,
                .mtime = status->st_mtim.tv_sec,
                .device = (uint64_t)major(status->st_rdev) << 32 | minor(status->st_rdev),
        };
        const bool is_root = strcmp(item->path, ".") == 0;
        if ((size_t)snprintf(description->path, sizeof(description->path), "%s%s%s", description->mount_point, is_root ? "" : "/",
                             is_root ? "" : item->path) >= sizeof(description->path))
                return -ENAMETOOLONG;
        if (entry.type == 'f') {
                entry.size = (uint64_t)status->st_size;
                entry.sha256 = digest;
        } else if (entry.type == 'l') {
                ssize_t size = readlinkat(description->root_fd, item->path, description->target, sizeof(description->target) - 1);
                if (size < 0)
                        return -errno;
                description->target[size] = 0;
                entry.target = description->target;
        }
        int r = read_xattrs(description->root_fd, item->path, description->xattrs);
        if (r < 0)
                return r;
        entry.xattrs = description->xattrs->items;
        entry.xattr_count = description->xattrs->count;
        manifest_line(writer, &entry);
        return writer->overflow ? -E2BIG : 0;
}

static int describe_all(struct description *description, const struct tree_list *list, uint8_t (*digests)[SHA256_SIZE],
                        int (*line)(void *context, const char *text, size_t size), void *context)
{
        for (size_t i = 0; i < list->count; i++) {
                struct writer writer = writer_over(description->line, LINE_BYTES);
                int r = describe_item(description, &list->items[i], digests[i], &writer);
                if (r == 0)
                        r = line(context, description->line, writer.size);
                if (r < 0)
                        return r;
        }
        return 0;
}

int tree_describe(int root_fd, const char *mount_point, int (*line)(void *context, const char *text, size_t size), void *context)
{
        _cleanup_(tree_list_done) struct tree_list list = { 0 };
        _cleanup_free_ struct description *description = calloc(1, sizeof(*description));
        _cleanup_free_ struct xattrs *xattrs = malloc(sizeof(*xattrs));
        _cleanup_free_ char *line_buffer = malloc(LINE_BYTES);
        if (!description || !xattrs || !line_buffer)
                return -ENOMEM;
        int r = tree_list_read(root_fd, ".", true, &list);
        if (r < 0)
                return r;
        _cleanup_free_ uint8_t(*digests)[SHA256_SIZE] = calloc(list.count, sizeof(*digests));
        if (!digests)
                return -ENOMEM;
        r = read_all(root_fd, &list, digests);
        if (r < 0)
                return r;
        description->root_fd = root_fd;
        description->mount_point = mount_point;
        description->xattrs = xattrs;
        description->line = line_buffer;
        return describe_all(description, &list, digests, line, context);
}
