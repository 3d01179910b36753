/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the time-stamp counter counts, told by processors of the test's own: no frequency is better than a wrong one, and the
 * counter of a virtual machine's host says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <cpuid.h>
#include <stdbool.h>

#include "common/base/bytes.h"

static struct processor {
        unsigned highest_leaf;
        unsigned features_ecx;
        unsigned denominator, numerator, crystal_hz, base_mhz;
} processor;

static int fake_cpuid(unsigned leaf, unsigned *eax, unsigned *ebx, unsigned *ecx, unsigned *edx)
{
        if (leaf > processor.highest_leaf)
                return 0;
        *eax = leaf == 0x15 ? processor.denominator : leaf == 0x16 ? processor.base_mhz : 0;
        *ebx = leaf == 0x15 ? processor.numerator : 0;
        *ecx = leaf == 0x15 ? processor.crystal_hz : leaf == 1 ? processor.features_ecx : 0;
        *edx = 0;
        return 1;
}

#define __get_cpuid fake_cpuid
#include "efi/ticks-x86_64.c"

static void a_frequency_is_the_processors_word_or_none(void **state)
{
        static const struct {
                struct processor processor;
                uint64_t hz;
        } cases[] = {
                { { 0x16, 0, 2, 176, 24000000, 0 }, UINT64_C(2112000000) },
                { { 0x15, 0, 1, 4, 3000000000u, 0 }, UINT64_C(12000000000) }, /* more than 32 bits */
                { { 0x16, 0, 2, 176, 0, 2100 }, UINT64_C(2100000000) },
                { { 0x15, 0, 2, 176, 0, 2100 }, 0 }, /* no crystal, no base frequency */
                { { 0x16, 0, 0, 176, 24000000, 2100 }, 0 },
                { { 0x16, 0, 2, 0, 0, 2100 }, 0 },
                { { 0x14, 0, 2, 176, 24000000, 2100 }, 0 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                processor = cases[i].processor;
                assert_true(ticks_per_second() == cases[i].hz);
        }
}

static void a_hosts_counter_is_not_the_machines(void **state)
{
        processor = (struct processor){ .highest_leaf = 1 };
        const uint64_t first = ticks_now();
        assert_true(first > 0);
        assert_true(ticks_now() >= first);
        processor.features_ecx = 1u << 31;
        assert_true(ticks_now() == 0);
        processor = (struct processor){ 0 };
        assert_true(ticks_now() == 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_frequency_is_the_processors_word_or_none),
                cmocka_unit_test(a_hosts_counter_is_not_the_machines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
