/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size of hash trees, against what veritysetup makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <libcryptsetup.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/format/verity-extent.h"
#include "linux/image/verity.h"
#include "tests/unit/scratch.h"

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

/* -- on files -- */

static void make_file(const char *path, off_t size)
{
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0 && ftruncate(fd, size) == 0 && close(fd) == 0);
}

static void format(const char *data, const char *hash)
{
        struct crypt_params_verity params = { .hash_name = "sha256",
                                              .data_device = data,
                                              .salt_size = 32,
                                              .hash_type = 1,
                                              .data_block_size = 4096,
                                              .hash_block_size = 4096,
                                              .flags = CRYPT_VERITY_CREATE_HASH };
        struct crypt_device *device = NULL;

        assert_int_equal(crypt_init(&device, hash), 0);
        assert_int_equal(crypt_format(device, CRYPT_VERITY, NULL, NULL, NULL, NULL, 0, &params), 0);
        crypt_free(device);
}

/* Both partitions were made longer by somebody, over what was there. */
static void the_image_ends_where_it_ended_when_it_was_made(void **state)
{
        char directory[SCRATCH_PATH_MAX], data[SCRATCH_PATH_MAX + 8], hash[SCRATCH_PATH_MAX + 8];
        uint64_t data_bytes = 1, hash_bytes = 2;

        scratch_make(directory, NULL);
        (void)snprintf(data, sizeof(data), "%s/data", directory);
        (void)snprintf(hash, sizeof(hash), "%s/hash", directory);
        make_file(data, 1000 * 4096);
        make_file(hash, 0);
        assert_true(verity_read_extents(data, hash, &data_bytes, &hash_bytes) < 0); /* there is no superblock */
        assert_true(data_bytes == 1 && hash_bytes == 2);
        format(data, hash);
        make_file(data, 9000 * 4096);
        make_file(hash, 1000 * 4096);
        assert_int_equal(verity_read_extents(data, hash, &data_bytes, &hash_bytes), 0);
        assert_int_equal(data_bytes, 1000 * 4096);
        assert_int_equal(hash_bytes, (1 + 8 + 1) * 4096); /* the superblock, and two levels */
        scratch_remove(directory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(trees_have_the_size_that_veritysetup_gives_them),
                cmocka_unit_test(what_is_no_tree_is_refused),
                cmocka_unit_test(the_image_ends_where_it_ended_when_it_was_made),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
