/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NVMe: every technique and every way in which it can end, judged by the bytes that are left. */
#include "tests/unit/media-fixture.h"

#include <errno.h>
#include <linux/nvme_ioctl.h>

enum { IDENTIFY = 0x06, GET_LOG = 0x02, FORMAT = 0x80, SANITIZE = 0x84 };
#define ALL            0xffffffffu
#define SANITIZE_LOG   0x007f8081u /* 128 dwords, retain asynchronous event, page 81h */
#define SMART_LOG      0x007f8002u
#define BLOCK_ERASE    (2u | 1u << 3) /* action, allow unrestricted exit */
#define CRYPTO_ERASE   (4u | 1u << 3)
#define OVERWRITE_ONCE (3u | 1u << 3 | 1u << 4)
#define STATUS_FIELD   0x0002 /* invalid field in command */
#define STATUS_DNR     0x4000

static const struct media_facts facts = {
        .bus = MEDIA_NVME, .size_bytes = DISK_BYTES, .logical_sector = 512, .techniques = UINT32_MAX & ~1u
};

/* Sanitize Status: progress, state */
static uint8_t never[512], third[512] = { 0x55, 0x55, 2 }, most[512] = { 0, 0xf0, 2 }, done[512] = { 0xff, 0xff, 1 },
                           failed[512] = { 0xff, 0xff, 3 };

#define ADMIN(words, code, id, dword10, answer)                                                                           \
        {                                                                                                                 \
                .what = words, .request = NVME_IOCTL_ADMIN_CMD, .nvme = { .opcode = code, .nsid = id, .cdw10 = dword10 }, \
                .reply = answer, .reply_size = sizeof(answer)                                                             \
        }
#define STATUS(answer) ADMIN("sanitize status", GET_LOG, ALL, SANITIZE_LOG, answer)
#define START(dword10)                                                                                               \
        {                                                                                                            \
                .what = "sanitize", .request = NVME_IOCTL_ADMIN_CMD, .nvme = {.opcode = SANITIZE, .cdw10 = dword10 } \
        }
#define EXIT_FAILURE_MODE                                                                                               \
        {                                                                                                               \
                .what = "exit failure mode", .request = NVME_IOCTL_ADMIN_CMD, .nvme = {.opcode = SANITIZE, .cdw10 = 1 } \
        }
#define FINISHED(does)                                                                                                        \
        {                                                                                                                     \
                .what = "sanitize status", .request = NVME_IOCTL_ADMIN_CMD,                                                   \
                .nvme = { .opcode = GET_LOG, .nsid = ALL, .cdw10 = SANITIZE_LOG }, .reply = done, .reply_size = sizeof(done), \
                .effect = does                                                                                                \
        }

static void sanitize_is_followed_to_its_end(void **state)
{
        static const struct {
                enum media_technique technique;
                uint32_t dword;
        } cases[] = { { MEDIA_NVME_SANITIZE_BLOCK, BLOCK_ERASE },
                      { MEDIA_NVME_SANITIZE_CRYPTO, CRYPTO_ERASE },
                      { MEDIA_NVME_SANITIZE_OVERWRITE, OVERWRITE_ONCE } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expected_ioctl list[] = { STATUS(never), FLUSHED,      START(cases[i].dword),     STATUS(third),
                                                 STATUS(third), STATUS(most), FINISHED(disk_erases_all), FLUSHED };
                struct purge_result result;

                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), 0);
                assert_int_equal(result.markers.gone, result.markers.written);
                assert_true(result.markers.written > 200);
                assert_true(result.finished_ms > result.started_ms);
                assert_int_equal(result.device_status, 1);
                assert_false(disk_holds_old_data());
        }
}

static void claimed_success_without_erasing_is_found_out(void **state)
{
        struct expected_ioctl list[] = { STATUS(never), FLUSHED, START(BLOCK_ERASE), STATUS(done), FLUSHED };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EBADMSG);
        assert_int_equal(result.markers.remaining, result.markers.written);
        assert_words(&result, "claims");
        assert_words(&result, "still there");
}

static void one_block_left_is_found_out(void **state)
{
        struct expected_ioctl list[] = { STATUS(never), FLUSHED, START(BLOCK_ERASE), FINISHED(disk_erases_all_but_the_last_block),
                                         FLUSHED };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EBADMSG);
        assert_int_equal(result.markers.remaining, 1);
        assert_int_equal(result.markers.first_remaining_offset, DISK_BYTES - 4096);
}

static void a_place_that_cannot_be_read_is_not_proven(void **state)
{
        struct expected_ioctl list[] = { STATUS(never), FLUSHED, START(BLOCK_ERASE), FINISHED(disk_loses_its_end), FLUSHED };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EIO);
        assert_true(result.markers.unreadable > 100);
        assert_words(&result, "not proven");
}

static void failed_sanitize_stays_failed(void **state)
{
        struct expected_ioctl usable[] = { STATUS(never), FLUSHED,        START(BLOCK_ERASE),
                                           STATUS(third), STATUS(failed), EXIT_FAILURE_MODE };
        struct expected_ioctl stuck[] = { STATUS(never), FLUSHED, START(BLOCK_ERASE), STATUS(failed), EXIT_FAILURE_MODE };
        struct purge_result result;

        assert_int_equal(PURGE(usable, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EIO);
        assert_int_equal(result.device_status, 3);
        assert_words(&result, "takes writes again");
        stuck[4].status = STATUS_FIELD;
        assert_int_equal(PURGE(stuck, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EIO);
        assert_words(&result, "stays in failure mode");
        assert_int_equal(result.markers.gone, 0);
}

static void refused_sanitize_erases_nothing_and_says_so(void **state)
{
        struct expected_ioctl list[] = { STATUS(never), FLUSHED, START(BLOCK_ERASE) };
        struct purge_result result;

        list[2].status = STATUS_DNR | STATUS_FIELD;
        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EOPNOTSUPP);
        assert_words(&result, "0x4002");
        assert_words(&result, "nothing was erased");
        assert_true(disk_holds_old_data());
        list[2].status = 0;
        list[2].error = EACCES;
        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EACCES);
}

static void sanitize_of_an_earlier_attempt_is_waited_for(void **state)
{
        struct expected_ioctl list[] = {
                STATUS(third), STATUS(third), STATUS(most), STATUS(done), FLUSHED, START(BLOCK_ERASE), FINISHED(disk_erases_all),
                FLUSHED
        };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), 0);
        list[3].reply = failed; /* of the earlier one: this one decides */
        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), 0);
}

static void no_progress_for_hours_is_an_error(void **state)
{
        struct expected_ioctl list[] = { STATUS(never), FLUSHED, START(BLOCK_ERASE), STATUS(third) };
        struct purge_result result;

        list[3].any_number = true;
        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -ETIMEDOUT);
        assert_true(pretended_ms() > UINT64_C(4) * 3600 * 1000);
        assert_words(&result, "four hours");
}

static void a_device_that_is_away_for_a_moment_is_waited_for(void **state)
{
        struct expected_ioctl list[] = { STATUS(never), FLUSHED,       START(BLOCK_ERASE),
                                         STATUS(third), STATUS(third), FINISHED(disk_erases_all),
                                         FLUSHED };
        struct purge_result result;

        list[3].error = EIO;
        list[4].status = 0x1c1;
        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), 0);
}

static void a_device_that_is_gone_is_given_up(void **state)
{
        struct expected_ioctl list[] = { STATUS(never), FLUSHED, START(BLOCK_ERASE), STATUS(third) };
        struct purge_result result;

        list[3].error = ENODEV;
        list[3].any_number = true;
        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_SANITIZE_BLOCK, &result), -EIO);
        assert_true(pretended_ms() > 300 * 1000 && pretended_ms() < 400 * 1000);
        assert_words(&result, "five minutes");
}

/* 4 KiB sectors are format 2, protection type 1 in the first bytes, metadata in line */
static uint8_t name_space[4096] = {
        [0] = 0,      [1] = 4,      [25] = 3,     [26] = 2 | 1 << 4, [29] = 1 | 1 << 3, [128 + 2] = 9, [128 + 4 * 2 + 2] = 12,
        [120] = 0x00, [121] = 0x25, [122] = 0x38, [127] = 0x01
};
#define NAMESPACE \
        { .what = "namespace id", .request = NVME_IOCTL_ID, .status = 3 }, ADMIN("identify namespace", IDENTIFY, 3, 0, name_space)

static void format_keeps_the_format_and_erases(void **state)
{
        static const struct {
                enum media_technique technique;
                uint32_t erase;
        } cases[] = { { MEDIA_NVME_FORMAT_ERASE, 1 }, { MEDIA_NVME_FORMAT_CRYPTO, 2 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expected_ioctl list[] = {
                        STATUS(never),
                        FLUSHED,
                        NAMESPACE,
                        { .what = "format",
                          .request = NVME_IOCTL_ADMIN_CMD,
                          .effect = disk_erases_all,
                          .nvme = { .opcode = FORMAT, .nsid = 3, .cdw10 = 2 | 1 << 4 | 1 << 5 | 1 << 8 | cases[i].erase << 9 } },
                        FLUSHED,
                };
                struct purge_result result;

                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), 0);
                assert_false(disk_holds_old_data());
        }
}

static void format_that_erases_nothing_is_found_out(void **state)
{
        struct expected_ioctl list[] = {
                STATUS(never),
                FLUSHED,
                NAMESPACE,
                { .what = "format",
                  .request = NVME_IOCTL_ADMIN_CMD,
                  .nvme = { .opcode = FORMAT, .nsid = 3, .cdw10 = 2 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 } },
                FLUSHED,
        };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_NVME_FORMAT_ERASE, &result), -EBADMSG);
        list[4].status = 0x4000 | 0x10a; /* invalid format */
        assert_int_equal(purge_by(list, 5, &facts, MEDIA_NVME_FORMAT_ERASE, &result), -EIO);
        assert_words(&result, "0x410a");
}

static void what_the_device_does_not_offer_is_not_sent(void **state)
{
        struct media_facts less = facts;
        struct purge_result result;

        less.techniques = MEDIA_TECHNIQUE_BIT(MEDIA_NVME_FORMAT_ERASE);
        expect_ioctls(NULL, 0);
        assert_int_equal(media_purge(disk.path, &less, MEDIA_NVME_SANITIZE_BLOCK, NULL, &result), -EOPNOTSUPP);
        assert_int_equal(media_purge(disk.path, &less, MEDIA_TECHNIQUE_NONE, NULL, &result), -EOPNOTSUPP);
        assert_words(&result, "does not offer");
        assert_int_equal(media_purge("/dev/does-not-exist", &facts, MEDIA_NVME_SANITIZE_BLOCK, NULL, &result), -ENOENT);
        assert_true(disk_holds_old_data());
}

static void facts_come_from_identify_and_logs(void **state)
{
        static uint8_t controller[4096] = "....S3RIAL              Example SSD 1TB                         FW01",
                       list_reply[4096] = { 1, [4] = 3 }, smart[512] = { 4, 0x36, 0x01, [5] = 17, [128] = 99, [160] = 5 };
        struct expected_ioctl list[] = {
                ADMIN("identify controller", IDENTIFY, 0, 1, controller),
                NAMESPACE,
                ADMIN("namespaces", IDENTIFY, 0, 2, list_reply),
                ADMIN("SMART", GET_LOG, ALL, SMART_LOG, smart),
                STATUS(third),
        };
        struct media_facts found = { .bus = MEDIA_NVME };

        controller[256] = 1 << 1;          /* OACS: Format NVM */
        controller[328] = 1 << 0 | 1 << 1; /* SANICAP: crypto, block */
        controller[524] = 1 << 1;          /* FNA: erases all */
        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_nvme_read(disk.fd, &found), 0);
        expect_no_more_ioctls();
        assert_string_equal(found.model, "Example SSD 1TB");
        assert_string_equal(found.serial, "S3RIAL");
        assert_string_equal(found.firmware, "FW01");
        assert_string_equal(found.wwid, "eui.0025380000000001");
        assert_int_equal(found.techniques, MEDIA_TECHNIQUE_BIT(MEDIA_NVME_SANITIZE_BLOCK) |
                                                   MEDIA_TECHNIQUE_BIT(MEDIA_NVME_SANITIZE_CRYPTO) |
                                                   MEDIA_TECHNIQUE_BIT(MEDIA_NVME_FORMAT_ERASE));
        assert_true(found.format_takes_all && found.sanitize_busy && !found.sanitize_failed);
        assert_int_equal(found.namespaces, 2);
        assert_true(found.health.known && found.health.failing);
        assert_int_equal(found.health.critical_warning, 4);
        assert_int_equal(found.health.percentage_used, 17);
        assert_int_equal(found.health.media_errors, 5);
        assert_int_equal(found.health.power_on_hours, 99);
        assert_int_equal(found.health.temperature_celsius, 0x136 - 273);
}

/* After a failed sanitize of old: the device refuses writes until one succeeds. Here it loses its bytes behind our back, too. */
static void a_device_in_failure_mode_is_mended_first(void **state)
{
        struct media_facts broken = facts;
        struct expected_ioctl list[] = { STATUS(failed), START(BLOCK_ERASE), FINISHED(disk_erases_all) };
        struct purge_result result;

        broken.sanitize_failed = true;
        broken.size_bytes = 4096; /* no room for markers: stands for a device that keeps none */
        assert_int_equal(PURGE(list, &broken, MEDIA_NVME_SANITIZE_BLOCK, &result), -EINVAL);
        assert_words(&result, "no purge could be proven");
        assert_false(disk_holds_old_data());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(sanitize_is_followed_to_its_end, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(claimed_success_without_erasing_is_found_out, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(one_block_left_is_found_out, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(a_place_that_cannot_be_read_is_not_proven, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(failed_sanitize_stays_failed, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(refused_sanitize_erases_nothing_and_says_so, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(sanitize_of_an_earlier_attempt_is_waited_for, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(no_progress_for_hours_is_an_error, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(a_device_that_is_away_for_a_moment_is_waited_for, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(a_device_that_is_gone_is_given_up, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(format_keeps_the_format_and_erases, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(format_that_erases_nothing_is_found_out, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(what_the_device_does_not_offer_is_not_sent, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(facts_come_from_identify_and_logs, disk_set_up, disk_tear_down),
                cmocka_unit_test_setup_teardown(a_device_in_failure_mode_is_mended_first, disk_set_up, disk_tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
