/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/file.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INTERRUPTED_MAX 16 /* in a row: efivarfs says EINTR for what the firmware aborts, and that may be each time */

int file_open_regular(int directory_fd, const char *path, int flags)
{
        struct stat status;
        int fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
        if (fd < 0)
                return -errno;
        int r = fstat(fd, &status) < 0 ? -errno : S_ISDIR(status.st_mode) ? -EISDIR : S_ISREG(status.st_mode) ? 0 : -EBADFD;
        if (r == 0)
                return fd;
        (void)close(fd);
        return r;
}

const char *file_read_error_text(int error)
{
        return error == -EBADFD ? "it is not a regular file" : error == -E2BIG ? "it is too large" : strerror(-error);
}

int file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size)
{
        _cleanup_close_ int fd = file_open_regular(directory_fd, path, 0);
        if (fd < 0)
                return fd;

        /* sizes in /proc and /sys lie: read until the end, one byte more than allowed to notice an excess */
        size_t capacity = 4096, size = 0;
        int interrupted = 0;
        _cleanup_free_ char *data = malloc(capacity + 1);
        if (!data)
                return -ENOMEM;
        for (;;) {
                if (size == capacity) {
                        if (capacity > max)
                                return -E2BIG;
                        capacity *= 2;
                        char *larger = realloc(data, capacity + 1);
                        if (!larger)
                                return -ENOMEM;
                        data = larger;
                }
                ssize_t n = read(fd, data + size, capacity - size);
                if (n < 0 && errno == EINTR && interrupted++ < INTERRUPTED_MAX)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                interrupted = 0;
                size += (size_t)n;
        }
        if (size > max)
                return -E2BIG;
        data[size] = 0;
        *ret_data = data;
        data = NULL;
        if (ret_size)
                *ret_size = size;
        return 0;
}

int write_all(int fd, const void *data, size_t size)
{
        const char *at = data;
        while (size > 0) {
                ssize_t n = write(fd, at, size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                at += n;
                size -= (size_t)n;
        }
        return 0;
}

static int write_synced(int directory_fd, const char *path, const void *data, size_t size, uint32_t mode)
{
        /* what is left over from an interrupted try, or put there by somebody else, is not written into */
        (void)unlinkat(directory_fd, path, 0);
        _cleanup_close_ int fd = openat(directory_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0)
                return -errno;
        int r = write_all(fd, data, size);
        if (r < 0)
                return r;
        return fsync(fd) < 0 ? -errno : 0;
}

static int sync_parent(int directory_fd, const char *path)
{
        char parent[256] = ".";
        const char *slash = strrchr(path, '/');
        if (slash) {
                if ((size_t)(slash - path) >= sizeof(parent))
                        return -ENAMETOOLONG;
                memcpy(parent, path, (size_t)(slash - path));
                parent[slash - path] = 0;
        }
        _cleanup_close_ int fd = openat(directory_fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return fsync(fd) < 0 ? -errno : 0;
}

int file_replace(int directory_fd, const char *path, const void *data, size_t size, uint32_t mode)
{
        char temporary[256];
        if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) >= sizeof(temporary))
                return -ENAMETOOLONG;
        int r = write_synced(directory_fd, temporary, data, size, mode);
        if (r == 0 && renameat(directory_fd, temporary, directory_fd, path) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlinkat(directory_fd, temporary, 0);
                return r;
        }
        return sync_parent(directory_fd, path);
}

int file_write_existing(const char *path, const char *text)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return -errno;
        return write_all(fd, text, strlen(text));
}

int make_directories(int directory_fd, const char *path, uint32_t mode)
{
        char partial[256];
        size_t length = strlen(path);
        if (length >= sizeof(partial))
                return -ENAMETOOLONG;
        for (size_t i = 1; i <= length; i++) {
                if (i < length && path[i] != '/')
                        continue;
                memcpy(partial, path, i);
                partial[i] = 0;
                if (mkdirat(directory_fd, partial, mode) < 0 && errno != EEXIST)
                        return -errno;
        }
        return 0;
}
