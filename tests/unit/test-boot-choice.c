/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mode a boot gets, and what the command line says about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/boot/boot-choice.h"

struct choice_case {
        const char *promise;
        struct boot_facts facts; /* limits 3 and 32 are filled in */
        enum boot_mode mode;
        enum boot_reason reason;
};

static void check_choices(const struct choice_case *cases, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct boot_facts facts = cases[i].facts;
                struct boot_choice choice;

                facts.failures_max = RESET_FAILURES_MAX;
                facts.attempts_max = RESET_ATTEMPTS_MAX;
                choice = boot_choose(&facts);
                if (choice.mode != cases[i].mode || choice.reason != cases[i].reason)
                        fail_msg("%s: got %s (%s)", cases[i].promise, boot_mode_name(choice.mode),
                                 boot_reason_name(choice.reason));
        }
}

static void boot_without_a_request_is_normal(void **state)
{
        static const struct choice_case cases[] = {
                { "nothing", { .request = REQUEST_ABSENT }, MODE_NORMAL, REASON_ORDINARY },
                { "malformed request", { .request = REQUEST_MALFORMED }, MODE_NORMAL, REASON_ORDINARY },
                { "foreign request", { .request = REQUEST_FOREIGN }, MODE_NORMAL, REASON_ORDINARY },
                { "pending request", { .request = REQUEST_PENDING }, MODE_NORMAL, REASON_ORDINARY },
                { "reset is over",
                  { .progress = { .phase = PHASE_DONE, .failures = 9, .attempts = 99 } },
                  MODE_NORMAL,
                  REASON_ORDINARY },
        };

        check_choices(cases, ARRAY_SIZE(cases));
}

static void due_request_resets(void **state)
{
        static const struct choice_case cases[] = {
                { "fresh", { .request = REQUEST_DUE }, MODE_RESET, REASON_REQUEST_DUE },
                { "after an earlier reset",
                  { .request = REQUEST_DUE, .progress = { .phase = PHASE_DONE, .failures = 9 } },
                  MODE_RESET,
                  REASON_REQUEST_DUE },
                { "before the command line",
                  { .request = REQUEST_DUE, .command_line_mode = MODE_BREAK_GLASS },
                  MODE_RESET,
                  REASON_REQUEST_DUE },
        };

        check_choices(cases, ARRAY_SIZE(cases));
}

static void command_line_is_honoured(void **state)
{
        static const struct choice_case cases[] = {
                { "factory reset", { .command_line_factory_reset = true }, MODE_RESET, REASON_COMMAND_LINE },
                { "again at each boot",
                  { .command_line_factory_reset = true, .progress = { .phase = PHASE_DONE, .origin = ORIGIN_COMMAND_LINE } },
                  MODE_RESET,
                  REASON_COMMAND_LINE },
                { "mode", { .command_line_mode = MODE_RECOVERY }, MODE_RECOVERY, REASON_COMMAND_LINE },
                { "mode reset", { .command_line_mode = MODE_RESET }, MODE_RESET, REASON_COMMAND_LINE },
                { "mode before factory reset",
                  { .command_line_mode = MODE_BREAK_GLASS,
                    .command_line_factory_reset = true,
                    .break_glass = BREAK_GLASS_ALLOWED },
                  MODE_BREAK_GLASS,
                  REASON_COMMAND_LINE },
                { "in spite of a foreign request",
                  { .command_line_factory_reset = true, .request = REQUEST_FOREIGN },
                  MODE_RESET,
                  REASON_COMMAND_LINE },
        };

        check_choices(cases, ARRAY_SIZE(cases));
}

static void reset_under_way_goes_on_whatever_else_is_asked(void **state)
{
        for (int phase = PHASE_STARTED; phase <= PHASE_RECORDED; phase++)
                for (int request = REQUEST_ABSENT; request <= REQUEST_DUE; request++)
                        for (int mode = 0; mode < MODE_COUNT; mode++) {
                                struct choice_case facts = {
                                        "under way",
                                        { .request = (enum request_state)request,
                                          .standing = PROGRESS_UNDER_WAY,
                                          .progress = { .phase = (enum reset_phase)phase, .failures = 2, .attempts = 31 },
                                          .command_line_factory_reset = mode % 2 == 0,
                                          .command_line_mode = (enum boot_mode)mode },
                                        MODE_RESET,
                                        REASON_RESET_UNDER_WAY
                                };

                                check_choices(&facts, 1);
                        }
}

static void reset_that_keeps_failing_ends_in_recovery(void **state)
{
        static const struct choice_case cases[] = {
                { "failures",
                  { .standing = PROGRESS_UNDER_WAY, .progress = { .phase = PHASE_STARTED, .failures = 3, .attempts = 3 } },
                  MODE_RECOVERY,
                  REASON_ATTEMPTS_USED_UP },
                { "more failures",
                  { .standing = PROGRESS_UNDER_WAY, .progress = { .phase = PHASE_RECORDED, .failures = 4, .attempts = 4 } },
                  MODE_RECOVERY,
                  REASON_ATTEMPTS_USED_UP },
                { "interruptions",
                  { .standing = PROGRESS_UNDER_WAY, .progress = { .phase = PHASE_ERASED, .attempts = 32 } },
                  MODE_RECOVERY,
                  REASON_ATTEMPTS_USED_UP },
                { "a due request does not start over",
                  { .request = REQUEST_DUE,
                    .standing = PROGRESS_UNDER_WAY,
                    .progress = { .phase = PHASE_ERASED, .failures = 3 } },
                  MODE_RECOVERY,
                  REASON_ATTEMPTS_USED_UP },
                { "nor does the command line",
                  { .command_line_factory_reset = true,
                    .standing = PROGRESS_UNDER_WAY,
                    .progress = { .phase = PHASE_ERASED, .failures = 3 } },
                  MODE_RECOVERY,
                  REASON_ATTEMPTS_USED_UP },
                { "one interruption short",
                  { .standing = PROGRESS_UNDER_WAY, .progress = { .phase = PHASE_ERASED, .attempts = 31 } },
                  MODE_RESET,
                  REASON_RESET_UNDER_WAY },
                { "one failure short",
                  { .standing = PROGRESS_UNDER_WAY, .progress = { .phase = PHASE_ERASED, .failures = 2, .attempts = 5 } },
                  MODE_RESET,
                  REASON_RESET_UNDER_WAY },
        };

        check_choices(cases, ARRAY_SIZE(cases));
}

static void what_is_asked_for_comes_before_a_request(void **state)
{
        static const struct choice_case cases[] = {
                { "menu", { .asked = { MODE_RECOVERY, REASON_MENU } }, MODE_RECOVERY, REASON_MENU },
                { "menu over a due request",
                  { .asked = { MODE_RECOVERY, REASON_MENU }, .request = REQUEST_DUE },
                  MODE_RECOVERY,
                  REASON_MENU },
                { "loader entry over the command line",
                  { .asked = { MODE_RESET, REASON_LOADER_ENTRY }, .command_line_mode = MODE_RECOVERY },
                  MODE_RESET,
                  REASON_LOADER_ENTRY },
                { "normal asked for does not stop a due request",
                  { .asked = { MODE_NORMAL, REASON_MENU }, .request = REQUEST_DUE },
                  MODE_RESET,
                  REASON_REQUEST_DUE },
                { "reset asked for begins anew",
                  { .asked = { MODE_RESET, REASON_MENU }, .standing = PROGRESS_UNDER_WAY, .progress = { .phase = PHASE_ERASED } },
                  MODE_RESET,
                  REASON_MENU },
                { "another request than the one of the reset under way",
                  { .request = REQUEST_DUE, .standing = PROGRESS_SUPERSEDED, .progress = { .phase = PHASE_RECORDED } },
                  MODE_RESET,
                  REASON_REQUEST_DUE },
                { "another request, whose own attempts to begin are used up",
                  { .request = REQUEST_DUE,
                    .standing = PROGRESS_SUPERSEDED,
                    .progress = { .phase = PHASE_RECORDED, .attempts = 32 } },
                  MODE_RECOVERY,
                  REASON_ATTEMPTS_USED_UP },
                { "a reset under way that nothing proves",
                  { .standing = PROGRESS_UNPROVEN, .progress = { .phase = PHASE_STARTED } },
                  MODE_RESET,
                  REASON_RESET_UNDER_WAY },
                { "a forged record beside a due request",
                  { .request = REQUEST_DUE, .standing = PROGRESS_NONE },
                  MODE_RESET,
                  REASON_REQUEST_DUE },
                { "recovery page of a reset under way",
                  { .asked = { MODE_RECOVERY, REASON_MENU },
                    .standing = PROGRESS_UNDER_WAY,
                    .progress = { .phase = PHASE_ERASED } },
                  MODE_RECOVERY,
                  REASON_MENU },
                { "no break-glass between two states",
                  { .asked = { MODE_BREAK_GLASS, REASON_MENU },
                    .break_glass = BREAK_GLASS_ALLOWED,
                    .standing = PROGRESS_UNDER_WAY,
                    .progress = { .phase = PHASE_ERASED } },
                  MODE_RESET,
                  REASON_RESET_UNDER_WAY },
        };

        check_choices(cases, ARRAY_SIZE(cases));
}

static void break_glass_needs_the_policys_leave(void **state)
{
        static const struct choice_case cases[] = {
                { "asked for, off",
                  { .asked = { MODE_BREAK_GLASS, REASON_LOADER_ENTRY } },
                  MODE_RECOVERY,
                  REASON_BREAK_GLASS_OFF },
                { "command line, off", { .command_line_mode = MODE_BREAK_GLASS }, MODE_RECOVERY, REASON_BREAK_GLASS_OFF },
                { "allowed",
                  { .asked = { MODE_BREAK_GLASS, REASON_MENU }, .break_glass = BREAK_GLASS_ALLOWED },
                  MODE_BREAK_GLASS,
                  REASON_MENU },
                { "then reset",
                  { .asked = { MODE_BREAK_GLASS, REASON_MENU }, .break_glass = BREAK_GLASS_THEN_RESET },
                  MODE_BREAK_GLASS,
                  REASON_MENU },
        };

        check_choices(cases, ARRAY_SIZE(cases));
}

/* Each origin of a mode, under each word of the image: only a person's choice needs permission, and a reset that was requested or
 * has begun goes on. */
static void whoever_stands_at_the_machine_gets_what_the_image_allows(void **state)
{
        static const enum boot_reason persons[] = { REASON_MENU, REASON_LOADER_ENTRY };

        for (int number = 0; number < 2 * 3 * ACCESS_COUNT * 2; number++) {
                const enum boot_mode mode = (enum boot_mode)(MODE_RESET + number / 2 % 3);
                const enum access word = (enum access)(number / 6 % ACCESS_COUNT);
                const bool given = number / 18 == 1, heard = word == ACCESS_ALLOWED || (word == ACCESS_PASSWORD && given);
                struct boot_facts facts = { .failures_max = RESET_FAILURES_MAX,
                                            .attempts_max = RESET_ATTEMPTS_MAX,
                                            .break_glass = BREAK_GLASS_ALLOWED,
                                            .access = { mode == MODE_RESET ? word : ACCESS_ALLOWED,
                                                        mode == MODE_RECOVERY ? word : ACCESS_ALLOWED,
                                                        mode == MODE_BREAK_GLASS ? word : ACCESS_ALLOWED },
                                            .password_given = given,
                                            .asked = { mode, persons[number % 2] } };

                assert_true(boot_reason_is_person(facts.asked.reason));
                assert_int_equal(boot_choose(&facts).mode, heard ? mode : MODE_NORMAL);
                assert_int_equal(boot_needs_password(&facts), word == ACCESS_PASSWORD && !given);
                facts.request = REQUEST_DUE; /* root of the running system has asked */
                assert_int_equal(boot_choose(&facts).mode, heard ? mode : MODE_RESET);
                facts.request = REQUEST_ABSENT;
                facts.standing = PROGRESS_UNDER_WAY; /* never half-done */
                assert_int_equal(boot_choose(&facts).mode, heard && mode == MODE_RECOVERY ? MODE_RECOVERY : MODE_RESET);
                facts.standing = PROGRESS_NONE;
                facts.asked = (struct boot_choice){ MODE_NORMAL, REASON_ORDINARY };
                facts.command_line_mode = mode; /* the image's own word, at every boot */
                assert_int_equal(boot_choose(&facts).mode, mode);
                facts.command_line_mode = MODE_NORMAL;
                facts.boots_max = 3;
                facts.boot_count =
                        (struct boot_count){ .boots = 3, .reached = BOOT_REACHED_INIT }; /* the page that opens by itself */
                assert_int_equal(boot_choose(&facts).mode, MODE_RECOVERY);
                assert_false(boot_needs_password(&facts));
        }
}

static void break_glass_that_is_off_is_no_way_to_a_guarded_recovery_page(void **state)
{
        struct boot_facts facts = { .asked = { MODE_BREAK_GLASS, REASON_LOADER_ENTRY }, .access = { .recovery = ACCESS_OFF } };

        assert_int_equal(boot_choose(&facts).mode, MODE_NORMAL);
        facts.access.recovery = ACCESS_ALLOWED;
        assert_int_equal(boot_choose(&facts).mode, MODE_RECOVERY);
}

static void boots_that_keep_failing_end_in_recovery(void **state)
{
        static const struct choice_case cases[] = {
                { "used up", { .boot_count = { 3, BOOT_REACHED_INITRD }, .boots_max = 3 }, MODE_RECOVERY, REASON_BOOTS_FAILED },
                { "none that could be noted",
                  { .boot_count = { 200, BOOT_REACHED_KERNEL }, .boots_max = 3 },
                  MODE_NORMAL,
                  REASON_ORDINARY },
                { "a person starts it anyway",
                  { .boot_count = { 3, BOOT_REACHED_INIT }, .boots_max = 3, .asked = { MODE_NORMAL, REASON_MENU } },
                  MODE_NORMAL,
                  REASON_MENU },
                { "one short", { .boot_count = { 2, BOOT_REACHED_INITRD }, .boots_max = 3 }, MODE_NORMAL, REASON_ORDINARY },
                { "where one may fail",
                  { .boot_count = { 1, BOOT_REACHED_INITRD }, .boots_max = 1 },
                  MODE_RECOVERY,
                  REASON_BOOTS_FAILED },
                { "not counted", { .boot_count = { 200, BOOT_REACHED_INITRD }, .boots_max = 0 }, MODE_NORMAL, REASON_ORDINARY },
                { "a due request resets",
                  { .boot_count = { 9, BOOT_REACHED_INITRD }, .boots_max = 3, .request = REQUEST_DUE },
                  MODE_RESET,
                  REASON_REQUEST_DUE },
                { "a due request that never commits",
                  { .boot_count = { 32, BOOT_REACHED_INITRD }, .boots_max = 3, .request = REQUEST_DUE },
                  MODE_RECOVERY,
                  REASON_BOOTS_FAILED },
                { "the same where one boot may fail",
                  { .boot_count = { 32, BOOT_REACHED_INITRD }, .boots_max = 1, .request = REQUEST_DUE },
                  MODE_RECOVERY,
                  REASON_BOOTS_FAILED },
                { "a due request, not counted",
                  { .boot_count = { 99, BOOT_REACHED_INITRD }, .request = REQUEST_DUE },
                  MODE_RESET,
                  REASON_REQUEST_DUE },
                { "a person's choice",
                  { .boot_count = { 99, BOOT_REACHED_INITRD }, .boots_max = 3, .asked = { MODE_RESET, REASON_MENU } },
                  MODE_RESET,
                  REASON_MENU },
        };

        check_choices(cases, ARRAY_SIZE(cases));
}

static void limits_are_the_callers(void **state)
{
        struct boot_facts facts = { .standing = PROGRESS_UNDER_WAY,
                                    .progress = { .phase = PHASE_STARTED, .failures = 5, .attempts = 6 },
                                    .failures_max = 6,
                                    .attempts_max = 7 };

        assert_int_equal(boot_choose(&facts).mode, MODE_RESET);
        facts.failures_max = 5;
        assert_int_equal(boot_choose(&facts).mode, MODE_RECOVERY);
        facts.failures_max = 6;
        facts.attempts_max = 6;
        assert_int_equal(boot_choose(&facts).mode, MODE_RECOVERY);
}

static void names_and_parsers_agree(void **state)
{
        static const char *const modes[] = { "normal", "reset", "recovery", "break-glass" };

        for (int i = 0; i < MODE_COUNT; i++) {
                enum boot_mode mode = MODE_COUNT;

                assert_string_equal(boot_mode_name((enum boot_mode)i), modes[i]);
                assert_true(boot_mode_parse(modes[i], strlen(modes[i]), &mode));
                assert_int_equal(mode, i);
        }
        static const char *const reasons[] = { "ordinary",     "request-due",      "reset-under-way",
                                               "command-line", "attempts-used-up", "menu",
                                               "loader-entry", "boots-failed",     "break-glass-off" };

        assert_int_equal(ARRAY_SIZE(reasons), REASON_COUNT);
        for (int i = 0; i < REASON_COUNT; i++) {
                enum boot_reason reason = REASON_COUNT;

                assert_string_equal(boot_reason_name((enum boot_reason)i), reasons[i]);
                assert_true(boot_reason_parse(reasons[i], strlen(reasons[i]), &reason));
                assert_int_equal(reason, i);
        }
        assert_string_equal(boot_mode_name(MODE_COUNT), "unknown");
        assert_string_equal(boot_reason_name(REASON_COUNT), "unknown");
        enum boot_mode mode = MODE_RECOVERY;
        assert_false(boot_mode_parse("resetx", 6, &mode));
        assert_false(boot_mode_parse("reset", 4, &mode));
        assert_false(boot_mode_parse("", 0, &mode));
        assert_int_equal(mode, MODE_RECOVERY);
        enum boot_reason reason = REASON_MENU;
        assert_false(boot_reason_parse("menus", 5, &reason));
        assert_int_equal(reason, REASON_MENU);
}

static void command_line_words_are_found_as_the_kernel_does(void **state)
{
        static const struct {
                const char *line, *key, *value; /* value NULL: absent */
        } cases[] = {
                { "", "a", NULL },
                { "a", "a", "" },
                { "a=", "a", "" },
                { "a=1", "a", "1" },
                { "  x\ta=1\n", "a", "1" },
                { "aa=1 ba=2", "a", NULL },
                { "a=1 a=2", "a", "2" },
                { "a=1 a", "a", "" },
                { "a=b=c", "a", "b=c" },
                { "a=\"b c\" d", "a", "b c" },
                { "a=\"b c\" d", "c\"", NULL },
                { "\"a=b c\" d", "a", "b c" },
                { "\"a b\"=c", "a b\"", "c" },
                { "x=\"y a=1\" a=2", "a", "2" },
                { "x=\"y a=1", "a", NULL },
                { "a=b\"c d\"e", "a", "b\"c d\"e" },
                { "a=\"", "a", "" },
                { "a=\"\"", "a", "" },
                { "\"", "a", NULL },
                { "\"a", "a", "" },
                { "=a", "=a", "" },
                { "=a=b", "=a", "b" },
                { "a-b_c=1", "a_b-c", "1" },
                { "a.b=1", "a_b", NULL },
                { "A=1", "a", NULL },
                { "x -- a=1", "a", NULL },
                { "a=1 -- a=2", "a", "1" },
                { "--x a=1", "a", "1" },
                { "--=x a=1", "a", "1" },
                { "-x a=1", "a", "1" },
                { "x\ra=1\v", "a", "1" },
                { " =x", "=x", "" },
                { "x\"a\"", "x\"a\"", "" },
                { "\"", "", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char value[16] = "untouched";
                bool found = command_line_get(cases[i].line, strlen(cases[i].line), cases[i].key, value, sizeof(value));

                if (found != (cases[i].value != NULL) || strcmp(value, found ? cases[i].value : "untouched") != 0)
                        fail_msg("%s in '%s': %d '%s'", cases[i].key, cases[i].line, found, value);
                assert_int_equal(command_line_get(cases[i].line, strlen(cases[i].line), cases[i].key, NULL, 0), found);
        }
}

static void command_line_ends_at_its_length_or_a_nul(void **state)
{
        assert_false(command_line_get("ab", 1, "ab", NULL, 0));
        assert_true(command_line_get("ab", 1, "a", NULL, 0));
        assert_true(command_line_get("a b", 3, "b", NULL, 0));    /* the control */
        assert_false(command_line_get("a\0 b", 4, "b", NULL, 0)); /* padding of a PE section */
        assert_true(command_line_get("a\0 b", 4, "a", NULL, 0));
        assert_false(command_line_get("\0 b", 3, "b", NULL, 0));
}

static void value_that_does_not_fit_is_not_given_in_part(void **state)
{
        char value[4] = "xyz";

        assert_true(command_line_get("a=123", 5, "a", value, sizeof(value)));
        assert_string_equal(value, "123");
        assert_false(command_line_get("a=1234", 6, "a", value, sizeof(value)));
        assert_string_equal(value, "");
}

static void reset_and_mode_are_read_from_the_command_line(void **state)
{
        static const struct {
                const char *line;
                bool reset;
                enum boot_mode mode;
        } cases[] = {
                { "quiet", false, MODE_NORMAL },
                { "quiet systemd.factory_reset=1", true, MODE_NORMAL },
                { "systemd.factory_reset", true, MODE_NORMAL },
                { "systemd.factory-reset=yes", true, MODE_NORMAL },
                { "systemd.factory_reset=true", true, MODE_NORMAL },
                { "systemd.factory_reset=on", true, MODE_NORMAL },
                { "systemd.factory_reset=0", false, MODE_NORMAL },
                { "systemd.factory_reset=no", false, MODE_NORMAL },
                { "systemd.factory_reset=", false, MODE_NORMAL },
                { "systemd.factory_reset=10", false, MODE_NORMAL },
                { "systemd.factory_reset=1 systemd.factory_reset=0", false, MODE_NORMAL },
                { "xsystemd.factory_reset=1", false, MODE_NORMAL },
                { "x=\"a systemd.factory_reset=1 b\"", false, MODE_NORMAL },
                { "cleanslate.mode=recovery", false, MODE_RECOVERY },
                { "cleanslate.mode=\"break-glass\"", false, MODE_BREAK_GLASS },
                { "cleanslate.mode=reset systemd.factory_reset=1", true, MODE_RESET },
                { "cleanslate.mode=reset cleanslate.mode=normal", false, MODE_NORMAL },
                { "cleanslate.mode=unheard-of", false, MODE_NORMAL },
                { "cleanslate.mode", false, MODE_NORMAL },
                { "-- cleanslate.mode=reset systemd.factory_reset=1", false, MODE_NORMAL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct boot_facts facts = { .request = REQUEST_DUE,
                                            .command_line_factory_reset = true,
                                            .command_line_mode = MODE_RECOVERY,
                                            .failures_max = 7 };

                boot_facts_read_command_line(&facts, cases[i].line, strlen(cases[i].line));
                if (facts.command_line_factory_reset != cases[i].reset || facts.command_line_mode != cases[i].mode)
                        fail_msg("%s: %d %s", cases[i].line, facts.command_line_factory_reset,
                                 boot_mode_name(facts.command_line_mode));
                assert_int_equal(facts.request, REQUEST_DUE); /* the others are left alone */
                assert_int_equal(facts.failures_max, 7);
        }
}

static void the_menus_language_is_the_command_lines(void **state)
{
        static const struct {
                const char *line;
                enum language language;
        } cases[] = {
                { "", LANGUAGE_ENGLISH },
                { "quiet cleanslate.language=de", LANGUAGE_GERMAN },
                { "cleanslate.language=\"de_AT.UTF-8\"", LANGUAGE_GERMAN },
                { "cleanslate.language=de cleanslate.language=en", LANGUAGE_ENGLISH },
                { "cleanslate.language=tlh", LANGUAGE_ENGLISH },
                { "cleanslate.language", LANGUAGE_ENGLISH },
                { "cleanslate.language=de_a-name-that-is-longer-than-any-locale's", LANGUAGE_ENGLISH },
                { "-- cleanslate.language=de", LANGUAGE_ENGLISH },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct boot_facts facts = { .language = LANGUAGE_COUNT };

                boot_facts_read_command_line(&facts, cases[i].line, strlen(cases[i].line));
                if (facts.language != cases[i].language)
                        fail_msg("%s: %s", cases[i].line, language_name(facts.language));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(boot_without_a_request_is_normal),
                cmocka_unit_test(due_request_resets),
                cmocka_unit_test(command_line_is_honoured),
                cmocka_unit_test(reset_under_way_goes_on_whatever_else_is_asked),
                cmocka_unit_test(reset_that_keeps_failing_ends_in_recovery),
                cmocka_unit_test(what_is_asked_for_comes_before_a_request),
                cmocka_unit_test(break_glass_needs_the_policys_leave),
                cmocka_unit_test(whoever_stands_at_the_machine_gets_what_the_image_allows),
                cmocka_unit_test(break_glass_that_is_off_is_no_way_to_a_guarded_recovery_page),
                cmocka_unit_test(boots_that_keep_failing_end_in_recovery),
                cmocka_unit_test(the_menus_language_is_the_command_lines),
                cmocka_unit_test(limits_are_the_callers),
                cmocka_unit_test(names_and_parsers_agree),
                cmocka_unit_test(command_line_words_are_found_as_the_kernel_does),
                cmocka_unit_test(command_line_ends_at_its_length_or_a_nul),
                cmocka_unit_test(value_that_does_not_fit_is_not_given_in_part),
                cmocka_unit_test(reset_and_mode_are_read_from_the_command_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
