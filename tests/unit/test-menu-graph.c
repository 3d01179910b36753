/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu's whole state graph: what every event does on every page, that every page and outcome can be reached, and that
 * none of the dangerous ones can be reached in any other way than by its pages and its word. */
#include "tests/unit/menu-fixture.h"

#define STATES_MAX 20000
#define TYPED_MAX  13 /* longer than any word */

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

/* A minute is as good as two seconds here. */
static void remember(const struct menu *menu)
{
        struct menu state = *menu;

        if (state.seconds_left > 2)
                state.seconds_left = 2;
        for (size_t i = 0; i < state_count; i++)
                if (memcmp(&states[i], &state, sizeof(state)) == 0)
                        return;
        assert_true(state_count < STATES_MAX);
        states[state_count++] = state;
}

/* No step leads past the password but menu_password_judged(). */
static void assert_guard_holds(const struct menu *before, bool time, enum menu_outcome outcome, const struct menu *after)
{
        static const enum menu_item items[MENU_PAGE_COUNT] = {
                [MENU_PAGE_RESET_ASK] = MENU_ITEM_RESET,
                [MENU_PAGE_RESET_WORD] = MENU_ITEM_RESET,
                [MENU_PAGE_BREAK_GLASS_ASK] = MENU_ITEM_BREAK_GLASS,
                [MENU_PAGE_BREAK_GLASS_WORD] = MENU_ITEM_BREAK_GLASS,
        };
        enum boot_mode mode;

        assert_int_equal(after->password_given, before->password_given && !(time && outcome == MENU_START_NORMAL));
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
        if (time && outcome == MENU_STAYS_OPEN)
                assert_int_equal(after->page, before->page);
        assert_int_equal(after->counting, before->counting); /* no key keeps a page open for good */
        if (outcome == MENU_STAYS_OPEN && after->counting && before->page != MENU_PAGE_OFF)
                assert_true(after->seconds_left > 0 || before->seconds_left > 0);
        if (after->page == MENU_PAGE_RESET_WORD && before->page != MENU_PAGE_RESET_WORD)
                assert_true(before->page == MENU_PAGE_RESET_ASK && enter && after->typed_length == 0);
        assert_guard_holds(before, time, outcome, after);
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
        menu_init(&start, anyway_offered, &(struct menu_opening){ MENU_SHOW, 1, false });
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_event_on_every_page_does_what_the_table_says),
                cmocka_unit_test(no_state_allows_what_must_not_be),
                cmocka_unit_test(a_million_random_keys_never_reset_without_the_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
