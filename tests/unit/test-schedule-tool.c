/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resets with a time set, as commands: what they leave in the file and the timer, whom they warn, what they refuse. The clock and
 * the programs that are run are the test's; a whole machine does it in tests/qemu/test_schedule.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/efi/efivarfs.h"
#include "reset-tool/preserve.h"
#include "reset-tool/timetable.h"
#include "tests/unit/scratch.h"

#define NOW           1800000000
#define SETTINGS      "[Schedule]\nmax-postpone=1h\nwarn=10min\n"
#define PATH_MAX_HERE (SCRATCH_PATH_MAX + 64)

static struct world {
        char directory[SCRATCH_PATH_MAX];
        int fd;
        struct environment environment;
        char paths[8][PATH_MAX_HERE];
        char *output, *errors;
        size_t output_size, errors_size;
        uint64_t now;
        char commands[4096]; /* what was run, a line each */
        const char *answer;  /* of systemd-analyze; NULL: it fails */
        int status;          /* of everything else */
        bool cancels;        /* somebody, while a program runs */
        unsigned reboots;
        struct id128 handed_over; /* the nonce of what was */
} world;

time_t time(time_t *ret)
{
        if (ret)
                *ret = (time_t)world.now;
        return (time_t)world.now;
}

static int run_command(const char *const argv[], char *ret_output, size_t capacity)
{
        size_t used = strlen(world.commands);
        for (size_t i = 0; argv[i]; i++)
                used += (size_t)snprintf(world.commands + used, sizeof(world.commands) - used, "%s%s", i > 0 ? " " : "", argv[i]);
        (void)snprintf(world.commands + used, sizeof(world.commands) - used, "\n");
        if (world.cancels)
                (void)unlink(world.environment.schedule_path);
        if (strcmp(argv[0], "systemd-analyze") != 0)
                return world.status;
        if (!world.answer)
                return 1;
        (void)snprintf(ret_output, capacity, "%s", world.answer);
        return 0;
}

static int count_reboot(void)
{
        world.reboots++;
        return 0;
}

static const char *path_of(size_t index, const char *name)
{
        (void)snprintf(world.paths[index], sizeof(world.paths[index]), "%s/%s", world.directory, name);
        return world.paths[index];
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        world.now = NOW;
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(world.fd >= 0);
        assert_int_equal(make_directories(world.fd, "efivars", 0755), 0);
        assert_int_equal(make_directories(world.fd, "usr/lib/cleanslate", 0755), 0);
        scratch_text(world.fd, "os-release", "ID=slate\n");
        scratch_text(world.fd, "boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
        scratch_text(world.fd, "usr/lib/cleanslate/cleanslate.conf", SETTINGS);
        world.environment = (struct environment){ .output = open_memstream(&world.output, &world.output_size),
                                                  .errors = open_memstream(&world.errors, &world.errors_size),
                                                  .requester = "alice (sudo)",
                                                  .firmware_path = world.directory,
                                                  .variables_path = path_of(0, "efivars"),
                                                  .os_release_paths = { path_of(1, "os-release"), "/nonexistent" },
                                                  .boot_id_path = path_of(2, "boot_id"),
                                                  .handover_path = "/nonexistent/boot",
                                                  .disk_path = "/nonexistent/disk",
                                                  .esp_paths = { "/nonexistent", "/nonexistent", "/nonexistent" },
                                                  .schedule_path = path_of(3, "var/schedule.json"),
                                                  .timer_path = path_of(4, "schedule.timer"),
                                                  .command = run_command,
                                                  .reboot = count_reboot,
                                                  .root_path = world.directory,
                                                  .command_line_path = "/nonexistent/cmdline",
                                                  .signed_policy_path = "/nonexistent",
                                                  .power_supply_path = "/nonexistent",
                                                  .boot_disk = "/nonexistent/disk",
                                                  .esp_path = world.directory,
                                                  .tcti = "none" };
        return 0;
}

static int tear_down(void **state)
{
        (void)fclose(world.environment.output);
        (void)fclose(world.environment.errors);
        free(world.output);
        free(world.errors);
        (void)close(world.fd);
        scratch_remove(world.directory);
        return 0;
}

typedef int (*command)(const struct environment *environment, int argc, char **argv);

static int run(command run_it, const char *name, const char *one, const char *two, const char *three)
{
        char words[4][128] = { 0 };
        const char *given[4] = { name, one, two, three };
        char *arguments[5] = { NULL };
        int count = 0;
        for (; count < 4 && given[count]; count++) {
                (void)snprintf(words[count], sizeof(words[count]), "%s", given[count]);
                arguments[count] = words[count];
        }
        world.commands[0] = '\0';
        rewind(world.environment.output);
        rewind(world.environment.errors);
        int status = run_it(&world.environment, count, arguments);
        fputc(0, world.environment.output);
        fputc(0, world.environment.errors);
        (void)fflush(world.environment.output);
        (void)fflush(world.environment.errors);
        return status;
}

static void assert_in(const char *text, const char *part)
{
        if (!strstr(text, part))
                fail_msg("\"%s\" is not in: %s", part, text);
}

static bool is_set(struct schedule *ret)
{
        struct explanation why;
        int r = timetable_read(&world.environment, ret, &why);
        assert_true(r >= 0);
        return r == 1;
}

static void assert_timer(const char *at)
{
        _cleanup_free_ char *text = NULL;
        char line[64];
        size_t size;
        assert_int_equal(file_read(world.fd, "schedule.timer", 4096, &text, &size), 0);
        (void)snprintf(line, sizeof(line), "\nOnCalendar=%s\n", at);
        assert_in(text, line);
        assert_in(text, "\nOnActiveSec="); /* systemd passes over a calendar time that has gone by when the timer starts */
        assert_in(world.commands, "systemctl daemon-reload\nsystemctl restart cleanslate-schedule.timer\n");
}

static void assert_nothing_is_asked_for(void)
{
        assert_int_equal(faccessat(world.fd, "efivars/FactoryResetRequest-8cf2644b-4b0b-428f-9387-6d876050dc67", F_OK, 0), -1);
}

static void status_names_what_is_to_outlive_the_reset(void **state)
{
        const struct schedule schedule = { .due_at = NOW + 60,
                                           .first_due_at = NOW + 60,
                                           .keep = "/etc/device.conf\n/var/lib/a \"b\"\n" };
        struct explanation why;
        assert_true(timetable_set(&world.environment, &schedule, schedule.due_at, &why));
        assert_int_equal(run(status_command, "status", "--json", NULL, NULL), STATUS_OK);
        assert_in(world.output, "\"keep\":[\"/etc/device.conf\",\"/var/lib/a \\\"b\\\"\"]}");
        assert_int_equal(run(status_command, "status", NULL, NULL, NULL), STATUS_OK);
        assert_in(world.output, "          to outlive it: /etc/device.conf\n          to outlive it: /var/lib/a \"b\"\n");
}

static void set_due(uint64_t due_at)
{
        const struct schedule schedule = {
                .due_at = due_at, .first_due_at = due_at, .reason = "returned", .requester = "alice (sudo)"
        };
        struct explanation why;
        assert_true(timetable_set(&world.environment, &schedule, due_at, &why));
}

static void a_time_is_set_and_nothing_is_written_to_the_firmware(void **state)
{
        struct schedule schedule;
        world.answer = "Original: 2h\n      us: 7200000000\n   Human: 2h\n";
        assert_int_equal(run(request_command, "request", "--in=2h", "--yes", "--force"), STATUS_OK);
        assert_in(world.commands, "systemd-analyze timespan -- 2h\n");
        assert_in(world.output, "at 2027-01-15 10:00:00 UTC");
        assert_true(is_set(&schedule));
        assert_int_equal(schedule.due_at, NOW + 7200);
        assert_int_equal(schedule.first_due_at, NOW + 7200);
        assert_string_equal(schedule.requester, "alice (sudo)");
        assert_timer("2027-01-15 08:00:01 UTC");
        assert_nothing_is_asked_for();
        assert_int_equal(run(status_command, "status", "--json", NULL, NULL), STATUS_OK);
        assert_in(world.output, "\"schedule\":{\"dueAt\":1800007200,\"firstDueAt\":1800007200");
        assert_int_equal(run(status_command, "status", NULL, NULL, NULL), STATUS_OK);
        assert_in(world.output, "Schedule: this system is reset at 2027-01-15 10:00:00 UTC\n");
        assert_int_equal(run(cancel_command, "cancel", NULL, NULL, NULL), STATUS_OK);
        assert_in(world.output, "scheduled reset is cancelled");
        assert_in(world.commands, "systemctl stop cleanslate-schedule.timer\n");
        assert_false(is_set(&schedule));
        assert_int_equal(faccessat(world.fd, "schedule.timer", F_OK, 0), -1);
}

static void what_is_to_be_kept_is_noted_with_the_time(void **state)
{
        struct schedule schedule;
        char words[6][32] = { "request", "--in=2h", "--yes", "--force", "--keep=/var/a b", "--keep=/var/c" };
        char *arguments[7] = { words[0], words[1], words[2], words[3], words[4], words[5], NULL };
        world.answer = "us: 7200000000\n";
        assert_int_equal(run(request_command, "request", "--in=2h", "--yes", "--keep=/var/a b"), STATUS_USAGE);
        assert_in(world.errors, "/var/a b cannot be kept");
        assert_false(is_set(&schedule)); /* the image lists nothing */
        assert_int_equal(make_directories(world.fd, "usr/lib/repart.d", 0755), 0);
        assert_int_equal(make_directories(world.fd, "var", 0755), 0);
        scratch_text(world.fd, "usr/lib/repart.d/10.conf",
                     "[Partition]\nType=var\nFactoryReset=yes\nMountPoint=/var\nFormat=ext4\n");
        scratch_text(world.fd, "usr/lib/cleanslate/cleanslate.conf", "[Keep]\npath=/var/a b\n[Keep]\npath=/var/c\n");
        scratch_text(world.fd, "var/a b", "1");
        scratch_text(world.fd, "var/c", "2");
        assert_int_equal(request_command(&world.environment, 6, arguments), STATUS_OK);
        assert_true(is_set(&schedule));
        assert_string_equal(schedule.keep, "/var/a b\n/var/c\n");
}

static int note_hand_over(const struct environment *environment, const struct boot_context *context,
                          const struct reset_options *options, const struct id128 *nonce, struct explanation *ret_why)
{
        assert_int_equal(options->keep_count, 2);
        assert_string_equal(options->keep[0], "/var/a b");
        assert_string_equal(options->keep[1], "/var/c");
        world.handed_over = *nonce;
        return 0;
}

/* What a request of no files leaves of an earlier one's. */
static void withdraw_nothing(const struct environment *environment, const struct boot_context *context)
{
}

static void only_the_doctor_asks_other_services_about_keys(void **state)
{
        struct schedule schedule;
        world.answer = "us: 7200000000\n";
        assert_int_equal(run(request_command, "request", "--in=2h", "--yes", "--force"), STATUS_OK);
        assert_true(is_set(&schedule));
        assert_null(strstr(world.commands, "busctl"));
        (void)run(preflight_command, "preflight", NULL, NULL, NULL);
        assert_null(strstr(world.commands, "busctl"));
        (void)run(doctor_command, "doctor", NULL, NULL, NULL);
        assert_in(world.commands, "busctl");
}

static void what_is_no_time_to_come_is_refused_and_nothing_is_set(void **state)
{
        static const struct {
                const char *option, *other, *answer, *says;
        } cases[] = {
                { "--at=noon-ish", NULL, NULL, "not a valid future time" },
                { "--in=soon", NULL, NULL, "no length of time" },
                { "--in=", NULL, NULL, "no time is given" },
                { "--in=0", NULL, "us: 0\n", "has passed" },
                { "--in=infinity", NULL, "us: 18446744073709551615\n", "more than a year ahead" },
                { "--in=x", NULL, "us: -5\n", "no length of time" },
                { "--at=yesterday", NULL, "UNIX seconds: @1799999999\n", "has passed" },
                { "--at=now", NULL, "UNIX seconds: @1800000000\n", "has passed" },
                { "--at=2100-01-01", NULL, "UNIX seconds: @4102444800\n", "more than a year ahead" },
                { "--at=x", NULL, "UNIX seconds: 1800000001\n", "not a valid future time" },
                { "--at=x", NULL, "UNIX seconds: @18000000010000000000000000000\n", "not a valid future time" },
                { "--at=x", "--in=2h", "UNIX seconds: @1800000001\n", "use only one of" },
                { "--at=x", "--reboot", "UNIX seconds: @1800000001\n", "use only one of" },
                { "--on-next-boot", "--in=2h", "UNIX seconds: @1800000001\n", "use only one of" },
        };
        struct schedule schedule;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                world.answer = cases[i].answer;
                assert_int_equal(run(request_command, "request", "--yes", cases[i].option, cases[i].other), STATUS_USAGE);
                assert_in(world.errors, cases[i].says);
                assert_false(is_set(&schedule));
        }
        assert_nothing_is_asked_for();
}

static void a_timer_that_cannot_be_set_leaves_nothing_or_what_was_there(void **state)
{
        struct schedule schedule;
        world.answer = "us: 7200000000\n";
        world.status = 1;
        assert_int_equal(run(request_command, "request", "--in=2h", "--yes", "--force"), STATUS_FAILURE);
        assert_in(world.errors, "cannot set the timer");
        assert_false(is_set(&schedule));
        world.status = 0;
        set_due(NOW + 60);
        world.status = 1;
        assert_int_equal(run(request_command, "request", "--in=2h", "--yes", "--force"), STATUS_FAILURE);
        assert_true(is_set(&schedule));
        assert_int_equal(schedule.due_at, NOW + 60);
}

static void long_before_it_nobody_is_warned_and_then_everybody(void **state)
{
        set_due(NOW + 3600);
        assert_int_equal(run(run_schedule_command, "run-schedule", NULL, NULL, NULL), STATUS_OK);
        assert_timer("2027-01-15 08:50:00 UTC"); /* ten minutes before */
        assert_null(strstr(world.commands, "wall"));
        world.now = NOW + 3000;
        assert_int_equal(run(run_schedule_command, "run-schedule", NULL, NULL, NULL), STATUS_OK);
        assert_in(world.commands, "wall This device will be reset to its factory state in 10 min, at 2027-01-15 09:00:00 UTC.");
        assert_in(world.commands, "cleanslate cancel");
        assert_timer("2027-01-15 08:55:00 UTC");
        assert_nothing_is_asked_for();
}

static void a_timer_that_fails_counts_unless_the_reset_was_cancelled_meanwhile(void **state)
{
        set_due(NOW + 7200);
        world.status = 5;
        assert_int_equal(run(run_schedule_command, "run-schedule", NULL, NULL, NULL), STATUS_FAILURE);
        world.cancels = true;
        assert_int_equal(run(run_schedule_command, "run-schedule", NULL, NULL, NULL), STATUS_OK);
}

static void a_reset_that_would_fail_when_it_is_due_is_not_asked_for_and_not_forgotten(void **state)
{
        struct schedule schedule;
        set_due(NOW);
        assert_int_equal(run(run_schedule_command, "run-schedule", NULL, NULL, NULL), STATUS_REFUSED); /* there is no disk */
        assert_in(world.errors, "tried again when this device starts");
        assert_nothing_is_asked_for();
        assert_true(is_set(&schedule));
        assert_int_equal(world.reboots, 0);
}

static bool is_requested(struct request *ret)
{
        _cleanup_free_ char *value = NULL;
        size_t size;
        enum err err = ERR_OK;
        struct os_identity os = { .id = "slate" };
        if (file_read(world.fd, "efivars/FactoryResetRequest-8cf2644b-4b0b-428f-9387-6d876050dc67", REQUEST_VALUE_MAX + 4, &value,
                      &size) < 0)
                return false;
        assert_true(size > 4);
        assert_int_equal(request_judge(value + 4, size - 4, &os, NULL, ret, &err), REQUEST_DUE);
        return true;
}

/* Members of a schedule: each is in the request that it becomes. The preflight fails here, so that nothing is asked for without
 * force. */
static void what_a_time_was_set_with_is_asked_for_when_it_is_due(void **state)
{
        static const struct schedule cases[] = {
                { .force = true },
                { .force = true, .reason = "returned", .requester = "alice (sudo)" },
                { .force = true, .level = ERASE_LEVEL_CRYPTO },
                { .force = true, .level = ERASE_LEVEL_CLEAR },
                { .force = true, .level = ERASE_LEVEL_PURGE },
                { .force = true, .tpm_clear = TPM_CLEAR_REQUIRED },
                { .force = true, .tpm_clear = TPM_CLEAR_TRY },
                { .force = true, .tpm_clear = TPM_CLEAR_SKIP },
                { .force = true, .level = ERASE_LEVEL_PURGE, .tpm_clear = TPM_CLEAR_REQUIRED, .reason = "all of it" },
                { .tpm_clear = TPM_CLEAR_REQUIRED },
        };
        struct explanation why;
        scratch_text(world.fd, "usr/lib/cleanslate/cleanslate.conf", "[Reset]\ntpm-clear=skip\n");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct schedule schedule = cases[i];
                struct request request = { 0 };
                schedule.due_at = schedule.first_due_at = NOW;
                (void)unlinkat(world.fd, "efivars/FactoryResetRequest-8cf2644b-4b0b-428f-9387-6d876050dc67", 0);
                assert_true(timetable_set(&world.environment, &schedule, NOW, &why));
                (void)run(run_schedule_command, "run-schedule", NULL, NULL, NULL);
                assert_int_equal(is_requested(&request), schedule.force);
                if (!schedule.force)
                        continue;
                assert_int_equal(request.level, schedule.level);
                assert_int_equal(request.tpm_clear, schedule.tpm_clear);
                assert_string_equal(request.reason, schedule.reason);
                assert_in(request.requester, schedule.requester);
        }
}

static void what_was_to_be_kept_is_handed_over_when_it_is_due(void **state)
{
        static const struct preserve_calls preserve = { .hand_over = note_hand_over, .withdraw = withdraw_nothing };
        struct schedule schedule = { .due_at = NOW, .first_due_at = NOW, .force = true, .keep = "/var/a b\n/var/c\n" };
        struct request request = { 0 };
        struct explanation why;
        what_is_to_be_kept_is_noted_with_the_time(state); /* the image allows it from now on */
        world.environment.preserve = &preserve;
        assert_true(timetable_set(&world.environment, &schedule, NOW, &why));
        (void)run(run_schedule_command, "run-schedule", NULL, NULL, NULL);
        assert_true(is_requested(&request));
        assert_true(request.keep);
        assert_true(id128_equal(&request.nonce, &world.handed_over)); /* set by who was handed them */
}

static void what_was_missed_is_caught_up_with_a_warning(void **state)
{
        struct schedule schedule;
        set_due(NOW - 86400);
        assert_int_equal(run(run_schedule_command, "run-schedule", NULL, NULL, NULL), STATUS_OK);
        assert_in(world.output, "caught up");
        assert_in(world.commands, "wall This device will be reset to its factory state in 10 min");
        assert_true(is_set(&schedule));
        assert_int_equal(schedule.due_at, NOW + 600);
        assert_int_equal(schedule.first_due_at, NOW - 86400);
        assert_nothing_is_asked_for();
}

static void it_is_put_off_within_the_policy(void **state)
{
        struct schedule schedule;
        world.answer = "us: 1800000000\n";
        assert_int_equal(run(postpone_command, "postpone", "30min", NULL, NULL), STATUS_FAILURE);
        assert_in(world.errors, "nothing to postpone");
        set_due(NOW + 60);
        assert_int_equal(run(postpone_command, "postpone", "30min", NULL, NULL), STATUS_OK);
        assert_in(world.output, "until 2027-01-15 08:31:00 UTC");
        assert_true(is_set(&schedule));
        assert_int_equal(schedule.due_at, NOW + 1860);
        assert_timer("2027-01-15 08:21:00 UTC");
        assert_int_equal(run(postpone_command, "postpone", "30min", NULL, NULL), STATUS_OK);
        assert_int_equal(run(postpone_command, "postpone", "30min", NULL, NULL), STATUS_REFUSED);
        assert_in(world.errors, "until 2027-01-15 09:01:00 UTC at most");
        scratch_text(world.fd, "usr/lib/cleanslate/cleanslate.conf", "[Schedule]\nmax-postpone=0\n");
        assert_int_equal(run(postpone_command, "postpone", "30min", NULL, NULL), STATUS_REFUSED);
        assert_in(world.errors, "max-postpone=0");
        assert_int_equal(run(postpone_command, "postpone", NULL, NULL, NULL), STATUS_USAGE);
}

static void a_damaged_schedule_is_said_and_can_be_removed(void **state)
{
        assert_int_equal(make_directories(world.fd, "var", 0755), 0);
        scratch_text(world.fd, "var/schedule.json", "{\"type\":5}");
        assert_int_equal(run(run_schedule_command, "run-schedule", NULL, NULL, NULL), STATUS_FAILURE);
        assert_in(world.errors, "cannot be read");
        assert_int_equal(run(status_command, "status", NULL, NULL, NULL), STATUS_OK);
        assert_in(world.output, "Schedule: The time that is set for a reset cannot be read");
        assert_int_equal(run(cancel_command, "cancel", NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(faccessat(world.fd, "var/schedule.json", F_OK, 0), -1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(a_time_is_set_and_nothing_is_written_to_the_firmware),
                TEST(status_names_what_is_to_outlive_the_reset),
                TEST(what_is_to_be_kept_is_noted_with_the_time),
                TEST(only_the_doctor_asks_other_services_about_keys),
                TEST(what_is_no_time_to_come_is_refused_and_nothing_is_set),
                TEST(a_timer_that_cannot_be_set_leaves_nothing_or_what_was_there),
                TEST(long_before_it_nobody_is_warned_and_then_everybody),
                TEST(a_timer_that_fails_counts_unless_the_reset_was_cancelled_meanwhile),
                TEST(a_reset_that_would_fail_when_it_is_due_is_not_asked_for_and_not_forgotten),
                TEST(what_a_time_was_set_with_is_asked_for_when_it_is_due),
                TEST(what_was_to_be_kept_is_handed_over_when_it_is_due),
                TEST(what_was_missed_is_caught_up_with_a_warning),
                TEST(it_is_put_off_within_the_policy),
                TEST(a_damaged_schedule_is_said_and_can_be_removed),
        };
        return cmocka_run_group_tests_name("schedule-tool", tests, NULL, NULL);
}
