/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub and whoever merely stands at the machine: what needs the image's password, or is off, does not happen without it,
 * whichever menu it was chosen in; guessing is slow, over restarts, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/boot/handover.h"
#include "common/policy/console-access.h"
#include "fake-firmware.h"

#define REQUEST_OURS "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"robot\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"
#define HASH         "$pbkdf2-sha256$10000$AAECAwQFBgcICQoLDA0ODw$5RUHDgNTp9sBOWGYS4e6u57cz/Sq3/TQgaDP/8MW6L8"
#define RIGHT        "correct horse\n"
#define GUARDED                                                                                      \
        "[Menu]\nmode=show\nreset=password\nrecovery=password\nbreak-glass=password\npassword=" HASH \
        "\n[BreakGlass]\nmode=allowed\n[Boot]\nattempts=0\n"
#define MENU_IS_OFF "[Menu]\nmode=off\nreset=password\nrecovery=off\npassword=" HASH "\n"
#define NOTHING     "[Menu]\nmode=show\nreset=off\nrecovery=off\nif-system-does-not-start=only the vendor can reset this device\n"
#define UNREADABLE  "[Menu]\nreset=maybe\n"
#define PRIVATE     (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS)

static void add_text(struct fake_firmware *firmware, const char *section, const char *text)
{
        fake_add_section(firmware, section, text, strlen(text));
}

/* As images/uki.py builds it. */
static struct fake_firmware *with_settings(const char *settings, const char *load_options)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".osrel", "ID=acme\nIMAGE_ID=robot\nIMAGE_VERSION=7\n");
        add_text(firmware, ".cmdline", "quiet");
        add_text(firmware, ".linux", "this is the kernel");
        add_text(firmware, ".clnslt", settings);
        add_text(firmware, ".profile", "ID=normal\n");
        add_text(firmware, ".profile", "ID=factory-reset\n");
        add_text(firmware, ".cmdline", "quiet cleanslate.mode=reset");
        add_text(firmware, ".profile", "ID=recovery\n");
        add_text(firmware, ".cmdline", "quiet cleanslate.mode=recovery");
        add_text(firmware, ".profile", "ID=systemd's word for it\n");
        add_text(firmware, ".cmdline", "quiet systemd.factory_reset=1");
        if (load_options != NULL)
                fake_set_load_options(firmware, load_options);
        return firmware;
}

static void set_request(struct fake_firmware *firmware)
{
        uint8_t value[1024];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(REQUEST_OURS, strlen(REQUEST_OURS), &writer);
        fake_set_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, writer.size);
}

/* Off and on: what is not volatile stays. */
static struct fake_firmware *restarted(struct fake_firmware *before, const char *settings)
{
        struct fake_variable kept[FAKE_VARIABLES_MAX] = { 0 };
        struct fake_firmware *firmware;

        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++) {
                const struct fake_variable *variable = &before->variables[i];

                if (variable->name[0] == '\0' || !(variable->attributes & EFI_VARIABLE_NON_VOLATILE))
                        continue;
                kept[i] = *variable;
                kept[i].value = malloc(variable->size);
                memcpy(kept[i].value, variable->value, variable->size);
        }
        fake_done(before);
        firmware = with_settings(settings, NULL);
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                free(firmware->variables[i].value); /* a new machine's */
        memcpy(firmware->variables, kept, sizeof(kept));
        return firmware;
}

static struct handover handed_over(const struct fake_firmware *firmware)
{
        const char *archive = (const char *)firmware->kernel.initrd, *at, *end;
        struct handover handover = { 0 };

        at = memmem(archive, firmware->kernel.initrd_size, "mode=", 5);
        assert_non_null(at);
        end = memchr(at, '\0', (size_t)(archive + firmware->kernel.initrd_size - at)); /* the padding of the archive */
        end = end == NULL ? archive + firmware->kernel.initrd_size : end;
        while (end > at && end[-1] != '\n')
                end--;
        assert_int_equal(handover_parse(at, (size_t)(end - at), &handover), ERR_OK);
        return handover;
}

static void assert_boots(struct fake_firmware *firmware, enum boot_mode mode, enum boot_reason reason, bool password_given)
{
        EFI_STATUS status;

        assert_true(fake_run(firmware, &status));
        assert_int_equal(handed_over(firmware).choice.mode, mode);
        assert_int_equal(handed_over(firmware).choice.reason, reason);
        assert_int_equal(handed_over(firmware).password_given, password_given);
}

/* Back to the menu that the choice was made in, without a measurement and without a kernel. */
static void assert_is_refused(struct fake_firmware *firmware)
{
        EFI_STATUS status = EFI_SUCCESS;

        assert_false(fake_run(firmware, &status));
        assert_false(firmware->was_reset);
        assert_true(status == EFI_ACCESS_DENIED);
        assert_int_equal(firmware->event_count, 0);
        assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL), -1);
}

static const struct fake_variable *wrong_passwords(const struct fake_firmware *firmware)
{
        return fake_find_variable(firmware, &guid_cleanslate, WRONG_PASSWORDS_VARIABLE_NAME);
}

static void assert_counted(const struct fake_firmware *firmware, uint32_t expected)
{
        const struct fake_variable *variable = wrong_passwords(firmware);
        uint32_t count = 0;

        assert_non_null(variable);
        assert_int_equal(variable->attributes, PRIVATE); /* the running system neither sees nor changes it */
        assert_int_equal(wrong_passwords_decode(variable->value, variable->size, &count), ERR_OK);
        assert_int_equal(count, expected);
}

static void press_escape(struct fake_firmware *firmware)
{
        fake_press(&firmware->screen, &(EFI_INPUT_KEY)FAKE_ESCAPE, 1);
}

static void the_right_password_opens_the_question_and_the_word_resets(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);

        fake_type(&firmware->screen, "f" RIGHT "\nreset\n");
        assert_boots(firmware, MODE_RESET, REASON_MENU, true);
        assert_null(wrong_passwords(firmware));
        fake_done(firmware);
}

static void a_wrong_password_is_counted_and_leads_nowhere(void **state)
{
        static const char entries[] = "frb";

        for (size_t i = 0; entries[i] != '\0'; i++) {
                struct fake_firmware *firmware = with_settings(GUARDED, NULL);

                fake_type(&firmware->screen, (char[]){ entries[i], '\0' });
                fake_type(&firmware->screen, "wrong\n");
                fake_wait(&firmware->screen, 1);
                press_escape(firmware);
                fake_type(&firmware->screen, "n");
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
                assert_counted(firmware, 1);
                assert_null(strstr(firmware->console, "wrong\r")); /* not echoed */
                fake_done(firmware);
        }
}

/* The third wrong one costs 5 s, in this start or the next: what is typed in them is not taken. */
static void waiting_outlives_a_restart_and_the_right_password_ends_it(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);

        fake_type(&firmware->screen, "fa\nb\nc\n" RIGHT);
        fake_wait(&firmware->screen, 1);
        press_escape(firmware);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
        assert_counted(firmware, 3);
        firmware = restarted(firmware, GUARDED);
        fake_type(&firmware->screen, "f" RIGHT); /* too early */
        fake_wait(&firmware->screen, 4);
        fake_type(&firmware->screen, RIGHT); /* still */
        press_escape(firmware);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
        assert_counted(firmware, 3); /* and no guess was spent */
        firmware = restarted(firmware, GUARDED);
        fake_type(&firmware->screen, "f");
        fake_wait(&firmware->screen, 5);
        fake_type(&firmware->screen, "d\n");
        fake_wait(&firmware->screen, 9);
        fake_type(&firmware->screen, RIGHT); /* 10 s now */
        fake_wait(&firmware->screen, 1);
        fake_type(&firmware->screen, RIGHT "\nreset\n");
        assert_boots(firmware, MODE_RESET, REASON_MENU, true);
        assert_null(wrong_passwords(firmware));
        firmware = restarted(firmware, GUARDED);
        fake_type(&firmware->screen, "r" RIGHT); /* at once again */
        assert_boots(firmware, MODE_RECOVERY, REASON_MENU, true);
        fake_done(firmware);
}

/* Power may go between the count and the answer: the count comes first, so that this saves no guess. */
static void a_guess_is_counted_before_it_is_judged(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);
        size_t writes = 0;

        fake_type(&firmware->screen, "r" RIGHT);
        assert_boots(firmware, MODE_RECOVERY, REASON_MENU, true);
        for (size_t i = 0; i < firmware->call_count; i++)
                writes += firmware->calls[i].kind == FAKE_SET_VARIABLE &&
                          strcmp(firmware->calls[i].what, WRONG_PASSWORDS_VARIABLE_NAME) == 0;
        assert_true(writes >= 2); /* there was none to remove unless it was written */
        assert_null(wrong_passwords(firmware));
        fake_done(firmware);
}

static void a_store_that_takes_no_count_costs_a_minute_for_each_guess(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);

        firmware->faults.set_variable_name = WRONG_PASSWORDS_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_OUT_OF_RESOURCES;
        fake_type(&firmware->screen, "rwrong\n" RIGHT);
        assert_boots(firmware, MODE_RECOVERY, REASON_MENU, true);
        assert_true(firmware->screen.seconds >= 120);
        fake_done(firmware);
}

static void keys_in_between_do_not_hold_the_wait_up(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);

        fake_type(&firmware->screen, "fa\nb\nc\n"); /* 5 s now */
        for (int i = 0; i < 12; i++) {
                fake_wait_ms(&firmware->screen, 600);
                fake_type(&firmware->screen, "x");
        }
        fake_type(&firmware->screen, "\b\b\b\b\b\b\b\b" RIGHT "\nreset\n");
        assert_boots(firmware, MODE_RESET, REASON_MENU, true);
        fake_done(firmware);
}

/* A count of the running system's making neither keeps a person waiting nor frees anybody. */
static void the_running_systems_count_is_not_believed(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);

        fake_set_variable(firmware, &guid_cleanslate, WRONG_PASSWORDS_VARIABLE_NAME, "\1\377", 2);
        fake_type(&firmware->screen, "rwrong\n");
        press_escape(firmware);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
        assert_counted(firmware, 1);
        fake_done(firmware);
}

static void another_menus_profile_asks_as_well(void **state)
{
        static const struct {
                const char *options, *keys;
                enum boot_mode mode;
        } cases[] = { { "@1", RIGHT "\nreset\n", MODE_RESET },
                      { "@3", RIGHT "\nreset\n", MODE_RESET },
                      { "@2", RIGHT, MODE_RECOVERY } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_settings(GUARDED, cases[i].options);

                fake_type(&firmware->screen, cases[i].keys);
                assert_boots(firmware, cases[i].mode, REASON_MENU, true);
                fake_done(firmware);

                firmware = with_settings(GUARDED, cases[i].options); /* wrong, then given up */
                fake_type(&firmware->screen, "wrong\n");
                press_escape(firmware);
                assert_is_refused(firmware);
                assert_counted(firmware, 1);
                fake_done(firmware);

                firmware = with_settings(GUARDED, cases[i].options); /* nobody there */
                assert_is_refused(firmware);
                assert_true(firmware->screen.seconds >= 60 && firmware->screen.seconds < 75);
                fake_done(firmware);

                firmware = with_settings(GUARDED, cases[i].options);
                firmware->faults.no_keyboard = firmware->screen.faults.simple_only = true;
                assert_is_refused(firmware);
                assert_non_null(strstr(firmware->console, "the password was not given"));
                fake_done(firmware);

                firmware = with_settings("[Menu]\nmode=show\n", cases[i].options); /* the control: nothing is asked */
                assert_boots(firmware, cases[i].mode, REASON_LOADER_ENTRY, false);
                assert_int_equal(firmware->screen.looks, 0);
                fake_done(firmware);
        }
}

/* The password was right, and then the person thinks better of it. */
static void giving_up_behind_the_password_starts_nothing(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, "@1");

        fake_type(&firmware->screen, RIGHT);
        press_escape(firmware);
        fake_type(&firmware->screen, "n");
        assert_is_refused(firmware);
        assert_null(strstr(firmware->console, "was not given"));
        fake_done(firmware);
        firmware = with_settings(GUARDED, NULL);
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
        fake_type(&firmware->screen, RIGHT);
        press_escape(firmware);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, true);
        fake_done(firmware);
}

/* Who typed it and went away: the next one at the machine has not given it. */
static void the_password_of_who_went_away_is_forgotten(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);

        fake_type(&firmware->screen, "f" RIGHT);
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
        assert_int_equal(firmware->screen.seconds, 60);
        fake_done(firmware);
        firmware = with_settings(GUARDED, "@1");
        fake_type(&firmware->screen, RIGHT "\nres");
        assert_is_refused(firmware);
        fake_done(firmware);
}

static void a_boot_loader_entry_asks_even_where_there_is_no_menu(void **state)
{
        static const char *const settings[] = { GUARDED, MENU_IS_OFF };

        for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
                struct fake_firmware *firmware = with_settings(settings[i], NULL);

                fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
                fake_type(&firmware->screen, RIGHT "\nreset\n");
                assert_boots(firmware, MODE_RESET, REASON_MENU, true);
                fake_done(firmware);
                firmware = with_settings(settings[i], NULL); /* nobody there: an ordinary start, once */
                fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
                assert_int_equal(firmware->screen.seconds, 60);
                assert_null(fake_find_variable(firmware, &guid_loader_interface, "LoaderEntryOneShot"));
                fake_done(firmware);
        }
}

static void break_glass_asks_for_the_password_before_its_words(void **state)
{
        struct fake_firmware *firmware = with_settings(GUARDED, NULL);

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        fake_type(&firmware->screen, RIGHT "\nbreak glass\n");
        assert_boots(firmware, MODE_BREAK_GLASS, REASON_MENU, true);
        fake_done(firmware);
        firmware = with_settings(GUARDED, NULL);
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        fake_type(&firmware->screen, "\nbreak glass\n");
        fake_wait(&firmware->screen, 1);
        press_escape(firmware);
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
        fake_done(firmware);
}

/* What the running system's root asks for, and a reset that has begun, take nobody's password. */
static void a_request_needs_no_password(void **state)
{
        static const char *const settings[] = { GUARDED, MENU_IS_OFF, NOTHING, UNREADABLE };
        static const char *const options[] = { NULL, "@1", "@2" };

        for (size_t i = 0; i < ARRAY_SIZE(settings) * ARRAY_SIZE(options); i++) {
                struct fake_firmware *firmware = with_settings(settings[i / 3], options[i % 3]);

                set_request(firmware);
                assert_boots(firmware, MODE_RESET, REASON_REQUEST_DUE, false);
                fake_done(firmware);
        }
}

static void what_is_off_is_in_no_menu_and_no_entry_leads_there(void **state)
{
        static const char *const settings[] = { NOTHING, UNREADABLE };
        static const char *const entries[] = { "auto-cleanslate-reset", "auto-cleanslate-recovery",
                                               "auto-cleanslate-break-glass" };

        for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
                struct fake_firmware *firmware = with_settings(settings[i], NULL);

                fake_type(&firmware->screen, i == 0 ? "" : "x");
                fake_wait(&firmware->screen, 1);
                fake_type(&firmware->screen, "frb");
                fake_wait(&firmware->screen, 1);
                fake_type(&firmware->screen, "n");
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
                assert_null(strstr(firmware->screen.last_page, "  f  "));
                assert_null(strstr(firmware->screen.last_page, "  r  "));
                assert_int_equal(handed_over(firmware).access.reset, ACCESS_OFF);
                fake_done(firmware);
                for (size_t entry = 0; entry < ARRAY_SIZE(entries); entry++) {
                        firmware = with_settings(settings[i], NULL);
                        fake_set_loader_text(firmware, "LoaderEntryOneShot", entries[entry]);
                        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY, false);
                        assert_non_null(strstr(firmware->console, "this image does not allow it from the console"));
                        fake_done(firmware);
                }
                firmware = with_settings(settings[i], "@1");
                assert_is_refused(firmware);
                fake_done(firmware);
                firmware = with_settings(settings[i], "@2");
                assert_is_refused(firmware);
                fake_done(firmware);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_right_password_opens_the_question_and_the_word_resets),
                cmocka_unit_test(a_wrong_password_is_counted_and_leads_nowhere),
                cmocka_unit_test(waiting_outlives_a_restart_and_the_right_password_ends_it),
                cmocka_unit_test(keys_in_between_do_not_hold_the_wait_up),
                cmocka_unit_test(a_guess_is_counted_before_it_is_judged),
                cmocka_unit_test(a_store_that_takes_no_count_costs_a_minute_for_each_guess),
                cmocka_unit_test(the_running_systems_count_is_not_believed),
                cmocka_unit_test(another_menus_profile_asks_as_well),
                cmocka_unit_test(giving_up_behind_the_password_starts_nothing),
                cmocka_unit_test(the_password_of_who_went_away_is_forgotten),
                cmocka_unit_test(a_boot_loader_entry_asks_even_where_there_is_no_menu),
                cmocka_unit_test(break_glass_asks_for_the_password_before_its_words),
                cmocka_unit_test(a_request_needs_no_password),
                cmocka_unit_test(what_is_off_is_in_no_menu_and_no_entry_leads_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
