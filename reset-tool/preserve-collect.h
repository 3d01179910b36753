/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that somebody wants to have kept through a reset, read from the running system and judged by the image's policy as
 * the reset will judge them. Explains; never prints, never writes. */
#ifndef CLEANSLATE_RESET_TOOL_PRESERVE_COLLECT_H
#define CLEANSLATE_RESET_TOOL_PRESERVE_COLLECT_H

#include "common/policy/preserve-rule.h"
#include "reset-tool/boot-context.h"

struct preserve_collection {
        struct writer bundle; /* memory of its own; see preserve-bundle.h */
        uint32_t seal_pcrs;   /* the policy's */
        unsigned files, directories;
        uint64_t bytes;
};

/* `paths`: absolute, each with everything below it. False: *ret_why says which file cannot be kept, and why; nothing is to be
 * freed then. */
bool preserve_collect(const struct environment *environment, const struct policy *policy, const char *const *paths, size_t count,
                      struct preserve_collection *ret, struct explanation *ret_why);

void preserve_collection_done(struct preserve_collection *collection); /* wipes it */

#endif
