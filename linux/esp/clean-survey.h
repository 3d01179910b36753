/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset would remove from the ESP and from the EFI variables, for its plan. Reads only. */
#ifndef CLEANSLATE_LINUX_CLEAN_SURVEY_H
#define CLEANSLATE_LINUX_CLEAN_SURVEY_H

#include "common/plan/plan.h"
#include "linux/esp/clean-list.h"
#include "linux/esp/survey-source.h"
#include "linux/esp/variable-survey.h"

/* Which partitions will be there when a plan is carried out. */
struct remaining_partitions {
        const struct plan *plan;
        const struct inventory *inventory; /* that the plan was made from */
};

/* A lookup over this machine's disks that takes the partitions which the plan deletes for gone. `files`: of the ESP; NULL: not
 * looked at. Both are borrowed. */
struct partition_lookup remaining_partitions_lookup(const struct remaining_partitions *partitions,
                                                    const struct esp_survey *files);

/* Fills inventory->clean, for the plan as it stands, and the names in *ret_names (NULL: not wanted; to be all zero). `esp_fd`:
 * the root directory of the mounted EFI system partition. 0, or negative errno with source->trouble set and the inventory as it
 * was. */
int clean_survey(const struct survey_source *source, int esp_fd, const struct plan *plan, struct inventory *inventory,
                 struct clean_result *ret_names);

#endif
