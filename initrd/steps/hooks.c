/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/hooks.h"

#include "common/policy/policy-root.h"
#include "initrd/volume-target.h"
#include "initrd/volumes.h"
#include "linux/image/cage.h"
#include "linux/image/image-hooks.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* With a new root volume, that is the root. One that is kept is not opened in a reset; the image's root has places for the rest.
 */
static const char *root_of(const struct reset *reset)
{
        const struct boot_context *context = reset->context;
        int root = policy_find_root_volume(&context->policy);
        return root >= 0 && plan_verifies(&reset->plan, (size_t)root) ? ROOT_PATH : boot_image_path(context);
}

static int run_hook(void *argument, int directory_fd, const char *name)
{
        struct reset *reset = argument;
        struct boot_context *context = reset->context;
        char path[512], id[ID128_TEXT_SIZE], fact_reset[64], fact_origin[64], line[CAGE_OUTPUT_MAX];
        id128_format(&context->progress.reset_id, id);
        (void)snprintf(path, sizeof(path), "/" IMAGE_HOOKS_DIRECTORY "/%s", name);
        (void)snprintf(fact_reset, sizeof(fact_reset), "reset=%s", id);
        (void)snprintf(fact_origin, sizeof(fact_origin), "origin=%s", reset_origin_name(context->progress.origin));
        char *const arguments[] = { path, (char *)HOOK_AFTER_BUILD, fact_reset, fact_origin, NULL };
        const struct cage cage = { .root_path = root_of(reset), .timeout_s = HOOK_SECONDS, .line = CAGE_FIRST_LINE };
        int status = cage_run(&cage, arguments, line);
        if (status == 0)
                report_note(&context->report, "hook %s%s%s", name, line[0] ? ": " : "", line);
        else if (status < 0)
                return boot_trouble(context, status, "The image's hook %s cannot be run: %s.", name, strerror(-status));
        else if (status == CAGE_TIMED_OUT)
                return boot_trouble(context, -ETIMEDOUT, "The image's hook %s did not end within %u s.", name, HOOK_SECONDS);
        else
                return boot_trouble(context, -ECANCELED, "The image's hook %s failed%s%s (exit status %d).", name,
                                    line[0] ? ": " : "", line, status);
        return 0;
}

static int open_volume(struct reset *reset, size_t index)
{
        struct boot_context *context = reset->context;
        const struct partition_definition *definition = &context->policy.partitions[index];
        char partition[DEVICE_PATH_MAX], volume[DEVICE_PATH_MAX], target[VOLUME_TARGET_MAX];
        bool encrypted = definition_is_encrypted(context, definition);
        int r = blockdev_partition_path(context->inventory.disk_path, reset->plan.entries[index].number, partition);
        if (r == 0 && encrypted)
                r = volume_open(definition, partition, &reset->key);
        if (r == 0)
                r = volume_path(context, definition, partition, encrypted, volume);
        if (r == 0)
                r = volume_target_find(context, root_of(reset), definition->mount_point, target);
        if (r == 0)
                r = volume_mount(context, definition, volume, target);
        return r < 0 ? boot_trouble(context, r, "\"%s\" cannot be opened for the image's hooks: %s.", definition->label,
                                    strerror(-r))
                     : 0;
}

/* Also one that was opened by halves. */
static int close_volume(const struct reset *reset, const struct partition_definition *definition)
{
        const struct boot_context *context = reset->context;
        char target[VOLUME_TARGET_MAX];
        int r = volume_target_find(context, root_of(reset), definition->mount_point, target);
        if (r == 0)
                r = volume_unmount(context, definition, target);
        if (definition_is_encrypted(context, definition)) {
                int closed = luks_close(definition->mapping);
                r = r < 0 ? r : closed;
        }
        return r;
}

int hooks_after_rebuild(struct reset *reset, char *detail, size_t detail_size)
{
        struct boot_context *context = reset->context;
        size_t order[POLICY_PARTITIONS_MAX], count = volumes_in_mount_order(&context->policy, order), opened = 0;
        int r = 0, hooks = 0;
        for (; opened < count && r == 0; opened++)
                if (plan_verifies(&reset->plan, order[opened]))
                        r = open_volume(reset, order[opened]);
        if (r == 0)
                hooks = image_hooks_each(context->root_fd, run_hook, reset);
        r = hooks < 0 ? hooks : r;
        while (opened-- > 0) {
                const struct partition_definition *definition = &context->policy.partitions[order[opened]];
                int closed = plan_verifies(&reset->plan, order[opened]) ? close_volume(reset, definition) : 0;
                if (r == 0 && closed < 0)
                        r = boot_trouble(context, closed, "\"%s\" cannot be closed after the image's hooks: %s.",
                                         definition->label, strerror(-closed));
        }
        (void)snprintf(detail, detail_size, "%d of the image's hooks ran after verification of the factory state", hooks);
        return r;
}
