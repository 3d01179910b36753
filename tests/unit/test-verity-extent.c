/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size of hash trees, against what veritysetup makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/bytes.h"
#include "common/verity-extent.h"

static void trees_have_the_size_that_veritysetup_gives_them(void **state)
{
        static const struct {
                uint64_t data_blocks;
                uint32_t block, digest;
                uint64_t blocks; /* of the hash file, without the superblock's */
        } cases[] = {
                { 1, 4096, 32, 0 },       { 2, 4096, 32, 1 },       { 128, 4096, 32, 1 },
                { 129, 4096, 32, 3 },     { 16384, 4096, 32, 129 }, { 16385, 4096, 32, 129 + 3 },
                { 25508, 4096, 32, 203 }, { 256, 4096, 48, 5 },     { 64, 512, 64, 8 + 1 },
        };
        uint64_t blocks;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_true(verity_hash_blocks(cases[i].data_blocks, cases[i].block, cases[i].digest, &blocks));
                assert_int_equal(blocks, cases[i].blocks);
        }
}

static void what_is_no_tree_is_refused(void **state)
{
        uint64_t blocks = 7;

        assert_false(verity_hash_blocks(0, 4096, 32, &blocks));
        assert_false(verity_hash_blocks(1, 4096, 0, &blocks));
        assert_false(verity_hash_blocks(1, 63, 32, &blocks));
        assert_false(verity_hash_blocks(UINT64_MAX, 64, 32, &blocks));
        assert_int_equal(blocks, 7);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(trees_have_the_size_that_veritysetup_gives_them),
                cmocka_unit_test(what_is_no_tree_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
