/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset builds again begins where it began, as long as that costs nobody else a place; and what no layout is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "layout-fixture.h"

static void what_is_rebuilt_begins_where_it_began(void **state)
{
        const struct layout_item alone[] = { with_bounds(rebuilt(2, 40, 30), 20, 0), foreign(1, 0, 20) };
        const struct layout_item smaller[] = { with_bounds(rebuilt(2, 40, 30), 0, 20), foreign(1, 0, 20) };
        const struct layout_item next_to_one_that_stays[] = { rebuilt(2, 20, 30), kept(3, 50, 20), foreign(1, 0, 20) };
        const struct layout_item two[] = { rebuilt(1, 0, 30), rebuilt(2, 30, 30) };
        const struct layout_item off_the_grain[] = { with_bounds(rebuilt(2, 20.5, 30), 10, 10), foreign(1, 0, 20.5) };
        const struct layout_item to_the_byte[] = { with_bounds(rebuilt(2, 40, 30), 60, 0) };
        const struct layout_item with_floor[] = { with_bounds(rebuilt(2, 50, 30), 0, 1) };
        const struct layout_item with_new[] = { fresh(25, 0), rebuilt(2, 20, 30), foreign(1, 0, 20) };

        ASSERT_LAYOUT(alone, { 40, 60, 0 }, { 0, 20, 20 });
        assert_false(moved);
        ASSERT_LAYOUT(smaller, { 40, 20, 40 }, { 0, 20, 20 });
        ASSERT_LAYOUT(next_to_one_that_stays, { 20, 30, 0 }, { 50, 50, 0 }, { 0, 20, 0 });
        ASSERT_LAYOUT(two, { 0, 30, 0 }, { 30, 70, 0 });
        ASSERT_LAYOUT(off_the_grain, { 20.5, 10, 69 }, { 0, 20.5, 0 });
        ASSERT_LAYOUT(to_the_byte, { 40, 60, 0 });
        assert_false(moved);
        ASSERT_LAYOUT(with_floor, { 50, 10, 40 });
        ASSERT_LAYOUT(with_new, { 60, 40, 0 }, { 20, 40, 0 }, { 0, 20, 0 });
        assert_false(moved);
}

static void all_move_where_one_has_no_room_any_more(void **state)
{
        const struct layout_item grown[] = { with_bounds(rebuilt(1, 10, 20), 30, 40), foreign(2, 30, 10), rebuilt(3, 50, 10) };
        const struct layout_item too_large[] = { with_bounds(rebuilt(1, 10, 20), 70, 0), foreign(2, 30, 10) };
        const struct layout_item by_a_floor[] = { with_bounds(rebuilt(1, 90, 10), 11, 11) };

        ASSERT_LAYOUT(grown, { 0, 30, 0 }, { 30, 10, 0 }, { 40, 60, 0 });
        assert_true(moved);
        ASSERT_NO_SPACE(too_large);
        ASSERT_LAYOUT(by_a_floor, { 0, 11, 89 });
        assert_true(moved);
}

static void nothing_is_moved_for_what_has_no_room_either_way(void **state)
{
        const struct layout_item swap[] = { with_bounds(rebuilt(2, 20, 80), 50, 0), with_priority(fresh(40, 0), 1),
                                            foreign(1, 0, 20) };
        /* Moved, there is room for it. */
        const struct layout_item room[] = { with_bounds(rebuilt(2, 50, 50), 40, 0), with_priority(fresh(45, 45), 1),
                                            foreign(1, 0, 10) };
        /* Moved, there is room for one of two. */
        const struct layout_item half[] = { with_bounds(rebuilt(2, 50, 50), 45, 0), with_priority(fresh(45, 45), 1),
                                            with_priority(fresh(42, 45), 2), foreign(1, 0, 10) };
        /* Where it was, it would have to be left out itself. */
        const struct layout_item itself[] = { with_priority(with_bounds(rebuilt(2, 90, 10), 20, 0), 1), fresh(60, 0),
                                              foreign(1, 0, 5) };

        ASSERT_LAYOUT(swap, { 20, 80, 0 }, GONE, { 0, 20, 0 });
        assert_false(moved);
        ASSERT_LAYOUT(room, { 10, 45, 0 }, { 55, 45, 0 }, { 0, 10, 0 });
        assert_true(moved);
        ASSERT_LAYOUT(half, { 10, 45, 0 }, { 55, 45, 0 }, GONE, { 0, 10, 0 });
        assert_true(moved);
        ASSERT_LAYOUT(itself, { 5, 35, 0 }, { 40, 60, 0 }, { 0, 5, 0 });
        assert_true(moved);
}

static void a_rebuilt_one_may_be_left_out_itself(void **state)
{
        const struct layout_item items[] = { with_priority(with_bounds(rebuilt(2, 60, 40), 60, 0), 1), fresh(50, 0),
                                             foreign(1, 0, 10) };

        ASSERT_LAYOUT(items, GONE, { 10, 90, 0 }, { 0, 10, 0 });
        assert_false(moved);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_rebuilt_begins_where_it_began),
                cmocka_unit_test(all_move_where_one_has_no_room_any_more),
                cmocka_unit_test(nothing_is_moved_for_what_has_no_room_either_way),
                cmocka_unit_test(a_rebuilt_one_may_be_left_out_itself),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
