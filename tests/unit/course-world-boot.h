/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot of an imagined machine, shared by the files that make it up: course-world.c (stub and initrd) and course-world-steps.c
 * (what acts do to the world, and what must hold while they do). */
#ifndef CLEANSLATE_TESTS_COURSE_WORLD_BOOT_H
#define CLEANSLATE_TESTS_COURSE_WORLD_BOOT_H

#include "common/boot/handover.h"
#include "tests/unit/course-world.h"

/* One boot: what is in memory, and gone with it. */
struct boot {
        const struct scenario *scenario;
        struct world *world;
        struct fault fault;
        enum mutant mutant;
        unsigned acts;
        const char *why;
        bool cut; /* the power has failed: nothing acts any more */
        struct progress_keys keys;
        struct progress progress;
        int slot; /* that counts */
        uint64_t sequence;
        struct inventory inventory;
        size_t part_of[INVENTORY_PARTITIONS_MAX]; /* of world.parts, by the inventory's index */
        size_t new_part[POLICY_PARTITIONS_MAX];   /* of world.parts, by definition */
        struct plan plan;
        struct course course;
        struct tpm_evidence tpm;
        struct handover handover;
        bool is_hidden;       /* something that the stub has seen */
        unsigned writes;      /* of variables */
        unsigned written;     /* which: a bit for each slot, and one for the request */
        bool is_written_down; /* in this boot, that a reset is under way */
        bool failed_step;     /* in this boot */
        bool has_reason;      /* the stub's choice says why */
        enum reset_phase last_phase;
        struct id128 last_id;
};

/* Something that must hold does not; the first is told. */
void violate(struct boot *boot, const char *why);

/* Called before each act: what happens to it. */
enum fault_kind next_act(struct boot *boot);

bool any_old_keys(const struct world *world);

/* An ordinary boot: the whole new state, and nothing left to do. */
void check_system_may_start(struct boot *boot);

/* As the driver of a course does them: 0, 1 = the firmware is asked, -1; boot->cut tells that the power has failed. */
int commit(struct boot *boot);
int step(struct boot *boot);
int retire(struct boot *boot);

#endif
