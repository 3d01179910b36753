/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts in grains of 1 MiB: 2^44 of them at most, so that a size times a weight (below 2^20) fits 64 bits. */
#include "common/plan/layout.h"

#define WEIGHT_MAX 1000000

static uint64_t grains_up(uint64_t bytes)
{
        return bytes / LAYOUT_GRAIN_BYTES + (bytes % LAYOUT_GRAIN_BYTES != 0);
}

static uint64_t round_up(uint64_t bytes)
{
        uint64_t grains = grains_up(bytes);

        return grains > UINT64_MAX / LAYOUT_GRAIN_BYTES ? UINT64_MAX : grains * LAYOUT_GRAIN_BYTES;
}

static uint64_t round_down(uint64_t bytes)
{
        return bytes - bytes % LAYOUT_GRAIN_BYTES;
}

uint64_t layout_area_end(const struct layout_area *area)
{
        return area->size_bytes > UINT64_MAX - area->start_bytes ? UINT64_MAX : area->start_bytes + area->size_bytes;
}

bool layout_areas_overlap(const struct layout_area *a, const struct layout_area *b)
{
        return a->size_bytes > 0 && b->size_bytes > 0 && a->start_bytes < layout_area_end(b) &&
               b->start_bytes < layout_area_end(a);
}

/* The free range that begins at `start`: up to the next taken area or `end`; empty if `start` itself is taken. */
static struct layout_area free_from(uint64_t start, uint64_t end, const struct layout_area *taken, size_t taken_count)
{
        start = round_up(start);
        for (size_t i = 0; i < taken_count; i++) {
                if (taken[i].size_bytes == 0)
                        continue;
                if (taken[i].start_bytes >= start)
                        end = taken[i].start_bytes < end ? taken[i].start_bytes : end;
                else if (layout_area_end(&taken[i]) > start)
                        end = 0;
        }
        end = round_down(end);
        return (struct layout_area){ .start_bytes = start, .size_bytes = end > start ? end - start : 0 };
}

struct layout_area layout_largest_free(const struct layout_area *usable, const struct layout_area *taken, size_t taken_count)
{
        uint64_t end = layout_area_end(usable);
        struct layout_area best = free_from(usable->start_bytes, end, taken, taken_count);

        /* Every other free range begins where a taken one ends. */
        for (size_t i = 0; i < taken_count; i++) {
                struct layout_area area = { 0 };

                if (layout_area_end(&taken[i]) > usable->start_bytes)
                        area = free_from(layout_area_end(&taken[i]), end, taken, taken_count);
                if (area.size_bytes > best.size_bytes ||
                    (area.size_bytes == best.size_bytes && area.start_bytes < best.start_bytes))
                        best = area;
        }
        return best;
}

/* The taken area that begins first among those that end behind `position`; NULL if there is none. */
static const struct layout_area *next_taken(uint64_t position, const struct layout_area *taken, size_t taken_count)
{
        const struct layout_area *next = NULL;

        for (size_t i = 0; i < taken_count; i++)
                if (taken[i].size_bytes > 0 && layout_area_end(&taken[i]) > position &&
                    (next == NULL || taken[i].start_bytes < next->start_bytes))
                        next = &taken[i];
        return next;
}

size_t layout_gaps(const struct layout_area *usable, const struct layout_area *taken, size_t taken_count, struct layout_area *ret,
                   size_t capacity)
{
        uint64_t position = usable->start_bytes, end = layout_area_end(usable);
        size_t count = 0;

        while (position < end) {
                const struct layout_area *next = next_taken(position, taken, taken_count);
                uint64_t until = next == NULL || next->start_bytes > end ? end : next->start_bytes;

                if (until > position) {
                        if (count < capacity)
                                ret[count] = (struct layout_area){ position, until - position };
                        count++;
                }
                position = next == NULL ? end : layout_area_end(next);
        }
        return count;
}

/* One new partition, in grains. */
struct share {
        uint64_t size, max;
        uint64_t weight;
};

static bool is_open(const struct share *share)
{
        return share->weight > 0 && share->size < share->max;
}

static uint64_t open_weight(const struct share *shares, size_t count)
{
        uint64_t weight = 0;

        for (size_t i = 0; i < count; i++)
                weight += is_open(&shares[i]) ? shares[i].weight : 0;
        return weight;
}

/* Fills every share whose part of `rest` would go beyond its maximum, and takes that off the rest. */
static bool fill_up(struct share *shares, size_t count, uint64_t *rest)
{
        uint64_t weight = open_weight(shares, count), before = *rest;
        bool filled = false;

        for (size_t i = 0; i < count; i++) {
                uint64_t room = shares[i].max - shares[i].size;

                if (!is_open(&shares[i]) || before * shares[i].weight / weight < room)
                        continue;
                shares[i].size = shares[i].max;
                *rest -= room;
                filled = true;
        }
        return filled;
}

/* Hands out `rest` by weight; what rounding leaves goes to the first ones that can take it. */
static void distribute(struct share *shares, size_t count, uint64_t rest)
{
        uint64_t weight, before;

        while (fill_up(shares, count, &rest))
                ;
        weight = open_weight(shares, count);
        before = rest;
        for (size_t i = 0; i < count; i++) {
                uint64_t part = is_open(&shares[i]) ? before * shares[i].weight / weight : 0;

                shares[i].size += part;
                rest -= part;
        }
        for (size_t i = 0; i < count && rest > 0; i++)
                if (is_open(&shares[i])) {
                        shares[i].size++;
                        rest--;
                }
}

enum err layout_place(const struct layout_area *area, const struct layout_demand *demands, size_t count, struct layout_area *ret)
{
        struct share shares[LAYOUT_DEMANDS_MAX];
        uint64_t at = round_up(area->start_bytes), rest;

        if (count > LAYOUT_DEMANDS_MAX)
                return ERR_ARGUMENT;
        rest = round_down(layout_area_end(area));
        rest = rest > at ? (rest - at) / LAYOUT_GRAIN_BYTES : 0;
        for (size_t i = 0; i < count; i++) {
                uint64_t min = grains_up(demands[i].size_min_bytes > 0 ? demands[i].size_min_bytes : 1);
                uint64_t max = demands[i].size_max_bytes / LAYOUT_GRAIN_BYTES;

                if (min > rest)
                        return ERR_NO_SPACE;
                rest -= min;
                shares[i].size = min;
                shares[i].max = max > min ? max : min;
                shares[i].weight = demands[i].weight < WEIGHT_MAX ? demands[i].weight : WEIGHT_MAX;
        }
        distribute(shares, count, rest);
        for (size_t i = 0; i < count; i++) {
                ret[i] = (struct layout_area){ .start_bytes = at, .size_bytes = shares[i].size * LAYOUT_GRAIN_BYTES };
                at += ret[i].size_bytes;
        }
        return ERR_OK;
}
