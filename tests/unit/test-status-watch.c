/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cleanslate status --watch`: told anew when a variable or the schedule changes, once for each state, until nobody listens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "reset-tool/status-watch.h"
#include "tests/unit/scratch.h"

static struct world {
        struct environment environment;
        char directory[SCRATCH_PATH_MAX], variables[SCRATCH_PATH_MAX + 16], schedule[SCRATCH_PATH_MAX + 32];
        int fd, ends[2];
        int calls, status;
        char *errors, heard[256];
        size_t errors_size;
} world;

/* What happens to the machine while its state is told for the n-th time, and what is told. */
static int tell(const struct environment *environment)
{
        static const char *const states[] = { "none\n", "pending\n", "pending\n", "scheduled\n", "scheduled\n" };
        const int call = world.calls++;
        if (call == 0)
                scratch_text(world.fd, "variables/FactoryResetRequest", "x");
        if (call == 1)
                scratch_text(world.fd, "variables/Other", "x");
        if (call == 2)
                scratch_text(world.fd, "schedules/schedule.json", "{}");
        if (call == 3)
                assert_int_equal(unlinkat(world.fd, "variables/Other", 0), 0);
        if (call == 4) { /* and nothing changes any more */
                assert_true(read(world.ends[0], world.heard, sizeof(world.heard) - 1) > 0);
                (void)close(world.ends[0]);
        }
        assert_in_range(call, 0, 4);
        fputs(states[call], environment->output);
        return world.status;
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(mkdirat(world.fd, "variables", 0700), 0);
        assert_int_equal(mkdirat(world.fd, "schedules", 0700), 0);
        (void)snprintf(world.variables, sizeof(world.variables), "%s/variables", world.directory);
        (void)snprintf(world.schedule, sizeof(world.schedule), "%s/schedules/schedule.json", world.directory);
        assert_int_equal(pipe2(world.ends, O_CLOEXEC), 0);
        world.environment = (struct environment){ .output = fdopen(world.ends[1], "w"),
                                                  .errors = open_memstream(&world.errors, &world.errors_size),
                                                  .variables_path = world.variables,
                                                  .schedule_path = world.schedule };
        (void)alarm(30);
        return 0;
}

static int tear_down(void **state)
{
        (void)alarm(0);
        (void)fclose(world.environment.output);
        (void)fclose(world.environment.errors);
        free(world.errors);
        (void)close(world.fd);
        scratch_remove(world.directory);
        return 0;
}

static void each_state_is_told_once_until_nobody_listens(void **state)
{
        assert_int_equal(status_watch(&world.environment, tell), STATUS_OK);
        assert_int_equal(world.calls, 5);
        assert_string_equal(world.heard, "none\npending\nscheduled\n");
}

static void a_state_that_cannot_be_told_ends_it(void **state)
{
        world.status = STATUS_FAILURE;
        assert_int_equal(status_watch(&world.environment, tell), STATUS_FAILURE);
        assert_int_equal(world.calls, 1);
        (void)close(world.ends[0]);
}

static void without_variables_there_is_nothing_to_watch(void **state)
{
        world.environment.variables_path = "/nonexistent";
        assert_int_equal(status_watch(&world.environment, tell), STATUS_FAILURE);
        (void)fflush(world.environment.errors);
        assert_string_equal(world.errors,
                            "cleanslate status: the EFI variables cannot be watched for changes: No such file or directory.\n");
        assert_int_equal(world.calls, 0);
        (void)close(world.ends[0]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(each_state_is_told_once_until_nobody_listens, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_state_that_cannot_be_told_ends_it, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_variables_there_is_nothing_to_watch, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
