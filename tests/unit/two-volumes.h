/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image with two volumes, config on /etc and state on /var, both encrypted and there. */
#ifndef CLEANSLATE_TESTS_UNIT_TWO_VOLUMES_H
#define CLEANSLATE_TESTS_UNIT_TWO_VOLUMES_H

#include <stdio.h>

#include "initrd/boot-context.h"

enum { CONFIG, STATE, TWO_VOLUMES };

static inline void two_volumes(struct boot_context *context)
{
        static const char *const labels[TWO_VOLUMES] = { "config", "state" }, *const places[TWO_VOLUMES] = { "/etc", "/var" };
        (void)snprintf(context->inventory.disk_path, sizeof(context->inventory.disk_path), "/dev/disk");
        context->inventory.tpm.present = true;
        for (size_t i = 0; i < TWO_VOLUMES; i++) {
                struct partition_definition *definition = &context->policy.partitions[i];
                struct inventory_partition *partition = &context->inventory.partitions[i];
                definition->type.bytes[0] = partition->type.bytes[0] = (uint8_t)(1 + i);
                definition->factory_reset = true;
                definition->encrypt = ENCRYPT_TPM2;
                (void)snprintf(definition->label, sizeof(definition->label), "%s", labels[i]);
                (void)snprintf(definition->mapping, sizeof(definition->mapping), "%s", labels[i]);
                (void)snprintf(definition->mount_point, sizeof(definition->mount_point), "%s", places[i]);
                (void)snprintf(definition->format, sizeof(definition->format), "ext4");
                (void)snprintf(partition->name, sizeof(partition->name), "%s", labels[i]);
                partition->number = (uint32_t)i + 1;
                partition->content = CONTENT_LUKS;
        }
        context->policy.partition_count = context->inventory.partition_count = TWO_VOLUMES;
}

#endif
