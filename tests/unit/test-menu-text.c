/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pages of the boot menu read: complete on 80x25, honest about what starts, harmless whatever a partition is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/partition-type.h"
#include "common/boot/menu-text.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static const bool all_offered[MENU_ITEM_COUNT] = { true, false, true, true, true, true, true };
static const struct os_identity os = { .id = "acme", .image_id = "robot", .image_version = "7" };
static struct menu_text text;

static struct menu shown(uint32_t timeout_s)
{
        struct menu menu;

        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_SHOW, .timeout_s = timeout_s });
        return menu;
}

static struct menu_facts with_partitions(void)
{
        struct menu_facts facts = { .os = &os };
        static const struct {
                const char *label, *type;
                uint64_t size_bytes;
        } partitions[] = { { "config", "config", 64 * MIB }, { "state", "var", 3 * GIB / 2 }, { "", "linux-generic", 5 * GIB } };

        for (size_t i = 0; i < ARRAY_SIZE(partitions); i++) {
                struct gpt_partition *partition = &facts.partitions[facts.partition_count++];

                assert_true(partition_type_parse(partitions[i].type, strlen(partitions[i].type), &partition->type));
                strcpy(partition->label, partitions[i].label);
                partition->size_bytes = partitions[i].size_bytes;
        }
        return facts;
}

/* The whole page as one text. */
static const char *page(const struct menu *menu, const struct menu_facts *facts)
{
        static char whole[MENU_ROWS * (MENU_LINE_BYTES + 1) + 1];

        menu_text_compose(menu, facts, &text);
        whole[0] = '\0';
        for (size_t i = 0; i < text.count; i++) {
                strcat(whole, text.lines[i].text);
                strcat(whole, "\n");
        }
        return whole;
}

static void the_list_reads_as_drawn(void **state)
{
        struct menu_facts facts = { .os = &os };
        struct menu menu = shown(5);

        assert_string_equal(page(&menu, &facts), "Cleanslate: boot menu\n"
                                                 "robot 7\n"
                                                 "\n"
                                                 "> n  Start normally\n"
                                                 "  f  Factory reset (asks again)\n"
                                                 "  r  Recovery: look at what is wrong\n"
                                                 "  b  Break-glass shell, without the data (asks again)\n"
                                                 "  s  Firmware setup\n"
                                                 "  p  Power off\n"
                                                 "\n"
                                                 "Up and Down, then Enter; or the letter in front.\n"
                                                 "Continues with the first entry in 5 s; any key extends this to a minute.\n");
        assert_int_equal(text.lines[3].style, MENU_STYLE_SELECTED);
}

static void without_a_countdown_there_is_no_word_of_one(void **state)
{
        struct menu_facts facts = { .os = &os };
        struct menu menu;

        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_SHOW, .without_end = true });
        for (int page_number = 0; page_number < 3; page_number++) {
                assert_null(strstr(page(&menu, &facts), " in 0 s"));
                assert_null(strstr(page(&menu, &facts), "any key"));
                menu_step(&menu, (struct menu_event){ page_number == 0 ? MENU_EVENT_CHARACTER : MENU_EVENT_ENTER, 'f' });
        }
        assert_int_equal(menu.page, MENU_PAGE_RESET_WORD);
}

/* Each page says how long it waits, and what then. */
static void every_page_says_when_it_ends(void **state)
{
        static const struct {
                const char *keys; /* '\n' is Enter */
                const char *words;
        } cases[] = { { "x", "Continues with the first entry in 60 s; any key extends this to a minute.\n" },
                      { "f", "If no key is pressed, this is cancelled in 60 s and the start continues.\n" },
                      { "f\n", "If no key is pressed, this is cancelled in 60 s and the start continues.\n" },
                      { "b", "If no key is pressed, this is cancelled in 60 s and the start continues.\n" },
                      { "b\n", "If no key is pressed, this is cancelled in 60 s and the start continues.\n" } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct menu_facts facts = with_partitions();
                struct menu menu = shown(5);

                for (const char *key = cases[i].keys; *key != '\0'; key++)
                        menu_step(&menu, (struct menu_event){ *key == '\n' ? MENU_EVENT_ENTER : MENU_EVENT_CHARACTER, *key });
                if (strstr(page(&menu, &facts), cases[i].words) == NULL)
                        fail_msg("case %zu: %s", i, page(&menu, &facts));
        }
}

/* Nobody must take the first entry for an ordinary start where it is none. */
static void first_entry_says_what_really_starts(void **state)
{
        static const struct {
                struct boot_choice otherwise;
                const char *words;
        } cases[] = {
                { { MODE_NORMAL, REASON_ORDINARY }, "n  Start normally\n" },
                { { MODE_RESET, REASON_REQUEST_DUE }, "n  Continue with the factory reset that was requested\n" },
                { { MODE_RESET, REASON_RESET_UNDER_WAY }, "n  Continue with the factory reset that has begun\n" },
                { { MODE_RESET, REASON_LOADER_ENTRY }, "n  Continue with the factory reset that was chosen\n" },
                { { MODE_RESET, REASON_COMMAND_LINE }, "n  Continue with the factory reset that was chosen\n" },
                { { MODE_RECOVERY, REASON_ATTEMPTS_USED_UP }, "n  Continue to the recovery page\n" },
                { { MODE_BREAK_GLASS, REASON_COMMAND_LINE }, "n  Continue to the break-glass shell\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct menu_facts facts = { .os = &os, .otherwise = cases[i].otherwise };
                struct menu menu = shown(5);

                assert_non_null(strstr(page(&menu, &facts), cases[i].words));
        }
}

static struct menu asking_for_reset(void)
{
        struct menu menu = shown(5);

        menu_step(&menu, (struct menu_event){ MENU_EVENT_CHARACTER, 'f' });
        return menu;
}

static void the_question_names_partitions_and_sizes(void **state)
{
        struct menu_facts facts = with_partitions();
        struct menu menu = asking_for_reset();
        const char *read = page(&menu, &facts);

        assert_non_null(strstr(read, "    config                                64 MiB, type config\n"));
        assert_non_null(strstr(read, "    state                                 1.5 GiB, type var\n"));
        assert_non_null(strstr(read, "    (without a label)                     5 GiB, type linux-generic\n"));
}

static void more_partitions_than_room_are_counted(void **state)
{
        struct menu_facts facts = with_partitions();
        struct menu menu = asking_for_reset();

        facts.partition_count = MENU_PARTITIONS_MAX + 3;
        assert_non_null(strstr(page(&menu, &facts), "    and 3 more\n"));
        assert_true(text.count < MENU_ROWS);
}

static void an_unreadable_table_is_admitted(void **state)
{
        struct menu_facts facts = { .os = &os, .partitions_problem = "device error" };
        struct menu menu = asking_for_reset();

        assert_non_null(strstr(page(&menu, &facts), "They cannot be named here: device error\n"));
        facts.partitions_problem = NULL;
        assert_non_null(strstr(page(&menu, &facts), "There are none"));
}

/* Anybody who can write a label could otherwise move the cursor of a serial console and hide what is asked. */
static void control_characters_of_a_label_are_not_passed_on(void **state)
{
        struct menu_facts facts = with_partitions();
        struct menu menu = asking_for_reset();

        strcpy(facts.partitions[0].label, "a\x1b[2J\r\n\x7f\xc2\x9b"
                                          "1A\xc3\xa4");
        assert_non_null(strstr(page(&menu, &facts), "    a?[2J????1A\xc3\xa4 "));
        strcpy(facts.partitions[0].label, "\xff\xf0");
        assert_non_null(strstr(page(&menu, &facts), "    ? "));
}

static void typed_text_and_a_wrong_word_are_shown(void **state)
{
        struct menu_facts facts = with_partitions();
        struct menu menu = asking_for_reset();

        menu_step(&menu, (struct menu_event){ MENU_EVENT_ENTER, '\0' });
        menu_step(&menu, (struct menu_event){ MENU_EVENT_CHARACTER, 'r' });
        menu_step(&menu, (struct menu_event){ MENU_EVENT_CHARACTER, 'e' });
        assert_non_null(strstr(page(&menu, &facts), "> re_\n"));
        assert_null(strstr(page(&menu, &facts), "did not match"));
        menu_step(&menu, (struct menu_event){ MENU_EVENT_ENTER, '\0' });
        assert_non_null(strstr(page(&menu, &facts), "That word did not match. Nothing has been done."));
}

static void the_password_is_not_shown(void **state)
{
        struct menu_facts facts = with_partitions();
        struct menu menu = shown(5);
        bool guarded[MENU_ITEM_COUNT] = { [MENU_ITEM_RESET] = true };

        menu_guard(&menu, guarded, 0);
        assert_non_null(strstr(page(&menu, &facts), "f  Factory reset (asks for the password)\n"));
        menu_step(&menu, (struct menu_event){ MENU_EVENT_CHARACTER, 'f' });
        menu_step(&menu, (struct menu_event){ MENU_EVENT_CHARACTER, 'Q' });
        menu_step(&menu, (struct menu_event){ MENU_EVENT_CHARACTER, 'Z' });
        assert_string_equal(page(&menu, &facts), "Cleanslate: password\n"
                                                 "robot 7\n"
                                                 "\n"
                                                 "A factory reset needs a password on this device.\n"
                                                 "\n"
                                                 "Type it and press Enter. Esc goes back.\n"
                                                 "\n"
                                                 "> **_\n"
                                                 "\n"
                                                 "If no key is pressed, this is cancelled in 60 s and the start continues.\n");
        (void)menu_password_judged(&menu, false, 5);
        assert_non_null(strstr(page(&menu, &facts), "> _\n\nWrong password. Nothing has been done.\n"
                                                    "After wrong passwords the next one is taken in 5 s."));
        (void)menu_password_judged(&menu, true, 0);
        menu_step(&menu, (struct menu_event){ MENU_EVENT_ESCAPE, '\0' });
        assert_non_null(strstr(page(&menu, &facts), "f  Factory reset (asks again)\n"));
}

static void break_glass_says_when_it_ends_in_a_reset(void **state)
{
        struct menu_facts facts = { .os = &os, .break_glass = BREAK_GLASS_THEN_RESET };
        struct menu menu = shown(5);

        menu_step(&menu, (struct menu_event){ MENU_EVENT_CHARACTER, 'b' });
        assert_non_null(strstr(page(&menu, &facts), "ALL DATA WILL BE ERASED"));
        facts.break_glass = BREAK_GLASS_ALLOWED;
        assert_null(strstr(page(&menu, &facts), "ERASED"));
}

static size_t columns(const char *line)
{
        size_t count = 0;

        for (; *line; line++)
                count += ((uint8_t)*line & 0xc0) != 0x80;
        return count;
}

static struct menu at_page(enum menu_page page)
{
        struct menu menu = shown(300);

        menu.page = page;
        menu.counting = true;
        menu.seconds_left = UINT32_MAX;
        menu.selected = MENU_ITEM_BREAK_GLASS;
        menu.asked_elsewhere = true;
        menu.password_length = PASSWORD_MAX;
        menu.wait_s = UINT32_MAX;
        memset(menu.typed, 'W', MENU_TYPED_MAX);
        menu.typed_wrong = true;
        return menu;
}

/* The longest case of every page: nothing is cut, neither a line nor the page. */
static void every_page_fits_80_columns_and_25_rows_in_every_language(void **state)
{
        struct menu_facts facts = with_partitions();

        facts.break_glass = BREAK_GLASS_THEN_RESET;
        facts.otherwise = (struct boot_choice){ MODE_RESET, REASON_REQUEST_DUE };
        facts.partition_count = MENU_PARTITIONS_MAX + 100;
        for (int i = 0; i < MENU_PARTITIONS_MAX; i++) {
                facts.partitions[i] = facts.partitions[2];
                memset(facts.partitions[i].label, 'W', 36);
                facts.partitions[i].size_bytes = UINT64_MAX;
        }
        for (int number = 0; number < LANGUAGE_COUNT * MENU_PAGE_COUNT; number++) {
                const enum menu_page which = (enum menu_page)(number % MENU_PAGE_COUNT);
                struct menu menu = at_page(which);

                facts.language = (enum language)(number / MENU_PAGE_COUNT);
                (void)page(&menu, &facts);
                if (text.count >= MENU_ROWS)
                        fail_msg("page %d is too long: %s", number, page(&menu, &facts));
                for (size_t i = 0; i < text.count; i++)
                        if (columns(text.lines[i].text) > MENU_COLUMNS)
                                fail_msg("page %d: too long: %s", number, text.lines[i].text);
                if (which == MENU_PAGE_OFF || which == MENU_PAGE_HIDDEN)
                        assert_int_equal(text.count, 0);
        }
}

/* What no catalog can translate: names, what was typed, and nothing. */
static bool is_anybodys(const char *line)
{
        return line[0] == '\0' || strcmp(line, "robot 7") == 0 || strncmp(line, "> WWW", 5) == 0 ||
               strncmp(line, "> ***", 5) == 0;
}

static void no_page_is_half_german(void **state)
{
        struct menu_facts facts = with_partitions();
        size_t compared = 0;

        facts.break_glass = BREAK_GLASS_THEN_RESET;
        facts.partition_count = 1;
        for (int number = 0; number < MENU_PAGE_COUNT; number++) {
                static struct menu_text german;
                struct menu menu = at_page((enum menu_page)number);

                facts.language = LANGUAGE_GERMAN;
                (void)page(&menu, &facts);
                german = text;
                facts.language = LANGUAGE_ENGLISH;
                (void)page(&menu, &facts);
                for (size_t i = 0; i < german.count; i++)
                        for (size_t j = 0; j < text.count; j++, compared++)
                                if (!is_anybodys(german.lines[i].text) && strcmp(german.lines[i].text, text.lines[j].text) == 0)
                                        fail_msg("page %d, in both languages: %s", number, text.lines[j].text);
        }
        assert_true(compared > 100);
}

static void german_reads_as_drawn(void **state)
{
        struct menu_facts facts = { .os = &os, .language = LANGUAGE_GERMAN };
        struct menu menu = shown(5);

        assert_string_equal(page(&menu, &facts),
                            "Cleanslate: Startmenü\n"
                            "robot 7\n"
                            "\n"
                            "> n  Gewöhnlich starten\n"
                            "  f  Zurücksetzen auf Werkszustand (fragt nach)\n"
                            "  r  Wiederherstellung: nachsehen, was fehlt\n"
                            "  b  Notfall-Shell, ohne die Daten (fragt nach)\n"
                            "  s  Firmware-Einstellungen\n"
                            "  p  Ausschalten\n"
                            "\n"
                            "Pfeiltasten, dann Eingabetaste; oder der Buchstabe davor.\n"
                            "Weiter mit dem ersten Eintrag in 5 s; jede Taste verlängert auf eine Minute.\n");
}

/* Lines end between words, and those that follow begin without a space. */
static void long_texts_are_broken_between_words(void **state)
{
        static const char *const ends[] = { "They cannot be\n",         "as if it were new.\n",
                                            "checked first, and\n",     "be these:\n",
                                            "nothing is erased.\n",     "\nbrought back",
                                            "\nnothing is erased if it" };
        struct menu_facts facts = with_partitions();
        struct menu menu = asking_for_reset();
        const char *read = page(&menu, &facts);

        for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
                assert_non_null(strstr(read, ends[i]));
}

static void sizes_are_readable(void **state)
{
        static const struct {
                uint64_t bytes;
                const char *words;
        } cases[] = { { 0, "  0 KiB" },
                      { 512, "  0.5 KiB" },
                      { 4096, "  4 KiB" },
                      { 1536 * 1024, "  1.5 MiB" },
                      { 1023 * MIB, "  1023 MiB" },
                      { 2048 * GIB, "  2 TiB" },
                      { UINT64_MAX, "  15.9 EiB" } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct menu_facts facts = with_partitions();
                struct menu menu = asking_for_reset();

                facts.partitions[0].size_bytes = cases[i].bytes;
                if (strstr(page(&menu, &facts), cases[i].words) == NULL)
                        fail_msg("%s is not in %s", cases[i].words, page(&menu, &facts));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_list_reads_as_drawn),
                cmocka_unit_test(without_a_countdown_there_is_no_word_of_one),
                cmocka_unit_test(every_page_says_when_it_ends),
                cmocka_unit_test(first_entry_says_what_really_starts),
                cmocka_unit_test(the_question_names_partitions_and_sizes),
                cmocka_unit_test(more_partitions_than_room_are_counted),
                cmocka_unit_test(an_unreadable_table_is_admitted),
                cmocka_unit_test(control_characters_of_a_label_are_not_passed_on),
                cmocka_unit_test(typed_text_and_a_wrong_word_are_shown),
                cmocka_unit_test(the_password_is_not_shown),
                cmocka_unit_test(break_glass_says_when_it_ends_in_a_reset),
                cmocka_unit_test(every_page_fits_80_columns_and_25_rows_in_every_language),
                cmocka_unit_test(no_page_is_half_german),
                cmocka_unit_test(german_reads_as_drawn),
                cmocka_unit_test(long_texts_are_broken_between_words),
                cmocka_unit_test(sizes_are_readable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
