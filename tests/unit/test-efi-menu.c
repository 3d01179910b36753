/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub with a person at the keyboard: what is on the screen, what the boot becomes, and what is left in the variables. */
#include "common/boot/menu.h"
#include "tests/unit/efi-menu-fixture.h"

#define REQUEST_OURS "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"robot\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"
#define SHOW         "[Menu]\nmode=show\n"
#define HIDDEN_2_S   "[Menu]\nmode=hidden\ntimeout=2\n"
#define OFF          "[Menu]\nmode=off\n"

static void set_request(struct fake_firmware *firmware)
{
        uint8_t value[1024];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(REQUEST_OURS, strlen(REQUEST_OURS), &writer);
        fake_set_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, writer.size);
}

/* Only what systemd's tools read, and every bit of it volatile; the count of boots is another test's. */
static void assert_nothing_lasting_was_written(const struct fake_firmware *firmware)
{
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++) {
                const struct fake_variable *variable = &firmware->variables[i];

                if (variable->name[0] != '\0' && strcmp(variable->name, BOOT_COUNT_VARIABLE_NAME) != 0 &&
                    fake_find_call(firmware, FAKE_SET_VARIABLE, variable->name) >= 0)
                        assert_int_equal(variable->attributes & EFI_VARIABLE_NON_VOLATILE, 0);
        }
}

static void hidden_menu_costs_a_tenth_of_a_second_and_leaves_no_trace(void **state)
{
        for (int with_section = 0; with_section < 2; with_section++) {
                struct fake_firmware *firmware = with_settings(with_section ? "# the defaults\n" : NULL);

                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.total_usec, MENU_LOOK_MS * 1000);
                assert_int_equal(firmware->screen.connects, 0);
                assert_int_equal(firmware->screen.clears, 0);
                assert_int_equal(firmware->screen.seconds, 0);
                assert_int_equal(firmware->disk.reads, 0);
                assert_int_equal(firmware->watchdog_seconds, 300);
                assert_string_equal(firmware->console, "");
                assert_nothing_lasting_was_written(firmware);
                fake_done(firmware);
        }
}

static void hidden_menu_waits_for_a_key_as_long_as_it_is_told(void **state)
{
        struct fake_firmware *firmware = with_settings(HIDDEN_2_S);

        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.seconds, 2);
        assert_int_equal(firmware->screen.clears, 0);
        fake_done(firmware);
        firmware = with_settings(HIDDEN_2_S);
        fake_wait(&firmware->screen, 1);
        fake_type(&firmware->screen, " r");
        assert_boots(firmware, MODE_RECOVERY, REASON_MENU);
        fake_done(firmware);
}

static void a_key_opens_the_hidden_menu(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_type(&firmware->screen, "p"); /* the first one opens, whatever it is */
        fake_wait(&firmware->screen, 3);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_string_equal(firmware->screen.last_page,
                            "\n"
                            " Cleanslate: boot menu\n"
                            " robot 7\n"
                            "\n"
                            " > n  Start normally\n"
                            "   f  Factory reset (asks again)\n"
                            "   r  Recovery: look at what is wrong\n"
                            "   s  Firmware setup\n"
                            "   p  Power off\n"
                            "\n"
                            " Up and Down, then Enter; or the letter in front.\n"
                            " Continues with the first entry in 57 s; any key extends this to a minute.\n"
                            "\n\n\n\n\n\n\n\n\n\n\n\n\n");
        assert_int_equal(firmware->screen.clears, 2);
        assert_int_equal(firmware->screen.scrolls, 0);
        assert_true(firmware->screen.mode.CursorVisible);
        assert_int_equal(firmware->screen.mode.Attribute, EFI_LIGHTGRAY);
        assert_int_equal(firmware->watchdog_seconds, 300); /* armed again for the kernel's start */
        assert_nothing_lasting_was_written(firmware);
        fake_done(firmware);
}

static void shown_menu_counts_down_to_what_would_start_anyway(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.seconds, 5);
        assert_non_null(strstr(firmware->screen.last_page, "Continues with the first entry in 1 s;"));
        fake_done(firmware);
}

static void menu_that_is_off_does_not_look_at_the_keyboard(void **state)
{
        struct fake_firmware *firmware = with_settings(OFF);

        fake_set_loader_text(firmware, "LoaderConfigTimeout", "menu-force");
        fake_set_loader_text(firmware, "LoaderConfigTimeoutOneShot", "menu-force");
        fake_type(&firmware->screen, "rrrr");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.looks, 0);
        assert_false(exists(firmware, "LoaderConfigTimeoutOneShot"));
        fake_done(firmware);
}

/* And never off: a firmware that freezes over a key is restarted. */
static void watchdog_waits_while_a_person_reads(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_type(&firmware->screen, "f");
        for (int minute = 0; minute < 8; minute++) {
                fake_wait(&firmware->screen, 50);
                fake_type(&firmware->screen, "p"); /* not an entry here */
        }
        fake_press(&firmware->screen, &(EFI_INPUT_KEY)FAKE_ESCAPE, 1);
        fake_type(&firmware->screen, "p");
        assert_resets(firmware, EfiResetShutdown);
        assert_true(firmware->screen.seconds >= 400);
        assert_false(firmware->watchdog_was_off);
        fake_done(firmware);
}

static void watchdog_waits_for_the_longest_hidden_menu(void **state)
{
        struct fake_firmware *firmware = with_settings("[Menu]\nmode=hidden\ntimeout=300\n");

        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.seconds, 300);
        assert_int_equal(firmware->screen.clears, 0);
        fake_done(firmware);
}

/* Whatever page it led to, and however much of it was a word. */
static void noise_on_a_console_stops_no_machine(void **state)
{
        static const char *const settings[] = { BREAK_GLASS, SHOW BREAK_GLASS };
        static const char *const noise[] = { " ", " f", " f\n", " f\nrese", " f\nrese\n", " b", " b\n", " b\nbreak" };

        for (size_t i = 0; i < ARRAY_SIZE(settings) * ARRAY_SIZE(noise); i++) {
                struct fake_firmware *firmware = with_settings(settings[i / ARRAY_SIZE(noise)]);

                fake_type(&firmware->screen, noise[i % ARRAY_SIZE(noise)]);
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.seconds, MENU_IDLE_S);
                assert_false(firmware->watchdog_was_off);
                assert_int_equal(fake_find_call(firmware, FAKE_MEASURE, "cleanslate:mode=reset"), -1);
                assert_nothing_lasting_was_written(firmware);
                fake_done(firmware);
        }
}

static void noise_puts_off_what_is_due_by_a_minute(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        set_request(firmware);
        fake_type(&firmware->screen, "x");
        assert_boots(firmware, MODE_RESET, REASON_REQUEST_DUE);
        assert_int_equal(firmware->screen.seconds, MENU_IDLE_S);
        fake_done(firmware);
}

/* Shift, Caps Lock, a zero on a serial line, what no character is. */
static void a_key_that_is_none_opens_no_menu(void **state)
{
        static const EFI_INPUT_KEY none[] = { { 0, 0 }, { 0, 0 }, { 0, 0xfffd }, { 0, 0xffff }, { 0, 0 } };

        for (int simple = 0; simple < 2; simple++) {
                struct fake_firmware *firmware = with_settings(NULL);

                firmware->screen.faults.simple_only = simple;
                fake_press(&firmware->screen, none, ARRAY_SIZE(none));
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.key_at, ARRAY_SIZE(none));
                assert_int_equal(firmware->screen.clears, 0);
                assert_int_equal(firmware->screen.total_usec, MENU_LOOK_MS * 1000);
                fake_done(firmware);

                firmware = with_settings(NULL); /* and does not hide the key behind it */
                firmware->screen.faults.simple_only = simple;
                fake_press(&firmware->screen, none, 2);
                fake_type(&firmware->screen, " r");
                assert_boots(firmware, MODE_RECOVERY, REASON_MENU);
                fake_done(firmware);
        }
}

/* With time between the keys, in which there is none to read. */
static void type_like_a_person(struct fake_firmware *firmware, const char *keys)
{
        for (; *keys != '\0'; keys++) {
                fake_type(&firmware->screen, (char[]){ *keys, '\0' });
                fake_wait_ms(&firmware->screen, 100);
        }
}

static void every_keyboard_opens_the_hidden_menu(void **state)
{
        static const struct fake_keyboard_faults keyboards[] = {
                { .simple_only = true },        { .freezes = true },
                { .extended_dead = true },      { .extended_dead = true, .freezes = true },
                { .extended_pretended = true }, { .extended_fails = true },
                { .extended_blank = true },     { .gives_twice = true },
                { .connects_late = true },      { .connects_late = true, .extended_dead = true, .freezes = true },
                { .ready_after_ms = 20 },       { .ready_after_ms = 80, .simple_only = true, .freezes = true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(keyboards); i++) {
                struct fake_firmware *firmware = with_settings(NULL);

                firmware->screen.faults = keyboards[i];
                type_like_a_person(firmware, " f\nreset\n");
                assert_boots(firmware, MODE_RESET, REASON_MENU);
                fake_done(firmware);

                firmware = with_settings(NULL); /* nobody there */
                firmware->screen.faults = keyboards[i];
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.total_usec, MENU_LOOK_MS * 1000);
                fake_done(firmware);
        }
}

static void keyboards_are_started_only_for_a_menu(void **state)
{
        static const struct {
                const char *settings;
                bool late;
                unsigned connects; /* the PS/2 controller's bridge, and USB */
        } cases[] = { { NULL, false, 0 }, { NULL, true, 2 }, { SHOW, false, 0 }, { SHOW, true, 2 }, { OFF, true, 0 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_settings(cases[i].settings);

                firmware->screen.faults.connects_late = cases[i].late;
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.connects, cases[i].connects);
                fake_done(firmware);
        }
}

static void each_entry_does_what_it_says(void **state)
{
        static const struct {
                const char *keys;
                enum boot_mode mode;
        } cases[] = {
                { "x\nreset\n", MODE_NORMAL }, /* no entry x: Enter starts */
                { "f\nreset\n", MODE_RESET },
                { "F\nRESET\n", MODE_RESET },
                { "r", MODE_RECOVERY },
                { "b\nbreak glass\n", MODE_BREAK_GLASS },
                { "b\nbreak-glass\n", MODE_BREAK_GLASS },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_settings(SHOW BREAK_GLASS);
                enum boot_mode mode = cases[i].mode;

                fake_type(&firmware->screen, cases[i].keys);
                assert_boots(firmware, mode, mode == MODE_NORMAL ? REASON_ORDINARY : REASON_MENU);
                assert_int_equal(fake_find_call(firmware, FAKE_MEASURE, "cleanslate:mode=reset") >= 0, mode == MODE_RESET);
                assert_nothing_lasting_was_written(firmware);
                fake_done(firmware);
        }
}

static void arrow_keys_choose_as_letters_do(void **state)
{
        static const EFI_INPUT_KEY keys[] = { FAKE_DOWN, FAKE_DOWN, FAKE_DOWN, FAKE_UP, FAKE_ENTER };
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_press(&firmware->screen, keys, ARRAY_SIZE(keys));
        assert_boots(firmware, MODE_RECOVERY, REASON_MENU);
        fake_done(firmware);
}

static void who_chose_in_another_menu_is_not_asked_again(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_set_load_options(firmware, "@0");
        fake_type(&firmware->screen, "r");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.looks, 0);
        fake_done(firmware);
}

static void simple_keyboard_protocol_is_enough(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        firmware->screen.faults.simple_only = true;
        fake_type(&firmware->screen, "f\nreset\n");
        assert_boots(firmware, MODE_RESET, REASON_MENU);
        fake_done(firmware);
}

/* Wrong words, Escape and a while of waiting: then a person chooses. */
static void nothing_but_the_word_resets(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_type(&firmware->screen, "f\nyes\nrese\nresett\n\n");
        fake_wait(&firmware->screen, 50);
        fake_press(&firmware->screen, (EFI_INPUT_KEY[]){ FAKE_ESCAPE, FAKE_ESCAPE }, 2);
        fake_type(&firmware->screen, "reset\n"); /* on the list: r is the recovery page */
        assert_boots(firmware, MODE_RECOVERY, REASON_MENU);
        assert_int_equal(fake_find_call(firmware, FAKE_MEASURE, "cleanslate:mode=reset"), -1);
        fake_done(firmware);
}

static void question_names_the_partitions_of_the_boot_disk(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_type(&firmware->screen, "f");
        fake_wait(&firmware->screen, 1);
        fake_press(&firmware->screen, &(EFI_INPUT_KEY)FAKE_ESCAPE, 1);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_non_null(strstr(firmware->console, "    config                                64 MiB, type config"));
        assert_non_null(strstr(firmware->console, "    state                                 1.5 GiB, type var"));
        assert_null(strstr(firmware->console, "    esp "));
        assert_null(strstr(firmware->console, "    root "));
        fake_done(firmware);
}

static const char *question_about_a_reset(struct fake_firmware *firmware)
{
        fake_type(&firmware->screen, "f");
        fake_wait(&firmware->screen, 1);
        fake_type(&firmware->screen, "\nreset\n");
        assert_boots(firmware, MODE_RESET, REASON_MENU);
        return firmware->console;
}

static void backup_table_is_read_where_the_first_is_damaged(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        firmware->disk.data[FAKE_BLOCK + 80] ^= 1;
        assert_non_null(strstr(question_about_a_reset(firmware), "    state   "));
        fake_done(firmware);
}

/* A reset does not depend on what can be named here: the initrd plans for itself. */
static void disk_that_cannot_be_listed_is_admitted_and_can_be_reset(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        firmware->disk.data[2 * FAKE_BLOCK] ^= 1; /* an entry, which both tables cover */
        assert_non_null(strstr(question_about_a_reset(firmware), "They cannot be named here: "));
        fake_done(firmware);
        firmware = with_settings(SHOW);
        firmware->disk.fault = EFI_DEVICE_ERROR;
        assert_non_null(strstr(question_about_a_reset(firmware), "They cannot be named here: device error"));
        fake_done(firmware);
        firmware = with_settings(SHOW);
        firmware->self.DeviceHandle = NULL;
        assert_non_null(
                strstr(question_about_a_reset(firmware), "They cannot be named here: this image was not started from a disk"));
        fake_done(firmware);
}

static void damaged_table_never_leads_over_the_end_of_the_disk(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);
        uint8_t *header = firmware->disk.data + FAKE_BLOCK;

        store_le64(header + 72, UINT64_MAX - 1);
        store_le32(header + 16, 0);
        store_le32(header + 16, crc32_of(header, 92));
        firmware->disk.backup[0] = 'X';
        assert_non_null(strstr(question_about_a_reset(firmware), "They cannot be named here: "));
        fake_done(firmware);
}

static void due_request_is_told_and_goes_on_by_itself(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        set_request(firmware);
        assert_boots(firmware, MODE_RESET, REASON_REQUEST_DUE);
        assert_non_null(strstr(firmware->screen.last_page, "> n  Continue with the factory reset that was requested\n"));
        assert_null(strstr(firmware->screen.last_page, "  f  "));
        fake_done(firmware);
        firmware = with_settings(SHOW);
        set_request(firmware);
        fake_type(&firmware->screen, "r");
        assert_boots(firmware, MODE_RECOVERY, REASON_MENU); /* a person may look first */
        fake_done(firmware);
}

static void power_off_powers_off(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_type(&firmware->screen, "p");
        assert_resets(firmware, EfiResetShutdown);
        assert_int_equal(firmware->event_count, 0); /* before anything was measured */
        assert_nothing_lasting_was_written(firmware);
        fake_done(firmware);
}

static void firmware_setup_is_asked_for_and_leaves_other_indications(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);
        const struct fake_variable *indications;

        fake_set_variable(firmware, &guid_efi_global, "OsIndications", "\4\0\0\0\0\0\0\0", 8);
        fake_type(&firmware->screen, "s");
        assert_resets(firmware, EfiResetCold);
        indications = fake_find_variable(firmware, &guid_efi_global, "OsIndications");
        assert_int_equal(load_le64(indications->value), 5);
        assert_int_equal(indications->attributes, 7);
        fake_done(firmware);
}

static void firmware_setup_is_offered_only_if_there_is_one(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        set_supported_indications(firmware, 0x40);
        fake_type(&firmware->screen, "s");
        fake_wait(&firmware->screen, 1);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_null(strstr(firmware->screen.last_page, "Firmware setup"));
        fake_done(firmware);
}

static void firmware_that_does_not_do_it_is_said(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        firmware->faults.power_stays = true;
        fake_type(&firmware->screen, "p");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_non_null(strstr(firmware->console, "the firmware does not power off: device error"));
        fake_done(firmware);
        firmware = with_settings(SHOW);
        firmware->faults.set_variable_name = "OsIndications";
        firmware->faults.set_variable = EFI_WRITE_PROTECTED;
        fake_type(&firmware->screen, "s");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_non_null(strstr(firmware->console, "the firmware's setup cannot be asked for: write-protected"));
        fake_done(firmware);
}

static void machine_without_keyboard_or_console_has_no_menu(void **state)
{
        for (int console = 0; console < 2; console++) {
                struct fake_firmware *firmware = with_settings(SHOW);

                firmware->faults.no_console = console;
                firmware->faults.no_keyboard = !console;
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.seconds, 0);
                fake_done(firmware);
        }
}

/* Every text mode from 80x25 up: nothing wraps, nothing scrolls, the page is whole. */
static void every_text_mode_shows_the_whole_page(void **state)
{
        static const UINTN modes[][2] = { { 80, 25 }, { 80, 50 }, { 100, 31 }, { 128, 40 }, { 240, 67 } };

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                struct fake_firmware *firmware = with_settings(SHOW BREAK_GLASS);

                firmware->screen.columns = modes[i][0];
                firmware->screen.rows = modes[i][1];
                for (int partition = 0; partition < 12; partition++)
                        fake_disk_add(&firmware->disk, "linux-generic", "a label of thirty-six UTF-16 units..", 1);
                fake_type(&firmware->screen, "f");
                fake_wait(&firmware->screen, 1);
                fake_type(&firmware->screen, "\n");
                fake_press(&firmware->screen, (EFI_INPUT_KEY[]){ FAKE_ESCAPE, FAKE_PAUSE, FAKE_ESCAPE }, 3);
                fake_type(&firmware->screen, "n");
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.scrolls, 0);
                assert_non_null(strstr(firmware->screen.last_page, "p  Power off\n"));
                assert_non_null(strstr(firmware->screen.last_page, "or the letter in front.\n"));
                assert_null(strstr(firmware->screen.last_page, "erased")); /* nothing is left of the page before */
                fake_done(firmware);
        }
}

/* systemctl reboot --boot-loader-entry= */
static void one_shot_entry_is_followed_once(void **state)
{
        static const struct {
                const char *id;
                enum boot_mode mode;
        } cases[] = { { "auto-cleanslate", MODE_NORMAL },
                      { "auto-cleanslate-reset", MODE_RESET },
                      { "auto-cleanslate-recovery", MODE_RECOVERY } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_settings(NULL);
                enum boot_mode mode = cases[i].mode;

                fake_set_loader_text(firmware, "LoaderEntryOneShot", cases[i].id);
                assert_boots(firmware, mode, mode == MODE_NORMAL ? REASON_ORDINARY : REASON_LOADER_ENTRY);
                assert_false(exists(firmware, "LoaderEntryOneShot"));
                assert_string_equal(fake_exported_text(firmware, "LoaderEntrySelected"), cases[i].id);
                fake_done(firmware);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hidden_menu_costs_a_tenth_of_a_second_and_leaves_no_trace),
                cmocka_unit_test(hidden_menu_waits_for_a_key_as_long_as_it_is_told),
                cmocka_unit_test(a_key_opens_the_hidden_menu),
                cmocka_unit_test(shown_menu_counts_down_to_what_would_start_anyway),
                cmocka_unit_test(menu_that_is_off_does_not_look_at_the_keyboard),
                cmocka_unit_test(watchdog_waits_while_a_person_reads),
                cmocka_unit_test(watchdog_waits_for_the_longest_hidden_menu),
                cmocka_unit_test(noise_on_a_console_stops_no_machine),
                cmocka_unit_test(noise_puts_off_what_is_due_by_a_minute),
                cmocka_unit_test(a_key_that_is_none_opens_no_menu),
                cmocka_unit_test(every_keyboard_opens_the_hidden_menu),
                cmocka_unit_test(keyboards_are_started_only_for_a_menu),
                cmocka_unit_test(each_entry_does_what_it_says),
                cmocka_unit_test(arrow_keys_choose_as_letters_do),
                cmocka_unit_test(who_chose_in_another_menu_is_not_asked_again),
                cmocka_unit_test(simple_keyboard_protocol_is_enough),
                cmocka_unit_test(nothing_but_the_word_resets),
                cmocka_unit_test(question_names_the_partitions_of_the_boot_disk),
                cmocka_unit_test(backup_table_is_read_where_the_first_is_damaged),
                cmocka_unit_test(disk_that_cannot_be_listed_is_admitted_and_can_be_reset),
                cmocka_unit_test(damaged_table_never_leads_over_the_end_of_the_disk),
                cmocka_unit_test(due_request_is_told_and_goes_on_by_itself),
                cmocka_unit_test(power_off_powers_off),
                cmocka_unit_test(firmware_setup_is_asked_for_and_leaves_other_indications),
                cmocka_unit_test(firmware_setup_is_offered_only_if_there_is_one),
                cmocka_unit_test(firmware_that_does_not_do_it_is_said),
                cmocka_unit_test(machine_without_keyboard_or_console_has_no_menu),
                cmocka_unit_test(every_text_mode_shows_the_whole_page),
                cmocka_unit_test(one_shot_entry_is_followed_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
