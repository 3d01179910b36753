/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call of the Varlink protocol as it comes from a client nobody trusts: where a message ends in a stream of bytes, and what
 * its envelope says (https://varlink.org/Method-Call). Parameters stay JSON tokens; whoever implements a method reads them here,
 * too, so that all of what a client sends is read by this file. */
#ifndef CLEANSLATE_COMMON_VARLINK_H
#define CLEANSLATE_COMMON_VARLINK_H

#include "common/base/json.h"

#define VARLINK_MESSAGE_MAX 16384 /* bytes of a call, including its NUL */
#define VARLINK_NAME_MAX    128   /* bytes of a method's or a parameter's name, including the NUL */

struct varlink_call {
        char interface[VARLINK_NAME_MAX]; /* "io.cleanslate.FactoryReset" */
        char method[VARLINK_NAME_MAX];    /* "Request" */
        bool more;                        /* several replies are welcome */
        bool oneway;                      /* no reply is */
        bool interactive;                 /* systemd's "allowInteractiveAuthentication": a person may be asked, as a parameter */
        int parameters;                   /* token of the object; -1 = none */
        struct json json;                 /* points into the caller's text */
};

/* The first message in a stream: bytes in front of its NUL to *ret_length. ERR_TRUNCATED: more has to come; ERR_TOO_LARGE: there
 * is no end within VARLINK_MESSAGE_MAX. */
enum err varlink_frame(const char *data, size_t size, size_t *ret_length);

/* What a message says. Unknown members of the envelope are allowed. ERR_SYNTAX, ERR_ENCODING, ERR_DUPLICATE, ERR_TOO_LARGE,
 * ERR_MISSING (no method), ERR_RANGE (wrong type or name). *ret is valid only with ERR_OK. */
enum err varlink_call_parse(struct varlink_call *ret, const char *text, size_t size);

/* A parameter that is not in `known` (its end is NULL): true and its name, cut to what fits. */
bool varlink_unknown_parameter(const struct varlink_call *call, const char *const *known, char ret[static VARLINK_NAME_MAX]);

/* A text parameter; "" if it is absent or null. ERR_RANGE, ERR_TOO_LARGE, ERR_ENCODING. */
enum err varlink_text(const struct varlink_call *call, const char *name, char *ret, size_t capacity);

/* A whole number from 0; *ret_given: it is there and not null. ERR_RANGE. */
enum err varlink_number(const struct varlink_call *call, const char *name, uint64_t *ret, bool *ret_given);

/* A parameter that is an array of texts: each of them with a line feed behind it, "" if it is absent, null or empty. ERR_RANGE
 * (so, too, for a text that is empty or has a line feed in it), ERR_TOO_LARGE, ERR_ENCODING; *ret is "" then. */
enum err varlink_lines(const struct varlink_call *call, const char *name, char *ret, size_t capacity);

/* A boolean parameter; false if it is absent or null. ERR_RANGE. */
enum err varlink_flag(const struct varlink_call *call, const char *name, bool *ret);

#endif
