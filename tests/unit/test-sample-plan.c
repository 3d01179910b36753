/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What NIST SP 800-88 Rev. 1, 4.7.3 asks of a sampled verification, for sizes from the least to exabytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/erase/sample-plan.h"

#define KIB UINT64_C(1024)
#define MIB (KIB << 10)
#define GIB (MIB << 10)

static const struct {
        uint64_t length;
        uint32_t sector;
} media[] = {
        { 20000 * 512, 512 }, /* the least: 1,000 subsections of 20 sectors */
        { 20999 * 512, 512 }, { 39999 * 512, 512 },          { 64 * MIB + 512, 512 }, { 80 * MIB, 4096 },
        { 1 * GIB, 512 },     { 7 * GIB + 13 * 4096, 4096 }, { 40 * GIB, 512 },       { 500 * GIB + 512, 512 },
};

static void every_rule_holds(void **state)
{
        for (size_t m = 0; m < ARRAY_SIZE(media); m++) {
                uint64_t length = media[m].length, sector = media[m].sector, end = 0, sum = 0;
                struct sample_plan plan;

                assert_true(sample_plan_init(length, media[m].sector, 4711 + m, &plan));
                assert_true(plan.subsections >= SAMPLE_SUBSECTIONS_MIN);
                assert_int_equal(plan.count, 2 * plan.subsections + 2);
                for (uint64_t i = 1; i + 1 < plan.count; i++) {
                        uint64_t offset, size, subsection = (i - 1) / 2;
                        uint64_t sectors = length / sector;
                        /* the bounds of an equal division, computed another way */
                        uint64_t base = sectors / plan.subsections, extra = sectors % plan.subsections;
                        uint64_t from = subsection * base + (subsection < extra ? subsection : extra);
                        uint64_t to = from + base + (subsection < extra);

                        sample_plan_at(&plan, i, &offset, &size);
                        assert_true(offset % sector == 0 && size % sector == 0);
                        assert_true(offset >= end); /* ascending, none overlaps the one before */
                        assert_true(offset >= from * sector && offset + size <= to * sector);
                        assert_true(size * 20 >= (to - from) * sector); /* 5 % */
                        assert_true(size <= MIB);
                        end = offset + size;
                        sum += size;
                }
                assert_true(end <= length);
                assert_true(sum * 10 >= length); /* 10 % */
                assert_true(sum <= length / 4);  /* and it is worth it */
                assert_int_equal(sample_plan_bytes(&plan), sum + 2 * sector);
        }
}

static void the_first_and_the_last_sector_are_always_read(void **state)
{
        for (size_t m = 0; m < ARRAY_SIZE(media); m++) {
                struct sample_plan plan;
                uint64_t offset, size;

                assert_true(sample_plan_init(media[m].length, media[m].sector, m, &plan));
                sample_plan_at(&plan, 0, &offset, &size);
                assert_int_equal(offset, 0);
                assert_int_equal(size, media[m].sector);
                sample_plan_at(&plan, plan.count - 1, &offset, &size);
                assert_int_equal(offset + size, media[m].length);
                assert_int_equal(size, media[m].sector);
        }
}

static void the_seed_decides_and_nothing_else(void **state)
{
        struct sample_plan a, again, b;
        uint64_t same = 0;

        assert_true(sample_plan_init(GIB, 512, 1, &a));
        assert_true(sample_plan_init(GIB, 512, 1, &again));
        assert_true(sample_plan_init(GIB, 512, 2, &b));
        for (uint64_t i = 1; i + 1 < a.count; i++) {
                uint64_t offset_a, offset_again, offset_b, size;

                sample_plan_at(&a, i, &offset_a, &size);
                sample_plan_at(&again, a.count - 1 - i, &offset_again, &size); /* in another order, too */
                sample_plan_at(&again, i, &offset_again, &size);
                sample_plan_at(&b, i, &offset_b, &size);
                assert_int_equal(offset_a, offset_again);
                same += offset_a == offset_b;
        }
        assert_true(same < a.count / 50);
}

/* A record of years ago must name the same sectors: the choice is a format. */
static void the_choice_for_a_seed_is_pinned(void **state)
{
        static const uint64_t expected[] = { 1128, 1476, 2957, 3389 }; /* by another program */
        struct sample_plan plan;
        uint64_t offset, size;

        assert_true(sample_plan_init(GIB, 512, 42, &plan));
        for (uint64_t i = 0; i < ARRAY_SIZE(expected); i++) {
                sample_plan_at(&plan, i + 1, &offset, &size);
                assert_int_equal(offset / 512, expected[i]);
        }
}

static void samples_fall_everywhere(void **state)
{
        struct sample_plan plan;
        uint64_t offset, size, tenth[10] = { 0 }, from;

        assert_true(sample_plan_init(1000 * MIB, 512, 7, &plan)); /* subsections of 2048 sectors */
        for (uint64_t i = 1; i + 1 < plan.count; i++) {
                sample_plan_at(&plan, i, &offset, &size);
                from = offset / 512 % 2048;
                tenth[from * 10 / 2048]++;
        }
        for (size_t i = 0; i < ARRAY_SIZE(tenth); i++)
                assert_in_range(tenth[i], 80, 320); /* of 2,000 */
}

static void what_is_too_small_or_not_whole_is_refused(void **state)
{
        struct sample_plan plan, before;

        memset(&plan, 0x5a, sizeof(plan));
        memcpy(&before, &plan, sizeof(before)); /* its holes too: nothing at all is touched */
        assert_false(sample_plan_init(0, 512, 1, &plan));
        assert_false(sample_plan_init(19999 * 512, 512, 1, &plan));
        assert_false(sample_plan_init(GIB + 1, 512, 1, &plan));
        assert_false(sample_plan_init(GIB, 0, 1, &plan));
        assert_false(sample_plan_init(GIB, 2 * MIB, 1, &plan));
        assert_memory_equal(&plan, &before, sizeof(plan));
}

static void the_largest_medium_does_not_overflow(void **state)
{
        const uint64_t length = UINT64_MAX / 4096 * 4096;
        struct sample_plan plan;
        uint64_t offset, size;

        assert_true(sample_plan_init(length, 4096, 9, &plan));
        for (uint64_t i = plan.count - 1000; i < plan.count; i++) {
                sample_plan_at(&plan, i, &offset, &size);
                assert_true(offset > length - 1000 * 21 * MIB && size <= length - offset);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_rule_holds),
                cmocka_unit_test(the_first_and_the_last_sector_are_always_read),
                cmocka_unit_test(the_seed_decides_and_nothing_else),
                cmocka_unit_test(the_choice_for_a_seed_is_pinned),
                cmocka_unit_test(samples_fall_everywhere),
                cmocka_unit_test(what_is_too_small_or_not_whole_is_refused),
                cmocka_unit_test(the_largest_medium_does_not_overflow),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
