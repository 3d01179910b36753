/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several devices overwritten and read back, over an engine of the test's: each by its own verification, once more where a device
 * had only said it would write zeros, and whatever becomes of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "linux/erase/erase-engine.h"

#define LENGTH (UINT64_C(1) << 20)

/* -- the engine: a device by the first letter of its path -- */

static char story[400]; /* "w(ab) f(a) s(b) ": written, read back in full, by samples */

static void tell(const char *what, const struct erase_task *tasks, size_t count)
{
        size_t used = strlen(story);
        used += (size_t)snprintf(story + used, sizeof(story) - used, "%s(", what);
        for (size_t i = 0; i < count; i++)
                used += (size_t)snprintf(story + used, sizeof(story) - used, "%s%s", tasks[i].path,
                                         *what == 'w' && tasks[i].write_only ? "!" : "");
        (void)snprintf(story + used, sizeof(story) - used, ") ");
}

static bool is(const struct erase_task *task, char letter)
{
        return task->path[0] == letter;
}

int erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options)
{
        tell("w", tasks, count);
        for (size_t i = 0; i < count; i++) {
                struct erase_outcome *outcome = &tasks[i].outcome;
                tasks[i].result = is(&tasks[i], 'd') ? -ENODEV : 0;
                outcome->offloaded |= !tasks[i].write_only && (is(&tasks[i], 'l') || is(&tasks[i], 'h') || is(&tasks[i], 't'));
                outcome->resumed_bytes = tasks[i].resume_bytes;
                outcome->written_bytes += tasks[i].length_bytes - tasks[i].resume_bytes;
                if (options->committed)
                        options->committed(options->context, i, tasks[i].length_bytes);
        }
        return 0;
}

/* A liar's offload is not there; nor is what an interrupted attempt left to it. A thief keeps nothing at all. */
static bool is_wrong(const struct erase_task *task)
{
        return is(task, 't') || (is(task, 'l') && (task->outcome.offloaded || task->resume_bytes > 0));
}

int erase_verify(struct erase_task *tasks, size_t count, enum verification verification, uint64_t seed,
                 const struct erase_options *options)
{
        tell(verification == VERIFICATION_FULL ? "f" : "s", tasks, count);
        assert_null(options->committed);
        assert_int_equal(seed, verification == VERIFICATION_FULL ? 0 : 99);
        for (size_t i = 0; i < count; i++) {
                tasks[i].result = is(&tasks[i], 'u') ? -EIO : 0;
                tasks[i].outcome.verification = verification;
                if (is_wrong(&tasks[i]))
                        bad_ranges_add(&tasks[i].outcome.wrong, 0, tasks[i].length_bytes);
                else
                        tasks[i].outcome.verified_bytes += tasks[i].length_bytes;
        }
        return 0;
}

/* -- orders -- */

static struct erase_task tasks[4];
static unsigned commits, passes_begun;

static void committed(void *context, size_t task, uint64_t done_bytes)
{
        assert_ptr_equal(context, tasks);
        commits++;
}

static void begins(void *context, bool reading)
{
        assert_ptr_equal(context, tasks);
        passes_begun++;
}

/* Capital letters: by samples. */
static int overwrite(const char *devices, uint64_t resume_bytes)
{
        static const char *const names[] = { "good", "liar", "thief", "dead", "unreadable", "honest" };
        const struct erase_passes passes = { .options = { .committed = committed, .context = tasks }, .begins = begins };
        size_t count = strlen(devices);

        story[0] = 0;
        commits = passes_begun = 0;
        memset(tasks, 0, sizeof(tasks));
        for (size_t i = 0; i < count; i++) {
                bool sampled = devices[i] < 'a';
                for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
                        if (names[n][0] == (devices[i] | 0x20))
                                tasks[i].path = names[n];
                tasks[i].length_bytes = LENGTH;
                tasks[i].resume_bytes = resume_bytes;
                tasks[i].verification = sampled ? VERIFICATION_SAMPLED : VERIFICATION_FULL;
        }
        return erase_overwrite(tasks, count, 99, &passes);
}

static void each_is_read_back_in_its_own_way(void **state)
{
        assert_int_equal(overwrite("gHg", 0), 0);
        assert_string_equal(story, "w(goodhonestgood) f(goodgood) s(honest) ");
        assert_true(tasks[1].outcome.offloaded && !tasks[1].outcome.offload_refuted);
        assert_int_equal(tasks[1].outcome.verification, VERIFICATION_SAMPLED);
        assert_int_equal(tasks[2].outcome.verified_bytes, LENGTH);
        assert_int_equal(commits, 3);
        assert_int_equal(passes_begun, 3);
}

/* Whatever the policy says of devices that keep their word: all of it. */
static void a_device_whose_offload_lied_is_written_and_read_back_in_full(void **state)
{
        assert_int_equal(overwrite("gL", 0), 0);
        assert_string_equal(story, "w(goodliar) f(good) s(liar) w(liar!) f(liar) ");
        assert_true(tasks[1].outcome.offload_refuted && !tasks[1].outcome.offloaded);
        assert_true(erase_outcome_is_clean(&tasks[1].outcome));
        assert_int_equal(tasks[1].outcome.verification, VERIFICATION_FULL);
        assert_int_equal(tasks[1].outcome.written_bytes, LENGTH);
        assert_int_equal(tasks[1].outcome.verified_bytes, LENGTH);
        assert_int_equal(commits, 2); /* the second pass's place is not remembered */
        assert_false(tasks[0].outcome.offload_refuted);
}

/* It may have left that to the device, and nobody knows any more. */
static void what_an_interrupted_attempt_has_not_written_is_written(void **state)
{
        assert_int_equal(overwrite("l", LENGTH), 0);
        assert_string_equal(story, "w(liar) f(liar) w(liar!) f(liar) ");
        assert_true(erase_outcome_is_clean(&tasks[0].outcome));
        assert_int_equal(tasks[0].outcome.resumed_bytes, 0);
        assert_int_equal(tasks[0].outcome.written_bytes, LENGTH);
}

static void what_keeps_nothing_is_told_after_the_second_time(void **state)
{
        assert_int_equal(overwrite("t", 0), 0);
        assert_string_equal(story, "w(thief) f(thief) w(thief!) f(thief) ");
        assert_int_equal(tasks[0].outcome.wrong.total_bytes, LENGTH);
        assert_true(tasks[0].outcome.offload_refuted);
}

static void an_error_is_its_own_task_s_and_says_which_pass(void **state)
{
        assert_int_equal(overwrite("gdlu", 0), -ENODEV);
        assert_string_equal(story, "w(gooddeadliarunreadable) f(goodliarunreadable) w(liar!) f(liar) ");
        assert_true(tasks[1].result == -ENODEV && !tasks[1].failed_reading);
        assert_true(tasks[3].result == -EIO && tasks[3].failed_reading);
        assert_true(erase_outcome_is_clean(&tasks[2].outcome) && tasks[2].result == 0);
        assert_int_equal(erase_overwrite(tasks, ERASE_TASKS_MAX + 1, 0, &(struct erase_passes){ 0 }), -E2BIG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_is_read_back_in_its_own_way),
                cmocka_unit_test(a_device_whose_offload_lied_is_written_and_read_back_in_full),
                cmocka_unit_test(what_an_interrupted_attempt_has_not_written_is_written),
                cmocka_unit_test(what_keeps_nothing_is_told_after_the_second_time),
                cmocka_unit_test(an_error_is_its_own_task_s_and_says_which_pass),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
