/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy says of volumes, as far as it depends on the machine or on each other. */
#ifndef CLEANSLATE_INITRD_VOLUME_DEFINITIONS_H
#define CLEANSLATE_INITRD_VOLUME_DEFINITIONS_H

#include "initrd/boot-context.h"

/* Whether the definition's volume is encrypted on this machine: one that is there by what this device knows of it, a new one by
 * its definition and by whether there is a TPM. */
bool definition_is_encrypted(const struct boot_context *context, const struct partition_definition *definition);

/* Indices of the policy's definitions that are mounted, shorter mount points first, so that /var/lib/x lies on top of /var. Their
 * number. */
size_t volumes_in_mount_order(const struct policy *policy, size_t order[static POLICY_PARTITIONS_MAX]);

#endif
