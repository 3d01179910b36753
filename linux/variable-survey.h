/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which EFI variables there are, and what variable-rule.h says about each. Changes nothing. */
#ifndef CLEANSLATE_LINUX_VARIABLE_SURVEY_H
#define CLEANSLATE_LINUX_VARIABLE_SURVEY_H

#include "common/load-option.h"
#include "common/variable-rule.h"
#include "linux/survey-source.h"

struct variable_finding {
        enum variable_verdict verdict;
        enum variable_why why;
};

struct variable_survey {
        struct efivar *variables;
        struct variable_finding *findings;
        size_t count, removals;
};

/* Tells whether a partition will be on a disk of this machine when the reset is over. */
struct partition_lookup {
        bool (*exists)(const void *context, const struct guid *partition);
        const void *context;
};

/* 0, or negative errno with source->trouble set. *ret must be zero; release it with variable_survey_done() in either case. */
int variable_survey(const struct survey_source *source, const struct partition_lookup *lookup, struct variable_survey *ret);
void variable_survey_done(struct variable_survey *survey);

#endif
