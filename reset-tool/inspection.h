/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service and the program that may look at disks and TPM say to each other over a socket: one line with the question,
 * then an answer that begins with its kind in a line of its own and goes on to the end. Pure. */
#ifndef CLEANSLATE_RESET_TOOL_INSPECTION_H
#define CLEANSLATE_RESET_TOOL_INSPECTION_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/policy/request.h"

#define INSPECTION_SOCKET   "/run/cleanslate/inspect"
#define INSPECTION_LINE_MAX 64 /* bytes of a question, with its line end and a NUL */

enum inspection_of { INSPECTION_PLAN, INSPECTION_PREFLIGHT, INSPECTION_DOCTOR, INSPECTION_COUNT };

/* "plan crypto skip"; "-" where the policy is to decide. */
struct inspection {
        enum inspection_of of;
        enum erase_level level;
        enum tpm_clear_policy tpm_clear;
};

void inspection_line(struct writer *writer, const struct inspection *inspection);

/* One line, without its end. ERR_SYNTAX; *ret is untouched then. */
enum err inspection_read(const char *line, size_t size, struct inspection *ret);

/* What follows: */
enum inspection_answer {
        INSPECTION_OK,     /* JSON of the plan or the doctor; nothing for the preflight */
        INSPECTION_FAILED, /* the same, of a plan that is refused or a reset that would not work; in words for the preflight */
        INSPECTION_DISALLOWED, /* words: less than the policy was asked for */
        INSPECTION_ERROR,      /* words */
        INSPECTION_ANSWERS
};

const char *inspection_answer_name(enum inspection_answer answer); /* "ok" */

/* The kind of an answer, and where its rest begins to *ret_rest. Of anything else INSPECTION_ERROR with an empty rest. */
enum inspection_answer inspection_answer_read(const char *text, size_t size, size_t *ret_rest);

#endif
