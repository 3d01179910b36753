/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCSI: sanitize with its progress and every end, identity and health. The CDBs are written out by hand, after SBC-4 and SPC-5.
 */
#include "tests/unit/media-fixture.h"

#include <errno.h>
#include <scsi/sg.h>

static const struct media_facts facts = {
        .bus = MEDIA_SCSI, .size_bytes = DISK_BYTES, .logical_sector = 512, .techniques = UINT32_MAX & ~1u
};

static const uint8_t cdb_block[10] = { 0x48, 0xa2 }, cdb_crypto[10] = { 0x48, 0xa3 }, cdb_overwrite[10] = { 0x48, 0xa1, [8] = 8 },
                     cdb_exit[10] = { 0x48, 0x1f }, cdb_sense[6] = { 0x03, 0, 0, 0, 252 }, cdb_ready[6] = { 0 };
static const uint8_t overwrite_parameters[8] = { 1, 0, 0, 4 };

/* what REQUEST SENSE answers, and what comes with a check condition */
static const uint8_t idle[18] = { 0x70, 0, 0, 0, 0, 0, 0, 10 },
                     third[18] = { 0x70, 0, 2, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x04, 0x1b, 0, 0x80, 0x55, 0x55 },
                     most_by_descriptor[16] = { 0x72, 2, 0x04, 0x1b, 0, 0, 0, 8, 0x02, 6, 0, 0, 0x80, 0xf0, 0x00 },
                     failed[18] = { 0x70, 0, 3, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x31, 0x03 },
                     illegal[18] = { 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0 },
                     attention[18] = { 0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x29, 0 };

#define SEND(words, which)                                                               \
        {                                                                                \
                .what = words, .request = SG_IO, .cdb = which, .cdb_size = sizeof(which) \
        }
#define FAIL(words, which, why)                                                                         \
        {                                                                                               \
                .what = words, .request = SG_IO, .cdb = which, .cdb_size = sizeof(which), .sense = why, \
                .sense_size = sizeof(why)                                                               \
        }
#define SENSE(answer)                                                                                        \
        {                                                                                                    \
                .what = "request sense", .request = SG_IO, .cdb = cdb_sense, .cdb_size = 6, .reply = answer, \
                .reply_size = sizeof(answer)                                                                 \
        }

static void sanitize_is_followed_to_its_end(void **state)
{
        static const struct {
                enum media_technique technique;
                const uint8_t *cdb;
        } cases[] = { { MEDIA_SCSI_SANITIZE_BLOCK, cdb_block },
                      { MEDIA_SCSI_SANITIZE_CRYPTO, cdb_crypto },
                      { MEDIA_SCSI_SANITIZE_OVERWRITE, cdb_overwrite } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expected_ioctl list[] = { FLUSHED,      SEND("sanitize", cdb_block),
                                                 SENSE(third), SENSE(most_by_descriptor),
                                                 SENSE(idle),  SEND("ready", cdb_ready),
                                                 FLUSHED };
                struct purge_result result;

                list[1].cdb = cases[i].cdb;
                if (cases[i].cdb == cdb_overwrite) {
                        list[1].sent = overwrite_parameters;
                        list[1].sent_size = sizeof(overwrite_parameters);
                }
                list[5].effect = disk_erases_all;
                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), 0);
                assert_false(disk_holds_old_data());
                list[5].effect = NULL;
                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), -EBADMSG);
        }
}

static void failed_sanitize_stays_failed(void **state)
{
        struct expected_ioctl list[] = { FLUSHED,     SEND("sanitize", cdb_block),      SENSE(third),
                                         SENSE(idle), FAIL("ready", cdb_ready, failed), SEND("exit failure mode", cdb_exit) };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_SCSI_SANITIZE_BLOCK, &result), -EIO);
        assert_int_equal(result.device_status, 0x33103);
        assert_words(&result, "takes writes again");
        list[5].sense = failed;
        list[5].sense_size = sizeof(failed);
        assert_int_equal(PURGE(list, &facts, MEDIA_SCSI_SANITIZE_BLOCK, &result), -EIO);
        assert_words(&result, "stays in failure mode");
}

static void refused_sanitize_erases_nothing_and_says_so(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, FAIL("sanitize", cdb_block, illegal) };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_SCSI_SANITIZE_BLOCK, &result), -EOPNOTSUPP);
        assert_words(&result, "0x52000");
        assert_true(disk_holds_old_data());
}

static void a_unit_attention_is_no_answer(void **state)
{
        struct expected_ioctl list[] = {
                FLUSHED,     FAIL("sanitize", cdb_block, attention), SEND("sanitize again", cdb_block), SENSE(third),
                SENSE(idle), FAIL("ready", cdb_ready, attention),    SEND("ready", cdb_ready),          FLUSHED
        };
        struct purge_result result;

        list[6].effect = disk_erases_all;
        assert_int_equal(PURGE(list, &facts, MEDIA_SCSI_SANITIZE_BLOCK, &result), 0);
}

static void a_device_that_never_ends_is_given_up(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, SEND("sanitize", cdb_block), SENSE(third) };
        struct purge_result result;

        list[2].any_number = true;
        assert_int_equal(PURGE(list, &facts, MEDIA_SCSI_SANITIZE_BLOCK, &result), -ETIMEDOUT);
}

static void facts_come_from_inquiry_pages_and_logs(void **state)
{
        static const uint8_t inquiry[36] = "\0\0\6\2\x1f\0\0\0SEAGATE ST4000NM0023    0004";
        static const uint8_t serial[12] = { 0, 0x80, 0, 8, 'Z', '1', 'Z', '2', 'A', 'B', 'C', ' ' };
        static const uint8_t identifiers[32] = { 0,    0x83, 0,    32, 0x01, 0x93, 0,    8,
                                                 0x50, 0,    0xc5, 0,  9,    9,    9,    9, /* a port's: not ours */
                                                 0x02, 0x01, 0,    4,  'S',  'E',  'A',  'G',
                                                 0x01, 0x03, 0,    8,  0x50, 0,    0xc5, 0 };
        static const uint8_t identifiers_tail[4] = { 0x5a, 0x11, 0x22, 0x33 };
        static uint8_t page83[36];
        static const uint8_t rotation[8] = { 0, 0xb1, 0, 0x3c, 0x1c, 0x20 };
        static const uint8_t yes[4] = { 0, 3 }, no[4] = { 0, 1 };
        static const uint8_t exceptions[11] = { 0x2f, 0, 0, 7, 0, 0, 3, 3, 0x5d, 0x10, 30 };
        static const uint8_t worn[12] = { 0x11, 0, 0, 8, 0, 1, 3, 4, 0, 0, 0, 12 };
        static const uint8_t errors[20] = { 0x03, 0, 0, 16, 0, 5, 3, 4, 0, 0, 0, 1, 0, 6, 3, 4, 0, 0, 1, 2 };
        static const uint8_t temperature[10] = { 0x0d, 0, 0, 6, 0, 0, 3, 2, 0, 33 };
        static const uint8_t cdbs[][12] = {
                { 0x12, 0, 0, 2, 0 },
                { 0x12, 1, 0x80, 2, 0 },
                { 0x12, 1, 0x83, 2, 0 },
                { 0x12, 1, 0xb1, 2, 0 },
                { 0xa3, 0x0c, 2, 0x48, 0, 2, 0, 0, 2, 0 },
                { 0xa3, 0x0c, 2, 0x48, 0, 3, 0, 0, 2, 0 },
                { 0xa3, 0x0c, 2, 0x48, 0, 1, 0, 0, 2, 0 },
                { 0x4d, 0, 0x6f, 0, 0, 0, 0, 2, 0 },
                { 0x4d, 0, 0x51, 0, 0, 0, 0, 2, 0 },
                { 0x4d, 0, 0x43, 0, 0, 0, 0, 2, 0 },
                { 0x4d, 0, 0x4d, 0, 0, 0, 0, 2, 0 },
        };
#define ASK(words, n, bytes, answer)                                                                 \
        {                                                                                            \
                .what = words, .request = SG_IO, .cdb = cdbs[n], .cdb_size = bytes, .reply = answer, \
                .reply_size = sizeof(answer)                                                         \
        }
        struct expected_ioctl list[] = { ASK("inquiry", 0, 6, inquiry),           ASK("serial", 1, 6, serial),
                                         ASK("identifiers", 2, 6, page83),        ASK("characteristics", 3, 6, rotation),
                                         ASK("block erase?", 4, 12, no),          ASK("crypto?", 5, 12, yes),
                                         ASK("overwrite?", 6, 12, yes),           ASK("exceptions", 7, 10, exceptions),
                                         ASK("endurance", 8, 10, worn),           ASK("errors", 9, 10, errors),
                                         ASK("temperature", 10, 10, temperature), SENSE(third) };
        struct media_facts found = { .bus = MEDIA_SCSI, .removable = true /* as sysfs knows of USB: no inquiry takes it back */ };

        memcpy(page83, identifiers, sizeof(identifiers));
        memcpy(page83 + sizeof(identifiers), identifiers_tail, sizeof(identifiers_tail));
        page83[3] = 32;
        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_scsi_read(disk.fd, &found), 0);
        expect_no_more_ioctls();
        assert_string_equal(found.model, "SEAGATE ST4000NM0023");
        assert_string_equal(found.firmware, "0004");
        assert_string_equal(found.serial, "Z1Z2ABC");
        assert_string_equal(found.wwid, "naa.5000c5005a112233");
        assert_true(found.rotational && found.removable && found.sanitize_busy);
        assert_int_equal(found.techniques,
                         MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_CRYPTO) | MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_OVERWRITE));
        assert_true(found.health.known && found.health.failing && found.health.worn_known);
        assert_int_equal(found.health.percentage_used, 12);
        assert_int_equal(found.health.media_errors, 0x102);
        assert_int_equal(found.health.temperature_celsius, 33);
}

#define ON_A_DISK(test) cmocka_unit_test_setup_teardown(test, disk_set_up, disk_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_A_DISK(sanitize_is_followed_to_its_end),
                ON_A_DISK(failed_sanitize_stays_failed),
                ON_A_DISK(refused_sanitize_erases_nothing_and_says_so),
                ON_A_DISK(a_unit_attention_is_no_answer),
                ON_A_DISK(a_device_that_never_ends_is_given_up),
                ON_A_DISK(facts_come_from_inquiry_pages_and_logs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
