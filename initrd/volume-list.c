/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/volume-list.h"

#include "initrd/volume-definitions.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

/* Under this boot's key, or none. */
static bool read_list(const struct boot_context *context, struct known_volumes *ret)
{
        _cleanup_free_ void *value = NULL;
        size_t size = 0;
        if (!context->keys.has_mark || context->variables.directory_fd < 0)
                return false;
        int r = efivarfs_read_ordinary(&context->variables, &guid_cleanslate, KNOWN_VOLUMES_VARIABLE_NAME, &value, &size);
        return r == 0 && known_volumes_decode(context->keys.mark, value, size, ret) == ERR_OK;
}

/* Places on another disk than this one are none. */
static void use(struct boot_context *context)
{
        struct inventory *inventory = &context->inventory;
        const bool same_disk = guid_equal(&context->known.disk, &inventory->disk_uuid);
        context->has_known = true;
        inventory->has_known = true;
        inventory->known = known_volumes_mask(&context->known, &context->policy);
        inventory->held_unknown = !same_disk;
        memset(inventory->held, 0, sizeof(inventory->held));
        for (size_t d = 0; d < context->policy.partition_count && same_disk; d++)
                (void)known_volumes_place(&context->known, &context->policy.partitions[d], &inventory->held[d].start_bytes,
                                          &inventory->held[d].size_bytes);
}

/* A device that was built has a list of its own from then on. Where its firmware keeps no secret there is no list either, and
 * what a table says of what lay where is nobody's word but the table's. */
void volume_list_load(struct boot_context *context)
{
        context->inventory.held_unknown = true;
        if (read_list(context, &context->known))
                use(context);
}

/* Not where it stands there already: each write wears the firmware's flash. */
static void store(struct boot_context *context, const uint8_t mark_key[static SHA256_SIZE])
{
        _cleanup_free_ void *old = NULL;
        uint8_t value[KNOWN_VOLUMES_ENCODED_MAX];
        size_t old_size = 0, size = known_volumes_encode(mark_key, &context->known, value);
        int r = efivarfs_read_ordinary(&context->variables, &guid_cleanslate, KNOWN_VOLUMES_VARIABLE_NAME, &old, &old_size);
        if (r == 0 && old_size == size && memcmp(old, value, size) == 0)
                return;
        if (r == -EPERM || r == -E2BIG) /* somebody's own under that name */
                (void)efivarfs_remove(&context->variables, &guid_cleanslate, KNOWN_VOLUMES_VARIABLE_NAME);
        r = efivarfs_write(&context->variables, &guid_cleanslate, KNOWN_VOLUMES_VARIABLE_NAME, value, size);
        if (r < 0)
                report_note(&context->report, "the list of known volumes cannot be stored: %s", strerror(-r));
}

static bool is_there(const struct boot_context *context, size_t definition)
{
        return plan_find_partition(&context->policy, &context->inventory, definition) >= 0;
}

/* What was seen of it: a volume with its mark was built, one without was found. */
static enum known_origin origin_of_mounted(const struct boot_context *context, size_t index)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        if (definition_is_encrypted(context, definition))
                return KNOWN_BUILT;
        if (context->volume_states[index] != VOLUME_COMPLETE)
                return KNOWN_FOUND;
        return definition->encrypt == ENCRYPT_OFF ? KNOWN_BUILT : KNOWN_BUILT_PLAIN;
}

/* Its mark was made for this definition, by whoever has a key that no running system has. */
static bool is_proven(const struct boot_context *context, size_t index)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        return context->volume_states[index] == VOLUME_COMPLETE &&
               (definition->factory_reset || definition_is_encrypted(context, definition));
}

static bool covers(const struct inventory_partition *partition, uint64_t start_bytes, uint64_t size_bytes)
{
        return partition->start_bytes <= start_bytes && start_bytes - partition->start_bytes <= partition->size_bytes &&
               size_bytes <= partition->size_bytes - (start_bytes - partition->start_bytes);
}

/* What is proven to be the volume is where it is; of anything else nobody knows that, unless it is where it was. True: the list
 * says something else now. */
static bool note_place(struct boot_context *context, size_t index)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        const struct inventory *inventory = &context->inventory;
        const struct inventory_partition *partition =
                &inventory->partitions[plan_find_partition(&context->policy, inventory, index)];
        uint64_t start = 0, size = 0;
        const bool was = known_volumes_place(&context->known, definition, &start, &size);
        if (was && start == partition->start_bytes && size == partition->size_bytes)
                return false;
        if (is_proven(context, index) || (was && covers(partition, start, size)))
                known_volumes_put(&context->known, definition, partition->start_bytes, partition->size_bytes);
        else if (was)
                known_volumes_put(&context->known, definition, 0, 0);
        else
                return false;
        return true;
}

void volume_list_note_mounted(struct boot_context *context)
{
        bool is_news = !context->has_known || !guid_equal(&context->known.disk, &context->inventory.disk_uuid);
        context->known.disk = context->inventory.disk_uuid;
        for (size_t d = 0; d < context->policy.partition_count; d++) {
                const struct partition_definition *definition = &context->policy.partitions[d];
                if (is_there(context, d) && known_volumes_get(&context->known, definition) == KNOWN_NOT) {
                        known_volumes_set(&context->known, definition, origin_of_mounted(context, d));
                        is_news = true;
                }
                if (is_there(context, d) && note_place(context, d))
                        is_news = true;
        }
        if (is_news && context->keys.has_mark && context->variables.directory_fd >= 0)
                store(context, context->keys.mark);
}

static bool is_built(const struct plan *plan, size_t definition)
{
        return plan_find_step(plan, STEP_CREATE_ENTRY, definition) != NULL;
}

/* Of what stays, the list of before tells the origin; without one, what its definition would have it be, so that nothing in the
 * place of an encrypted volume passes for it. */
static enum known_origin origin_after_reset(const struct boot_context *context, const struct plan *plan,
                                            const struct known_volumes *before, size_t index)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        const enum known_origin known = known_volumes_get(before, definition);
        if (is_built(plan, index))
                return definition->encrypt != ENCRYPT_OFF && !context->inventory.tpm.present ? KNOWN_BUILT_PLAIN : KNOWN_BUILT;
        if (known != KNOWN_NOT)
                return known;
        return definition->encrypt != ENCRYPT_OFF ? KNOWN_BUILT : KNOWN_FOUND;
}

static void note_place_after_reset(struct boot_context *context, const struct plan *plan, size_t index)
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        const struct plan_step *step = plan_find_step(plan, STEP_CREATE_ENTRY, index);
        const int p = plan_find_partition(&context->policy, &context->inventory, index);
        if (!step)
                step = plan_find_step(plan, STEP_GROW_ENTRY, index);
        if (step)
                known_volumes_put(&context->known, definition, step->start_bytes, step->size_bytes);
        else if (p >= 0)
                known_volumes_put(&context->known, definition, context->inventory.partitions[p].start_bytes,
                                  context->inventory.partitions[p].size_bytes);
}

void volume_list_note_built(struct boot_context *context, const struct plan *plan)
{
        struct known_volumes before = { 0 };
        uint8_t key[SHA256_SIZE];
        (void)read_list(context, &before);
        memset(&context->known, 0, sizeof(context->known));
        context->known.disk = context->inventory.disk_uuid;
        for (size_t d = 0; d < context->policy.partition_count; d++) {
                if (!is_built(plan, d) && !is_there(context, d))
                        continue;
                known_volumes_set(&context->known, &context->policy.partitions[d], origin_after_reset(context, plan, &before, d));
                note_place_after_reset(context, plan, d);
        }
        use(context);
        if (context->variables.directory_fd >= 0 &&
            progress_keys_mark_key(&context->keys.progress, context->progress.origin, &context->progress.reset_id, key))
                store(context, key);
        explicit_bzero(key, sizeof(key));
}
