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

static void assert_area(struct layout_area area, uint64_t start, uint64_t end)
{
        assert_true(area.start_bytes == start);
        assert_true(layout_area_end(&area) == end);
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
        assert_false(layout_areas_overlap(&b, &a)); /* whichever of them comes first */
        assert_true(layout_areas_overlap(&a, &c));
        assert_true(layout_areas_overlap(&c, &a));
        assert_false(layout_areas_overlap(&a, &empty));
        assert_false(layout_areas_overlap(&empty, &a));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gaps_are_what_no_area_takes),
                cmocka_unit_test(areas_that_only_touch_do_not_overlap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
