/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file beside a record that says who vouches for it: NAME.sig, JSON. Owns its form, and the judgement of everything in it but
 * the signature itself, which needs a library. Pure; see docs/record.md. */
#ifndef CLEANSLATE_COMMON_RECORD_SIGNATURE_H
#define CLEANSLATE_COMMON_RECORD_SIGNATURE_H

#include "common/format/pcr.h"
#include "common/format/tpm-attest.h"

#define RECORD_SIGNATURE_TEXT_MAX 16384
#define RECORD_SIGNATURE_EK_MAX   4096 /* bytes of an endorsement key's certificate, DER */
#define RECORD_SIGNATURE_PCRS     24

/* Firmware, boot loaders, Secure Boot, files the boot loader was told to load, the image with its mode and phases, the command
 * line: what has run when the record was made. */
#define RECORD_SIGNATURE_PCR_MASK (1u << 0 | 1u << 4 | 1u << 7 | 1u << 9 | 1u << 11 | 1u << 12)

struct record_signature {
        uint8_t record_digest[SHA256_SIZE];
        char unsigned_why[256]; /* "" = signed; then the rest holds */
        uint8_t attest[TPM_ATTEST_MAX], signature[TPM_ATTEST_MAX], public_area[TPM_ATTEST_MAX];
        size_t attest_size, signature_size, public_size;
        uint32_t pcrs; /* bit N: values[N] is set */
        uint8_t values[RECORD_SIGNATURE_PCRS][SHA256_SIZE];
        uint8_t ek_certificate[RECORD_SIGNATURE_EK_MAX]; /* DER; the maker's word for this TPM */
        size_t ek_certificate_size;                      /* 0 = none */
};

void record_signature_write(const struct record_signature *signature, struct writer *writer);

/* ERR_SYNTAX, ERR_MISSING, ERR_RANGE, ERR_UNSUPPORTED (another type), ERR_TOO_LARGE. What *ret holds after a failure is
 * undefined. */
enum err record_signature_read(const char *text, size_t size, struct record_signature *ret);

enum record_verdict {
        RECORD_VERIFIED,
        RECORD_UNSIGNED,        /* and nobody claims otherwise */
        RECORD_ALTERED,         /* the record is not the one that the companion is about */
        RECORD_NO_TPM_QUOTE,    /* what is signed is not a TPM's quote */
        RECORD_OTHER_QUOTE,     /* the quote is about something else than this record */
        RECORD_KEY_UNFIT,       /* such a key could sign anything */
        RECORD_SIGNER_DIFFERS,  /* the quote names another key as its signer */
        RECORD_PCRS_DIFFER,     /* the listed PCR values are not those of the quote */
        RECORD_SIGNATURE_WRONG, /* not signed by the key that is in the companion */
        RECORD_KEY_DIFFERS,     /* signed by another key than the one that was pinned */
        RECORD_VERDICT_COUNT
};

const char *record_verdict_name(enum record_verdict verdict); /* "signature-wrong", for --json */
const char *record_verdict_text(enum record_verdict verdict); /* a sentence for people */

/* Everything but the signature: RECORD_VERIFIED means that it remains to be checked, over signature->attest with *ret_key and
 * *ret_signature, which are set then, as is *ret_claim. */
enum record_verdict record_signature_judge(sha256_function sha256, const struct record_signature *signature, struct bytes record,
                                           struct tpm_quote_claim *ret_claim, struct tpm_attest_key *ret_key,
                                           struct tpm_attest_signature *ret_signature);

#endif
