/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reset that has a time set, on this machine: its file, the timer that systemd shows, and systemd's own reading of times.
 * What follows from a time is common/state/schedule.h's. Explains; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_TIMETABLE_H
#define CLEANSLATE_RESET_TOOL_TIMETABLE_H

#include "common/state/schedule.h"
#include "reset-tool/boot-context.h"

#define SCHEDULE_PATH "/var/lib/cleanslate/schedule.json" /* in the state that a reset erases */
#define TIMER_PATH    "/run/systemd/system/cleanslate-schedule.timer"

/* A time in systemd's words (systemd.time(7)), seconds since 1970: a timestamp, or a calendar expression, whose next time it is.
 * False: *ret_why says what is wrong with it. */
bool timetable_parse(const struct environment *environment, const char *text, uint64_t *ret, struct explanation *ret_why);

/* The same for a length of time, in seconds. */
bool timetable_parse_span(const struct environment *environment, const char *text, uint64_t *ret, struct explanation *ret_why);

/* "2026-12-01 03:00:00 UTC" */
#define TIMETABLE_TIME_SIZE 32
void timetable_format(uint64_t at, char ret[static TIMETABLE_TIME_SIZE]);

/* 1: there is one; 0: none; negative errno with *ret_why: it cannot be read, or is damaged (-EBADMSG). */
int timetable_read(const struct environment *environment, struct schedule *ret, struct explanation *ret_why);

/* Replaces whatever is there, and has the timer elapse at `next`. False: *ret_why; nothing was changed. */
bool timetable_set(const struct environment *environment, const struct schedule *schedule, uint64_t next,
                   struct explanation *ret_why);

/* The timer alone. */
bool timetable_arm(const struct environment *environment, uint64_t next, struct explanation *ret_why);

/* 1: removed; 0: there was none; negative errno with *ret_why. */
int timetable_clear(const struct environment *environment, struct explanation *ret_why);

#endif
