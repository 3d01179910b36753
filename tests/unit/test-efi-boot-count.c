/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub counts ordinary boots, and nothing but them; a count that is used up opens recovery, whatever else is wrong does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/boot/handover.h"
#include "common/state/boot-trace.h"
#include "fake-firmware.h"

#define ABSENT UINT32_MAX

/* A bootable image; texts may be NULL. */
static struct fake_firmware *with_image(const char *command_line, const char *settings)
{
        struct fake_firmware *firmware = fake_new();

        fake_add_section(firmware, ".osrel", "ID=acme\n", 8);
        if (command_line)
                fake_add_section(firmware, ".cmdline", command_line, strlen(command_line));
        if (settings)
                fake_add_section(firmware, ".clnslt", settings, strlen(settings));
        fake_add_section(firmware, ".linux", "kernel", 6);
        fake_add_section(firmware, ".initrd", "initrd", 6);
        return firmware;
}

static void set_count(struct fake_firmware *firmware, uint32_t count)
{
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];

        boot_count_encode(&(struct boot_count){ .boots = count, .reached = BOOT_REACHED_INITRD }, encoded);
        fake_set_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded));
}

static uint32_t get_count(const struct fake_firmware *firmware)
{
        const struct fake_variable *variable = fake_find_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME);
        struct boot_count count;

        if (variable == NULL)
                return ABSENT;
        assert_int_equal(variable->attributes, 7);
        assert_int_equal(boot_count_decode(variable->value, variable->size, &count), ERR_OK);
        return count.boots;
}

static enum boot_reached reached(const struct fake_firmware *firmware)
{
        return fake_find_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME)->value[2];
}

static void assert_boots(struct fake_firmware *firmware)
{
        EFI_STATUS status;

        assert_true(fake_run(firmware, &status));
}

static void assert_says(const struct fake_firmware *firmware, const char *words)
{
        assert_non_null(strstr(firmware->console, words));
}

static void boots_are_counted_until_they_are_too_many(void **state)
{
        static const struct {
                const char *settings;
                uint32_t before, after;
                bool recovery;
        } cases[] = {
                { NULL, ABSENT, 1, false },
                { NULL, 0, 1, false },
                { NULL, 1, 2, false },
                { NULL, 2, 3, false },
                { NULL, 3, 3, true },
                { NULL, 255, 255, true },
                { "[Boot]\nattempts=1\n", ABSENT, 1, false },
                { "[Boot]\nattempts=1\n", 1, 1, true },
                { "[Boot]\nattempts=5\n", 4, 5, false },
                { "[Boot]\nattempts=0\n", ABSENT, ABSENT, false },
                { "[Boot]\nattempts=0\n", 200, 200, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_image("quiet", cases[i].settings);

                if (cases[i].before != ABSENT)
                        set_count(firmware, cases[i].before);
                assert_boots(firmware);
                assert_int_equal(get_count(firmware), cases[i].after);
                if (cases[i].after != cases[i].before)
                        assert_int_equal(reached(firmware), BOOT_REACHED_KERNEL); /* nobody knows yet */
                if (cases[i].recovery)
                        assert_says(firmware, "recovery: the system did not finish starting, several times in a row");
                else
                        assert_string_equal(firmware->console, "");
                fake_done(firmware);
        }
}

/* Real-time kernels, an update that loses the runtime services: each boot was good, and none of them could say so. The thousandth
 * is as ordinary as the first. */
static void where_nobody_can_take_the_count_back_no_page_opens(void **state)
{
        for (uint32_t boot = 0; boot < 1000; boot++) {
                struct fake_firmware *firmware = with_image("quiet", NULL);
                uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];

                boot_count_encode(&(struct boot_count){ .boots = boot }, encoded); /* as the stub has left it */
                if (boot > 0)
                        fake_set_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded));
                assert_boots(firmware);
                assert_string_equal(firmware->console, "");
                assert_int_equal(get_count(firmware), boot < 255 ? boot + 1 : 255);
                fake_done(firmware);
        }
}

/* Otherwise a machine that is repaired would end in recovery for it. */
static void repairs_are_not_counted(void **state)
{
        static const char *const lines[] = { "cleanslate.mode=recovery", "cleanslate.mode=break-glass" };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                struct fake_firmware *firmware = with_image(lines[i], "[BreakGlass]\nmode=allowed\n");

                set_count(firmware, 1);
                assert_boots(firmware);
                assert_int_equal(get_count(firmware), 1);
                fake_done(firmware);
        }
}

/* One that is under way has a count of its own, in its progress. */
static void a_reset_is_counted_until_it_is_under_way(void **state)
{
        for (int under_way = 0; under_way < 2; under_way++) {
                struct fake_firmware *firmware = with_image("systemd.factory_reset=1", NULL);
                struct progress progress = { .sequence = 1, .phase = PHASE_STARTED, .attempts = 1 };
                uint8_t encoded[PROGRESS_ENCODED_SIZE];
                struct progress_keys keys;

                device_secret_keys(&fake_device_secret, &keys);
                progress_encode(&progress, progress_key(&keys, progress.origin), encoded);
                if (under_way)
                        fake_set_variable(firmware, &guid_cleanslate, PROGRESS_VARIABLE_NAME_0, encoded, sizeof(encoded));
                set_count(firmware, 1);
                assert_boots(firmware);
                assert_int_equal(get_count(firmware), under_way ? 1 : 2);
                fake_done(firmware);
        }
}

/* The old system's root, with a key of his own: nobody else could remove it, and each start would be the recovery page. */
static void a_count_that_only_its_own_key_can_change_is_none(void **state)
{
        struct fake_firmware *firmware = with_image("quiet", NULL);
        struct fake_variable *count;

        set_count(firmware, 255);
        count = (struct fake_variable *)fake_find_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME);
        assert_non_null(count);
        count->attributes |= 0x20; /* EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS */
        assert_boots(firmware);
        assert_null(strstr(firmware->console, "recovery"));
        fake_done(firmware);
}

static void the_count_is_the_last_thing_before_the_kernel(void **state)
{
        struct fake_firmware *firmware = with_image("quiet", NULL);
        int counted, loaded, started;

        assert_boots(firmware);
        counted = fake_find_call(firmware, FAKE_SET_VARIABLE, BOOT_COUNT_VARIABLE_NAME);
        loaded = fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL);
        started = fake_find_call(firmware, FAKE_START_IMAGE, NULL);
        assert_true(loaded < counted && counted == started - 1);
        fake_done(firmware);
}

static void a_kernel_that_does_not_load_is_not_counted(void **state)
{
        struct fake_firmware *firmware = with_image("quiet", NULL);
        EFI_STATUS status;

        firmware->faults.load_image = EFI_LOAD_ERROR;
        assert_false(fake_run(firmware, &status));
        assert_int_equal(get_count(firmware), ABSENT);
        fake_done(firmware);
}

static void a_store_that_refuses_is_said_and_boots(void **state)
{
        struct fake_firmware *firmware = with_image("quiet", NULL);

        firmware->faults.variable_quota = 1;
        assert_boots(firmware);
        assert_says(firmware, "this boot cannot be counted: out of resources");
        fake_done(firmware);
}

static void a_damaged_count_is_said_and_begins_again(void **state)
{
        struct fake_firmware *firmware = with_image("quiet", NULL);

        fake_set_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, "\xff\xff\xff", 3);
        assert_boots(firmware);
        assert_says(firmware, "the count of boots is damaged and begins again");
        assert_int_equal(get_count(firmware), 1);
        fake_done(firmware);
}

static void an_unreadable_count_boots(void **state)
{
        struct fake_firmware *firmware = with_image("quiet", NULL);

        set_count(firmware, 3);
        firmware->faults.get_variable_name = BOOT_COUNT_VARIABLE_NAME;
        firmware->faults.get_variable = EFI_DEVICE_ERROR;
        assert_boots(firmware);
        assert_says(firmware, "the count of boots is damaged");
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(boots_are_counted_until_they_are_too_many),
                cmocka_unit_test(repairs_are_not_counted),
                cmocka_unit_test(where_nobody_can_take_the_count_back_no_page_opens),
                cmocka_unit_test(a_reset_is_counted_until_it_is_under_way),
                cmocka_unit_test(a_count_that_only_its_own_key_can_change_is_none),
                cmocka_unit_test(the_count_is_the_last_thing_before_the_kernel),
                cmocka_unit_test(a_kernel_that_does_not_load_is_not_counted),
                cmocka_unit_test(a_store_that_refuses_is_said_and_boots),
                cmocka_unit_test(a_damaged_count_is_said_and_begins_again),
                cmocka_unit_test(an_unreadable_count_boots),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
