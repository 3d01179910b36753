/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which EFI variables there are, and what variable-rule.h says about each. Changes nothing. */
#ifndef CLEANSLATE_LINUX_VARIABLE_SURVEY_H
#define CLEANSLATE_LINUX_VARIABLE_SURVEY_H

#include "common/format/load-option.h"
#include "common/rules/variable-rule.h"
#include "linux/esp/esp-survey.h"
#include "linux/esp/survey-source.h"

struct variable_finding {
        enum variable_verdict verdict;
        enum variable_why why;
        bool selects_profile; /* as it is now */
};

struct variable_survey {
        struct efivar *variables;
        struct variable_finding *findings;
        size_t count, removals, lefts; /* lefts: verdict LEAVE */
        int error;                     /* why there are none: they cannot be listed, and the reset has begun; 0 = they can */
};

/* What there will be when the reset is over: partitions of this machine's disks, files of the ESP. */
struct partition_lookup {
        bool (*exists)(const void *context, const struct guid *partition);
        const void *context;
        struct guid esp;                /* the one we were started from; zero = unknown */
        const struct esp_survey *files; /* on it; NULL = not looked at */
};

/* 0, or negative errno with source->trouble set; behind a reset's first step not because of what firmware does, which is
 * ret->error then. *ret must be zero; release it with variable_survey_done() in either case. */
int variable_survey(const struct survey_source *source, const struct partition_lookup *lookup, struct variable_survey *ret);
void variable_survey_done(struct variable_survey *survey);

#endif
