/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's signature: made by a real TPM 2.0 (swtpm), verified without one, and refuted for every way in which it can be wrong.
 */
#include "tests/unit/swtpm.h"

#include "common/format/record-signature.h"
#include "linux/base/cleanup.h"
#include "linux/record/record-sign.h"
#include "linux/record/record-verify.h"

static const char record[] = "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"complete\"\n}\n";
static const char other_record[] = "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"failed\"\n}\n";

static struct bytes bytes_of(const char *text)
{
        return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void sign(struct tpm *tpm, const char *text, struct record_signature *ret)
{
        char companion[RECORD_SIGNATURE_TEXT_MAX], why[256] = "";
        const struct trouble trouble = { why, sizeof(why) };
        struct writer writer = writer_over(companion, sizeof(companion));
        int r = record_sign(tpm, bytes_of(text), &writer, &trouble);
        assert_false(writer.overflow);
        assert_int_equal(record_signature_read(companion, writer.size, ret), ERR_OK);
        assert_int_equal(r, why[0] ? 1 : 0);
        assert_string_equal(ret->unsigned_why, why);
}

static enum record_verdict verify(const struct record_signature *signature, const char *text, const char *pinned,
                                  struct record_verification *ret)
{
        assert_int_equal(record_verify(signature, bytes_of(text), pinned, ret), 0);
        assert_true((ret->verdict == RECORD_VERIFIED || ret->verdict == RECORD_KEY_DIFFERS) == (ret->key_pem[0] != 0));
        return ret->verdict;
}

static void what_a_tpm_signed_is_verified_without_one(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct record_signature signature;
        struct record_verification verification;
        assert_int_equal(tpm_measure_phase(tpm, PHASE_ENTER_INITRD), 0);
        sign(tpm, record, &signature);
        assert_int_equal(signature.unsigned_why[0], 0);
        assert_int_equal(signature.pcrs, RECORD_SIGNATURE_PCR_MASK);
        assert_int_equal(verify(&signature, record, NULL, &verification), RECORD_VERIFIED);
        assert_int_equal(verification.claim.pcrs, RECORD_SIGNATURE_PCR_MASK);
        assert_int_equal(verify(&signature, record, verification.key_pem, &verification), RECORD_VERIFIED);
        disconnect_clean(tpm);
}

static void another_program_agrees_about_the_signature(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct record_signature signature;
        struct record_verification verification;
        char digest[2 * SHA256_SIZE + 1];
        sign(tpm, record, &signature);
        assert_int_equal(verify(&signature, record, NULL, &verification), RECORD_VERIFIED);
        write_whole(swtpm, "quote", signature.attest, signature.attest_size);
        write_whole(swtpm, "quote.sig", signature.signature, signature.signature_size);
        write_whole(swtpm, "key.pem", verification.key_pem, strlen(verification.key_pem));
        struct writer writer = writer_over(digest, sizeof(digest));
        writer_hex(&writer, signature.record_digest, SHA256_SIZE);
        assert_int_equal(run(swtpm, "tpm2_checkquote -u key.pem -m quote -s quote.sig -g sha256 -q %s", digest), 0);
        assert_int_not_equal(run(swtpm, "tpm2_checkquote -u key.pem -m quote -s quote.sig -g sha256 -q 00%s", digest + 2), 0);
        /* as docs/record.md tells how to take the key down beforehand */
        assert_int_equal(run(swtpm, "tpm2_createprimary -C e -g sha256 -G ecc256:ecdsa-sha256:null -c ak.ctx -a "
                                    "'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign|noda' && "
                                    "tpm2_readpublic -c ak.ctx -f pem -o ak.pem && tpm2_flushcontext -t"),
                         0);
        assert_int_equal(run(swtpm, "cmp ak.pem key.pem"), 0);
        disconnect_clean(tpm);
}

static void the_device_keeps_its_key_over_a_clear(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct record_signature before, after;
        struct tpm_evidence evidence, cleared;
        sign(tpm, record, &before);
        assert_int_equal(tpm_read_evidence(tpm, &evidence), 0);
        assert_int_equal(tpm_clear(tpm, NULL, &evidence, &cleared), 0);
        sign(tpm, record, &after);
        assert_int_equal(after.public_size, before.public_size);
        assert_memory_equal(after.public_area, before.public_area, before.public_size);
        disconnect_clean(tpm);
}

static void an_endorsement_authorization_leaves_the_record_unsigned(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct record_signature signature;
        struct record_verification verification;
        assert_int_equal(run(swtpm, "tpm2_changeauth -c e secret"), 0);
        sign(tpm, record, &signature);
        assert_non_null(strstr(signature.unsigned_why, "endorsement hierarchy has an authorization"));
        assert_int_equal(verify(&signature, record, NULL, &verification), RECORD_UNSIGNED);
        disconnect_clean(tpm);
}

static void without_a_tpm_the_record_is_unsigned_and_says_so(void **state)
{
        struct record_signature signature;
        struct record_verification verification;
        sign(NULL, record, &signature);
        assert_string_equal(signature.unsigned_why, "this machine has no TPM");
        assert_int_equal(verify(&signature, record, NULL, &verification), RECORD_UNSIGNED);
        assert_int_equal(verify(&signature, other_record, NULL, &verification), RECORD_ALTERED);
}

/* Every byte of what is signed, one bit flipped: no such pair is verified. */
static void no_flipped_bit_is_verified(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct record_signature good, bad;
        struct record_verification verification;
        sign(tpm, record, &good);
        for (size_t i = 0; i < strlen(record); i++) {
                char altered[sizeof(record)];
                memcpy(altered, record, sizeof(record));
                altered[i] ^= 1;
                assert_int_equal(verify(&good, altered, NULL, &verification), RECORD_ALTERED);
        }
        for (size_t i = 0; i < good.attest_size; i++) {
                bad = good;
                bad.attest[i] ^= 1;
                assert_int_not_equal(verify(&bad, record, NULL, &verification), RECORD_VERIFIED);
        }
        for (size_t i = 0; i < good.signature_size; i++) {
                bad = good;
                bad.signature[i] ^= 1;
                assert_int_equal(verify(&bad, record, NULL, &verification), RECORD_SIGNATURE_WRONG);
        }
        for (size_t i = 0; i < good.public_size; i++) {
                bad = good;
                bad.public_area[i] ^= 1;
                assert_int_not_equal(verify(&bad, record, NULL, &verification), RECORD_VERIFIED);
        }
        bad = good;
        bad.values[PCR_KERNEL_IMAGE][0] ^= 1;
        assert_int_equal(verify(&bad, record, NULL, &verification), RECORD_PCRS_DIFFER);
        bad = good;
        bad.attest[bad.attest_size - 1] ^= 1; /* of the PCR digest */
        assert_int_equal(verify(&bad, record, NULL, &verification), RECORD_PCRS_DIFFER);
        disconnect_clean(tpm);
}

static void what_belongs_to_something_else_is_told_apart(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct record_signature good, other, bad;
        struct record_verification verification;
        sign(tpm, record, &good);
        sign(tpm, other_record, &other);
        assert_int_equal(verify(&other, record, NULL, &verification), RECORD_ALTERED);
        memcpy(other.record_digest, good.record_digest, SHA256_SIZE); /* a digest is easily written anew */
        assert_int_equal(verify(&other, record, NULL, &verification), RECORD_OTHER_QUOTE);
        bad = good;
        bad.attest[5] ^= 0x02; /* TPM_ST_ATTEST_QUOTE becomes another structure */
        assert_int_equal(verify(&bad, record, NULL, &verification), RECORD_NO_TPM_QUOTE);
        bad = good;
        bad.attest[0] = 0; /* and this was never said by a TPM */
        assert_int_equal(verify(&bad, record, NULL, &verification), RECORD_NO_TPM_QUOTE);
        bad = good;
        bad.public_area[5] ^= 0x01; /* not restricted any more */
        assert_int_equal(verify(&bad, record, NULL, &verification), RECORD_KEY_UNFIT);
        bad = good;
        bad.attest_size--;
        assert_int_equal(verify(&bad, record, NULL, &verification), RECORD_NO_TPM_QUOTE);
        disconnect_clean(tpm);
}

/* The second TPM signs a record of its own well; only who knows the first one's key sees that it is another device's. */
static void another_devices_key_is_told_apart(void **state)
{
        void *second = NULL;
        struct record_signature good, foreign, mixed;
        struct record_verification ours, theirs;
        assert_int_equal(swtpm_start(&second), 0);
        struct tpm *tpm = connect_to(*state), *other = connect_to(second);
        sign(tpm, record, &good);
        sign(other, record, &foreign);
        assert_int_equal(verify(&good, record, NULL, &ours), RECORD_VERIFIED);
        assert_int_equal(verify(&foreign, record, NULL, &theirs), RECORD_VERIFIED);
        assert_memory_not_equal(ours.key_digest, theirs.key_digest, SHA256_SIZE);
        assert_int_equal(verify(&foreign, record, ours.key_pem, &theirs), RECORD_KEY_DIFFERS);
        mixed = foreign; /* a foreign signature under our key */
        memcpy(mixed.public_area, good.public_area, sizeof(mixed.public_area));
        assert_int_equal(verify(&mixed, record, NULL, &theirs), RECORD_SIGNER_DIFFERS);
        memcpy(mixed.attest, good.attest, sizeof(mixed.attest));
        assert_int_equal(verify(&mixed, record, NULL, &theirs), RECORD_SIGNATURE_WRONG);
        assert_int_equal(record_verify(&good, bytes_of(record), "no key", &ours), -EINVAL);
        disconnect_clean(tpm);
        disconnect_clean(other);
        assert_int_equal(swtpm_stop(&second), 0);
}

#define DER_SIZE 1060

static void the_makers_certificate_goes_along(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct record_signature signature;
        struct record_verification verification;
        uint8_t certificate[1100];
        sign(tpm, record, &signature);
        assert_int_equal(signature.ek_certificate_size, 0);
        for (size_t i = 0; i < sizeof(certificate); i++)
                certificate[i] = i < DER_SIZE ? (uint8_t)(i * 7) : 0; /* filled up, as makers do */
        memcpy(certificate, (const uint8_t[]){ 0x30, 0x82, (DER_SIZE - 4) >> 8, (DER_SIZE - 4) & 0xff }, 4);
        write_whole(swtpm, "ek.der", certificate, sizeof(certificate));
        assert_int_equal(
                run(swtpm, "tpm2_nvdefine 0x01c00002 -C p -s 1100 -a 'ppwrite|ppread|ownerread|authread|no_da|platformcreate'"),
                0);
        assert_int_equal(run(swtpm, "tpm2_nvwrite 0x01c00002 -C p -i ek.der"), 0);
        sign(tpm, record, &signature);
        assert_int_equal(signature.ek_certificate_size, DER_SIZE);
        assert_memory_equal(signature.ek_certificate, certificate, DER_SIZE);
        assert_int_equal(verify(&signature, record, NULL, &verification), RECORD_VERIFIED);
        disconnect_clean(tpm);
}

static void a_companion_of_another_form_is_refused(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { "", ERR_SYNTAX },
                { "{}", ERR_UNSUPPORTED },
                { "{\"type\":\"cleanslate-record-signature-2\"}", ERR_UNSUPPORTED },
                { "{\"type\":\"cleanslate-record-signature-1\"}", ERR_MISSING },
                { "{\"type\":\"cleanslate-record-signature-1\",\"recordDigest\":\"00\"}", ERR_RANGE },
        };
        static struct record_signature signature;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(record_signature_read(cases[i].text, strlen(cases[i].text), &signature), cases[i].err);
}

static void every_verdict_has_words_of_its_own(void **state)
{
        for (int i = 0; i < RECORD_VERDICT_COUNT; i++)
                for (int j = 0; j < i; j++) {
                        assert_string_not_equal(record_verdict_text((enum record_verdict)i),
                                                record_verdict_text((enum record_verdict)j));
                        assert_string_not_equal(record_verdict_name((enum record_verdict)i),
                                                record_verdict_name((enum record_verdict)j));
                }
        assert_string_equal(record_verdict_name(RECORD_VERDICT_COUNT), "unknown");
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, swtpm_start, swtpm_stop)
        const struct CMUnitTest tests[] = {
                WITH_TPM(what_a_tpm_signed_is_verified_without_one),
                WITH_TPM(another_program_agrees_about_the_signature),
                WITH_TPM(the_device_keeps_its_key_over_a_clear),
                WITH_TPM(an_endorsement_authorization_leaves_the_record_unsigned),
                cmocka_unit_test(without_a_tpm_the_record_is_unsigned_and_says_so),
                WITH_TPM(no_flipped_bit_is_verified),
                WITH_TPM(what_belongs_to_something_else_is_told_apart),
                WITH_TPM(another_devices_key_is_told_apart),
                WITH_TPM(the_makers_certificate_goes_along),
                cmocka_unit_test(a_companion_of_another_form_is_refused),
                cmocka_unit_test(every_verdict_has_words_of_its_own),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
