/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset for which a time is set: what the file of it says, when it is due, when people are to be warned, how far it may be put
 * off. Pure; times are seconds since 1970, UTC, and the caller's clock is the only one. */
#ifndef CLEANSLATE_COMMON_SCHEDULE_H
#define CLEANSLATE_COMMON_SCHEDULE_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/policy/request.h"

#define SCHEDULE_TEXT_MAX 4096                           /* bytes of the file */
#define SCHEDULE_TIME_MAX UINT64_C(253402300799)         /* the last second of the year 9999 */
#define SCHEDULE_SPAN_MAX (UINT64_C(366) * 24 * 60 * 60) /* how far ahead a time may be set */
/* Nobody was there to act when it came: the machine was off. Less than that is a machine that is slow. */
#define SCHEDULE_MISSED_AFTER 300

#define SCHEDULE_KEEP_MAX  1024
#define PRESERVE_PATHS_MAX 16 /* that may be named */

struct schedule {
        uint64_t due_at;
        uint64_t first_due_at; /* before it was ever postponed */
        enum erase_level level;
        enum tpm_clear_policy tpm_clear;
        bool force; /* a failing preflight does not stop it */
        char reason[sizeof(((struct request *)0)->reason)];
        char requester[sizeof(((struct request *)0)->requester)];
        char keep[SCHEDULE_KEEP_MAX]; /* paths of what is to be kept through it, a line feed behind each */
};

/* The next of schedule.keep's paths, from *cursor on, which begins at `keep` itself; false when there is none. */
bool schedule_next_keep(const char **cursor, char ret[static SCHEDULE_KEEP_MAX]);

/* One JSON object and a line feed. Look at writer->overflow, and for text that is not UTF-8 at what is read back. */
void schedule_write(const struct schedule *schedule, struct writer *writer);

/* Unknown members are allowed. ERR_SYNTAX, ERR_ENCODING, ERR_DUPLICATE, ERR_TOO_LARGE, ERR_MISSING (type, dueAt), ERR_RANGE. *ret
 * is untouched on failure. */
enum err schedule_read(const char *text, size_t size, struct schedule *ret);

enum schedule_action {
        SCHEDULE_WAIT,     /* until `at` */
        SCHEDULE_WARN,     /* people now, then wait until `at` */
        SCHEDULE_ACT,      /* now */
        SCHEDULE_CATCH_UP, /* it was missed: put it to `at`, so that who is there now is warned as well */
};

struct schedule_step {
        enum schedule_action action;
        uint64_t at;
};

/* What to do now. People are warned `warn_s` seconds before, and 5 minutes and 1 minute before where that is later. */
struct schedule_step schedule_judge(const struct schedule *schedule, uint64_t now, uint32_t warn_s);

enum postponing {
        POSTPONED,
        POSTPONE_NOT_ALLOWED, /* the policy's bound is 0 */
        POSTPONE_TOO_FAR,     /* *ret_latest: how far it may go */
};

/* Puts the time off by `seconds`, counted from now if it is overdue, within `max_s` of the first one. */
enum postponing schedule_postpone(struct schedule *schedule, uint64_t now, uint64_t seconds, uint32_t max_s,
                                  uint64_t *ret_latest);

#endif
