/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/keystream.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define STRIDE_BYTES (16u << 10) /* what is encrypted at once: it and its result stay in the first cache */

struct keystream {
        EVP_CIPHER_CTX *context;
};

static const uint8_t zeros[STRIDE_BYTES];

void keystream_free(struct keystream **keystream)
{
        if (!*keystream)
                return;
        EVP_CIPHER_CTX_free((*keystream)->context);
        free(*keystream);
        *keystream = NULL;
}

int keystream_new(const uint8_t key[static KEYSTREAM_KEY_SIZE], struct keystream **ret)
{
        _cleanup_(keystream_free) struct keystream *keystream = calloc(1, sizeof(*keystream));
        if (!keystream)
                return -ENOMEM;
        keystream->context = EVP_CIPHER_CTX_new();
        if (!keystream->context || EVP_EncryptInit_ex(keystream->context, EVP_aes_256_ctr(), NULL, key, NULL) != 1)
                return -ENOMEM;
        *ret = keystream;
        keystream = NULL;
        return 0;
}

static void store_be64(uint8_t *at, uint64_t value)
{
        for (int i = 0; i < 8; i++)
                at[i] = (uint8_t)(value >> (56 - 8 * i));
}

int keystream_make(struct keystream *keystream, uint64_t offset_bytes, void *ret_data, size_t size)
{
        uint8_t counter[KEYSTREAM_BLOCK_SIZE] = { 0 };
        if (offset_bytes % KEYSTREAM_BLOCK_SIZE != 0)
                return -EINVAL;
        store_be64(counter + 8, offset_bytes / KEYSTREAM_BLOCK_SIZE);
        if (EVP_EncryptInit_ex(keystream->context, NULL, NULL, NULL, counter) != 1)
                return -EIO;
        for (size_t done = 0; done < size;) {
                int stride = (int)(size - done < STRIDE_BYTES ? size - done : STRIDE_BYTES), made;
                if (EVP_EncryptUpdate(keystream->context, (uint8_t *)ret_data + done, &made, zeros, stride) != 1)
                        return -EIO;
                done += (size_t)stride;
        }
        return 0;
}
