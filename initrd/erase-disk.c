/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/erase-disk.h"

#include "linux/erase-engine.h"
#include "linux/media.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define COMMIT_EVERY_MS 30000 /* firmware's flash wears: one small write in half a minute, and only for long work */

/* One disk of the plan. */
struct target {
        struct reset *reset;
        struct device *device;
        uint32_t number; /* as in plan_step.further_disk */
        const struct chosen_disk *chosen;
        const struct disk_definition *definition;
        struct inventory_disk *disk;
        struct record_disk *record;
};

static struct target target_of(struct reset *reset, const struct plan_step *step)
{
        const struct chosen_disk *chosen = &reset->plan.disks.chosen[step->further_disk - 1];
        return (struct target){
                .reset = reset,
                .device = reset->device,
                .number = step->further_disk,
                .chosen = chosen,
                .definition = &reset->device->policy.settings.disks[chosen->definition],
                .disk = &reset->device->inventory.disks[chosen->disk],
                .record = &reset->record.disks[step->further_disk - 1],
        };
}

static uint64_t random_seed(void)
{
        uint64_t seed = 0;
        (void)!getrandom(&seed, sizeof(seed), 0);
        return seed;
}

/* Overwrites one range and reads all of it back. */
static int overwrite_range(const struct target *target, uint64_t start, uint64_t length)
{
        struct meter meter = report_meter(&target->device->report);
        const struct erase_options options = { .meter = &meter };
        struct erase_task task = { .path = target->disk->path, .offset_bytes = start, .length_bytes = length };
        int r = erase_write(&task, 1, &options);
        if (r == 0)
                r = erase_verify(&task, 1, VERIFICATION_FULL, 0, &options);
        return r < 0 ? r : erase_outcome_is_clean(&task.outcome) ? 0 : -EIO;
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
        (void)snprintf(detail, detail_size,
                       r == 0 ? "%llu bytes at each end overwritten, flushed, read back as zeros"
                              : "%llu bytes at each end not overwritten everywhere; all of the disk will be",
                       (unsigned long long)length);
        return 0;
}

static int fail(const struct target *target, int r, const char *what)
{
        const struct media_facts *media = &target->disk->media;
        (void)snprintf(target->record->verdict, sizeof(target->record->verdict), "%s", what);
        return device_trouble(target->device, r, "The disk %s (%s, serial number %s) was not erased: %s", target->disk->path,
                              media->model, media->serial, what);
}

/* -- overwriting ------------------------------------------------------------------------------------------------------- */

struct batch {
        struct reset *reset;
        struct erase_task tasks[ERASE_TASKS_MAX];
        const struct plan_step *steps[ERASE_TASKS_MAX];
        size_t count;
};

/* Only one disk's place can be remembered; with several at work, the finished ones are. */
static void remember_place(void *context, size_t task, uint64_t done_bytes)
{
        struct batch *batch = context;
        struct device *device = batch->reset->device;
        device->progress.erase_point =
                (struct erase_point){ .device = (uint8_t)batch->steps[task]->further_disk, .done_bytes = done_bytes };
        (void)progress_store_commit(&device->progress_store, &device->progress);
}

static void add_to_batch(struct batch *batch, const struct plan_step *step)
{
        const struct target target = target_of(batch->reset, step);
        const struct erase_point *point = &target.device->progress.erase_point;
        if (batch->count == ERASE_TASKS_MAX || target.record->executed || target.disk->is_done)
                return;
        batch->steps[batch->count] = step;
        batch->tasks[batch->count++] = (struct erase_task){
                .path = target.disk->path,
                .length_bytes = target.disk->media.size_bytes,
                .resume_bytes = point->device == target.number && point->start_bytes == 0 ? point->done_bytes : 0,
        };
}

/* The disk that has to be overwritten now, and with it all others that are overwritten later in the plan. */
static void fill_batch(struct batch *batch, const struct plan_step *step)
{
        const struct plan *plan = &batch->reset->plan;
        add_to_batch(batch, step);
        for (size_t i = 0; i < plan->step_count; i++)
                if (&plan->steps[i] != step && plan->steps[i].kind == STEP_ERASE_DISK &&
                    plan->steps[i].method == ERASE_METHOD_ZERO)
                        add_to_batch(batch, &plan->steps[i]);
}

/* Read back each by its own policy: all of the disks with the same one at the same time. */
static void verify_batch(struct batch *batch, enum verification verification, const struct erase_options *options)
{
        struct erase_task tasks[ERASE_TASKS_MAX];
        size_t indices[ERASE_TASKS_MAX], count = 0;
        for (size_t i = 0; i < batch->count; i++) {
                const struct target target = target_of(batch->reset, batch->steps[i]);
                bool sampled = target.definition->verify == DISK_VERIFY_SAMPLED;
                if (batch->tasks[i].result != 0 || sampled != (verification == VERIFICATION_SAMPLED))
                        continue;
                indices[count] = i;
                tasks[count++] = batch->tasks[i];
        }
        if (count > 0)
                (void)erase_verify(tasks, count, verification, random_seed(), options);
        for (size_t i = 0; i < count; i++)
                batch->tasks[indices[i]] = tasks[i];
}

static int overwrite(const struct target *target, const struct plan_step *step)
{
        struct batch batch = { .reset = target->reset };
        struct meter meter = report_meter(&target->device->report);
        struct erase_options options = { .meter = &meter, .context = &batch };
        if (target->record->executed) /* together with an earlier one */
                return target->record->result;
        fill_batch(&batch, step);
        if (batch.count == 1) {
                options.committed = remember_place;
                options.commit_every_ms = COMMIT_EVERY_MS;
        }
        (void)erase_write(batch.tasks, batch.count, &options);
        options.committed = NULL;
        verify_batch(&batch, VERIFICATION_FULL, &options);
        verify_batch(&batch, VERIFICATION_SAMPLED, &options);
        for (size_t i = 0; i < batch.count; i++) {
                struct record_disk *record = target_of(target->reset, batch.steps[i]).record;
                record->executed = true;
                record->outcome = batch.tasks[i].outcome;
                record->result = batch.tasks[i].result;
                if (record->result == 0 && !erase_outcome_is_clean(&record->outcome))
                        record->result = -EIO;
        }
        return target->record->result;
}

static int clear_disk(const struct target *target, const struct plan_step *step, char *detail, size_t detail_size)
{
        const struct erase_outcome *outcome = &target->record->outcome;
        char what[160];
        int r = overwrite(target, step);
        if (r == 0) {
                (void)snprintf(detail, detail_size, "%llu bytes overwritten with %s, %llu read back (%s)",
                               (unsigned long long)(outcome->written_bytes + outcome->resumed_bytes),
                               erase_pattern_name(outcome->pattern), (unsigned long long)outcome->verified_bytes,
                               verification_name(outcome->verification));
                return 0;
        }
        if (erase_outcome_is_clean(outcome))
                (void)snprintf(what, sizeof(what), "overwriting ended with: %s.", strerror(-r));
        else
                (void)snprintf(
                        what, sizeof(what), "%llu bytes could not be written, %llu not be read back, %llu read back otherwise.",
                        (unsigned long long)outcome->unwritable.total_bytes, (unsigned long long)outcome->unreadable.total_bytes,
                        (unsigned long long)outcome->wrong.total_bytes);
        return fail(target, r, what);
}

/* -- purging ------------------------------------------------------------------------------------------------------------ */

/* What is hidden would outlive the purge, or be found by the next owner. */
static int open_hidden_areas(const struct target *target)
{
        struct media_facts *media = &target->disk->media;
        uint64_t hidden = media->hpa.bytes + media->dco.bytes, size;
        if (hidden == 0)
                return 0;
        int r = media_unhide(target->disk->path, media, &size);
        if (r == -EAGAIN)
                return fail(target, r, "its hidden areas open only after a power cycle. Switch the machine off and on again.");
        if (r < 0)
                return fail(target, r, "its hidden areas cannot be opened.");
        target->record->hidden_bytes_opened = hidden;
        return media_read(target->disk->path, media);
}

static int purge_disk(const struct target *target, const struct plan_step *step, char *detail, size_t detail_size)
{
        struct record_disk *record = target->record;
        struct meter meter = report_meter(&target->device->report);
        int r = open_hidden_areas(target);
        if (r < 0)
                return r;
        r = media_purge(target->disk->path, &target->disk->media, target->chosen->technique, &meter, &record->purge);
        record->technique = target->chosen->technique;
        if (r < 0 && target->definition->fall_back) {
                record->fell_back = true;
                report_line(&target->device->report, "%s: the purge failed (%s); the policy lets it be overwritten instead",
                            target->disk->path, record->purge.words);
                return clear_disk(target, step, detail, detail_size);
        }
        record->executed = true;
        record->result = r;
        if (r < 0)
                return fail(target, r, record->purge.words[0] ? record->purge.words : strerror(-r));
        (void)snprintf(detail, detail_size, "%s; all %u markers are gone", media_technique_text(record->technique),
                       record->purge.markers.gone);
        return 0;
}

/* -- giving back --------------------------------------------------------------------------------------------------------- */

static int discard_disk(const struct target *target, const struct plan_step *step, char *detail, size_t detail_size)
{
        if (!target->record->keys_destroyed) /* without that, the ciphertext may still have a key */
                return clear_disk(target, step, detail, detail_size);
        int r = blockdev_discard(target->disk->path, 0, target->disk->media.size_bytes);
        target->record->executed = true;
        (void)snprintf(detail, detail_size, "ciphertext without keys; %s; both ends overwritten",
                       r == 0 ? "discarded" : "discard not supported by the device");
        return 0;
}

static void note_done(const struct target *target, const char *detail)
{
        struct device *device = target->device;
        struct media_facts after;
        (void)snprintf(target->record->verdict, sizeof(target->record->verdict), "erased: %s", detail);
        if (media_read(target->disk->path, &after) == 0) {
                target->record->health_after_known = true;
                target->record->health_after = after.health;
        }
        device->progress.disks_done |= UINT32_C(1) << (target->number - 1);
        if (device->progress.erase_point.device == target->number)
                device->progress.erase_point = (struct erase_point){ 0 };
        (void)progress_store_commit(&device->progress_store, &device->progress); /* lost, it is erased once more */
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
        else if (step->method == ERASE_METHOD_DISCARD)
                r = discard_disk(&target, step, detail, detail_size);
        else
                r = clear_disk(&target, step, detail, detail_size);
        if (r == 0)
                note_done(&target, detail);
        return r;
}
