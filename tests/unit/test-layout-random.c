/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds for every layout, whatever the disk and the definitions: over a hundred thousand random ones. The seed is printed;
 * LAYOUT_SEED= runs another one, LAYOUT_RUNS= more of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/plan/layout-solve.h"

#define GRAIN      4096
#define ITEMS_MAX  24
#define RUNS       120000
#define MIB(count) ((uint64_t)(count) << 20)

struct input {
        struct layout_disk disk;
        struct layout_item items[ITEMS_MAX];
        size_t count, definitions; /* definitions come first */
};

static uint64_t seed = 20261130, random_state;

static uint64_t random_next(void)
{
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        return random_state;
}

static uint64_t below(uint64_t limit)
{
        return random_next() % limit;
}

static bool one_in(uint64_t chances)
{
        return below(chances) == 0;
}

/* Mostly on the grain, sometimes on a sector. */
static uint64_t random_size(uint64_t grains_max)
{
        return one_in(4) ? below(grains_max * 8) * 512 : below(grains_max) * GRAIN;
}

static struct layout_item random_definition(void)
{
        uint64_t min = one_in(3) ? LAYOUT_UNSET : random_size(2000), padding = one_in(4) ? random_size(500) : LAYOUT_UNSET;

        return (struct layout_item){
                .size_min_bytes = min,
                .size_max_bytes = one_in(2) ? LAYOUT_UNSET : (min == LAYOUT_UNSET ? 0 : min) + random_size(3000),
                .size_default_bytes = one_in(4) ? 1 : 200 * GRAIN,
                .size_floor_bytes = one_in(2) ? 0 : random_size(900),
                .padding_min_bytes = padding,
                .padding_max_bytes = one_in(3) ? (padding == LAYOUT_UNSET ? 0 : padding) + random_size(900) : LAYOUT_UNSET,
                .weight = one_in(5)   ? 0
                          : one_in(3) ? (uint32_t)below(1000001)
                                      : 1000,
                .padding_weight = one_in(4) ? (uint32_t)below(3000) : 0,
                .priority = one_in(3) ? (int32_t)below(4) - 1 : 0,
                .supplement_for = -1,
        };
}

/* Partitions one behind the other, with their numbers in any order; each claimed by a definition or not. */
static void add_partitions(struct input *input, size_t count)
{
        uint64_t at = input->disk.first_bytes;
        uint32_t slots[ITEMS_MAX];

        for (size_t i = 0; i < count; i++) {
                size_t other = below(i + 1);

                slots[i] = slots[other];
                slots[other] = (uint32_t)i;
        }
        for (size_t i = 0; i < count; i++) {
                uint64_t size = random_size(1500) + 512;
                struct layout_item item = random_definition();

                at += one_in(2) ? 0 : random_size(1200);
                if (at + size > input->disk.end_bytes)
                        return;
                item.kind = one_in(3) ? LAYOUT_KEPT : one_in(3) ? LAYOUT_REBUILT : LAYOUT_FOREIGN;
                item.slot = slots[i];
                item.start_bytes = at;
                item.size_bytes = size;
                at += size;
                input->items[input->count++] = item;
        }
}

static struct input random_input(void)
{
        struct input input = { .disk = { one_in(2) ? MIB(1) : 34 * 512, 0, GRAIN } };
        struct layout_item sorted[ITEMS_MAX];
        size_t foreign = 0;

        input.disk.end_bytes = input.disk.first_bytes + random_size(one_in(8) ? 1u << 30 : 20000);
        add_partitions(&input, below(8));
        for (uint64_t more = below(7); more > 0; more--) {
                size_t at = below(input.count + 1);

                memmove(&input.items[at + 1], &input.items[at], (input.count - at) * sizeof(input.items[0]));
                input.items[at] = random_definition();
                input.count++;
        }
        for (size_t i = 0; i < input.count; i++)
                if (input.items[i].kind == LAYOUT_FOREIGN)
                        sorted[foreign++] = input.items[i];
                else
                        input.items[input.definitions++] = input.items[i];
        memcpy(&input.items[input.definitions], sorted, foreign * sizeof(sorted[0]));
        for (size_t i = 1; i < input.definitions; i++)
                if (one_in(6) && input.items[i - 1].supplement_for < 0)
                        input.items[i].supplement_for = (int)i - 1;
        return input;
}

static uint64_t up(uint64_t bytes)
{
        return (bytes + GRAIN - 1) / GRAIN * GRAIN;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
        return a > b ? a : b;
}

static uint64_t end_of(const struct layout_place *place)
{
        return place->start_bytes + place->size_bytes + place->padding_bytes;
}

static void assert_apart(const struct input *input, const struct layout_place *places)
{
        for (size_t a = 0; a < input->count; a++) {
                if (places[a].outcome != LAYOUT_PLACED)
                        continue;
                assert_true(places[a].start_bytes >= input->disk.first_bytes);
                assert_true(end_of(&places[a]) <= input->disk.end_bytes);
                assert_true(places[a].size_bytes > 0);
                for (size_t b = 0; b < a; b++)
                        if (places[b].outcome == LAYOUT_PLACED)
                                assert_true(end_of(&places[a]) <= places[b].start_bytes ||
                                            end_of(&places[b]) <= places[a].start_bytes);
        }
}

/* The bounds of one that nothing is merged into. */
static void assert_bounds(const struct layout_item *item, const struct layout_place *place)
{
        uint64_t min = item->size_min_bytes == LAYOUT_UNSET ? item->size_default_bytes : item->size_min_bytes;
        uint64_t current = item->kind == LAYOUT_KEPT ? item->size_bytes : up(larger(item->size_floor_bytes, 4096));

        if (item->kind == LAYOUT_KEPT && place->size_bytes == item->size_bytes && item->priority > 0)
                return; /* could not grow, and is left as it is */
        min = larger(up(min), current);
        assert_true(place->size_bytes >= min);
        if (item->size_max_bytes != LAYOUT_UNSET)
                assert_true(place->size_bytes <= larger(item->size_max_bytes / GRAIN * GRAIN, min));
        if (item->padding_min_bytes != LAYOUT_UNSET)
                assert_true(place->padding_bytes >= item->padding_min_bytes);
}

static void assert_kinds(const struct input *input, const struct layout_place *places, bool moved)
{
        bool is_host[ITEMS_MAX] = { false };

        for (size_t i = 0; i < input->count; i++)
                if (places[i].outcome == LAYOUT_MERGED)
                        is_host[input->items[i].supplement_for] = true;
        for (size_t i = 0; i < input->count; i++) {
                const struct layout_item *item = &input->items[i];
                const struct layout_place *place = &places[i];

                if (item->kind == LAYOUT_FOREIGN || item->kind == LAYOUT_KEPT) {
                        assert_int_equal(place->outcome, LAYOUT_PLACED);
                        assert_int_equal(place->start_bytes, item->start_bytes);
                        assert_true(place->size_bytes >= item->size_bytes);
                        assert_true(item->kind == LAYOUT_KEPT || place->size_bytes == item->size_bytes);
                } else if (place->outcome == LAYOUT_PLACED && item->kind == LAYOUT_REBUILT && !moved)
                        assert_int_equal(place->start_bytes, item->start_bytes);
                else if (place->outcome == LAYOUT_PLACED) {
                        assert_int_equal(place->start_bytes % GRAIN, 0);
                        assert_int_equal(place->size_bytes % GRAIN, 0);
                }
                if (place->outcome == LAYOUT_PLACED && item->kind != LAYOUT_FOREIGN && !is_host[i])
                        assert_bounds(item, place);
        }
}

/* Whoever was left out may be, and nobody who may be left out rather is there. */
static void assert_priorities(const struct input *input, const struct layout_place *places)
{
        int32_t lowest = INT32_MAX;

        for (size_t i = 0; i < input->count; i++) {
                int host = input->items[i].supplement_for;

                if (places[i].outcome != LAYOUT_DROPPED || (host >= 0 && places[host].outcome == LAYOUT_DROPPED))
                        continue;
                assert_true(input->items[i].priority > 0);
                lowest = input->items[i].priority < lowest ? input->items[i].priority : lowest;
        }
        for (size_t i = 0; i < input->count; i++)
                if (input->items[i].priority >= lowest && input->items[i].kind == LAYOUT_NEW)
                        assert_int_not_equal(places[i].outcome, LAYOUT_PLACED);
}

/* Behind each partition up to the next one everything is its own or its padding, up to what the grain takes: on both sides, and
 * of a size that is not on it. */
static void assert_accounted(const struct input *input, const struct layout_place *places)
{
        for (size_t a = 0; a < input->count; a++) {
                uint64_t next = input->disk.end_bytes;

                if (places[a].outcome != LAYOUT_PLACED)
                        continue;
                for (size_t b = 0; b < input->count; b++)
                        if (places[b].outcome == LAYOUT_PLACED && places[b].start_bytes > places[a].start_bytes &&
                            places[b].start_bytes < next)
                                next = places[b].start_bytes;
                assert_true(next - end_of(&places[a]) < 3 * GRAIN);
        }
}

static void assert_foreign_order_is_the_same(const struct input *input, const struct layout_place *places, bool moved)
{
        struct input other = *input;
        struct layout_place others[ITEMS_MAX] = { 0 };
        bool other_moved;

        for (size_t i = input->definitions; i < input->count; i++)
                other.items[i] = input->items[input->definitions + input->count - 1 - i];
        assert_int_equal(layout_solve(&other.disk, other.items, other.count, others, &other_moved), ERR_OK);
        assert_int_equal(other_moved, moved);
        assert_memory_equal(others, places, input->definitions * sizeof(others[0]));
        for (size_t i = input->definitions; i < input->count; i++)
                assert_memory_equal(&others[i], &places[input->definitions + input->count - 1 - i], sizeof(others[0]));
}

/* As the next start of the system finds it: nothing moves, and where nothing was left free nothing changes. (Of what is off the
 * grain, some may have been.) */
static void assert_settled(const struct input *input, const struct layout_place *places)
{
        struct input next = { .disk = input->disk };
        struct layout_place before[ITEMS_MAX], after[ITEMS_MAX];
        uint64_t padding = 0;
        bool moved;

        for (size_t i = 0; i < input->count; i++) {
                struct layout_item *item = &next.items[next.count];

                *item = input->items[i];
                if (places[i].outcome != LAYOUT_PLACED || places[i].start_bytes % GRAIN + item->size_bytes % GRAIN > 0)
                        return;
                item->supplement_for = -1;
                item->slot = (uint32_t)i;
                item->kind = item->kind == LAYOUT_FOREIGN ? LAYOUT_FOREIGN : LAYOUT_KEPT;
                item->start_bytes = places[i].start_bytes;
                item->size_bytes = places[i].size_bytes;
                padding += places[i].padding_bytes;
                before[next.count++] = places[i];
        }
        assert_int_equal(layout_solve(&next.disk, next.items, next.count, after, &moved), ERR_OK);
        assert_false(moved);
        for (size_t i = 0; i < next.count; i++) {
                assert_int_equal(after[i].start_bytes, before[i].start_bytes);
                assert_true(after[i].size_bytes >= before[i].size_bytes);
                if (padding == 0)
                        assert_int_equal(after[i].size_bytes, before[i].size_bytes);
        }
}

/* With that much more room at the end, it fits: only what stays can still be in its own way. */
static void assert_fits_with_more(const struct input *input)
{
        struct input more = *input;
        struct layout_place places[ITEMS_MAX];
        bool moved;

        for (size_t i = 0; i < input->count; i++) {
                if (input->items[i].kind == LAYOUT_KEPT)
                        return;
                more.disk.end_bytes += MIB(20);
        }
        assert_int_equal(layout_solve(&more.disk, more.items, more.count, places, &moved), ERR_OK);
}

static void try_one(const struct input *input, uint64_t *solved, uint64_t *refused)
{
        struct layout_place places[ITEMS_MAX] = { 0 };
        bool moved = false;
        enum err err = layout_solve(&input->disk, input->items, input->count, places, &moved);

        if (err != ERR_OK) {
                assert_int_equal(err, ERR_NO_SPACE);
                (*refused)++;
                assert_fits_with_more(input);
                return;
        }
        (*solved)++;
        assert_apart(input, places);
        assert_kinds(input, places, moved);
        assert_priorities(input, places);
        assert_accounted(input, places);
        assert_foreign_order_is_the_same(input, places, moved);
        assert_settled(input, places);
}

static void every_layout_keeps_what_it_promises(void **state)
{
        const char *wanted = getenv("LAYOUT_SEED"), *times = getenv("LAYOUT_RUNS");
        uint64_t runs = times ? strtoull(times, NULL, 10) : RUNS, solved = 0, refused = 0;

        seed = wanted ? strtoull(wanted, NULL, 10) : seed;
        print_message("LAYOUT_SEED=%llu\n", (unsigned long long)seed);
        for (uint64_t i = 0; i < runs; i++) {
                random_state = (seed + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
                for (int warm = 0; warm < 4; warm++)
                        random_next();
                struct input input = random_input();
                try_one(&input, &solved, &refused);
        }
        print_message("%llu solved, %llu refused\n", (unsigned long long)solved, (unsigned long long)refused);
        assert_true(solved > runs / 10);
        assert_true(refused > runs / 10);
}

/* Whatever the numbers: it ends, and touches nothing when it fails. */
static void no_number_does_harm(void **state)
{
        static const uint64_t edges[] = {
                0, 1, 511, 512, 4095, 4096, 4097, MIB(1), MIB(4096), UINT64_MAX / 2, UINT64_MAX - 4096, UINT64_MAX - 1, UINT64_MAX
        };

        random_state = seed | 1;
        for (int i = 0; i < 100000; i++) {
                struct input input = { .count = below(7) };
                struct layout_place places[ITEMS_MAX], untouched[ITEMS_MAX];
                bool moved = true;

                input.disk = (struct layout_disk){ edges[below(ARRAY_SIZE(edges))], edges[below(ARRAY_SIZE(edges))],
                                                   UINT64_C(512) << below(8) };
                for (size_t at = 0; at < input.count; at++) {
                        uint64_t *numbers = &input.items[at].start_bytes;

                        for (size_t n = 0; n < 8; n++)
                                numbers[n] = one_in(3) ? random_next() >> below(60) : edges[below(ARRAY_SIZE(edges))];
                        input.items[at].kind = (enum layout_kind)below(4);
                        input.items[at].slot = (uint32_t)below(4);
                        input.items[at].weight = (uint32_t)random_next();
                        input.items[at].padding_weight = (uint32_t)random_next();
                        input.items[at].priority = (int32_t)below(5) - 1;
                        input.items[at].supplement_for = one_in(2) ? -1 : (int)below(8);
                }
                memset(places, 0x5a, sizeof(places));
                memset(untouched, 0x5a, sizeof(untouched));
                if (layout_solve(&input.disk, input.items, input.count, places, &moved) != ERR_OK) {
                        assert_memory_equal(places, untouched, sizeof(places));
                        assert_true(moved);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_layout_keeps_what_it_promises),
                cmocka_unit_test(no_number_does_harm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
