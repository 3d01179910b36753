/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cleanslate status`: each state of request, progress, schedule and break-glass, for people and in JSON, once and again after
 * every change. */
#include "tests/unit/reset-tool-fixture.h"

static void store_mode(const struct fixture *fixture, enum boot_mode mode)
{
        store_handover(fixture, &(struct handover){ .choice = { .mode = mode } });
}

/* -- status -- */

static void status_tells_each_request_state(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Request:  none");
        store_malformed(fixture);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "malformed: it ");
        assert_says(fixture->output, "cleanslate cancel");
        store_request(fixture, "other", EARLIER_BOOT);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "ID=other");
        store_request(fixture, "slate", THIS_BOOT);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_PENDING);
        assert_says(fixture->output, "pending");
        assert_says(fixture->output, "with files that outlive it");
        assert_says(fixture->output, "because: be?[2Jcause"); /* the terminal is not steered by a variable */
        store_request(fixture, "slate", EARLIER_BOOT);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_PENDING);
        assert_says(fixture->output, "overdue");
}

static void status_tells_that_the_break_glass_shell_was_opened(void **state)
{
        struct fixture *fixture = *state;
        struct break_glass_trace trace = { .count = 2, .reported = 1, .last_at = 1764000000 };
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"breakGlass\":{\"count\":0,\"lastAt\":null}");
        assert_int_equal(break_glass_trace_write(&fixture->store, &trace), 0);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Shell:    the break-glass shell was opened 2 time(s), last at 2025-11-24 16:00:00 UTC");
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"breakGlass\":{\"count\":2,\"lastAt\":1764000000}");
        assert_int_equal(efivarfs_write(&fixture->store, &guid_cleanslate, BREAK_GLASS_VARIABLE_NAME, "?", 1), 0);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Shell:    the break-glass counter is damaged");
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"breakGlass\":null");
}

static void status_needs_no_root(void **state)
{
        struct fixture *fixture = *state;
        fixture->environment.effective_user = 1000;
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
}

static void request_of_32_kib_is_reported_as_malformed(void **state)
{
        struct fixture *fixture = *state;
        static uint8_t value[EFI_VALUE_MAX + 1];
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, 32768), 0);
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"request\":{\"state\":\"malformed\",\"error\":\"too-large\"}");
}

static void status_tells_progress_and_mode(void **state)
{
        struct fixture *fixture = *state;
        store_progress(fixture, PHASE_ERASED);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_EXECUTING);
        assert_says(fixture->output, "under way (phase ");
        assert_says(fixture->output, "the disk \"sda\" did not answer");
        store_progress(fixture, PHASE_DONE);
        store_mode(fixture, MODE_NORMAL);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "say that the last reset is complete; the boot stub has not confirmed it");
        assert_says(fixture->output, "000000000000000000000000000000ab");
        store_handover(fixture, &(struct handover){ .choice.mode = MODE_NORMAL, .last_reset.bytes[15] = 0xab });
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Progress: the last reset is complete\n");
        store_progress(fixture,
                       PHASE_RECORDED); /* root wrote it: with this in place the stub would not have started a normal boot */
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "no reset boot of this device wrote that");
        store_progress(fixture, PHASE_DONE);
        assert_says(fixture->output, "Mode:     normal");
        store_mode(fixture, MODE_RESET);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_EXECUTING);
}

static void status_json_has_the_promised_members(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_string_equal(fixture->output,
                            "{\"request\":{\"state\":\"absent\",\"error\":null},\"progress\":{\"phase\":\"idle\"},"
                            "\"breakGlass\":{\"count\":0,\"lastAt\":null},\"schedule\":null,\"reseal\":null,\"mode\":null}\n");
        store_malformed(fixture);
        store_progress(fixture, PHASE_DONE);
        store_mode(fixture, MODE_NORMAL);
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_string_equal(fixture->output,
                            "{\"request\":{\"state\":\"malformed\",\"error\":\"truncated\"},\"progress\":{\"phase\":\"done\","
                            "\"proof\":\"claimed\",\"resetId\":"
                            "\"000000000000000000000000000000ab\",\"attempts\":2,\"failures\":1,\"lastError\":"
                            "\"the disk \\\"sda\\\" did not answer\",\"origin\":\"request\"},\"breakGlass\":{\"count\":0,"
                            "\"lastAt\":null},\"schedule\":null,\"reseal\":null,\"mode\":\"normal\"}\n");
        assert_int_equal(ask(fixture, "--reason", "x"), STATUS_OK);
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_PENDING);
        assert_says(fixture->output, "{\"request\":{\"state\":\"pending\",\"error\":null,\"osReleaseId\":\"slate\"");
        assert_says(fixture->output, "\"bootId\":\"" THIS_BOOT "\",\"reason\":\"x\",\"requester\":\"alice (sudo)\"");
        assert_says(fixture->output, "\"keep\":false}");
}

/* A whole line; "" at the end. */
static const char *next_line(FILE *from, char line[static 4096])
{
        return fgets(line, 4096, from) ? line : "";
}

static void watching_tells_of_every_change_until_nobody_reads(void **state)
{
        struct fixture *fixture = *state;
        char *arguments[] = { (char *)"status", (char *)"--json", (char *)"--watch", NULL };
        char line[4096];
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        pid_t watcher = fork();
        assert_true(watcher >= 0);
        if (watcher == 0) {
                (void)close(ends[0]);
                fixture->environment.output = fdopen(ends[1], "w");
                _exit(status_command(&fixture->environment, 3, arguments));
        }
        (void)close(ends[1]);
        FILE *from = fdopen(ends[0], "r");
        assert_says(next_line(from, line), "\"state\":\"absent\"");
        store_request(fixture, "slate", "01234567-89ab-cdef-0123-456789abcdef");
        do /* a file that is being made may be seen empty */
                (void)next_line(from, line);
        while (strstr(line, "\"malformed\""));
        assert_null(strstr(line, "\"absent\""));
        assert_int_equal(efivarfs_remove(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME), 1);
        assert_says(next_line(from, line), "\"state\":\"absent\"");
        (void)fclose(from);
        assert_int_equal(waitpid(watcher, &status, 0), watcher);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), STATUS_OK);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(watching_tells_of_every_change_until_nobody_reads),
                TEST(status_tells_each_request_state),
                TEST(status_needs_no_root),
                TEST(status_tells_that_the_break_glass_shell_was_opened),
                TEST(request_of_32_kib_is_reported_as_malformed),
                TEST(status_tells_progress_and_mode),
                TEST(status_json_has_the_promised_members),
        };
        return cmocka_run_group_tests_name("reset-tool-status", tests, NULL, NULL);
}
