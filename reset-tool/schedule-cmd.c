/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate run-schedule, for cleanslate-schedule.service: the next step of a reset that has a time set. And cleanslate
 * postpone, for people. */
#include "linux/base/cleanup.h"
#include "linux/image/policy-files.h"
#include "reset-tool/announcement.h"
#include "reset-tool/hooks.h"
#include "reset-tool/preserve-request.h"
#include "reset-tool/request-cmd.h"
#include "reset-tool/running-image.h"
#include "reset-tool/timetable.h"
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char postpone_help[] =
        "cleanslate postpone TIME\n"
        "\n"
        "Postpones a scheduled reset by TIME (30min, 2h), as far as the image's policy allows in total.\n"
        "To cancel it: cleanslate cancel.\n"
        "\n"
        "  -h, --help  show this help\n"
        "\n"
        "Exit status: 0 it is postponed, 12 the policy does not allow that, 1 failure or nothing to postpone, 2 wrong\n"
        "usage.\n";

static int refuse(const struct environment *environment, const char *command, int status, const char *text)
{
        fprintf(environment->errors, "cleanslate %s: %s\n", command, text);
        return status;
}

/* What the verified image says; its defaults where it cannot be read, which a reset would say. */
static void read_settings(const struct environment *environment, struct settings *ret)
{
        struct running_root root;
        struct policy_error error;
        _cleanup_free_ struct policy *policy = malloc(sizeof(*policy));
        settings_init(ret);
        if (!policy || running_image_open(environment, &root) < 0)
                return;
        policy_init(policy);
        if (policy_files_read(root.fd, running_image_form(environment), policy, &error) == 0)
                *ret = policy->settings;
        (void)close(root.fd);
}

/* -- the service's -- */

/* A notification on a screen that wall(1) knows nothing of, for example. What they say against it is too late. */
static void tell_hooks(const struct environment *environment, const struct schedule *schedule, uint64_t seconds)
{
        struct explanation why;
        char due_at[32], left[32];
        (void)snprintf(due_at, sizeof(due_at), "due-at=%llu", (unsigned long long)schedule->due_at);
        (void)snprintf(left, sizeof(left), "seconds=%llu", (unsigned long long)seconds);
        const char *const facts[] = { due_at, left, NULL };
        if (!hooks_run(environment, HOOK_WARNING, facts, &why))
                fprintf(environment->errors, "cleanslate run-schedule: %s\n", why.text);
}

static void warn_people(const struct environment *environment, const struct schedule *schedule, uint64_t now)
{
        char text[768], at[TIMETABLE_TIME_SIZE], left[32];
        timetable_format(schedule->due_at, at);
        uint64_t seconds = schedule->due_at - now;
        (void)snprintf(left, sizeof(left), seconds >= 120 ? "%llu min" : "%llu s",
                       (unsigned long long)(seconds >= 120 ? seconds / 60 : seconds));
        (void)snprintf(text, sizeof(text),
                       "This device will be reset to its factory state in %s, at %s. All data on it will be gone.\n"
                       "Save what you need elsewhere. To put it off: cleanslate postpone 1h. To stop it: cleanslate cancel.",
                       left, at);
        const char *const wall[] = { "wall", text, NULL };
        fprintf(environment->output, "%s\n", text);
        (void)environment->command(wall, NULL, 0); /* nobody may be there to be told */
        tell_hooks(environment, schedule, seconds);
}

/* The same way as a person's request, preflight and all. */
static int request_now(const struct environment *environment, const struct schedule *schedule)
{
        char requester[sizeof(schedule->requester) + 16], keep[SCHEDULE_KEEP_MAX];
        const char *paths[PRESERVE_PATHS_MAX];
        (void)snprintf(requester, sizeof(requester), "%s, scheduled", schedule->requester[0] ? schedule->requester : "root");
        memcpy(keep, schedule->keep, sizeof(keep));
        const struct request_order order = { .confirmed = true,
                                             .options = { .level = schedule->level,
                                                          .tpm_clear = schedule->tpm_clear,
                                                          .force = schedule->force,
                                                          .reason = schedule->reason,
                                                          .requester = requester,
                                                          .keep = paths,
                                                          .keep_count = preserve_paths_split(keep, paths) } };
        return request_carry_out(environment, &order);
}

static int act(const struct environment *environment, const struct schedule *schedule)
{
        struct explanation why;
        int status = request_now(environment, schedule);
        if (status != STATUS_OK) {
                fprintf(environment->errors, "cleanslate run-schedule: the time of the scheduled reset has come, but it cannot "
                                             "be asked for, as said above. "
                                             "It is tried again when this device starts. To give it up: cleanslate cancel\n");
                return status;
        }
        /* The request is written; a schedule that stayed would only ask for what is asked for already. */
        if (timetable_clear(environment, &why) < 0)
                fprintf(environment->errors, "cleanslate run-schedule: %s\n", why.text);
        (void)fflush(environment->output);
        sync();
        int r = environment->reboot();
        fprintf(environment->errors,
                "cleanslate run-schedule: the request is written, but the reboot could not be started (systemctl reboot: %s). "
                "Reboot by hand.\n",
                strerror(-r));
        return STATUS_FAILURE;
}

/* While this was at work. A timer that cannot be set for what is not wanted any more is no failure. */
static bool was_cancelled(const struct environment *environment)
{
        struct schedule schedule;
        struct explanation ignored;
        return timetable_read(environment, &schedule, &ignored) == 0;
}

static int step(const struct environment *environment, struct schedule *schedule)
{
        struct settings settings;
        struct explanation why;
        const uint64_t now = (uint64_t)time(NULL);
        read_settings(environment, &settings);
        struct schedule_step next = schedule_judge(schedule, now, settings.warn_s);
        if (next.action == SCHEDULE_CATCH_UP) {
                schedule->due_at = next.at;
                fprintf(environment->output,
                        "The time of the scheduled reset came while this device was off; it is caught up.\n");
                next = schedule_judge(schedule, now, settings.warn_s);
                if (next.action != SCHEDULE_ACT && !timetable_set(environment, schedule, next.at, &why))
                        return refuse(environment, "run-schedule", STATUS_FAILURE, why.text);
        }
        if (next.action == SCHEDULE_ACT)
                return act(environment, schedule);
        if (next.action == SCHEDULE_WARN)
                warn_people(environment, schedule, now);
        if (!timetable_arm(environment, next.at, &why) && !was_cancelled(environment))
                return refuse(environment, "run-schedule", STATUS_FAILURE, why.text);
        return STATUS_OK;
}

int run_schedule_command(const struct environment *environment, int argc, char **argv)
{
        struct schedule schedule;
        struct explanation why;
        if (argc > 1)
                return refuse(environment, "run-schedule", STATUS_USAGE,
                              "takes no arguments; cleanslate-schedule.service calls it.");
        if (environment->effective_user != 0)
                return refuse(environment, "run-schedule", STATUS_FAILURE, "only root may do this.");
        int r = timetable_read(environment, &schedule, &why);
        if (r < 0)
                return refuse(environment, "run-schedule", STATUS_FAILURE, why.text);
        return r == 0 ? STATUS_OK : step(environment, &schedule);
}

/* -- people's -- */

static int postpone(const struct environment *environment, const char *text)
{
        struct schedule schedule;
        struct settings settings;
        struct explanation why;
        char at[TIMETABLE_TIME_SIZE];
        const uint64_t now = (uint64_t)time(NULL);
        uint64_t span, latest;
        int r = timetable_read(environment, &schedule, &why);
        if (r < 0)
                return refuse(environment, "postpone", STATUS_FAILURE, why.text);
        if (r == 0)
                return refuse(environment, "postpone", STATUS_FAILURE, "no reset is scheduled, so there is nothing to postpone.");
        if (!timetable_parse_span(environment, text, &span, &why))
                return refuse(environment, "postpone", STATUS_USAGE, why.text);
        read_settings(environment, &settings);
        enum postponing result = schedule_postpone(&schedule, now, span, settings.postpone_max_s, &latest);
        timetable_format(latest, at);
        if (result == POSTPONE_NOT_ALLOWED)
                return refuse(
                        environment, "postpone", STATUS_REFUSED,
                        "the image's policy does not let a reset be put off ([Schedule] max-postpone=0 in cleanslate.conf).");
        if (result == POSTPONE_TOO_FAR) {
                (void)explain(&why,
                              "the image's policy lets this reset be put off until %s at most ([Schedule] max-postpone= in "
                              "cleanslate.conf).",
                              at);
                return refuse(environment, "postpone", STATUS_REFUSED, why.text);
        }
        if (!timetable_set(environment, &schedule, schedule_judge(&schedule, now, settings.warn_s).at, &why))
                return refuse(environment, "postpone", STATUS_FAILURE, why.text);
        timetable_format(schedule.due_at, at);
        announce_scheduled(environment, &schedule, at);
        fprintf(environment->output, "The reset is put off until %s.\n", at);
        return STATUS_OK;
}

int postpone_command(const struct environment *environment, int argc, char **argv)
{
        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                fputs(postpone_help, environment->output);
                return STATUS_OK;
        }
        if (argc != 2 || argv[1][0] == '-')
                return refuse(environment, "postpone", STATUS_USAGE,
                              "takes one length of time, like 30min. See `cleanslate postpone --help`.");
        if (environment->effective_user != 0)
                return refuse(environment, "postpone", STATUS_FAILURE,
                              "only root may put a reset off. Try: sudo cleanslate postpone");
        return postpone(environment, argv[1]);
}
