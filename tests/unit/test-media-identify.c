/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices' replies: cut short at every length, damaged, or saying what cannot be. (What good ones give is in the adapters'
 * tests.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/media/ata-identify.h"
#include "common/media/media-json.h"
#include "common/media/mmc-ext-csd.h"
#include "common/media/nvme-identify.h"
#include "common/media/scsi-vpd.h"

/* A copy with nothing behind it, so that the sanitizer sees a read too far. */
static void *cut(const void *data, size_t size)
{
        void *copy = malloc(size > 0 ? size : 1);

        assert_non_null(copy);
        memcpy(copy, data, size);
        return copy;
}

static void short_replies_of_fixed_size_are_refused(void **state)
{
        static const uint8_t zeros[4096];

        for (size_t size = 0; size < 4096; size += size < 600 ? 1 : 97) {
                void *data = cut(zeros, size);
                struct media_facts facts = { .namespaces = 77 };
                struct nvme_namespace name_space;
                struct nvme_sanitize_status sanitize;
                struct ata_abilities ata;
                struct mmc_abilities mmc;
                struct media_health health;
                uint32_t count;
                uint64_t sectors;

                assert_int_equal(nvme_controller_parse(data, size, &facts), ERR_TRUNCATED);
                assert_int_equal(nvme_namespace_parse(data, size, &name_space, &facts), ERR_TRUNCATED);
                assert_int_equal(nvme_namespace_count(data, size, &count), ERR_TRUNCATED);
                if (size < 512) {
                        assert_int_equal(nvme_smart_parse(data, size, &health), ERR_TRUNCATED);
                        assert_int_equal(nvme_sanitize_parse(data, size, &sanitize), ERR_TRUNCATED);
                        assert_int_equal(ata_identify_parse(data, size, &facts, &ata), ERR_TRUNCATED);
                        assert_int_equal(ata_configuration_sectors(data, size, &sectors), ERR_TRUNCATED);
                        assert_int_equal(ata_smart_parse(data, size, &health), ERR_TRUNCATED);
                        assert_int_equal(mmc_ext_csd_parse(data, size, &facts, &mmc), ERR_TRUNCATED);
                }
                assert_int_equal(facts.namespaces, 77);
                free(data);
        }
}

static void impossible_namespaces_are_refused(void **state)
{
        static const struct {
                uint8_t formats, in_use, shift;
                uint8_t blocks_top; /* byte 7 of NSZE */
                enum err err;
        } cases[] = { { 0, 0, 9, 0, ERR_OK },     { 0, 0, 12, 0, ERR_OK },
                      { 0, 0, 8, 0, ERR_RANGE },  { 0, 0, 17, 0, ERR_RANGE },
                      { 0, 0, 63, 0, ERR_RANGE }, { 0, 1, 9, 0, ERR_RANGE },
                      { 0, 0, 9, 1, ERR_RANGE },  { 63, 0x6f, 9, 0, ERR_RANGE /* format 63 has no size */ } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t data[4096] = { [0] = 8,
                                       [7] = cases[i].blocks_top,
                                       [25] = cases[i].formats,
                                       [26] = cases[i].in_use,
                                       [130] = cases[i].shift };
                struct nvme_namespace found = { .format = 77 };
                struct media_facts facts = { 0 };

                assert_int_equal(nvme_namespace_parse(data, sizeof(data), &found, &facts), cases[i].err);
                if (cases[i].err == ERR_OK)
                        assert_int_equal(found.size_bytes, UINT64_C(8) << cases[i].shift);
                else
                        assert_int_equal(found.format, 77);
        }
}

static void numbers_beyond_64_bits_saturate(void **state)
{
        uint8_t data[512] = { [128 + 9] = 1, [160] = 7 };
        struct media_health health;

        assert_int_equal(nvme_smart_parse(data, sizeof(data), &health), ERR_OK);
        assert_true(health.power_on_hours == UINT64_MAX && health.media_errors == 7);
        assert_int_equal(health.temperature_celsius, INT16_MIN);
}

static void damaged_ata_replies_are_refused(void **state)
{
        uint8_t data[512] = { [510] = 0xa5, [511] = 0x5b };
        struct media_facts facts = { .namespaces = 77 };
        struct ata_abilities abilities;
        uint64_t sectors;

        assert_int_equal(ata_identify_parse(data, sizeof(data), &facts, &abilities), ERR_OK);
        assert_int_equal(facts.techniques, 0);
        for (size_t i = 0; i < 510; i++) {
                data[i] ^= 1;
                assert_int_equal(ata_identify_parse(data, sizeof(data), &facts, &abilities), ERR_CHECKSUM);
                assert_int_equal(ata_configuration_sectors(data, sizeof(data), &sectors), ERR_CHECKSUM);
                data[i] ^= 1;
        }
        memset(data, 0, sizeof(data)); /* without the signature, no checksum */
        data[1] = 0x80;
        assert_int_equal(ata_identify_parse(data, sizeof(data), &facts, &abilities), ERR_SYNTAX);
        memset(data, 0xff, 14);
        assert_int_equal(ata_configuration_sectors(data, sizeof(data), &sectors), ERR_RANGE);
}

static void sanitize_status_of_ata_is_understood(void **state)
{
        static const struct {
                struct ata_registers registers;
                enum err err;
                enum ata_sanitize_state state;
                uint16_t progress;
                bool frozen;
        } cases[] = {
                { { .status = 0x50 }, ERR_OK, ATA_SANITIZE_IDLE, 0, false },
                { { .status = 0x50, .count = 0x8000 }, ERR_OK, ATA_SANITIZE_DONE, 0, false },
                { { .status = 0x50, .count = 0x4000, .lba = 0x12345678 }, ERR_OK, ATA_SANITIZE_RUNNING, 0x5678, false },
                { { .status = 0x50, .count = 0x2000 }, ERR_OK, ATA_SANITIZE_IDLE, 0, true },
                { { .status = 0x51, .error = 4, .lba = 1 }, ERR_OK, ATA_SANITIZE_FAILED, 0, false },
                { { .status = 0x51, .error = 4, .lba = 2 }, ERR_UNSUPPORTED, 0, 0, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct ata_sanitize_status status = { 0 };

                assert_int_equal(ata_sanitize_parse(&cases[i].registers, &status), cases[i].err);
                assert_int_equal(status.state, cases[i].state);
                assert_int_equal(status.progress, cases[i].progress);
                assert_int_equal(status.frozen, cases[i].frozen);
        }
}

static void registers_come_in_two_formats(void **state)
{
        static const uint8_t fixed[18] = { 0x70, 0, 1, 0x04, 0x51, 0x40, 0x02, 10, 0, 0x11, 0x22, 0x33, 0, 0x1d };
        static const uint8_t descriptor[22 + 4] = { 0x72, 1, 0, 0x1d, 0,    0, 0, 18, 0x80, 2, 0, 0,    0x09,
                                                    12,   1, 4, 0x12, 0x34, 4, 1, 5,  2,    6, 3, 0x40, 0x51 };
        struct ata_registers registers;

        assert_int_equal(ata_registers_parse(fixed, sizeof(fixed), &registers), ERR_OK);
        assert_true(registers.error == 4 && registers.status == 0x51 && registers.count == 2 && registers.lba == 0x332211);
        assert_int_equal(ata_registers_parse(descriptor, sizeof(descriptor), &registers), ERR_OK);
        assert_true(registers.error == 4 && registers.status == 0x51 && registers.count == 0x1234 &&
                    registers.lba == UINT64_C(0x060504030201));
        for (size_t size = 0; size < sizeof(descriptor); size++) {
                void *data = cut(descriptor, size);
                assert_int_not_equal(ata_registers_parse(data, size, &registers), ERR_OK);
                free(data);
        }
}

static void scsi_replies_never_lead_behind_their_end(void **state)
{
        static const uint8_t identifiers[16] = { 0, 0x83, 0, 12, 1, 3, 0, 8, 0x50, 0, 0xc5, 0, 1, 2, 3, 4 };
        static const uint8_t sense[18] = { 0x72, 2, 4, 0x1b, 0, 0, 0, 10, 2, 6, 0, 0, 0x80, 1, 2, 0, 1, 0 };
        static const uint8_t log[12] = { 0x11, 0, 0, 8, 0, 1, 3, 4, 0, 0, 0, 12 };

        for (size_t size = 0; size <= 18; size++) {
                char wwid[MEDIA_WWID_MAX] = "", serial[MEDIA_SERIAL_MAX] = "";
                struct media_facts facts = { 0 };
                struct scsi_sense found = { 0 };
                struct bytes field = { 0 };
                bool flag;
                void *data = cut(identifiers, size < 16 ? size : 16);

                assert_int_equal(scsi_identifier_parse(data, size < 16 ? size : 16, wwid) == ERR_OK, size >= 16);
                assert_int_equal(scsi_serial_parse(data, size < 16 ? size : 16, serial), size < 4 ? ERR_TRUNCATED : ERR_SYNTAX);
                assert_int_equal(scsi_rotation_parse(data, size < 16 ? size : 16, &flag), size < 4 ? ERR_TRUNCATED : ERR_SYNTAX);
                assert_int_equal(scsi_inquiry_parse(data, size < 16 ? size : 16, &facts, &flag), ERR_TRUNCATED);
                free(data);
                data = cut(sense, size);
                assert_int_equal(scsi_sense_parse(data, size, &found) == ERR_OK, size >= 8);
                assert_int_equal(found.progress_known, size >= 16);
                free(data);
                data = cut(log, size < 12 ? size : 12);
                assert_int_equal(scsi_log_parameter(data, size < 12 ? size : 12, 0x11, 1, &field) == ERR_OK, size >= 12);
                free(data);
        }
        struct bytes field;
        assert_int_equal(scsi_log_parameter(log, sizeof(log), 0x11, 2, &field), ERR_MISSING);
        assert_int_equal(scsi_log_parameter(log, sizeof(log), 0x12, 1, &field), ERR_SYNTAX);
        assert_true(scsi_number((struct bytes){ (const uint8_t *)"\1\2\3\4\5\6\7\10\11", 9 }) == UINT64_MAX);
}

static void old_cards_say_nothing(void **state)
{
        uint8_t data[512] = { [192] = 1, [231] = 0x55 };
        struct media_facts facts = { 0 };
        struct mmc_abilities abilities;

        assert_int_equal(mmc_ext_csd_parse(data, sizeof(data), &facts, &abilities), ERR_VERSION);
        data[192] = 5; /* 4.41: sanitize, no life time */
        data[268] = 11;
        assert_int_equal(mmc_ext_csd_parse(data, sizeof(data), &facts, &abilities), ERR_OK);
        assert_true(!facts.health.known && media_offers(&facts, MEDIA_MMC_SANITIZE));
}

static void text_of_a_device_is_made_harmless(void **state)
{
        static const struct {
                const char *field, *text;
        } cases[] = { { "  Model X \0\0", "Model X" },
                      { "\x1b[2Jcleared", "?[2Jcleared" },
                      { "\xff\xfe", "??" },
                      { "   ", "" },
                      { "", "" } };
        char ret[16], small[4];

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                media_copy_text(ret, sizeof(ret), (const uint8_t *)cases[i].field, strlen(cases[i].field));
                assert_string_equal(ret, cases[i].text);
        }
        media_copy_text(small, sizeof(small), (const uint8_t *)"abcdef", 6);
        assert_string_equal(small, "abc");
}

static void the_longest_facts_fit_their_json(void **state)
{
        struct media_facts facts;
        uint8_t buffer[MEDIA_JSON_MAX];
        struct writer writer = writer_over(buffer, sizeof(buffer));

        memset(&facts, 0xff, sizeof(facts));
        facts.bus = MEDIA_VIRTIO;
        facts.removable = facts.usb = facts.read_only = facts.rotational = facts.sanitize_busy = facts.sanitize_failed = true;
        facts.sanitize_frozen = facts.format_takes_all = facts.hpa.known = facts.dco.known = true;
        facts.security = (struct media_ata_security){ true, true, true, true, true, true, UINT32_MAX, UINT32_MAX };
        facts.health.known = facts.health.failing = facts.health.worn_known = true;
        facts.health.temperature_celsius = -32767;
        memset(facts.model, '"', sizeof(facts.model)); /* doubles when escaped */
        memset(facts.serial, '"', sizeof(facts.serial));
        memset(facts.firmware, '"', sizeof(facts.firmware));
        memset(facts.wwid, '"', sizeof(facts.wwid));
        facts.model[MEDIA_MODEL_MAX - 1] = facts.serial[MEDIA_SERIAL_MAX - 1] = facts.firmware[MEDIA_FIRMWARE_MAX - 1] = 0;
        facts.wwid[MEDIA_WWID_MAX - 1] = 0;
        media_facts_json(&writer, &facts);
        assert_false(writer.overflow);

        memset(&facts, 0, sizeof(facts));
        writer = writer_over(buffer, sizeof(buffer));
        facts.health.temperature_celsius = INT16_MIN;
        media_facts_json(&writer, &facts);
        assert_string_equal((char *)buffer,
                            "{\"bus\":\"other\",\"size-bytes\":0,\"logical-sector\":0,\"physical-sector\":0,\"techniques\":[]}");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(short_replies_of_fixed_size_are_refused),  cmocka_unit_test(impossible_namespaces_are_refused),
                cmocka_unit_test(numbers_beyond_64_bits_saturate),          cmocka_unit_test(damaged_ata_replies_are_refused),
                cmocka_unit_test(sanitize_status_of_ata_is_understood),     cmocka_unit_test(registers_come_in_two_formats),
                cmocka_unit_test(scsi_replies_never_lead_behind_their_end), cmocka_unit_test(old_cards_say_nothing),
                cmocka_unit_test(text_of_a_device_is_made_harmless),        cmocka_unit_test(the_longest_facts_fit_their_json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
