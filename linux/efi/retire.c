/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The request and the count of boots, taken back; see retire.h. */
#include "linux/efi/retire.h"

#include "common/policy/request.h"
#include "common/state/boot-trace.h"
#include <errno.h>
#include <stdlib.h>

/* Firmware that says that it has removed one, and still has it, has refused. */
static bool is_there(const struct efivarfs *store, const struct guid *vendor, const char *name)
{
        void *value = NULL;
        size_t size;
        int r = efivarfs_read(store, vendor, name, &value, &size);
        free(value);
        return r != -ENOENT;
}

static int retire(const struct efivarfs *store, const struct guid *vendor, const char *name, bool seen, const void *nothing,
                  size_t size)
{
        int r = seen ? efivarfs_remove_seen(store, vendor, name) : efivarfs_remove(store, vendor, name);
        if (r == 0 || (r > 0 && !is_there(store, vendor, name)))
                return r;
        r = efivarfs_write(store, vendor, name, nothing, size);
        return r < 0 ? r : 1;
}

int retire_request(const struct efivarfs *store, bool seen)
{
        static const uint8_t no_text[2] = { 0, 0 }; /* UTF-16: malformed, and so never a reset (request.h) */
        return retire(store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, seen, no_text, sizeof(no_text));
}

int retire_boot_count(const struct efivarfs *store, bool seen)
{
        uint8_t none[BOOT_COUNT_ENCODED_SIZE];
        boot_count_encode(&(struct boot_count){ 0 }, none);
        return retire(store, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, seen, none, sizeof(none));
}
