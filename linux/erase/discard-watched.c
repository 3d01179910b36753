/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/discard-watched.h"

#include "common/media/media-markers.h"
#include "linux/base/cleanup.h"
#include "linux/base/random.h"
#include "linux/erase/discard.h"
#include "linux/media/media-purge.h"
#include "linux/media/media.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define ALIGNMENT 4096u /* satisfies O_DIRECT for every sector size we know */

struct look {
        uint32_t zeros, others, unreadable;
};

/* Past the page cache: what the device says, not what the kernel remembers. */
static int look_at(const char *path, const struct media_markers *places, struct look *ret)
{
        static const uint8_t zeros[MEDIA_MARKER_BLOCK_MAX];
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
        _cleanup_free_ void *block = NULL;
        struct look look = { 0 };
        if (fd < 0)
                return -errno;
        if (posix_memalign(&block, ALIGNMENT, places->block_bytes) != 0)
                return -ENOMEM;
        for (uint32_t i = 0; i < places->count; i++) {
                ssize_t n = pread(fd, block, places->block_bytes, (off_t)media_marker_offset(places, i));
                if (n != (ssize_t)places->block_bytes)
                        look.unreadable++;
                else if (memcmp(block, zeros, places->block_bytes) == 0)
                        look.zeros++;
                else
                        look.others++;
        }
        *ret = look;
        return 0;
}

static int look_after(const char *path, const struct media_markers *places, struct discard_evidence *evidence)
{
        struct look look;
        int r = look_at(path, places, &look);
        if (r < 0)
                return r;
        evidence->not_zero += look.others;
        evidence->unreadable += look.unreadable;
        return 0;
}

int discard_watched(const char *path, uint64_t size_bytes, uint32_t sector_size, struct discard_evidence *ret)
{
        const struct media_facts facts = { .size_bytes = size_bytes, .logical_sector = sector_size };
        struct media_markers markers, samples;
        uint8_t seed[MEDIA_MARKER_SEED];
        struct look look;
        *ret = (struct discard_evidence){ 0 };
        int r = random_bytes(seed, sizeof(seed));
        if (r == 0 && !media_markers_init(&samples, seed, size_bytes, sector_size))
                r = -EINVAL;
        if (r == 0)
                r = look_at(path, &samples, &look);
        if (r < 0)
                return r;
        ret->samples = samples.count;
        ret->data_before = look.others;
        r = media_write_markers(path, &facts, &markers);
        if (r < 0)
                return r;
        ret->markers = markers.count;
        ret->tried = true;
        ret->result = blockdev_discard(path, 0, size_bytes);
        if (ret->result < 0)
                return ret->result;
        ret->result = look_after(path, &markers, ret);
        if (ret->result == 0)
                ret->result = look_after(path, &samples, ret);
        return ret->result;
}
