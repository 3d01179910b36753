/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where new partitions go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/plan/layout.h"

#define MIB(number) ((uint64_t)(number) << 20)

static const struct layout_area disk = { .start_bytes = MIB(1), .size_bytes = MIB(1000) };

static void assert_area(struct layout_area area, uint64_t start, uint64_t end)
{
        assert_int_equal(area.start_bytes, start);
        assert_int_equal(area.start_bytes + area.size_bytes, end);
}

static void an_empty_disk_is_free_as_a_whole(void **state)
{
        assert_area(layout_largest_free(&disk, NULL, 0), MIB(1), MIB(1001));
}

static void edges_are_moved_inwards_to_the_grain(void **state)
{
        const struct layout_area usable = { .start_bytes = 17408, .size_bytes = MIB(10) };
        const struct layout_area taken = { .start_bytes = MIB(1), .size_bytes = MIB(2) + 1 };
        const struct layout_area before = { .start_bytes = MIB(8) - 1, .size_bytes = MIB(100) };
        struct layout_area both[] = { taken, before };

        assert_area(layout_largest_free(&usable, NULL, 0), MIB(1), MIB(10));
        assert_area(layout_largest_free(&usable, &taken, 1), MIB(4), MIB(10));
        assert_area(layout_largest_free(&usable, both, 2), MIB(4), MIB(7));
}

static void the_largest_gap_wins_whatever_the_order(void **state)
{
        const struct layout_area taken[] = {
                { MIB(700), MIB(10) }, { MIB(100), MIB(50) }, { MIB(120), MIB(10) }, /* within the one above */
                { MIB(300), MIB(0) },                                                /* empty: takes nothing */
                { MIB(1), MIB(9) },
        };

        assert_area(layout_largest_free(&disk, taken, ARRAY_SIZE(taken)), MIB(150), MIB(700));
}

static void of_equal_gaps_the_first_wins(void **state)
{
        const struct layout_area taken[] = { { MIB(401), MIB(200) }, { MIB(2000), MIB(1) } };

        assert_area(layout_largest_free(&disk, taken, ARRAY_SIZE(taken)), MIB(1), MIB(401));
}

static void areas_outside_or_overflowing_do_no_harm(void **state)
{
        const struct layout_area taken[] = {
                { MIB(500), UINT64_MAX },
                { UINT64_MAX, UINT64_MAX },
                { UINT64_MAX - 5, 3 },
                { 0, 512 },
        };
        const struct layout_area everything = { 0, UINT64_MAX };

        assert_area(layout_largest_free(&disk, taken, ARRAY_SIZE(taken)), MIB(1), MIB(500));
        assert_int_equal(layout_largest_free(&disk, &everything, 1).size_bytes, 0);
        assert_area(layout_largest_free(&everything, NULL, 0), 0, UINT64_MAX - UINT64_MAX % MIB(1));
        assert_int_equal(layout_largest_free(&(struct layout_area){ UINT64_MAX, UINT64_MAX }, NULL, 0).size_bytes, 0);
        assert_int_equal(layout_largest_free(&(struct layout_area){ 5, 0 }, NULL, 0).size_bytes, 0);
        const uint64_t last = UINT64_MAX - UINT64_MAX % MIB(1);
        assert_area(layout_largest_free(&(struct layout_area){ last, 512 }, NULL, 0), last, last);
}

static void gaps_are_what_no_area_takes(void **state)
{
        const struct layout_area usable = { 17408, MIB(10) - 17408 };
        const struct layout_area taken[] = {
                { MIB(4), MIB(2) },     { MIB(1), MIB(1) + 512 },
                { MIB(5), MIB(2) }, /* reaches beyond the one above */
                { MIB(3), 0 },          { 0, 17920 },
                { MIB(9), UINT64_MAX },
        };
        struct layout_area gaps[ARRAY_SIZE(taken) + 1];

        assert_int_equal(layout_gaps(&usable, taken, ARRAY_SIZE(taken), gaps, ARRAY_SIZE(gaps)), 3);
        assert_area(gaps[0], 17920, MIB(1));
        assert_area(gaps[1], MIB(2) + 512, MIB(4));
        assert_area(gaps[2], MIB(7), MIB(9));
        assert_int_equal(layout_gaps(&usable, NULL, 0, gaps, ARRAY_SIZE(gaps)), 1);
        assert_area(gaps[0], 17408, MIB(10));
        assert_int_equal(layout_gaps(&usable, &usable, 1, gaps, ARRAY_SIZE(gaps)), 0);
        assert_int_equal(layout_gaps(&(struct layout_area){ 5, 0 }, NULL, 0, gaps, ARRAY_SIZE(gaps)), 0);
        gaps[0] = (struct layout_area){ 7, 7 };
        assert_int_equal(layout_gaps(&usable, taken, ARRAY_SIZE(taken), gaps, 0), 3);
        assert_area(gaps[0], 7, 14); /* counted, not written */
        const struct layout_area byte = { MIB(2), 1 };
        assert_int_equal(layout_gaps(&usable, &byte, 1, gaps, ARRAY_SIZE(gaps)), 2);
        assert_area(gaps[1], MIB(2) + 1, MIB(10));
}

static void areas_that_only_touch_do_not_overlap(void **state)
{
        const struct layout_area a = { 10, 10 }, b = { 20, 10 }, c = { 19, 1 }, empty = { 15, 0 };

        assert_false(layout_areas_overlap(&a, &b));
        assert_true(layout_areas_overlap(&a, &c));
        assert_true(layout_areas_overlap(&c, &a));
        assert_false(layout_areas_overlap(&a, &empty));
        assert_false(layout_areas_overlap(&empty, &a));
}

static void place(uint64_t size, const struct layout_demand *demands, size_t count, const uint64_t *sizes_mib)
{
        struct layout_area area = { MIB(7), size }, placed[LAYOUT_DEMANDS_MAX];
        uint64_t at = MIB(7);

        assert_int_equal(layout_place(&area, demands, count, placed), ERR_OK);
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(placed[i].start_bytes, at);
                assert_int_equal(placed[i].size_bytes, MIB(sizes_mib[i]));
                at += placed[i].size_bytes;
        }
}

static void minima_come_first_then_weights(void **state)
{
        const struct layout_demand fixed_and_growing[] = { { MIB(64), MIB(64), 1000 }, { MIB(512), UINT64_MAX, 1000 } };
        const struct layout_demand weighted[] = { { MIB(100), UINT64_MAX, 1000 }, { MIB(10), UINT64_MAX, 3000 } };
        const struct layout_demand weightless[] = { { MIB(10), UINT64_MAX, 0 }, { MIB(20), UINT64_MAX, 0 } };

        place(MIB(1000), fixed_and_growing, 2, (uint64_t[]){ 64, 936 });
        place(MIB(510), weighted, 2, (uint64_t[]){ 200, 310 });
        place(MIB(510), weightless, 2, (uint64_t[]){ 10, 20 });
}

static void what_one_cannot_take_goes_to_the_others(void **state)
{
        const struct layout_demand demands[] = {
                { MIB(10), MIB(20), 5000 },
                { MIB(10), UINT64_MAX, 1000 },
                { MIB(10), MIB(100), 1000 },
        };
        const struct layout_demand capped[] = { { MIB(1), MIB(2), 1 }, { MIB(1), MIB(3), 1 } };

        place(MIB(130), demands, 3, (uint64_t[]){ 20, 55, 55 });
        place(MIB(1020), demands, 3, (uint64_t[]){ 20, 900, 100 });
        const struct layout_demand cascade[] = { { MIB(1), MIB(2), 1 }, { MIB(1), MIB(40), 1 }, { MIB(1), UINT64_MAX, 1 } };

        place(MIB(100), capped, 2, (uint64_t[]){ 2, 3 });
        place(MIB(100), capped, 1, (uint64_t[]){ 2 });
        place(MIB(103), cascade, 3, (uint64_t[]){ 2, 40, 61 }); /* the second one is full once the first one is */
}

static void as_many_as_there_may_be_share_one_place(void **state)
{
        struct layout_demand demands[LAYOUT_DEMANDS_MAX];
        uint64_t sizes[LAYOUT_DEMANDS_MAX];

        for (size_t i = 0; i < LAYOUT_DEMANDS_MAX; i++) {
                demands[i] = (struct layout_demand){ MIB(1), MIB(3), 1 };
                sizes[i] = 3;
        }
        place(MIB(1000), demands, LAYOUT_DEMANDS_MAX, sizes); /* and something is left */
}

/* A weight has a bound, so that products fit. */
static void larger_weights_count_as_a_million(void **state)
{
        const struct layout_demand demands[] = { { 0, UINT64_MAX, UINT32_MAX }, { 0, UINT64_MAX, 999999 } };

        place(MIB(1000000000), demands, 2, (uint64_t[]){ 500000251, 499999749 });
}

static void rounding_loses_nothing(void **state)
{
        const struct layout_demand demands[] = {
                { MIB(1), UINT64_MAX, 1 },
                { MIB(1), UINT64_MAX, 1 },
                { MIB(1), UINT64_MAX, 1 },
        };

        place(MIB(103), demands, 3, (uint64_t[]){ 35, 34, 34 });
        place(MIB(104), demands, 3, (uint64_t[]){ 35, 35, 34 });
}

static void odd_sizes_are_rounded_to_the_grain(void **state)
{
        const struct layout_demand demands[] = { { MIB(3) + 1, MIB(5) - 1, 1000 }, { 0, 0, 1000 } };

        place(MIB(100), demands, 2, (uint64_t[]){ 4, 1 });
}

static void what_does_not_fit_is_refused(void **state)
{
        const struct layout_demand demands[] = { { MIB(50), UINT64_MAX, 1000 }, { MIB(50), UINT64_MAX, 1000 } };
        const struct layout_demand huge[] = { { UINT64_MAX, UINT64_MAX, 1000 }, { UINT64_MAX, UINT64_MAX, 1000 } };
        struct layout_area area = { MIB(1), MIB(100) - 1 }, placed[2] = { { 7, 7 }, { 7, 7 } };

        assert_int_equal(layout_place(&area, demands, 2, placed), ERR_NO_SPACE);
        assert_int_equal(placed[0].start_bytes, 7);
        assert_int_equal(layout_place(&(struct layout_area){ 0, UINT64_MAX }, huge, 2, placed), ERR_NO_SPACE);
        assert_int_equal(layout_place(&(struct layout_area){ 0, 0 }, demands, 1, placed), ERR_NO_SPACE);
        const struct layout_demand anything = { 0, 0, 0 };
        assert_int_equal(layout_place(&(struct layout_area){ MIB(3), 0 }, &anything, 1, placed), ERR_NO_SPACE);
        assert_int_equal(layout_place(&(struct layout_area){ MIB(3), MIB(1) }, &anything, 1, placed), ERR_OK);
        placed[0] = (struct layout_area){ 7, 7 };
        assert_int_equal(layout_place(&area, demands, LAYOUT_DEMANDS_MAX + 1, placed), ERR_ARGUMENT);
        area.size_bytes = MIB(100);
        assert_int_equal(layout_place(&area, demands, 2, placed), ERR_OK);
}

static void the_largest_numbers_do_not_overflow(void **state)
{
        struct layout_demand demands[LAYOUT_DEMANDS_MAX];
        struct layout_area placed[LAYOUT_DEMANDS_MAX];
        uint64_t end = 0;

        for (size_t i = 0; i < LAYOUT_DEMANDS_MAX; i++)
                demands[i] = (struct layout_demand){ 0, UINT64_MAX, UINT32_MAX };
        assert_int_equal(layout_place(&(struct layout_area){ 0, UINT64_MAX }, demands, LAYOUT_DEMANDS_MAX, placed), ERR_OK);
        for (size_t i = 0; i < LAYOUT_DEMANDS_MAX; i++) {
                assert_int_equal(placed[i].start_bytes, end);
                assert_in_range(placed[i].size_bytes, UINT64_C(1) << 59, UINT64_C(1) << 60);
                end += placed[i].size_bytes;
        }
        assert_int_equal(end, UINT64_MAX - UINT64_MAX % MIB(1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_disk_is_free_as_a_whole),
                cmocka_unit_test(edges_are_moved_inwards_to_the_grain),
                cmocka_unit_test(the_largest_gap_wins_whatever_the_order),
                cmocka_unit_test(of_equal_gaps_the_first_wins),
                cmocka_unit_test(areas_outside_or_overflowing_do_no_harm),
                cmocka_unit_test(gaps_are_what_no_area_takes),
                cmocka_unit_test(areas_that_only_touch_do_not_overlap),
                cmocka_unit_test(minima_come_first_then_weights),
                cmocka_unit_test(what_one_cannot_take_goes_to_the_others),
                cmocka_unit_test(rounding_loses_nothing),
                cmocka_unit_test(odd_sizes_are_rounded_to_the_grain),
                cmocka_unit_test(what_does_not_fit_is_refused),
                cmocka_unit_test(the_largest_numbers_do_not_overflow),
                cmocka_unit_test(as_many_as_there_may_be_share_one_place),
                cmocka_unit_test(larger_weights_count_as_a_million),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
