/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset is cut at every boundary, and the resumed one again at every boundary; writes are lost and torn, steps fail. Whatever
 * happens, the machine ends in the old state that nobody has touched, in the whole new one, or on a page that says why. That the
 * watch sees what it should is shown by machines that do it wrong. With COURSE_CRASH=once there is one fault a reset instead of
 * two: `make mutants` has no minute for each mutant. */
#include "tests/unit/course-shapes.h"

static unsigned long end_states;

static const char *fault_text(struct fault fault)
{
        static const char *const names[FAULT_KIND_COUNT] = { "nothing", "power fails before", "power fails within",
                                                             "power fails behind", "error in" };
        return names[fault.kind];
}

static void assert_holds(const char *why, struct fault first, struct fault second)
{
        if (why)
                fail_msg("%s: %s act %u, then %s act %u: %s", scenario.name, fault_text(first), first.at, fault_text(second),
                         second.at, why);
}

static void assert_end(const struct shape *shape, enum boot_end end, struct fault first, struct fault second)
{
        bool failed = first.kind == FAULT_ERROR || second.kind == FAULT_ERROR;

        end_states++;
        if (end == END_PAGE && !failed && !shape->may_end_on_page)
                assert_holds("the page, although nothing failed", first, second);
}

/* How many acts the next boot has if nothing happens. */
static unsigned count_acts(const struct world *world)
{
        struct world copy = *world;
        const char *why;
        unsigned acts = 0;

        (void)world_boot(&scenario, &copy, (struct fault){ FAULT_NONE, 0 }, MUTANT_NONE, &acts, &why);
        return acts;
}

static void fail_again(const struct shape *shape, const struct world *after_first, struct fault first)
{
        unsigned acts = count_acts(after_first);
        const char *why = NULL;

        for (int kind = FAULT_CUT_BEFORE; kind < FAULT_KIND_COUNT; kind++)
                for (unsigned at = 0; at < acts; at++) {
                        const struct fault second = { (enum fault_kind)kind, at };
                        struct world world = *after_first;
                        (void)world_boot(&scenario, &world, second, MUTANT_NONE, NULL, &why);
                        assert_holds(why, first, second);
                        enum boot_end end = world_settle(&scenario, &world, MUTANT_NONE, &why);
                        assert_holds(why, first, second);
                        assert_end(shape, end, first, second);
                }
}

static bool is_once(void)
{
        const char *mode = getenv("COURSE_CRASH");

        return mode && strcmp(mode, "once") == 0;
}

/* Without a second fault. */
static void go_on(const struct shape *shape, const struct world *after_first, struct fault first)
{
        const struct fault none = { FAULT_NONE, 0 };
        struct world world = *after_first;
        const char *why = NULL;
        enum boot_end end = world_settle(&scenario, &world, MUTANT_NONE, &why);

        assert_holds(why, first, none);
        assert_end(shape, end, first, none);
}

static void two_faults_anywhere_lead_to_a_whole_machine_or_to_the_page(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
                unsigned long before = end_states;
                const char *why = NULL;
                use(&shapes[i]);
                unsigned acts = count_acts(&scenario.start);
                assert_true(acts > 5);
                for (int kind = FAULT_CUT_BEFORE; kind < FAULT_KIND_COUNT; kind++)
                        for (unsigned at = 0; at < acts; at++) {
                                const struct fault first = { (enum fault_kind)kind, at };
                                struct world world = scenario.start;
                                (void)world_boot(&scenario, &world, first, MUTANT_NONE, NULL, &why);
                                assert_holds(why, first, (struct fault){ FAULT_NONE, 0 });
                                (is_once() ? go_on : fail_again)(&shapes[i], &world, first);
                        }
                print_message("%s: %u acts, %lu end states\n", scenario.name, acts, end_states - before);
        }
        print_message("%lu end states in all\n", end_states);
        if (!is_once())
                assert_true(end_states >= 100000);
}

static void without_faults_each_shape_comes_to_its_end(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
                const char *why = NULL;
                use(&shapes[i]);
                struct world world = scenario.start;
                enum boot_end end = world_settle(&scenario, &world, MUTANT_NONE, &why);
                if (why)
                        fail_msg("%s: %s", scenario.name, why);
                if (end != END_SYSTEM && !shapes[i].may_end_on_page)
                        fail_msg("%s does not come to its system", scenario.name);
                assert_true(world.hooks_ran == (shapes[i].make == make_hooks));
                assert_true(world.kept_file_is_back == (shapes[i].make == make_hooks));
        }
}

/* The attempts that the policy allows, and two starts in which nothing fails: one that asks the firmware, one behind the end. */
static unsigned failing_boots_max(void)
{
        return policy.settings.failures_max + 2;
}

/* What fails each time ends on the page within the attempts that the policy allows. */
static void what_always_fails_ends_on_the_page(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
                use(&shapes[i]);
                for (unsigned at = 0; at < count_acts(&scenario.start); at++) {
                        struct world world = scenario.start;
                        enum boot_end end = END_RESTART;
                        const char *why = NULL;
                        unsigned boots = 0;
                        while ((end == END_RESTART || end == END_CUT) && boots++ < failing_boots_max()) {
                                end = world_boot(&scenario, &world, (struct fault){ FAULT_ERROR, at }, MUTANT_NONE, NULL, &why);
                                assert_holds(why, (struct fault){ FAULT_ERROR, at }, (struct fault){ FAULT_NONE, 0 });
                        }
                        assert_true(end == END_PAGE || end == END_SYSTEM);
                }
        }
}

/* A machine whose power fails at the same instant each time is not tried for ever. */
static void what_is_cut_each_time_ends_on_the_page(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
                use(&shapes[i]);
                for (unsigned at = 2; at < count_acts(&scenario.start); at++) {
                        struct world world = scenario.start;
                        enum boot_end end = END_CUT;
                        const char *why = NULL;
                        unsigned boots = 0;
                        while ((end == END_RESTART || end == END_CUT) && boots++ < 3 * RESET_ATTEMPTS_MAX) {
                                end = world_boot(&scenario, &world, (struct fault){ FAULT_CUT_BEFORE, at }, MUTANT_NONE, NULL,
                                                 &why);
                                assert_holds(why, (struct fault){ FAULT_CUT_BEFORE, at }, (struct fault){ FAULT_NONE, 0 });
                        }
                        if (end != END_PAGE && end != END_SYSTEM)
                                fail_msg("%s: cut at act %u each time, it is tried for ever", scenario.name, at);
                }
        }
}

/* -- that the watch can fail ---------------------------------------------------------------------------------------------- */

/* The first thing that the watch sees, after one fault or none. */
static const char *watch(enum mutant mutant)
{
        const char *why = NULL;
        unsigned acts = count_acts(&scenario.start);

        for (int kind = FAULT_NONE; kind < FAULT_KIND_COUNT; kind++)
                for (unsigned at = 0; at < (kind == FAULT_NONE ? 1 : acts); at++) {
                        struct world world = scenario.start;
                        (void)world_boot(&scenario, &world, (struct fault){ (enum fault_kind)kind, at }, mutant, NULL, &why);
                        if (!why)
                                (void)world_settle(&scenario, &world, mutant, &why);
                        if (why)
                                return why;
                }
        return NULL;
}

static void each_wrong_machine_is_seen(void **state)
{
        static const struct {
                enum mutant mutant;
                void (*make)(void);
                const char *words;
        } cases[] = {
                { MUTANT_STUB_BELIEVES_IT_IS_OVER, make_factory_new, "ordinary boot" },
                { MUTANT_STUB_IGNORES_THE_REQUEST, make_encrypted, "ordinary boot" },
                { MUTANT_FORGETS_A_VOLUME, make_encrypted, "" },
                { MUTANT_TPM_BEFORE_KEYS, make_encrypted, "before all keys are gone" },
                { MUTANT_SKIPS_A_STEP, make_encrypted, "said to be erased" },
                { MUTANT_CALLS_A_FAILURE_WELL, make_encrypted, "behind a failed step" },
                { MUTANT_TOUCHES_THE_KEPT, make_encrypted, "that the image does not mark" },
                { MUTANT_RETIRES_FIRST, make_encrypted, "retired before everything is done" },
                { MUTANT_PHASE_FALLS, make_encrypted, "a phase falls" },
                { MUTANT_COMMITS_LATE, make_encrypted, "before it is written down" },
                { MUTANT_GROWS_BY_HALF, make_growing, "lies elsewhere than without a fault" },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct shape shape = { cases[i].make, false };
                use(&shape);
                const char *why = watch(cases[i].mutant);
                if (!why || !strstr(why, cases[i].words))
                        fail_msg("mutant %d: %s", (int)cases[i].mutant, why ? why : "nothing is seen");
                print_message("mutant %d: %s\n", (int)cases[i].mutant, why);
        }
}

/* Failures that nobody counts would be tried for ever. */
static void failures_that_are_not_counted_are_seen(void **state)
{
        const struct shape shape = { make_damaged, true };
        const char *why = NULL;
        struct world world;

        use(&shape);
        world = scenario.start;
        assert_int_equal(world_settle(&scenario, &world, MUTANT_NONE, &why), END_PAGE);
        assert_null(why);
        assert_int_equal(world.boots, policy.settings.failures_max);
        world = scenario.start;
        (void)world_settle(&scenario, &world, MUTANT_COUNTS_NOTHING, &why);
        assert_true(world.boots > policy.settings.failures_max);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_faults_each_shape_comes_to_its_end),
                cmocka_unit_test(two_faults_anywhere_lead_to_a_whole_machine_or_to_the_page),
                cmocka_unit_test(what_always_fails_ends_on_the_page),
                cmocka_unit_test(what_is_cut_each_time_ends_on_the_page),
                cmocka_unit_test(each_wrong_machine_is_seen),
                cmocka_unit_test(failures_that_are_not_counted_are_seen),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
