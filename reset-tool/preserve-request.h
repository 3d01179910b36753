/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service has cleanslate-keep@.service do over a socket: a line with the action and a nonce, a line for each path, and
 * the end. The answer is one as in inspection.h. Pure. */
#ifndef CLEANSLATE_RESET_TOOL_PRESERVE_REQUEST_H
#define CLEANSLATE_RESET_TOOL_PRESERVE_REQUEST_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/state/schedule.h"

#define PRESERVE_HELPER_SOCKET "/run/cleanslate/keep"
#define PRESERVE_REQUEST_MAX   (SCHEDULE_KEEP_MAX + 64) /* bytes */

enum preserve_action {
        PRESERVE_JUDGE,     /* whether the files could be kept; writes nothing */
        PRESERVE_HAND_OVER, /* seals them for the request with the nonce, and puts them on the ESP */
        PRESERVE_WITHDRAW,  /* deletes what was handed over */
        PRESERVE_ACTIONS
};

struct preserve_request {
        enum preserve_action action;
        struct id128 nonce;            /* zero but for PRESERVE_HAND_OVER */
        char paths[SCHEDULE_KEEP_MAX]; /* as in struct schedule; "" for PRESERVE_WITHDRAW */
};

void preserve_request_write(struct writer *writer, const struct preserve_request *question);

/* ERR_SYNTAX, ERR_TOO_LARGE; *ret is untouched then. */
enum err preserve_request_read(const char *text, size_t size, struct preserve_request *ret);

size_t preserve_paths_count(const char *paths);

/* The single paths of such a text, which they point into; its line feeds become NULs. Returns how many: the first
 * PRESERVE_PATHS_MAX.
 */
size_t preserve_paths_split(char *paths, const char *ret[static PRESERVE_PATHS_MAX]);

#endif
