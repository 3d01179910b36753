/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests: systemd's own form and ours are understood, everything else causes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/policy/request.h"

#define BOOT_A "0123456789abcdef0123456789abcdef"
#define BOOT_B "fedcba9876543210fedcba9876543210"

static const struct os_identity this_os = { .id = "debian", .image_id = "reference", .version_id = "12" };

static struct id128 id128(const char *text)
{
        struct id128 id;

        assert_true(id128_parse(text, strlen(text), &id));
        return id;
}

/* ASCII as the variable's value; returns its size. */
static size_t widen(const char *text, uint8_t value[static REQUEST_VALUE_MAX])
{
        size_t size = strlen(text) + 1;

        assert_true(2 * size <= REQUEST_VALUE_MAX);
        for (size_t i = 0; i < size; i++)
                store_le16(value + 2 * i, (uint8_t)text[i]);
        return 2 * size;
}

/* By their values: a structure has holes. */
static void assert_same(const struct request *a, const struct request *b)
{
        uint8_t values[2][REQUEST_VALUE_MAX];
        size_t sizes[2];

        assert_int_equal(request_encode(a, values[0], REQUEST_VALUE_MAX, &sizes[0]), ERR_OK);
        assert_int_equal(request_encode(b, values[1], REQUEST_VALUE_MAX, &sizes[1]), ERR_OK);
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(values[0], values[1], sizes[0]);
}

static enum err decode(const char *text, struct request *ret)
{
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size = widen(text, value);

        return request_decode(value, size, ret);
}

static enum request_state judge(const char *text, const char *boot_id)
{
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size = widen(text, value);
        struct id128 boot = boot_id != NULL ? id128(boot_id) : (struct id128){ { 0 } };

        return request_judge(value, size, &this_os, boot_id != NULL ? &boot : NULL, NULL, NULL);
}

static void systemds_own_request_is_understood(void **state)
{
        struct request request;

        assert_int_equal(decode("{\"osReleaseId\":\"debian\",\"osReleaseVersionId\":\"12\",\"osReleaseImageId\":\"reference\","
                                "\"osReleaseImageVersion\":\"7\",\"bootId\":\"" BOOT_A "\"}",
                                &request),
                         ERR_OK);
        assert_string_equal(request.os.id, "debian");
        assert_string_equal(request.os.version_id, "12");
        assert_string_equal(request.os.image_id, "reference");
        assert_string_equal(request.os.image_version, "7");
        assert_true(id128_equal(&request.boot_id, &(struct id128){ { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23,
                                                                     0x45, 0x67, 0x89, 0xab, 0xcd, 0xef } }));
        assert_int_equal(request.level, ERASE_LEVEL_UNSET);
        assert_int_equal(request.tpm_clear, TPM_CLEAR_UNSET);
        assert_string_equal(request.reason, "");
}

static void our_members_are_understood(void **state)
{
        struct request request;

        assert_int_equal(
                decode("{\"osReleaseId\":\"a\",\"bootId\":\"01234567-89ab-cdef-0123-456789abcdef\",\"cleanslate\":{\"level\":"
                       "\"purge\","
                       "\"tpmClear\":\"try\",\"reason\":\"returned \\u00fc\",\"requester\":\"desk 4\",\"nonce\":\"" BOOT_B "\"}}",
                       &request),
                ERR_OK);
        assert_int_equal(request.level, ERASE_LEVEL_PURGE);
        assert_int_equal(request.tpm_clear, TPM_CLEAR_TRY);
        assert_string_equal(request.reason, "returned \xc3\xbc");
        assert_string_equal(request.requester, "desk 4");
        struct id128 nonce = id128(BOOT_B);
        assert_true(id128_equal(&request.nonce, &nonce));
}

static void a_bundle_of_kept_files_is_announced(void **state)
{
        struct request request, again;
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size;

        assert_int_equal(decode("{\"osReleaseId\":\"a\",\"bootId\":\"" BOOT_A "\",\"cleanslate\":{\"keep\":true}}", &request),
                         ERR_OK);
        assert_true(request.keep);
        assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_OK);
        assert_int_equal(request_decode(value, size, &again), ERR_OK);
        assert_true(again.keep);
        assert_int_equal(decode("{\"osReleaseId\":\"a\",\"bootId\":\"" BOOT_A "\",\"cleanslate\":{\"keep\":false}}", &request),
                         ERR_OK);
        assert_false(request.keep);
        assert_int_equal(decode("{\"osReleaseId\":\"a\",\"bootId\":\"" BOOT_A "\",\"cleanslate\":{\"keep\":\"yes\"}}", &request),
                         ERR_RANGE);
        assert_int_equal(decode("{\"osReleaseId\":\"a\",\"bootId\":\"" BOOT_A "\",\"cleanslate\":{\"keep\":1}}", &request),
                         ERR_RANGE);
}

static void unknown_and_null_members_are_skipped(void **state)
{
        struct request request;

        assert_int_equal(decode("{\"future\":[{\"a\":1}],\"osReleaseId\":\"a\",\"bootId\":\"" BOOT_A
                                "\",\"osReleaseImageId\":null,"
                                "\"cleanslate\":{\"later\":{\"level\":1},\"keep\":null,\"level\":null,\"nonce\":null}}",
                                &request),
                         ERR_OK);
        assert_string_equal(request.os.image_id, "");
        assert_int_equal(request.level, ERASE_LEVEL_UNSET);
        assert_int_equal(decode("{\"osReleaseId\":\"a\",\"bootId\":\"" BOOT_A "\",\"cleanslate\":null}", &request), ERR_OK);
}

#define OS   "\"osReleaseId\":\"debian\""
#define BOOT "\"bootId\":\"" BOOT_A "\""
#define T15  "aaaaaaaaaaaaaaa"
#define T127 T15 T15 T15 T15 T15 T15 T15 T15 "aaaaaaa"

static void malformed_request_is_told_apart_and_leaves_the_result_alone(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { "", ERR_SYNTAX },
                { "yes", ERR_SYNTAX },
                { "[]", ERR_SYNTAX },
                { "{" OS "," BOOT, ERR_SYNTAX },
                { "{" OS "," BOOT "}}", ERR_SYNTAX },
                { "{}", ERR_MISSING },
                { "{" OS "}", ERR_MISSING },
                { "{" BOOT "}", ERR_MISSING },
                { "{\"x\":{" OS "," BOOT "}}", ERR_MISSING },
                { "{" OS "," BOOT "," OS "}", ERR_DUPLICATE },
                { "{\"osReleaseId\":\"\"," BOOT "}", ERR_RANGE },
                { "{\"osReleaseId\":null," BOOT "}", ERR_RANGE },
                { "{\"osReleaseId\":12," BOOT "}", ERR_RANGE },
                { "{\"osReleaseId\":[\"debian\"]," BOOT "}", ERR_RANGE },
                { "{\"osReleaseId\":\"" T127 "a\"," BOOT "}", ERR_TOO_LARGE },
                { "{\"osReleaseId\":\"a\\ud800\"," BOOT "}", ERR_ENCODING },
                { "{\"osReleaseId\":\"debian\\u0000\"," BOOT "}", ERR_ENCODING },
                { "{" OS ",\"bootId\":null}", ERR_RANGE },
                { "{" OS ",\"bootId\":1}", ERR_RANGE },
                { "{" OS ",\"bootId\":\"\"}", ERR_RANGE },
                { "{" OS ",\"bootId\":\"0123\"}", ERR_RANGE },
                { "{" OS ",\"bootId\":\"" T127 "\"}", ERR_RANGE },
                { "{" OS "," BOOT ",\"osReleaseImageId\":7}", ERR_RANGE },
                { "{" OS "," BOOT ",\"osReleaseVersionId\":{}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":1}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":\"x\"}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"level\":\"shred\"}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"level\":\"unset\"}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"level\":\"\"}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"level\":\"" T127 "\"}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"level\":2}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"tpmClear\":\"maybe\"}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"tpmClear\":true}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"reason\":1}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"reason\":\"" T127 T127 "aa\"}}", ERR_TOO_LARGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"requester\":\"" T15 T15 T15 T15 "aaaa\"}}", ERR_TOO_LARGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"nonce\":\"0\"}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"diskUuid\":\"5b3a6c1e\"}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"diskUuid\":1}}", ERR_RANGE },
                { "{" OS "," BOOT ",\"cleanslate\":{\"level\":\"clear\",\"level\":\"clear\"}}", ERR_DUPLICATE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct request request = { .reason = "untouched" };
                enum err err = decode(cases[i].text, &request);

                if (err != cases[i].err)
                        fail_msg("%s: %s, expected %s", cases[i].text, err_name(err), err_name(cases[i].err));
                assert_string_equal(request.reason, "untouched");
                assert_int_equal(judge(cases[i].text, NULL), REQUEST_MALFORMED);
        }
}

static void value_of_a_wrong_size_is_malformed(void **state)
{
        static uint8_t value[REQUEST_VALUE_MAX + 2];
        struct request request;
        size_t size = widen("{" OS "," BOOT "}", value);

        assert_int_equal(request_decode(value, 0, &request), ERR_TRUNCATED);
        assert_int_equal(request_decode(value, 1, &request), ERR_TRUNCATED);
        assert_int_equal(request_decode(value, size - 1, &request), ERR_TRUNCATED);
        assert_int_equal(request_decode(value, REQUEST_VALUE_MAX, &request), ERR_OK); /* NULs behind the text */
        assert_int_equal(request_decode(value, REQUEST_VALUE_MAX + 2, &request), ERR_TOO_LARGE);
        assert_int_equal(request_decode(value, 2, &request), ERR_SYNTAX);
        assert_int_equal(request_judge(value, 0, &this_os, NULL, NULL, NULL), REQUEST_MALFORMED);
}

static void missing_nul_is_forgiven_but_text_behind_it_is_not(void **state)
{
        uint8_t value[REQUEST_VALUE_MAX] = { 0 };
        struct request request;
        size_t size = widen("{" OS "," BOOT "}", value);

        assert_int_equal(request_decode(value, size - 2, &request), ERR_OK);
        store_le16(value + size, 'x');
        assert_int_equal(request_decode(value, size + 2, &request), ERR_SYNTAX);
}

static void utf16_is_decoded_or_refused(void **state)
{
        static const struct {
                uint16_t units[2];
                const char *id;
                enum err err;
        } cases[] = {
                { { 'x', 'y' }, "xy", ERR_OK },
                { { 0x00fc, 0x07ff }, "\xc3\xbc\xdf\xbf", ERR_OK },
                { { 0x0800, 0xffff }, "\xe0\xa0\x80\xef\xbf\xbf", ERR_OK },
                { { 0xd83d, 0xdcbe }, "\xf0\x9f\x92\xbe", ERR_OK },
                { { 0xdbff, 0xdfff }, "\xf4\x8f\xbf\xbf", ERR_OK },
                { { 0xd83d, 'x' }, NULL, ERR_ENCODING },
                { { 0xd83d, 0xd83d }, NULL, ERR_ENCODING },
                { { 0xd83d, 0xe000 }, NULL, ERR_ENCODING },
                { { 0xdcbe, 0xd83d }, NULL, ERR_ENCODING },
                { { 'x', 0xdc00 }, NULL, ERR_ENCODING },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t value[REQUEST_VALUE_MAX];
                size_t size = widen("{\"osReleaseId\":\"..\"," BOOT "}", value);
                struct request request, again;

                store_le16(value + 2 * 16, cases[i].units[0]);
                store_le16(value + 2 * 17, cases[i].units[1]);
                assert_int_equal(request_decode(value, size, &request), cases[i].err);
                if (cases[i].err != ERR_OK)
                        continue;
                assert_string_equal(request.os.id, cases[i].id);
                assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_OK);
                assert_int_equal(request_decode(value, size, &again), ERR_OK);
                assert_same(&again, &request);
        }
        /* a high surrogate as the very last unit */
        struct request request;
        assert_int_equal(request_decode("{\0\x3d\xd8", 4, &request), ERR_ENCODING);
}

static void encoded_request_decodes_to_the_same(void **state)
{
        struct request request = {
                .os = { .id = "debian", .image_id = "reference", .version_id = "12", .image_version = "\"7\\\n" },
                .boot_id = id128(BOOT_A),
                .level = ERASE_LEVEL_CLEAR,
                .tpm_clear = TPM_CLEAR_REQUIRED,
                .reason = "R\xc3\xbc"
                          "ckgabe\t\x01",
                .requester = "alice",
                .nonce = id128(BOOT_B),
                .disk_uuid = { { 0x1e, 0x6c, 0x3a, 0x5b } },
        };
        struct request decoded;
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size;

        assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_OK);
        assert_int_equal(request_decode(value, size, &decoded), ERR_OK);
        assert_same(&decoded, &request);
}

static void request_without_our_fields_is_encoded_in_systemds_own_form(void **state)
{
        struct request request = { .os = { .id = "debian" }, .boot_id = id128(BOOT_A) };
        uint8_t value[REQUEST_VALUE_MAX], expected[REQUEST_VALUE_MAX];
        size_t size, expected_size = widen("{\"osReleaseId\":\"debian\",\"bootId\":\"" BOOT_A "\"}", expected);

        assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_OK);
        assert_int_equal(size, expected_size);
        assert_memory_equal(value, expected, size);
}

static void encoding_says_why_it_cannot(void **state)
{
        struct request request = { .os = { .id = "debian" } };
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size = 4711, needed;

        assert_int_equal(request_encode(&request, value, sizeof(value), &needed), ERR_OK);
        assert_int_equal(request_encode(&request, value, needed - 1, &size), ERR_BUFFER_TOO_SMALL);
        assert_int_equal(request_encode(&request, value, needed, &needed), ERR_OK);
        /* nothing but control characters: six units each, more than a variable may hold */
        memset(request.reason, 1, sizeof(request.reason) - 1);
        memset(request.requester, 1, sizeof(request.requester) - 1);
        memset(request.os.version_id, 1, sizeof(request.os.version_id) - 1);
        memset(request.os.image_id, 1, sizeof(request.os.image_id) - 1);
        memset(request.os.image_version, 1, sizeof(request.os.image_version) - 1);
        assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_TOO_LARGE);
        memcpy(request.reason, "\xc3", 2);
        assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_ENCODING);
        assert_int_equal(request_encode(&(struct request){ 0 }, value, sizeof(value), &size), ERR_ARGUMENT);
        assert_int_equal(size, 4711);
}

static void request_for_another_os_is_ignored(void **state)
{
        assert_int_equal(judge("{\"osReleaseId\":\"fedora\",\"osReleaseImageId\":\"reference\"," BOOT "}", NULL),
                         REQUEST_FOREIGN);
        assert_int_equal(judge("{\"osReleaseId\":\"Debian\",\"osReleaseImageId\":\"reference\"," BOOT "}", NULL),
                         REQUEST_FOREIGN);
        assert_int_equal(judge("{\"osReleaseId\":\"debian\",\"osReleaseImageId\":\"other\"," BOOT "}", NULL), REQUEST_FOREIGN);
        assert_int_equal(judge("{\"osReleaseId\":\"debian\"," BOOT "}", NULL), REQUEST_FOREIGN);
}

static void absent_image_id_matches_only_an_absent_one(void **state)
{
        struct request with = { .os = { .id = "debian", .image_id = "reference" } }, without = { .os = { .id = "debian" } };
        struct os_identity bare = { .id = "debian" };

        assert_true(request_matches(&with, &this_os));
        assert_true(request_matches(&without, &bare));
        assert_false(request_matches(&with, &bare));
        assert_false(request_matches(&without, &this_os));
}

static void request_for_an_older_version_of_this_os_is_due(void **state)
{
        assert_int_equal(
                judge("{\"osReleaseId\":\"debian\",\"osReleaseImageId\":\"reference\",\"osReleaseVersionId\":\"11\"," BOOT "}",
                      NULL),
                REQUEST_DUE);
}

static void request_is_pending_until_the_next_boot(void **state)
{
        static const char text[] = "{\"osReleaseId\":\"debian\",\"osReleaseImageId\":\"reference\"," BOOT "}";

        assert_int_equal(judge(text, BOOT_A), REQUEST_PENDING);
        assert_int_equal(judge(text, BOOT_B), REQUEST_DUE);
        assert_int_equal(judge(text, NULL), REQUEST_DUE);
}

static void judgement_tells_the_details(void **state)
{
        struct request request = { .reason = "untouched" };
        enum err err;

        assert_int_equal(request_judge(NULL, 0, &this_os, NULL, &request, &err), REQUEST_ABSENT);
        assert_int_equal(err, ERR_NOT_FOUND);
        assert_int_equal(request_judge("x", 1, &this_os, NULL, &request, &err), REQUEST_MALFORMED);
        assert_int_equal(err, ERR_TRUNCATED);
        assert_string_equal(request.reason, "untouched");
        assert_int_equal(request_judge("{\0", 2, &this_os, NULL, NULL, &err), REQUEST_MALFORMED);
        assert_int_equal(err, ERR_SYNTAX);
}

static void state_and_policy_names_are_stable(void **state)
{
        enum tpm_clear_policy policy = TPM_CLEAR_UNSET;
        enum erase_level level = ERASE_LEVEL_UNSET;

        assert_string_equal(request_state_name(REQUEST_ABSENT), "absent");
        assert_string_equal(request_state_name(REQUEST_MALFORMED), "malformed");
        assert_string_equal(request_state_name(REQUEST_FOREIGN), "foreign");
        assert_string_equal(request_state_name(REQUEST_PENDING), "pending");
        assert_string_equal(request_state_name(REQUEST_DUE), "due");
        assert_true(tpm_clear_policy_parse("skip", &policy));
        assert_int_equal(policy, TPM_CLEAR_SKIP);
        assert_false(tpm_clear_policy_parse("unset", &policy));
        assert_int_equal(policy, TPM_CLEAR_SKIP);
        assert_true(erase_level_parse("crypto", &level));
        assert_int_equal(level, ERASE_LEVEL_CRYPTO);
        assert_false(erase_level_parse("Crypto", &level));
        assert_string_equal(erase_level_name(ERASE_LEVEL_CLEAR), "clear");
        assert_string_equal(tpm_clear_policy_name(TPM_CLEAR_REQUIRED), "required");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(systemds_own_request_is_understood),
                cmocka_unit_test(our_members_are_understood),
                cmocka_unit_test(a_bundle_of_kept_files_is_announced),
                cmocka_unit_test(unknown_and_null_members_are_skipped),
                cmocka_unit_test(malformed_request_is_told_apart_and_leaves_the_result_alone),
                cmocka_unit_test(value_of_a_wrong_size_is_malformed),
                cmocka_unit_test(missing_nul_is_forgiven_but_text_behind_it_is_not),
                cmocka_unit_test(utf16_is_decoded_or_refused),
                cmocka_unit_test(encoded_request_decodes_to_the_same),
                cmocka_unit_test(request_without_our_fields_is_encoded_in_systemds_own_form),
                cmocka_unit_test(encoding_says_why_it_cannot),
                cmocka_unit_test(request_for_another_os_is_ignored),
                cmocka_unit_test(absent_image_id_matches_only_an_absent_one),
                cmocka_unit_test(request_for_an_older_version_of_this_os_is_due),
                cmocka_unit_test(request_is_pending_until_the_next_boot),
                cmocka_unit_test(judgement_tells_the_details),
                cmocka_unit_test(state_and_policy_names_are_stable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
