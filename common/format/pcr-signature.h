/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signatures over PCR 11 policies that a UKI carries in its .pcrsig section: JSON as systemd-measure(1) sign writes it, one
 * array of {"pcrs","pkfp","pol","sig"} a PCR bank. Pure: reads and finds; verifying a signature is the TPM's business. */
#ifndef CLEANSLATE_COMMON_PCR_SIGNATURE_H
#define CLEANSLATE_COMMON_PCR_SIGNATURE_H

#include "common/base/err.h"
#include "common/format/pcr.h"
#include <stddef.h>
#include <stdint.h>

#define PCR_SIGNATURES_MAX         24  /* of the SHA-256 bank in one text */
#define PCR_SIGNATURE_SIZE_MAX     512 /* bytes: RSA-4096 */
#define PCR_SIGNATURE_PCR_COUNT    24  /* PCRs of a PC client TPM */
#define PCR_SIGNATURE_MASK_PCR(nr) (UINT32_C(1) << (nr))

struct pcr_signature {
        uint32_t pcr_mask;                /* "pcrs": bit N = PCR N */
        uint8_t fingerprint[SHA256_SIZE]; /* "pkfp": SHA-256 of the signing key's PKCS#1 RSAPublicKey in DER */
        uint8_t policy[SHA256_SIZE];      /* "pol": policy digest that was signed (RSASSA-PKCS1-v1_5 over its SHA-256) */
        uint8_t signature[PCR_SIGNATURE_SIZE_MAX];
        uint16_t signature_size;
};

/* About 14 KiB. */
struct pcr_signature_list {
        struct pcr_signature entries[PCR_SIGNATURES_MAX];
        size_t count;
};

/* Reads the SHA-256 bank; other banks and unknown members are skipped. A bank that is absent gives an empty list. *ret is
 * undefined after a failure: ERR_SYNTAX, ERR_ENCODING, ERR_DUPLICATE (as JSON), ERR_MISSING (a member), ERR_RANGE (wrong type or
 * size of a value, a PCR above 23 or named twice), ERR_TOO_LARGE (more than 65535 bytes, 256 JSON tokens or PCR_SIGNATURES_MAX
 * entries). */
enum err pcr_signature_list_parse(const char *text, size_t size, struct pcr_signature_list *ret);

/* The entry for exactly these PCRs, this key and this policy; NULL if there is none. */
const struct pcr_signature *pcr_signature_find(const struct pcr_signature_list *list, uint32_t pcr_mask,
                                               const uint8_t fingerprint[static SHA256_SIZE],
                                               const uint8_t policy[static SHA256_SIZE]);

#endif
