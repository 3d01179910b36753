/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one erasing came to, as the record tells it. Plain numbers, filled by linux/erase/erase-engine, judged by whoever ordered
 * it. */
#ifndef CLEANSLATE_COMMON_ERASE_OUTCOME_H
#define CLEANSLATE_COMMON_ERASE_OUTCOME_H

#include "common/erase/bad-ranges.h"

/* What is written. The keystream is AES-256-CTR with the byte offset on the device as counter, so that each block can be made
 * again and compared. */
enum erase_pattern { PATTERN_ZEROS, PATTERN_KEYSTREAM, PATTERN_COUNT };

/* How it is read back: every byte, or samples as in NIST SP 800-88 Rev. 1, 4.7.3 (common/erase/sample-plan.h). */
enum verification { VERIFICATION_NONE, VERIFICATION_FULL, VERIFICATION_SAMPLED, VERIFICATION_COUNT };

/* All zero is the outcome of nothing done. Ranges are bytes of the device the task named. */
struct erase_outcome {
        enum erase_pattern pattern;
        uint64_t written_bytes; /* in this attempt, without what was unwritable */
        uint64_t resumed_bytes; /* written and flushed by an earlier attempt */
        uint64_t write_ms;      /* flushing included */
        bool offloaded;         /* the device was told to write zeros itself (BLKZEROOUT) for a part at least */
        bool offload_refuted;   /* ... and had not: what it left was then written */
        enum verification verification;
        uint64_t verified_bytes; /* read back and found right */
        uint64_t verify_ms;
        uint64_t sample_seed;         /* VERIFICATION_SAMPLED: what sample_plan_init() got */
        uint64_t sample_count;        /* ... and how many samples that made */
        struct bad_ranges unwritable; /* a write failed, sector by sector */
        struct bad_ranges unreadable; /* the read-back failed */
        struct bad_ranges wrong;      /* reads back otherwise than written: the medium lies */
};

const char *erase_pattern_name(enum erase_pattern pattern);    /* "zeros", "keystream" */
const char *verification_name(enum verification verification); /* "none", "full", "sampled" */

/* No bad range of any kind. An unwritable sector counts even if it reads back right. */
bool erase_outcome_is_clean(const struct erase_outcome *outcome);

#endif
