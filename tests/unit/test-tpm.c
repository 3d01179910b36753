/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TPM adapter on a real TPM 2.0 (swtpm): measuring, and secrets that are sealed under a signed policy. */
#include "tests/unit/tpm-property.h"

static const char phase[] = PHASE_ENTER_INITRD;

static void read_pcr(struct tpm *tpm, TPM2_ALG_ID bank, uint8_t *ret, size_t size)
{
        TPML_PCR_SELECTION selection = { .count = 1,
                                         .pcrSelections = { { .hash = bank, .sizeofSelect = 3, .pcrSelect = { 0, 8, 0 } } } };
        TPML_DIGEST *values;
        assert_int_equal(Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &selection, NULL, NULL, &values), 0);
        assert_int_equal(values->count, 1);
        assert_int_equal(values->digests[0].size, size);
        memcpy(ret, values->digests[0].buffer, size);
        Esys_Free(values);
}

static void absent_tpm_is_enodev(void **state)
{
        struct tpm *tpm = NULL;
        assert_int_equal(tpm_open("swtpm:path=/nonexistent/tpm", &tpm), -ENODEV);
        assert_null(tpm);
        assert_null(tpm_free(NULL));
}

static void phase_extends_pcr_11_as_predicted(void **state)
{
        struct tpm *tpm = connect_to(*state);
        uint8_t expected[SHA256_SIZE], actual[SHA256_SIZE], sha1_before[20], sha1_after[20];
        read_pcr(tpm, TPM2_ALG_SHA1, sha1_before, sizeof(sha1_before));
        assert_int_equal(tpm_measure_phase(tpm, "enter-initrd"), 0);
        assert_int_equal(tpm_measure_phase(tpm, "leave-initrd"), 0);
        predict_pcr("enter-initrd:leave-initrd", expected);
        read_pcr(tpm, TPM2_ALG_SHA256, actual, sizeof(actual));
        assert_memory_equal(actual, expected, sizeof(actual));
        read_pcr(tpm, TPM2_ALG_SHA1, sha1_after, sizeof(sha1_after));
        assert_memory_not_equal(sha1_after, sha1_before, sizeof(sha1_after)); /* no bank is left behind for somebody to seal to */
        assert_int_equal(tpm_measure_phase(tpm, ""), -EINVAL);
        disconnect_clean(tpm);
}

static void secret_unseals_under_the_signed_pcr_value(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed); /* before the phase: sealing does not depend on the present state */
        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        predict_pcr(phase, pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
        assert_memory_equal(secret, sealed.secret, sizeof(secret));
        assert_int_equal(tpm_last_code(tpm), 0);
        disconnect_clean(tpm);
}

static void sealed_object_has_the_promised_attributes(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        TPM2B_PRIVATE private = { 0 };
        TPM2B_PUBLIC public = { 0 };
        size_t at = 0;

        seal(swtpm, tpm, &sealed);
        assert_int_equal(Tss2_MU_TPM2B_PRIVATE_Unmarshal(sealed.blob, sealed.blob_size, &at, &private), 0);
        assert_int_equal(Tss2_MU_TPM2B_PUBLIC_Unmarshal(sealed.blob, sealed.blob_size, &at, &public), 0);
        assert_int_equal(at, sealed.blob_size);
        /* no userWithAuth: the policy is the only way in */
        assert_int_equal(public.publicArea.objectAttributes, TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA);
        assert_int_equal(public.publicArea.authPolicy.size, SHA256_SIZE);
        assert_memory_equal(public.publicArea.authPolicy.buffer, sealed.policy, SHA256_SIZE);
        disconnect_clean(tpm);
}

static void secret_stays_sealed_after_another_extend(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE] = { 0 }, untouched[TPM_SECRET_SIZE] = { 0 };
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed);
        predict_pcr(phase, pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -EACCES); /* too early */
        assert_string_equal(tpm_last_text(tpm), "no signature for the present value of PCR 11");
        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        assert_int_equal(tpm_measure_phase(tpm, PHASE_LEAVE_INITRD), 0);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -EACCES); /* too late */
        assert_memory_equal(secret, untouched, sizeof(secret));
        assert_int_equal(read_property(tpm, TPM2_PT_LOCKOUT_COUNTER), 0); /* a failing policy is no guess */
        disconnect_clean(tpm);
}

/* Another system on the same machine: its firmware judged it by another key (PCR 7), and it extends PCR 11, which firmware leaves
 * alone, by what is public in the image. The control is the same without the other key. */
static void replaying_pcr_11_yields_nothing_where_pcr_7_is_foreign(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE] = { 0 }, untouched[TPM_SECRET_SIZE] = { 0 };
        char json[JSON_MAX];

        extend_pcr(tpm, 7, "the image's signer", 18);
        seal(swtpm, tpm, &sealed);
        predict_pcr(phase, pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
        memset(secret, 0, sizeof(secret));
        extend_pcr(tpm, 7, "another signer", 14);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -EKEYREJECTED);
        assert_true(strstr(tpm_last_text(tpm), "policy")); /* it was the TPM that refused */
        /* nor by leaving PCR 7 out of the session, or by putting it first */
        assert_int_equal(tpm_unseal(tpm, swtpm->public_pem, 0, json, strlen(json), sealed.blob, sealed.blob_size, NULL, secret),
                         -EACCES);
        assert_int_equal(
                tpm_unseal_regardless(tpm, swtpm->public_pem, 0, json, strlen(json), sealed.blob, sealed.blob_size, secret),
                -EACCES);
        assert_memory_equal(secret, untouched, sizeof(secret));
        assert_int_equal(read_property(tpm, TPM2_PT_LOCKOUT_COUNTER), 0);
        disconnect_clean(tpm);
}

static void pcrs_that_nobody_measures_to_are_found(void **state)
{
        struct tpm *tpm = connect_to(*state);
        uint8_t values[16][SHA256_SIZE], zeros[SHA256_SIZE] = { 0 };
        uint32_t blank = 0;
        size_t count = 0;

        extend_pcr(tpm, 4, "x", 1);
        extend_pcr(tpm, 14, "x", 1);
        assert_int_equal(tpm_find_blank_pcrs(tpm, 1 << 4 | 1 << 7 | 1 << 14, &blank), 0);
        assert_int_equal(blank, 1 << 7);
        /* more than one answer's worth */
        assert_int_equal(tpm_read_pcrs(tpm, 0xffff, values, ARRAY_SIZE(values), &count), 0);
        assert_int_equal(count, 16);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(memcmp(values[i], zeros, sizeof(zeros)) == 0, i != 4 && i != 14);
        assert_int_equal(tpm_read_pcrs(tpm, 0xffff, values, 15, &count), -EIO);
        disconnect_clean(tpm);
}

/* PCR 16 can be reset without a restart: it plays PCR 7, and what is extended the firmware's judgement. */

#define JUDGED_PCR 16

static void judge(struct tpm *tpm, const char *judgement)
{
        assert_int_equal(Esys_PCR_Reset(tpm->esys, JUDGED_PCR, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE), 0);
        extend_pcr(tpm, JUDGED_PCR, judgement, strlen(judgement));
}

/* As anybody can: any secret, under any policy that he can compute, here that of a genuine boot; the origin is the TPM's. */
static void seal_from_elsewhere(struct tpm *tpm, const struct sealed *genuine, struct sealed *ret)
{
        TPM2B_PUBLIC template = { .publicArea = { .type = TPM2_ALG_KEYEDHASH,
                                                  .nameAlg = TPM2_ALG_SHA256,
                                                  .objectAttributes =
                                                          TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA,
                                                  .authPolicy.size = SHA256_SIZE,
                                                  .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL } };
        TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = TPM_SECRET_SIZE };
        const TPM2B_DATA no_data = { 0 };
        const TPML_PCR_SELECTION pcrs = tpm_pcr_selection(1 << JUDGED_PCR);
        struct tpm_handle primary = TPM_HANDLE_NONE(tpm);
        TPM2B_PRIVATE *private;
        TPM2B_PUBLIC *public;
        TPM2B_CREATION_DATA *creation;
        TPM2B_DIGEST *hash;
        TPMT_TK_CREATION *ticket;

        memset(ret, 0, sizeof(*ret));
        memset(ret->secret, 0x66, sizeof(ret->secret));
        memcpy(sensitive.sensitive.data.buffer, ret->secret, TPM_SECRET_SIZE);
        memcpy(template.publicArea.authPolicy.buffer, genuine->policy, SHA256_SIZE);
        assert_int_equal(tpm_create_primary(tpm, &primary), 0);
        assert_int_equal(Esys_Create(tpm->esys, primary.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                                     &template, &no_data, &pcrs, &private, &public, &creation, &hash, &ticket),
                         0);
        assert_int_equal(Tss2_MU_TPM2B_PRIVATE_Marshal(private, ret->blob, sizeof(ret->blob), &ret->blob_size), 0);
        assert_int_equal(Tss2_MU_TPM2B_PUBLIC_Marshal(public, ret->blob, sizeof(ret->blob), &ret->blob_size), 0);
        assert_int_equal(Tss2_MU_TPM2B_CREATION_DATA_Marshal(creation, ret->origin.data, TPM_ORIGIN_MAX, &ret->origin.size), 0);
        assert_int_equal(Tss2_MU_TPMT_TK_CREATION_Marshal(ticket, ret->origin.data, TPM_ORIGIN_MAX, &ret->origin.size), 0);
        Esys_Free(private);
        Esys_Free(public);
        Esys_Free(creation);
        Esys_Free(hash);
        Esys_Free(ticket);
        tpm_handle_flush(&primary);
}

static int unseal_judged(const struct swtpm *swtpm, struct tpm *tpm, const struct sealed *sealed, const char *json,
                         const struct tpm_origin *origin, uint8_t secret[static TPM_SECRET_SIZE])
{
        return tpm_unseal(tpm, swtpm->public_pem, 1 << JUDGED_PCR, json, strlen(json), sealed->blob, sealed->blob_size, origin,
                          secret);
}

/* Another system on this machine has the TPM seal a secret of its own for the genuine boot, to have it mount what it has
 * prepared. */
static void a_secret_sealed_by_another_system_is_not_taken(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed genuine = { .blob_size = TPM_BLOB_MAX }, foreign;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE] = { 0 };
        char json[JSON_MAX];

        judge(tpm, "genuine");
        assert_int_equal(tpm_seal(tpm, swtpm->public_pem, 1 << JUDGED_PCR, genuine.secret, genuine.blob, &genuine.blob_size,
                                  genuine.policy, &genuine.origin),
                         0);
        judge(tpm, "another signer");
        seal_from_elsewhere(tpm, &genuine, &foreign);

        judge(tpm, "genuine");
        predict_pcr(phase, pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        assert_int_equal(unseal_judged(swtpm, tpm, &genuine, json, &genuine.origin, secret), 0);
        assert_int_equal(unseal_judged(swtpm, tpm, &foreign, json, NULL, secret), 0); /* the control: its policy is good */
        assert_memory_equal(secret, foreign.secret, sizeof(secret));
        memset(secret, 0, sizeof(secret));
        assert_int_equal(unseal_judged(swtpm, tpm, &foreign, json, &foreign.origin, secret), -EBADMSG);
        assert_true(strstr(tpm_last_text(tpm), "other values when it was sealed"));
        assert_int_equal(unseal_judged(swtpm, tpm, &foreign, json, &genuine.origin, secret), -EBADMSG); /* another object's */
        assert_int_equal(unseal_judged(swtpm, tpm, &foreign, json, &(struct tpm_origin){ .size = 0 }, secret), -EBADMSG);
        for (size_t i = 0; i < genuine.origin.size; i += 5) {
                struct tpm_origin altered = genuine.origin;
                altered.data[i] ^= 1;
                assert_int_equal(unseal_judged(swtpm, tpm, &genuine, json, &altered, secret), -EBADMSG);
                altered.size = i;
                assert_int_equal(unseal_judged(swtpm, tpm, &genuine, json, &altered, secret), -EBADMSG);
        }
        for (size_t i = 0; i < sizeof(secret); i++)
                assert_int_equal(secret[i], 0);
        judge(tpm, "changed");
        assert_int_equal(unseal_judged(swtpm, tpm, &genuine, json, &genuine.origin, secret), -EKEYREJECTED);
        disconnect_clean(tpm);
}

static int unseal_regardless(const struct swtpm *swtpm, struct tpm *tpm, const struct sealed *sealed, const char *json,
                             uint8_t secret[static TPM_SECRET_SIZE])
{
        return tpm_unseal_regardless(tpm, swtpm->public_pem, SEAL_PCRS_DEFAULT, json, strlen(json), sealed->blob,
                                     sealed->blob_size, secret);
}

/* The same question in the right phase and after a mode was measured: the first is the control of the second. */
static void the_tpm_itself_refuses_where_nobody_looks_first(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE] = { 0 }, untouched[TPM_SECRET_SIZE] = { 0 };
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed);
        predict_pcr(phase, pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        assert_int_equal(unseal_regardless(swtpm, tpm, &sealed, json, secret), 0);
        assert_memory_not_equal(secret, untouched, sizeof(secret));
        memset(secret, 0, sizeof(secret));
        assert_int_equal(tpm_measure_phase(tpm, pcr_mode_event(MODE_BREAK_GLASS)), 0);
        assert_int_equal(unseal_regardless(swtpm, tpm, &sealed, json, secret), -EACCES);
        assert_true(strstr(tpm_last_text(tpm), "policy"));
        assert_int_not_equal(tpm_last_code(tpm), 0);
        assert_memory_equal(secret, untouched, sizeof(secret));
        assert_int_equal(read_property(tpm, TPM2_PT_LOCKOUT_COUNTER), 0);
        disconnect_clean(tpm);
}

static void signature_by_another_key_is_refused(void **state)
{
        const struct swtpm *swtpm = *state;
        struct swtpm forger = *swtpm;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed);
        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        predict_pcr(phase, pcr);
        forger.key = EVP_RSA_gen(2048); /* with the good key's fingerprint on it, so that the TPM has to notice */
        sign_pcr(&forger, pcr, json);
        EVP_PKEY_free(forger.key);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -EACCES);
        assert_true(strstr(tpm_last_text(tpm), "signature"));
        disconnect_clean(tpm);
}

static void secret_of_another_signer_stays_sealed(void **state)
{
        const struct swtpm *swtpm = *state;
        struct swtpm other = *swtpm;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed);
        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        predict_pcr(phase, pcr);
        take_key(&other, new_key()); /* brings its own key and a good signature by it */
        sign_pcr(&other, pcr, json);
        assert_int_equal(unseal(&other, tpm, &sealed, json, secret), -EKEYREJECTED);
        EVP_PKEY_free(other.key);
        disconnect_clean(tpm);
}

static void damaged_input_is_einval(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed);
        predict_pcr("", pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(unseal(swtpm, tpm, &sealed, "{\"sha256\":", secret), -EINVAL);
        assert_int_equal(
                tpm_unseal(tpm, "no PEM", SEAL_PCRS_DEFAULT, json, strlen(json), sealed.blob, sealed.blob_size, NULL, secret),
                -EINVAL);
        sealed.blob_size--;
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -EINVAL);
        disconnect_clean(tpm);
}

static void altered_blob_is_refused(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        seal(swtpm, tpm, &sealed);
        predict_pcr("", pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
        sealed.blob[100] ^= 1;
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -ESTALE);
        disconnect_clean(tpm);
}

static void short_buffer_for_the_blob_is_reported(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        uint8_t secret[TPM_SECRET_SIZE] = { 1 }, blob[16], policy[SHA256_SIZE];
        size_t size = sizeof(blob);
        assert_int_equal(tpm_seal(tpm, swtpm->public_pem, SEAL_PCRS_DEFAULT, secret, blob, &size, policy, NULL), -ENOBUFS);
        disconnect_clean(tpm);
}

static void policy_digests_equal_the_tpms_own(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        const TPML_PCR_SELECTION pcr_11 = {
                .count = 1, .pcrSelections = { { .hash = TPM2_ALG_SHA256, .sizeofSelect = 3, .pcrSelect = { 0, 8, 0 } } }
        };
        const TPMT_SYM_DEF no_encryption = { .algorithm = TPM2_ALG_NULL };
        const TPMT_TK_VERIFIED any_ticket = { .tag = TPM2_ST_VERIFIED, .hierarchy = TPM2_RH_OWNER };
        struct signing_key key;
        TPM2B_NAME name = { 0 };
        TPM2B_DIGEST *digest, empty = { 0 };
        uint8_t pcr[SHA256_SIZE], expected[SHA256_SIZE];
        ESYS_TR session;

        assert_int_equal(tpm_measure_phase(tpm, phase), 0);
        assert_int_equal(Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                               NULL, TPM2_SE_TRIAL, &no_encryption, TPM2_ALG_SHA256, &session),
                         0);
        assert_int_equal(Esys_PolicyPCR(tpm->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &empty, &pcr_11), 0);
        assert_int_equal(Esys_PolicyGetDigest(tpm->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest), 0);
        predict_pcr(phase, pcr);
        pcr_policy_digest(sha256_chunks, pcr, expected);
        assert_memory_equal(digest->buffer, expected, sizeof(expected));
        Esys_Free(digest);

        assert_int_equal(signing_key_read(swtpm->public_pem, &key), 0);
        name.size = key.name_size;
        memcpy(name.name, key.name, key.name_size);
        assert_int_equal(Esys_PolicyAuthorize(tpm->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &empty, &empty, &name,
                                              &any_ticket),
                         0);
        assert_int_equal(Esys_PolicyGetDigest(tpm->esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest), 0);
        signing_key_policy(&key, expected);
        assert_memory_equal(digest->buffer, expected, sizeof(expected));
        Esys_Free(digest);
        assert_int_equal(Esys_FlushContext(tpm->esys, session), 0);
        disconnect_clean(tpm);
}

/* libtss2-tcti-pcap records every byte of both directions. */
static void secret_never_crosses_the_bus_in_the_clear(void **state)
{
        const struct swtpm *swtpm = *state;
        char tcti[128], file[128], json[JSON_MAX];
        static uint8_t capture[1 << 20];
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        struct sealed sealed;
        size_t size;
        struct tpm *tpm;

        (void)snprintf(file, sizeof(file), "%s/capture", swtpm->directory);
        assert_int_equal(setenv("TCTI_PCAP_FILE", file, 1), 0);
        (void)snprintf(tcti, sizeof(tcti), "pcap:%s", swtpm->tcti);
        assert_int_equal(tpm_open(tcti, &tpm), 0);
        seal(swtpm, tpm, &sealed);
        predict_pcr("", pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
        tpm_free(tpm);

        read_whole(swtpm, "capture", capture, sizeof(capture), &size);
        assert_non_null(memmem(capture, size, sealed.blob + 2, 64)); /* the capture is one */
        assert_null(memmem(capture, size, secret, sizeof(secret)));
        assert_null(memmem(capture, size, secret, 8));
}

static void random_keys_differ(void **state)
{
        struct tpm *tpm = connect_to(*state);
        uint8_t a[32] = { 0 }, b[32] = { 0 }, without[32] = { 0 }, zero[32] = { 0 };
        assert_int_equal(random_key(tpm, a), 0);
        assert_int_equal(random_key(tpm, b), 0);
        assert_int_equal(random_key(NULL, without), 0);
        assert_memory_not_equal(a, b, sizeof(a));
        assert_memory_not_equal(a, without, sizeof(a));
        assert_memory_not_equal(without, zero, sizeof(zero));
        disconnect_clean(tpm);
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, swtpm_start, swtpm_stop)
        const struct CMUnitTest tests[] = {
                WITH_TPM(replaying_pcr_11_yields_nothing_where_pcr_7_is_foreign),
                WITH_TPM(pcrs_that_nobody_measures_to_are_found),
                WITH_TPM(a_secret_sealed_by_another_system_is_not_taken),
                cmocka_unit_test(absent_tpm_is_enodev),
                WITH_TPM(phase_extends_pcr_11_as_predicted),
                WITH_TPM(secret_unseals_under_the_signed_pcr_value),
                WITH_TPM(sealed_object_has_the_promised_attributes),
                WITH_TPM(secret_stays_sealed_after_another_extend),
                WITH_TPM(the_tpm_itself_refuses_where_nobody_looks_first),
                WITH_TPM(signature_by_another_key_is_refused),
                WITH_TPM(secret_of_another_signer_stays_sealed),
                WITH_TPM(damaged_input_is_einval),
                WITH_TPM(altered_blob_is_refused),
                WITH_TPM(short_buffer_for_the_blob_is_reported),
                WITH_TPM(policy_digests_equal_the_tpms_own),
                WITH_TPM(secret_never_crosses_the_bus_in_the_clear),
                WITH_TPM(random_keys_differ),
        };
        return cmocka_run_group_tests_name("tpm", tests, NULL, NULL);
}
