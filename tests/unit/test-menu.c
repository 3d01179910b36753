/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu's whole state graph: what every event does on every page, that every page and outcome can be reached, and that
 * none of the dangerous ones can be reached in any other way than by its pages and its word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/boot/menu.h"

#define STATES_MAX 20000
#define TYPED_MAX  13 /* longer than any word */

static const bool all_offered[MENU_ITEM_COUNT] = { true, true, true, true, true, true };
static const bool none_offered[MENU_ITEM_COUNT] = { false };

static struct menu_event character(char which)
{
        return (struct menu_event){ MENU_EVENT_CHARACTER, which };
}

static struct menu_event plain(enum menu_event_kind kind)
{
        return (struct menu_event){ kind, '\0' };
}

static struct menu shown(uint32_t timeout_s)
{
        struct menu menu;

        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_SHOW, .timeout_s = timeout_s });
        return menu;
}

static enum menu_outcome type(struct menu *menu, const char *text)
{
        for (; *text != '\0'; text++)
                if (menu_step(menu, character(*text)) != MENU_STAYS_OPEN)
                        fail_msg("typing ended the menu");
        return menu_step(menu, plain(MENU_EVENT_ENTER));
}

static const bool guard_all[MENU_ITEM_COUNT] = { false, true, true, true, false, false };

static struct menu guarded(void)
{
        struct menu menu = shown(5);

        menu_guard(&menu, guard_all, 0);
        return menu;
}

/* Goes to a page the way a person would. */
static struct menu at_page(enum menu_page page)
{
        struct menu menu = shown(5);

        if (page == MENU_PAGE_HIDDEN || page == MENU_PAGE_OFF)
                menu_init(&menu, all_offered,
                          &(struct menu_opening){ .mode = page == MENU_PAGE_OFF ? MENU_OFF : MENU_HIDDEN, .timeout_s = 5 });
        if (page == MENU_PAGE_PASSWORD) {
                menu = guarded();
                menu_step(&menu, character('f'));
        }
        if (page == MENU_PAGE_RESET_ASK || page == MENU_PAGE_RESET_WORD)
                menu_step(&menu, character('f'));
        if (page == MENU_PAGE_BREAK_GLASS_ASK || page == MENU_PAGE_BREAK_GLASS_WORD)
                menu_step(&menu, character('b'));
        if (page == MENU_PAGE_RESET_WORD || page == MENU_PAGE_BREAK_GLASS_WORD)
                menu_step(&menu, plain(MENU_EVENT_ENTER));
        assert_int_equal(menu.page, page);
        return menu;
}

/* A letter that is no entry stands for all others. */
static const struct transition {
        enum menu_page page;
        struct menu_event event;
        enum menu_outcome outcome;
        enum menu_page next;
} graph[] = {
#define EVENT(kind)                     \
        {                               \
                MENU_EVENT_##kind, '\0' \
        }
#define LETTER(letter)                       \
        {                                    \
                MENU_EVENT_CHARACTER, letter \
        }
#define STAYS(page, event)                                                 \
        {                                                                  \
                MENU_PAGE_##page, event, MENU_STAYS_OPEN, MENU_PAGE_##page \
        }
#define GOES(page, event, next)                                            \
        {                                                                  \
                MENU_PAGE_##page, event, MENU_STAYS_OPEN, MENU_PAGE_##next \
        }
#define ENDS(page, event, outcome)                                 \
        {                                                          \
                MENU_PAGE_##page, event, outcome, MENU_PAGE_##page \
        }
        ENDS(OFF, EVENT(NONE), MENU_START_NORMAL),
        ENDS(OFF, EVENT(TICK), MENU_START_NORMAL),
        ENDS(OFF, EVENT(UP), MENU_START_NORMAL),
        ENDS(OFF, EVENT(DOWN), MENU_START_NORMAL),
        ENDS(OFF, EVENT(ENTER), MENU_START_NORMAL),
        ENDS(OFF, EVENT(ESCAPE), MENU_START_NORMAL),
        ENDS(OFF, EVENT(BACKSPACE), MENU_START_NORMAL),
        ENDS(OFF, LETTER('f'), MENU_START_NORMAL),
        ENDS(OFF, EVENT(OTHER_KEY), MENU_START_NORMAL),

        STAYS(HIDDEN, EVENT(NONE)), /* 5 s are left */
        STAYS(HIDDEN, EVENT(TICK)),
        GOES(HIDDEN, EVENT(UP), LIST),
        GOES(HIDDEN, EVENT(DOWN), LIST),
        GOES(HIDDEN, EVENT(ENTER), LIST),
        GOES(HIDDEN, EVENT(ESCAPE), LIST),
        GOES(HIDDEN, EVENT(BACKSPACE), LIST),
        GOES(HIDDEN, LETTER('n'), LIST),
        GOES(HIDDEN, LETTER('f'), LIST),
        GOES(HIDDEN, LETTER('p'), LIST),
        GOES(HIDDEN, EVENT(OTHER_KEY), LIST),

        STAYS(LIST, EVENT(NONE)),
        STAYS(LIST, EVENT(TICK)),
        STAYS(LIST, EVENT(UP)),
        STAYS(LIST, EVENT(DOWN)),
        ENDS(LIST, EVENT(ENTER), MENU_START_NORMAL), /* the first entry is selected */
        STAYS(LIST, EVENT(ESCAPE)),
        STAYS(LIST, EVENT(BACKSPACE)),
        STAYS(LIST, LETTER('x')),
        ENDS(LIST, LETTER('n'), MENU_START_NORMAL),
        GOES(LIST, LETTER('f'), RESET_ASK),
        GOES(LIST, LETTER('F'), RESET_ASK),
        ENDS(LIST, LETTER('r'), MENU_START_RECOVERY),
        GOES(LIST, LETTER('b'), BREAK_GLASS_ASK),
        ENDS(LIST, LETTER('s'), MENU_TO_FIRMWARE_SETUP),
        ENDS(LIST, LETTER('p'), MENU_TO_POWER_OFF),
        STAYS(LIST, EVENT(OTHER_KEY)),

        STAYS(PASSWORD, EVENT(NONE)),
        STAYS(PASSWORD, EVENT(TICK)),
        STAYS(PASSWORD, EVENT(UP)),
        STAYS(PASSWORD, EVENT(DOWN)),
        STAYS(PASSWORD, EVENT(ENTER)), /* nothing was typed */
        GOES(PASSWORD, EVENT(ESCAPE), LIST),
        STAYS(PASSWORD, EVENT(BACKSPACE)),
        STAYS(PASSWORD, LETTER('f')),
        STAYS(PASSWORD, LETTER('n')),
        STAYS(PASSWORD, EVENT(OTHER_KEY)),

        STAYS(RESET_ASK, EVENT(NONE)),
        STAYS(RESET_ASK, EVENT(TICK)),
        STAYS(RESET_ASK, EVENT(UP)),
        STAYS(RESET_ASK, EVENT(DOWN)),
        GOES(RESET_ASK, EVENT(ENTER), RESET_WORD),
        GOES(RESET_ASK, EVENT(ESCAPE), LIST),
        STAYS(RESET_ASK, EVENT(BACKSPACE)),
        STAYS(RESET_ASK, LETTER('f')),
        STAYS(RESET_ASK, LETTER('y')),
        STAYS(RESET_ASK, EVENT(OTHER_KEY)),

        STAYS(RESET_WORD, EVENT(NONE)),
        STAYS(RESET_WORD, EVENT(TICK)),
        STAYS(RESET_WORD, EVENT(UP)),
        STAYS(RESET_WORD, EVENT(DOWN)),
        STAYS(RESET_WORD, EVENT(ENTER)), /* nothing was typed */
        GOES(RESET_WORD, EVENT(ESCAPE), RESET_ASK),
        STAYS(RESET_WORD, EVENT(BACKSPACE)),
        STAYS(RESET_WORD, LETTER('p')), /* a letter of the word, not of the list */
        STAYS(RESET_WORD, EVENT(OTHER_KEY)),

        STAYS(BREAK_GLASS_ASK, EVENT(NONE)),
        STAYS(BREAK_GLASS_ASK, EVENT(TICK)),
        STAYS(BREAK_GLASS_ASK, EVENT(UP)),
        STAYS(BREAK_GLASS_ASK, EVENT(DOWN)),
        GOES(BREAK_GLASS_ASK, EVENT(ENTER), BREAK_GLASS_WORD),
        GOES(BREAK_GLASS_ASK, EVENT(ESCAPE), LIST),
        STAYS(BREAK_GLASS_ASK, EVENT(BACKSPACE)),
        STAYS(BREAK_GLASS_ASK, LETTER('b')),
        STAYS(BREAK_GLASS_ASK, EVENT(OTHER_KEY)),

        STAYS(BREAK_GLASS_WORD, EVENT(NONE)),
        STAYS(BREAK_GLASS_WORD, EVENT(TICK)),
        STAYS(BREAK_GLASS_WORD, EVENT(UP)),
        STAYS(BREAK_GLASS_WORD, EVENT(DOWN)),
        STAYS(BREAK_GLASS_WORD, EVENT(ENTER)),
        GOES(BREAK_GLASS_WORD, EVENT(ESCAPE), BREAK_GLASS_ASK),
        STAYS(BREAK_GLASS_WORD, EVENT(BACKSPACE)),
        STAYS(BREAK_GLASS_WORD, LETTER('b')),
        STAYS(BREAK_GLASS_WORD, EVENT(OTHER_KEY)),
};

static void every_event_on_every_page_does_what_the_table_says(void **state)
{
        bool tried[MENU_PAGE_COUNT][MENU_EVENT_COUNT] = { { false } };

        for (size_t i = 0; i < ARRAY_SIZE(graph); i++) {
                struct menu menu = at_page(graph[i].page);
                enum menu_outcome outcome = menu_step(&menu, graph[i].event);

                if (outcome != graph[i].outcome || menu.page != graph[i].next)
                        fail_msg("row %zu: outcome %d, page %d", i, outcome, menu.page);
                tried[graph[i].page][graph[i].event.kind] = true;
        }
        for (int page = 0; page < MENU_PAGE_COUNT; page++)
                for (int event = 0; event < MENU_EVENT_COUNT; event++)
                        if (!tried[page][event])
                                fail_msg("the table misses event %d on page %d", event, page);
}

/* All states that keys and time lead to, with the word's letters and one that is in no word. */
static struct menu states[STATES_MAX];
static size_t state_count;

static void remember(const struct menu *menu)
{
        for (size_t i = 0; i < state_count; i++)
                if (memcmp(&states[i], menu, sizeof(*menu)) == 0)
                        return;
        assert_true(state_count < STATES_MAX);
        states[state_count++] = *menu;
}

/* No step leads past the password but menu_password_judged(). */
static void assert_guard_holds(const struct menu *before, enum menu_outcome outcome, const struct menu *after)
{
        static const enum menu_item items[MENU_PAGE_COUNT] = {
                [MENU_PAGE_RESET_ASK] = MENU_ITEM_RESET,
                [MENU_PAGE_RESET_WORD] = MENU_ITEM_RESET,
                [MENU_PAGE_BREAK_GLASS_ASK] = MENU_ITEM_BREAK_GLASS,
                [MENU_PAGE_BREAK_GLASS_WORD] = MENU_ITEM_BREAK_GLASS,
        };
        enum boot_mode mode;

        assert_int_equal(after->password_given, before->password_given);
        if (!after->password_given) {
                assert_false(after->guarded[items[after->page]]);
                if (menu_outcome_mode(outcome, &mode))
                        assert_false(after->guarded[menu_item_of_mode(mode)]);
        }
        if (outcome == MENU_CHECK_PASSWORD)
                assert_true(before->page == MENU_PAGE_PASSWORD && before->wait_s == 0 && after->password_length > 0);
        if (before->wait_s > 0)
                assert_int_equal(after->password_length, 0);
        if (after->page != MENU_PAGE_PASSWORD)
                assert_int_equal(after->password_length, 0);
}

static bool types_one_of_the_words(const struct menu *menu, const char *a, const char *b)
{
        return strcmp(menu->typed, a) == 0 || strcmp(menu->typed, b) == 0;
}

/* What must hold for every single step, whatever led to it. */
static void assert_step_is_allowed(const struct menu *before, struct menu_event event, enum menu_outcome outcome,
                                   const struct menu *after)
{
        bool time = event.kind == MENU_EVENT_TICK || event.kind == MENU_EVENT_NONE;
        bool enter = event.kind == MENU_EVENT_ENTER;

        if (outcome == MENU_START_RESET)
                assert_true(before->page == MENU_PAGE_RESET_WORD && enter && types_one_of_the_words(before, "reset", "reset"));
        if (outcome == MENU_START_BREAK_GLASS)
                assert_true(before->page == MENU_PAGE_BREAK_GLASS_WORD && enter &&
                            types_one_of_the_words(before, "break glass", "break-glass"));
        if (time && before->page != MENU_PAGE_OFF)
                assert_true(outcome == MENU_STAYS_OPEN || (outcome == MENU_START_NORMAL && before->counting));
        if (time)
                assert_int_equal(after->page, before->page);
        else if (before->page != MENU_PAGE_OFF)
                assert_false(after->counting);
        if (after->page == MENU_PAGE_RESET_WORD && before->page != MENU_PAGE_RESET_WORD)
                assert_true(before->page == MENU_PAGE_RESET_ASK && enter && after->typed_length == 0);
        if (before->counting && before->page > MENU_PAGE_LIST)
                assert_true(before->asked_elsewhere);
        assert_guard_holds(before, outcome, after);
        assert_true(after->offered[after->selected]);
        assert_true(after->typed_length <= MENU_TYPED_MAX && strlen(after->typed) == after->typed_length);
        if (after->page != MENU_PAGE_RESET_WORD && after->page != MENU_PAGE_BREAK_GLASS_WORD)
                assert_int_equal(after->typed_length, 0);
}

static size_t events_of(const struct menu *menu, struct menu_event ret[static 24])
{
        static const char letters[] = "nfrbspx";
        static const char *const words[] = { "reset", "break glass", "break-glass" };
        size_t count = 0;

        for (int kind = 0; kind < MENU_EVENT_COUNT; kind++)
                if (kind != MENU_EVENT_CHARACTER)
                        ret[count++] = plain((enum menu_event_kind)kind);
        if (menu->page == MENU_PAGE_PASSWORD) {
                if (menu->password_length < 2)
                        ret[count++] = character('f');
                return count;
        }
        if (menu->page != MENU_PAGE_RESET_WORD && menu->page != MENU_PAGE_BREAK_GLASS_WORD) {
                for (size_t i = 0; letters[i] != '\0'; i++)
                        ret[count++] = character(letters[i]);
                return count;
        }
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (menu->typed_length < strlen(words[i]) && strncmp(menu->typed, words[i], menu->typed_length) == 0)
                        ret[count++] = character(words[i][menu->typed_length]);
        if (menu->typed_length < TYPED_MAX && (menu->typed_length == 0 || menu->typed[menu->typed_length - 1] != 'x'))
                ret[count++] = character('x');
        return count;
}

static void no_state_allows_what_must_not_be(void **state)
{
        static const enum menu_mode modes[] = { MENU_HIDDEN, MENU_SHOW, MENU_OFF };
        bool pages[MENU_PAGE_COUNT] = { false }, outcomes[MENU_OUTCOME_COUNT] = { false };
        struct menu_event events[24];
        struct menu start;

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
                for (uint32_t timeout = 0; timeout < 3; timeout++) {
                        menu_init(&start, all_offered, &(struct menu_opening){ modes[i], timeout, timeout == 2 });
                        remember(&start);
                }
        menu_init_asked(&start, all_offered, MENU_ITEM_BREAK_GLASS);
        remember(&start);
        start = guarded();
        remember(&start);
        for (int item = MENU_ITEM_RESET; item <= MENU_ITEM_BREAK_GLASS; item++) {
                menu_init_asked(&start, all_offered, (enum menu_item)item);
                menu_guard(&start, guard_all, 1);
                remember(&start);
        }
        for (size_t i = 0; i < state_count; i++) {
                size_t count = events_of(&states[i], events);

                pages[states[i].page] = true;
                for (size_t e = 0; e < count; e++) {
                        struct menu after = states[i];
                        enum menu_outcome outcome = menu_step(&after, events[e]);

                        assert_step_is_allowed(&states[i], events[e], outcome, &after);
                        outcomes[outcome] = true;
                        if (outcome == MENU_STAYS_OPEN)
                                remember(&after);
                        for (int right = 0; outcome == MENU_CHECK_PASSWORD && right < 2; right++) {
                                struct menu judged = after;

                                if (menu_password_judged(&judged, right, right ? 0 : 2) == MENU_STAYS_OPEN)
                                        remember(&judged);
                        }
                }
        }
        for (int page = 0; page < MENU_PAGE_COUNT; page++)
                assert_true(pages[page]);
        for (int outcome = 0; outcome < MENU_OUTCOME_COUNT; outcome++)
                assert_true(outcomes[outcome]);
}

/* xorshift64*, so that the same million is typed everywhere. */
static uint32_t next_random(uint64_t *seed)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (uint32_t)(*seed * UINT64_C(2685821657736338717) >> 32);
}

/* What a person typed since the word's page came up, kept apart from the menu: it knows only which keys were pressed and which
 * page was on the screen. */
struct witness {
        char typed[64];
        size_t length;
};

static void witness_key(struct witness *witness, enum menu_page page, struct menu_event event)
{
        bool room = witness->length + 1 < sizeof(witness->typed);

        if (page != MENU_PAGE_RESET_WORD || event.kind == MENU_EVENT_ENTER || event.kind == MENU_EVENT_ESCAPE)
                witness->length = 0;
        else if (event.kind == MENU_EVENT_CHARACTER && room)
                witness->typed[witness->length++] = event.character;
        else if (event.kind == MENU_EVENT_BACKSPACE && witness->length > 0)
                witness->length--;
        witness->typed[witness->length] = '\0';
}

/* A million keys, biased to those that lead deep into the menu, and now and then to the word's next letter. */
static struct menu_event random_key(const struct menu *menu, uint32_t random)
{
        static const char alphabet[] = "resetbreak glassfnpsx";
        static const char word[] = "reset";

        if (menu->page == MENU_PAGE_RESET_WORD && menu->typed_length < sizeof(word) - 1 && random % 2 == 0)
                return character(word[menu->typed_length]);
        random /= 2;
        if (random % 2 == 0)
                return character(alphabet[(random >> 8) % (sizeof(alphabet) - 1)]);
        return plain((enum menu_event_kind)((random >> 8) % MENU_EVENT_CHARACTER));
}

static void a_million_random_keys_never_reset_without_the_word(void **state)
{
        uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
        struct witness witness = { .length = 0 };
        struct menu menu = shown(5);
        unsigned resets = 0, refusals = 0;

        for (int i = 0; i < 1000000; i++) {
                struct menu_event event = random_key(&menu, next_random(&seed));
                struct menu before = menu;
                enum menu_outcome outcome = menu_step(&menu, event);

                if (outcome == MENU_START_RESET) {
                        assert_int_equal(event.kind, MENU_EVENT_ENTER);
                        assert_string_equal(witness.typed, "reset");
                }
                assert_step_is_allowed(&before, event, outcome, &menu);
                witness_key(&witness, before.page, event);
                resets += outcome == MENU_START_RESET;
                refusals += before.page == MENU_PAGE_RESET_WORD && event.kind == MENU_EVENT_ENTER && outcome == MENU_STAYS_OPEN;
                if (outcome != MENU_STAYS_OPEN)
                        menu = shown(5);
        }
        assert_true(resets > 10 && refusals > 1000); /* it came there often enough for the above to say something */
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

static void hidden_menu_without_a_timeout_takes_one_look(void **state)
{
        struct menu menu;

        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_HIDDEN });
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

static void first_key_stops_the_countdown_for_good(void **state)
{
        for (int page = MENU_PAGE_LIST; page < MENU_PAGE_COUNT; page++) {
                struct menu menu = at_page((enum menu_page)page);

                menu_step(&menu, plain(MENU_EVENT_OTHER_KEY));
                for (int second = 0; second < 1000; second++)
                        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_TICK)), MENU_STAYS_OPEN);
                assert_int_equal(menu.page, page);
        }
}

static void menu_without_end_waits(void **state)
{
        struct menu menu;

        menu_init(&menu, all_offered, &(struct menu_opening){ .mode = MENU_SHOW, .without_end = true });
        assert_int_equal(menu_step(&menu, plain(MENU_EVENT_NONE)), MENU_STAYS_OPEN);
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
                                        bool meant = item == MENU_ITEM_RESET + which;

                                        assert_int_equal(offered[item], !meant || access != ACCESS_OFF);
                                        assert_int_equal(guarded[item], meant && access == ACCESS_PASSWORD && !given);
                                }
                        }
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
                cmocka_unit_test(every_event_on_every_page_does_what_the_table_says),
                cmocka_unit_test(no_state_allows_what_must_not_be),
                cmocka_unit_test(a_million_random_keys_never_reset_without_the_word),
                cmocka_unit_test(the_word_resets_in_either_case_and_after_corrections),
                cmocka_unit_test(any_other_word_does_nothing_and_is_told),
                cmocka_unit_test(a_text_too_long_is_not_cut_down_to_the_word),
                cmocka_unit_test(break_glass_takes_a_space_or_a_dash),
                cmocka_unit_test(hidden_menu_without_a_timeout_takes_one_look),
                cmocka_unit_test(countdown_starts_what_would_start_anyway),
                cmocka_unit_test(first_key_stops_the_countdown_for_good),
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
                cmocka_unit_test(outcomes_name_their_modes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
