/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An imagined machine on which the real course of a reset runs: real plans, real progress records, real choices of the stub; only
 * what the steps do to disks, TPM and variables is a model. Its power fails where a test says so, its writes are lost or torn,
 * its steps fail. It watches what must hold at every instant. */
#ifndef CLEANSLATE_TESTS_COURSE_WORLD_H
#define CLEANSLATE_TESTS_COURSE_WORLD_H

#include "common/boot/boot-choice.h"
#include "common/course/reset-course.h"

#define WORLD_PARTS_MAX 12
#define WORLD_DISKS_MAX 2

enum part_content { PART_OLD, PART_ERASED, PART_EMPTY, PART_FACTORY };

/* A partition of the boot disk, or the remains of one. */
struct world_part {
        bool exists;
        struct inventory_partition facts;
        enum part_content content;
        bool has_keys;     /* of the old system: its LUKS header can be read */
        bool is_encrypted; /* the new one */
        int sealed_to;     /* generation of the TPM's storage hierarchy */
        bool verified;
        bool may_change; /* what the image marks; everything else is watched for changes */
        bool is_kept;    /* some definition's, which was there before and is not marked */
};

struct world_disk {
        bool has_keys, has_data;
};

/* The variables behind a reset. A copy of them is what the firmware keeps. */
struct world_variables {
        uint8_t slots[PROGRESS_SLOTS][PROGRESS_ENCODED_SIZE];
        size_t slot_sizes[PROGRESS_SLOTS]; /* 0 = absent */
        bool has_request;
        bool has_remains; /* of a request: its name, and nothing that anybody takes for one */
};

/* How the firmware keeps variables, and what Linux is shown of them: course-store.c. */
enum store_kind {
        STORE_SOUND,
        STORE_LOSES_TORN,     /* a write that is cut takes the old value along */
        STORE_LATE,           /* what is written last is lost if the power fails before anything else is written */
        STORE_KEEPS,          /* refuses to remove anything */
        STORE_CLINGS,         /* removes, it says, and has it still */
        STORE_HIDES,          /* shows nothing of what was written in earlier starts */
        STORE_FORGETS,        /* takes a write, and nothing comes of it */
        STORE_SAYS_IT_LOSES,  /* all that was written since the start, and has a variable that says so */
        STORE_ABORTS,         /* each call */
        STORE_GIVES_OUT,      /* each call behind the third write of a start */
        STORE_NEARLY_FULL,    /* without reclaim at run time, and Linux tells the room */
        STORE_FULLER_UNKNOWN, /* the same, with less room, which nobody tells */
        STORE_THREE_RECORDS,  /* the same, with room for three records */
        STORE_FULL,           /* without room for anything new */
        STORE_KIND_COUNT
};
const char *store_kind_name(enum store_kind kind);

/* Reset or not, the store decides: nothing may be begun. */
bool store_holds_nothing(enum store_kind kind);

enum firmware_answer_kind { FIRMWARE_OBEYS, FIRMWARE_SAYS_NO };

/* What outlives a power cut. Plain data: a copy of it is another machine in the same state. */
struct world {
        struct world_part parts[WORLD_PARTS_MAX];
        size_t part_count;
        struct world_disk disks[WORLD_DISKS_MAX];
        struct guid disk_uuid;
        bool gaps_hold_data, esp_is_dirty, variables_are_dirty, table_is_dirty;
        int tpm_generation; /* of its storage hierarchy */
        bool tpm_is_locked; /* the lockout hierarchy is out of reach: only the firmware clears it */
        bool firmware_has_request, firmware_has_answer;
        struct world_variables now, lasting; /* as they are; as they are behind a power cut */
        size_t store_used;                   /* bytes of a store that is short, values of before among them */
        bool was_cut, has_evidence;
        uint64_t sequence_floor;
        const char *record; /* result of the last one written; NULL = none */
        bool hooks_ran, kept_file_is_back;
        uint32_t ids_made, boots_failed;

        /* what the watch remembers */
        bool destroyed;        /* something of the old system is gone */
        int generation_before; /* when the reset began */
        bool built_before;
        unsigned boots;
};

/* What stays as it is while a machine is looked at. */
struct scenario {
        const char *name;
        struct policy policy;
        struct inventory inventory; /* a template: facts that do not change */
        struct world start;
        const struct world *end; /* as it becomes without a fault; NULL: not known */
        bool asked;              /* by a request that is due */
        bool secret_kept;        /* the firmware keeps the stub's secret */
        enum firmware_answer_kind firmware;
        bool keeps_files;
        bool store_is_short; /* only what is due is written to it */
        enum store_kind store;
        enum { ALL_IS_WELL, LEAVES_PARTIAL, LEAVES_DAMAGE } medium;
};

enum fault_kind {
        FAULT_NONE,
        FAULT_CUT_BEFORE, /* power fails before the act has done anything; a write of a variable is lost */
        FAULT_CUT_WITHIN, /* half of it is done; a write of a variable is torn */
        FAULT_CUT_AFTER,  /* all of it is done, and nobody has been told */
        FAULT_ERROR,      /* it ends with an error */
        FAULT_KIND_COUNT
};

/* The act of a boot at which it happens, counted from 0. */
struct fault {
        enum fault_kind kind;
        unsigned at;
};

enum boot_end { END_CUT, END_RESTART, END_SYSTEM, END_PAGE };

/* Wrong ways of driving the course or of being a machine: the watch must see each of them. */
enum mutant {
        MUTANT_NONE,
        MUTANT_STUB_BELIEVES_IT_IS_OVER,
        MUTANT_STUB_IGNORES_THE_REQUEST,
        MUTANT_FORGETS_A_VOLUME,
        MUTANT_TPM_BEFORE_KEYS,
        MUTANT_SKIPS_A_STEP,
        MUTANT_CALLS_A_FAILURE_WELL,
        MUTANT_TOUCHES_THE_KEPT,
        MUTANT_RETIRES_FIRST,
        MUTANT_PHASE_FALLS,
        MUTANT_COUNTS_NOTHING,
        MUTANT_COMMITS_LATE,
        MUTANT_GROWS_BY_HALF,
        MUTANT_IGNORES_WHAT_IS_HIDDEN,
        MUTANT_ONLY_REMOVES,
        MUTANT_BELIEVES_WHAT_IT_WROTE,
        MUTANT_SPENDS_THE_ROOM,
        MUTANT_CANCELS_WHAT_IT_SEES,
        MUTANT_BEGINS_WHERE_ALL_IS_LOST,
        MUTANT_COUNT
};

/* Runs one boot. *ret_acts (may be NULL): how many acts there were. *ret_why: what did not hold, NULL = all did. */
enum boot_end world_boot(const struct scenario *scenario, struct world *world, struct fault fault, enum mutant mutant,
                         unsigned *ret_acts, const char **ret_why);

/* As somebody at the page cancels a request, and the start behind that; *ret_why as above. */
enum boot_end world_cancel(const struct scenario *scenario, struct world *world, enum mutant mutant, const char **ret_why);

/* A further ordinary boot, which must be one and leave all as it is. */
void world_start_again(const struct scenario *scenario, struct world *world, const char **ret_why);

/* Boots without faults until the system or the page; *ret_why as above, also where it does not come to an end. */
enum boot_end world_settle(const struct scenario *scenario, struct world *world, enum mutant mutant, const char **ret_why);

#endif
