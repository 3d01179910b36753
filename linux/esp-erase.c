/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp-erase.h"

#include "common/esp-rule.h"
#include "linux/cleanup.h"
#include "linux/esp-tree.h"
#include "linux/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define CHUNK_BYTES  (1u << 20)
#define SECTOR_BYTES 512
/* FAT has no journal: clusters of which the table on disk knows before the directory does, or longer, are lost to a power cut for
 * good. So a file that takes all the room grows and shrinks in steps, each flushed, and a cut costs one step at most. */
#define FLUSH_CHUNKS     2
#define STEP_BYTES       ((off_t)FLUSH_CHUNKS * CHUNK_BYTES)
#define FILL_FILES_MAX   64 /* of 4 GiB each on FAT32 */
#define FILL_FILE_CHUNKS 4095

static int open_parent(int root_fd, const char *path, const char **ret_name)
{
        return esp_tree_open_parent(root_fd, path, ret_name);
}

static int write_zeros(int fd, uint64_t size)
{
        static const uint8_t zeros[65536];
        while (size > 0) {
                size_t part = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);
                int r = write_all(fd, zeros, part);
                if (r < 0)
                        return r;
                size -= part;
        }
        return 0;
}

/* The last cluster holds what other files have left behind this one's end. */
static int overwrite(int parent_fd, const char *name, const struct stat *status)
{
        struct statvfs system;
        _cleanup_close_ int fd = openat(parent_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstatvfs(fd, &system) < 0)
                return -errno;
        uint64_t cluster = system.f_bsize ? system.f_bsize : 1, size = (uint64_t)status->st_size;
        uint64_t whole = (size + cluster - 1) / cluster * cluster;
        int r = write_zeros(fd, whole <= UINT32_MAX ? whole : size);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        return r;
}

int esp_erase_entry(int root_fd, const char *path, bool directory)
{
        struct stat status;
        const char *name;
        _cleanup_close_ int parent = open_parent(root_fd, path, &name);
        if (parent < 0)
                return parent;
        if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        int r = !directory && S_ISREG(status.st_mode) && status.st_size > 0 ? overwrite(parent, name, &status) : 0;
        if (r == 0 && unlinkat(parent, name, directory ? AT_REMOVEDIR : 0) < 0)
                r = -errno;
        return r;
}

static void fill_name(unsigned number, char ret[static 64])
{
        (void)snprintf(ret, 64, ESP_FILL_PREFIX "%u" ESP_FILL_SUFFIX, number);
}

static int flush(int fd)
{
        if (fdatasync(fd) < 0)
                return -errno;
        return posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0 ? -EIO : 0; /* so that reading back asks the device */
}

/* 0: the file is as large as one may be; -ENOSPC: the file system is full. */
static int fill_file(int fd, const struct meter *meter, uint64_t total, uint64_t *done)
{
        int r = 0;
        for (unsigned chunk = 0; r == 0 && chunk < FILL_FILE_CHUNKS; chunk++) {
                r = write_zeros(fd, CHUNK_BYTES);
                if (r == 0)
                        *done += CHUNK_BYTES;
                if (r == 0 && chunk % FLUSH_CHUNKS == FLUSH_CHUNKS - 1)
                        r = flush(fd);
                if (meter && meter->advance)
                        meter->advance(meter->context, *done < total ? *done : total, total);
        }
        if (r < 0 && r != -ENOSPC)
                return r;
        /* a whole page finds no room where some sectors still do */
        while (r == -ENOSPC && write_zeros(fd, SECTOR_BYTES) == 0)
                *done += SECTOR_BYTES;
        int flushed = flush(fd);
        return flushed < 0 ? flushed : r;
}

static int read_back(int fd, uint64_t *ret_bytes)
{
        static const uint8_t zeros[65536];
        uint8_t data[sizeof(zeros)];
        uint64_t at = 0;
        for (ssize_t n; (n = pread(fd, data, sizeof(data), (off_t)at)) != 0; at += (uint64_t)n) {
                if (n < 0)
                        return -errno;
                if (memcmp(data, zeros, (size_t)n) != 0)
                        return -EBADMSG;
        }
        *ret_bytes += at;
        return 0;
}

static int open_fill_directory(int root_fd)
{
        int r = make_directories(root_fd, ESP_FILL_DIRECTORY, 0755);
        if (r < 0)
                return r;
        int fd = openat(root_fd, ESP_FILL_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* From its end, step by step. What is no file of ours is left to unlinkat(). */
static int shrink(int directory_fd, const char *name)
{
        struct stat status;
        _cleanup_close_ int fd = openat(directory_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ENOENT : 0;
        if (fstat(fd, &status) < 0)
                return -errno;
        for (off_t size = status.st_size; S_ISREG(status.st_mode) && size > STEP_BYTES;) {
                size -= STEP_BYTES;
                if (ftruncate(fd, size) < 0 || fsync(fd) < 0)
                        return -errno;
        }
        return 0;
}

static int remove_fill(int directory_fd)
{
        char name[64];
        for (unsigned i = 0; i < FILL_FILES_MAX; i++) {
                fill_name(i, name);
                int r = shrink(directory_fd, name);
                if (r < 0 && r != -ENOENT)
                        return r;
                if (unlinkat(directory_fd, name, 0) < 0 && errno != ENOENT)
                        return -errno;
        }
        return fsync(directory_fd) < 0 ? -errno : 0;
}

int esp_erase_leftovers(int root_fd)
{
        _cleanup_close_ int directory = open_fill_directory(root_fd);
        return directory < 0 ? directory : remove_fill(directory);
}

int esp_erase_free_space(int root_fd, const struct meter *meter, uint64_t *ret_bytes)
{
        struct statvfs space;
        uint64_t written = 0, read = 0;
        char name[64];
        _cleanup_close_ int directory = open_fill_directory(root_fd);
        if (directory < 0)
                return directory;
        int r = fstatvfs(root_fd, &space) < 0 ? -errno : remove_fill(directory);
        uint64_t total = (uint64_t)space.f_bfree * space.f_bsize;
        for (unsigned i = 0; r == 0 && i < FILL_FILES_MAX; i++) {
                fill_name(i, name);
                _cleanup_close_ int fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
                r = fd < 0 ? -errno : fill_file(fd, meter, total, &written);
                int checked = fd < 0 ? 0 : read_back(fd, &read);
                r = checked < 0 ? checked : r;
        }
        int removed = remove_fill(directory);
        if (r == 0)
                return -EFBIG; /* more room than all those files have */
        if (r != -ENOSPC)
                return r;
        *ret_bytes = read;
        return removed;
}

static int open_directory(int root_fd, const char *path)
{
        const char *name;
        if (path[0] == 0) {
                int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        _cleanup_close_ int parent = open_parent(root_fd, path, &name);
        if (parent < 0)
                return parent;
        int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int make_empty(int directory_fd, unsigned number)
{
        char name[16];
        (void)snprintf(name, sizeof(name), ESP_SLOT_PREFIX "%05u", number);
        _cleanup_close_ int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        return fd < 0 && errno != EEXIST ? -errno : 0;
}

static int remove_empty(int directory_fd, unsigned count)
{
        char name[16];
        for (unsigned i = 0; i < count; i++) {
                struct stat status;
                (void)snprintf(name, sizeof(name), ESP_SLOT_PREFIX "%05u", i);
                if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode) ||
                    status.st_size > 0)
                        continue; /* somebody else's */
                if (unlinkat(directory_fd, name, 0) < 0)
                        return -errno;
        }
        return fsync(directory_fd) < 0 ? -errno : 0;
}

/* A name of 8 upper-case letters and digits takes exactly one slot of 32 bytes. */
int esp_erase_names(int root_fd, const char *path, bool *ret_complete)
{
        struct stat before, after;
        unsigned made = 0;
        int r = 0;
        _cleanup_close_ int directory = open_directory(root_fd, path);
        if (directory < 0)
                return directory;
        if (fstat(directory, &before) < 0)
                return -errno;
        for (after = before; r == 0 && after.st_size == before.st_size && made < ESP_NAMES_MAX; made++) {
                r = make_empty(directory, made);
                if (r == 0 && fstat(directory, &after) < 0)
                        r = -errno;
        }
        /* the names have to reach the disk before they go, or nothing would have been overwritten */
        if ((r == 0 || r == -ENOSPC) && fsync(directory) < 0)
                r = -errno;
        *ret_complete = r == -ENOSPC || after.st_size != before.st_size;
        int removed = remove_empty(directory, made);
        return r == 0 || r == -ENOSPC ? removed : r;
}
