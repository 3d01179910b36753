/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signing key and the .pcrsig text, against values that systemd 252 and openssl have computed for a key of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "common/base/base64.h"
#include "linux/tpm/tpm-signature.h"

static const char public_pem[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0okA3mjy3G0LmkeC8Uyn\n"
                                 "aBnqVVnpV+0c/URbTBohE2QAA7BUA0wrGsNl1QkHabmr4Vu93vQWsgnHKR/wAiHj\n"
                                 "ZWTgGg/yDt9CKGyH4qM/fDMwM6AIheNsshwH8ATTQfdL1tMCqB60Axbi0Z8vsQLw\n"
                                 "vdboSTcO+R2/ARAc+NJy4yksTjuxNBUIitmftQfjsjVtXZiotIwlAXsXG8E7vEuj\n"
                                 "2bgrNZAdME95wjoiqFc6aYVhcZHQMdkexOAf/Ne5v/QCNm7VYXQ5EKyy/mGz/lkP\n"
                                 "MvpOIOZH2KtsSXWYLhjnkL25eRfwIfv2CvtjRUENaxd2R0AZ9of/w4qpgdMobSud\n"
                                 "LwIDAQAB\n"
                                 "-----END PUBLIC KEY-----\n";

static const char private_pem_header[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

/* systemd-measure sign --bank=sha256 --phase=enter-initrd --phase= */
static const char pcrsig[] =
        "{\"sha256\":[{\"pcrs\":[11],\"pkfp\":\"4a22ad46e7ceefcf44b20b05863576316e4530c180934f608771abb131c7543d\",\"p"
        "ol\":\"8eed1eb9a15fd08a848b7fc7545128dd927c89babd9861524524adab795f170f\",\"sig\":\"f0LFq4aROAClaFiobkA9OZ"
        "Ee7muHAaxVh0fhl+Fumu8qgfa/qPZBawJxVwNlF94M2V8RwXQip+THJQOKk3vrhD7yNKImbXz3bawweoozWENR1oUSDU19IsrIQF"
        "mE0cParp9GMSfQo8iQjI1ffPvxMZvNG3Y+FOUn9tx/Xl5NDY5KaORGniaNjWiAISvfyRiATJyG6Zt28GxjULwY1Tt+Hs++GrBLQm"
        "kVyxJt2qHe+qYYOHZ1WAl8c+yPrNe8ejmuVkAFilsV51awIKAmAP3cbXIbu9iWEj9U0Fbj81SPkXq1fpUftw7bpTzDO0JhiTcQrm"
        "2l75Zd6DNDsM1iY8PNbg==\"},{\"pcrs\":[11],\"pkfp\":\"4a22ad46e7ceefcf44b20b05863576316e4530c180934f608771ab"
        "b131c7543d\",\"pol\":\"b5adadc81cd76ca9cf60625417bb42be11e577caccf99b2e12c86c140be09f97\",\"sig\":\"uGVrlK1y"
        "1aZ/Tx7s7E4aaoBhRdAKEyYGBPGWpKY7YtYgWGlBlaFO2kZG1Osh8C8MqBMaLiZshKUazQtmr7SuElxJEXxp1UJ4vRF5bg6kpT76"
        "JUzZqG3o74eX4Ax1Zms9doE6a8I8q0waaUPDjRFxlmH+zbHazKtgBHvwK9URVhHAzT369Q4GGRxSIbaK/Vs12kuOJs92ZDRpYry5"
        "TTAq8eAQTr1BRwDVJPK68KnuUmZzk4CVLmrwVbvZ82pI+KpPINJrsadjDrT3KauPkbRIHF8KHMBbBPzEqUlnrr2hzZjeg+X922Cz"
        "4Kn8bu+1w++87OrCovsIRNqZCEBl6E0YIg==\"}]}";
static const char fingerprint_hex[] = "4a22ad46e7ceefcf44b20b05863576316e4530c180934f608771abb131c7543d";
static const char second_policy_hex[] = "b5adadc81cd76ca9cf60625417bb42be11e577caccf99b2e12c86c140be09f97";

/* "tpm2-policy-hash" of systemd-cryptenroll --tpm2-public-key= --tpm2-public-key-pcrs=11 --tpm2-pcrs= */
static const char policy_hash_hex[] = "db6110f1ea620d849055c8c57c81446ddf1bbd1a74aae313a2fff498729e0276";

static void assert_hex(const uint8_t *bytes, size_t size, const char *hex)
{
        uint8_t expected[64];
        assert_true(text_to_hex_bytes(hex, size * 2, expected, size));
        assert_memory_equal(bytes, expected, size);
}

static void fingerprint_is_the_one_systemd_measure_writes(void **state)
{
        struct signing_key key;
        assert_int_equal(signing_key_read(public_pem, &key), 0);
        assert_hex(key.fingerprint, SHA256_SIZE, fingerprint_hex);
}

static void policy_is_the_one_systemd_cryptenroll_writes(void **state)
{
        struct signing_key key;
        uint8_t policy[SHA256_SIZE];
        assert_int_equal(signing_key_read(public_pem, &key), 0);
        signing_key_policy(&key, policy);
        assert_hex(policy, sizeof(policy), policy_hash_hex);
}

static void signature_verifies_over_the_digest_the_tpm_is_given(void **state)
{
        struct pcr_signature_list list;
        TPM2B_DIGEST digest;
        TPMT_SIGNATURE signature;
        BIO *bio = BIO_new_mem_buf(public_pem, -1);
        EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

        assert_int_equal(pcr_signature_list_parse(pcrsig, strlen(pcrsig), &list), ERR_OK);
        assert_int_equal(list.count, 2);
        pcr_signature_to_tpm(&list.entries[1], &digest, &signature);
        assert_int_equal(EVP_PKEY_verify_init(context), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
        assert_int_equal(EVP_PKEY_verify(context, signature.signature.rsassa.sig.buffer, signature.signature.rsassa.sig.size,
                                         digest.buffer, digest.size),
                         1);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(key);
        BIO_free(bio);
}

static void keys_a_tpm_cannot_take_are_refused(void **state)
{
        static const char elliptic[] = "-----BEGIN PUBLIC KEY-----\n"
                                       "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5Ee16PBpbkE6CPdh5wKM/AahSsa8\n"
                                       "sdsB82BdSbVZCFV1BUFEQYOkL9KcLg7cdX+kMUgWscRQ4auEZkleCRUnJg==\n"
                                       "-----END PUBLIC KEY-----\n";
        static const char small[] = "-----BEGIN PUBLIC KEY-----\n"
                                    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKfGEomgX6Sz2zeUdw1z73qovjLOJaxG\n"
                                    "ek360lU7/oNczLfq4SVZjcbE5OCsYCrf2egtQdnl3UEoZn+G6y4V9+MCAwEAAQ==\n"
                                    "-----END PUBLIC KEY-----\n";
        struct signing_key key = { .name_size = 99 };
        const char *refused[] = { "", "no PEM", elliptic, small, private_pem_header };
        for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
                assert_int_equal(signing_key_read(refused[i], &key), -EINVAL);
        assert_int_equal(key.name_size, 99); /* untouched */
}

/* -- .pcrsig -- */

static enum err parse(const char *text, struct pcr_signature_list *ret)
{
        return pcr_signature_list_parse(text, strlen(text), ret);
}

static void entry_is_found_by_pcrs_key_and_policy(void **state)
{
        struct pcr_signature_list list;
        assert_int_equal(parse(pcrsig, &list), ERR_OK);
        const struct pcr_signature *second = &list.entries[1];
        uint8_t other[SHA256_SIZE] = { 0 };
        assert_hex(second->policy, SHA256_SIZE, second_policy_hex);
        assert_ptr_equal(pcr_signature_find(&list, 1 << 11, second->fingerprint, second->policy), second);
        assert_null(pcr_signature_find(&list, 1 << 12, second->fingerprint, second->policy));
        assert_null(pcr_signature_find(&list, 1 << 11, other, second->policy));
        assert_null(pcr_signature_find(&list, 1 << 11, second->fingerprint, other));
}

#define HEX32                       "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define ENTRY(pcrs, pkfp, pol, sig) "{\"sha256\":[{\"pcrs\":" pcrs ",\"pkfp\":" pkfp ",\"pol\":" pol ",\"sig\":" sig "}]}"

static void malformed_text_is_refused_with_its_reason(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { ENTRY("[11]", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"QUJD\""), ERR_OK },
                { "{}", ERR_OK },
                { "{\"sha1\":[{\"whatever\":1}]}", ERR_OK },
                { "", ERR_SYNTAX },
                { "[]", ERR_SYNTAX },
                { "{\"sha256\":{}}", ERR_RANGE },
                { "{\"sha256\":[1]}", ERR_RANGE },
                { "{\"sha256\":[],\"sha256\":[]}", ERR_DUPLICATE },
                { "{\"sha256\":[{}]}", ERR_MISSING },
                { ENTRY("[24]", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"QUJD\""), ERR_RANGE },
                { ENTRY("[11,11]", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"QUJD\""), ERR_RANGE },
                { ENTRY("11", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"QUJD\""), ERR_RANGE },
                { ENTRY("[\"11\"]", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"QUJD\""), ERR_RANGE },
                { ENTRY("[11]", "\"" HEX32 "00\"", "\"" HEX32 "\"", "\"QUJD\""), ERR_RANGE },
                { ENTRY("[11]", "\"" HEX32 "\"", "\"0g\"", "\"QUJD\""), ERR_RANGE },
                { ENTRY("[11]", "\"" HEX32 "\"", "null", "\"QUJD\""), ERR_RANGE },
                { ENTRY("[11]", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"\""), ERR_RANGE },
                { ENTRY("[11]", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"QUJ\""), ERR_RANGE },
                { ENTRY("[11]", "\"" HEX32 "\"", "\"" HEX32 "\"", "\"QUJD \""), ERR_RANGE },
        };
        struct pcr_signature_list list;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                enum err err = parse(cases[i].text, &list);
                if (err != cases[i].err)
                        fail_msg("%s: got %s", cases[i].text, err_name(err));
        }
}

static void more_entries_than_fit_are_refused(void **state)
{
        static const char entry[] = "{\"pcrs\":[],\"pkfp\":\"" HEX32 "\",\"pol\":\"" HEX32 "\",\"sig\":\"QUJD\"}";
        char text[8192];
        struct pcr_signature_list list;
        for (size_t count = PCR_SIGNATURES_MAX; count <= PCR_SIGNATURES_MAX + 1; count++) {
                struct writer writer = writer_over(text, sizeof(text));
                writer_text(&writer, "{\"sha256\":[");
                for (size_t i = 0; i < count; i++) {
                        writer_text(&writer, i > 0 ? "," : "");
                        writer_text(&writer, entry);
                }
                writer_text(&writer, "]}");
                assert_false(writer.overflow);
                assert_int_equal(parse(text, &list), count <= PCR_SIGNATURES_MAX ? ERR_OK : ERR_TOO_LARGE);
        }
}

static void base64_is_strict_both_ways(void **state)
{
        static const struct {
                const char *text, *bytes; /* NULL: refused */
        } cases[] = {
                { "", "" },           { "Zg==", "f" },        { "Zm8=", "fo" },
                { "Zm9v", "foo" },    { "Zm9vYg==", "foob" }, { "Zm9vYmFy", "foobar" },
                { "Zh==", NULL },     { "Zm9=", NULL },       { "Z===", NULL },
                { "====", NULL },     { "Zg=", NULL },        { "Zg", NULL },
                { "Zg==Zg==", NULL }, { "Zm9v\n", NULL },     { "Zm-v", NULL },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t bytes[16];
                char text[16];
                size_t size = 99;
                enum err err = base64_decode(cases[i].text, strlen(cases[i].text), bytes, sizeof(bytes), &size);
                if ((err == ERR_OK) != (cases[i].bytes != NULL))
                        fail_msg("\"%s\": got %s", cases[i].text, err_name(err));
                if (!cases[i].bytes)
                        continue;
                assert_int_equal(size, strlen(cases[i].bytes));
                assert_memory_equal(bytes, cases[i].bytes, size);
                struct writer writer = writer_over(text, sizeof(text));
                writer_base64(&writer, bytes, size);
                assert_string_equal(text, cases[i].text);
        }
        uint8_t two[2];
        size_t size;
        assert_int_equal(base64_decode("Zm9v", 4, two, sizeof(two), &size), ERR_BUFFER_TOO_SMALL);
        assert_int_equal(base64_decode("Zm8=", 4, two, sizeof(two), &size), ERR_OK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fingerprint_is_the_one_systemd_measure_writes),
                cmocka_unit_test(policy_is_the_one_systemd_cryptenroll_writes),
                cmocka_unit_test(signature_verifies_over_the_digest_the_tpm_is_given),
                cmocka_unit_test(keys_a_tpm_cannot_take_are_refused),
                cmocka_unit_test(entry_is_found_by_pcrs_key_and_policy),
                cmocka_unit_test(malformed_text_is_refused_with_its_reason),
                cmocka_unit_test(more_entries_than_fit_are_refused),
                cmocka_unit_test(base64_is_strict_both_ways),
        };
        return cmocka_run_group_tests_name("tpm-signature", tests, NULL, NULL);
}
