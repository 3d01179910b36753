/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reset.h"

#include "initrd/additional-disks.h"
#include "initrd/last-boot.h"
#include "initrd/reset-plan.h"
#include "initrd/reset-record.h"
#include "initrd/reset-words.h"
#include "initrd/steps/execute.h"
#include "initrd/tpm-check.h"
#include "initrd/volume-list.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The request as it was when the reset began, even if its variable has gone missing since. */
static void restore_request(struct boot_context *context)
{
        context->request.tpm_clear = context->progress.request.tpm_clear_policy;
        context->request.level = context->progress.request.level;
        (void)snprintf(context->request.reason, sizeof(context->request.reason), "%s", context->progress.request.reason);
        (void)snprintf(context->request.requester, sizeof(context->request.requester), "%s", context->progress.request.requester);
}

/* -- the course's acts --------------------------------------------------------------------------------------------------- */

static const char *step_object(const struct reset *reset, const struct plan_step *step)
{
        const struct boot_context *context = reset->context;
        if (step->additional_disk > 0)
                return context->inventory.disks[reset->plan.disks.chosen[step->additional_disk - 1].disk].path;
        if (step->definition >= 0)
                return context->policy.partitions[step->definition].label;
        return step->partition >= 0 ? context->inventory.partitions[step->partition].name : "";
}

static int act_of_step(struct reset *reset, size_t index)
{
        struct record_step *step = &reset->record.steps[index];
        switch (reset->plan.steps[index].kind) {
        case STEP_COMMIT_PROGRESS:
                return 0; /* the commit behind every phase does it, this one's too */
        case STEP_WRITE_RECORD:
                return reset_record_finish(reset);
        case STEP_RETIRE_REQUEST:
                return reset_retire_request(reset);
        default:
                return execute_step(reset, index, step->detail, sizeof(step->detail));
        }
}

static int step(struct reset *reset)
{
        struct boot_context *context = reset->context;
        size_t index = reset->course.step;
        const struct plan_step *planned = &reset->plan.steps[index];
        struct record_step *done = &reset->record.steps[index];
        done->started_ms =
                report_step(&context->report, index + 1, reset->plan.step_count, planned->kind, step_object(reset, planned));
        done->executed = true;
        context->erasing |= step_traits(planned->kind)->act != STEP_COMMITS;
        done->result = act_of_step(reset, index);
        done->duration_ms = now_ms() - done->started_ms;
        return done->result;
}

/* Its own failures change nothing about the one that is recorded. */
static int record_failure(struct reset *reset)
{
        reset_record_failure(reset);
        return 0;
}

static int retire(struct reset *reset)
{
        report_line(&reset->context->report, "reset: everything but the request was finished before; retiring it");
        return reset_retire_request(reset);
}

static enum course_outcome outcome_of(const struct reset *reset, enum course_act act, int r)
{
        const struct boot_context *context = reset->context;
        if (r >= 0)
                return COURSE_DONE;
        /* nobody but the firmware has a restart of its own for an answer */
        const bool asks = act == COURSE_STEP && reset->plan.steps[reset->course.step].kind == STEP_CLEAR_TPM;
        if (asks && r == -EINPROGRESS)
                return COURSE_ASKED;
        if ((asks || act == COURSE_COMMIT) && r == -ENOSPC && context->progress.phase > PHASE_STARTED)
                return COURSE_NO_ROOM;
        return act == COURSE_COMMIT && !progress_store_may_hold(&context->progress_store, &context->progress) ? COURSE_REJECTED
                                                                                                              : COURSE_FAILED;
}

/* One act; tells the course what came of it. */
static void go_on(struct reset *reset)
{
        static int (*const acts[])(struct reset *) = {
                [COURSE_REMEMBER] = tpm_keep_evidence,    [COURSE_STEP] = step,     [COURSE_COMMIT] = reset_commit,
                [COURSE_RECORD_FAILURE] = record_failure, [COURSE_RETIRE] = retire,
        };
        struct course *course = &reset->course;
        enum course_act act = course_act(course);
        if (act == COURSE_CHECK) {
                if (reset_check_everything(reset) < 0)
                        course_tell(course, reset->is_in_doubt ? COURSE_IN_DOUBT : COURSE_FAILED, reset->context->trouble);
                return;
        }
        int r = acts[act](reset);
        bool well = r >= 0;
        enum course_outcome outcome = outcome_of(reset, act, r);
        course_tell(course, outcome, well && course->damaged ? reset->damage : reset->context->trouble);
        if (well && course->damaged && course->state == COURSE_STATE_COUNTING_FAILURE) /* building would come next */
                (void)boot_trouble(reset->context, -EIO, "%s", reset->damage);
}

/* -- the whole ------------------------------------------------------------------------------------------------------------ */

/* What is finished was finished on one disk. On another one the plan says what is to be done: refuse, or build where nothing is.
 */
static bool is_finished_here(struct boot_context *context)
{
        if (!context->resuming || context->progress.phase != PHASE_RECORDED)
                return false;
        additional_disks_expect(context);
        return !plan_is_another_disk(&context->inventory);
}

static struct course_facts facts_of(struct boot_context *context, enum reset_origin origin)
{
        return (struct course_facts){ .interrupted = context->interrupted,
                                      .resuming = context->resuming,
                                      .finished = is_finished_here(context),
                                      .secret_kept = context->keys.progress.secret_kept,
                                      .standing = context->handover.progress,
                                      .asked = origin,
                                      .request_digest = reset_due_digest(context),
                                      .failures_max = context->policy.settings.failures_max };
}

static void begin(struct reset *reset, enum reset_origin origin)
{
        struct boot_context *context = reset->context;
        const struct course_facts facts = facts_of(context, origin);
        course_begin(&reset->course, &facts, &context->progress);
        if (reset->course.is_progress_request)
                restore_request(context);
        reset_say_beginning(reset);
}

static void reset_freep(struct reset **reset)
{
        if (*reset)
                reset_free(*reset);
}

void reset_announce(struct boot_context *context)
{
        report_line(&context->report,
                    "reset: the factory state is being restored. Do not switch off; if power fails, it resumes by itself.");
        report_start_drawing(&context->report);
}

int reset_check(struct boot_context *context, struct plan *ret_plan)
{
        _cleanup_(reset_freep) struct reset *reset = reset_new(context);
        if (!reset)
                return boot_trouble(context, -ENOMEM, "Not enough memory for a reset.");
        struct progress progress = context->progress; /* nothing is begun */
        const struct course_facts facts = facts_of(context, ORIGIN_RECOVERY);
        course_begin(&reset->course, &facts, &progress);
        int r = reset_plan_and_try(reset, &context->request);
        if (r == 0)
                *ret_plan = reset->plan;
        return r;
}

enum course_state reset_run(struct boot_context *context, enum reset_origin origin)
{
        _cleanup_(reset_freep) struct reset *reset = reset_new(context);
        if (!reset) {
                (void)boot_trouble(context, -ENOMEM, "Not enough memory for a reset.");
                return context->interrupted ? COURSE_STATE_TRY_AGAIN : COURSE_STATE_PAGE_INTACT;
        }
        reset->record.started_ms = now_ms();
        begin(reset, origin);
        while (course_act(&reset->course) != COURSE_END)
                go_on(reset);
        explicit_bzero(&context->lockout_auth, sizeof(context->lockout_auth));
        if (reset->course.state == COURSE_STATE_COMPLETE && reset->course.plan) {
                volume_list_note_built(context, &reset->plan);
                reset_say_end(reset);
                if (origin != ORIGIN_FIRST_BOOT)
                        last_boot_forget(context);
        }
        return reset->course.state;
}
