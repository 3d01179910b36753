/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TPM 2.0 through tpm2-tss ESAPI: facts, measuring phases, sealing to and unsealing under the signed PCR 11 policy, clearing
 * with proof. Owns every TPM command this project sends after the stub. Never guesses an authorization value. Library code: never
 * prints. */
#ifndef CLEANSLATE_LINUX_TPM_H
#define CLEANSLATE_LINUX_TPM_H

#include "common/format/pcr.h"
#include "common/plan/inventory.h"
#include "common/state/tpm-evidence.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TPM_SECRET_SIZE        32
#define TPM_BLOB_MAX           1024
#define TPM_PUBLIC_KEY_PEM_MAX 4096
#define TPM_SIGNATURE_JSON_MAX 65536

struct tpm; /* an open connection */

/* `tcti` NULL = the first TPM 2.0 that the kernel knows and that answers; otherwise a TCTI string ("swtpm:path=..."). -ENODEV if
 * there is no TPM. What the TPM wants to be sent again is (tpm_answer_retry_ms()). The transport is dlopen()ed: an initrd has to
 * carry libtss2-tcti-device.so.0, which no program's dependencies name. Sets TSS2_LOG in the environment, if it is not set, so
 * that the libraries stay silent. */
int tpm_open(const char *tcti, struct tpm **ret);
struct tpm *tpm_free(struct tpm *tpm); /* NULL is fine; returns NULL */

/* The last TPM response code that made a call fail, and its text ("tpm:session(1):a policy check failed"); 0 and "" if none.
 * Code 0 with a text: refused before the TPM had to ("no signature for the present value of PCR 11"). */
uint32_t tpm_last_code(const struct tpm *tpm);
const char *tpm_last_text(const struct tpm *tpm);

/* TPM2_GetCapability(TPM_PT_PERMANENT). Fills in what the TPM knows; what is known of the firmware and the image's authorization
 * stays. */
int tpm_read_facts(struct tpm *tpm, struct tpm_facts *facts);

/* Extends PCR 11 in every active bank by the hash of `phase` (TPM2_PCR_Event, as systemd-pcrphase does it: text without NUL). */
int tpm_measure_phase(struct tpm *tpm, const char *phase);

/* Flags, storage root key, clock, the owner's objects. The name is missing where an owner authorization is set; what the TPM
 * does not tell is noted in ret->unread. Negative errno: not even the flags. */
int tpm_read_evidence(struct tpm *tpm, struct tpm_evidence *ret);

/* Ends a dictionary-attack lockout with the lockout hierarchy's empty authorization; 0 if there is none. Power cuts count as
 * wrong guesses once a key without noDA was used (the storage root key of systemd's older template is one; TPM 2.0 part
 * 1, 19.8.6), so a few in a row would lock a machine out of its own state. -EPERM: lockout authorization is set; nothing was
 * sent. */
int tpm_end_lockout(struct tpm *tpm);

/* Asks the TPM whether it accepts the lockout hierarchy's empty authorization, by a TPM2_PolicySecret (part 3, 23.4) for a
 * session that is thrown away: nothing changes in the TPM. The flags do not tell all: after a wrong authorization it refuses each
 * one for its recovery time, and none of them says so (part 1, 19.8.5). Sends nothing where the flags say that an authorization
 * is set, so nothing is ever guessed. facts->lockout_blocked: it refused. Negative errno: something else failed; *facts is
 * untouched. */
int tpm_try_empty_lockout_auth(struct tpm *tpm, struct tpm_facts *facts);

#define TPM_AUTH_MAX 64

/* An authorization value. The caller wipes it. */
struct tpm_auth {
        size_t size; /* 0 = none is known */
        uint8_t value[TPM_AUTH_MAX];
};

/* Whether the TPM accepts this lockout authorization, by way of a TPM2_DictionaryAttackLockReset, which also ends a lockout. The
 * value is not sent. Only for a value that somebody has entrusted us with: a wrong one costs the lockout hierarchy its
 * recovery time (1000 s by default), and -EPERM. */
int tpm_try_lockout_auth(struct tpm *tpm, const struct tpm_auth *auth);

/* TPM2_Clear by the lockout hierarchy, with `auth` if an authorization is set (NULL: none is known). -EPERM: disableClear, or an
 * authorization is set and not known; nothing was sent that could count as a guess. Success means the TPM said so AND the storage
 * root key's name differs from `before` (and so does the storage ticket; one alone counts where the other could not be read);
 * -EBADMSG if it did not change. */
int tpm_clear(struct tpm *tpm, const struct tpm_auth *auth, const struct tpm_evidence *before, struct tpm_evidence *ret_after);

/* Whether the storage root key is RSA 2048, because the TPM has no ECC P-256: known once something was sealed or unsealed. */
bool tpm_storage_key_is_rsa(const struct tpm *tpm);

/* Values of the SHA-256 bank, in the order of their numbers; `pcrs`: bit N = PCR N. -EOPNOTSUPP: the TPM has none of these. */
int tpm_read_pcrs(struct tpm *tpm, uint32_t pcrs, uint8_t (*ret)[SHA256_SIZE], size_t capacity, size_t *ret_count);

/* Those of `pcrs` that nobody has measured anything to: sealing to them tells no boot from another. Errors as above. */
int tpm_find_blank_pcrs(struct tpm *tpm, uint32_t pcrs, uint32_t *ret);

#define TPM_ORIGIN_MAX 512

/* The TPM's own word on what the PCRs were when it made a sealed object: TPM2B_CREATION_DATA || TPMT_TK_CREATION, marshalled.
 * Anybody can have a TPM seal a secret of his own under any policy; in this he cannot lie. */
struct tpm_origin {
        uint8_t data[TPM_ORIGIN_MAX];
        size_t size;
};

/* Seals TPM_SECRET_SIZE bytes (noDA) so that they unseal under any PCR 11 value the key in `public_key_pem` has signed, while
 * `pcrs` (bit N = PCR N of the SHA-256 bank, 0 = none) have the values they have now. The policy is systemd's: PolicyAuthorize,
 * then PolicyPCR. ret_blob: TPM2B_PRIVATE || TPM2B_PUBLIC marshalled, as in a systemd-tpm2 token's "tpm2-blob"; ret_policy:
 * "tpm2-policy-hash". Works in any mode: only the public key is needed. -EOPNOTSUPP: there is no such PCR; -EINVAL: not an RSA
 * public key in PEM that a TPM takes; -EPERM: an owner authorization is set; -ENOBUFS: the blob does not fit. */
int tpm_seal(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const uint8_t secret[static TPM_SECRET_SIZE],
             uint8_t *ret_blob, size_t *ret_blob_size /* in: capacity */, uint8_t ret_policy[static SHA256_SIZE],
             struct tpm_origin *ret_origin /* may be NULL */);

/* By which policy something is sealed. Borrowed. */
struct tpm_policy_source {
        const char *public_key_pem, *signature_json; /* .pcrpkey, .pcrsig */
        size_t signature_json_size;
        uint32_t pcrs;
};

/* Whether what is sealed by this policy now can be unsealed in a start in which PCR 11 (SHA-256) has the value `pcr` at its time,
 * and `pcrs` are as they are; `pcr` NULL: that is not known, and any signature of the key will do. The TPM itself loads the key
 * (LoadExternal), checks the signature and goes through the policy in a trial session, whose digest has to be the one that
 * tpm_seal() seals to. Needs no authorization; nothing is created. -EACCES: no signature for that value; -EBADMSG: another
 * digest; -EINVAL: key or signatures are malformed; -EOPNOTSUPP: no such PCRs; else what the TPM said. */
int tpm_try_policy(struct tpm *tpm, const struct tpm_policy_source *source, const uint8_t *pcr);

/* The same, but so that they unseal while PCR 11 (SHA-256) has this value and no other: for a boot that no key signs, like that
 * of a reset, whose value pcr_mode_extend() predicts. */
int tpm_seal_to_pcr(struct tpm *tpm, const uint8_t pcr[static SHA256_SIZE], uint32_t pcrs,
                    const uint8_t secret[static TPM_SECRET_SIZE], uint8_t *ret_blob, size_t *ret_blob_size /* in: capacity */);

/* Unseals what tpm_seal_to_pcr() has sealed to the same `pcrs`. Errors as those of tpm_unseal(); -EACCES: PCR 11 or one of `pcrs`
 * has another value. */
int tpm_unseal_by_pcr(struct tpm *tpm, uint32_t pcrs, const uint8_t *blob, size_t blob_size,
                      uint8_t ret_secret[static TPM_SECRET_SIZE]);

/* Unseals. `signature_json` is .pcrsig's text (systemd-measure(1) sign). -EACCES: no signature for PCR 11's present value, or
 * the TPM's policy check failed; -EKEYREJECTED: PCR 11 is right, and the TPM refuses all the same, because one of `pcrs` has not
 * the value it was sealed to (or it was sealed under another policy); -ESTALE: the blob does not belong to this storage hierarchy
 * (cleared since); -EINVAL: key, signatures or blob are malformed; -EPERM: an owner authorization is set; -ENODATA: the blob
 * holds something else than a secret of this size. */
int tpm_unseal(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const char *signature_json, size_t signature_json_size,
               const uint8_t *blob, size_t blob_size, const struct tpm_origin *origin,
               uint8_t ret_secret[static TPM_SECRET_SIZE]);

/* As tpm_unseal(), but leaves the judgement to the TPM alone: hands it each signature that the key has given, whatever PCR 11
 * holds, and then asks for the secret. For showing that this boot cannot unseal: -EACCES, with the TPM's own words in
 * tpm_last_text(). */
int tpm_unseal_regardless(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const char *signature_json,
                          size_t signature_json_size, const uint8_t *blob, size_t blob_size,
                          uint8_t ret_secret[static TPM_SECRET_SIZE]);

/* Random bytes from the kernel and, where there is a TPM, the TPM, mixed by hashing. tpm may be NULL. */
int random_key(struct tpm *tpm, uint8_t ret[static 32]);

#endif
