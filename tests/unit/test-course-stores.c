/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machines of test-course-crash on each kind of variable store, with a fault at every boundary: whatever the firmware makes
 * of variables, the machine ends in the old state that nobody has touched, in the whole new one, or on a page; what is ordinary
 * stays so, and a request that did not lead to a reset can be cancelled. What becomes of each is a row in docs/firmware.md. */
#include "tests/unit/course-shapes.h"
#include "tests/unit/document.h"

#define GOOD_BOOTS 3

struct outcome {
        unsigned systems, pages;
        unsigned cancelled, kept; /* of pages: where the request goes, and where it does not */
};

/* Without a fault, and with a power cut, of resets that come to their system; and whatever else there is. */
static struct outcome clean[STORE_KIND_COUNT], cut[STORE_KIND_COUNT], others[STORE_KIND_COUNT];

static const struct expectation {
        bool clean_page;   /* also without any fault: nothing is begun */
        bool faulty_page;  /* a fault may lead there, too */
        bool cancels;      /* what was not begun can be cancelled */
        bool wants_secret; /* four records are due in a start that resumes nothing */
} expected[STORE_KIND_COUNT] = {
        [STORE_SOUND] = { .cancels = true },
        [STORE_LOSES_TORN] = { .cancels = true },
        [STORE_LATE] = { .faulty_page = true, .cancels = true },
        [STORE_KEEPS] = { .cancels = true },
        [STORE_CLINGS] = { .cancels = true },
        [STORE_HIDES] = { .clean_page = true, .faulty_page = true, .cancels = true },
        [STORE_FORGETS] = { .clean_page = true, .faulty_page = true, .cancels = true },
        [STORE_SAYS_IT_LOSES] = { .clean_page = true, .faulty_page = true },
        [STORE_ABORTS] = { .clean_page = true, .faulty_page = true },
        [STORE_GIVES_OUT] = { .clean_page = true, .faulty_page = true, .cancels = true },
        [STORE_NEARLY_FULL] = { .cancels = true },
        [STORE_FULLER_UNKNOWN] = { .cancels = true },
        [STORE_THREE_RECORDS] = { .cancels = true, .wants_secret = true },
        [STORE_FULL] = { .clean_page = true, .faulty_page = true, .cancels = true },
};

static void use_store(const struct shape *shape, enum store_kind kind)
{
        use(shape);
        scenario.store = kind;
        scenario.store_is_short &= kind == STORE_SOUND;
}

static const char *where(const struct fault *fault)
{
        static const char *const names[FAULT_KIND_COUNT] = { "nothing", "power fails before", "power fails within",
                                                             "power fails behind", "error in" };
        static char text[160];

        (void)snprintf(text, sizeof(text), "%s, store that %s, %s act %u", scenario.name, store_kind_name(scenario.store),
                       names[fault->kind], fault->at);
        return text;
}

/* What is ordinary stays so; what is not begun can be given up. */
static const char *look_behind(enum boot_end end, const struct world *world, enum mutant mutant, struct outcome *outcome)
{
        static struct world next;
        const char *why = NULL;

        next = *world;
        outcome->systems += end == END_SYSTEM;
        outcome->pages += end != END_SYSTEM;
        for (unsigned boot = 0; end == END_SYSTEM && boot < GOOD_BOOTS && !why; boot++)
                world_start_again(&scenario, &next, &why);
        if (end == END_SYSTEM || !next.now.has_request || next.destroyed)
                return why;
        if (world_cancel(&scenario, &next, mutant, &why) == END_SYSTEM)
                outcome->cancelled++;
        else
                outcome->kept++;
        return why;
}

static const char *run(struct fault fault, enum mutant mutant, enum boot_end *ret_end, struct outcome *outcome)
{
        static struct world world;
        const char *why = NULL;

        world = scenario.start;
        *ret_end = world_boot(&scenario, &world, fault, mutant, NULL, &why);
        if (!why && (*ret_end == END_CUT || *ret_end == END_RESTART))
                *ret_end = world_settle(&scenario, &world, mutant, &why);
        return why ? why : look_behind(*ret_end, &world, mutant, outcome);
}

static unsigned count_acts(void)
{
        static struct world world;
        const char *why;
        unsigned acts = 0;

        world = scenario.start;
        (void)world_boot(&scenario, &world, (struct fault){ FAULT_NONE, 0 }, MUTANT_NONE, &acts, &why);
        return acts;
}

/* A reset that comes to its system on the firmware that does everything right. */
static bool is_plain(const struct shape *shape)
{
        return scenario.asked && !shape->may_end_on_page;
}

static void each_fault(const struct shape *shape, enum store_kind kind)
{
        const unsigned acts = count_acts();
        enum boot_end end;

        for (int fault_kind = FAULT_CUT_BEFORE; fault_kind < FAULT_KIND_COUNT; fault_kind++)
                for (unsigned at = 0; at < acts; at++) {
                        const struct fault fault = { (enum fault_kind)fault_kind, at };
                        struct outcome *outcome = is_plain(shape) && fault_kind != FAULT_ERROR ? cut : others;
                        const char *why = run(fault, MUTANT_NONE, &end, &outcome[kind]);

                        if (why)
                                fail_msg("%s: %s", where(&fault), why);
                        if (end == END_PAGE && fault_kind != FAULT_ERROR && !shape->may_end_on_page &&
                            !expected[kind].faulty_page)
                                fail_msg("%s: the page, although nothing failed", where(&fault));
                }
}

static unsigned count(const struct outcome *outcome)
{
        return outcome->systems + outcome->pages;
}

static void each_store_leads_to_a_whole_machine_or_to_the_page(void **state)
{
        unsigned states = 0;

        for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
                for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
                        const struct fault none = { FAULT_NONE, 0 };
                        enum boot_end end;

                        use_store(&shapes[i], (enum store_kind)kind);
                        if (expected[kind].wants_secret && !scenario.secret_kept)
                                continue;
                        const char *why = run(none, MUTANT_NONE, &end, is_plain(&shapes[i]) ? &clean[kind] : &others[kind]);
                        if (why)
                                fail_msg("%s: %s", where(&none), why);
                        if (end == END_PAGE && !shapes[i].may_end_on_page && !expected[kind].clean_page)
                                fail_msg("%s: the page", where(&none));
                        each_fault(&shapes[i], (enum store_kind)kind);
                }
                if (expected[kind].cancels && clean[kind].kept + cut[kind].kept + others[kind].kept > 0)
                        fail_msg("a store that %s: a request cannot be cancelled", store_kind_name((enum store_kind)kind));
                states += count(&clean[kind]) + count(&cut[kind]) + count(&others[kind]);
                print_message("%s: %u end states\n", store_kind_name((enum store_kind)kind),
                              count(&clean[kind]) + count(&cut[kind]) + count(&others[kind]));
        }
        print_message("%u end states in all\n", states);
        assert_true(states > 10000);
}

/* -- that the watch can fail ---------------------------------------------------------------------------------------------- */

static const char *watch(enum mutant mutant)
{
        struct outcome outcome = { 0 };
        const unsigned acts = count_acts();
        enum boot_end end;

        for (int kind = FAULT_NONE; kind < FAULT_KIND_COUNT; kind++)
                for (unsigned at = 0; at < (kind == FAULT_NONE ? 1 : acts + 1); at++) {
                        const char *why = run((struct fault){ (enum fault_kind)kind, at }, mutant, &end, &outcome);
                        if (why)
                                return why;
                        if (end == END_PAGE && kind == FAULT_NONE && !expected[scenario.store].clean_page)
                                return "the page, although nothing failed";
                }
        return outcome.kept > 0 && expected[scenario.store].cancels ? "a request cannot be cancelled" : NULL;
}

static void each_wrong_machine_is_seen(void **state)
{
        static const struct {
                enum mutant mutant;
                enum store_kind store;
                const char *words;
        } cases[] = {
                { MUTANT_IGNORES_WHAT_IS_HIDDEN, STORE_HIDES, "hidden" },
                { MUTANT_ONLY_REMOVES, STORE_KEEPS, "its request is there" },
                { MUTANT_ONLY_REMOVES, STORE_CLINGS, "its request is there" },
                { MUTANT_BELIEVES_WHAT_IT_WROTE, STORE_FORGETS, "no start behind it could know" },
                { MUTANT_BEGINS_WHERE_ALL_IS_LOST, STORE_SAYS_IT_LOSES, "no start behind it could know" },
                { MUTANT_SPENDS_THE_ROOM, STORE_THREE_RECORDS, "" },
                { MUTANT_CANCELS_WHAT_IT_SEES, STORE_HIDES, "a request cannot be cancelled" },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct shape shape = { make_encrypted, false };
                use_store(&shape, cases[i].store);
                const char *why = watch(cases[i].mutant);
                if (!why || !strstr(why, cases[i].words))
                        fail_msg("mutant %d, store that %s: %s", (int)cases[i].mutant, store_kind_name(cases[i].store),
                                 why ? why : "nothing is seen");
                print_message("mutant %d: %s\n", (int)cases[i].mutant, why);
        }
}

/* -- the table ------------------------------------------------------------------------------------------------------------- */

#define TABLE_BEGIN                                                                                           \
        "<!-- the store: written by tests/unit/test-course-stores.c -->\n"                                    \
        "| variable store | a reset leads to | with a power cut anywhere | a request that led to nothing |\n" \
        "|---|---|---|---|\n"

static const char *ends(const struct outcome *outcome)
{
        if (count(outcome) == 0)
                return "nothing is begun";
        if (outcome->pages == 0)
                return "the new system";
        return outcome->systems == 0 ? "the page" : "the new system, or the page";
}

static const char *exit_of(enum store_kind kind)
{
        if (clean[kind].kept + cut[kind].kept > 0)
                return "stays";
        return clean[kind].cancelled + cut[kind].cancelled > 0 ? "can be cancelled" : "there is none";
}

static void the_table_in_the_document_is_this_one(void **state)
{
        static char table[8192];
        int length = snprintf(table, sizeof(table), "%s", TABLE_BEGIN);

        for (int kind = 0; kind < STORE_KIND_COUNT; kind++)
                length += snprintf(table + length, sizeof(table) - (size_t)length, "| %s | %s | %s | %s |\n",
                                   store_kind_name((enum store_kind)kind), ends(&clean[kind]), ends(&cut[kind]),
                                   exit_of((enum store_kind)kind));
        assert_true((size_t)length < sizeof(table));
        assert_document_has("docs/firmware.md", table);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_store_leads_to_a_whole_machine_or_to_the_page),
                cmocka_unit_test(each_wrong_machine_is_seen),
                cmocka_unit_test(the_table_in_the_document_is_this_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
