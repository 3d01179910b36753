/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/efi/progress-store.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

static const char *const slot_names[PROGRESS_SLOTS] = { PROGRESS_VARIABLE_NAME_0, PROGRESS_VARIABLE_NAME_1 };

int progress_store_read(const struct efivarfs *variables, const struct progress_keys *keys, struct progress_store *ret_store,
                        struct progress *ret)
{
        _cleanup_free_ void *first = NULL, *second = NULL;
        void **values[PROGRESS_SLOTS] = { &first, &second };
        struct progress_slot slots[PROGRESS_SLOTS] = { 0 };
        struct progress progress;
        bool rejected, unreadable = false;

        for (int i = 0; i < PROGRESS_SLOTS; i++) {
                int r = efivarfs_read(variables, &guid_cleanslate, slot_names[i], values[i], &slots[i].size);
                if (r < 0 && r != -ENOENT && r != -E2BIG && r != -EIO)
                        return r;
                unreadable |= r == -EIO;
                slots[i].data = *values[i];
        }
        int slot = progress_select(slots, keys, &progress, &rejected);
        if (slot < 0 && unreadable)
                return -EIO; /* who knows what it said */
        ret_store->variables = variables;
        ret_store->keys = keys;
        ret_store->slot = slot;
        ret_store->sequence = keys && keys->sequence_floor > progress.sequence ? keys->sequence_floor : progress.sequence;
        *ret = progress;
        return 0;
}

static int write_slot(const struct progress_store *store, int slot, const uint8_t encoded[static PROGRESS_ENCODED_SIZE])
{
        return efivarfs_write(store->variables, &guid_cleanslate, slot_names[slot], encoded, PROGRESS_ENCODED_SIZE);
}

int progress_store_commit(struct progress_store *store, struct progress *progress)
{
        uint8_t encoded[PROGRESS_ENCODED_SIZE];
        _cleanup_free_ void *stored = NULL;
        size_t size;
        int next = progress_next_slot(store->slot);
        const uint8_t *key = store->keys ? progress_key(store->keys, progress->origin) : NULL;

        if (!key)
                return -ENOKEY;
        progress->sequence = store->sequence + 1;
        progress_encode(progress, key, encoded);
        int r = write_slot(store, next, encoded);
        if (r < 0) { /* the old system's root may have put a variable there that only its own key can change */
                next = progress_next_slot(next);
                r = write_slot(store, next, encoded);
        }
        if (r < 0)
                return r;
        r = efivarfs_read(store->variables, &guid_cleanslate, slot_names[next], &stored, &size);
        if (r < 0)
                return r;
        if (size != sizeof(encoded) || memcmp(stored, encoded, size) != 0)
                return -EIO;
        store->slot = next;
        store->sequence = progress->sequence;
        return 0;
}

bool progress_store_may_hold(const struct progress_store *store, const struct progress *progress)
{
        uint8_t encoded[PROGRESS_ENCODED_SIZE];
        const uint8_t *key = store->keys ? progress_key(store->keys, progress->origin) : NULL;
        bool holds = false;
        if (!key)
                return false;
        progress_encode(progress, key, encoded);
        for (int i = 0; i < PROGRESS_SLOTS; i++) {
                _cleanup_free_ void *stored = NULL;
                size_t size;
                int r = efivarfs_read(store->variables, &guid_cleanslate, slot_names[i], &stored, &size);
                holds |= r == 0 ? size == sizeof(encoded) && memcmp(stored, encoded, size) == 0 : r != -ENOENT;
        }
        return holds;
}
