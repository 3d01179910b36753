/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of a reset: what comes next, from its plan, its progress and what has just happened. Pure, and the only one that
 * writes into a reset's progress. A driver does what course_act() says, tells what came of it, and goes on until an end;
 * initrd/reset.c is the one of real machines, tests/unit/course-world.c that of imagined ones, whose power fails at every
 * boundary. */
#ifndef CLEANSLATE_COMMON_RESET_COURSE_H
#define CLEANSLATE_COMMON_RESET_COURSE_H

#include "common/plan/plan.h"
#include "common/state/progress.h"
#include "common/state/tpm-evidence.h"

#define COURSE_COMMIT_EVERY_MS 30000 /* while a long erasing goes on: a power cut costs no more, and variables wear */

/* STATE, name, what the driver does in it. */
#define COURSE_STATES(ROW)                                                 \
        ROW(RETIRING, "retiring", COURSE_RETIRE)                           \
        ROW(CLOSING, "closing", COURSE_COMMIT)                             \
        ROW(COUNTING, "counting", COURSE_COMMIT)                           \
        ROW(CHECKING, "checking", COURSE_CHECK)                            \
        ROW(REMEMBERING, "remembering", COURSE_REMEMBER)                   \
        ROW(STEPPING, "stepping", COURSE_STEP)                             \
        ROW(COMMITTING, "committing", COURSE_COMMIT)                       \
        ROW(COUNTING_FAILURE, "counting failure", COURSE_COMMIT)           \
        ROW(RECORDING_FAILURE, "recording failure", COURSE_RECORD_FAILURE) \
        ROW(COMPLETE, "complete", COURSE_END)                              \
        ROW(AWAITING_FIRMWARE, "awaiting firmware", COURSE_END)            \
        ROW(TRY_AGAIN, "try again", COURSE_END)                            \
        ROW(PAGE, "page", COURSE_END)                                      \
        ROW(PAGE_INTACT, "page, nothing erased", COURSE_END)

enum course_state {
#define COURSE_STATE_VALUE(state, ...) COURSE_STATE_##state,
        COURSE_STATES(COURSE_STATE_VALUE)
#undef COURSE_STATE_VALUE
                COURSE_STATE_COUNT
};

/* What the driver has to do. */
enum course_act {
        COURSE_CHECK,          /* the last facts, the plan, the preflight; then course_checked(), or an outcome */
        COURSE_REMEMBER,       /* keep the TPM's state of before in the EFI variables; what of it cannot be is no error */
        COURSE_STEP,           /* plan->steps[step] */
        COURSE_COMMIT,         /* write the progress to its store */
        COURSE_RECORD_FAILURE, /* a record of this attempt, if one can be written; any outcome will do */
        COURSE_RETIRE,         /* the request, as the last step does it */
        COURSE_END,            /* nothing more in this boot */
};

enum course_outcome {
        COURSE_DONE,
        COURSE_FAILED,
        COURSE_IN_DOUBT, /* of COURSE_CHECK: this may not be the reset's disk, and nothing may be written to it */
        COURSE_NO_ROOM,  /* of COURSE_COMMIT: the store takes nothing more, until the firmware tidies it up at the next start */
        COURSE_REJECTED, /* of COURSE_COMMIT: failed, and the store holds nothing of it */
        COURSE_ASKED,    /* of COURSE_STEP: the firmware clears the TPM during the restart that has to follow */
};

/* What a boot knows when it comes to a reset. */
struct course_facts {
        bool interrupted; /* a reset was begun and is not over, whatever its progress is worth */
        bool resuming;    /* ... and its progress is proven: what it says was done need not be done again */
        bool finished;    /* ... all of it but the request, on this very disk */
        bool secret_kept; /* the stub keeps a secret, without which no progress can be proven */
        enum progress_standing standing;
        enum reset_origin asked;       /* who asks now; a reset that goes on keeps its own */
        const uint8_t *request_digest; /* SHA-256 of the request that is due; NULL = none is. Valid during course_begin() */
        uint32_t failures_max;
};

struct course {
        enum course_state state;
        struct course_facts facts;
        struct progress *progress; /* the caller's; what COURSE_COMMIT writes */
        const struct plan *plan;   /* the caller's; NULL until it is checked */
        size_t step;               /* of COURSE_STEP */
        enum reset_origin origin;
        bool is_progress_request;        /* the request is the one that the progress remembers */
        struct erase_point resume_point; /* where an interrupted erasing of this very plan came to; zero = nowhere */
        uint64_t flushed_ms;             /* when the progress was last told of an erasing */
        bool damaged;                    /* something could not be erased: everything else is, and nothing is built */
        bool partial;                    /* the policy lets that pass, or the firmware does not let a variable go */
        bool needs_person;               /* what failed is not repeated unasked */
};

/* What COURSE_CHECK has found. Pointers are valid during course_checked(), the plan until the end. */
struct course_checks {
        const struct plan *plan;
        const struct policy *policy;
        const struct inventory *inventory;
        const struct request *request; /* NULL: nobody asked */
        const uint8_t *request_digest; /* of the one that is due; NULL = none is */
        uint8_t plan_digest[SHA256_SIZE];
        const struct tpm_evidence *tpm; /* of now */
        struct id128 fresh_id;          /* random, for a reset that begins */
        uint64_t now;                   /* seconds since 1970, UTC; 0 = clock unknown */
        uint64_t now_ms;                /* on the clock of course_flushed() */
};

/* `progress`: what was read, or disbelieved. */
void course_begin(struct course *ret, const struct course_facts *facts, struct progress *progress);

enum course_act course_act(const struct course *course);

/* For COURSE_CHECK that went well. */
void course_checked(struct course *course, const struct course_checks *checks);

/* `why`: of COURSE_FAILED, a sentence for the progress. COURSE_CHECK may only end here if it did not go well. */
void course_tell(struct course *course, enum course_outcome outcome, const char *why);

/* What is known of the room in the store of COURSE_COMMIT. Firmware that does not tidy up at run time has less with each write.
 */
enum course_room { ROOM_UNKNOWN, ROOM_AMPLE, ROOM_SHORT };

/* The progress of COURSE_COMMIT has to be in the store before anything else happens. Otherwise it only lets people see how far an
 * interrupted reset came: each attempt repeats all steps. */
bool course_commit_is_due(const struct course *course);

/* Whether to write it. Where nobody knows the room, the third attempt of a reset keeps what there is for what is due. */
bool course_commit_is_worth_it(const struct course *course, enum course_room room);

/* Which definitions' partitions this reset, or the one that it supersedes, has made itself and was interrupted
 * (inventory.half_made), for its plan. */
uint32_t course_half_made(const struct course *course, const struct policy *policy, const struct inventory *inventory);

/* -- what a step does beyond ending -- */

/* Something cannot be erased. The step ends well all the same. */
void course_note_damage(struct course *course);

/* The first done_bytes of the range at start_bytes of `device` (as in struct erase_point) are written and flushed. True: it is
 * time to commit; a store that fails costs the next attempt time. */
bool course_flushed(struct course *course, uint8_t device, uint64_t start_bytes, uint64_t done_bytes, uint64_t now_ms);

/* Whether to commit it then: a point costs as much room as a phase, and there may be one every half a minute. */
bool course_point_is_worth_it(const struct course *course, enum course_room room);

/* Additional disk N of the plan, from 1, is erased and checked. Worth a commit; lost, it is erased once more. */
void course_disk_erased(struct course *course, uint32_t number);

/* The disk has a GUID of its own. */
void course_disk_named(struct course *course, const struct guid *name);

/* What the TPM was like before is in the EFI variables, under this digest; NULL: it is not. */
void course_evidence_kept(struct course *course, const uint8_t *digest);

enum course_question {
        QUESTION_ASK,
        QUESTION_NOT_TWICE, /* clearing is only tried, and asking was to no avail */
        QUESTION_NO_PROOF,  /* no answer of an earlier start can be proven: each start would ask anew, for ever */
};

/* Whether to have the firmware clear the TPM. `by_person`: who stands at the machine has asked for this boot's reset. */
enum course_question course_question(const struct course *course, bool by_person);

/* It is asked once this is committed. */
void course_asks_firmware(struct course *course);

/* It could not be, or its answer is read: committed with what comes of it, so that one lost to a power cut is read again. */
void course_awaits_nothing(struct course *course);

/* -- what has become of it -- */

/* "built" (a first boot, also one that was interrupted), "complete" or "partial". */
const char *course_result(const struct course *course);

const char *course_state_name(enum course_state state);

/* The table of transitions, for its picture: row `index`, from 0; false behind the last one. */
struct course_transition {
        enum course_state from;
        const char *event;
        enum course_state to;
};
bool course_transition_at(size_t index, struct course_transition *ret);

#endif
