/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keystream: AES's published answer, and the same bytes for a place however they are asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/erase/erase-engine.h"
#include "linux/erase/keystream.h"

static struct keystream *make(uint8_t key_byte)
{
        uint8_t key[KEYSTREAM_KEY_SIZE];
        struct keystream *keystream = NULL;

        memset(key, key_byte, sizeof(key));
        assert_int_equal(keystream_new(key, &keystream), 0);
        return keystream;
}

/* AES-256 of the zero block under the zero key, a value that every AES-256 test suite has. */
static void the_first_block_of_the_zero_key_is_the_published_one(void **state)
{
        static const uint8_t expected[16] = { 0xdc, 0x95, 0xc0, 0x78, 0xa2, 0x40, 0x89, 0x89,
                                              0xad, 0x48, 0xa2, 0x14, 0x92, 0x84, 0x20, 0x87 };
        _cleanup_(keystream_free) struct keystream *keystream = make(0);
        uint8_t block[16];

        assert_int_equal(keystream_make(keystream, 0, block, sizeof(block)), 0);
        assert_memory_equal(block, expected, sizeof(block));
}

static void a_place_has_its_bytes_however_they_are_asked_for(void **state)
{
        enum { SIZE = 200000, BASE = 1 << 20 };
        static uint8_t whole[SIZE], part[SIZE];
        _cleanup_(keystream_free) struct keystream *keystream = make(7);

        assert_int_equal(keystream_make(keystream, BASE, whole, SIZE), 0);
        for (size_t at = 0; at + 5000 < SIZE; at += 16 * 977) {
                assert_int_equal(keystream_make(keystream, BASE + at, part, 5000), 0);
                assert_memory_equal(part, whole + at, 5000);
        }
}

static void no_two_places_and_no_two_keys_are_alike(void **state)
{
        _cleanup_(keystream_free) struct keystream *a = make(1), *b = make(2);
        uint8_t first[512], second[512];

        assert_int_equal(keystream_make(a, 0, first, 512), 0);
        assert_int_equal(keystream_make(a, 512, second, 512), 0);
        assert_memory_not_equal(first, second, 512);
        assert_int_equal(keystream_make(a, UINT64_C(1) << 60, second, 512), 0);
        assert_memory_not_equal(first, second, 512);
        assert_int_equal(keystream_make(b, 0, second, 512), 0);
        assert_memory_not_equal(first, second, 512);
        assert_int_equal(keystream_make(a, 8, first, 512), -EINVAL);
}

static void a_range_s_key_depends_on_reset_device_and_start(void **state)
{
        const uint8_t reset[16] = { 1 }, other[16] = { 2 };
        uint8_t keys[5][ERASE_KEY_SIZE];

        erase_derive_key(reset, 0, 4096, keys[0]);
        erase_derive_key(other, 0, 4096, keys[1]);
        erase_derive_key(reset, 1, 4096, keys[2]);
        erase_derive_key(reset, 0, 8192, keys[3]);
        erase_derive_key(reset, 0, 4096, keys[4]);
        for (int i = 1; i < 4; i++)
                assert_memory_not_equal(keys[0], keys[i], ERASE_KEY_SIZE);
        assert_memory_equal(keys[0], keys[4], ERASE_KEY_SIZE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_block_of_the_zero_key_is_the_published_one),
                cmocka_unit_test(a_place_has_its_bytes_however_they_are_asked_for),
                cmocka_unit_test(no_two_places_and_no_two_keys_are_alike),
                cmocka_unit_test(a_range_s_key_depends_on_reset_device_and_start),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
