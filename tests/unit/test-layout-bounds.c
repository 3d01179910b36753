/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks, tables and definitions at the edge of what can be, and beyond it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "layout-fixture.h"

static void what_is_no_layout_is_refused(void **state)
{
        static struct layout_item many[LAYOUT_ITEMS_MAX + 1];
        const struct layout_item one[] = { fresh(10, 0), fresh(10, 0), foreign(1, 50, 10) };
        static const uint64_t grains[] = { 0, 1, 256, 4095, 4097, 12288, UINT64_MAX };

        for (size_t i = 0; i < ARRAY_SIZE(grains); i++) {
                const struct layout_disk disk = { 0, G(100), grains[i] };

                assert_refused(ERR_ARGUMENT, &disk, one, ARRAY_SIZE(one));
        }
        for (size_t i = 0; i < ARRAY_SIZE(many); i++)
                many[i] = foreign(1, 1, 1);
        assert_refused(ERR_ARGUMENT, &hundred, many, ARRAY_SIZE(many));
        assert_int_equal(layout_solve(&hundred, many, LAYOUT_ITEMS_MAX, places, &moved), ERR_OK);
        assert_int_equal(layout_solve(&hundred, many, 0, places, &moved), ERR_OK);
}

static void there_may_be_a_gap_behind_each_and_one_in_front(void **state)
{
        static struct layout_item items[LAYOUT_ITEMS_MAX];
        const struct layout_disk disk = { 0, G(2 * LAYOUT_ITEMS_MAX + 1), 4096 };

        for (size_t i = 0; i < LAYOUT_ITEMS_MAX; i++)
                items[i] = foreign((uint32_t)i, 2.0 * (double)i + 1, 1);
        assert_int_equal(layout_solve(&disk, items, LAYOUT_ITEMS_MAX, places, &moved), ERR_OK);
        for (size_t i = 0; i < LAYOUT_ITEMS_MAX; i++)
                assert_int_equal(places[i].padding_bytes, G(1));
}

static void an_end_beyond_all_numbers_is_refused(void **state)
{
        static const enum layout_kind kinds[] = { LAYOUT_REBUILT, LAYOUT_KEPT, LAYOUT_FOREIGN };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                struct layout_item item = make(kinds[i], 1, 0, 1);

                item.start_bytes = UINT64_MAX - 4095;
                assert_refused(ERR_ARGUMENT, &hundred, &item, 1);
                item.start_bytes = UINT64_MAX - 4096;
                assert_int_not_equal(layout_solve(&hundred, &item, 1, places, &moved), ERR_ARGUMENT);
        }
        struct layout_item item = fresh(10, 0);
        item.start_bytes = item.size_bytes = UINT64_MAX; /* of a new one they say nothing */
        assert_int_equal(layout_solve(&hundred, &item, 1, places, &moved), ERR_OK);
}

static void only_a_definition_that_stands_alone_takes_one_supplement(void **state)
{
        const struct layout_item itself[] = { supplementing(fresh(10, 0), 0) };
        const struct layout_item missing[] = { supplementing(fresh(10, 0), 2), fresh(10, 0) };
        const struct layout_item of_foreign[] = { supplementing(fresh(10, 0), 1), foreign(1, 0, 10) };
        const struct layout_item chain[] = { fresh(10, 0), supplementing(fresh(10, 0), 0), supplementing(fresh(10, 0), 1) };
        const struct layout_item twice[] = { fresh(10, 0), supplementing(fresh(10, 0), 0), supplementing(fresh(10, 0), 0) };
        const struct layout_item behind[] = { supplementing(fresh(10, 0), 1), fresh(10, 0) };

        assert_refused(ERR_ARGUMENT, &hundred, itself, ARRAY_SIZE(itself));
        assert_refused(ERR_ARGUMENT, &hundred, missing, ARRAY_SIZE(missing));
        assert_refused(ERR_ARGUMENT, &hundred, of_foreign, ARRAY_SIZE(of_foreign));
        assert_refused(ERR_ARGUMENT, &hundred, chain, ARRAY_SIZE(chain));
        assert_refused(ERR_ARGUMENT, &hundred, twice, ARRAY_SIZE(twice));
        ASSERT_LAYOUT(behind, MERGED, { 0, 100, 0 });
}

static void nothing_is_placed_where_partitions_overlap(void **state)
{
        const struct layout_item within[] = { fresh(10, 0), foreign(1, 10, 60), foreign(2, 20, 10), foreign(3, 80, 20) };
        const struct layout_item same_end[] = { fresh(11, 0), foreign(2, 10, 60), foreign(1, 20, 50) };
        const struct layout_item same_end_turned[] = { fresh(11, 0), foreign(1, 10, 60), foreign(2, 20, 50) };
        const struct layout_item kept_within[] = { kept(1, 10, 10), fresh(10, 10), foreign(2, 0, 60) };
        const struct layout_item rebuilt_within[] = { rebuilt(1, 10, 10), foreign(2, 0, 60) };
        const struct layout_item rebuilt_twice[] = { rebuilt(1, 10, 10), rebuilt(2, 10, 20) };

        ASSERT_LAYOUT(within, { 70, 10, 0 }, { 10, 60, 0 }, { 20, 10, 0 }, { 80, 20, 0 });
        ASSERT_LAYOUT(same_end, { 70, 30, 0 }, { 10, 60, 0 }, { 20, 50, 0 });
        ASSERT_LAYOUT(same_end_turned, { 70, 30, 0 }, { 10, 60, 0 }, { 20, 50, 0 });
        ASSERT_LAYOUT(kept_within, { 10, 10, 0 }, { 60, 10, 30 }, { 0, 60, 0 });
        ASSERT_LAYOUT(rebuilt_within, { 60, 40, 0 }, { 0, 60, 0 });
        assert_true(moved);
        ASSERT_LAYOUT(rebuilt_twice, { 0, 50, 0 }, { 50, 50, 0 });
        assert_true(moved);
}

/* Of a table whose sectors are none: a byte too little is too little. */
static void a_byte_counts(void **state)
{
        struct layout_item items[] = { kept(1, 0, 20), foreign(2, 20, 80) };

        ASSERT_LAYOUT(items, { 0, 20, 0 }, { 20, 80, 0 });
        items[0].size_bytes--; /* nothing rounds it, and nothing forbids it */
        ASSERT_LAYOUT(items, { 0, 20 - 1.0 / 4096, 0 }, { 20, 80, 0 });
        const struct layout_item within[] = { items[0], foreign(2, 0, 60) };
        ASSERT_LAYOUT(within, { 0, 20 - 1.0 / 4096, 0 }, { 0, 60, 40 });
        items[0].size_bytes -= 4095;
        ASSERT_LAYOUT(items, { 0, 20, 0 }, { 20, 80, 0 });
}

static void only_the_usable_range_is_used(void **state)
{
        const struct layout_disk disk = { G(10.5), G(99.5), 4096 };
        const struct layout_item items[] = { fresh(10, 0), foreign(1, 0, 10.5), foreign(2, 120, 10) };
        const struct layout_item in_front[] = { foreign(1, 0, 10.5) };
        const struct layout_item across[] = { fresh(10, 0), foreign(1, 0, 20), foreign(2, 90, 20) };
        const struct layout_item begins[] = { rebuilt(1, 10.5, 10) };
        const struct layout_item full[] = { foreign(1, 10.5, 89) };
        const struct layout_item above[] = { kept(1, 90, 20) };
        const struct layout_disk none = { G(100), G(10), 4096 };

        assert_layout_on(&disk, items, 3, (const struct expected[]){ { 11, 88, 0 }, { 0, 10.5, 0 }, { 120, 10, 0 } });
        assert_layout_on(&disk, in_front, 1, (const struct expected[]){ { 0, 10.5, 0 } });
        assert_layout_on(&disk, across, 3, (const struct expected[]){ { 20, 70, 0 }, { 0, 20, 0 }, { 90, 20, 0 } });
        assert_layout_on(&disk, begins, 1, (const struct expected[]){ { 10.5, 88, 0 } });
        assert_layout_on(&disk, full, 1, (const struct expected[]){ { 10.5, 89, 0 } });
        assert_layout_on(&disk, above, 1, (const struct expected[]){ { 90, 20, 0 } });
        assert_refused(ERR_NO_SPACE, &none, items, 3);
        assert_layout_on(&none, above, 1, (const struct expected[]){ { 90, 20, 0 } });
}

static void sectors_may_be_larger_than_the_grain_of_most_disks(void **state)
{
        const struct layout_disk disk = { G(4), G(100), 16384 };
        const struct layout_disk small = { 0, G(100), 512 };
        const struct layout_item items[] = { with_padding(fresh(5, 7), 1, 2), fresh(9, 10), foreign(1, 4, 4.5) };
        const struct layout_item nothing[] = { with_bounds(fresh(0, 0), 0, 0), fresh(0, 1) };
        struct layout_item tiny = fresh(0, 1);

        /* Minima are rounded up to 8, 4 and 12 of our grains, maxima down but never below. */
        assert_layout_on(&disk, items, 3, (const struct expected[]){ { 12, 8, 4 }, { 24, 12, 64 }, { 4, 4.5, 0 } });
        assert_layout_on(&hundred, nothing, 2, (const struct expected[]){ { 0, 99, 0 }, { 99, 1, 0 } });
        tiny.size_min_bytes = 1;
        tiny.size_max_bytes = 1;
        assert_layout_on(&small, &tiny, 1, (const struct expected[]){ { 0, 1, 99 } });
        tiny.size_floor_bytes = 4097;
        assert_int_equal(layout_solve(&small, &tiny, 1, places, &moved), ERR_OK);
        assert_int_equal(places[0].size_bytes, 4608);
}

static void the_largest_disk_is_shared_as_the_program_shares_it(void **state)
{
        const struct layout_disk disk = { 0, UINT64_C(1) << 63, 4096 };
        const struct layout_item items[] = { with_weight(fresh(1, 0), 1000000, 0), with_weight(fresh(1, 0), 1000000, 0) };
        const struct layout_item light[] = { with_weight(fresh(1, 0), 1, 0), with_weight(fresh(1, 0), 1000000, 0) };
        const struct layout_item third[] = { with_weight(fresh(1, 0), 5, 0), with_weight(fresh(1, 0), 10, 0) };
        const struct layout_disk odd = { 0, UINT64_MAX / 4839, 4096 };
        const struct layout_item just[] = { with_weight(fresh(1, 0), 4839, 0), with_weight(fresh(1, 0), 4839, 0) };
        const struct layout_item fifths[] = { with_weight(fresh(1, 0), 2, 0), with_weight(fresh(1, 0), 3, 0) };
        struct layout_item huge = fresh(1, 0);

        /* A weight is halved until it can be multiplied, what it is compared with is rounded up: 1 of 4 is left of a half. */
        assert_int_equal(layout_solve(&disk, items, 2, places, &moved), ERR_OK);
        assert_int_equal(places[0].size_bytes, UINT64_C(1) << 61);
        assert_int_equal(places[1].size_bytes, UINT64_C(3) << 61);
        assert_int_equal(layout_solve(&disk, light, 2, places, &moved), ERR_OK);
        assert_int_equal(places[0].size_bytes, (UINT64_C(1) << 63) / 1000001 / 4096 * 4096);
        assert_int_equal(layout_solve(&disk, third, 2, places, &moved), ERR_OK);
        assert_int_equal(places[0].size_bytes, UINT64_C(1) << 61);
        assert_int_equal(layout_solve(&odd, just, 2, places, &moved), ERR_OK);
        assert_int_equal(places[0].size_bytes, odd.end_bytes / 2 / 4096 * 4096); /* can just be multiplied: nothing is halved */
        assert_int_equal(layout_solve(&disk, fifths, 2, places, &moved), ERR_OK);
        assert_int_equal(places[0].size_bytes, (UINT64_C(1) << 63) / 3 / 4096 * 4096);
        huge.size_min_bytes = UINT64_MAX - 1;
        assert_refused(ERR_NO_SPACE, &disk, &huge, 1);
        huge.size_min_bytes = UINT64_MAX / 2 + 2;
        assert_refused(ERR_NO_SPACE, &disk, &huge, 1);
        huge.size_min_bytes = UINT64_MAX / 2 + 1;
        assert_int_equal(layout_solve(&disk, &huge, 1, places, &moved), ERR_OK);
        huge.padding_min_bytes = UINT64_MAX - 1;
        assert_refused(ERR_NO_SPACE, &disk, &huge, 1);
}

/* Thirty-two pairs can be taken apart in more ways than there is time: it ends all the same, and so it does with the deepest
 * ones. */
static void as_many_supplements_as_there_may_be_come_to_an_end(void **state)
{
        static struct layout_item items[65];

        for (int i = 0; i < 64; i += 2) {
                items[i] = fresh(1, 2);
                items[i + 1] = supplementing(fresh(1, 2), i);
        }
        items[64] = fresh(101, 0);
        assert_refused(ERR_NO_SPACE, &hundred, items, 65);
        items[64] = with_priority(fresh(101, 0), 1);
        assert_int_equal(layout_solve(&hundred, items, 65, places, &moved), ERR_OK);
        assert_int_equal(places[1].outcome, LAYOUT_MERGED);
        assert_int_equal(places[64].outcome, LAYOUT_DROPPED);
}

/* All three have to be on their own, and the way there leads by all pairs. */
static void three_supplements_are_taken_apart_together(void **state)
{
        const struct layout_item items[] = { kept(1, 0, 10),    supplementing(fresh(12, 12), 0),
                                             kept(2, 10, 10),   supplementing(fresh(12, 12), 2),
                                             kept(3, 20, 10),   supplementing(fresh(12, 12), 4),
                                             foreign(4, 30, 30) };

        ASSERT_LAYOUT(items, { 0, 10, 0 }, { 60, 12, 0 }, { 10, 10, 0 }, { 72, 12, 0 }, { 20, 10, 0 }, { 84, 12, 4 },
                      { 30, 30, 0 });
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_no_layout_is_refused),
                cmocka_unit_test(there_may_be_a_gap_behind_each_and_one_in_front),
                cmocka_unit_test(an_end_beyond_all_numbers_is_refused),
                cmocka_unit_test(only_a_definition_that_stands_alone_takes_one_supplement),
                cmocka_unit_test(nothing_is_placed_where_partitions_overlap),
                cmocka_unit_test(a_byte_counts),
                cmocka_unit_test(only_the_usable_range_is_used),
                cmocka_unit_test(sectors_may_be_larger_than_the_grain_of_most_disks),
                cmocka_unit_test(the_largest_disk_is_shared_as_the_program_shares_it),
                cmocka_unit_test(as_many_supplements_as_there_may_be_come_to_an_end),
                cmocka_unit_test(three_supplements_are_taken_apart_together),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
