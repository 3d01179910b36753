/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who gets which place, rule by rule. Sizes are in grains of 4096 bytes, so that a disk of 100 of them can be drawn on paper;
 * what systemd-repart was measured to do is in test-layout-cases.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "layout-fixture.h"

static void the_smallest_gap_that_has_room_is_filled_first(void **state)
{
        const struct layout_item items[] = { fresh(20, 20), fresh(20, 20), fresh(6, 6), foreign(1, 30, 10), foreign(2, 65, 10) };

        /* Gaps: 0..30, 40..65, 75..100. Of the two of 25, the one behind the lower number comes first. */
        ASSERT_LAYOUT(items, { 40, 20, 5 }, { 75, 20, 5 }, { 0, 6, 24 }, { 30, 10, 0 }, { 65, 10, 0 });
        assert_false(moved);
        assert_int_equal(places[0].rank, 0);
        assert_int_equal(places[1].rank, 1);
        assert_int_equal(places[2].rank, 2);
}

static void of_equal_gaps_the_one_behind_the_lower_number_comes_first(void **state)
{
        const struct layout_item items[] = { fresh(20, 20), fresh(10, 10), foreign(2, 25, 25), foreign(1, 75, 0.5),
                                             foreign(3, 76, 24) };
        const struct layout_item front[] = { fresh(20, 20), fresh(10, 10), foreign(1, 25, 50) };

        /* 0..25 and 50..75: what begins the disk comes last. */
        ASSERT_LAYOUT(items, { 50, 20, 5 }, { 0, 10, 15 }, { 25, 25, 0 }, { 75, 0.5, 0 }, { 76, 24, 0 });
        assert_int_equal(places[0].rank, 0);
        assert_int_equal(places[1].rank, 1);
        ASSERT_LAYOUT(front, { 75, 20, 5 }, { 0, 10, 15 }, { 25, 50, 0 });
        const struct layout_item swapped[] = { fresh(20, 20), foreign(2, 0, 25), foreign(1, 50, 25) };
        ASSERT_LAYOUT(swapped, { 75, 20, 5 }, { 0, 25, 25 }, { 50, 25, 0 });
        /* Equal numbers, as reserved areas may have: the order of the items. */
        const struct layout_item alike[] = { fresh(20, 20), foreign(7, 50, 25), foreign(7, 0, 25) };
        ASSERT_LAYOUT(alike, { 75, 20, 5 }, { 50, 25, 0 }, { 0, 25, 25 });
}

static void numbers_follow_the_gaps_and_not_the_definitions(void **state)
{
        const struct layout_item items[] = { fresh(30, 30), fresh(5, 5), foreign(1, 60, 20) };

        ASSERT_LAYOUT(items, { 0, 30, 30 }, { 80, 5, 15 }, { 60, 20, 0 });
        assert_int_equal(places[0].rank, 1);
        assert_int_equal(places[1].rank, 0);
}

static void a_partition_that_stays_grows_into_the_gap_behind_it_first(void **state)
{
        /* Of 40..100 it needs ten itself, and has padding of ten. */
        const struct layout_item items[] = { with_padding(with_bounds(kept(1, 20, 20), 30, 30), 10, 0), fresh(40, 0) };
        const struct layout_item more[] = { with_padding(with_bounds(kept(1, 20, 20), 30, 30), 10, 0), fresh(41, 0) };
        const struct layout_item share[] = { kept(1, 0, 20), fresh(10, 0) };
        const struct layout_item large[] = { with_bounds(kept(1, 0, 60), 10, 30), fresh(10, 0) };

        ASSERT_LAYOUT(items, { 20, 30, 10 }, { 60, 40, 0 });
        ASSERT_NO_SPACE(more);
        ASSERT_LAYOUT(share, { 0, 50, 0 }, { 50, 50, 0 });
        ASSERT_LAYOUT(large, { 0, 60, 0 }, { 60, 40, 0 }); /* never smaller, whatever its maximum */
}

static void what_cannot_grow_to_its_minimum_refuses_all(void **state)
{
        const struct layout_item enclosed[] = { with_bounds(kept(1, 0, 20), 31, 0), foreign(2, 50, 50) };
        const struct layout_item fits[] = { with_bounds(kept(1, 0, 20), 50, 0), foreign(2, 50, 50) };
        const struct layout_item too_large[] = { with_bounds(kept(1, 0, 20), 51, 0), foreign(2, 50, 50) };
        const struct layout_item full[] = { with_bounds(kept(1, 0, 50), 51, 0), foreign(2, 50, 50) };
        const struct layout_item small[] = { kept(1, 0, 5), foreign(2, 5, 95) };

        ASSERT_LAYOUT(enclosed, { 0, 50, 0 }, { 50, 50, 0 });
        ASSERT_LAYOUT(fits, { 0, 50, 0 }, { 50, 50, 0 });
        ASSERT_NO_SPACE(too_large);
        ASSERT_NO_SPACE(full);
        ASSERT_NO_SPACE(small); /* the default of ten counts for it, too */
}

static void what_may_be_left_out_stays_as_it_is_when_it_cannot_grow(void **state)
{
        const struct layout_item items[] = { with_priority(with_padding(with_bounds(kept(1, 0, 20), 60, 0), 5, 0), 1),
                                             fresh(10, 0), foreign(2, 50, 50) };

        ASSERT_LAYOUT(items, { 0, 20, 0 }, { 20, 30, 0 }, { 50, 50, 0 });
}

static void what_is_off_the_grain_is_rounded_by_the_gap_behind_it(void **state)
{
        const struct layout_item growing[] = { kept(1, 0.5, 20.25), fresh(10, 0) };
        const struct layout_item staying[] = { foreign(1, 0.5, 20.25), fresh(10, 0) };
        const struct layout_item enclosed[] = { kept(1, 0, 20.5), foreign(2, 20.5, 79.5) };
        const struct layout_item small[] = { with_bounds(kept(1, 0, 20.5), 21, 0), foreign(2, 20.5, 79.5) };
        const struct layout_item padded[] = { with_padding(kept(1, 0, 20.5), 1, 0), foreign(2, 20.5, 79.5) };
        const struct layout_item nearly[] = { with_padding(kept(1, 0.5, 20), 1, 0), foreign(2, 22, 78) };
        const struct layout_item odd[] = { with_bounds(kept(1, 0.5, 20.25), 0, 5), fresh(10, 10), foreign(2, 60.5, 39.5) };

        ASSERT_LAYOUT(growing, { 0.5, 49, 0 }, { 50, 50, 0 });
        ASSERT_LAYOUT(staying, { 0.5, 20.25, 0 }, { 21, 78, 0 });   /* its size is rounded for itself, too */
        ASSERT_LAYOUT(enclosed, { 0, 20.5, 0 }, { 20.5, 79.5, 0 }); /* there is no gap to round its end in: it stays as it is */
        ASSERT_NO_SPACE(small);
        ASSERT_NO_SPACE(padded);
        ASSERT_LAYOUT(nearly, { 0.5, 20, 1 }, { 22, 78, 0 }); /* less than a grain short of its padding, which is rounded away */
        ASSERT_LAYOUT(odd, { 0.5, 20.25, 0 }, { 21, 10, 28 }, { 60.5, 39.5, 0 });
}

static void weights_share_what_minima_and_maxima_leave(void **state)
{
        const struct layout_item weights[] = { with_weight(fresh(1, 0), 3000, 0), with_weight(fresh(1, 0), 1000, 0) };
        const struct layout_item minimum[] = { with_weight(fresh(1, 0), 3000, 0), with_weight(fresh(40, 0), 1000, 0) };
        const struct layout_item maximum[] = { with_weight(fresh(1, 20), 3000, 0), with_weight(fresh(1, 0), 1000, 0) };
        const struct layout_item rounding[] = { fresh(1, 0), fresh(1, 0), fresh(1, 0) };
        const struct layout_item padding[] = { with_weight(with_padding(fresh(1, 0), 0, 7), 1000, 1000), fresh(1, 0) };
        const struct layout_item off_grain[] = { with_weight(with_padding(fresh(1, 0), 1.5, 7.5), 1000, 1000), fresh(1, 0) };
        const struct layout_item paddings[] = { with_weight(with_padding(fresh(1, 0), 70, 0), 1000, 1), fresh(1, 0) };
        const struct layout_item crossed[] = { with_padding(fresh(1, 10), 9, 7), fresh(1, 10) };

        ASSERT_LAYOUT(weights, { 0, 75, 0 }, { 75, 25, 0 });
        ASSERT_LAYOUT(minimum, { 0, 60, 0 }, { 60, 40, 0 });
        ASSERT_LAYOUT(maximum, { 0, 20, 0 }, { 20, 80, 0 });
        ASSERT_LAYOUT(rounding, { 0, 33, 0 }, { 33, 33, 0 }, { 66, 34, 0 });
        ASSERT_LAYOUT(padding, { 0, 46, 7 }, { 53, 47, 0 });
        ASSERT_LAYOUT(off_grain, { 0, 46, 7 }, { 53, 47, 0 });
        ASSERT_LAYOUT(paddings, { 0, 15, 70 }, { 85, 15, 0 });
        ASSERT_LAYOUT(crossed, { 0, 10, 9 }, { 19, 10, 71 });
}

static void a_rest_goes_to_whoever_takes_it_and_lies_behind_the_last_else(void **state)
{
        const struct layout_item front[] = { with_weight(kept(1, 0, 20), 0, 0), with_weight(fresh(10, 0), 0, 0) };
        const struct layout_item behind[] = { with_weight(with_bounds(kept(1, 0, 20), 0, 30), 0, 0),
                                              with_weight(fresh(10, 15), 0, 0), with_weight(fresh(10, 0), 0, 0),
                                              with_weight(fresh(10, 0), 0, 0) };
        const struct layout_item nobody[] = { with_bounds(kept(1, 0, 20), 0, 30), fresh(10, 15), fresh(5, 6) };
        const struct layout_item alone[] = { with_bounds(kept(1, 10, 20), 0, 30) };
        const struct layout_item in_order[] = { fresh(10, 15), with_weight(kept(1, 0, 20), 0, 0) };

        ASSERT_LAYOUT(front, { 0, 90, 0 }, { 90, 10, 0 });
        ASSERT_LAYOUT(behind, { 0, 30, 0 }, { 30, 15, 0 }, { 45, 45, 0 }, { 90, 10, 0 });
        ASSERT_LAYOUT(nobody, { 0, 30, 0 }, { 30, 15, 0 }, { 45, 6, 49 });
        ASSERT_LAYOUT(alone, { 10, 30, 60 });
        ASSERT_LAYOUT(in_order, { 85, 15, 0 }, { 0, 85, 0 }); /* as they lie on the disk, not as they are defined */
}

static void the_highest_number_is_left_out_first_and_only_above_zero(void **state)
{
        const struct layout_item items[] = { with_priority(fresh(40, 0), 1), with_priority(fresh(40, 0), 2),
                                             with_priority(fresh(10, 0), 2), with_priority(fresh(40, 0), 0),
                                             with_priority(fresh(10, 0), -1) };
        const struct layout_item two[] = { with_priority(fresh(60, 0), 1), with_priority(fresh(60, 0), 5), fresh(60, 0) };
        const struct layout_item none[] = { with_priority(fresh(60, 0), 0), with_priority(fresh(60, 0), -1) };

        ASSERT_LAYOUT(items, { 0, 40, 0 }, GONE, GONE, { 40, 40, 0 }, { 80, 20, 0 });
        ASSERT_LAYOUT(two, GONE, GONE, { 0, 100, 0 });
        ASSERT_NO_SPACE(none);
}

static void a_supplement_is_merged_where_both_fit_into_one(void **state)
{
        const struct layout_item items[] = { with_weight(fresh(20, 60), 1, 0),
                                             with_weight(with_padding(supplementing(fresh(30, 40), 0), 7, 0), 0, 500),
                                             with_weight(fresh(10, 0), 500, 0) };
        const struct layout_item quirk[] = { with_padding(fresh(20, 0), 3, 5),
                                             with_padding(supplementing(with_bounds(fresh(1, 0), 0, 12), 0), 0, 4) };
        const struct layout_item other[] = { with_padding(with_bounds(fresh(1, 0), 0, 50), 0, 9),
                                             with_padding(supplementing(fresh(30, 0), 0), 5, 0) };
        const struct layout_item comes_first[] = { with_weight(supplementing(fresh(10, 0), 1), 3000, 0), fresh(10, 0),
                                                   fresh(10, 0) };
        const struct layout_item both[] = { with_padding(fresh(20, 30), 3, 9),
                                            with_padding(supplementing(fresh(10, 0), 0), 2, 0) };

        /* The larger minimum, the smaller maximum, the supplement's weights; what is padding counts where both have one. */
        ASSERT_LAYOUT(items, { 0, 30, 35 }, MERGED, { 65, 35, 0 });
        /* As the program does it: no minimum in the supplement takes the other's away. */
        ASSERT_LAYOUT(quirk, { 0, 12, 88 }, MERGED);
        ASSERT_LAYOUT(other, { 0, 50, 50 }, MERGED);
        ASSERT_LAYOUT(both, { 0, 30, 70 }, MERGED);
        ASSERT_LAYOUT(comes_first, MERGED, { 0, 75, 0 }, { 75, 25, 0 });
}

static void a_supplement_stands_alone_where_merging_does_not_fit(void **state)
{
        const struct layout_item there[] = { kept(1, 0, 20), supplementing(kept(2, 20, 30), 0) };
        const struct layout_item cramped[] = { kept(1, 0, 20), supplementing(fresh(30, 0), 0), foreign(2, 25, 25) };
        const struct layout_item comes_first[] = { supplementing(fresh(30, 30), 1), kept(1, 0, 20), foreign(2, 25, 25) };
        const struct layout_item in_vain[] = { supplementing(fresh(12, 12), 1), fresh(20, 0), with_priority(fresh(120, 0), 1) };
        const struct layout_item one_of_two[] = { kept(1, 0, 20), supplementing(fresh(30, 0), 0), kept(3, 20, 10),
                                                  supplementing(fresh(12, 12), 2), foreign(4, 32, 8) };
        const struct layout_item both[] = { kept(1, 0, 20), supplementing(fresh(30, 0), 0), kept(3, 20, 10),
                                            supplementing(fresh(13, 13), 2), foreign(4, 32, 8) };

        ASSERT_LAYOUT(there, { 0, 20, 0 }, { 20, 80, 0 });
        ASSERT_LAYOUT(cramped, { 0, 25, 0 }, { 50, 50, 0 }, { 25, 25, 0 });
        ASSERT_LAYOUT(comes_first, { 50, 30, 20 }, { 0, 25, 0 }, { 25, 25, 0 });
        ASSERT_LAYOUT(in_vain, MERGED, { 0, 20, 80 }, GONE);
        ASSERT_LAYOUT(one_of_two, { 0, 20, 0 }, { 40, 60, 0 }, { 20, 12, 0 }, MERGED, { 32, 8, 0 });
        ASSERT_LAYOUT(both, { 0, 20, 0 }, { 40, 47, 0 }, { 20, 12, 0 }, { 87, 13, 0 }, { 32, 8, 0 });
}

static void what_is_merged_goes_and_stays_with_its_host(void **state)
{
        const struct layout_item host_gone[] = { with_priority(fresh(90, 0), 1), supplementing(fresh(90, 0), 0), fresh(20, 0) };
        const struct layout_item own_gone[] = { fresh(20, 0), with_priority(supplementing(fresh(120, 0), 0), 1) };
        const struct layout_item host_stays[] = { with_priority(with_bounds(kept(1, 0, 20), 40, 0), 1),
                                                  supplementing(fresh(30, 30), 0), foreign(2, 20, 40) };
        /* Apart from its host, which is left out, there is room for it. */
        const struct layout_item apart[] = { with_priority(fresh(101, 0), 1), supplementing(fresh(15, 15), 0), fresh(85, 85) };

        ASSERT_LAYOUT(host_gone, GONE, GONE, { 0, 100, 0 });
        ASSERT_LAYOUT(own_gone, { 0, 100, 0 }, GONE);
        ASSERT_LAYOUT(host_stays, { 0, 20, 0 }, { 60, 30, 10 }, { 20, 40, 0 });
        ASSERT_LAYOUT(apart, GONE, GONE, { 0, 85, 15 });
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_smallest_gap_that_has_room_is_filled_first),
                cmocka_unit_test(of_equal_gaps_the_one_behind_the_lower_number_comes_first),
                cmocka_unit_test(numbers_follow_the_gaps_and_not_the_definitions),
                cmocka_unit_test(a_partition_that_stays_grows_into_the_gap_behind_it_first),
                cmocka_unit_test(what_cannot_grow_to_its_minimum_refuses_all),
                cmocka_unit_test(what_may_be_left_out_stays_as_it_is_when_it_cannot_grow),
                cmocka_unit_test(what_is_off_the_grain_is_rounded_by_the_gap_behind_it),
                cmocka_unit_test(weights_share_what_minima_and_maxima_leave),
                cmocka_unit_test(a_rest_goes_to_whoever_takes_it_and_lies_behind_the_last_else),
                cmocka_unit_test(the_highest_number_is_left_out_first_and_only_above_zero),
                cmocka_unit_test(a_supplement_is_merged_where_both_fit_into_one),
                cmocka_unit_test(a_supplement_stands_alone_where_merging_does_not_fit),
                cmocka_unit_test(what_is_merged_goes_and_stays_with_its_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
