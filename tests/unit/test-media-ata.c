/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ATA: every technique, frozen and locked disks, the way back from a half-done secure erase, hidden areas. The CDBs are written
 * out by hand, after SAT-3 and ACS-3. */
#include "tests/unit/media-fixture.h"

#include "linux/media/media-ata-hidden.h"
#include "linux/media/media-ata.h"
#include <errno.h>
#include <scsi/sg.h>

static struct media_facts facts;

/* IDENTIFY DEVICE, put together anew for each test */
static uint8_t identity[512];

static void set_word(uint8_t *data, size_t index, uint16_t value)
{
        store_le16(data + 2 * index, value);
}

static void set_text(size_t index, size_t words, const char *text)
{
        for (size_t i = 0; i < 2 * words; i++)
                identity[2 * index + (i ^ 1)] = (uint8_t)(i < strlen(text) ? text[i] : ' ');
}

static void seal(uint8_t *data)
{
        uint8_t sum = 0;

        data[510] = 0xa5;
        data[511] = 0;
        for (size_t i = 0; i < 511; i++)
                sum = (uint8_t)(sum + data[i]);
        data[511] = (uint8_t)-sum;
}

/* A magnetic disk with everything: SMART, security (enhanced), HPA, DCO, LBA48, sanitize (all three). */
static void identity_set(uint16_t security, uint64_t sectors)
{
        memset(identity, 0, sizeof(identity));
        set_word(identity, 0, 0x0040);
        set_text(10, 10, "      WD-WX1234567");
        set_text(23, 4, "80.00A80");
        set_text(27, 20, "WDC WD10EZEX-00BN5A0");
        set_word(identity, 59, 0xf000);
        store_le32(identity + 120, 0x0fffffff);
        set_word(identity, 82, 1 << 0 | 1 << 1 | 1 << 10);
        set_word(identity, 83, 0x4000 | 1 << 10 | 1 << 11);
        set_word(identity, 89, 60);          /* 2 hours */
        set_word(identity, 90, 0x8000 | 90); /* 3 hours, long form */
        store_le64(identity + 200, sectors);
        set_word(identity, 108, 0x5001);
        set_word(identity, 109, 0x4ee2);
        set_word(identity, 110, 0x0abc);
        set_word(identity, 111, 0xdef0);
        set_word(identity, 128, security);
        set_word(identity, 217, 7200);
        seal(identity);
}
#define SECURITY_OPEN    0x0021
#define SECURITY_ENABLED 0x0023
#define SECURITY_LOCKED  0x0027
#define SECURITY_FROZEN  0x0029

static int set_up(void **state)
{
        identity_set(SECURITY_OPEN, DISK_BYTES / 512);
        facts = (struct media_facts){ .bus = MEDIA_ATA,
                                      .size_bytes = DISK_BYTES,
                                      .logical_sector = 512,
                                      .techniques = UINT32_MAX & ~1u,
                                      .security = {
                                              .supported = true, .enhanced = true, .minutes = 120, .enhanced_minutes = 180 } };
        return disk_set_up(state);
}

/* Sense data with the registers, descriptor format. Each call gives another buffer. */
static const uint8_t *registers(uint8_t status, uint8_t error, uint16_t count, uint64_t lba)
{
        static uint8_t buffers[32][22];
        static unsigned next;
        uint8_t *at = buffers[next++ % 32];
        const uint8_t sense[22] = { 0x72,
                                    0x01,
                                    0x00,
                                    0x1d,
                                    0,
                                    0,
                                    0,
                                    14,
                                    0x09,
                                    12,
                                    1,
                                    error,
                                    (uint8_t)(count >> 8),
                                    (uint8_t)count,
                                    (uint8_t)(lba >> 24),
                                    (uint8_t)lba,
                                    (uint8_t)(lba >> 32),
                                    (uint8_t)(lba >> 8),
                                    (uint8_t)(lba >> 40),
                                    (uint8_t)(lba >> 16),
                                    0x40,
                                    status };

        memcpy(at, sense, sizeof(sense));
        return at;
}

#define GOOD    0x50
#define ABORTED 0x51, 0x04

static const uint8_t cdb_identify[16] = { 0x85, 0x08, 0x0e, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0xec };
static const uint8_t cdb_status[16] = { 0x85, 0x07, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0xb4 };
static const uint8_t cdb_clear[16] = { 0x85, 0x07, 0x20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0xb4 };
static const uint8_t cdb_block[16] = { 0x85, 0x07, 0x20, 0, 0x12, 0, 0x10, 0x42, 0x72, 0, 0x45, 0, 0x6b, 0x40, 0xb4 };
static const uint8_t cdb_crypto[16] = { 0x85, 0x07, 0x20, 0, 0x11, 0, 0x10, 0x43, 0x70, 0, 0x79, 0, 0x72, 0x40, 0xb4 };
static const uint8_t cdb_overwrite[16] = { 0x85, 0x07, 0x20, 0, 0x14, 0, 0x11, 0, 0, 0x57, 0, 0x4f, 0, 0x40, 0xb4 };
static const uint8_t cdb_set_password[16] = { 0x85, 0x0a, 0x26, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0xf1 };
static const uint8_t cdb_unlock[16] = { 0x85, 0x0a, 0x26, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0xf2 };
static const uint8_t cdb_prepare[16] = { 0x85, 0x06, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0xf3 };
static const uint8_t cdb_erase[16] = { 0x85, 0x0a, 0x26, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0xf4 };
static const uint8_t cdb_disable[16] = { 0x85, 0x0a, 0x26, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0xf6 };
static const uint8_t cdb_native[16] = { 0x85, 0x07, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x27 };
static const uint8_t cdb_set_max[16] = { 0x85, 0x07, 0x20, 0, 0, 0, 1, 0, 0xff, 0, 0xff, 0, 0x1f, 0x40, 0x37 }; /* LBA 1fffff */
static const uint8_t cdb_dco_identify[16] = { 0x85, 0x08, 0x0e, 0, 0xc2, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0xb1 };
static const uint8_t cdb_dco_restore[16] = { 0x85, 0x06, 0x20, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0xb1 };
static const uint8_t cdb_look_ahead[16] = { 0x85, 0x06, 0x20, 0, 0xaa, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0xef };
static const uint8_t cdb_smart_data[16] = { 0x85, 0x08, 0x0e, 0, 0xd0, 0, 1, 0, 0, 0, 0x4f, 0, 0xc2, 0x40, 0xb0 };
static const uint8_t cdb_smart_status[16] = { 0x85, 0x06, 0x20, 0, 0xda, 0, 0, 0, 0, 0, 0x4f, 0, 0xc2, 0x40, 0xb0 };

#define ATA(words, which, ...)                                                                                                   \
        {                                                                                                                        \
                .what = words, .request = SG_IO, .cdb = which, .cdb_size = 16, .sense = registers(__VA_ARGS__), .sense_size = 22 \
        }
#define IDENTIFY                                                                                                                \
        {                                                                                                                       \
                .what = "identify", .request = SG_IO, .cdb = cdb_identify, .cdb_size = 16, .reply = identity, .reply_size = 512 \
        }
#define SANITIZING(progress) ATA("sanitize status", cdb_status, GOOD, 0, 0x4000, progress)
#define SANITIZED            ATA("sanitize status", cdb_status, GOOD, 0, 0x8000, 0xffff)
#define SANITIZE_FAILED      ATA("sanitize status", cdb_status, ABORTED, 0, 1)

static void sanitize_is_followed_to_its_end(void **state)
{
        static const struct {
                enum media_technique technique;
                const uint8_t *cdb;
        } cases[] = { { MEDIA_ATA_SANITIZE_BLOCK, cdb_block },
                      { MEDIA_ATA_SANITIZE_CRYPTO, cdb_crypto },
                      { MEDIA_ATA_SANITIZE_OVERWRITE, cdb_overwrite } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expected_ioctl list[] = { FLUSHED,
                                                 ATA("sanitize", cases[i].cdb, GOOD, 0, 0x4000, 0),
                                                 SANITIZING(0x1000),
                                                 SANITIZING(0x9000),
                                                 SANITIZED,
                                                 FLUSHED };
                struct purge_result result;

                list[4].effect = disk_erases_all;
                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), 0);
                assert_int_equal(result.markers.gone, result.markers.written);
                assert_false(disk_holds_old_data());
                list[4].effect = NULL; /* the same answers without the deed */
                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), -EBADMSG);
        }
}

static void failed_sanitize_stays_failed(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, ATA("sanitize", cdb_block, GOOD, 0, 0x4000, 0), SANITIZING(1), SANITIZE_FAILED,
                                         ATA("clear failed", cdb_clear, GOOD, 0, 0, 0) };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SANITIZE_BLOCK, &result), -EIO);
        assert_words(&result, "takes writes again");
        assert_int_equal(result.device_status, 0x5104);
        list[4].sense = registers(ABORTED, 0, 1);
        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SANITIZE_BLOCK, &result), -EIO);
        assert_words(&result, "stays in failure mode");
}

static void frozen_sanitize_says_what_to_do(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, ATA("sanitize", cdb_block, ABORTED, 0, 3) };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SANITIZE_BLOCK, &result), -EPERM);
        assert_words(&result, "power-cycle");
        assert_true(disk_holds_old_data());
        list[1].sense = registers(ABORTED, 0, 2);
        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SANITIZE_BLOCK, &result), -EIO);
        assert_words(&result, "nothing was erased");
}

static void sanitize_of_an_earlier_attempt_is_waited_for(void **state)
{
        struct expected_ioctl list[] = { SANITIZING(0x8000), SANITIZED, FLUSHED, ATA("sanitize", cdb_block, GOOD, 0, 0x4000, 0),
                                         SANITIZED,          FLUSHED };
        struct purge_result result;

        facts.sanitize_busy = true;
        list[4].effect = disk_erases_all;
        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SANITIZE_BLOCK, &result), 0);
}

/* what is sent with a password: flags, then the password */
static const uint8_t with_password[34] = { 0, 0, 'c', 'l', 'e', 'a', 'n', 's', 'l', 'a', 't', 'e' };
static const uint8_t with_password_enhanced[34] = { 2, 0, 'c', 'l', 'e', 'a', 'n', 's', 'l', 'a', 't', 'e' };

#define SECURITY(words, which, data)                                                                          \
        {                                                                                                     \
                .what = words, .request = SG_IO, .cdb = which, .cdb_size = 16, .sent = data, .sent_size = 34, \
                .sense = registers(GOOD, 0, 0, 0), .sense_size = 22                                           \
        }

static void secure_erase_sets_a_password_and_ends_without_one(void **state)
{
        static const struct {
                enum media_technique technique;
                const uint8_t *sent;
                unsigned minutes;
        } cases[] = { { MEDIA_ATA_SECURE_ERASE_ENHANCED, with_password_enhanced, 180 },
                      { MEDIA_ATA_SECURE_ERASE, with_password, 120 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expected_ioctl list[] = { FLUSHED,
                                                 IDENTIFY,
                                                 SECURITY("set password", cdb_set_password, with_password),
                                                 ATA("prepare", cdb_prepare, GOOD, 0, 0, 0),
                                                 SECURITY("erase", cdb_erase, cases[i].sent),
                                                 IDENTIFY,
                                                 FLUSHED };
                struct purge_result result;

                list[4].effect = disk_erases_all;
                list[4].timeout_min_ms = cases[i].minutes * 60 * 1000;
                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), 0);
                list[4].effect = NULL;
                assert_int_equal(PURGE(list, &facts, cases[i].technique, &result), -EBADMSG);
        }
}

static void a_failed_secure_erase_takes_its_password_off(void **state)
{
        static uint8_t enabled[512];
        struct expected_ioctl list[] = { FLUSHED,
                                         IDENTIFY,
                                         SECURITY("set password", cdb_set_password, with_password),
                                         ATA("prepare", cdb_prepare, GOOD, 0, 0, 0),
                                         ATA("erase", cdb_erase, ABORTED, 0, 0),
                                         IDENTIFY,
                                         SECURITY("disable", cdb_disable, with_password) };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SECURE_ERASE, &result), -EIO);
        assert_words(&result, "taken off again");
        assert_int_equal(result.device_status, 0x5104);

        list[6].sense = registers(ABORTED, 0, 0);
        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SECURE_ERASE, &result), -EIO);
        assert_words(&result, "keeps the user password \"cleanslate\"");

        /* it says that it erased, and is locked all the same */
        identity_set(SECURITY_LOCKED, DISK_BYTES / 512);
        memcpy(enabled, identity, sizeof(enabled));
        identity_set(SECURITY_OPEN, DISK_BYTES / 512);
        struct expected_ioctl locked[] = { FLUSHED,
                                           IDENTIFY,
                                           SECURITY("set password", cdb_set_password, with_password),
                                           ATA("prepare", cdb_prepare, GOOD, 0, 0, 0),
                                           SECURITY("erase", cdb_erase, with_password),
                                           IDENTIFY,
                                           IDENTIFY,
                                           SECURITY("unlock", cdb_unlock, with_password),
                                           SECURITY("disable", cdb_disable, with_password) };
        locked[5].reply = locked[6].reply = enabled;
        assert_int_equal(PURGE(locked, &facts, MEDIA_ATA_SECURE_ERASE, &result), -EIO);
}

static void prepare_that_fails_takes_the_password_off(void **state)
{
        struct expected_ioctl list[] = { FLUSHED,
                                         IDENTIFY,
                                         SECURITY("set password", cdb_set_password, with_password),
                                         ATA("prepare", cdb_prepare, ABORTED, 0, 0),
                                         IDENTIFY,
                                         SECURITY("disable", cdb_disable, with_password) };
        struct purge_result result;

        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SECURE_ERASE, &result), -EIO);
        assert_true(disk_holds_old_data());
}

static void frozen_and_locked_disks_get_no_password(void **state)
{
        struct expected_ioctl list[] = { FLUSHED, IDENTIFY };
        struct purge_result result;

        identity_set(SECURITY_FROZEN, DISK_BYTES / 512);
        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SECURE_ERASE_ENHANCED, &result), -EPERM);
        assert_words(&result, "frozen by the firmware: suspend and resume");
        identity_set(SECURITY_LOCKED, DISK_BYTES / 512);
        assert_int_equal(PURGE(list, &facts, MEDIA_ATA_SECURE_ERASE_ENHANCED, &result), -EACCES);
        assert_words(&result, "locked");
        assert_true(disk_holds_old_data());
}

static void our_own_password_is_taken_off_a_strangers_is_not(void **state)
{
        struct expected_ioctl own[] = { IDENTIFY, SECURITY("unlock", cdb_unlock, with_password),
                                        SECURITY("disable", cdb_disable, with_password) };
        struct expected_ioctl other[] = { IDENTIFY, ATA("unlock", cdb_unlock, ABORTED, 0, 0) };

        identity_set(SECURITY_LOCKED, DISK_BYTES / 512);
        expect_ioctls(own, ARRAY_SIZE(own));
        assert_int_equal(media_unlock_own(disk.path), 0);
        expect_no_more_ioctls();
        expect_ioctls(other, ARRAY_SIZE(other));
        assert_int_equal(media_unlock_own(disk.path), -EACCES);
        expect_no_more_ioctls();
}

/* 4 MiB of visible sectors, 1 GiB native, 2 GiB as it left the factory */
static uint8_t configuration[512];
#define NATIVE ATA("native max", cdb_native, GOOD, 0, 0, 0x1fffff)
#define FACTORY                                                                                                             \
        {                                                                                                                   \
                .what = "configuration", .request = SG_IO, .cdb = cdb_dco_identify, .cdb_size = 16, .reply = configuration, \
                .reply_size = 512                                                                                           \
        }

static void configuration_set(uint64_t sectors)
{
        memset(configuration, 0, sizeof(configuration));
        set_word(configuration, 0, 2);
        store_le64(configuration + 6, sectors - 1);
        seal(configuration);
}

static void facts_come_from_identify_smart_and_hidden_areas(void **state)
{
        static uint8_t smart[512] = { 0x10,
                                      0,
                                      5,
                                      0,
                                      0,
                                      100,
                                      100,
                                      8,
                                      [14] = 9,
                                      [14 + 5] = 0x10,
                                      [14 + 6] = 0x27,
                                      [26] = 197,
                                      [26 + 5] = 3,
                                      [38] = 198,
                                      [38 + 5] = 4,
                                      [50] = 194,
                                      [50 + 5] = 41 };
        struct expected_ioctl list[] = { IDENTIFY,
                                         { .what = "SMART data",
                                           .request = SG_IO,
                                           .cdb = cdb_smart_data,
                                           .cdb_size = 16,
                                           .reply = smart,
                                           .reply_size = 512 },
                                         ATA("SMART status", cdb_smart_status, GOOD, 0, 0, 0x2cf400),
                                         SANITIZING(7),
                                         NATIVE,
                                         FACTORY };
        struct media_facts found = { .bus = MEDIA_ATA };

        smart[511] = 0;
        uint8_t sum = 0;
        for (size_t i = 0; i < 511; i++)
                sum = (uint8_t)(sum + smart[i]);
        smart[511] = (uint8_t)-sum;
        configuration_set(0x400000);
        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_ata_read(disk.fd, &found), 0);
        expect_no_more_ioctls();
        assert_string_equal(found.model, "WDC WD10EZEX-00BN5A0");
        assert_string_equal(found.serial, "WD-WX1234567");
        assert_string_equal(found.firmware, "80.00A80");
        assert_string_equal(found.wwid, "naa.50014ee20abcdef0");
        assert_true(found.rotational && found.sanitize_busy && !found.sanitize_frozen);
        assert_true(found.security.supported && found.security.enhanced && !found.security.frozen && !found.security.locked);
        assert_int_equal(found.security.minutes, 120);
        assert_int_equal(found.security.enhanced_minutes, 180);
        assert_true(found.hpa.known && found.dco.known);
        assert_int_equal(found.hpa.bytes, UINT64_C(0x200000) * 512 - DISK_BYTES);
        assert_int_equal(found.dco.bytes, UINT64_C(0x200000) * 512);
        assert_true(found.health.known && found.health.failing);
        assert_int_equal(found.health.reallocated, 8);
        assert_int_equal(found.health.power_on_hours, 10000);
        assert_int_equal(found.health.pending, 3);
        assert_int_equal(found.health.media_errors, 4);
        assert_int_equal(found.health.temperature_celsius, 41);
        for (unsigned technique = MEDIA_ATA_SANITIZE_BLOCK; technique <= MEDIA_ATA_SECURE_ERASE; technique++)
                assert_true(media_offers(&found, (enum media_technique)technique));
}

static void hidden_areas_are_opened_for_good(void **state)
{
        static uint8_t all[512];
        static uint8_t open_configuration[512];
        uint64_t size = 77;

        configuration_set(0x200000);
        memcpy(open_configuration, configuration, sizeof(configuration));
        configuration_set(0x400000);
        identity_set(SECURITY_OPEN, 0x200000);
        memcpy(all, identity, sizeof(all));
        identity_set(SECURITY_OPEN, DISK_BYTES / 512);
        struct expected_ioctl list[] = { IDENTIFY,
                                         NATIVE,
                                         ATA("set max", cdb_set_max, GOOD, 0, 0, 0x1fffff),
                                         FACTORY,
                                         ATA("restore", cdb_dco_restore, GOOD, 0, 0, 0),
                                         ATA("look ahead", cdb_look_ahead, GOOD, 0, 0, 0),
                                         IDENTIFY,
                                         NATIVE,
                                         FACTORY };

        list[6].reply = all;
        list[8].reply = open_configuration;
        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_ata_unhide(disk.fd, &size), 0);
        expect_no_more_ioctls();
        assert_int_equal(size, UINT64_C(0x200000) * 512);

        /* the overlay is still there: the device wants a power cycle */
        list[8].reply = configuration;
        size = 77;
        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_ata_unhide(disk.fd, &size), -EAGAIN);
        expect_no_more_ioctls();
        assert_int_equal(size, 77);
}

static void frozen_hidden_areas_are_an_error(void **state)
{
        uint64_t size = 77;
        struct expected_ioctl hpa[] = { IDENTIFY, NATIVE, ATA("set max", cdb_set_max, ABORTED, 0, 0) };
        struct expected_ioctl dco[] = { IDENTIFY, NATIVE, ATA("set max", cdb_set_max, GOOD, 0, 0, 0x1fffff), FACTORY,
                                        ATA("restore", cdb_dco_restore, ABORTED, 0, 0) };

        configuration_set(0x400000);
        expect_ioctls(hpa, ARRAY_SIZE(hpa));
        assert_int_equal(media_ata_unhide(disk.fd, &size), -EPERM);
        expect_no_more_ioctls();
        expect_ioctls(dco, ARRAY_SIZE(dco));
        assert_int_equal(media_ata_unhide(disk.fd, &size), -EPERM);
        expect_no_more_ioctls();
        assert_int_equal(size, 77);
}

static void a_bridge_that_knows_no_ata_is_no_ata_disk(void **state)
{
        static const uint8_t illegal[18] = { 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0 };
        struct expected_ioctl list[] = { { .what = "identify",
                                           .request = SG_IO,
                                           .cdb = cdb_identify,
                                           .cdb_size = 16,
                                           .sense = illegal,
                                           .sense_size = sizeof(illegal) } };
        struct media_facts found = { .bus = MEDIA_SCSI };

        expect_ioctls(list, ARRAY_SIZE(list));
        assert_int_equal(media_ata_read(disk.fd, &found), -EOPNOTSUPP);
        expect_no_more_ioctls();
        assert_int_equal(found.techniques, 0);
}

#define ON_A_DISK(test) cmocka_unit_test_setup_teardown(test, set_up, disk_tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_A_DISK(sanitize_is_followed_to_its_end),
                ON_A_DISK(failed_sanitize_stays_failed),
                ON_A_DISK(frozen_sanitize_says_what_to_do),
                ON_A_DISK(sanitize_of_an_earlier_attempt_is_waited_for),
                ON_A_DISK(secure_erase_sets_a_password_and_ends_without_one),
                ON_A_DISK(a_failed_secure_erase_takes_its_password_off),
                ON_A_DISK(prepare_that_fails_takes_the_password_off),
                ON_A_DISK(frozen_and_locked_disks_get_no_password),
                ON_A_DISK(our_own_password_is_taken_off_a_strangers_is_not),
                ON_A_DISK(facts_come_from_identify_smart_and_hidden_areas),
                ON_A_DISK(hidden_areas_are_opened_for_good),
                ON_A_DISK(frozen_hidden_areas_are_an_error),
                ON_A_DISK(a_bridge_that_knows_no_ata_is_no_ata_disk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
