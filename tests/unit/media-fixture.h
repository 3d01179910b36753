/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of media adapters share: a disk that is a file, and what a device may do to it. */
#ifndef CLEANSLATE_TESTS_MEDIA_FIXTURE_H
#define CLEANSLATE_TESTS_MEDIA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/bytes.h"
#include "linux/media/media-adapter.h"
#include "linux/media/media-purge-adapter.h"
#include "tests/unit/expected-ioctls.h"
#include "tests/unit/scratch.h"

#include <linux/fs.h>

#define DISK_BYTES (4u << 20)

static struct {
        char directory[SCRATCH_PATH_MAX], path[SCRATCH_PATH_MAX + 8];
        int fd;
} disk = { .fd = -1 };

static inline bool takes_direct(const char *directory)
{
        char path[SCRATCH_PATH_MAX + 8];
        (void)snprintf(path, sizeof(path), "%s/probe", directory);
        int fd = open(path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);

        if (fd >= 0)
                (void)close(fd);
        return fd >= 0;
}

/* Full of old data: 0xdd everywhere. */
static inline int disk_set_up(void **state)
{
        static uint8_t old[DISK_BYTES];

        scratch_make(disk.directory, takes_direct);
        (void)snprintf(disk.path, sizeof(disk.path), "%s/disk", disk.directory);
        disk.fd = open(disk.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        memset(old, 0xdd, sizeof(old));
        return disk.fd >= 0 && write(disk.fd, old, sizeof(old)) == (ssize_t)sizeof(old) ? 0 : -1;
}

static inline int disk_tear_down(void **state)
{
        (void)close(disk.fd);
        scratch_remove(disk.directory);
        return 0;
}

static inline void disk_erase_range(off_t from, size_t size)
{
        static const uint8_t zeros[DISK_BYTES];

        assert_int_equal(pwrite(disk.fd, zeros, size, from), size);
}

static inline void disk_erases_all(void)
{
        disk_erase_range(0, DISK_BYTES);
}

static inline void disk_erases_all_but_the_last_block(void)
{
        disk_erase_range(0, DISK_BYTES - 4096);
}

static inline void disk_loses_its_end(void)
{
        disk_erases_all();
        assert_int_equal(ftruncate(disk.fd, DISK_BYTES / 2), 0);
}

/* How much of the old data is there, markers aside. */
static inline bool disk_holds_old_data(void)
{
        static uint8_t now[DISK_BYTES];
        size_t old = 0;

        assert_int_equal(pread(disk.fd, now, sizeof(now), 0), sizeof(now));
        for (size_t i = 0; i < sizeof(now); i++)
                old += now[i] == 0xdd;
        return old > DISK_BYTES / 2;
}

struct seen_progress {
        uint64_t last, total;
        unsigned calls;
};

static inline void see_progress(void *context, uint64_t done, uint64_t total)
{
        struct seen_progress *seen = context;

        seen->last = done;
        seen->total = total;
        seen->calls++;
}

#define FLUSHED                                                    \
        {                                                          \
                .what = "page cache dropped", .request = BLKFLSBUF \
        }

/* Runs media_purge over the list and checks that all of it was used. */
#define PURGE(list, facts, technique, ret_result) purge_by(list, ARRAY_SIZE(list), facts, technique, ret_result)
static inline int purge_by(const struct expected_ioctl *list, size_t count, const struct media_facts *facts,
                           enum media_technique technique, struct purge_result *ret)
{
        struct seen_progress seen = { 0 };
        struct meter meter = { .advance = see_progress, .context = &seen };

        expect_ioctls(list, count);
        int r = media_purge(disk.path, facts, technique, &meter, ret);
        expect_no_more_ioctls();
        assert_true(ret->words[0] != 0);
        assert_int_equal(ret->technique, technique);
        if (seen.calls > 0)
                assert_true(seen.last <= seen.total && seen.total == facts->size_bytes);
        return r;
}

static inline void assert_words(const struct purge_result *result, const char *part)
{
        if (!strstr(result->words, part))
                fail_msg("\"%s\" is not in: %s", part, result->words);
}

#endif
