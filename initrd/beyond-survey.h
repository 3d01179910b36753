/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset would remove beyond partitions, for its plan. Reads only. */
#ifndef CLEANSLATE_INITRD_BEYOND_SURVEY_H
#define CLEANSLATE_INITRD_BEYOND_SURVEY_H

#include "initrd/reset.h"
#include "initrd/variable-survey.h"

/* Fills device->inventory.beyond, for the plan as it stands. 0, or negative errno with trouble set. */
int beyond_survey(struct reset *reset);

/* A lookup that takes the partitions the plan deletes for gone. */
struct partition_lookup beyond_partition_lookup(struct reset *reset);

#endif
