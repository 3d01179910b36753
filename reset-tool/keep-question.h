/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service has cleanslate-keep@.service do over a socket: a line with the errand and a nonce, a line for each path, and
 * the end. The answer is one as in inspection.h. Pure. */
#ifndef CLEANSLATE_RESET_TOOL_KEEP_QUESTION_H
#define CLEANSLATE_RESET_TOOL_KEEP_QUESTION_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/state/schedule.h"

#define KEEPER_SOCKET     "/run/cleanslate/keep"
#define KEEP_QUESTION_MAX (SCHEDULE_KEEP_MAX + 64) /* bytes */

enum keep_errand {
        KEEP_JUDGE,     /* whether the files could be kept; writes nothing */
        KEEP_HAND_OVER, /* seals them for the request with the nonce, and puts them on the ESP */
        KEEP_WITHDRAW,  /* deletes what was handed over */
        KEEP_ERRANDS
};

struct keep_question {
        enum keep_errand errand;
        struct id128 nonce;            /* zero but for KEEP_HAND_OVER */
        char paths[SCHEDULE_KEEP_MAX]; /* as in struct schedule; "" for KEEP_WITHDRAW */
};

void keep_question_write(struct writer *writer, const struct keep_question *question);

/* ERR_SYNTAX, ERR_TOO_LARGE; *ret is untouched then. */
enum err keep_question_read(const char *text, size_t size, struct keep_question *ret);

size_t keep_paths_count(const char *paths);

/* The single paths of such a text, which they point into; its line feeds become NULs. Returns how many: the first KEEP_PATHS_MAX.
 */
size_t keep_paths_split(char *paths, const char *ret[static KEEP_PATHS_MAX]);

#endif
