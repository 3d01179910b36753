/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/preflight.h"

#include "initrd/esp.h"
#include "initrd/further-disks.h"
#include "initrd/tpm-check.h"
#include "initrd/volumes.h"
#include "linux/base/cleanup.h"
#include "linux/base/modules.h"
#include "linux/disk/inventory.h"
#include "linux/esp/fat-free.h"
#include "linux/image/authenticated.h"
#include "linux/image/factory-image.h"
#include "linux/image/image-hooks.h"
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define ESP_FREE_MIN (1u << 20) /* records of several attempts */

static int check_plan(struct reset *reset)
{
        const struct plan *plan = &reset->plan;
        if (plan->refusal_count == 0)
                return 0;
        char text[sizeof(reset->context->trouble)];
        struct writer writer = writer_over(text, sizeof(text));
        for (size_t i = 0; i < plan->refusal_count; i++)
                reset->is_in_doubt |= plan->refusals[i] == REFUSE_WRONG_DISK;
        plan_refusal_format(plan, &reset->context->policy, &reset->context->inventory, 0, &writer);
        return boot_trouble(reset->context, -EPERM, "%s", text);
}

static struct trouble trouble_of(struct reset *reset)
{
        return boot_survey_source(reset->context).trouble;
}

static int check_manifest(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const struct trouble trouble = trouble_of(reset);
        int r = factory_image_read_manifest(context->root_fd, &reset->factory, &trouble);
        return r < 0 ? r : factory_image_check_parts(&context->policy, &reset->plan, &reset->factory, &trouble);
}

/* Every byte that will be copied is read once through dm-verity; it stays in the page cache for the copy. */
static int check_factory_trees(struct reset *reset)
{
        const struct trouble trouble = trouble_of(reset);
        return factory_image_read_trees(reset->context->root_fd, &reset->context->policy, &reset->factory, &trouble);
}

/* Not every kernel has authenticated volumes, and a medium's driver has no part in it. */
static int check_integrity(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const struct partition_definition *wants = plan_builds_integrity(&reset->plan, &context->policy);
        if (!wants)
                return 0;
        volume_load_integrity_drivers(context);
        (void)modules_load(context->modules, "loop");
        int r = authenticated_try();
        return r < 0 ? boot_trouble(context, r, "The kernel cannot make \"%s\" with Integrity=%s: %s.", wants->label,
                                    integrity_mode_name(wants->integrity), strerror(-r))
                     : 0;
}

/* What the image brings along for the rebuilding: mkfs, hooks. */
static int check_programs(struct reset *reset)
{
        const struct trouble trouble = trouble_of(reset);
        int r = factory_image_check_makers(reset->context->root_fd, &reset->context->policy, &trouble);
        return r < 0 ? r : image_hooks_check(reset->context->root_fd, &reset->context->policy.settings, &trouble);
}

static int check_esp(struct reset *reset)
{
        struct boot_context *context = reset->context;
        struct statvfs space;
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        char path[DEVICE_PATH_MAX];
        int r = esp_open(&context->inventory, &esp);
        if (r == 0)
                r = record_make_directory(esp.fd);
        if (r < 0)
                return boot_trouble(context, r, "The EFI system partition cannot take the record: %s.", strerror(-r));
        if (fstatvfs(esp.fd, &space) < 0 || (uint64_t)space.f_bavail * space.f_bsize < ESP_FREE_MIN)
                return boot_trouble(context, -ENOSPC, "The EFI system partition has less than 1 MiB left for the record.");
        r = inventory_partition_path(&context->inventory, &context->inventory.esp, path);
        if (r == 0)
                r = fat_free_check(path);
        return r < 0 ? boot_trouble(context, r, "The free space of the EFI system partition cannot be found: %s.", strerror(-r))
                     : 0;
}

/* Twice: before anything is written to the ESP, and last of all for a copy that is slower than the original. */
static int check_copy(struct reset *reset)
{
        int r = further_disks_check_copy(reset->context);
        reset->is_in_doubt |= r == -ENOTUNIQ;
        return r;
}

int preflight(struct reset *reset)
{
        int (*const checks[])(struct reset *) = { check_plan,     check_copy,          check_manifest,
                                                  check_programs, check_factory_trees, check_integrity,
                                                  check_esp,      tpm_check,           check_copy };
        for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
                int r = checks[i](reset);
                if (r < 0)
                        return r;
        }
        return 0;
}
