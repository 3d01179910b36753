/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which parts of a medium a sampled read-back looks at: NIST SP 800-88 Rev. 1, section 4.7.3. The medium is divided into at least
 * 1,000 equally sized subsections; of each, two pseudo-random samples that do not overlap are read, each at least 5 % of it, so
 * that together they cover at least 10 %; the first and the last sector are read always. Deterministic from the seed: whoever has
 * the record can say which bytes were looked at. */
#ifndef CLEANSLATE_COMMON_SAMPLE_PLAN_H
#define CLEANSLATE_COMMON_SAMPLE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define SAMPLE_SUBSECTIONS_MIN 1000

struct sample_plan {
        uint64_t length_bytes; /* of the medium */
        uint32_t sector_bytes;
        uint64_t seed;
        uint64_t subsections, subsection_sectors, sample_sectors;
        uint64_t larger_subsections; /* the first so many have one sector more, so that all sizes are equal but for that */
        uint64_t count;              /* samples, the first and last sector included */
};

/* False (and *ret untouched) if the medium is too small to be sampled so (fewer than 20 sectors a subsection) or not whole
 * sectors: then it is read whole. Samples are at most 1 MiB each: a larger medium gets more subsections. */
bool sample_plan_init(uint64_t length_bytes, uint32_t sector_bytes, uint64_t seed, struct sample_plan *ret);

/* Sample `index` of plan->count, in ascending order; offsets from the start of the medium, whole sectors. */
void sample_plan_at(const struct sample_plan *plan, uint64_t index, uint64_t *ret_offset_bytes, uint64_t *ret_length_bytes);

/* What all samples have together (the first and last sector may lie in another sample, too). */
uint64_t sample_plan_bytes(const struct sample_plan *plan);

#endif
