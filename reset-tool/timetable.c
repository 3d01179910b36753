/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/timetable.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX 2048
#define TIMER      "cleanslate-schedule.timer"
#define LEFT_MIN   3 /* seconds */

/* -- times -- */

/* The value behind a label at the beginning of a line, as systemd-analyze prints it: "   UNIX seconds: @1795824000". */
static bool find_line(const char *output, const char *label, char *ret, size_t capacity)
{
        for (const char *line = output; line; line = strchr(line, '\n')) {
                line += strspn(line, "\n ");
                if (strncmp(line, label, strlen(label)) == 0) {
                        line += strlen(label);
                        line += strspn(line, " ");
                        return text_copy(ret, capacity, line, strcspn(line, "\n"));
                }
        }
        return false;
}

static bool query_systemd(const struct environment *environment, const char *verb, const char *text, const char *label, char *ret,
                          size_t capacity)
{
        char output[OUTPUT_MAX];
        const char *const command[] = { "systemd-analyze", verb, "--", text, NULL };
        return environment->command(command, output, sizeof(output)) == 0 && find_line(output, label, ret, capacity);
}

static bool timestamp(const struct environment *environment, const char *text, uint64_t *ret)
{
        char seconds[32];
        return query_systemd(environment, "timestamp", text, "UNIX seconds:", seconds, sizeof(seconds)) && seconds[0] == '@' &&
               text_to_u64(seconds + 1, strcspn(seconds + 1, "."), ret) && *ret <= SCHEDULE_TIME_MAX;
}

static bool can_be_asked_about(const char *text, struct explanation *ret_why)
{
        if (strlen(text) < 128 && strspn(text, " ") < strlen(text))
                return true;
        return explain(ret_why, "no time is given, or one that is too long.");
}

bool timetable_parse(const struct environment *environment, const char *text, uint64_t *ret, struct explanation *ret_why)
{
        char next[64];
        if (!can_be_asked_about(text, ret_why))
                return false;
        if (timestamp(environment, text, ret))
                return true;
        if (query_systemd(environment, "calendar", text, "Next elapse:", next, sizeof(next)) && timestamp(environment, next, ret))
                return true;
        return explain(ret_why,
                       "\"%s\" is not a valid future time. Try: 03:00, tomorrow, \"2030-12-31 03:00\", \"Sun 03:00\"; see "
                       "systemd.time(7).",
                       text);
}

bool timetable_parse_span(const struct environment *environment, const char *text, uint64_t *ret, struct explanation *ret_why)
{
        char microseconds[32];
        uint64_t value;
        if (!can_be_asked_about(text, ret_why))
                return false;
        if (!query_systemd(environment, "timespan", text, "us:", microseconds, sizeof(microseconds)) ||
            !text_to_u64(microseconds, strlen(microseconds), &value))
                return explain(ret_why, "\"%s\" is no length of time. Try: 90min, 2h, 3d; see systemd.time(7).", text);
        *ret = value / 1000000;
        return true;
}

void timetable_format(uint64_t at, char ret[static TIMETABLE_TIME_SIZE])
{
        const time_t seconds = (time_t)at;
        struct tm parts;
        if (!gmtime_r(&seconds, &parts) || strftime(ret, TIMETABLE_TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
                ret[0] = '\0';
}

/* -- the file -- */

int timetable_read(const struct environment *environment, struct schedule *ret, struct explanation *ret_why)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = file_read(AT_FDCWD, environment->schedule_path, SCHEDULE_TEXT_MAX, &text, &size);
        if (r == -ENOENT)
                return 0;
        enum err err = r == 0 ? schedule_read(text, size, ret) : ERR_OK;
        if (r == 0 && err == ERR_OK)
                return 1;
        (void)explain(ret_why, "The time that is set for a reset cannot be read: %s %s. Remove it: cleanslate cancel",
                      environment->schedule_path, r < 0 ? strerror(-r) : err_text(err));
        return r < 0 ? r : -EBADMSG;
}

static int store(const struct environment *environment, const struct schedule *schedule)
{
        char text[SCHEDULE_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        char directory[256];
        const char *end = strrchr(environment->schedule_path, '/');
        schedule_write(schedule, &writer);
        if (writer.overflow || !end ||
            !text_copy(directory, sizeof(directory), environment->schedule_path, (size_t)(end - environment->schedule_path)))
                return -EINVAL;
        int r = make_directories(AT_FDCWD, directory, 0755);
        return r < 0 ? r : file_replace(AT_FDCWD, environment->schedule_path, text, writer.size, 0600);
}

/* -- the timer -- */

static bool run(const struct environment *environment, const char *const command[], struct explanation *ret_why)
{
        int r = environment->command(command, NULL, 0);
        if (r == 0)
                return true;
        if (r < 0)
                return explain(ret_why, "cannot set the timer: %s: %s.", command[0], strerror(-r));
        return explain(ret_why, "cannot set the timer: %s %s ended with status %d. See: systemctl status " TIMER, command[0],
                       command[1], r);
}

/* A unit in /run, so that it is gone with the boot: the next one arms anew, by what the clock says then. systemd does not act on
 * a calendar time that has passed when the timer starts, as it may have while the units were read again: so the time from that
 * start on is given, too, and what comes first counts. Not less than it takes the service that sets this to end, or it would be
 * missed. */
bool timetable_arm(const struct environment *environment, uint64_t next, struct explanation *ret_why)
{
        static const char *const reload[] = { "systemctl", "daemon-reload", NULL };
        static const char *const restart[] = { "systemctl", "restart", TIMER, NULL };
        const uint64_t now = (uint64_t)time(NULL), left = next > now + LEFT_MIN ? next - now : LEFT_MIN;
        char at[TIMETABLE_TIME_SIZE], text[512];
        timetable_format(next, at);
        int length = snprintf(text, sizeof(text),
                              "[Unit]\nDescription=Next Step of the Scheduled Factory Reset\nDocumentation=man:cleanslate(1)\n"
                              "[Timer]\nOnCalendar=%s\nOnActiveSec=%llus\nAccuracySec=1s\n"
                              "Unit=cleanslate-schedule.service\n",
                              at, (unsigned long long)left);
        int r = file_replace(AT_FDCWD, environment->timer_path, text, (size_t)length, 0644);
        if (r < 0)
                return explain(ret_why, "cannot set the timer: %s: %s.", environment->timer_path, strerror(-r));
        return run(environment, reload, ret_why) && run(environment, restart, ret_why);
}

static void disarm(const struct environment *environment)
{
        static const char *const stop[] = { "systemctl", "stop", TIMER, NULL };
        static const char *const reload[] = { "systemctl", "daemon-reload", NULL };
        if (unlink(environment->timer_path) < 0)
                return; /* there is none, or one that will find nothing to do */
        (void)environment->command(stop, NULL, 0);
        (void)environment->command(reload, NULL, 0);
}

bool timetable_set(const struct environment *environment, const struct schedule *schedule, uint64_t next,
                   struct explanation *ret_why)
{
        struct schedule before;
        struct explanation ignored;
        bool had = timetable_read(environment, &before, &ignored) == 1;
        int r = store(environment, schedule);
        if (r < 0)
                return explain(ret_why, "cannot write %s: %s.", environment->schedule_path, strerror(-r));
        if (timetable_arm(environment, next, ret_why))
                return true;
        if (had)
                (void)store(environment, &before);
        else
                (void)unlink(environment->schedule_path);
        return false;
}

int timetable_clear(const struct environment *environment, struct explanation *ret_why)
{
        if (unlink(environment->schedule_path) < 0) {
                if (errno == ENOENT)
                        return 0;
                int r = -errno;
                (void)explain(ret_why, "cannot remove %s: %s.", environment->schedule_path, strerror(errno));
                return r;
        }
        disarm(environment);
        return 1;
}
