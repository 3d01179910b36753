/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/erase-disk.h"

#include "common/plan/erase-verdict.h"
#include "initrd/steps/overwrite.h"
#include "linux/base/random.h"
#include "linux/erase/erase-engine.h"
#include "linux/media/media-purge.h"
#include "linux/media/media.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One disk of the plan. */
struct target {
        struct reset *reset;
        struct boot_context *context;
        uint32_t number; /* as in plan_step.additional_disk */
        const struct chosen_disk *chosen;
        const struct disk_definition *definition;
        struct inventory_disk *disk;
        struct record_disk *record;
        struct record_step *done;
};

static struct target target_of(struct reset *reset, const struct plan_step *step)
{
        const struct chosen_disk *chosen = &reset->plan.disks.chosen[step->additional_disk - 1];
        return (struct target){
                .reset = reset,
                .context = reset->context,
                .number = step->additional_disk,
                .chosen = chosen,
                .definition = &reset->context->policy.settings.disks[chosen->definition],
                .disk = &reset->context->inventory.disks[chosen->disk],
                .record = &reset->record.disks[step->additional_disk - 1],
                .done = &reset->record.steps[step - reset->plan.steps],
        };
}

/* Overwrites one range and reads all of it back. */
static int overwrite_range(const struct target *target, uint64_t start, uint64_t length)
{
        const struct overwriting what = {
                .path = target->disk->path,
                .offset_bytes = start,
                .length_bytes = length,
                .write_only = true,
                .verification = VERIFICATION_FULL,
        };
        struct erase_outcome outcome = { 0 };
        int r = overwrite_and_read_back(target->reset, &what, &outcome);
        return r < 0 ? r : erase_outcome_is_clean(&outcome) ? 0 : -EIO;
}

int erase_disk_keys(struct reset *reset, const struct plan_step *step, char *detail, size_t detail_size)
{
        const struct target target = target_of(reset, step);
        uint64_t size = target.disk->media.size_bytes, length = step->size_bytes;
        if (target.disk->is_done) {
                (void)snprintf(detail, detail_size, "the disk was erased and checked in an earlier attempt");
                return 0;
        }
        int r = overwrite_range(&target, 0, length);
        if (r == 0 && length < size)
                r = overwrite_range(&target, size - length, length);
        target.record->keys_destroyed = r == 0;
        if (r < 0)
                target.context->trouble[0] = 0; /* not the reset's, yet */
        (void)snprintf(detail, detail_size,
                       r == 0 ? "%llu bytes at each end overwritten, flushed, read back as zeros"
                              : "%llu bytes at each end not overwritten everywhere; all of the disk will be",
                       (unsigned long long)length);
        return 0;
}

/* The other disks are erased all the same; then the reset fails, before anything is rebuilt. */
static int fail(const struct target *target, const char *what, char *detail, size_t detail_size)
{
        const struct media_facts *media = &target->disk->media;
        struct reset *reset = target->reset;
        target->done->verdict = ERASE_FAILED;
        reset->course.partial = true;
        (void)snprintf(detail, detail_size, "%s", what);
        (void)snprintf(target->record->verdict, sizeof(target->record->verdict), "not erased: %s", what);
        report_line(&target->context->report, "reset: %s: %s", target->disk->path, what);
        reset_note_damage(reset, "The disk %s (%s, serial number %s) was not erased: %s", target->disk->path, media->model,
                          media->serial, what);
        return 0;
}

/* -- overwriting ------------------------------------------------------------------------------------------------------- */

struct batch {
        struct reset *reset;
        struct erase_task tasks[ERASE_TASKS_MAX];
        const struct plan_step *steps[ERASE_TASKS_MAX];
        size_t count;
        struct meter meter;
};

/* Only one disk's place can be remembered; with several at work, the finished ones are. */
static void remember_place(void *context, size_t task, uint64_t done_bytes)
{
        struct batch *batch = context;
        reset_erased_up_to(batch->reset, (uint8_t)batch->steps[task]->additional_disk, 0, done_bytes);
}

static bool is_overwritten(const struct plan_step *step)
{
        return step->kind == STEP_ERASE_DISK && (step->method == ERASE_METHOD_ZERO || step->method == ERASE_METHOD_KEYSTREAM);
}

/* A keystream is not gone on with: this attempt has put zeros where the keys were. */
static void add_to_batch(struct batch *batch, const struct plan_step *step)
{
        const struct target target = target_of(batch->reset, step);
        struct erase_task *task = &batch->tasks[batch->count];
        if (batch->count == ERASE_TASKS_MAX || target.record->executed || target.disk->is_done)
                return;
        *task = (struct erase_task){ .path = target.disk->path, .length_bytes = target.disk->media.size_bytes };
        task->verification = target.definition->verify == DISK_VERIFY_SAMPLED ? VERIFICATION_SAMPLED : VERIFICATION_FULL;
        if (step->method == ERASE_METHOD_KEYSTREAM)
                task->pattern = PATTERN_KEYSTREAM;
        else
                task->resume_bytes =
                        erase_point_resume(&batch->reset->course.resume_point, (uint8_t)target.number, 0, task->length_bytes);
        erase_derive_key(target.context->progress.reset_id.bytes, target.number, 0, task->key);
        batch->steps[batch->count++] = step;
}

/* The disk that has to be overwritten now, and with it all others that are overwritten later in the plan. */
static void fill_batch(struct batch *batch, const struct plan_step *step)
{
        const struct plan *plan = &batch->reset->plan;
        add_to_batch(batch, step);
        for (size_t i = 0; i < plan->step_count; i++)
                if (&plan->steps[i] != step && is_overwritten(&plan->steps[i]))
                        add_to_batch(batch, &plan->steps[i]);
}

static void begins(void *context, bool reading)
{
        struct batch *batch = context;
        batch->meter = report_meter(&batch->reset->context->report, reading ? N_("reading back") : N_("overwriting"));
}

static void note_outcomes(struct batch *batch)
{
        for (size_t i = 0; i < batch->count; i++) {
                const struct target target = target_of(batch->reset, batch->steps[i]);
                target.record->executed = true;
                target.record->outcome = batch->tasks[i].outcome;
                target.record->result = batch->tasks[i].result;
        }
}

static int overwrite(const struct target *target, const struct plan_step *step)
{
        struct batch batch = { .reset = target->reset };
        struct erase_passes passes = {
                .options = { .meter = &batch.meter, .context = &batch, .commit_every_ms = COURSE_COMMIT_EVERY_MS },
                .begins = begins,
        };
        uint64_t seed = 0;
        if (target->record->executed) /* together with an earlier one */
                return 0;
        int r = random_bytes(&seed, sizeof(seed));
        if (r < 0)
                return r;
        fill_batch(&batch, step);
        passes.options.committed = batch.count == 1 ? remember_place : NULL;
        (void)erase_overwrite(batch.tasks, batch.count, seed, &passes);
        note_outcomes(&batch);
        return 0;
}

static int clear_disk(const struct target *target, const struct plan_step *step, char *detail, size_t detail_size)
{
        const struct erase_outcome *outcome = &target->record->outcome;
        char what[200];
        struct writer writer = writer_over(what, sizeof(what));
        int r = overwrite(target, step);
        if (r < 0)
                return fail(target, strerror(-r), detail, detail_size);
        target->done->has_outcome = true;
        target->done->erase = *outcome;
        if (target->record->result < 0)
                return fail(target, strerror(-target->record->result), detail, detail_size);
        target->done->verdict = erase_judge(outcome, false, target->context->policy.settings.bad_sectors);
        erase_describe_faults(outcome, &writer);
        if (target->done->verdict == ERASE_FAILED)
                return fail(target, what, detail, detail_size);
        target->reset->course.partial |= target->done->verdict == ERASE_PARTIAL;
        (void)snprintf(detail, detail_size, "%llu bytes overwritten with %s, %llu read back (%s)%s%s",
                       (unsigned long long)(outcome->written_bytes + outcome->resumed_bytes),
                       erase_pattern_name(outcome->pattern), (unsigned long long)outcome->verified_bytes,
                       verification_name(outcome->verification), what[0] ? "; " : "", what);
        return 0;
}

/* -- purging ------------------------------------------------------------------------------------------------------------ */

/* What is hidden would outlive the purge, or be found by the next owner. Why it does not open; NULL if nothing is hidden. */
static const char *open_hidden_areas(const struct target *target)
{
        struct media_facts *media = &target->disk->media;
        uint64_t hidden = media->hpa.bytes + media->dco.bytes, size;
        if (hidden == 0)
                return NULL;
        int r = media_unhide(target->disk->path, media, &size);
        if (r == -EAGAIN)
                return "its hidden areas open only after a power cycle: switch the machine off and on again";
        if (r < 0 || media_read(target->disk->path, media) < 0)
                return "its hidden areas cannot be opened";
        target->record->hidden_bytes_opened = hidden;
        return NULL;
}

static int purge_disk(const struct target *target, const struct plan_step *step, char *detail, size_t detail_size)
{
        struct record_disk *record = target->record;
        struct meter meter = report_meter(&target->context->report, N_("purging"));
        const char *hidden = open_hidden_areas(target);
        if (hidden)
                return fail(target, hidden, detail, detail_size);
        record->technique = target->chosen->technique;
        record->result = media_purge(target->disk->path, &target->disk->media, record->technique, &meter, &record->purge);
        if (record->result < 0 && target->definition->fall_back) {
                record->fell_back = true;
                report_line(&target->context->report, "%s: the purge failed (%s); the policy lets it be overwritten instead",
                            target->disk->path, record->purge.words);
                return clear_disk(target, step, detail, detail_size);
        }
        record->executed = true;
        if (record->result < 0)
                return fail(target, record->purge.words[0] ? record->purge.words : strerror(-record->result), detail,
                            detail_size);
        (void)snprintf(detail, detail_size, "%s; all %u markers are gone", media_technique_text(record->technique),
                       record->purge.markers.gone);
        return 0;
}

/* -- the whole ---------------------------------------------------------------------------------------------------------- */

static void note_done(const struct target *target, const char *detail)
{
        struct boot_context *context = target->context;
        struct media_facts after;
        (void)snprintf(target->record->verdict, sizeof(target->record->verdict), "erased: %s", detail);
        if (media_read(target->disk->path, &after) == 0) {
                target->record->health_after_known = true;
                target->record->health_after = after.health;
        }
        course_disk_erased(&target->reset->course, target->number);
        (void)progress_store_commit(&context->progress_store, &context->progress); /* lost, it is erased once more */
}

int erase_disk(struct reset *reset, const struct plan_step *step, char *detail, size_t detail_size)
{
        const struct target target = target_of(reset, step);
        int r;
        if (target.disk->is_done) {
                (void)snprintf(detail, detail_size, "erased and checked in an earlier attempt");
                (void)snprintf(target.record->verdict, sizeof(target.record->verdict), "%s", detail);
                return 0;
        }
        if (step->method == ERASE_METHOD_PURGE)
                r = purge_disk(&target, step, detail, detail_size);
        else
                r = clear_disk(&target, step, detail, detail_size);
        if (r == 0 && target.done->verdict == ERASE_COMPLETE)
                note_done(&target, detail);
        return r;
}
