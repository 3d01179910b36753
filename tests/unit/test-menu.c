/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu, key by key: words, countdown, offers, password. */
#include "tests/unit/menu-fixture.h"

static enum menu_outcome type(struct menu *menu, const char *text)
{
        for (; *text != '\0'; text++)
                if (menu_step(menu, character(*text)) != MENU_STAYS_OPEN)
                        fail_msg("typing ended the menu");
        return menu_step(menu, plain(MENU_EVENT_ENTER));
}

static void the_word_resets_in_either_case_and_after_corrections(void **state)
{
        struct menu menu = at_page(MENU_PAGE_RESET_WORD);

        assert_int_equal(type(&menu, "reset"), MENU_START_RESET);
        menu = at_page(MENU_PAGE_RESET_WORD);
        assert_int_equal(type(&menu, "RESET"), MENU_START_RESET);
        menu = at_page(MENU_PAGE_RESET_WORD);
        menu_step(&menu, character('x'));
        menu_step(&menu, plain(MENU_EVENT_BACKSPACE));
        menu_step(&menu, plain(MENU_EVENT_BACKSPACE)); /* one too many does no harm */
        assert_int_equal(type(&menu, "reset"), MENU_START_RESET);
}

static void any_other_word_does_nothing_and_is_told(void **state)
{
        static const char *const wrong[] = { "",       "rese",        "resett",
                                             "reset ", " reset",      "r e s e t",
                                             "yes",    "break glass", "resetresetresetresetreset" };

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                struct menu menu = at_page(MENU_PAGE_RESET_WORD);

                assert_int_equal(type(&menu, wrong[i]), MENU_STAYS_OPEN);
                assert_int_equal(menu.page, MENU_PAGE_RESET_WORD);
                assert_true(menu.typed_wrong);
                assert_int_equal(menu.typed_length, 0);
                menu_step(&menu, character('r'));
                assert_false(menu.typed_wrong); /* said until the next try begins */
                menu_step(&menu, plain(MENU_EVENT_BACKSPACE));
                assert_int_equal(type(&menu, "reset"), MENU_START_RESET); /* and the right one still does */
        }
}

/* Sixteen characters fit; backspaces must not turn a longer text into the word. */
static void a_text_too_long_is_not_cut_down_to_the_word(void **state)
{
        struct menu menu = at_page(MENU_PAGE_RESET_WORD);

        assert_int_equal(type(&menu, "resetxxxxxxxxxxxxxxxx"), MENU_STAYS_OPEN);
        assert_true(menu.typed_wrong);
        for (const char *at = "resetxxxxxxxxxxxxxxxx"; *at != '\0'; at++)
                menu_step(&menu, character(*at));
        for (int i = 0; i < 11; i++) /* of the 16 behind the word */
                menu_step(&menu, plain(MENU_EVENT_BACKSPACE));
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_ENTER)), MENU_STAYS_OPEN);
        for (const char *at = "resetxxxxxxxxxxxxxxxx"; *at != '\0'; at++)
                menu_step(&menu, character(*at));
        for (int i = 0; i < 16; i++)
                menu_step(&menu, plain(MENU_EVENT_BACKSPACE));
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_ENTER)), MENU_START_RESET);
}

static void break_glass_takes_a_space_or_a_dash(void **state)
{
        static const struct {
                const char *text;
                enum menu_outcome outcome;
        } cases[] = { { "break glass", MENU_START_BREAK_GLASS },
                      { "break-glass", MENU_START_BREAK_GLASS },
                      { "Break Glass", MENU_START_BREAK_GLASS },
                      { "breakglass", MENU_STAYS_OPEN },
                      { "reset", MENU_STAYS_OPEN } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct menu menu = at_page(MENU_PAGE_BREAK_GLASS_WORD);

                assert_int_equal(type(&menu, cases[i].text), cases[i].outcome);
        }
}

static void hidden_menu_without_a_timeout_takes_one_long_look(void **state)
{
        struct menu menu = at_page(MENU_PAGE_HIDDEN);

        assert_int_equal(menu_first_look_ms(&menu), 0); /* seconds are counted there */
        menu = shown(0);
        assert_int_equal(menu_first_look_ms(&menu), 0);
        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_HIDDEN });
        assert_int_equal(menu_first_look_ms(&menu), MENU_LOOK_MS);
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_NONE)), MENU_START_NORMAL);
        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_HIDDEN });
        assert_int_equal(menu_step(&menu, character('x')), MENU_STAYS_OPEN);
        assert_int_equal(menu.page, MENU_PAGE_LIST);
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_NONE)), MENU_STAYS_OPEN);
}

static void countdown_starts_what_would_start_anyway(void **state)
{
        static const enum menu_mode modes[] = { MENU_HIDDEN, MENU_SHOW };

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                struct menu menu;

                menu_init(&menu, all_offered, &(struct menu_opening){ .mode = modes[i], .timeout_s = 2 });
                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_NONE)), MENU_STAYS_OPEN);
                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_STAYS_OPEN);
                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_START_NORMAL);
        }
}

/* How many seconds a menu stays open that nobody touches any more, and that it ends as if it had not been there. */
static unsigned seconds_until_start(struct menu *menu)
{
        unsigned seconds = 1;
        enum menu_outcome outcome;

        while ((outcome = menu_step(menu, plain(MENU_EVENT_TICK))) == MENU_STAYS_OPEN)
                if (++seconds > 10000)
                        fail_msg("page %d waits for ever", menu->page);
        assert_int_equal(outcome, MENU_START_NORMAL);
        assert_int_equal(menu->typed_length, 0);
        assert_int_equal(menu->password_length, 0);
        assert_false(menu->password_given);
        return seconds;
}

/* One byte of noise, whatever page it led to. */
static void every_page_goes_on_a_minute_after_the_last_key(void **state)
{
        for (int page = MENU_PAGE_HIDDEN; page < MENU_PAGE_COUNT; page++) {
                struct menu menu = at_page((enum menu_page)page);

                menu_step(&menu, plain(MENU_EVENT_OTHER_KEY));
                assert_int_equal(seconds_until_start(&menu), MENU_IDLE_S);
        }
}

static void each_key_starts_the_minute_anew(void **state)
{
        for (int page = MENU_PAGE_LIST; page < MENU_PAGE_COUNT; page++) {
                struct menu menu = at_page((enum menu_page)page);

                for (int key = 0; key < 5; key++) {
                        menu_step(&menu, character('x'));
                        for (int second = 1; second < MENU_IDLE_S; second++)
                                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_STAYS_OPEN);
                }
                assert_int_equal(menu.page, page);
                assert_int_equal(seconds_until_start(&menu), 1);
        }
}

static void a_key_does_not_shorten_a_longer_countdown(void **state)
{
        struct menu menu = shown(300);

        menu_step(&menu, plain(MENU_EVENT_TICK));
        menu_step(&menu, plain(MENU_EVENT_OTHER_KEY));
        assert_int_equal(menu.seconds_left, 299);
}

static void a_key_that_is_stuck_gives_no_time(void **state)
{
        struct menu menu = at_page(MENU_PAGE_HIDDEN);

        menu_step(&menu, character('p'));
        for (int second = 1; second < MENU_IDLE_S; second++) {
                assert_int_equal(menu_step(&menu, character('p')), MENU_STAYS_OPEN);
                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_STAYS_OPEN);
        }
        assert_int_equal(menu_step(&menu, character('p')), MENU_STAYS_OPEN);
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_START_NORMAL);
}

/* Whoever typed it and went away leaves nothing behind for the next one. */
static void time_that_runs_out_forgets_the_password(void **state)
{
        struct menu menu = guarded();

        menu_step(&menu, character('f'));
        assert_int_equal(type(&menu, "secret"), MENU_CHECK_PASSWORD);
        assert_int_equal(menu_password_judged(&menu, true, 0), MENU_STAYS_OPEN);
        assert_true(menu.password_given);
        assert_int_equal(seconds_until_start(&menu), MENU_IDLE_S);
}

/* The wait after wrong passwords does not count: whoever waits has nothing to press. Nobody has to, where nobody was there. */
static void waiting_for_the_next_password_is_no_idleness(void **state)
{
        struct menu menu = guarded();

        menu_step(&menu, character('f'));
        assert_int_equal(type(&menu, "wrong"), MENU_CHECK_PASSWORD);
        assert_int_equal(menu_password_judged(&menu, false, 900), MENU_STAYS_OPEN);
        assert_int_equal(seconds_until_start(&menu), 900 + MENU_IDLE_S);
        menu_init_asked(&menu, all_offered, MENU_ITEM_RESET);
        menu_guard(&menu, guard_all, 900);
        assert_int_equal(seconds_until_start(&menu), MENU_ASKED_WAIT_S);
}

static void menu_without_end_waits(void **state)
{
        struct menu menu;

        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_SHOW, .without_end = true });
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_NONE)), MENU_STAYS_OPEN);
        for (int second = 0; second < 1000; second++)
                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_STAYS_OPEN);
        menu_step(&menu, plain(MENU_EVENT_OTHER_KEY)); /* that is as it was asked for */
        for (int second = 0; second < 1000; second++)
                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_STAYS_OPEN);
}

static void held_key_opens_the_menu_and_chooses_nothing(void **state)
{
        struct menu menu = at_page(MENU_PAGE_HIDDEN);

        for (int i = 0; i < 50; i++) {
                assert_int_equal(menu_step(&menu, character('p')), MENU_STAYS_OPEN);
                if (i % 10 == 9)
                        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_STAYS_OPEN);
        }
        menu_step(&menu, plain(MENU_EVENT_TICK));
        menu_step(&menu, plain(MENU_EVENT_TICK)); /* a second without it: it was let go */
        assert_int_equal(menu_step(&menu, character('p')), MENU_TO_POWER_OFF);
        menu = at_page(MENU_PAGE_HIDDEN);
        menu_step(&menu, character('p'));
        assert_int_equal(menu_step(&menu, character('r')), MENU_START_RECOVERY); /* another key is meant */
}

static void arrows_go_over_what_is_offered_and_stop_at_the_ends(void **state)
{
        static const bool offered[MENU_ITEM_COUNT] = {
                [MENU_ITEM_NORMAL] = true, [MENU_ITEM_RECOVERY] = true, [MENU_ITEM_POWER_OFF] = true
        };
        struct menu menu;

        menu_init(&menu, offered, &(struct menu_opening){ .mode = MENU_SHOW, .without_end = true });
        menu_step(&menu, plain(MENU_EVENT_UP));
        assert_int_equal(menu.selected, MENU_ITEM_NORMAL);
        menu_step(&menu, plain(MENU_EVENT_DOWN));
        assert_int_equal(menu.selected, MENU_ITEM_RECOVERY);
        menu_step(&menu, plain(MENU_EVENT_DOWN));
        menu_step(&menu, plain(MENU_EVENT_DOWN));
        assert_int_equal(menu.selected, MENU_ITEM_POWER_OFF);
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_ENTER)), MENU_TO_POWER_OFF);
}

static void what_is_not_offered_has_no_letter(void **state)
{
        static const char letters[] = "frbs";
        struct menu menu;

        menu_init(&menu, none_offered, &(struct menu_opening){ .mode = MENU_SHOW, .without_end = true });
        for (size_t i = 0; letters[i] != '\0'; i++) {
                assert_int_equal(menu_step(&menu, character(letters[i])), MENU_STAYS_OPEN);
                assert_int_equal(menu.page, MENU_PAGE_LIST);
        }
        assert_int_equal(menu_step(&menu, character('p')), MENU_TO_POWER_OFF);
}

static void break_glass_that_the_system_asked_for_is_forgotten_without_an_answer(void **state)
{
        struct menu menu;
        int seconds = 1;

        menu_init_asked(&menu, all_offered, MENU_ITEM_BREAK_GLASS);
        assert_int_equal(menu.page, MENU_PAGE_BREAK_GLASS_ASK);
        for (; menu_step(&menu, plain(MENU_EVENT_TICK)) == MENU_STAYS_OPEN; seconds++)
                assert_true(seconds < 1000);
        assert_int_equal(seconds, MENU_ASKED_WAIT_S);
        menu_init_asked(&menu, none_offered, MENU_ITEM_BREAK_GLASS);
        assert_int_equal(menu.page, MENU_PAGE_LIST);
}

static void the_password_opens_what_it_was_asked_for_and_is_asked_once(void **state)
{
        struct menu menu = guarded();

        menu_step(&menu, character('f'));
        assert_int_equal(menu.page, MENU_PAGE_PASSWORD);
        assert_int_equal(type(&menu, "secret"), MENU_CHECK_PASSWORD);
        assert_int_equal(menu.password_length, 6);
        assert_memory_equal(menu.password, "secret", 6);
        assert_int_equal(menu_password_judged(&menu, true, 0), MENU_STAYS_OPEN);
        assert_int_equal(menu.page, MENU_PAGE_RESET_ASK); /* the question and the word come as ever */
        assert_int_equal(menu.password[0], '\0');
        menu_step(&menu, plain(MENU_EVENT_ESCAPE));
        menu_step(&menu, character('b'));
        assert_int_equal(menu.page, MENU_PAGE_BREAK_GLASS_ASK);
        menu_step(&menu, plain(MENU_EVENT_ESCAPE));
        assert_int_equal(menu_step(&menu, character('r')), MENU_START_RECOVERY);
        menu = guarded();
        menu_step(&menu, character('r'));
        assert_int_equal(type(&menu, "secret"), MENU_CHECK_PASSWORD);
        assert_int_equal(menu_password_judged(&menu, true, 0), MENU_START_RECOVERY);
}

static void a_wrong_password_leads_nowhere_and_the_next_one_waits(void **state)
{
        struct menu menu = guarded();

        menu_step(&menu, character('r'));
        assert_int_equal(type(&menu, "wrong"), MENU_CHECK_PASSWORD);
        assert_int_equal(menu_password_judged(&menu, false, 3), MENU_STAYS_OPEN);
        assert_int_equal(menu.page, MENU_PAGE_PASSWORD);
        assert_true(menu.typed_wrong);
        for (int second = 0; second < 3; second++) {
                assert_int_equal(type(&menu, "secret"), MENU_STAYS_OPEN); /* not taken */
                assert_int_equal(menu.password_length, 0);
                menu_step(&menu, plain(MENU_EVENT_ESCAPE)); /* leaving and coming back does not shorten it */
                menu_step(&menu, character('r'));
                assert_int_equal(menu.page, MENU_PAGE_PASSWORD);
                assert_int_equal(menu.wait_s, 3 - second);
                menu_step(&menu, plain(MENU_EVENT_TICK));
        }
        assert_int_equal(type(&menu, "secret"), MENU_CHECK_PASSWORD);
}

static void what_is_longer_than_a_password_is_none(void **state)
{
        char text[2 * PASSWORD_MAX + 1] = "";
        struct menu menu = at_page(MENU_PAGE_PASSWORD);

        memset(text, 'a', PASSWORD_MAX + 7);
        assert_int_equal(type(&menu, text), MENU_CHECK_PASSWORD);
        assert_int_equal(menu.password_length, PASSWORD_MAX + 1);
        for (int i = 0; i < 40; i++)
                menu_step(&menu, plain(MENU_EVENT_BACKSPACE));
        assert_int_equal(menu.password_length, PASSWORD_MAX + 1); /* cut down to none by backspaces */
}

static void what_was_chosen_elsewhere_begins_with_the_password(void **state)
{
        for (int item = MENU_ITEM_RESET; item <= MENU_ITEM_BREAK_GLASS; item++) {
                struct menu menu;
                int seconds = 1;

                menu_init_asked(&menu, all_offered, (enum menu_item)item);
                menu_guard(&menu, guard_all, 0);
                assert_int_equal(menu.page, MENU_PAGE_PASSWORD);
                for (; menu_step(&menu, plain(MENU_EVENT_TICK)) == MENU_STAYS_OPEN; seconds++)
                        assert_true(seconds < 1000);
                assert_int_equal(seconds, MENU_ASKED_WAIT_S);
                menu_init_asked(&menu, all_offered, (enum menu_item)item);
                menu_guard(&menu, guard_all, 0);
                assert_int_equal(menu_step(&menu, plain(MENU_EVENT_ESCAPE)), MENU_START_NORMAL);
        }
}

/* What needs the password is offered and guarded, what is off is not offered; a reset under way needs none. */
static void offers_follow_the_images_word_about_the_console(void **state)
{
        for (int access = 0; access < ACCESS_COUNT; access++)
                for (int which = 0; which < 3; which++)
                        for (int given = 0; given < 2; given++) {
                                struct boot_facts facts = { .break_glass = BREAK_GLASS_ALLOWED,
                                                            .failures_max = 3,
                                                            .attempts_max = 32,
                                                            .password_given = given };
                                enum access *word[] = { &facts.access.reset, &facts.access.recovery, &facts.access.break_glass };
                                bool offered[MENU_ITEM_COUNT], guarded[MENU_ITEM_COUNT];

                                *word[which] = (enum access)access;
                                menu_offer(&facts, true, offered);
                                menu_find_guarded(&facts, guarded);
                                for (int item = 0; item < MENU_ITEM_COUNT; item++) {
                                        bool meant = item == MENU_ITEM_RESET + which, fits = item != MENU_ITEM_ANYWAY;

                                        assert_int_equal(offered[item], fits && (!meant || access != ACCESS_OFF));
                                        assert_int_equal(guarded[item], meant && access == ACCESS_PASSWORD && !given);
                                }
                        }
}

/* Whatever opened the page, and wherever the count cannot be taken back, this way is open to a person. */
static void too_many_failed_boots_are_no_dead_end(void **state)
{
        struct boot_facts facts = { .boots_max = 3,
                                    .boot_count = { 3, BOOT_REACHED_INIT },
                                    .failures_max = 3,
                                    .attempts_max = 32,
                                    .access = { ACCESS_OFF, ACCESS_OFF, ACCESS_OFF } };
        bool offered[MENU_ITEM_COUNT];
        enum boot_mode mode = MODE_COUNT;
        struct menu menu;

        menu_offer(&facts, false, offered);
        assert_true(offered[MENU_ITEM_ANYWAY] && offered[MENU_ITEM_NORMAL] && !offered[MENU_ITEM_RESET]);
        menu_init(&menu, anyway_offered, &(struct menu_opening){ .mode = MENU_SHOW });
        assert_int_equal(menu_step(&menu, character('a')), MENU_START_ANYWAY);
        assert_true(menu_outcome_mode(MENU_START_ANYWAY, &mode) && mode == MODE_NORMAL);
        assert_int_equal(menu_item_of_mode(MODE_NORMAL), MENU_ITEM_NORMAL);
        facts.standing = PROGRESS_UNDER_WAY; /* a reset goes on */
        menu_offer(&facts, false, offered);
        assert_false(offered[MENU_ITEM_ANYWAY]);
        facts.standing = PROGRESS_NONE;
        facts.request = REQUEST_DUE;
        menu_offer(&facts, false, offered);
        assert_false(offered[MENU_ITEM_ANYWAY]);
}

/* Only what would really happen stands in the menu. */
static void offers_follow_the_decision(void **state)
{
        static const struct {
                struct boot_facts facts;
                bool reset, recovery, break_glass;
        } cases[] = {
                { { .break_glass = BREAK_GLASS_OFF }, true, true, false },
                { { .break_glass = BREAK_GLASS_ALLOWED }, true, true, true },
                { { .break_glass = BREAK_GLASS_THEN_RESET }, true, true, true },
                { { .request = REQUEST_DUE, .break_glass = BREAK_GLASS_ALLOWED }, false, true, true },
                { { .standing = PROGRESS_UNDER_WAY, .progress = { .phase = PHASE_ERASED }, .break_glass = BREAK_GLASS_ALLOWED },
                  false,
                  true,
                  false },
                { { .standing = PROGRESS_UNDER_WAY,
                    .progress = { .phase = PHASE_ERASED, .failures = 3 },
                    .break_glass = BREAK_GLASS_ALLOWED },
                  false,
                  false,
                  false },
                { { .command_line_mode = MODE_RECOVERY }, true, false, false },
                { { .asked = { MODE_RESET, REASON_LOADER_ENTRY } }, false, true, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct boot_facts facts = cases[i].facts;
                bool offered[MENU_ITEM_COUNT];

                facts.failures_max = 3;
                facts.attempts_max = RESET_ATTEMPTS_MAX;
                menu_offer(&facts, i % 2 == 0, offered);
                assert_int_equal(offered[MENU_ITEM_RESET], cases[i].reset);
                assert_int_equal(offered[MENU_ITEM_RECOVERY], cases[i].recovery);
                assert_int_equal(offered[MENU_ITEM_BREAK_GLASS], cases[i].break_glass);
                assert_int_equal(offered[MENU_ITEM_FIRMWARE_SETUP], i % 2 == 0);
                assert_true(offered[MENU_ITEM_NORMAL] && offered[MENU_ITEM_POWER_OFF]);
        }
}

static void outcomes_name_their_modes(void **state)
{
        static const struct {
                enum menu_outcome outcome;
                bool asks;
                enum boot_mode mode;
        } cases[] = {
                { MENU_START_NORMAL, false, MODE_COUNT },      { MENU_START_RESET, true, MODE_RESET },
                { MENU_START_RECOVERY, true, MODE_RECOVERY },  { MENU_START_BREAK_GLASS, true, MODE_BREAK_GLASS },
                { MENU_TO_FIRMWARE_SETUP, false, MODE_COUNT }, { MENU_TO_POWER_OFF, false, MODE_COUNT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                enum boot_mode mode = MODE_COUNT;

                assert_int_equal(menu_outcome_mode(cases[i].outcome, &mode), cases[i].asks);
                assert_int_equal(mode, cases[i].mode);
        }
        assert_int_equal(menu_item_letter(MENU_ITEM_RESET), 'f');
        assert_int_equal(menu_item_letter(MENU_ITEM_COUNT), ' ');
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_word_resets_in_either_case_and_after_corrections),
                cmocka_unit_test(any_other_word_does_nothing_and_is_told),
                cmocka_unit_test(a_text_too_long_is_not_cut_down_to_the_word),
                cmocka_unit_test(break_glass_takes_a_space_or_a_dash),
                cmocka_unit_test(hidden_menu_without_a_timeout_takes_one_long_look),
                cmocka_unit_test(countdown_starts_what_would_start_anyway),
                cmocka_unit_test(every_page_goes_on_a_minute_after_the_last_key),
                cmocka_unit_test(each_key_starts_the_minute_anew),
                cmocka_unit_test(a_key_does_not_shorten_a_longer_countdown),
                cmocka_unit_test(a_key_that_is_stuck_gives_no_time),
                cmocka_unit_test(time_that_runs_out_forgets_the_password),
                cmocka_unit_test(waiting_for_the_next_password_is_no_idleness),
                cmocka_unit_test(menu_without_end_waits),
                cmocka_unit_test(held_key_opens_the_menu_and_chooses_nothing),
                cmocka_unit_test(arrows_go_over_what_is_offered_and_stop_at_the_ends),
                cmocka_unit_test(what_is_not_offered_has_no_letter),
                cmocka_unit_test(break_glass_that_the_system_asked_for_is_forgotten_without_an_answer),
                cmocka_unit_test(the_password_opens_what_it_was_asked_for_and_is_asked_once),
                cmocka_unit_test(a_wrong_password_leads_nowhere_and_the_next_one_waits),
                cmocka_unit_test(what_is_longer_than_a_password_is_none),
                cmocka_unit_test(what_was_chosen_elsewhere_begins_with_the_password),
                cmocka_unit_test(offers_follow_the_images_word_about_the_console),
                cmocka_unit_test(offers_follow_the_decision),
                cmocka_unit_test(too_many_failed_boots_are_no_dead_end),
                cmocka_unit_test(outcomes_name_their_modes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
