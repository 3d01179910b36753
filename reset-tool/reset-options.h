/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request says about the reset it is for: level, TPM, reason, files to preserve. */
#ifndef CLEANSLATE_RESET_TOOL_RESET_OPTIONS_H
#define CLEANSLATE_RESET_TOOL_RESET_OPTIONS_H

#include "common/policy/request.h"

/* Zero: what the policy says. */
struct reset_options {
        enum erase_level level;
        enum tpm_clear_policy tpm_clear;
        const char *reason;      /* NULL or "" = none; checked by reset_options_check() */
        const char *const *keep; /* paths of what is to be kept through it; see preserve-collect.h */
        size_t keep_count;
        const struct id128 *handed_over; /* the nonce of a request whose files have been handed over already; NULL = not yet */
        bool force;                      /* a failing preflight does not stop it, now and when it is due */
        const char *requester;           /* who asks, for the record; cut at what the request holds */
};

#endif
