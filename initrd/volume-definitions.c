/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/volume-definitions.h"

#include <string.h>

bool definition_is_encrypted(const struct boot_context *context, const struct partition_definition *definition)
{
        if (definition->encrypt == ENCRYPT_OFF)
                return false;
        switch (context->has_known ? known_volumes_get(&context->known, definition) : KNOWN_NOT) {
        case KNOWN_BUILT: /* whatever stands in its place now, and whether or not the TPM shows itself */
                return true;
        case KNOWN_BUILT_PLAIN: /* a TPM that has come since does not lock it */
                return false;
        default:
                return context->inventory.tpm.present || context->policy.settings.without_tpm != WITHOUT_TPM_PLAIN;
        }
}

size_t volumes_in_mount_order(const struct policy *policy, size_t order[static POLICY_PARTITIONS_MAX])
{
        size_t count = 0;
        for (size_t i = 0; i < policy->partition_count; i++) {
                if (policy->partitions[i].mount_point[0] == 0 || policy->partitions[i].format[0] == 0)
                        continue;
                size_t at = count++;
                size_t length = strlen(policy->partitions[i].mount_point);
                for (; at > 0 && strlen(policy->partitions[order[at - 1]].mount_point) > length; at--)
                        order[at] = order[at - 1];
                order[at] = i;
        }
        return count;
}
