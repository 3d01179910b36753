/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Promise: below an authenticated volume only that dm-integrity is mapped that a reset makes; its superblock decides nothing. */
#include "common/format/integrity-superblock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MIB_SECTORS(n) (UINT64_C(n) << 11)

/* Written by Linux 6.1 for libcryptsetup 2.6.1: 64 MiB, of which the first 16 are the header's. */
static const uint8_t genuine[INTEGRITY_SUPERBLOCK_SIZE] = { 'i',  'n',  't',  'e', 'g', 'r', 't', 0,
                                                            4,    15,   32,   0,   3,   0,   0,   0, /* journal sections */
                                                            0xe0, 0x79, 0x01, 0,   0,   0,   0,   0, /* sectors */
                                                            8,    0,    0,    0,                     /* flags */
                                                            3,    12 };

static uint8_t superblock[INTEGRITY_SUPERBLOCK_SIZE];
static uint64_t sectors;

static int set_up(void **state)
{
        memcpy(superblock, genuine, sizeof(superblock));
        sectors = 7;
        return 0;
}

static enum err judge(uint64_t device_sectors)
{
        return integrity_superblock_judge((struct bytes){ superblock, sizeof(superblock) }, device_sectors, &sectors);
}

static void what_the_kernel_wrote_is_ours_also_on_a_partition_that_has_grown(void **state)
{
        assert_int_equal(judge(MIB_SECTORS(48)), ERR_OK);
        assert_int_equal(sectors, 96736);
        assert_int_equal(judge(MIB_SECTORS(48) - 8), ERR_RANGE); /* the end is missing */
        sectors = 7;
        assert_int_equal(judge(MIB_SECTORS(480)), ERR_OK);
        assert_int_equal(sectors, 96736);
}

static void a_journal_longer_than_linux_makes_one_is_refused(void **state)
{
        const uint64_t room = UINT64_C(1) << 32;

        store_le32(superblock + 12, 496);
        assert_int_equal(judge(room), ERR_OK);
        store_le32(superblock + 12, 497);
        assert_int_equal(judge(room), ERR_RANGE);
}

/* As the kernel lays it out: a whole run of 256 sectors of tags for each 16 MiB of data, also for what is left over. */
static void sizes_are_the_kernels(void **state)
{
        static const struct {
                uint64_t device, data;
                uint32_t sections;
        } cases[] = {
                { 8 + 264 + 256 + 8, 8, 1 },
                { 8 + 264 + 256 + 32768, 32768, 1 },
                { 8 + 264 + 256 + 32768 + 256 + 8, 32768 + 8, 1 },
                { 8 + 264 + 256 + 32768 + 256 + 7, 32768, 1 }, /* too little for tags and a block */
                { 8 + 264 + 256 + 32768 + 1, 32768, 1 },
                { 8 + 496 * 264 + UINT64_C(131072) * (32768 + 256), UINT64_C(131072) * 32768, 496 }, /* 2 TiB */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                store_le32(superblock + 12, cases[i].sections);
                store_le64(superblock + 16, cases[i].data);
                assert_int_equal(judge(cases[i].device), ERR_OK);
                assert_int_equal(sectors, cases[i].data);
                store_le64(superblock + 16, cases[i].data + 8);
                assert_int_equal(judge(cases[i].device), ERR_RANGE);
        }
}

static void whatever_else_it_says_is_refused(void **state)
{
        static const struct {
                size_t at;
                uint8_t value;
                enum err err;
        } cases[] = {
                { 0, 'I', ERR_MISSING }, { 7, 1, ERR_MISSING },   { 8, 3, ERR_VERSION },  { 8, 5, ERR_VERSION },
                { 9, 14, ERR_RANGE },    { 9, 255, ERR_RANGE },   { 10, 31, ERR_RANGE },  { 10, 0, ERR_RANGE },
                { 11, 1, ERR_RANGE },    { 12, 0, ERR_RANGE },    { 12, 4, ERR_RANGE },   { 15, 255, ERR_RANGE },
                { 16, 0xd9, ERR_RANGE }, { 16, 0xe8, ERR_RANGE }, { 23, 255, ERR_RANGE }, { 24, 0, ERR_RANGE },
                { 24, 9, ERR_RANGE },    { 24, 10, ERR_RANGE },   { 24, 12, ERR_RANGE },  { 27, 128, ERR_RANGE },
                { 28, 0, ERR_RANGE },    { 28, 255, ERR_RANGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up(state);
                superblock[cases[i].at] = cases[i].value;
                assert_int_equal(judge(MIB_SECTORS(48)), cases[i].err);
                assert_int_equal(sectors, 7);
        }
}

static void what_is_cut_off_or_does_not_fit_is_refused(void **state)
{
        assert_int_equal(integrity_superblock_judge((struct bytes){ superblock, 511 }, MIB_SECTORS(48), &sectors), ERR_TRUNCATED);
        assert_int_equal(judge(0), ERR_RANGE);
        store_le64(superblock + 16, 0); /* a device that is all journal maps nothing, and that is no volume */
        assert_int_equal(judge(8 + 3 * 264), ERR_RANGE);
        store_le32(superblock + 12, UINT32_MAX);
        assert_int_equal(judge(MIB_SECTORS(48)), ERR_RANGE);
        assert_int_equal(judge(UINT64_MAX), ERR_RANGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_the_kernel_wrote_is_ours_also_on_a_partition_that_has_grown, set_up),
                cmocka_unit_test_setup(a_journal_longer_than_linux_makes_one_is_refused, set_up),
                cmocka_unit_test_setup(sizes_are_the_kernels, set_up),
                cmocka_unit_test_setup(whatever_else_it_says_is_refused, set_up),
                cmocka_unit_test_setup(what_is_cut_off_or_does_not_fit_is_refused, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
