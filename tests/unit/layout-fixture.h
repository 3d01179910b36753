/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks and definitions in grains of 4096 bytes, so that a disk of a hundred of them can be drawn on paper. */
#ifndef CLEANSLATE_TESTS_LAYOUT_FIXTURE_H
#define CLEANSLATE_TESTS_LAYOUT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/plan/layout-solve.h"

#define G(grains) ((uint64_t)((grains)*4096))

static const struct layout_disk hundred = { 0, G(100), 4096 };

static inline struct layout_item make(enum layout_kind kind, uint32_t slot, double start, double size)
{
        return (struct layout_item){ .kind = kind,
                                     .slot = slot,
                                     .start_bytes = G(start),
                                     .size_bytes = G(size),
                                     .size_min_bytes = LAYOUT_UNSET,
                                     .size_max_bytes = LAYOUT_UNSET,
                                     .size_default_bytes = G(10),
                                     .padding_min_bytes = LAYOUT_UNSET,
                                     .padding_max_bytes = LAYOUT_UNSET,
                                     .weight = 1000,
                                     .supplement_for = -1 };
}

static inline struct layout_item foreign(uint32_t slot, double start, double size)
{
        return make(LAYOUT_FOREIGN, slot, start, size);
}

static inline struct layout_item kept(uint32_t slot, double start, double size)
{
        return make(LAYOUT_KEPT, slot, start, size);
}

static inline struct layout_item rebuilt(uint32_t slot, double start, double size)
{
        return make(LAYOUT_REBUILT, slot, start, size);
}

static inline struct layout_item fresh(double min, double max)
{
        struct layout_item item = make(LAYOUT_NEW, 0, 0, 0);

        item.size_min_bytes = G(min);
        item.size_max_bytes = max > 0 ? G(max) : LAYOUT_UNSET;
        return item;
}

static inline struct layout_item with_priority(struct layout_item item, int32_t priority)
{
        item.priority = priority;
        return item;
}

static inline struct layout_item with_weight(struct layout_item item, uint32_t weight, uint32_t padding_weight)
{
        item.weight = weight;
        item.padding_weight = padding_weight;
        return item;
}

static inline struct layout_item with_bounds(struct layout_item item, double min, double max)
{
        item.size_min_bytes = min > 0 ? G(min) : LAYOUT_UNSET;
        item.size_max_bytes = max > 0 ? G(max) : LAYOUT_UNSET;
        return item;
}

static inline struct layout_item with_padding(struct layout_item item, double min, double max)
{
        item.padding_min_bytes = min > 0 ? G(min) : LAYOUT_UNSET;
        item.padding_max_bytes = max > 0 ? G(max) : LAYOUT_UNSET;
        return item;
}

static inline struct layout_item supplementing(struct layout_item item, int host)
{
        item.supplement_for = host;
        return item;
}

struct expected {
        double start, size, padding; /* a size below 0: GONE, MERGED */
};

#define GONE             \
        {                \
                0, -1, 0 \
        }
#define MERGED           \
        {                \
                0, -2, 0 \
        }

static struct layout_place places[LAYOUT_ITEMS_MAX];
static bool moved;

static inline void assert_layout_on(const struct layout_disk *disk, const struct layout_item *items, size_t count,
                                    const struct expected *expected)
{
        memset(places, 0x5a, sizeof(places));
        assert_int_equal(layout_solve(disk, items, count, places, &moved), ERR_OK);
        for (size_t i = 0; i < count; i++) {
                enum layout_outcome outcome = expected[i].size == -1 ? LAYOUT_DROPPED : LAYOUT_PLACED;

                outcome = expected[i].size == -2 ? LAYOUT_MERGED : outcome;
                assert_int_equal(places[i].outcome, outcome);
                assert_int_equal(places[i].start_bytes, G(expected[i].start));
                assert_int_equal(places[i].size_bytes, outcome == LAYOUT_PLACED ? G(expected[i].size) : 0);
                assert_int_equal(places[i].padding_bytes, G(expected[i].padding));
        }
}

#define ASSERT_LAYOUT(items, ...)                                               \
        do {                                                                    \
                const struct expected expected[] = { __VA_ARGS__ };             \
                assert_int_equal(ARRAY_SIZE(expected), ARRAY_SIZE(items));      \
                assert_layout_on(&hundred, items, ARRAY_SIZE(items), expected); \
        } while (0)

static inline void assert_refused(enum err err, const struct layout_disk *disk, const struct layout_item *items, size_t count)
{
        struct layout_place untouched[LAYOUT_ITEMS_MAX];

        memset(places, 0x5a, sizeof(places));
        memset(untouched, 0x5a, sizeof(untouched));
        moved = true;
        assert_int_equal(layout_solve(disk, items, count, places, &moved), err);
        assert_memory_equal(places, untouched, sizeof(places));
        assert_true(moved);
}

#define ASSERT_NO_SPACE(items) assert_refused(ERR_NO_SPACE, &hundred, items, ARRAY_SIZE(items))

#endif
