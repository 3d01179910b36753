/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 by libcrypto, in the shape common/ takes it. */
#include "linux/tpm.h"

#include <openssl/evp.h>
#include <stdlib.h>

void sha256_chunks(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE])
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        int good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

        for (size_t i = 0; i < count && good; i++)
                good = EVP_DigestUpdate(context, chunks[i].data, chunks[i].size) == 1;
        good = good && EVP_DigestFinal_ex(context, ret, NULL) == 1;
        EVP_MD_CTX_free(context);
        /* only want of memory gets here, and no caller could go on with a digest that is none */
        if (!good)
                abort();
}
