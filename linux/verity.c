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

/* signature == NULL: the root hash is trusted by itself. */
static int open_mapping(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                        size_t root_hash_size, const uint8_t *signature, size_t signature_size)
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
        if (signature)
                return crypt_activate_by_signed_key(device, name, (const char *)root_hash, root_hash_size,
                                                    (const char *)signature, signature_size, CRYPT_ACTIVATE_READONLY);
        return crypt_activate_by_volume_key(device, name, (const char *)root_hash, root_hash_size, CRYPT_ACTIVATE_READONLY);
}

int verity_open(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                size_t root_hash_size)
{
        return open_mapping(name, data_device, hash_device, root_hash, root_hash_size, NULL, 0);
}

int verity_open_signed(const char *name, const char *data_device, const char *hash_device, const uint8_t *root_hash,
                       size_t root_hash_size, const uint8_t *signature, size_t signature_size)
{
        return open_mapping(name, data_device, hash_device, root_hash, root_hash_size, signature, signature_size);
}
