/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which EFI variables there are, and what variable-rule.h says about each. Changes nothing. */
#ifndef CLEANSLATE_INITRD_VARIABLE_SURVEY_H
#define CLEANSLATE_INITRD_VARIABLE_SURVEY_H

#include "common/load-option.h"
#include "common/variable-rule.h"
#include "initrd/device.h"

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
        bool (*exists)(void *context, const struct guid *partition);
        void *context;
};

/* 0, or negative errno with trouble set. *ret must be zero; release it with variable_survey_done() in either case. */
int variable_survey(struct device *device, const struct partition_lookup *lookup, struct variable_survey *ret);
void variable_survey_done(struct variable_survey *survey);

#endif
