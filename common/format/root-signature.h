/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signature over an image's verity root hash: the JSON text of a root-verity-sig partition (Discoverable Partitions
 * Specification), and which of two policies about it counts. Pure: reads; judging the signature is the kernel's business or
 * linux/tpm/pkcs7's. The text comes from an unauthenticated disk. */
#ifndef CLEANSLATE_COMMON_ROOT_SIGNATURE_H
#define CLEANSLATE_COMMON_ROOT_SIGNATURE_H

#include "common/base/err.h"
#include "common/format/pcr.h"

#define ROOT_HASH_SIZE_MAX                64    /* bytes: SHA-512 */
#define ROOT_SIGNATURE_SIZE_MAX           8192  /* bytes of PKCS#7: RSA-4096 with two certificates in it */
#define ROOT_SIGNATURE_TEXT_MAX           16384 /* bytes of the partition that are looked at */
#define ROOT_SIGNATURE_ROOT_SIZE_OK(size) ((size) == 32 || (size) == 48 || (size) == 64)

struct root_signature {
        uint8_t root_hash[ROOT_HASH_SIZE_MAX];
        size_t root_hash_size;
        uint8_t fingerprint[SHA256_SIZE]; /* "certificateFingerprint": SHA-256 of the signer's certificate in DER; a hint, no more
                                           */
        bool has_fingerprint;
        uint8_t pkcs7[ROOT_SIGNATURE_SIZE_MAX]; /* DER, detached, over the root hash in lower-case hexadecimal */
        size_t pkcs7_size;
};

/* The text ends at its first NUL; behind it may be nothing but NULs. Unknown members are skipped. *ret is undefined after a
 * failure: ERR_SYNTAX, ERR_ENCODING, ERR_DUPLICATE (as JSON), ERR_MISSING (rootHash, signature), ERR_RANGE (wrong type or size of
 * a value), ERR_TOO_LARGE. */
enum err root_signature_parse(const char *text, size_t size, struct root_signature *ret);

/* It speaks of exactly this root hash. */
bool root_signature_is_for(const struct root_signature *signature, const uint8_t *root_hash, size_t root_hash_size);

#endif
