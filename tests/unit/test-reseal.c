/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A planned reseal on paper: which start may make a copy, which may use it, and when nobody may any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/boot/device-secret.h"
#include "common/format/luks-token.h"

static const struct reseal_request prepare = { .verb = RESEAL_VERB_PREPARE }, cancel = { .verb = RESEAL_VERB_CANCEL },
                                   done = { .verb = RESEAL_VERB_DONE };

static void a_request_reads_back_and_nothing_else_is_one(void **state)
{
        uint8_t bytes[RESEAL_ENCODED_SIZE + 1] = { 0 };
        struct reseal_request read = { .verb = RESEAL_VERB_COUNT },
                              request = { RESEAL_VERB_CANCEL, { { 1, 2, 3 } }, { 4, [31] = 5 } };

        reseal_request_encode(&request, bytes);
        assert_int_equal(reseal_request_decode(bytes, RESEAL_ENCODED_SIZE, &read), ERR_OK);
        assert_int_equal(read.verb, RESEAL_VERB_CANCEL);
        assert_true(id128_equal(&read.last_reset, &request.last_reset));
        assert_memory_equal(read.mac, request.mac, sizeof(read.mac));
        read.verb = RESEAL_VERB_COUNT;
        assert_int_equal(reseal_request_decode(bytes, RESEAL_ENCODED_SIZE - 1, &read), ERR_TRUNCATED);
        assert_int_equal(reseal_request_decode(bytes, RESEAL_ENCODED_SIZE + 1, &read), ERR_TOO_LARGE);
        bytes[0] = 2;
        assert_int_equal(reseal_request_decode(bytes, RESEAL_ENCODED_SIZE, &read), ERR_VERSION);
        bytes[0] = 1;
        for (int verb = 0; verb < 256; verb++) {
                bytes[1] = (uint8_t)verb;
                if (verb < RESEAL_VERB_PREPARE || verb >= RESEAL_VERB_COUNT)
                        assert_int_equal(reseal_request_decode(bytes, RESEAL_ENCODED_SIZE, &read), ERR_RANGE);
        }
        assert_int_equal(read.verb, RESEAL_VERB_COUNT);
}

static void a_copy_may_be_used_in_three_starts_and_no_more(void **state)
{
        struct reseal_state reseal = { 0 };

        assert_int_equal(reseal_next(&reseal, MODE_NORMAL, NULL), RESEAL_NONE);
        assert_int_equal(reseal_next(&reseal, MODE_NORMAL, &prepare), RESEAL_PREPARE);
        assert_int_equal(reseal.number, 1);
        for (int start = 1; start <= RESEAL_STARTS_MAX; start++) {
                assert_int_equal(reseal_next(&reseal, MODE_NORMAL, NULL), RESEAL_READY);
                assert_int_equal(reseal.starts_left, RESEAL_STARTS_MAX - start);
                assert_int_equal(reseal.number, 1);
        }
        for (int start = 0; start < 5; start++)
                assert_int_equal(reseal_next(&reseal, MODE_NORMAL, NULL), RESEAL_NONE);
        assert_int_equal(reseal_next(&reseal, MODE_NORMAL, &prepare), RESEAL_PREPARE);
        assert_int_equal(reseal.number, 2);
}

/* Whoever it is of: the stub cannot judge that, and a copy has the key of one number alone. */
static void each_request_is_counted_also_where_a_copy_may_still_be_used(void **state)
{
        struct reseal_state reseal = { 0 };

        (void)reseal_next(&reseal, MODE_NORMAL, &prepare);
        (void)reseal_next(&reseal, MODE_NORMAL, NULL);
        assert_int_equal(reseal_next(&reseal, MODE_NORMAL, &prepare), RESEAL_PREPARE);
        assert_int_equal(reseal.number, 2);
        assert_int_equal(reseal.starts_left, RESEAL_STARTS_MAX);
}

static void a_request_that_was_cancelled_before_its_start_does_not_count_later(void **state)
{
        struct reseal_state reseal = { .number = 4 };

        assert_int_equal(reseal_next(&reseal, MODE_NORMAL, &cancel), RESEAL_NONE);
        assert_int_equal(reseal.number, 5);
        assert_int_equal(reseal.starts_left, 0);
}

static void what_is_cancelled_or_done_is_over(void **state)
{
        static const struct {
                const struct reseal_request *request;
                enum reseal open, closed;
        } cases[] = {
                { &cancel, RESEAL_OVER, RESEAL_NONE },
                { &done, RESEAL_NONE, RESEAL_NONE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct reseal_state reseal = { 0 };

                (void)reseal_next(&reseal, MODE_NORMAL, &prepare);
                assert_int_equal(reseal_next(&reseal, MODE_NORMAL, cases[i].request), cases[i].open);
                assert_int_equal(reseal.starts_left, 0);
                assert_int_equal(reseal_next(&reseal, MODE_NORMAL, cases[i].request), cases[i].closed);
                assert_int_equal(reseal_next(&reseal, MODE_NORMAL, NULL), RESEAL_NONE);
        }
}

/* Nor does a reset: it may be refused yet, with the copy in its place and the change made. */
static void other_boots_neither_get_the_key_nor_use_up_a_start(void **state)
{
        static const enum boot_mode modes[] = { MODE_RESET, MODE_RECOVERY, MODE_BREAK_GLASS };
        struct reseal_state reseal = { 0 };

        (void)reseal_next(&reseal, MODE_NORMAL, &prepare);
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                assert_int_equal(reseal_next(&reseal, modes[i], NULL), RESEAL_NONE);
                assert_int_equal(reseal_next(&reseal, modes[i], &prepare), RESEAL_NONE);
                assert_int_equal(reseal_next(&reseal, modes[i], &cancel), RESEAL_NONE);
        }
        assert_int_equal(reseal.starts_left, RESEAL_STARTS_MAX);
        for (int reseal_is = RESEAL_NONE; reseal_is < RESEAL_COUNT; reseal_is++)
                assert_int_equal(reseal_gives_key((enum reseal)reseal_is),
                                 reseal_is == RESEAL_PREPARE || reseal_is == RESEAL_READY);
}

static void numbers_never_come_again(void **state)
{
        struct reseal_state reseal = { .number = UINT32_MAX };

        assert_int_equal(reseal_next(&reseal, MODE_NORMAL, &cancel), RESEAL_NONE);
        assert_int_equal(reseal_next(&reseal, MODE_NORMAL, &prepare), RESEAL_NONE);
        assert_int_equal(reseal.number, UINT32_MAX);
        assert_int_equal(reseal.starts_left, 0);
}

static void a_request_is_known_by_secret_and_number(void **state)
{
        uint8_t secret[SHA256_SIZE] = { 1 }, key[SHA256_SIZE], mac[SHA256_SIZE], other[SHA256_SIZE];

        reseal_request_key(secret, key);
        assert_memory_not_equal(key, secret, sizeof(key));
        reseal_request_mac(key, 7, mac);
        reseal_request_mac(key, 7, other);
        assert_memory_equal(mac, other, sizeof(mac));
        reseal_request_mac(key, 8, other);
        assert_memory_not_equal(mac, other, sizeof(mac));
        secret[31] = 1;
        reseal_request_key(secret, key);
        reseal_request_mac(key, 7, other);
        assert_memory_not_equal(mac, other, sizeof(mac));
}

static void every_state_has_a_name_of_its_own(void **state)
{
        enum reseal read;

        for (int reseal = RESEAL_NONE; reseal < RESEAL_COUNT; reseal++) {
                const char *name = reseal_name((enum reseal)reseal);
                assert_true(reseal_parse(name, strlen(name), &read));
                assert_int_equal(read, reseal);
        }
        assert_false(reseal_parse("rea", 3, &read));
        assert_false(reseal_parse("ready!", 6, &read));
}

static struct device_secret a_secret(void)
{
        return (struct device_secret){ .secret = { 7 },
                                       .sequence_floor = 3,
                                       .last_reset_id = { { 9 } },
                                       .last_origin = ORIGIN_REQUEST,
                                       .reseal = { .number = 5, .starts_left = 2 } };
}

static void the_state_is_kept_beside_the_secret(void **state)
{
        struct device_secret secret = a_secret(), read;
        uint8_t bytes[DEVICE_SECRET_ENCODED_SIZE];

        device_secret_encode(&secret, bytes);
        assert_int_equal(device_secret_decode(bytes, sizeof(bytes), &read), ERR_OK);
        assert_int_equal(read.reseal.number, 5);
        assert_int_equal(read.reseal.starts_left, 2);
        secret.reseal.starts_left = 200;
        device_secret_encode(&secret, bytes);
        assert_int_equal(device_secret_decode(bytes, sizeof(bytes), &read), ERR_OK);
        assert_int_equal(read.reseal.starts_left, RESEAL_STARTS_MAX);
}

static void another_device_copy_or_reset_has_another_key(void **state)
{
        const struct device_secret genuine = a_secret();
        uint8_t key[SHA256_SIZE], again[SHA256_SIZE];

        device_secret_reseal_key(&genuine, key);
        for (int change = 0; change < 4; change++) {
                struct device_secret other = genuine;
                if (change == 1)
                        other.secret[31] ^= 1;
                if (change == 2)
                        other.reseal.number++;
                if (change == 3)
                        other.last_reset_id.bytes[15] ^= 1;
                other.reseal.starts_left = 0; /* the same copy in another start */
                device_secret_reseal_key(&other, again);
                assert_int_equal(memcmp(key, again, sizeof(key)) == 0, change == 0);
        }
}

static void a_reset_that_is_over_ends_what_was_prepared(void **state)
{
        struct device_secret secret = a_secret();
        const struct progress progress = { .phase = PHASE_DONE, .sequence = 4, .origin = ORIGIN_REQUEST, .reset_id = { { 8 } } };

        assert_true(device_secret_note_over(&secret, &progress));
        assert_int_equal(secret.reseal.starts_left, 0);
        assert_int_equal(secret.reseal.number, 5);
}

static void a_request_of_before_a_reset_concerns_nobody(void **state)
{
        struct device_secret secret = a_secret();
        struct reseal_request request = { .verb = RESEAL_VERB_PREPARE, .last_reset = { { 9 } } };

        assert_true(device_secret_concerns(&secret, &request));
        request.last_reset.bytes[0] = 8;
        assert_false(device_secret_concerns(&secret, &request));
        /* in the session of the first boot nobody knows its name yet, and behind a reset that is no excuse */
        memset(&request.last_reset, 0, sizeof(request.last_reset));
        assert_false(device_secret_concerns(&secret, &request));
        secret.last_origin = ORIGIN_FIRST_BOOT;
        assert_true(device_secret_concerns(&secret, &request));
        secret.sequence_floor = 0;
        assert_false(device_secret_concerns(&secret, &request));
}

static void keys_go_to_the_initrd_and_come_back(void **state)
{
        struct device_keys keys = { .has_reseal = true,
                                    .has_mark = true,
                                    .has_reseal_request = true,
                                    .reseal_after = UINT32_MAX },
                           read;
        char text[DEVICE_KEYS_TEXT_MAX];
        size_t size;

        memset(keys.reseal, 0xab, sizeof(keys.reseal));
        keys.progress.has_reset = keys.progress.has_first_boot = keys.progress.secret_kept = true;
        keys.progress.sequence_floor = UINT64_MAX;
        assert_int_equal(device_keys_format(&keys, text, sizeof(text), &size), ERR_OK);
        assert_int_equal(device_keys_parse(text, size, &read), ERR_OK);
        assert_true(read.has_reseal);
        assert_memory_equal(read.reseal, keys.reseal, sizeof(keys.reseal));
        assert_true(read.has_reseal_request);
        assert_int_equal(read.reseal_after, UINT32_MAX);
        assert_int_equal(device_keys_parse("secret=kept\nreseal=ab\n", 22, &read), ERR_RANGE);
        assert_int_equal(device_keys_parse("reseal-after=4294967296\n", 24, &read), ERR_RANGE);
}

static void a_copy_stands_in_a_token_that_ties_no_keyslot(void **state)
{
        struct luks_reseal copy = { .blob = { 1, 2, 3 }, .blob_size = 3, .wrapped = { 4 } }, read = { .blob_size = 77 };
        char json[LUKS_RESEAL_JSON_MAX];
        struct writer writer = writer_over(json, sizeof(json));
        static const char *const wrong[] = {
                "",
                "{}",
                "{\"type\":\"cleanslate-recovery\",\"tpm2-blob\":\"AQ==\",\"wrapped\":\"AQ==\"}",
                "{\"type\":\"cleanslate-reseal\",\"keyslots\":[],\"tpm2-blob\":\"AQ==\",\"wrapped\":\"AQ==\"}",
                "{\"type\":\"cleanslate-reseal\",\"keyslots\":[],\"tpm2-blob\":\"\",\"wrapped\":\"AQ==\"}",
                "{\"type\":\"cleanslate-reseal\",\"keyslots\":[],\"wrapped\":\"AQ==\"}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                assert_int_not_equal(luks_reseal_decode(wrong[i], strlen(wrong[i]), &read), ERR_OK);
        assert_int_equal(read.blob_size, 77);
        luks_reseal_encode(&copy, &writer);
        assert_false(writer.overflow);
        assert_non_null(strstr(json, "\"type\":\"cleanslate-reseal\",\"keyslots\":[]"));
        assert_int_equal(luks_reseal_decode(json, writer.size, &read), ERR_OK);
        assert_int_equal(read.blob_size, 3);
        assert_memory_equal(read.blob, copy.blob, 3);
        assert_memory_equal(read.wrapped, copy.wrapped, sizeof(copy.wrapped));
        copy.blob_size = sizeof(copy.blob); /* the largest fits */
        writer = writer_over(json, sizeof(json));
        luks_reseal_encode(&copy, &writer);
        assert_false(writer.overflow);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_request_reads_back_and_nothing_else_is_one),
                cmocka_unit_test(a_copy_may_be_used_in_three_starts_and_no_more),
                cmocka_unit_test(each_request_is_counted_also_where_a_copy_may_still_be_used),
                cmocka_unit_test(a_request_that_was_cancelled_before_its_start_does_not_count_later),
                cmocka_unit_test(what_is_cancelled_or_done_is_over),
                cmocka_unit_test(other_boots_neither_get_the_key_nor_use_up_a_start),
                cmocka_unit_test(numbers_never_come_again),
                cmocka_unit_test(a_request_is_known_by_secret_and_number),
                cmocka_unit_test(every_state_has_a_name_of_its_own),
                cmocka_unit_test(the_state_is_kept_beside_the_secret),
                cmocka_unit_test(another_device_copy_or_reset_has_another_key),
                cmocka_unit_test(a_reset_that_is_over_ends_what_was_prepared),
                cmocka_unit_test(a_request_of_before_a_reset_concerns_nobody),
                cmocka_unit_test(keys_go_to_the_initrd_and_come_back),
                cmocka_unit_test(a_copy_stands_in_a_token_that_ties_no_keyslot),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
