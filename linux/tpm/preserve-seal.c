/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/tpm/preserve-seal.h"
#include "common/boot/pcr-mode.h"

#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include "linux/base/random.h"
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

_Static_assert(PRESERVE_BLOB_MAX >= TPM_BLOB_MAX, "every blob fits");

int preserve_predict_pcr(struct bytes image, uint8_t ret[static SHA256_SIZE])
{
        struct uki uki;
        if (uki_find_sections(image.data, image.size, UKI_FILE, 0, &uki) != ERR_OK || !uki.sections[UKI_LINUX].data)
                return -EBADMSG;
        pcr_predict_sections(sha256_chunks, &uki, ret);
        pcr_mode_extend(sha256_chunks, ret, MODE_RESET);
        pcr_extend_phases(sha256_chunks, ret, PHASE_ENTER_INITRD);
        return 0;
}

static void free_context(EVP_CIPHER_CTX **context)
{
        EVP_CIPHER_CTX_free(*context);
}

/* What is authenticated besides the text: the header, and the request that it answers. */
static bool begin(EVP_CIPHER_CTX *context, bool sealing, const uint8_t key[static TPM_SECRET_SIZE],
                  const uint8_t nonce[static PRESERVE_NONCE_SIZE], struct bytes header, const struct id128 *request)
{
        int n;
        return context && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, sealing) == 1 &&
               EVP_CipherUpdate(context, NULL, &n, header.data, (int)header.size) == 1 &&
               EVP_CipherUpdate(context, NULL, &n, request->bytes, sizeof(request->bytes)) == 1;
}

static int encrypt(const uint8_t key[static TPM_SECRET_SIZE], const uint8_t nonce[static PRESERVE_NONCE_SIZE],
                   struct bytes header, const struct id128 *request, struct bytes plain, uint8_t *ret)
{
        _cleanup_(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int n, rest;
        if (!begin(context, true, key, nonce, header, request) ||
            EVP_CipherUpdate(context, ret, &n, plain.data, (int)plain.size) != 1 ||
            EVP_CipherFinal_ex(context, ret + n, &rest) != 1 ||
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, PRESERVE_TAG_SIZE, ret + plain.size) != 1)
                return -EIO;
        return 0;
}

static int decrypt(const uint8_t key[static TPM_SECRET_SIZE], const struct preserve_sealed *sealed, const struct id128 *request,
                   uint8_t *ret)
{
        _cleanup_(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t tag[PRESERVE_TAG_SIZE];
        int n, rest;
        memcpy(tag, sealed->tag, sizeof(tag));
        if (!begin(context, false, key, sealed->nonce, sealed->header, request) ||
            EVP_CipherUpdate(context, ret, &n, sealed->cipher.data, (int)sealed->cipher.size) != 1 ||
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, PRESERVE_TAG_SIZE, tag) != 1)
                return -EIO;
        return EVP_CipherFinal_ex(context, ret + n, &rest) == 1 ? 0 : -EBADMSG;
}

int preserve_seal(struct tpm *tpm, const uint8_t pcr[static SHA256_SIZE], uint32_t pcrs, const struct id128 *nonce,
                  struct bytes plain, uint8_t **ret, size_t *ret_size)
{
        uint8_t key[TPM_SECRET_SIZE], blob[TPM_BLOB_MAX], random[PRESERVE_NONCE_SIZE];
        size_t blob_size = sizeof(blob);
        if (plain.size > PRESERVE_PLAIN_MAX)
                return -EFBIG;
        uint8_t *file = malloc(PRESERVE_SEALED_MAX);
        struct writer writer = writer_over(file, PRESERVE_SEALED_MAX);
        if (!file)
                return -ENOMEM;
        int r = random_key(tpm, key);
        if (r == 0)
                r = random_bytes(random, sizeof(random));
        if (r == 0)
                r = tpm_seal_to_pcr(tpm, pcr, pcrs, key, blob, &blob_size);
        if (r == 0) {
                preserve_sealed_header(&writer, (struct bytes){ blob, blob_size }, random);
                r = encrypt(key, random, (struct bytes){ file, writer.size }, nonce, plain, file + writer.size);
        }
        explicit_bzero(key, sizeof(key));
        if (r < 0) {
                free(file);
                return r;
        }
        *ret = file;
        *ret_size = writer.size + plain.size + PRESERVE_TAG_SIZE;
        return 0;
}

int preserve_unseal(struct tpm *tpm, uint32_t pcrs, const struct id128 *nonce, struct bytes file, uint8_t **ret, size_t *ret_size)
{
        struct preserve_sealed sealed;
        uint8_t key[TPM_SECRET_SIZE];
        if (preserve_sealed_parse(file, &sealed) != ERR_OK)
                return -EINVAL;
        int r = tpm_unseal_by_pcr(tpm, pcrs, sealed.blob.data, sealed.blob.size, key);
        if (r < 0)
                return r;
        uint8_t *plain = malloc(sealed.cipher.size + 1);
        r = plain ? decrypt(key, &sealed, nonce, plain) : -ENOMEM;
        explicit_bzero(key, sizeof(key));
        if (r < 0) {
                if (plain)
                        explicit_bzero(plain, sealed.cipher.size);
                free(plain);
                return r;
        }
        *ret = plain;
        *ret_size = sealed.cipher.size;
        return 0;
}
