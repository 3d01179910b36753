/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/erase/sample-plan.h"

#define SAMPLE_BYTES_MAX (UINT64_C(1) << 20)
#define SHARE            20 /* a sample is at least one in so many of its subsection's sectors: 5 % */
#define SAMPLES_EACH     2
#define EDGES            2 /* first and last sector */

/* SplitMix64's finalizer over a counter: no state between two numbers, so that any sample can be told from the seed alone. Not
 * for secrets. */
static uint64_t mix(uint64_t value)
{
        value += UINT64_C(0x9e3779b97f4a7c15);
        value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
        return value ^ value >> 31;
}

static uint64_t draw(const struct sample_plan *plan, uint64_t number, uint64_t bound)
{
        return mix(mix(plan->seed) ^ number) % bound; /* bounds are tiny beside 2^64: the bias is, too */
}

static uint64_t divide_up(uint64_t value, uint64_t by)
{
        return value / by + (value % by != 0);
}

bool sample_plan_init(uint64_t length_bytes, uint32_t sector_bytes, uint64_t seed, struct sample_plan *ret)
{
        struct sample_plan plan = { .length_bytes = length_bytes, .sector_bytes = sector_bytes, .seed = seed };
        uint64_t sectors;

        if (sector_bytes == 0 || sector_bytes > SAMPLE_BYTES_MAX || length_bytes % sector_bytes != 0)
                return false;
        sectors = length_bytes / sector_bytes;
        plan.subsections = divide_up(length_bytes, SHARE * SAMPLE_BYTES_MAX);
        if (plan.subsections < SAMPLE_SUBSECTIONS_MIN)
                plan.subsections = SAMPLE_SUBSECTIONS_MIN;
        plan.subsection_sectors = sectors / plan.subsections;
        plan.larger_subsections = sectors % plan.subsections;
        if (plan.subsection_sectors < SHARE)
                return false;
        plan.sample_sectors = divide_up(divide_up(sectors, plan.subsections), SHARE);
        plan.count = plan.subsections * SAMPLES_EACH + EDGES;
        *ret = plan;
        return true;
}

static uint64_t subsection_start(const struct sample_plan *plan, uint64_t subsection)
{
        uint64_t larger = subsection < plan->larger_subsections ? subsection : plan->larger_subsections;

        return subsection * plan->subsection_sectors + larger;
}

/* Two places for samples that leave each other free: drawn from what is left when both are taken out, put in order, and the
 * second one moved behind the first. */
static uint64_t place(const struct sample_plan *plan, uint64_t subsection, uint64_t which)
{
        uint64_t size = plan->subsection_sectors + (subsection < plan->larger_subsections);
        uint64_t room = size - SAMPLES_EACH * plan->sample_sectors + 1;
        uint64_t a = draw(plan, SAMPLES_EACH * subsection, room), b = draw(plan, SAMPLES_EACH * subsection + 1, room);

        if (which == 0)
                return a < b ? a : b;
        return (a < b ? b : a) + plan->sample_sectors;
}

void sample_plan_at(const struct sample_plan *plan, uint64_t index, uint64_t *ret_offset_bytes, uint64_t *ret_length_bytes)
{
        uint64_t subsection, sector;

        if (index == 0 || index + 1 >= plan->count) {
                *ret_offset_bytes = index == 0 ? 0 : plan->length_bytes - plan->sector_bytes;
                *ret_length_bytes = plan->sector_bytes;
                return;
        }
        subsection = (index - 1) / SAMPLES_EACH;
        sector = subsection_start(plan, subsection) + place(plan, subsection, (index - 1) % SAMPLES_EACH);
        *ret_offset_bytes = sector * plan->sector_bytes;
        *ret_length_bytes = plan->sample_sectors * plan->sector_bytes;
}

uint64_t sample_plan_bytes(const struct sample_plan *plan)
{
        return (plan->subsections * SAMPLES_EACH * plan->sample_sectors + EDGES) * plan->sector_bytes;
}
