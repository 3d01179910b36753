/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard stops every plan in which a partition grows otherwise than it may, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

enum { DATA = PARTITIONS, EXTRA };
enum { DATA_DEFINITION = STATE_DEFINITION + 1, SRV_DEFINITION };

static struct plan good;

/* 1000 MiB of state at its place, then 200 of data that grow, and a new partition behind them, to the end of the disk. */
static int set_up_growth(void **state)
{
        (void)set_up(state);
        inventory.partitions[STATE].size_bytes = MIB(1000);
        set_partition(DATA, "linux-generic", "data", 2421, 200);
        policy.partitions[STATE_DEFINITION].size_min_bytes = MIB(1000); /* there is no room for another one behind it */
        define("30-data.conf", "[Partition]\nType=linux-generic\nLabel=other\n");
        define("40-srv.conf", "[Partition]\nType=srv\nFormat=ext4\n");
        assert_accepted();
        good = plan;
        return 0;
}

/* The same without any rule about erasing, which would come first. */
static int set_up_unerased(void **state)
{
        (void)set_up_growth(state);
        settings("[Reset]\nunallocated=leave\n");
        assert_accepted();
        good = plan;
        return 0;
}

static struct plan_step *growth(void)
{
        return &plan.steps[find_step(&plan, STEP_GROW_ENTRY, -1, -1)];
}

static struct plan_step *creation(void)
{
        return &plan.steps[find_step(&plan, STEP_CREATE_ENTRY, -1, SRV_DEFINITION)];
}

/* What erases the space behind the data. */
static struct plan_step *gap(void)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == STEP_ERASE_UNALLOCATED && plan.steps[i].start_bytes == MIB(2621))
                        return &plan.steps[i];
        fail_msg("no such step");
        return NULL;
}

static void insert(const struct plan_step *behind, struct plan_step step)
{
        size_t at = (size_t)(behind - plan.steps) + 1;

        memmove(&plan.steps[at + 1], &plan.steps[at], (plan.step_count - at) * sizeof(step));
        plan.steps[at] = step;
        plan.step_count++;
}

static void assert_passes(void)
{
        const char *broken = plan_guard(&plan, asked, &policy, &inventory);

        if (broken)
                fail_msg("stopped: %s", broken);
        plan = good;
}

static void assert_stopped(const char *words)
{
        const char *broken = plan_guard(&plan, asked, &policy, &inventory);

        if (!broken || strcmp(broken, words) != 0)
                fail_msg("\"%s\" instead of \"%s\"", broken ? broken : "nothing", words);
        plan = good;
}

static void the_guard_knows_who_may_grow(void **state)
{
        growth()->partition = -1;
        assert_stopped("a step has no partition");
        growth()->partition = (int)inventory.partition_count;
        assert_stopped("a step has no partition");
        growth()->definition = -1;
        assert_stopped("a partition grows by another definition");
        growth()->definition = SRV_DEFINITION;
        assert_stopped("a partition grows by another definition");
        growth()->partition = ROOT; /* nobody's */
        assert_stopped("a partition grows by another definition");
        growth()->partition = ROOT;
        growth()->definition = -1; /* that both have none makes it nobody's as well */
        assert_stopped("a partition grows by another definition");
        growth()->partition = STATE;
        growth()->definition = STATE_DEFINITION;
        assert_stopped("a partition grows that is erased");
        insert(growth(), *creation()); /* nor one beside which another of its definition is made */
        plan.steps[growth() - plan.steps + 1].definition = DATA_DEFINITION;
        assert_stopped("a partition grows that is erased");
}

static void it_lets_nothing_move_or_shrink(void **state)
{
        growth()->start_bytes -= MIB(1);
        assert_stopped("a partition that stays is moved");
        growth()->start_bytes += MIB(1);
        assert_stopped("a partition that stays is moved");
        growth()->size_bytes = MIB(200);
        assert_stopped("a partition that stays shrinks");
        growth()->size_bytes = MIB(199);
        assert_stopped("a partition that stays shrinks");
        growth()->size_bytes -= 256;
        assert_stopped("a partition ends within a sector");
        growth()->size_bytes = MIB(200) + 512; /* the control: a sector more is growth */
        assert_passes();
}

/* Of a partition that has no end within the numbers there is nothing behind; one more byte of it, and what is behind would seem
 * to be at the beginning of the disk. */
static void it_is_not_misled_by_a_partition_without_an_end(void **state)
{
        inventory.partitions[DATA].size_bytes = UINT64_MAX - MIB(2421);
        growth()->size_bytes = UINT64_MAX - MIB(2421) + 1;
        assert_stopped("a partition grows out of the usable range");
        inventory.partitions[DATA].size_bytes = UINT64_MAX - MIB(2421) + 1;
        growth()->size_bytes = UINT64_MAX - MIB(2421) + 513;
        assert_stopped("a partition that stays shrinks");
}

static void it_asks_for_whole_sectors_of_which_there_are_some(void **state)
{
        inventory.sector_size = 1;
        assert_passes();
        inventory.sector_size = 0;
        assert_stopped("a partition ends within a sector");
}

static void it_lets_nothing_grow_over_anything(void **state)
{
        growth()->size_bytes += 4096; /* the new one is right behind */
        assert_stopped("a partition grows over a new one");
        creation()->start_bytes -= 4096;
        assert_stopped("a partition grows over a new one");
        growth()->size_bytes = MIB(4096 - 2421);
        assert_stopped("a partition grows out of the usable range");
        inventory.entries_start_bytes = MIB(2700);
        assert_stopped("a partition grows over the partition table");
        inventory.entries_start_bytes = MIB(2621) - inventory.entries_size_bytes; /* the control: in front of what it gets */
        assert_passes();
        set_partition(EXTRA, "root-arm", "late", 2700, 1);
        assert_stopped("a partition grows over another one");
        set_partition(EXTRA, "root-arm", "within", 2500, 1); /* the control: a broken table, but nothing that it grows over */
        inventory.partitions[EXTRA].number = 100;            /* the next slot is the new one's */
        assert_passes();
        inventory.partitions[ESP].start_bytes = MIB(2700); /* nor over the first one of the table */
        inventory.partitions[ESP].size_bytes = 512;
        assert_stopped("a partition grows over another one");
}

static void it_wants_erased_what_is_grown_into(void **state)
{
        static const char unerased[] = "a partition grows over what is not erased";
        const uint64_t room = growth()->size_bytes - MIB(200);

        gap()->size_bytes = room; /* all of it, and no more */
        assert_passes();
        gap()->size_bytes = room - 1;
        assert_stopped(unerased);
        gap()->size_bytes -= 1;
        gap()->start_bytes += 1;
        assert_stopped(unerased);
}

/* In any order, and some of it twice: what counts is that no byte is left. */
static void it_may_be_erased_in_pieces(void **state)
{
        static const char unerased[] = "a partition grows over what is not erased";
        const uint64_t end = growth()->start_bytes + growth()->size_bytes;
        static const struct {
                uint64_t second_start, short_of_end;
                bool whole;
        } cases[] = {
                { MIB(2721), 0, true },  { MIB(2671), 0, true },  { MIB(2721) + 1, 0, false },
                { MIB(2721), 1, false }, { MIB(2671), 1, false },
        };

        for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
                struct plan_step second = *gap(), *first = gap();

                first->size_bytes = MIB(100);
                second.start_bytes = cases[i / 2].second_start;
                second.size_bytes = end - cases[i / 2].short_of_end - second.start_bytes;
                if (i % 2 == 0)
                        insert(first, second);
                else
                        insert(first - 1, second);
                if (cases[i / 2].whole)
                        assert_passes();
                else
                        assert_stopped(unerased);
        }
}

/* Nothing of it is this reset's to erase: a machine whose disk died gets a new one, with data of the line on it. */
static void on_another_disk_nothing_need_be_erased(void **state)
{
        inventory.partition_count = CONFIG;
        set_partition(CONFIG, "linux-generic", "data", 1357, 200);
        inventory.disk_uuid.bytes[0] = 1;
        inventory.disk_expected.bytes[0] = 2;
        assert_accepted();
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
        assert_true(has_step(STEP_GROW_ENTRY));
        inventory.disk_expected.bytes[0] = 1; /* the control: on its own disk it would be */
        assert_string_equal(plan_guard(&plan, asked, &policy, &inventory), "a partition grows over what is not erased");
}

/* A look-alike right behind it goes; its place is what is grown into, in one plan. */
static void it_wants_old_entries_gone_before_anything_grows(void **state)
{
        set_partition(EXTRA, "var", "state", 2621, 100); /* the second one of its type, called as the marked one */
        assert_accepted();
        good = plan;
        assert_passes();
        for (size_t i = (size_t)find_step(&plan, STEP_GROW_ENTRY, -1, -1);
             i > (size_t)find_step(&plan, STEP_DELETE_ENTRY, -1, -1); i--) {
                struct plan_step moving = plan.steps[i];

                plan.steps[i] = plan.steps[i - 1];
                plan.steps[i - 1] = moving;
        }
        assert_stopped("something grows before the old entries are gone");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_guard_knows_who_may_grow, set_up_growth),
                cmocka_unit_test_setup(it_lets_nothing_move_or_shrink, set_up_growth),
                cmocka_unit_test_setup(it_is_not_misled_by_a_partition_without_an_end, set_up_unerased),
                cmocka_unit_test_setup(it_asks_for_whole_sectors_of_which_there_are_some, set_up_unerased),
                cmocka_unit_test_setup(it_lets_nothing_grow_over_anything, set_up_unerased),
                cmocka_unit_test_setup(it_wants_erased_what_is_grown_into, set_up_growth),
                cmocka_unit_test_setup(it_may_be_erased_in_pieces, set_up_growth),
                cmocka_unit_test_setup(on_another_disk_nothing_need_be_erased, set_up_growth),
                cmocka_unit_test_setup(it_wants_old_entries_gone_before_anything_grows, set_up_growth),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
