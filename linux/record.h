/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate of one reset: what NIST SP 800-88 Rev. 2 section 4.6 asks for as far as a machine can know it, every step with
 * its result, the evidence. Owns its JSON form and its place on the ESP. */
#ifndef CLEANSLATE_LINUX_RECORD_H
#define CLEANSLATE_LINUX_RECORD_H

#include "common/erase-verdict.h"
#include "common/plan.h"
#include "common/progress.h"
#include "common/record-summary.h"
#include "linux/tpm.h"

#define RECORD_DIRECTORY "EFI/cleanslate/records"
#define RECORD_TEXT_MAX \
        (3u << 20) /* bytes; also for the longest plan with the longest names, all of them escaped, and bad ranges */

struct record_step {
        uint64_t started_ms, duration_ms; /* since the kernel started */
        int result;                       /* 0 or negative errno */
        bool executed;
        char detail[160]; /* what was checked, or what failed */
        bool erases;      /* the two below are set */
        struct erase_outcome erase;
        enum erase_verdict verdict;
};

struct record {
        const char *result; /* "complete", "partial" (factory state, but bad sectors may hold old data) or "failed" */
        const char *error;  /* the sentence, "" = none */
        struct record_step steps[PLAN_STEPS_MAX];
        uint64_t started_ms, finished_ms; /* of the attempt, since the kernel started */
};

/* Everything a record is written from; views only. */
struct record_source {
        const struct record *record;
        const struct plan *plan;
        const struct policy *policy;
        const struct inventory *inventory;
        const struct progress *progress;
        const struct os_identity *os;
        const struct tpm_evidence *tpm_before, *tpm_after; /* NULL = no TPM */
        const char *factory_digest;                        /* hex; "" = not verified */
};

/* Appends the JSON text; check writer->overflow. */
void record_encode(const struct record_source *source, struct writer *writer);

/* Puts the text on the mounted ESP: RECORD_DIRECTORY/NAME.json, replaced atomically, flushed, read back. */
int record_write(int esp_fd, const char *name, const char *text, size_t size);

/* The reset's record that was written last, by the times in the records; what is not a record is skipped. -ENOENT: none. */
int record_newest(int esp_fd, struct record_summary *ret);

#endif
