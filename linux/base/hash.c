/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/hash.h"
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

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

int sha256_fd(int fd, uint8_t ret[static SHA256_SIZE])
{
        uint8_t data[16384];
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
        ssize_t n = 1;
        int error = 0;

        while (good && n > 0) {
                do
                        n = read(fd, data, sizeof(data));
                while (n < 0 && errno == EINTR);
                error = n < 0 ? -errno : 0;
                good = n <= 0 || EVP_DigestUpdate(context, data, (size_t)n) == 1;
        }
        good = good && (error < 0 || EVP_DigestFinal_ex(context, ret, NULL) == 1);
        EVP_MD_CTX_free(context);
        if (!good)
                abort();
        return error;
}
