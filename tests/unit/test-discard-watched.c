/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is seen of devices that discard as they should, in part, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "linux/base/blockdev.h"
#include "linux/erase/discard-watched.h"
#include "linux/erase/discard.h"

#define MIB (UINT64_C(1) << 20)

static char path[] = "/var/tmp/test-discard-XXXXXX";
static uint8_t content[8 << 20]; /* of the device, as it was before */
static enum { WORKS, DOES_NOTHING, REFUSES, FORGETS_THE_LAST_PAGE, GIVES_BACK_THE_NEWEST_ONLY } behaviour;

static void write_at(const void *data, size_t size, off_t offset)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, data, size, offset), (ssize_t)size);
        assert_int_equal(fsync(fd), 0);
        assert_int_equal(close(fd), 0);
}

/* In place of linux/erase/discard's. */
int blockdev_discard(const char *device, uint64_t offset, uint64_t length)
{
        uint8_t *zeros = calloc(1, length);

        assert_string_equal(device, path);
        assert_int_equal(offset, 0);
        if (behaviour == WORKS)
                write_at(zeros, length, 0);
        if (behaviour == FORGETS_THE_LAST_PAGE)
                write_at(zeros, length - 4096, 0);
        if (behaviour == GIVES_BACK_THE_NEWEST_ONLY) /* of before, everything is there */
                write_at(content, length, 0);
        free(zeros);
        return behaviour == REFUSES ? -EOPNOTSUPP : 0;
}

static void fill(uint64_t size_bytes, uint8_t byte)
{
        int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

        memset(content, byte, size_bytes);
        assert_true(fd >= 0 && close(fd) == 0);
        write_at(content, size_bytes, 0);
}

static int make_file(void **state)
{
        int fd = mkstemp(path);

        return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
        return unlink(path);
}

static void only_a_device_that_gives_back_everything_is_believed(void **state)
{
        static const struct {
                int behaviour;
                uint8_t before;
                bool proven;
        } cases[] = {
                { WORKS, 0x5a, true },
                { WORKS, 0, true }, /* a volume that was hardly used: the markers speak */
                { DOES_NOTHING, 0x5a, false },
                { DOES_NOTHING, 0, false },
                { REFUSES, 0x5a, false },
                { FORGETS_THE_LAST_PAGE, 0x5a, false },
                { GIVES_BACK_THE_NEWEST_ONLY, 0x5a, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct discard_evidence evidence;

                fill(8 * MIB, cases[i].before);
                behaviour = cases[i].behaviour;
                int r = discard_watched(path, 8 * MIB, 512, &evidence);
                assert_int_equal(r, cases[i].behaviour == REFUSES ? -EOPNOTSUPP : 0);
                assert_int_equal(evidence.markers, 258);
                assert_int_equal(evidence.samples, 258);
                assert_int_equal(evidence.data_before, cases[i].before ? 258 : 0);
                if (discard_is_proven(&evidence) != cases[i].proven)
                        fail_msg("case %zu", i);
        }
}

static void a_range_with_few_places_proves_nothing(void **state)
{
        struct discard_evidence evidence;

        behaviour = WORKS;
        fill(100 * 4096, 0x5a);
        (void)discard_watched(path, 100 * 4096, 512, &evidence);
        assert_false(discard_is_proven(&evidence));
        fill(4096, 0x5a);
        assert_int_equal(discard_watched(path, 4096, 512, &evidence), -EINVAL);
        assert_false(evidence.tried);
}

static void what_cannot_be_opened_proves_nothing(void **state)
{
        struct discard_evidence evidence = { .tried = true, .markers = 258, .samples = 258 };

        assert_true(discard_is_proven(&evidence)); /* the control */
        assert_int_equal(discard_watched("/nonexistent/device", 8 * MIB, 512, &evidence), -ENOENT);
        assert_false(discard_is_proven(&evidence));
}

static void every_member_of_the_evidence_counts(void **state)
{
        const struct discard_evidence good = { .tried = true, .markers = 258, .samples = 258 };
        struct discard_evidence bad[6];

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                bad[i] = good;
        assert_true(discard_is_proven(&good));
        bad[0].tried = false;
        bad[1].result = -EIO;
        bad[2].markers = 199;
        bad[3].samples = 199;
        bad[4].not_zero = 1;
        bad[5].unreadable = 1;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_false(discard_is_proven(&bad[i]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_a_device_that_gives_back_everything_is_believed),
                cmocka_unit_test(a_range_with_few_places_proves_nothing),
                cmocka_unit_test(what_cannot_be_opened_proves_nothing),
                cmocka_unit_test(every_member_of_the_evidence_counts),
        };

        return cmocka_run_group_tests(tests, make_file, remove_file);
}
