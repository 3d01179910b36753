/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub's own memory functions do what libc's do, at every alignment and overlap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* under names of their own, beside libc's */
#define memcpy  stub_memcpy
#define memmove stub_memmove
#define memset  stub_memset
#define memcmp  stub_memcmp
#include "efi/memory.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define SIZE 64

static void fill(uint8_t buffer[static SIZE])
{
        for (size_t i = 0; i < SIZE; i++)
                buffer[i] = (uint8_t)(i * 7 + 1);
}

static void moving_equals_libc_for_every_place_and_length(void **state)
{
        for (size_t from = 0; from < 24; from++)
                for (size_t to = 0; to < 24; to++)
                        for (size_t length = 0; length <= 40; length++) {
                                uint8_t ours[SIZE], libc[SIZE];

                                fill(ours);
                                fill(libc);
                                memmove(libc + to, libc + from, length);
                                assert_ptr_equal(stub_memmove(ours + to, ours + from, length), ours + to);
                                assert_memory_equal(ours, libc, SIZE);
                        }
}

static void copying_setting_and_comparing_equal_libc(void **state)
{
        uint8_t source[SIZE], ours[SIZE] = { 0 }, libc[SIZE] = { 0 };

        fill(source);
        stub_memcpy(ours + 3, source, 41);
        memcpy(libc + 3, source, 41);
        assert_memory_equal(ours, libc, SIZE);
        stub_memset(ours + 1, 0x1ff, 9);
        memset(libc + 1, 0x1ff, 9);
        assert_memory_equal(ours, libc, SIZE);
        assert_int_equal(stub_memcmp(ours, libc, SIZE), 0);
        ours[SIZE - 1] = 0xff;
        assert_true(stub_memcmp(ours, libc, SIZE) > 0);
        assert_true(stub_memcmp(libc, ours, SIZE) < 0);
        assert_int_equal(stub_memcmp(ours, libc, SIZE - 1), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(moving_equals_libc_for_every_place_and_length),
                cmocka_unit_test(copying_setting_and_comparing_equal_libc),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
