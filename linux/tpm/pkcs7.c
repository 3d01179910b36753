/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/tpm/pkcs7.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

static void free_certificate(X509 **certificate)
{
        X509_free(*certificate);
}

static void free_certificates(STACK_OF(X509) * *certificates)
{
        sk_X509_free(*certificates);
}

static void free_pkcs7(PKCS7 **pkcs7)
{
        PKCS7_free(*pkcs7);
}

static void free_bio(BIO **bio)
{
        (void)BIO_free(*bio);
}

static X509 *read_certificate(struct bytes der)
{
        const unsigned char *at = der.data;
        X509 *certificate = der.size > 0 && der.size <= INT32_MAX ? d2i_X509(NULL, &at, (long)der.size) : NULL;

        if (certificate && at != der.data + der.size) {
                X509_free(certificate);
                return NULL;
        }
        return certificate;
}

/* Nothing may stand behind it. */
static PKCS7 *read_pkcs7(struct bytes der)
{
        const unsigned char *at = der.data;
        PKCS7 *pkcs7 = der.size > 0 && der.size <= INT32_MAX ? d2i_PKCS7(NULL, &at, (long)der.size) : NULL;

        if (pkcs7 && at != der.data + der.size) {
                PKCS7_free(pkcs7);
                return NULL;
        }
        return pkcs7;
}

int pkcs7_verify(struct bytes signature, struct bytes content, struct bytes certificate)
{
        _cleanup_(free_certificate) X509 *signer = read_certificate(certificate);
        _cleanup_(free_pkcs7) PKCS7 *pkcs7 = read_pkcs7(signature);
        _cleanup_(free_certificates) STACK_OF(X509) *signers = sk_X509_new_null();
        _cleanup_(free_bio) BIO *text = BIO_new_mem_buf(content.data, (int)content.size);
        int good;

        if (!signer || !pkcs7) {
                ERR_clear_error();
                return signer ? -EBADMSG : -EINVAL;
        }
        if (!signers || !text || sk_X509_push(signers, signer) == 0)
                return -ENOMEM;
        /* An attached content would be verified in place of ours. The signer is taken from our list alone (NOINTERN), so there is
         * no chain to be verified (NOVERIFY). */
        good = PKCS7_type_is_signed(pkcs7) && PKCS7_is_detached(pkcs7) &&
               PKCS7_verify(pkcs7, signers, NULL, text, NULL, PKCS7_NOINTERN | PKCS7_NOVERIFY | PKCS7_BINARY) == 1;
        ERR_clear_error();
        return good ? 0 : -EBADMSG;
}
