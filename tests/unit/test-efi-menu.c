/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub with a person at the keyboard and an operating system that asks for boot loader entries: what is on the screen, what
 * the boot becomes, and what is left in the variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/crc32.h"
#include "common/base/utf16.h"
#include "common/boot/handover.h"
#include "common/state/boot-trace.h"
#include "fake-firmware.h"

#define REQUEST_OURS "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"robot\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"
#define SHOW         "[Menu]\nmode=show\n"
#define HIDDEN_2_S   "[Menu]\nmode=hidden\ntimeout=2\n"
#define OFF          "[Menu]\nmode=off\n"
#define BREAK_GLASS  "[BreakGlass]\nmode=allowed\n"

static void add_text(struct fake_firmware *firmware, const char *section, const char *text)
{
        fake_add_section(firmware, section, text, strlen(text));
}

static void set_supported_indications(struct fake_firmware *firmware, uint64_t bits)
{
        uint8_t value[8];

        store_le64(value, bits);
        fake_set_variable(firmware, &guid_efi_global, "OsIndicationsSupported", value, sizeof(value));
}

/* settings: the text of .clnslt, NULL = no such section. */
static struct fake_firmware *with_settings(const char *settings)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".osrel", "ID=acme\nIMAGE_ID=robot\nIMAGE_VERSION=7\n");
        add_text(firmware, ".cmdline", "quiet");
        add_text(firmware, ".linux", "this is the kernel");
        if (settings != NULL)
                add_text(firmware, ".clnslt", settings);
        set_supported_indications(firmware, 0x41);
        fake_disk_add(&firmware->disk, "esp", "esp", 200);
        fake_disk_add(&firmware->disk, "root", "root", 400);
        fake_disk_add(&firmware->disk, "config", "config", 64);
        fake_disk_add(&firmware->disk, "var", "state", 1536);
        return firmware;
}

static void set_request(struct fake_firmware *firmware)
{
        uint8_t value[1024];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(REQUEST_OURS, strlen(REQUEST_OURS), &writer);
        fake_set_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, writer.size);
}

static struct handover handed_over(const struct fake_firmware *firmware)
{
        const char *archive = (const char *)firmware->kernel.initrd, *at, *end;
        struct handover handover = { 0 };

        at = memmem(archive, firmware->kernel.initrd_size, "mode=", 5);
        assert_non_null(at);
        end = strstr(at, "\npartition="); /* its last line, where it is known */
        end = strchr((end != NULL ? end : strstr(at, "\nrequest=")) + 1, '\n');
        assert_int_equal(handover_parse(at, (size_t)(end + 1 - at), &handover), ERR_OK);
        return handover;
}

static void assert_boots(struct fake_firmware *firmware, enum boot_mode mode, enum boot_reason reason)
{
        EFI_STATUS status;

        assert_true(fake_run(firmware, &status));
        assert_int_equal(handed_over(firmware).choice.mode, mode);
        assert_int_equal(handed_over(firmware).choice.reason, reason);
}

static void assert_resets(struct fake_firmware *firmware, EFI_RESET_TYPE type)
{
        EFI_STATUS status;

        assert_false(fake_run(firmware, &status));
        assert_true(firmware->was_reset);
        assert_int_equal(firmware->reset_type, type);
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

static bool exists(const struct fake_firmware *firmware, const char *name)
{
        return fake_find_variable(firmware, &guid_loader_interface, name) != NULL;
}

static void hidden_menu_costs_one_look_and_leaves_no_trace(void **state)
{
        for (int with_section = 0; with_section < 2; with_section++) {
                struct fake_firmware *firmware = with_settings(with_section ? "# the defaults\n" : NULL);

                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_int_equal(firmware->screen.looks, 1);
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
        assert_string_equal(firmware->screen.last_page, "\n"
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
                                                        "\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
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

static void watchdog_is_off_while_a_person_reads(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_type(&firmware->screen, "f");
        fake_wait(&firmware->screen, 1000);
        fake_type(&firmware->screen, "p"); /* not an entry here */
        fake_press(&firmware->screen, &(EFI_INPUT_KEY)FAKE_ESCAPE, 1);
        fake_type(&firmware->screen, "p");
        assert_resets(firmware, EfiResetShutdown);
        assert_true(firmware->screen.seconds >= 1000);
        fake_done(firmware);
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

        firmware->screen.simple_only = true;
        fake_type(&firmware->screen, "f\nreset\n");
        assert_boots(firmware, MODE_RESET, REASON_MENU);
        fake_done(firmware);
}

/* Wrong words, Escape and hours of waiting: then a person chooses the ordinary start. */
static void nothing_but_the_word_resets(void **state)
{
        struct fake_firmware *firmware = with_settings(SHOW);

        fake_type(&firmware->screen, "f\nyes\nrese\nresett\n\n");
        fake_wait(&firmware->screen, 3000);
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

static void one_shot_entry_is_removed_before_it_is_measured(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);
        int removed, measured;

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
        assert_boots(firmware, MODE_RESET, REASON_LOADER_ENTRY);
        removed = fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderEntryOneShot");
        measured = fake_find_call(firmware, FAKE_MEASURE, "cleanslate:mode=reset");
        assert_true(removed >= 0 && removed < measured);
        fake_done(firmware);
}

/* It would be followed at every boot from then on. */
static void one_shot_entry_that_cannot_be_removed_is_not_followed(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
        firmware->faults.set_variable_name = "LoaderEntryOneShot";
        firmware->faults.set_variable = EFI_WRITE_PROTECTED;
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_non_null(strstr(firmware->console, "entry that was asked for is ignored, its variable cannot be read and removed: "
                                                  "write-protected"));
        fake_done(firmware);
}

static void unknown_one_shot_entry_is_removed_and_said(void **state)
{
        static const char *const others[] = { "windows", "auto-cleanslate-", "", "@saved" };

        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                struct fake_firmware *firmware = with_settings(NULL);

                fake_set_loader_text(firmware, "LoaderEntryOneShot", others[i]);
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_false(exists(firmware, "LoaderEntryOneShot"));
                assert_non_null(strstr(firmware->console, "is ignored: this image has none of that name"));
                fake_done(firmware);
        }
}

static void one_shot_firmware_setup_restarts_into_it(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-reboot-to-firmware-setup");
        assert_resets(firmware, EfiResetCold);
        assert_false(exists(firmware, "LoaderEntryOneShot"));
        assert_non_null(fake_find_variable(firmware, &guid_efi_global, "OsIndications"));
        fake_done(firmware);
}

/* Root on the machine can ask for it; a person at the console has to say the word. */
static void one_shot_break_glass_needs_the_word(void **state)
{
        struct fake_firmware *firmware = with_settings(BREAK_GLASS);

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY); /* nobody is there */
        assert_int_equal(firmware->screen.seconds, 60);
        assert_false(exists(firmware, "LoaderEntryOneShot"));
        fake_done(firmware);
        firmware = with_settings(BREAK_GLASS);
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        fake_type(&firmware->screen, "\nbreak glass\n");
        assert_boots(firmware, MODE_BREAK_GLASS, REASON_MENU);
        assert_string_equal(fake_exported_text(firmware, "LoaderEntrySelected"), "auto-cleanslate-break-glass");
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        assert_boots(firmware, MODE_RECOVERY, REASON_BREAK_GLASS_OFF);
        fake_done(firmware);
}

static void lasting_default_never_resets(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderEntryDefault", "auto-cleanslate-reset");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_non_null(strstr(firmware->console, "the default boot loader entry is ignored: only the normal start can be"));
        assert_true(exists(firmware, "LoaderEntryDefault")); /* it is not ours to remove */
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderEntryDefault", "auto-cleanslate");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderEntryDefault", "debian-6.1.0.conf"); /* of a system that was here before */
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

static void timeouts_of_the_operating_system_are_followed(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderConfigTimeout", "9");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.seconds, 9);
        assert_true(exists(firmware, "LoaderConfigTimeout"));
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderConfigTimeout", "9");
        fake_set_loader_text(firmware, "LoaderConfigTimeoutOneShot", "menu-force");
        fake_wait(&firmware->screen, 2000);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.seconds, 2000);
        assert_false(exists(firmware, "LoaderConfigTimeoutOneShot"));
        fake_done(firmware);
}

static void entries_and_features_are_published(void **state)
{
        static const char expected[] = "auto-cleanslate\0auto-cleanslate-reset\0auto-cleanslate-recovery\0"
                                       "auto-cleanslate-break-glass\0auto-reboot-to-firmware-setup";
        struct fake_firmware *firmware = with_settings(BREAK_GLASS);
        const struct fake_variable *variable;

        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        variable = fake_find_variable(firmware, &guid_loader_interface, "LoaderEntries");
        assert_int_equal(variable->size, 2 * sizeof(expected));
        for (size_t i = 0; i < sizeof(expected); i++)
                assert_int_equal(load_le16(variable->value + 2 * i), expected[i]);
        assert_string_equal(fake_exported_text(firmware, "LoaderEntrySelected"), "auto-cleanslate");
        variable = fake_find_variable(firmware, &guid_loader_interface, "LoaderFeatures");
        assert_int_equal(load_le64(variable->value), 0x200f);
        assert_int_equal(variable->attributes, 6);
        fake_done(firmware);
}

static void entries_leave_out_what_is_not_offered(void **state)
{
        static const char expected[] = "auto-cleanslate\0auto-cleanslate-reset\0auto-cleanslate-recovery";
        struct fake_firmware *firmware = with_settings(NULL);

        set_supported_indications(firmware, 0);
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(fake_find_variable(firmware, &guid_loader_interface, "LoaderEntries")->size, 2 * sizeof(expected));
        fake_done(firmware);
}

/* systemd-boot, say: its entries, its one-shot, its timeouts. The person at the keyboard is still ours. */
static void another_boot_loaders_values_stay(void **state)
{
        static const char *const lasting[] = { "LoaderConfigTimeoutOneShot", "LoaderConfigTimeout", "LoaderEntryDefault" };
        static const char *const its_own[] = { "LoaderEntries", "LoaderEntrySelected", "LoaderFeatures" };
        static const char *const names[] = { "LoaderInfo",          "LoaderEntryOneShot", "LoaderConfigTimeoutOneShot",
                                             "LoaderConfigTimeout", "LoaderEntries",      "LoaderEntrySelected",
                                             "LoaderFeatures",      "LoaderEntryDefault" };
        struct fake_firmware *firmware = with_settings(NULL);

        for (size_t i = 0; i < ARRAY_SIZE(lasting); i++)
                fake_set_loader_text(firmware, lasting[i], "menu-force");
        for (size_t i = 0; i < ARRAY_SIZE(its_own); i++)
                fake_set_boot_loader_text(firmware, its_own[i], "menu-force");
        fake_set_boot_loader_text(firmware, "LoaderInfo", "systemd-boot 252.39");
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                assert_true(exists(firmware, names[i]));
                assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, names[i]), -1);
        }
        assert_int_equal(firmware->screen.looks, 1);
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

/* A first try of ours in the same boot that came back to the firmware is no other boot loader. */
static void own_values_of_a_first_try_are_not_another_boot_loaders(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_boot_loader_text(firmware, "LoaderInfo", "cleanslate 0.0");
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-recovery");
        assert_boots(firmware, MODE_RECOVERY, REASON_LOADER_ENTRY);
        assert_false(exists(firmware, "LoaderEntryOneShot"));
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hidden_menu_costs_one_look_and_leaves_no_trace),
                cmocka_unit_test(hidden_menu_waits_for_a_key_as_long_as_it_is_told),
                cmocka_unit_test(a_key_opens_the_hidden_menu),
                cmocka_unit_test(shown_menu_counts_down_to_what_would_start_anyway),
                cmocka_unit_test(menu_that_is_off_does_not_look_at_the_keyboard),
                cmocka_unit_test(watchdog_is_off_while_a_person_reads),
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
                cmocka_unit_test(one_shot_entry_is_removed_before_it_is_measured),
                cmocka_unit_test(one_shot_entry_that_cannot_be_removed_is_not_followed),
                cmocka_unit_test(unknown_one_shot_entry_is_removed_and_said),
                cmocka_unit_test(one_shot_firmware_setup_restarts_into_it),
                cmocka_unit_test(one_shot_break_glass_needs_the_word),
                cmocka_unit_test(lasting_default_never_resets),
                cmocka_unit_test(timeouts_of_the_operating_system_are_followed),
                cmocka_unit_test(entries_and_features_are_published),
                cmocka_unit_test(entries_leave_out_what_is_not_offered),
                cmocka_unit_test(another_boot_loaders_values_stay),
                cmocka_unit_test(own_values_of_a_first_try_are_not_another_boot_loaders),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
