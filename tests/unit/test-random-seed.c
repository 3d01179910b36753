/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a seed from the partition may be used, and that what is made of it tells nothing and repeats nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/boot/random-seed.h"

static const uint8_t some[RANDOM_SEED_FILE_MAX + 1] = { 1, 2, 3 };

static void file_alone_is_no_good_seed(void **state)
{
        static const struct {
                size_t file, generator, token, before;
                bool secure_boot, good;
        } cases[] = {
                { 32, 32, 0, 0, true, true },      { 32, 0, 0, 32, true, true },     { 32, 0, 32, 0, false, true },
                { 32, 0, 32, 0, true, false },     { 32, 0, 31, 0, false, false },   { 32, 0, 0, 0, false, false },
                { 32, 0, 0, 31, false, false },    { 31, 32, 32, 32, false, false }, { 32768, 32, 0, 0, false, true },
                { 32769, 32, 0, 0, false, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct random_inputs inputs = { .file = { some, cases[i].file },
                                                .generator = { some, cases[i].generator },
                                                .token = { some, cases[i].token },
                                                .before = { some, cases[i].before } };

                assert_int_equal(random_seed_is_good(&inputs, cases[i].secure_boot), cases[i].good);
        }
}

/* Each input counts, also which one it is; and the two results have nothing in common. */
static void every_input_changes_both_seeds(void **state)
{
        const struct bytes x = { (const uint8_t *)"x", 1 };
        const struct random_inputs inputs[] = { { .count = 0 },           { .count = 1 }, { .file = x },
                                                { .generator = x },       { .token = x }, { .before = x },
                                                { .file = x, .token = x } };
        uint8_t file[ARRAY_SIZE(inputs)][RANDOM_SEED_SIZE], kernel[ARRAY_SIZE(inputs)][RANDOM_SEED_SIZE];

        for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
                random_seed_mix(&inputs[i], file[i], kernel[i]);
                for (size_t j = 0; j < i; j++) {
                        assert_memory_not_equal(file[i], file[j], RANDOM_SEED_SIZE);
                        assert_memory_not_equal(kernel[i], kernel[j], RANDOM_SEED_SIZE);
                }
                assert_memory_not_equal(file[i], kernel[i], RANDOM_SEED_SIZE);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(file_alone_is_no_good_seed),
                cmocka_unit_test(every_input_changes_both_seeds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
