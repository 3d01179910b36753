/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/verity.h"

#include "linux/cleanup.h"
#include <errno.h>
#include <libcryptsetup.h>

static void free_device(struct crypt_device **device)
{
        crypt_free(*device);
}

/* callers turn the error code into words; libcryptsetup's own lines would go to stderr */
static void discard_log(int level, const char *message, void *context)
{
}

int verity_open(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                size_t root_hash_size)
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        int r = crypt_init_data_device(&device, hash_device, data_device);
        if (r < 0)
                return r;
        crypt_set_log_callback(device, discard_log, NULL);
        r = crypt_load(device, CRYPT_VERITY, NULL);
        if (r < 0)
                return r;
        if ((size_t)crypt_get_volume_key_size(device) != root_hash_size)
                return -EINVAL;
        return crypt_activate_by_volume_key(device, name, (const char *)root_hash, root_hash_size, CRYPT_ACTIVATE_READONLY);
}
