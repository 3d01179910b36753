/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a command is sent to a TPM once more, and how long its certificate is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/bytes.h"
#include "common/format/tpm-answer.h"

static uint32_t retry(uint32_t code, uint32_t waited_ms)
{
        const uint8_t answer[10] = {
                0x80, 0x01, 0, 0, 0, 10, (uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code
        };
        return tpm_answer_retry_ms(answer, sizeof(answer), waited_ms);
}

/* Numbers of TPM 2.0 part 2, table 17. */
static void only_what_the_tpm_wants_again_is_sent_again(void **state)
{
        static const uint32_t again[] = { 0x908, 0x90a, 0x920, 0x922 };
        static const uint32_t final[] = { 0,
                                          0x101 /* FAILURE */,
                                          0x921 /* LOCKOUT */,
                                          0x923 /* NV_UNAVAILABLE */,
                                          0x909,
                                          0x902,
                                          0x98e /* AUTH_FAIL */,
                                          0x9a2 /* BAD_AUTH */,
                                          0x120,
                                          0x80922,
                                          0x922u << 8 /* others */ };
        const uint8_t cut[9] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 9 };
        for (size_t i = 0; i < ARRAY_SIZE(again); i++)
                assert_true(retry(again[i], 0) > 0);
        for (size_t i = 0; i < ARRAY_SIZE(final); i++)
                assert_int_equal(retry(final[i], 0), 0);
        assert_int_equal(tpm_answer_retry_ms(cut, sizeof(cut), 0), 0);
}

static void waiting_grows_and_has_an_end(void **state)
{
        uint32_t waited = 0, last = 0, times = 0;
        for (uint32_t wait; (wait = retry(0x922, waited)) > 0; times++) {
                assert_true(wait >= last && wait <= 500);
                waited += wait;
                last = wait;
        }
        assert_int_equal(last, 500);
        assert_in_range(waited, TPM_RETRY_MAX_MS, TPM_RETRY_MAX_MS + 499);
        assert_in_range(times, 40, 60);
}

static void a_certificate_ends_where_its_length_says(void **state)
{
        static const struct {
                uint8_t data[6];
                size_t size, length;
        } cases[] = {
                { { 0x30, 0x03, 1, 2, 3, 0xff }, 6, 5 },
                { { 0x30, 0x7f }, 2, 129 }, /* goes on behind what is here */
                { { 0x30, 0x81, 0x80 }, 3, 131 },
                { { 0x30, 0x82, 0x04, 0x00, 0, 0 }, 6, 1028 },
                { { 0x30, 0x82, 0x04 }, 3, 0 },       /* cut */
                { { 0x30, 0x83, 1, 0, 0, 0 }, 6, 0 }, /* longer than any index */
                { { 0x30, 0x80, 0, 0 }, 4, 0 },       /* no definite length */
                { { 0x30, 0x00, 0, 0 }, 4, 0 },
                { { 0x30, 0x82, 0x00, 0x00 }, 4, 0 },
                { { 0x10, 0x01, 0, 0 }, 4, 0 },
                { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 6, 0 },
                { { 0x30 }, 1, 0 },
                { { 0 }, 0, 0 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(tpm_certificate_size(cases[i].data, cases[i].size), cases[i].length);
}

static void a_pcr_is_read_from_its_own_answer_alone(void **state)
{
        static const uint8_t head[] = { 0x80, 0x01, 0, 0, 0,    62, 0, 0,    0, 0, 0, 0, 0, 9, 0,
                                        0,    0,    1, 0, 0x0b, 3,  0, 0x08, 0, 0, 0, 0, 1, 0, 32 };
        uint8_t answer[TPM_PCR_ANSWER_SIZE], value[SHA256_SIZE] = { 0 }, untouched[SHA256_SIZE] = { 0 };
        for (size_t i = 0; i < sizeof(answer); i++)
                answer[i] = i < sizeof(head) ? head[i] : (uint8_t)i;
        assert_true(tpm_pcr_read_parse(answer, value));
        assert_memory_equal(value, answer + sizeof(head), sizeof(value));
        for (size_t i = 6; i < sizeof(head); i++) {
                if (i >= 10 && i < 14)
                        continue; /* the update counter */
                answer[i] ^= 1;
                assert_false(tpm_pcr_read_parse(answer, untouched));
                answer[i] ^= 1;
        }
        assert_memory_equal(untouched, ((uint8_t[SHA256_SIZE]){ 0 }), sizeof(untouched));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_pcr_is_read_from_its_own_answer_alone),
                cmocka_unit_test(only_what_the_tpm_wants_again_is_sent_again),
                cmocka_unit_test(waiting_grows_and_has_an_end),
                cmocka_unit_test(a_certificate_ends_where_its_length_says),
        };
        return cmocka_run_group_tests_name("tpm-answer", tests, NULL, NULL);
}
