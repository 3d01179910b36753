/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections [Disk] of cleanslate.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/policy/policy.h"

static struct settings settings;
static struct policy_error error;

static enum err read_text(const char *text)
{
        settings_init(&settings);
        memset(&error, 0, sizeof(error));
        return settings_read(&settings, "cleanslate.conf", text, strlen(text), &error);
}

static void a_disk_is_purged_or_refused_unless_the_file_says_otherwise(void **state)
{
        assert_int_equal(read_text("[Disk]\nid=serial:S4EWNX0M\n"), ERR_OK);
        assert_int_equal(settings.disk_count, 1);
        assert_int_equal(settings.disks[0].match, DISK_MATCH_SERIAL);
        assert_string_equal(settings.disks[0].value, "S4EWNX0M");
        assert_int_equal(settings.disks[0].level, ERASE_LEVEL_PURGE);
        assert_int_equal(settings.disks[0].verify, DISK_VERIFY_FULL);
        assert_false(settings.disks[0].fall_back);
        assert_false(settings.disks[0].optional);
}

static void every_key_is_understood(void **state)
{
        assert_int_equal(
                read_text("[Reset]\nattempts=2\n"
                          "[Disk]\npath=/sys/devices/pci0000:00/0000:00:04.0/\nlevel=clear\nverify=sampled\nrequired=no\n"
                          "[Disk]\nid=wwid:eui.0025385b71b07f42\nlevel=crypto\nverify=full\nrequired=yes\n"
                          "[Menu]\nmode=show\n"
                          "[Disk]\nid=serial:with inner blank\nlevel=purge\npurge-or-fail=no\n"
                          "[Disk]\nall=internal\npurge-or-fail=yes\n"),
                ERR_OK);
        assert_int_equal(settings.disk_count, 4);
        assert_int_equal(settings.failures_max, 2);
        assert_int_equal(settings.menu, MENU_SHOW);
        assert_int_equal(settings.disks[0].match, DISK_MATCH_PATH);
        assert_string_equal(settings.disks[0].value, "/sys/devices/pci0000:00/0000:00:04.0");
        assert_int_equal(settings.disks[0].level, ERASE_LEVEL_CLEAR);
        assert_int_equal(settings.disks[0].verify, DISK_VERIFY_SAMPLED);
        assert_true(settings.disks[0].optional);
        assert_int_equal(settings.disks[0].line, 3);
        assert_int_equal(settings.disks[1].match, DISK_MATCH_WWID);
        assert_string_equal(settings.disks[1].value, "eui.0025385b71b07f42");
        assert_int_equal(settings.disks[1].level, ERASE_LEVEL_CRYPTO);
        assert_string_equal(settings.disks[2].value, "with inner blank");
        assert_true(settings.disks[2].fall_back);
        assert_int_equal(settings.disks[3].match, DISK_MATCH_ALL_INTERNAL);
        assert_string_equal(settings.disks[3].value, "");
        assert_false(settings.disks[3].fall_back);
}

static void every_fault_is_an_error_with_its_line_and_key(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                unsigned line;
                const char *key;
        } cases[] = {
                { "[Disk]\n", ERR_MISSING, 1, "Disk" },
                { "[Disk]\nlevel=clear\n\n[Reset]\n", ERR_MISSING, 1, "Disk" },
                { "[Disk]\nid=serial:A\n[Disk]\n", ERR_MISSING, 3, "Disk" },
                { "[Disk]\nid=serial:A\nall=internal\n", ERR_DUPLICATE, 1, "Disk" },
                { "[Disk]\nid=serial:A\nid=serial:B\n", ERR_DUPLICATE, 3, "id" },
                { "[Disk]\nid=serial:A\n[Disk]\nid=serial:A\nlevel=clear\n", ERR_DUPLICATE, 3, "Disk" },
                { "[Disk]\nall=internal\n[Disk]\nall=internal\n", ERR_DUPLICATE, 3, "Disk" },
                { "[Disk]\npath=/sys/devices/a\n[Disk]\npath=/sys/devices//a/\n", ERR_DUPLICATE, 3, "Disk" },
                { "[Disk]\nId=serial:A\n", ERR_UNKNOWN_KEY, 2, "Id" },
                { "[Disk]\nattempts=3\n", ERR_UNKNOWN_KEY, 2, "attempts" },
                { "[Disk]\nid=A\n", ERR_RANGE, 2, "id" },
                { "[Disk]\nid=serial:\n", ERR_RANGE, 2, "id" },
                { "[Disk]\nid=serial: A\n", ERR_RANGE, 2, "id" },
                { "[Disk]\nid=serial:\001\n", ERR_RANGE, 2, "id" },
                { "[Disk]\nid=gpt:3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2\n", ERR_RANGE, 2, "id" },
                { "[Disk]\npath=/dev/sdb\n", ERR_RANGE, 2, "path" },
                { "[Disk]\npath=/sys/devices\n", ERR_RANGE, 2, "path" },
                { "[Disk]\npath=/sys/devices/\n", ERR_RANGE, 2, "path" },
                { "[Disk]\npath=/sys/devices/a/../b\n", ERR_RANGE, 2, "path" },
                { "[Disk]\npath=/sys/devicesx/a\n", ERR_RANGE, 2, "path" },
                { "[Disk]\nall=yes\n", ERR_RANGE, 2, "all" },
                { "[Disk]\nall=internal\nlevel=destroy\n", ERR_RANGE, 3, "level" },
                { "[Disk]\nall=internal\nverify=none\n", ERR_RANGE, 3, "verify" },
                { "[Disk]\nall=internal\nrequired=\n", ERR_RANGE, 3, "required" },
                { "[Disk]\nall=internal\npurge-or-fail=maybe\n", ERR_RANGE, 3, "purge-or-fail" },
                { "[Disk]\nall=internal\nlevel=clear\npurge-or-fail=no\n", ERR_RANGE, 1, "Disk" },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct settings before;

                settings_init(&settings);
                memcpy(&before, &settings, sizeof(before)); /* its holes too: nothing at all is touched */
                assert_int_equal(settings_read(&settings, "cleanslate.conf", cases[i].text, strlen(cases[i].text), &error),
                                 cases[i].err);
                assert_int_equal(error.err, cases[i].err);
                assert_int_equal(error.line, cases[i].line);
                assert_string_equal(error.key, cases[i].key);
                assert_true(strlen(error.detail) > 0 || cases[i].err == ERR_DUPLICATE);
                assert_memory_equal(&settings, &before, sizeof(settings));
        }
}

static void values_have_their_bounds(void **state)
{
        char text[512];

        (void)snprintf(text, sizeof(text), "[Disk]\nid=serial:%0*d\n", DISK_VALUE_MAX - 1, 7);
        assert_int_equal(read_text(text), ERR_OK);
        assert_int_equal(strlen(settings.disks[0].value), DISK_VALUE_MAX - 1);
        (void)snprintf(text, sizeof(text), "[Disk]\nid=serial:%0*d\n", DISK_VALUE_MAX, 7);
        assert_int_equal(read_text(text), ERR_TOO_LARGE);
        (void)snprintf(text, sizeof(text), "[Disk]\npath=/sys/devices/%0*d\n", DISK_VALUE_MAX, 7);
        assert_int_equal(read_text(text), ERR_TOO_LARGE);
}

static void there_may_be_eight(void **state)
{
        char text[1024];
        size_t at = 0;

        for (int i = 0; i < POLICY_DISKS_MAX; i++)
                at += (size_t)snprintf(text + at, sizeof(text) - at, "[Disk]\nid=serial:%d\n", i);
        assert_int_equal(read_text(text), ERR_OK);
        assert_int_equal(settings.disk_count, POLICY_DISKS_MAX);
        (void)snprintf(text + at, sizeof(text) - at, "[Disk]\nid=serial:9\n");
        assert_int_equal(read_text(text), ERR_TOO_LARGE);
        assert_int_equal(settings.disk_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_disk_is_purged_or_refused_unless_the_file_says_otherwise),
                cmocka_unit_test(every_key_is_understood),
                cmocka_unit_test(every_fault_is_an_error_with_its_line_and_key),
                cmocka_unit_test(values_have_their_bounds),
                cmocka_unit_test(there_may_be_eight),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
