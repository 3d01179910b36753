/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cleanslate log`: the resets of this device, by the records on its ESP, whatever these say. */
#include "tests/unit/reset-tool-fixture.h"

/* -- log -- */

static void make_esp(struct fixture *fixture)
{
        char path[160];
        (void)snprintf(path, sizeof(path), "mkdir -p %s/EFI/cleanslate/records", fixture->esp);
        assert_int_equal(system(path), 0);
}

static void put_record(struct fixture *fixture, const char *name, unsigned written_at, const char *result, const char *reason)
{
        char path[224], text[512];
        (void)snprintf(path, sizeof(path), "%s/EFI/cleanslate/records/%s", fixture->esp, name);
        (void)snprintf(text, sizeof(text),
                       "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"%s\",\n\"origin\":\"request\",\n"
                       "\"reason\":\"%s\",\n\"writtenAt\":%u,\n\"durationMs\":1600,\n\"steps\":[]}\n",
                       result, reason, written_at);
        write_text(path, text);
}

static void log_without_an_esp_says_where_it_looked(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "/nonexistent/esp");
        assert_says(fixture->errors, "Mount it");
        assert_int_equal(mkdir(fixture->esp, 0755), 0); /* a directory, and no ESP */
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_FAILURE);
}

static void log_of_a_new_device_is_empty(void **state)
{
        struct fixture *fixture = *state;
        make_esp(fixture);
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "There is no record of a reset");
        assert_int_equal(run(fixture, log_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"records\":[],\"leftOut\":0}");
}

static void log_lists_the_newest_reset_first(void **state)
{
        struct fixture *fixture = *state;
        make_esp(fixture);
        put_record(fixture, "b.json", 1700000000, "failed", "sold");
        put_record(fixture, "a.json", 1700000002, "complete", "returned");
        put_record(fixture, "c.json", 1700000001, "partial", "lent");
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        const char *first = strstr(fixture->output, "returned"), *second = strstr(fixture->output, "lent");
        assert_true(first && second && first < second && strstr(second, "sold"));
        assert_says(fixture->output, "2023-11-14 22:13:22 UTC  complete  origin request");
        assert_says(fixture->output, ", 2 s\n");
        assert_int_equal(run(fixture, log_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "{\"name\":\"a.json\",\"result\":\"complete\"");
}

static void log_is_not_steered_by_what_a_record_says(void **state)
{
        struct fixture *fixture = *state;
        make_esp(fixture);
        put_record(fixture, "a.json", 1700000000, "complete", "\\u001b[2J\\u009bH\\u202e gone");
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        assert_null(strchr(fixture->output, 0x1b));
        assert_says(fixture->output, "because: ?[2J?H? gone");
}

static void log_keeps_the_newest_of_too_many_and_counts_the_rest(void **state)
{
        struct fixture *fixture = *state;
        char name[32];
        make_esp(fixture);
        for (unsigned i = 0; i < HISTORY_MAX + 3; i++) {
                (void)snprintf(name, sizeof(name), "%u.json", i);
                put_record(fixture, name, 1700000000 + i * 7919 % (HISTORY_MAX + 3), "complete", "again");
        }
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "... and 3 older ones");
        assert_says(fixture->output, "22:17:38 UTC"); /* the newest, 1700000258 */
        assert_null(strstr(fixture->output, "22:13:22 UTC"));
        assert_says(fixture->output, "22:13:23 UTC"); /* the oldest of those that are kept */
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(log_without_an_esp_says_where_it_looked),
                TEST(log_of_a_new_device_is_empty),
                TEST(log_lists_the_newest_reset_first),
                TEST(log_is_not_steered_by_what_a_record_says),
                TEST(log_keeps_the_newest_of_too_many_and_counts_the_rest),
        };
        return cmocka_run_group_tests_name("reset-tool-log", tests, NULL, NULL);
}
