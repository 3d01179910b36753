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

static void use(struct boot_context *context)
{
        context->has_known = true;
        context->inventory.has_known = true;
        context->inventory.known = known_volumes_mask(&context->known, &context->policy);
}

void volume_list_load(struct boot_context *context)
{
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

void volume_list_note_mounted(struct boot_context *context)
{
        bool is_news = !context->has_known;
        for (size_t d = 0; d < context->policy.partition_count; d++) {
                const struct partition_definition *definition = &context->policy.partitions[d];
                if (is_there(context, d) && known_volumes_get(&context->known, definition) == KNOWN_NOT) {
                        known_volumes_set(&context->known, definition, origin_of_mounted(context, d));
                        is_news = true;
                }
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

void volume_list_note_built(struct boot_context *context, const struct plan *plan)
{
        struct known_volumes before = { 0 };
        uint8_t key[SHA256_SIZE];
        (void)read_list(context, &before);
        memset(&context->known, 0, sizeof(context->known));
        for (size_t d = 0; d < context->policy.partition_count; d++)
                if (is_built(plan, d) || is_there(context, d))
                        known_volumes_set(&context->known, &context->policy.partitions[d],
                                          origin_after_reset(context, plan, &before, d));
        use(context);
        if (context->variables.directory_fd >= 0 &&
            progress_keys_mark_key(&context->keys.progress, context->progress.origin, &context->progress.reset_id, key))
                store(context, key);
        explicit_bzero(key, sizeof(key));
}
