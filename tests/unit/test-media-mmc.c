/* SPDX-License-Identifier: GPL-2.0-or-later */
/* eMMC: erase and sanitize, secure erase, what the card answers; and the block layer's secure discard, of any device. */
#include "tests/unit/media-fixture.h"

#include <errno.h>
#include <linux/mmc/ioctl.h>

static const struct media_facts facts = {
        .bus = MEDIA_MMC, .size_bytes = DISK_BYTES, .logical_sector = 512, .techniques = UINT32_MAX & ~1u
};

static uint8_t ext_csd[512];

static int set_up(void **state)
{
        memset(ext_csd, 0, sizeof(ext_csd));
        ext_csd[192] = 8;                      /* revision: 5.1 */
        store_le32(ext_csd + 212, 0x01d1f000); /* sectors: 14.5 GiB */
        ext_csd[223] = 1;
        ext_csd[224] = 1;
        ext_csd[231] = 0x55; /* secure erase, trim, sanitize */
        ext_csd[267] = 1;
        ext_csd[268] = 2;
        ext_csd[269] = 3;
        return disk_set_up(state);
}

#define EXT_CSD                                                                                                                 \
        {                                                                                                                       \
                .what = "EXT_CSD", .request = MMC_IOC_CMD, .mmc = { { 8, 0 } }, .reply = ext_csd, .reply_size = sizeof(ext_csd) \
        }
#define ERASE(argument)                                                                                                    \
        {                                                                                                                  \
                .what = "erase", .request = MMC_IOC_MULTI_CMD, .mmc = { { 35, 0 }, { 36, 0x01d1efff }, { 38, argument } }, \
                .response = 0x900                                                                                          \
        }
#define SANITIZE                                                                                            \
        {                                                                                                   \
                .what = "sanitize", .request = MMC_IOC_CMD, .mmc = { { 6, 0x03a50101 } }, .response = 0x900 \
        }

static void everything_is_erased_then_sanitized(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, EXT_CSD, ERASE(0), SANITIZE, FLUSHED };
        struct purge_result result;

        list[3].effect = disk_erases_all;
        assert_int_equal(PURGE(list, &facts, MEDIA_MMC_SANITIZE, &result), 0);
        assert_false(disk_holds_old_data());
        list[3].effect = NULL;
        assert_int_equal(PURGE(list, &facts, MEDIA_MMC_SANITIZE, &result), -EBADMSG);
}

static void secure_erase_uses_the_secure_argument(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, EXT_CSD, ERASE(0x80000000u), FLUSHED };
        struct purge_result result;

        list[2].effect = disk_erases_all;
        assert_int_equal(PURGE(list, &facts, MEDIA_MMC_SECURE_ERASE, &result), 0);
}

static void small_cards_count_bytes(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, EXT_CSD, ERASE(0x80000000u), FLUSHED };
        struct purge_result result;

        store_le32(ext_csd + 212, DISK_BYTES / 512);
        list[2].mmc[1].argument = DISK_BYTES - 512;
        list[2].effect = disk_erases_all;
        assert_int_equal(PURGE(list, &facts, MEDIA_MMC_SECURE_ERASE, &result), 0);
}

static void errors_in_the_card_status_are_failures(void **state)
{
        static const uint32_t errors[] = { 1u << 31, 1u << 30, 1u << 28, 1u << 27, 1u << 26, 1u << 19, 1u << 15, 1u << 7 };

        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                struct expected_ioctl erase[] = { FLUSHED, EXT_CSD, ERASE(0) },
                                      sanitize[] = { FLUSHED, EXT_CSD, ERASE(0), SANITIZE };
                struct purge_result result;

                erase[2].response |= errors[i];
                assert_int_equal(PURGE(erase, &facts, MEDIA_MMC_SANITIZE, &result), -EIO);
                assert_words(&result, "data may be left");
                sanitize[3].response |= errors[i];
                assert_int_equal(PURGE(sanitize, &facts, MEDIA_MMC_SANITIZE, &result), -EIO);
                assert_int_equal(result.device_status, 0x900 | errors[i]);
        }
}

static void a_time_out_is_a_failure(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, EXT_CSD, ERASE(0), SANITIZE };
        struct purge_result result;

        list[3].error = ETIMEDOUT;
        assert_int_equal(PURGE(list, &facts, MEDIA_MMC_SANITIZE, &result), -ETIMEDOUT);
}

static void a_card_that_cannot_is_not_asked_to(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, EXT_CSD }, silent[] = { FLUSHED, EXT_CSD };
        struct purge_result result;

        ext_csd[231] = 0x01;
        assert_int_equal(PURGE(list, &facts, MEDIA_MMC_SANITIZE, &result), -EOPNOTSUPP);
        silent[1].error = EPERM;
        assert_int_equal(PURGE(silent, &facts, MEDIA_MMC_SANITIZE, &result), -EPERM);
        assert_true(disk_holds_old_data());
}

static void facts_come_from_ext_csd(void **state)
{
        struct expected_ioctl list[] = { EXT_CSD };
        struct media_facts found = { .bus = MEDIA_MMC };

        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_mmc_read(disk.fd, &found), 0);
        expect_no_more_ioctls();
        assert_int_equal(found.techniques, MEDIA_TECHNIQUE_BIT(MEDIA_MMC_SANITIZE) | MEDIA_TECHNIQUE_BIT(MEDIA_MMC_SECURE_ERASE) |
                                                   MEDIA_TECHNIQUE_BIT(MEDIA_SECURE_DISCARD));
        assert_true(found.health.known && !found.health.failing && found.health.worn_known);
        assert_int_equal(found.health.percentage_used, 30);
        ext_csd[267] = 3; /* urgent */
        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_mmc_read(disk.fd, &found), 0);
        assert_true(found.health.failing);
}

static void secure_discard_takes_the_whole_device(void **state)
{
        const struct media_facts other = { .bus = MEDIA_OTHER,
                                           .size_bytes = DISK_BYTES,
                                           .logical_sector = 512,
                                           .techniques = MEDIA_TECHNIQUE_BIT(MEDIA_SECURE_DISCARD) };
        struct expected_ioctl list[] = {
                FLUSHED,
                { .what = "secure discard", .request = BLKSECDISCARD, .range = { 0, DISK_BYTES }, .effect = disk_erases_all },
                FLUSHED
        };
        struct expected_ioctl cannot[] = {
                FLUSHED, { .what = "secure discard", .request = BLKSECDISCARD, .range = { 0, DISK_BYTES }, .error = EOPNOTSUPP }
        };
        struct purge_result result;

        assert_int_equal(PURGE(list, &other, MEDIA_SECURE_DISCARD, &result), 0);
        list[1].effect = NULL;
        assert_int_equal(PURGE(list, &other, MEDIA_SECURE_DISCARD, &result), -EBADMSG);
        assert_int_equal(PURGE(cannot, &other, MEDIA_SECURE_DISCARD, &result), -EOPNOTSUPP);
        assert_words(&result, "at byte 0");
}

#define ON_A_DISK(test) cmocka_unit_test_setup_teardown(test, set_up, disk_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_A_DISK(everything_is_erased_then_sanitized),
                ON_A_DISK(secure_erase_uses_the_secure_argument),
                ON_A_DISK(small_cards_count_bytes),
                ON_A_DISK(errors_in_the_card_status_are_failures),
                ON_A_DISK(a_time_out_is_a_failure),
                ON_A_DISK(a_card_that_cannot_is_not_asked_to),
                ON_A_DISK(facts_come_from_ext_csd),
                ON_A_DISK(secure_discard_takes_the_whole_device),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
