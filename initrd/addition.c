/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/addition.h"

#include "common/plan/plan-guard.h"
#include "initrd/steps/execute.h"
#include "linux/disk/kernel-partition.h"
#include "linux/image/luks.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The boot goes on without it. */
static int give_up(struct boot_context *context, int error, const char *why)
{
        (void)snprintf(context->addition_trouble, sizeof(context->addition_trouble), "%s", why);
        context->trouble[0] = '\0';
        return error;
}

struct reset *addition_plan(struct boot_context *context)
{
        struct reset *reset = reset_new(context);
        char why[sizeof(context->addition_trouble)];
        if (!reset) {
                (void)give_up(context, -ENOMEM, strerror(ENOMEM));
                return NULL;
        }
        plan_build_addition(&context->policy, &context->inventory, &reset->plan);
        const char *broken = plan_guard_addition(&reset->plan, &context->policy, &context->inventory);
        if (broken)
                (void)give_up(context, -ENOTRECOVERABLE, broken);
        if (reset->plan.refusal_count > 0) {
                struct writer writer = writer_over(why, sizeof(why) - 1);
                plan_refusal_format(&reset->plan, &context->policy, &context->inventory, 0, &writer);
                why[writer.size] = '\0';
                (void)give_up(context, -EPERM, why);
        }
        if (!broken && reset->plan.step_count > 0)
                return reset;
        reset_free(reset);
        return NULL;
}

/* Where the new volumes are built: the table has no entry for them yet. *shown: how many steps of the plan it has gone through.
 */
static int show_to_kernel(struct reset *reset, size_t *shown)
{
        struct boot_context *context = reset->context;
        for (; *shown < reset->plan.step_count; ++*shown) {
                const struct plan_step *step = &reset->plan.steps[*shown];
                if (step->kind != STEP_CREATE_ENTRY)
                        continue;
                int r = kernel_partition_add(context->inventory.disk_path, reset->plan.entries[step->definition].number,
                                             step->start_bytes, step->size_bytes);
                if (r < 0)
                        return boot_trouble(context, r, "The kernel does not take the new partition \"%s\": %s.",
                                            context->policy.partitions[step->definition].label, strerror(-r));
        }
        return 0;
}

/* None but what was shown: where the kernel has refused a number, it has a partition of it that is not ours. The last error
 * counts: a partition that stays would be in the way of its own entry. */
static int hide_from_kernel(struct reset *reset, size_t shown)
{
        int r = 0;
        for (size_t i = 0; i < shown; i++) {
                const struct plan_step *step = &reset->plan.steps[i];
                if (step->kind != STEP_CREATE_ENTRY)
                        continue;
                int s = kernel_partition_remove(reset->context->inventory.disk_path,
                                                reset->plan.entries[step->definition].number);
                if (s < 0)
                        r = s;
        }
        return r;
}

static int prepare(struct reset *reset, size_t *shown)
{
        struct boot_context *context = reset->context;
        const struct trouble trouble = { context->trouble, sizeof(context->trouble) };
        int r = factory_image_read_manifest(context->root_fd, &reset->factory, &trouble);
        if (r == 0)
                r = factory_image_check_parts(&context->policy, &reset->plan, &reset->factory, &trouble);
        if (r == 0)
                r = factory_image_check_rooms(&context->policy, &reset->plan, &reset->factory, &trouble);
        if (plan_builds_integrity(&reset->plan, &context->policy))
                volume_load_integrity_drivers(context);
        return r == 0 ? show_to_kernel(reset, shown) : r;
}

static int run_steps(struct reset *reset, bool entries)
{
        int r = 0;
        for (size_t i = 0; i < reset->plan.step_count && r >= 0; i++) {
                struct record_step *done = &reset->record.steps[i];
                if ((reset->plan.steps[i].kind == STEP_CREATE_ENTRY) == entries)
                        r = execute_step(reset, i, done->detail, sizeof(done->detail));
        }
        return r < 0 ? r : 0;
}

/* What was mapped when it failed. */
static void close_volumes(struct reset *reset)
{
        for (size_t i = 0; i < reset->plan.step_count; i++)
                if (reset->plan.steps[i].kind == STEP_ENCRYPT)
                        (void)luks_close(reset->context->policy.partitions[reset->plan.steps[i].definition].mapping);
}

static void tell(struct reset *reset)
{
        struct boot_context *context = reset->context;
        for (size_t i = 0; i < reset->plan.step_count; i++)
                if (reset->plan.steps[i].kind == STEP_CREATE_ENTRY)
                        report_line(&context->report, "\"%s\", which this image brings, was added as partition %u",
                                    context->policy.partitions[reset->plan.steps[i].definition].label,
                                    reset->plan.entries[reset->plan.steps[i].definition].number);
}

int addition_run(struct reset *reset, const struct volume_key *built)
{
        struct boot_context *context = reset->context;
        size_t shown = 0;
        if (built->present)
                reset->key = *built;
        int r = prepare(reset, &shown);
        if (r == 0)
                r = run_steps(reset, false);
        if (r < 0)
                close_volumes(reset);
        int hidden = hide_from_kernel(reset, shown);
        if (r == 0 && hidden < 0)
                r = boot_trouble(context, hidden, "The new partitions are still held by the kernel: %s.", strerror(-hidden));
        if (r == 0)
                r = run_steps(reset, true);
        if (r == 0)
                tell(reset);
        else
                (void)give_up(context, r, context->trouble[0] ? context->trouble : strerror(-r));
        reset_free(reset);
        return r;
}
