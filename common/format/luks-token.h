/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "systemd-tpm2" LUKS2 token: JSON that ties a keyslot to a TPM-sealed secret, in the form systemd-cryptenroll writes and
 * systemd-cryptsetup reads (members tpm2-blob, tpm2-pcrs, tpm2-pcr-bank, tpm2-primary-alg, tpm2-policy-hash, tpm2-pin,
 * tpm2_pubkey, tpm2_pubkey_pcrs; systemd.crypttab(5), LUKS2 On-Disk Format 3.5). Pure. */
#ifndef CLEANSLATE_COMMON_LUKS_TOKEN_H
#define CLEANSLATE_COMMON_LUKS_TOKEN_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include <stdbool.h>

#define LUKS_TOKEN_BLOB_MAX   1024
#define LUKS_TOKEN_KEY_MAX    4096
#define LUKS_TOKEN_ORIGIN_MAX 512
#define LUKS_TOKEN_JSON_MAX   16384

struct luks_token {
        uint8_t blob[LUKS_TOKEN_BLOB_MAX]; /* TPM2B_PRIVATE || TPM2B_PUBLIC */
        size_t blob_size;
        uint32_t pcrs;       /* tpm2-pcrs: bit N = PCR N, by value besides those that are signed */
        bool primary_is_rsa; /* tpm2-primary-alg: "rsa" instead of "ecc"; for others: our own reader asks the TPM */
        uint8_t policy_hash[32];
        char public_key_pem[LUKS_TOKEN_KEY_MAX]; /* NUL-terminated */
        /* our own "cleanslate-origin", which systemd's tools pass over: see tpm_origin; size 0 = none */
        uint8_t origin[LUKS_TOKEN_ORIGIN_MAX];
        size_t origin_size;
};

#define LUKS_TOKEN_WRAPPED_SIZE 60 /* see linux/tpm/recovery-wrap */

/* Our own token, which ties no keyslot: the device's secret under the recovery key, {"type":"cleanslate-recovery","keyslots":[],
 * "wrapped":BASE64}. Errors as those of luks_token_decode(). */
#define LUKS_RECOVERY_TYPE "cleanslate-recovery"
void luks_recovery_encode(const uint8_t wrapped[static LUKS_TOKEN_WRAPPED_SIZE], struct writer *writer);
enum err luks_recovery_decode(const char *json, size_t size, uint8_t ret[static LUKS_TOKEN_WRAPPED_SIZE]);

/* Another one that ties no keyslot: the secret for a planned reseal, once, {"type":"cleanslate-reseal","keyslots":[],
 * "tpm2-blob":BASE64,"wrapped":BASE64}. The blob holds what the TPM releases under the signed PCR 11 alone; without a key that
 * only the device's own stub hands out that opens nothing. Errors as those of luks_token_decode(). */
#define LUKS_RESEAL_TYPE     "cleanslate-reseal"
#define LUKS_RESEAL_JSON_MAX 2048
struct luks_reseal {
        uint8_t blob[LUKS_TOKEN_BLOB_MAX];
        size_t blob_size; /* 0 = there is none */
        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE];
};
void luks_reseal_encode(const struct luks_reseal *copy, struct writer *writer);
enum err luks_reseal_decode(const char *json, size_t size, struct luks_reseal *ret);

/* Appends the JSON text for keyslot 0; check writer->overflow. */
void luks_token_encode(const struct luks_token *token, struct writer *writer);

/* ERR_MISSING for another token type or an absent member, ERR_UNSUPPORTED for a token that wants a PIN, other signed PCRs than
 * 11 or another bank, ERR_SYNTAX, ERR_RANGE, ERR_TOO_LARGE. */
enum err luks_token_decode(const char *json, size_t size, struct luks_token *ret);

#endif
