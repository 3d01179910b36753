/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reset-plan.h"

#include "initrd/esp.h"
#include "initrd/further-disks.h"
#include "initrd/preflight.h"
#include "initrd/steps/keep.h"
#include "initrd/tpm-check.h"
#include "linux/base/cleanup.h"
#include "linux/esp/beyond-survey.h"
#include "linux/image/plan-digest.h"
#include <errno.h>
#include <string.h>
#include <time.h>

/* The image's lockout authorization is shown to the TPM only where it could be of use. */
static bool wants_authorization(const struct reset *reset)
{
        const struct tpm_facts *facts = &reset->context->inventory.tpm;
        return !reset->plan.begun_as_first_boot && reset->plan.tpm_clear != TPM_CLEAR_SKIP && facts->lockout_auth_set &&
               !facts->disable_clear;
}

static int survey_beyond(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const struct survey_source source = boot_survey_source(context);
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        int r = esp_open_read_only(&context->inventory, &esp);
        if (r < 0)
                return boot_trouble(context, r, "The EFI system partition cannot be opened: %s.", strerror(-r));
        return beyond_survey(&source, esp.fd, &reset->plan, &context->inventory, NULL);
}

int reset_make_plan(struct reset *reset, const struct request *request)
{
        struct boot_context *context = reset->context;
        int r = request ? further_disks_gather(context) : 0;
        further_disks_expect(context);
        if (r < 0)
                return r;
        tpm_read_firmware_offer(context);
        context->inventory.half_made = course_half_made(&reset->course, &context->policy, &context->inventory);
        plan_build(request, &context->policy, &context->inventory, &reset->plan);
        if (wants_authorization(reset)) {
                tpm_try_images_authorization(context);
                reset->record_tpm.authorization = context->lockout_auth_state;
                plan_build(request, &context->policy, &context->inventory, &reset->plan);
        }
        if (reset->plan.first_boot || reset->plan.refusal_count > 0)
                return 0;
        r = survey_beyond(reset);
        if (r == 0)
                plan_build(request, &context->policy, &context->inventory, &reset->plan);
        return r;
}

static int digest_plan(struct reset *reset, uint8_t ret[static SHA256_SIZE])
{
        struct boot_context *context = reset->context;
        int r = plan_digest(&reset->plan, &context->policy, &context->inventory, ret);
        if (r == -E2BIG)
                return boot_trouble(context, r, "The plan is too long to be written down; delete partitions with odd names.");
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
        int r = reset_make_plan(reset, request);
        if (r == 0)
                r = preflight(reset);
        if (r == 0)
                keep_load(reset);
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
