/* SPDX-License-Identifier: GPL-2.0-or-later */
/* That the volume is this device's and complete was seen where it is mounted first; no other file system can be seen here. */
#include "initrd/further-mounts.h"

#include "initrd/volume-target.h"
#include "initrd/volumes.h"
#include "linux/base/blockdev.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define PLACES_MAX (POLICY_PARTITIONS_MAX * POLICY_MOUNTS_MAX)

struct place {
        size_t definition, mount;
};

static const char *where(const struct policy *policy, const struct place *place)
{
        return policy->partitions[place->definition].mounts[place->mount].where;
}

static size_t in_order(const struct policy *policy, struct place order[static PLACES_MAX])
{
        size_t count = 0;
        for (size_t d = 0; d < policy->partition_count; d++)
                for (size_t m = 1; policy->partitions[d].format[0] && m < policy->partitions[d].mount_count; m++) {
                        const struct place place = { d, m };
                        size_t at = count++;
                        for (; at > 0 && strlen(where(policy, &order[at - 1])) > strlen(where(policy, &place)); at--)
                                order[at] = order[at - 1];
                        order[at] = place;
                }
        return count;
}

/* Of a volume that was left out, there is nothing to see. */
static int mount_place(struct boot_context *context, const struct place *place, bool *ret_mounted)
{
        const struct partition_definition *definition = &context->policy.partitions[place->definition];
        char partition[DEVICE_PATH_MAX], volume[DEVICE_PATH_MAX], target[VOLUME_TARGET_MAX];
        int found = plan_find_partition(&context->policy, &context->inventory, place->definition);
        if (found < 0)
                return 0;
        int r = blockdev_partition_path(context->inventory.disk_path, context->inventory.partitions[found].number, partition);
        if (r == 0)
                r = volume_path(context, definition, partition, definition_is_encrypted(context, definition), volume);
        if (r < 0)
                return boot_trouble(context, r, "The partition \"%s\" is in the table, but the kernel does not show it.",
                                    definition->label);
        r = volume_target(context, definition, where(&context->policy, place), target);
        if (r == 0)
                r = volume_mount_place(context, definition, place->mount, volume, target);
        if (r < 0)
                return r;
        *ret_mounted = true;
        report_note(&context->report, "%s mounted at %s, too", definition->label, where(&context->policy, place));
        return 0;
}

int further_mounts_make(struct boot_context *context)
{
        struct place order[PLACES_MAX];
        bool mounted[PLACES_MAX] = { false };
        size_t count = in_order(&context->policy, order), done = 0;
        int r = 0;
        for (; done < count && r == 0; done++)
                r = mount_place(context, &order[done], &mounted[done]);
        while (r < 0 && done-- > 0) {
                char target[VOLUME_TARGET_MAX];
                if (mounted[done] && volume_target_find(context, ROOT_PATH, where(&context->policy, &order[done]), target) == 0)
                        (void)umount2(target, UMOUNT_NOFOLLOW);
        }
        return r;
}
