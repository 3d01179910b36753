/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reset.h"

#include "common/state/boot-trace.h"
#include "initrd/esp.h"
#include "initrd/further-disks.h"
#include "initrd/preflight.h"
#include "initrd/steps/execute.h"
#include "initrd/steps/keep.h"
#include "initrd/tpm-check.h"
#include "linux/base/cleanup.h"
#include "linux/esp/beyond-survey.h"
#include "linux/image/plan-digest.h"
#include "linux/record/record-sign.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* The phase that is reached when the last step of a kind is done. */
static enum reset_phase phase_after(enum step_kind kind)
{
        static const enum reset_phase phases[STEP_COUNT] = {
                [STEP_COMMIT_PROGRESS] = PHASE_STARTED,
                [STEP_DESTROY_KEYS] = PHASE_KEYS_DESTROYED,
                [STEP_DESTROY_DISK_KEYS] = PHASE_KEYS_DESTROYED,
                [STEP_ERASE_UNALLOCATED] = PHASE_ERASED,
                [STEP_ERASE_DISK] = PHASE_ERASED,
                [STEP_NAME_DISK] = PHASE_REBUILT,
                [STEP_CLEAR_TPM] = PHASE_TPM_CLEARED,
                [STEP_ERASE] = PHASE_ERASED,
                [STEP_DELETE_ENTRY] = PHASE_REBUILT,
                [STEP_CREATE_ENTRY] = PHASE_REBUILT,
                [STEP_ENCRYPT] = PHASE_REBUILT,
                [STEP_MAKE_FILE_SYSTEM] = PHASE_REBUILT,
                [STEP_COPY_TREE] = PHASE_REBUILT,
                [STEP_VERIFY_TREE] = PHASE_VERIFIED,
                [STEP_RUN_HOOKS] = PHASE_VERIFIED,
                [STEP_WRITE_RECORD] = PHASE_RECORDED,
                [STEP_CLEAN_ESP] = PHASE_ERASED,
                [STEP_CLEAN_VARIABLES] = PHASE_ERASED,
                [STEP_CLEAN_TABLE] = PHASE_ERASED,
                [STEP_RETIRE_REQUEST] = PHASE_DONE,
        };
        return phases[kind];
}

/* What the firmware's variables must know before anything is destroyed, so that a lost request changes nothing. */
static void begin_progress(struct reset *reset, enum reset_origin origin, const struct request *request)
{
        struct device *device = reset->device;
        struct progress *progress = &device->progress;
        const uint32_t attempts = device->interrupted ? progress->attempts : 1, failures = progress->failures;
        const uint8_t firmware_asked = device->interrupted ? progress->firmware_asked : 0;
        memset(progress, 0, sizeof(*progress));
        progress->attempts = attempts;
        progress->failures = device->interrupted ? failures : 0;
        progress->firmware_asked = firmware_asked;
        progress->origin = origin;
        if (device->request_state == REQUEST_DUE)
                memcpy(progress->request_digest, device->request_digest, sizeof(progress->request_digest));
        (void)!getrandom(progress->reset_id.bytes, sizeof(progress->reset_id.bytes), 0);
        progress->started_at = (uint64_t)time(NULL);
        progress->disk_uuid = device->inventory.disk_uuid;
        progress->srk_name_before_size = reset->tpm_now.srk_name_size;
        memcpy(progress->srk_name_before, reset->tpm_now.srk_name, sizeof(progress->srk_name_before));
        progress->tpm_reset_count_before = reset->tpm_now.reset_count;
        for (size_t i = 0; i < device->inventory.partition_count; i++) {
                uint32_t bit = device->inventory.partitions[i].number - 1;
                if (device->inventory.partitions[i].content != CONTENT_LUKS && bit < 8 * sizeof(progress->plain_partitions))
                        progress->plain_partitions[bit / 8] |= (uint8_t)(1u << (bit % 8));
        }
        if (!request)
                return;
        progress->request.tpm_clear_policy = (uint8_t)request->tpm_clear;
        progress->request.level = (uint8_t)request->level;
        (void)snprintf(progress->request.reason, sizeof(progress->request.reason), "%s", request->reason);
        (void)snprintf(progress->request.requester, sizeof(progress->request.requester), "%s", request->requester);
}

/* What the bits about further disks mean. Other disks than those of the attempt before: all of them are erased anew. */
static void note_disks(struct reset *reset)
{
        struct progress *progress = &reset->device->progress;
        uint32_t check = disk_choice_check(&reset->plan.disks, &reset->device->inventory);
        if (reset->device->resuming && progress->disks_check == check)
                return;
        progress->disks_check = check;
        progress->disks_done = 0;
}

/* What had no partition when this reset began, or has lost it since: what it finds there when it is resumed is its own work. Only
 * what is proven counts, or a record that anybody can write would have a kept partition erased. */
static void recall_absent(struct reset *reset)
{
        const struct device *device = reset->device;
        const struct progress *progress = &device->progress;
        bool counts = device->resuming && progress->absent_check == plan_absent_check(&device->policy) &&
                      (progress->origin != ORIGIN_FIRST_BOOT || !device->inventory.built_before);
        reset->device->inventory.half_made = counts ? progress->absent : 0;
}

static void note_absent(struct reset *reset)
{
        const struct device *device = reset->device;
        reset->device->progress.absent = device->inventory.half_made | plan_absent(&device->policy, &device->inventory);
        reset->device->progress.absent_check = plan_absent_check(&device->policy);
}

static int digest_plan(struct reset *reset)
{
        struct device *device = reset->device;
        int r = plan_digest(&reset->plan, &device->policy, &device->inventory, device->progress.plan_digest);
        if (r == -E2BIG)
                return device_trouble(device, r, "The plan is too long to be written down; delete partitions with odd names.");
        return r < 0 ? device_trouble(device, r, "Not enough memory to write down the plan.") : 0;
}

/* A record that nobody has signed is a record all the same: the reset does not fail of it, and the file beside it says why. */
static void sign_record(struct device *device, const struct esp *esp, const char *name, struct bytes record)
{
        char why[256] = "";
        _cleanup_free_ char *text = malloc(RECORD_SIGNATURE_TEXT_MAX);
        struct writer writer = writer_over(text, text ? RECORD_SIGNATURE_TEXT_MAX : 0);
        int r = text ? record_sign(device->tpm, record, &writer, why) : -ENOMEM;
        if (r == 0)
                r = writer.overflow ? -E2BIG : record_signature_store(esp->fd, name, text, writer.size);
        if (r < 0)
                report_note(&device->report, "the record is not signed: %s", strerror(-r));
        else if (why[0])
                report_note(&device->report, "the record is not signed: %s", why);
}

static int write_record(struct reset *reset, const char *name)
{
        struct device *device = reset->device;
        _cleanup_free_ char *text = malloc(RECORD_TEXT_MAX);
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        bool tpm = device->inventory.tpm.present;
        struct record_source source = {
                .record = &reset->record,
                .plan = &reset->plan,
                .policy = &device->policy,
                .inventory = &device->inventory,
                .progress = &device->progress,
                .os = &device->os,
                .tpm_before = tpm && reset->tpm_before_known ? &reset->tpm_before : NULL,
                .tpm_after = tpm ? &reset->tpm_after : NULL,
                .tpm = &reset->record_tpm,
                .mode_unmeasured = device->mode_unmeasured,
                .factory_digest = reset->factory.digest,
                .beyond = &reset->beyond,
                .kept = &reset->keep.kept,
        };
        if (!text)
                return -ENOMEM;
        struct writer writer = writer_over(text, RECORD_TEXT_MAX);
        record_encode(&source, &writer);
        if (writer.overflow)
                return -E2BIG;
        int r = esp_open(&device->inventory, &esp);
        if (r == 0)
                r = record_write(esp.fd, name, text, writer.size);
        if (r == 0)
                sign_record(device, &esp, name, (struct bytes){ writer.data, writer.size });
        return r;
}

static int finish_record(struct reset *reset)
{
        struct device *device = reset->device;
        char name[ID128_TEXT_SIZE];
        if (reset->manifest_verified != reset->factory.manifest_expected)
                return device_trouble(
                        device, -EBADMSG,
                        "The factory manifest describes more than the rebuilt volumes hold: %zu of %zu bytes matched.",
                        reset->manifest_verified, reset->factory.manifest_expected);
        if (reset->plan.first_boot || device->progress.origin == ORIGIN_FIRST_BOOT) /* also one that was interrupted */
                reset->record.result = "built";
        else
                reset->record.result = reset->partial || reset->plan.undeclared_count > 0 ? "partial" : "complete";
        reset->record.error = "";
        reset->record.finished_ms = now_ms();
        id128_format(&device->progress.reset_id, name);
        int r = write_record(reset, name);
        return r < 0 ? device_trouble(device, r, "The record cannot be written to the EFI system partition: %s.", strerror(-r))
                     : 0;
}

static int retire_request(struct reset *reset)
{
        struct device *device = reset->device;
        if (tpm_forget_evidence(device) < 0) /* it belongs to this reset alone, so a left-over one misleads nobody */
                report_note(&device->report, "the TPM's state before the reset cannot be removed from the EFI variables");
        /* the stub takes it away as well, and would not act on one of before this reset */
        (void)efivarfs_remove(&device->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME);
        if (device->request_state != REQUEST_DUE || device->progress.origin == ORIGIN_FIRST_BOOT ||
            memcmp(device->request_digest, device->progress.request_digest, SHA256_SIZE) != 0)
                return 0; /* a foreign or pending request is not ours to remove, nor one that this reset was not begun for */
        int r = efivarfs_remove(&device->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME);
        return r < 0 ? device_trouble(device, r, "The request cannot be removed from the EFI variables: %s.", strerror(-r)) : 0;
}

static int run_step(struct reset *reset, size_t index)
{
        struct record_step *step = &reset->record.steps[index];
        switch (reset->plan.steps[index].kind) {
        case STEP_COMMIT_PROGRESS:
                return 0; /* the commit behind every phase does it, this one's too */
        case STEP_WRITE_RECORD:
                return finish_record(reset);
        case STEP_RETIRE_REQUEST:
                return retire_request(reset);
        default:
                return execute_step(reset, index, step->detail, sizeof(step->detail));
        }
}

static const char *step_object(const struct reset *reset, const struct plan_step *step)
{
        const struct device *device = reset->device;
        if (step->further_disk > 0)
                return device->inventory.disks[reset->plan.disks.chosen[step->further_disk - 1].disk].path;
        if (step->definition >= 0)
                return device->policy.partitions[step->definition].label;
        return step->partition >= 0 ? device->inventory.partitions[step->partition].name : "";
}

static bool phase_ends_with(const struct plan *plan, size_t index)
{
        return index + 1 == plan->step_count || phase_after(plan->steps[index + 1].kind) != phase_after(plan->steps[index].kind);
}

static int run_steps(struct reset *reset)
{
        struct device *device = reset->device;
        const struct plan *plan = &reset->plan;
        report_plan(&device->report, plan);
        for (size_t i = 0; i < plan->step_count; i++) {
                struct record_step *step = &reset->record.steps[i];
                if (reset->damage[0] && plan->steps[i].kind > STEP_CLEAN_VARIABLES)
                        return device_trouble(device, -EIO, "%s", reset->damage);
                step->started_ms = report_step(&device->report, i + 1, plan->step_count, plan->steps[i].kind,
                                               step_object(reset, &plan->steps[i]));
                step->executed = true;
                device->erasing |= plan->steps[i].kind != STEP_COMMIT_PROGRESS;
                step->result = run_step(reset, i);
                step->duration_ms = now_ms() - step->started_ms;
                int r = step->result;
                if (r == 0 && !reset->damage[0] && phase_ends_with(plan, i)) {
                        device->progress.phase = phase_after(plan->steps[i].kind);
                        if (device->progress.phase == PHASE_ERASED) /* what comes now is not to be mistaken for erased */
                                memset(&device->progress.erase_point, 0, sizeof(device->progress.erase_point));
                        r = reset_commit(reset);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The failure goes where the next boot and people will look; its own failures change nothing about it. */
static void note_failure(struct reset *reset)
{
        struct device *device = reset->device;
        char id[ID128_TEXT_SIZE], name[ID128_TEXT_SIZE + 64];
        device->progress.failures++;
        if (reset->damage[0]) /* the next attempt looks at every sector anew */
                memset(&device->progress.erase_point, 0, sizeof(device->progress.erase_point));
        (void)snprintf(device->progress.last_error, sizeof(device->progress.last_error), "%s", device->trouble);
        if (progress_store_commit(&device->progress_store, &device->progress) < 0)
                device->needs_person = true; /* what is not counted would be tried for ever */
        reset->record.result = "failed";
        reset->record.error = device->trouble;
        reset->record.finished_ms = now_ms();
        id128_format(&device->progress.reset_id, id);
        /* attempts are counted anew when a person says "try again"; the sequence number never goes back */
        (void)snprintf(name, sizeof(name), "%s-attempt-%u-failed-%llu", id, device->progress.attempts,
                       (unsigned long long)device->progress.sequence);
        (void)write_record(reset, name);
}

/* Before the checks, so that a machine that dies in them does not try for ever. */
static int count_attempt(struct reset *reset)
{
        reset->device->progress.attempts++;
        return reset_commit(reset);
}

/* The image's lockout authorization is shown to the TPM only where it could be of use. */
static bool wants_authorization(const struct reset *reset)
{
        const struct tpm_facts *facts = &reset->device->inventory.tpm;
        return !reset->plan.begun_as_first_boot && reset->plan.tpm_clear != TPM_CLEAR_SKIP && facts->lockout_auth_set &&
               !facts->disable_clear;
}

static int survey_beyond(struct reset *reset)
{
        struct device *device = reset->device;
        const struct survey_source source = device_survey_source(device);
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        int r = esp_open_read_only(&device->inventory, &esp);
        if (r < 0)
                return device_trouble(device, r, "The EFI system partition cannot be opened: %s.", strerror(-r));
        return beyond_survey(&source, esp.fd, &reset->plan, &device->inventory, NULL);
}

/* The last facts, which an ordinary boot does not wait for; then the plan. Some facts are worth their time only because of what a
 * first draft of the plan says: which partitions go decides which boot entries point nowhere. */
static int decide(struct reset *reset, const struct request *request)
{
        struct device *device = reset->device;
        int r = request ? further_disks_gather(device) : 0;
        further_disks_expect(device);
        if (r < 0)
                return r;
        tpm_read_firmware_offer(device);
        recall_absent(reset);
        plan_build(request, &device->policy, &device->inventory, &reset->plan);
        if (wants_authorization(reset)) {
                tpm_try_images_authorization(device);
                reset->record_tpm.authorization = device->lockout_auth_state;
                plan_build(request, &device->policy, &device->inventory, &reset->plan);
        }
        if (reset->plan.first_boot || reset->plan.refusal_count > 0)
                return 0;
        r = survey_beyond(reset);
        if (r == 0)
                plan_build(request, &device->policy, &device->inventory, &reset->plan);
        return r;
}

/* Where an interrupted attempt left off counts only if it did the same thing. */
static void resume_erasing(struct reset *reset, const uint8_t old_digest[static SHA256_SIZE])
{
        struct progress *progress = &reset->device->progress;
        if (memcmp(old_digest, progress->plan_digest, SHA256_SIZE) == 0)
                reset->resume_point = progress->erase_point;
        else
                memset(&progress->erase_point, 0, sizeof(progress->erase_point));
}

static int prepare(struct reset *reset, enum reset_origin origin, const struct request *request)
{
        struct device *device = reset->device;
        uint8_t old_digest[SHA256_SIZE];
        memcpy(old_digest, device->progress.plan_digest, sizeof(old_digest));
        if (device->resuming)
                tpm_recall_evidence(reset);
        int r = device->interrupted ? count_attempt(reset) : 0;
        if (r == 0)
                r = decide(reset, request);
        if (r == 0)
                r = preflight(reset);
        if (r == 0)
                keep_load(reset);
        reset->checked_ms = now_ms();
        if (r < 0)
                return r;
        if (!device->resuming) {
                begin_progress(reset, origin, request);
                r = tpm_keep_evidence(reset);
                if (r < 0)
                        return r;
        }
        note_disks(reset);
        note_absent(reset);
        device->progress.phase = PHASE_STARTED;
        reset->erase_committed_ms = now_ms();
        r = digest_plan(reset);
        if (r == 0)
                resume_erasing(reset, old_digest);
        return r;
}

static void report_undeclared(struct reset *reset)
{
        const struct inventory *inventory = &reset->device->inventory;
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (reset->plan.fates[i] == FATE_UNDECLARED)
                        report_line(&reset->device->report,
                                    "reset: partition %u \"%s\" was left as it is: the image does not declare it",
                                    inventory->partitions[i].number, inventory->partitions[i].name);
}

static void report_phases(struct reset *reset)
{
        uint64_t spent[PHASE_COUNT] = { 0 };
        report_finished(&reset->device->report);
        for (size_t i = 0; i < reset->plan.step_count; i++)
                spent[phase_after(reset->plan.steps[i].kind)] += reset->record.steps[i].duration_ms;
        report_line(&reset->device->report, "reset: %6llu ms of checks before the first step",
                    (unsigned long long)(reset->checked_ms - reset->record.started_ms));
        for (int phase = PHASE_STARTED; phase < PHASE_COUNT; phase++)
                report_line(&reset->device->report, "reset: %6llu ms until phase %s", (unsigned long long)spent[phase],
                            reset_phase_name(phase));
        report_undeclared(reset);
        if (reset->partial)
                report_line(&reset->device->report,
                            "reset: PARTIAL: some bad sectors or EFI variables could not be erased; the record names them");
        report_line(&reset->device->report, "reset: 100%% %s in %llu ms, factory digest %s",
                    strcmp(reset->record.result, "partial") == 0 ? "finished, but partial," : "complete",
                    (unsigned long long)(now_ms() - reset->record.started_ms), reset->factory.digest);
}

/* The request as it was when the reset began, even if its variable has gone missing since. */
static void restore_request(struct device *device)
{
        device->request.tpm_clear = device->progress.request.tpm_clear_policy;
        device->request.level = device->progress.request.level;
        (void)snprintf(device->request.reason, sizeof(device->request.reason), "%s", device->progress.request.reason);
        (void)snprintf(device->request.requester, sizeof(device->request.requester), "%s", device->progress.request.requester);
}

/* What is finished was finished on one disk. On another one the plan says what is to be done: refuse, or build where nothing is.
 */
static bool is_finished_here(struct device *device)
{
        if (device->progress.phase != PHASE_RECORDED)
                return false;
        further_disks_expect(device);
        return !plan_is_another_disk(&device->inventory);
}

static int finish_interrupted(struct reset *reset)
{
        report_line(&reset->device->report, "reset: everything but the request was finished before; retiring it");
        int r = retire_request(reset);
        if (r == 0) {
                reset->device->progress.phase = PHASE_DONE;
                r = reset_commit(reset);
        }
        reset->device->needs_person = r < 0; /* nothing counts these attempts */
        return r;
}

static void reset_freep(struct reset **reset)
{
        if (*reset)
                reset_free(*reset);
}

void reset_announce(struct device *device)
{
        report_line(&device->report,
                    "reset: the factory state is being restored. Do not switch off; if power fails, it resumes by itself.");
        report_start_drawing(&device->report);
}

int reset_check(struct device *device, struct plan *ret_plan)
{
        _cleanup_(reset_freep) struct reset *reset = calloc(1, sizeof(*reset));
        if (!reset)
                return device_trouble(device, -ENOMEM, "Not enough memory for a reset.");
        reset->device = device;
        int r = decide(reset, &device->request);
        if (r == 0)
                r = preflight(reset);
        if (r == 0)
                *ret_plan = reset->plan;
        return r;
}

/* The boots that failed were the old system's. */
static void forget_boots(struct device *device)
{
        int r = efivarfs_remove(&device->variables, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME);
        if (r < 0)
                report_line(&device->report, "the count of failed boots cannot be removed: %s", strerror(-r));
}

int reset_run(struct device *device, enum reset_origin origin, bool *ret_begun)
{
        _cleanup_(reset_freep) struct reset *reset = calloc(1, sizeof(*reset));
        *ret_begun = device->interrupted;
        if (!reset)
                return device_trouble(device, -ENOMEM, "Not enough memory for a reset.");
        reset->device = device;
        reset->record.started_ms = now_ms();
        if (device->resuming) {
                origin = device->progress.origin;
                restore_request(device);
                if (is_finished_here(device))
                        return finish_interrupted(reset);
                report_line(&device->report, "reset: resuming, attempt %u, interrupted in phase %s",
                            device->progress.attempts + 1, reset_phase_name(device->progress.phase));
        } else if (device->interrupted) {
                report_line(&device->report, "reset: an unfinished reset begins anew: %s",
                            device->keys.progress.secret_kept ? "it was not this one"
                                                              : "this firmware keeps no proof of what was done");
                if (device->handover.progress == PROGRESS_SUPERSEDED && device->request_state == REQUEST_DUE)
                        progress_count_anew(&device->progress, device->request_digest);
                if (device->handover.progress != PROGRESS_SUPERSEDED && device->request_state != REQUEST_DUE) {
                        /* a record that nothing proves does not make a reset a first boot, which erases less */
                        if (device->progress.origin != ORIGIN_FIRST_BOOT)
                                origin = device->progress.origin;
                        restore_request(device);
                }
        }
        int r = prepare(reset, origin, origin == ORIGIN_FIRST_BOOT ? NULL : &device->request);
        *ret_begun = device->interrupted && !reset->is_in_doubt; /* in doubt: the page at once, and no attempt has failed */
        if (r < 0 && !*ret_begun)
                return r;
        *ret_begun = true;
        if (r == 0)
                r = run_steps(reset);
        explicit_bzero(&device->lockout_auth, sizeof(device->lockout_auth));
        if (r == -EINPROGRESS && device->progress.awaiting_firmware)
                return 0;
        if (r < 0) {
                note_failure(reset);
        } else {
                report_phases(reset);
                if (origin != ORIGIN_FIRST_BOOT)
                        forget_boots(device);
        }
        return r;
}
