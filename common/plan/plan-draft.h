/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan in the making, shared by the files that fill it in: plan-mark.c (what becomes of each partition), plan-judge.c (what
 * forbids it), plan-erase.c (steps about what is there), plan.c (what is built, and the order of all). Private to plan*.c. */
#ifndef CLEANSLATE_COMMON_PLAN_DRAFT_H
#define CLEANSLATE_COMMON_PLAN_DRAFT_H

#include "common/plan/layout.h"
#include "common/plan/plan-match.h"
#include "common/plan/plan.h"

struct plan_draft {
        const struct policy *policy;
        const struct inventory *inventory;
        struct plan *plan;
        struct plan_matches matches;
        enum erase_level level;
        enum step_why marked[INVENTORY_PARTITIONS_MAX]; /* why it is erased; WHY_ALWAYS = it is not */
        bool build[POLICY_PARTITIONS_MAX];
        bool grow[POLICY_PARTITIONS_MAX];                /* its partition stays and becomes larger */
        struct layout_area areas[POLICY_PARTITIONS_MAX]; /* of those to build or to grow */
        uint32_t ranks[POLICY_PARTITIONS_MAX];           /* of those that are new: in which order they get their slots */
};

/* Adds a reason not to begin, once. */
void plan_refuse(struct plan_draft *draft, enum refusal refusal);

/* Adds a step. */
void plan_add(struct plan_draft *draft, struct plan_step step);
void plan_add_plain(struct plan_draft *draft, enum step_kind kind);

/* plan-mark.c: plan.fates, what is marked, and what is built. */
void plan_mark(struct plan_draft *draft);
bool plan_is_marked(const struct plan_draft *draft, size_t partition);
bool plan_marks_something(const struct plan_draft *draft);
bool plan_builds_something(const struct plan_draft *draft);

/* plan-slot.c: plan.entries of those that are built. */
void plan_choose_slots(struct plan_draft *draft);

bool plan_clears_tpm(const struct plan_draft *draft);

/* plan-judge.c */
void plan_judge(struct plan_draft *draft);

/* plan-area.c: where on the disk. */
struct layout_area plan_area_of(const struct inventory_partition *partition);
struct layout_area plan_usable_area(const struct inventory *inventory);
struct layout_area plan_entries_area(const struct inventory *inventory);

/* Where the first partition begins; the end of the usable area if there is none. */
uint64_t plan_first_start(const struct inventory *inventory);

/* What nobody but a board's firmware uses: up to [Reset] boot-loader-area= in front of the first partition; empty where all of
 * the unallocated space is erased. */
struct layout_area plan_boot_loader_area(const struct plan_draft *draft);

/* Chooses an area for every definition that is built, and a size for every one whose partition stays; refuses if there is not
 * enough room. */
void plan_lay_out(struct plan_draft *draft);

/* plan-erase.c */
void plan_add_old(struct plan_draft *draft, enum step_kind kind);
void plan_add_unallocated(struct plan_draft *draft);
void plan_name_spared(struct plan_draft *draft);
void plan_add_disks(struct plan_draft *draft, enum step_kind kind);

#endif
