/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markers on a device; see media-purge.h and common/media/media-markers.h. */
#include "linux/base/cleanup.h"
#include "linux/base/random.h"
#include "linux/media/media-purge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define ALIGNMENT 4096u /* satisfies O_DIRECT for every sector size we know */

static int transfer(int fd, uint8_t *block, const struct media_markers *markers, uint32_t index, bool out)
{
        off_t at = (off_t)media_marker_offset(markers, index);
        ssize_t n;

        do
                n = out ? pwrite(fd, block, markers->block_bytes, at) : pread(fd, block, markers->block_bytes, at);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        return (size_t)n == markers->block_bytes ? 0 : -EIO;
}

int media_markers_gone(const char *path, const struct media_markers *markers, struct media_marker_count *ret)
{
        struct media_marker_count count = { .written = markers->count };
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
        _cleanup_free_ void *block = NULL;

        if (fd < 0)
                return -errno;
        if (posix_memalign(&block, ALIGNMENT, markers->block_bytes) != 0)
                return -ENOMEM;
        for (uint32_t i = 0; i < markers->count; i++) {
                if (transfer(fd, block, markers, i, false) < 0) {
                        count.unreadable++;
                } else if (!media_marker_remains(markers, i, block)) {
                        count.gone++;
                } else if (count.remaining++ == 0) {
                        count.first_remaining_offset = media_marker_offset(markers, i);
                }
        }
        *ret = count;
        return 0;
}

static int write_all_markers(const char *path, const struct media_markers *markers)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
        _cleanup_free_ void *block = NULL;

        if (fd < 0)
                return -errno;
        if (posix_memalign(&block, ALIGNMENT, markers->block_bytes) != 0)
                return -ENOMEM;
        for (uint32_t i = 0; i < markers->count; i++) {
                media_marker_fill(markers, i, block);
                int r = transfer(fd, block, markers, i, true);
                if (r < 0)
                        return r;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

int media_write_markers(const char *path, const struct media_facts *facts, struct media_markers *ret)
{
        uint8_t seed[MEDIA_MARKER_SEED];
        struct media_markers markers;
        struct media_marker_count count;
        int r = random_bytes(seed, sizeof(seed));

        if (r == 0 && !media_markers_init(&markers, seed, facts->size_bytes, facts->logical_sector))
                r = -EINVAL;
        if (r == 0)
                r = write_all_markers(path, &markers);
        if (r == 0)
                r = media_markers_gone(path, &markers, &count);
        if (r < 0)
                return r;
        if (count.remaining != markers.count) /* their absence would prove nothing */
                return -EIO;
        *ret = markers;
        return 0;
}
