/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and contents of partitions, and the space between them, on the disk the system was started from. */
#include "initrd/steps/overwrite.h"
#include "initrd/steps/work.h"
#include "linux/erase/discard-watched.h"
#include <errno.h>
#include <string.h>

static int old_partition_path(const struct work *work, char ret[static DEVICE_PATH_MAX])
{
        int r = blockdev_partition_path(work->context->inventory.disk_path, work->partition->number, ret);
        return r < 0 ? boot_trouble(work->context, r, "Partition %u of %s is not there.", work->partition->number,
                                    work->context->inventory.disk_path)
                     : 0;
}

#define RANGE_NAME_MAX (PARTITION_NAME_MAX + 64)
static void name_range(const struct work *work, char ret[static RANGE_NAME_MAX])
{
        if (work->partition)
                (void)snprintf(ret, RANGE_NAME_MAX, "Partition %u \"%s\"", work->partition->number, work->partition->name);
        else
                (void)snprintf(ret, RANGE_NAME_MAX, "Unpartitioned space of %s", work->context->inventory.disk_path);
}

/* Bad sectors do not stop the erasing: what is behind them and on other partitions goes first. */
static void judge(const struct work *work, bool key_area)
{
        struct reset *reset = work->reset;
        struct erase_outcome *outcome = &work->done->erase;
        char faults[200], name[RANGE_NAME_MAX];
        struct writer writer = writer_over(faults, sizeof(faults));
        work->done->verdict = erase_judge(outcome, key_area, work->context->policy.settings.bad_sectors);
        if (work->done->verdict == ERASE_COMPLETE)
                return;
        erase_describe_faults(outcome, &writer);
        detail_set(work, "%s", faults);
        name_range(work, name);
        report_line(&work->context->report, "reset: %s: %s", name, faults);
        reset->course.partial = true;
        if (work->done->verdict == ERASE_FAILED)
                reset_note_damage(reset,
                                  "%s could not be erased%s: %s. Everything else was erased. The medium is faulty: replace it%s.",
                                  name, key_area ? " where its keys are" : "", faults, key_area ? " and destroy it" : "");
}

int erase_partition_keys(const struct work *work)
{
        char path[DEVICE_PATH_MAX];
        int r = old_partition_path(work, path);
        if (r < 0)
                return r;
        const struct overwriting what = {
                .path = path,
                .length_bytes = work->step->size_bytes,
                .start_bytes = work->step->start_bytes,
                .pattern = PATTERN_ZEROS,
                .write_only = true,
                .verification = VERIFICATION_FULL, /* whatever the policy says of contents */
        };
        work->done->has_outcome = true; /* also what was written before it failed belongs into the record */
        r = overwrite_and_read_back(work->reset, &what, &work->done->erase);
        if (r < 0)
                return r;
        detail_set(work, "%llu bytes overwritten, flushed, read back as zeros", (unsigned long long)what.length_bytes);
        judge(work, true);
        return 0;
}

/* The key areas were zeroed again when this reset was resumed, whatever an earlier attempt had written there. */
static uint64_t key_area_of(const struct work *work)
{
        const struct plan *plan = &work->reset->plan;
        for (size_t i = 0; work->partition && i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_DESTROY_KEYS && plan->steps[i].partition == work->step->partition)
                        return plan->steps[i].size_bytes;
        return 0;
}

/* An interrupted attempt came so far with the range of this step. */
static uint64_t resume_bytes(const struct work *work)
{
        const struct plan_step *step = work->step;
        return erase_point_resume(&work->reset->course.resume_point, 0, step->start_bytes, step->size_bytes);
}

/* `offset`: of the range on the device at `path`. */
static int erase_by_overwriting(const struct work *work, const char *path, uint64_t offset)
{
        const struct plan_step *step = work->step;
        const enum erase_pattern pattern = work->context->policy.settings.overwrite;
        const struct overwriting what = {
                .path = path,
                .offset_bytes = offset,
                .length_bytes = step->size_bytes,
                .start_bytes = step->start_bytes,
                .pattern = pattern,
                .verification = work->context->policy.settings.verify,
                .resumable = true,
                .resume_bytes = resume_bytes(work),
                .rewrite_bytes = pattern == PATTERN_KEYSTREAM ? key_area_of(work) : 0,
        };
        const struct erase_outcome *outcome = &work->done->erase;
        int r = overwrite_and_read_back(work->reset, &what, &work->done->erase);
        if (r == 0)
                detail_set(work, "%llu bytes overwritten with %s, flushed; %llu read back (%s)",
                           (unsigned long long)(outcome->written_bytes + outcome->resumed_bytes),
                           erase_pattern_name(what.pattern), (unsigned long long)outcome->verified_bytes,
                           verification_name(outcome->verification));
        return r;
}

static int overwrite_ends(const struct work *work, const char *path)
{
        const uint64_t edge = UINT64_C(1) << 20; /* signatures live at both ends */
        uint64_t size = work->step->size_bytes, length = size < edge ? size : edge;
        int r = 0;
        for (int end = 0; end < 2 && r == 0; end++) {
                const struct overwriting what = {
                        .path = path,
                        .offset_bytes = end == 0 ? 0 : size - length,
                        .length_bytes = length,
                        .start_bytes = work->step->start_bytes,
                        .write_only = true,
                        .verification = VERIFICATION_FULL,
                };
                r = overwrite_and_read_back(work->reset, &what, &work->done->erase);
        }
        return r;
}

/* What an interrupted attempt has begun to overwrite goes on being overwritten: there, the discard was not seen to work. */
static int erase_by_discard(const struct work *work, const char *path)
{
        struct discard_evidence *evidence = &work->done->discard;
        int r = 0;
        if (resume_bytes(work) == 0)
                (void)discard_watched(path, work->step->size_bytes, work->context->inventory.sector_size, evidence);
        work->done->discarded = discard_is_proven(evidence);
        if (!work->done->discarded) {
                report_note(&work->context->report,
                            "reset: partition %u is overwritten, because its discard was not seen to work: %s",
                            work->partition->number,
                            evidence->result < 0     ? strerror(-evidence->result)
                            : evidence->not_zero > 0 ? "places of it are not zeros"
                                                     : "it was not watched");
                return erase_by_overwriting(work, path, 0);
        }
        r = overwrite_ends(work, path);
        if (r == 0)
                detail_set(
                        work,
                        "ciphertext without keys; discarded: %u markers and %u other places (%u with data before) read as zeros",
                        evidence->markers, evidence->samples, evidence->data_before);
        return r;
}

int erase_partition(const struct work *work)
{
        char path[DEVICE_PATH_MAX];
        int r = old_partition_path(work, path);
        if (r < 0)
                return r;
        work->done->has_outcome = true;
        r = work->step->method == ERASE_METHOD_DISCARD ? erase_by_discard(work, path) : erase_by_overwriting(work, path, 0);
        if (r == 0)
                judge(work, false);
        return r;
}

/* By the disk's own addresses: there is no partition that could be opened. */
int erase_unallocated(const struct work *work)
{
        work->done->has_outcome = true;
        int r = erase_by_overwriting(work, work->context->inventory.disk_path, work->step->start_bytes);
        if (r == 0)
                judge(work, false);
        return r;
}
