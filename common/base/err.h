/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The error values of common/: what went wrong, grouped by who has to act. Owns names and texts only. */
#ifndef CLEANSLATE_COMMON_ERR_H
#define CLEANSLATE_COMMON_ERR_H

enum err {
        ERR_OK = 0,

        /* the caller's: the call itself was wrong */
        ERR_ARGUMENT,         /* an argument is outside of what the function takes */
        ERR_BUFFER_TOO_SMALL, /* the caller's buffer cannot hold the result */

        /* the input's: whoever wrote the bytes has to mend them */
        ERR_TRUNCATED,   /* the input ends before the structure does */
        ERR_TOO_LARGE,   /* the input is larger than the stated maximum */
        ERR_SYNTAX,      /* the input is not of its language (JSON, INI, PE, ...) */
        ERR_ENCODING,    /* text is not valid UTF-16LE or UTF-8 */
        ERR_RANGE,       /* a value is out of range, or contradicts others */
        ERR_UNKNOWN_KEY, /* a key we do not know where unknown keys are an error */
        ERR_DUPLICATE,   /* something that may stand once stands twice */
        ERR_MISSING,     /* something mandatory is absent */
        ERR_UNSUPPORTED, /* valid, but a feature we do not have */
        ERR_CHECKSUM,    /* a checksum does not match its bytes */
        ERR_VERSION,     /* written by a format version we do not know */

        /* the environment's */
        ERR_NOT_FOUND, /* what was looked for is not there */
        ERR_NO_SPACE,  /* no room on the disk or in a store */

        ERR_COUNT
};

/* A short stable identifier ("syntax"), for records and --json. Never NULL. */
const char *err_name(enum err err);

/* A sentence part a support desk can read out ("is not valid JSON or INI text"). Never NULL. */
const char *err_text(enum err err);

#endif
