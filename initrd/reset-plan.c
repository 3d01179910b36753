/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hands this machine to plan and preflight, and the result to the course. */
#include "initrd/reset-plan.h"

#include "initrd/additional-disks.h"
#include "initrd/gather.h"
#include "initrd/steps/preserve.h"
#include "initrd/tpm-check.h"
#include "initrd/volume-list.h"
#include "linux/base/cleanup.h"
#include "linux/base/modules.h"
#include "linux/image/authenticated.h"
#include "linux/image/file-system-try.h"
#include "linux/image/plan-digest.h"
#include "linux/preflight/plan-make.h"
#include "linux/preflight/preflight.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* -- where the initrd differs from the running system --------------------------------------------------------------------- */

static int open_esp(void *context, bool writing, int *ret_fd)
{
        struct reset *reset = context;
        const struct inventory *inventory = &reset->context->inventory;
        int r = writing ? esp_open(inventory, &reset->esp) : esp_open_read_only(inventory, &reset->esp);
        if (r == 0)
                *ret_fd = reset->esp.fd;
        return r;
}

static void close_esp(void *context)
{
        struct reset *reset = context;
        esp_close(&reset->esp);
}

static void try_authorization(void *context)
{
        struct reset *reset = context;
        tpm_try_images_authorization(reset->context);
        reset->record_tpm.authorization = reset->context->lockout_auth_state;
}

/* No driver of a medium has a part in it. */
static int try_integrity(void *context)
{
        struct reset *reset = context;
        volume_load_integrity_drivers(reset->context);
        (void)modules_load(reset->context->modules, "loop");
        return authenticated_try();
}

static int try_maker(void *context, const char *format, const char *label, uint64_t size_bytes,
                     char ret_line[static CAGE_OUTPUT_MAX])
{
        const struct reset *reset = context;
        const struct file_system_trial trial = {
                .root_path = boot_image_path(reset->context), .format = format, .label = label, .size_bytes = size_bytes
        };
        return file_system_try(&trial, ret_line);
}

static void note(void *context, const char *text)
{
        struct reset *reset = context;
        report_line(&reset->context->report, "%s", text);
}

/* `survey` and `started_from` are what it borrows besides. */
static struct reset_source source_of(struct reset *reset, const struct request *request, const struct survey_source *survey,
                                     const struct guid *started_from)
{
        struct boot_context *context = reset->context;
        return (struct reset_source){ .policy = &context->policy,
                                      .inventory = &context->inventory,
                                      .disk_known = true,
                                      .request = request,
                                      .survey = survey,
                                      .tpm = context->tpm,
                                      .tpm_result = context->tpm ? 0 : -ENODEV,
                                      .ppi_directory = context->ppi_directory,
                                      .public_key_pem = context->public_key_pem,
                                      .signature_json = context->signature_json,
                                      .signature_json_size = context->signature_json_size,
                                      .handover = context->started_by_stub ? &context->handover : NULL,
                                      .started_from = started_from,
                                      .open_esp = open_esp,
                                      .close_esp = close_esp,
                                      .may_write = true,
                                      .try_authorization = try_authorization,
                                      .try_integrity = try_integrity,
                                      .try_maker = try_maker,
                                      .context = reset };
}

/* -- the plan, and whether it can be carried out -------------------------------------------------------------------------- */

static int try_everything(struct reset *reset, const struct reset_source *source)
{
        _cleanup_free_ struct preflight *preflight = calloc(1, sizeof(*preflight));
        if (!preflight)
                return boot_trouble(reset->context, -ENOMEM, "Not enough memory for a reset.");
        /* one that has begun goes on with whatever room there is, and a device as good as new has nothing to lose */
        if (!reset->context->interrupted && reset->course.origin != ORIGIN_FIRST_BOOT)
                preflight->facts.variables = preflight_query_store(&reset->context->variables, PROGRESS_ROOM_NEEDED);
        int r = preflight_run(source, &reset->plan, preflight, note, &source->survey->trouble);
        for (size_t i = 0; i < reset->plan.refusal_count; i++)
                reset->is_in_doubt |= reset->plan.refusals[i] == REFUSE_WRONG_DISK;
        reset->is_in_doubt |= preflight->copy_found;
        reset->tpm_now = reset->tpm_after = preflight->evidence; /* the latter until a clear gives another */
        factory_image_done(&reset->factory);
        reset->factory = preflight->factory;
        return r;
}

int reset_plan_and_try(struct reset *reset, const struct request *request)
{
        struct boot_context *context = reset->context;
        const struct survey_source survey = boot_survey_source(context);
        struct guid esp;
        const bool known = gather_boot_partition(context, &esp);
        const struct reset_source source = source_of(reset, request, &survey, known ? &esp : NULL);
        int r = request ? additional_disks_gather(context) : 0;
        additional_disks_expect(context);
        if (r < 0)
                return r;
        volume_list_load(context);
        context->inventory.half_made = course_half_made(&reset->course, &context->policy, &context->inventory);
        context->inventory.half_made_unknown = reset->course.facts.interrupted && context->inventory.half_made == 0;
        r = plan_make(&source, &reset->plan, NULL);
        return r < 0 ? r : try_everything(reset, &source);
}

static int digest_plan(struct reset *reset, uint8_t ret[static SHA256_SIZE])
{
        struct boot_context *context = reset->context;
        int r = plan_digest(&reset->plan, &context->policy, &context->inventory, ret);
        if (r == -E2BIG)
                return boot_trouble(context, r, "The plan is too long to be recorded; delete partitions with odd names.");
        return r < 0 ? boot_trouble(context, r, "Not enough memory to write down the plan.") : 0;
}

const uint8_t *reset_due_digest(const struct boot_context *context)
{
        return context->request_state == REQUEST_DUE ? context->request_digest : NULL;
}

int reset_check_everything(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const struct request *request = reset->course.origin == ORIGIN_FIRST_BOOT ? NULL : &context->request;
        struct course_checks checks = { .plan = &reset->plan,
                                        .policy = &context->policy,
                                        .inventory = &context->inventory,
                                        .request = request,
                                        .request_digest = reset_due_digest(context),
                                        .tpm = &reset->tpm_now,
                                        .now = (uint64_t)time(NULL) };
        if (context->resuming)
                tpm_recall_evidence(reset);
        int r = reset_plan_and_try(reset, request);
        if (r == 0)
                preserve_load(reset);
        reset->checked_ms = checks.now_ms = now_ms();
        if (r == 0)
                r = digest_plan(reset, checks.plan_digest);
        if (r == 0)
                r = boot_random(context, checks.fresh_id.bytes, sizeof(checks.fresh_id.bytes));
        if (r < 0)
                return r;
        course_checked(&reset->course, &checks);
        report_plan(&context->report, &reset->plan);
        return 0;
}
