/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/verity.h"

#include "common/format/verity-extent.h"
#include "linux/base/cleanup.h"
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

int verity_read_extents(const char *data_device, const char *hash_device, uint64_t *ret_data_bytes, uint64_t *ret_hash_bytes)
{
        _cleanup_(free_device) struct crypt_device *device = NULL;
        struct crypt_params_verity params = { 0 };
        uint64_t blocks;
        int r = crypt_init_data_device(&device, hash_device, data_device);
        if (r < 0)
                return r;
        crypt_set_log_callback(device, discard_log, NULL);
        r = crypt_load(device, CRYPT_VERITY, NULL);
        if (r == 0)
                r = crypt_get_verity_info(device, &params);
        if (r < 0)
                return r;
        if (params.fec_device || params.hash_area_offset > 0 || params.data_block_size == 0 || params.hash_block_size == 0 ||
            params.data_size > UINT64_MAX / params.data_block_size ||
            !verity_hash_blocks(params.data_size, params.hash_block_size, (uint32_t)crypt_get_volume_key_size(device), &blocks) ||
            blocks >= UINT64_MAX / params.hash_block_size)
                return -EINVAL;
        *ret_data_bytes = params.data_size * params.data_block_size;
        *ret_hash_bytes = (1 + blocks) * params.hash_block_size; /* behind the superblock */
        return 0;
}
