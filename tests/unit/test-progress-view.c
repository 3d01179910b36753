/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is shown of a reset, on screens of any size and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/json.h"
#include "common/show/progress-view.h"

#define MIB (UINT64_C(1) << 20)

static struct progress_facts erasing(void)
{
        return (struct progress_facts){
                .phases_planned = 0x7f,
                .phase = VIEW_ERASE,
                .step = 6,
                .step_count = 20,
                .step_name = "erase",
                .step_text = "Erasing contents",
                .object = "state",
                .pass = "overwriting",
                .done_bytes = 120 * MIB,
                .total_bytes = 480 * MIB,
                .pace_known = true,
                .rate = 88 * MIB,
                .left_s = 100,
                .permille = 262,
        };
}

static size_t cells(const char *text)
{
        size_t count = 0;
        for (; *text; text++)
                count += ((unsigned char)*text & 0xc0) != 0x80;
        return count;
}

static bool shows(const struct view_span *spans, size_t count, const char *text)
{
        for (size_t i = 0; i < count; i++)
                if (strstr(spans[i].text, text))
                        return true;
        return false;
}

static void whatever_the_screen_nothing_leaves_it(void **state)
{
        static const struct {
                size_t columns, rows;
                bool anything, phases, notice;
        } screens[] = {
                { 0, 0, false, false, false }, { 80, 0, false, false, false },  { 0, 25, false, false, false },
                { 3, 3, false, false, false }, { 19, 25, false, false, false }, { 20, 3, true, false, false },
                { 40, 7, true, false, true },  { 40, 12, true, false, true },   { 40, 14, true, true, true },
                { 80, 25, true, true, true },  { 240, 67, true, true, true },   { SIZE_MAX, SIZE_MAX, true, true, true },
        };
        for (size_t i = 0; i < ARRAY_SIZE(screens); i++)
                for (int language = 0; language < LANGUAGE_COUNT; language++) {
                        struct progress_facts facts = erasing();
                        struct view_span spans[VIEW_SPANS_MAX];
                        size_t columns = screens[i].columns, rows = screens[i].rows;
                        size_t count = progress_view(&facts, (enum language)language, "a line of the log", columns, rows, spans);
                        assert_int_equal(count > 0, screens[i].anything);
                        for (size_t j = 0; j < count; j++) {
                                assert_true(spans[j].row < rows);
                                assert_true(spans[j].column + cells(spans[j].text) <= columns);
                                assert_true(text_is_utf8(spans[j].text, strlen(spans[j].text)));
                        }
                        if (language != LANGUAGE_ENGLISH)
                                continue;
                        assert_int_equal(shows(spans, count, "Clear the TPM"), screens[i].phases);
                        assert_int_equal(shows(spans, count, "Do not"), screens[i].notice);
                        assert_int_equal(shows(spans, count, "26 %"), screens[i].anything);
                }
}

static void all_is_told(void **state)
{
        struct progress_facts facts = erasing();
        struct view_span spans[VIEW_SPANS_MAX];
        size_t count = progress_view(&facts, LANGUAGE_ENGLISH, "said last", 80, 25, spans);
        static const char *const words[] = { "Factory reset",      "Erasing contents: state - overwriting",
                                             "120 MiB of 480 MiB", "88 MiB/s, about 2 min left",
                                             "Do not switch off",  "said last" };
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                assert_true(shows(spans, count, words[i]));
        count = progress_view(&facts, LANGUAGE_GERMAN, "", 80, 25, spans);
        assert_true(shows(spans, count,
                          "Inhalte werden gel\xc3\xb6scht: state - \xc3\xbc"
                          "berschreiben"));
        assert_true(shows(spans, count, "120 MiB von 480 MiB"));
}

static void an_unknown_total_tells_no_amount(void **state)
{
        struct progress_facts facts = erasing();
        struct view_span spans[VIEW_SPANS_MAX];
        facts.total_bytes = 0;
        facts.pace_known = false;
        size_t count = progress_view(&facts, LANGUAGE_ENGLISH, "", 80, 25, spans);
        assert_false(shows(spans, count, "MiB"));
        assert_false(shows(spans, count, "left"));
        assert_true(shows(spans, count, "Erasing contents: state"));
}

static void before_the_first_step_there_is_a_screen_too(void **state)
{
        struct progress_facts facts = { 0 };
        struct view_span spans[VIEW_SPANS_MAX];
        size_t count = progress_view(&facts, LANGUAGE_ENGLISH, "", 80, 25, spans);
        assert_true(shows(spans, count, "Check and prepare"));
        assert_true(shows(spans, count, "  0 %"));
}

static void the_time_left_is_told_coarsely(void **state)
{
        static const struct {
                uint64_t left_s;
                const char *text;
        } cases[] = {
                { 0, "less than a minute left" }, { 59, "less than a minute left" }, { 60, "about 1 min left" },
                { 61, "about 2 min left" },       { 7199, "about 120 min left" },    { 7200, "about 2 hours left" },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct progress_facts facts = erasing();
                struct view_span spans[VIEW_SPANS_MAX];
                facts.left_s = cases[i].left_s;
                assert_true(shows(spans, progress_view(&facts, LANGUAGE_ENGLISH, "", 80, 25, spans), cases[i].text));
        }
}

static void the_bar_never_shrinks(void **state)
{
        struct progress_facts facts = erasing();
        uint32_t last = 0;
        facts.permille = 0;
        for (int pass = 0; pass < 2; pass++)
                for (uint64_t done = 0; done <= 480; done += 16) {
                        facts.done_bytes = done * MIB;
                        progress_advance(&facts);
                        assert_true(facts.permille >= last);
                        last = facts.permille;
                }
        assert_int_equal(last, 300);
        facts.done_bytes = UINT64_MAX; /* nonsense */
        progress_advance(&facts);
        assert_int_equal(facts.permille, 300);
        facts.step = facts.step_count = 20;
        facts.done_bytes = facts.total_bytes;
        progress_advance(&facts);
        assert_int_equal(facts.permille, 1000);
}

static void every_step_belongs_to_a_phase_in_the_order_of_plans(void **state)
{
        enum view_phase last = VIEW_PREPARE;
        for (int kind = 0; kind < STEP_COUNT; kind++) {
                assert_true(step_traits((enum step_kind)kind)->view >= last);
                last = step_traits((enum step_kind)kind)->view;
        }
        assert_int_equal(last, VIEW_RECORD);
}

static void json_is_as_documented(void **state)
{
        struct progress_facts facts = erasing();
        char text[1024];
        struct writer writer = writer_over(text, sizeof(text));
        struct json json;
        progress_json(&facts, LANGUAGE_ENGLISH, &writer);
        assert_string_equal(
                text, "{\"phase\": \"erase\", \"step\": \"erase\", \"stepNumber\": 6, \"stepCount\": 20, \"fraction\": 0.262, "
                      "\"bytes\": 125829120, \"bytesTotal\": 503316480, \"rate\": 92274688, \"secondsLeft\": 100, "
                      "\"message\": \"Erasing contents: state - overwriting\"}");
        assert_int_equal(json_parse(&json, text, writer.size), ERR_OK);
        facts = (struct progress_facts){ .phase = VIEW_DONE, .step = 20, .step_count = 20, .permille = 1000 };
        writer = writer_over(text, sizeof(text));
        progress_json(&facts, LANGUAGE_GERMAN, &writer);
        assert_string_equal(text,
                            "{\"phase\": \"done\", \"step\": null, \"stepNumber\": 20, \"stepCount\": 20, \"fraction\": 1.000, "
                            "\"bytes\": null, \"bytesTotal\": null, \"rate\": null, \"secondsLeft\": null, "
                            "\"message\": \"Abgeschlossen\"}");
        assert_int_equal(json_parse(&json, text, writer.size), ERR_OK);
}

static void languages_are_known_by_their_locales(void **state)
{
        static const struct {
                const char *text;
                bool known;
                enum language language;
        } cases[] = {
                { "en", true, LANGUAGE_ENGLISH },
                { "de", true, LANGUAGE_GERMAN },
                { "de_AT.UTF-8", true, LANGUAGE_GERMAN },
                { "en_GB@euro", true, LANGUAGE_ENGLISH },
                { "", false, 0 },
                { "d", false, 0 },
                { "den", false, 0 },
                { "fr", false, 0 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                enum language language = LANGUAGE_COUNT;
                assert_int_equal(language_parse(cases[i].text, &language), cases[i].known);
                assert_int_equal(language, cases[i].known ? cases[i].language : LANGUAGE_COUNT);
        }
}

static void german_has_every_step_and_phase(void **state)
{
        for (int kind = 0; kind < STEP_COUNT; kind++) {
                const char *english = step_kind_text((enum step_kind)kind);
                assert_string_not_equal(message(LANGUAGE_GERMAN, english), english);
                assert_ptr_equal(message(LANGUAGE_ENGLISH, english), english);
        }
        assert_string_equal(message(LANGUAGE_GERMAN, "not in the catalog"), "not in the catalog");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whatever_the_screen_nothing_leaves_it),
                cmocka_unit_test(all_is_told),
                cmocka_unit_test(an_unknown_total_tells_no_amount),
                cmocka_unit_test(before_the_first_step_there_is_a_screen_too),
                cmocka_unit_test(the_time_left_is_told_coarsely),
                cmocka_unit_test(the_bar_never_shrinks),
                cmocka_unit_test(every_step_belongs_to_a_phase_in_the_order_of_plans),
                cmocka_unit_test(json_is_as_documented),
                cmocka_unit_test(languages_are_known_by_their_locales),
                cmocka_unit_test(german_has_every_step_and_phase),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
