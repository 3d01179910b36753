/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may outlive a reset: the sections [Keep] of cleanslate.conf, and the judgement of a single file by them. Pure; the running
 * system asks it before it hands a file over, and the reset asks it again, by the verified image's policy, before it puts one
 * back. */
#ifndef CLEANSLATE_COMMON_KEEP_RULE_H
#define CLEANSLATE_COMMON_KEEP_RULE_H

#include "common/format/keep-bundle.h"
#include "common/policy/policy.h"

#define KEEP_SECTION "Keep"

enum keep_key { KEEP_KEY_PATH, KEEP_KEY_TYPE, KEEP_KEY_SIZE, KEEP_KEY_COUNT };

struct keep_draft {
        struct keep_rule rule;
        bool seen[KEEP_KEY_COUNT];
};

void keep_draft_init(struct keep_draft *ret);

/* ERR_UNKNOWN_KEY, ERR_DUPLICATE, ERR_RANGE, ERR_TOO_LARGE; *ret_detail says in words what would be right. */
enum err keep_draft_apply(struct keep_draft *draft, const char *key, const char *value, const char **ret_detail);

/* Adds the rule to the settings. ERR_MISSING (no path), ERR_DUPLICATE (one path lies in another section's), ERR_TOO_LARGE. */
enum err keep_draft_finish(const struct keep_draft *draft, struct settings *settings, const char **ret_detail);

enum keep_verdict {
        KEEP_ALLOWED,
        KEEP_BAD_PATH,   /* not absolute, not in its shortest form, or with a byte that no path of ours has */
        KEEP_NOT_LISTED, /* no section [Keep] names it or a directory above it */
        KEEP_WRONG_TYPE, /* a directory where type=file, or the other way round */
        KEEP_EXECUTABLE, /* by its mode, or it begins like a program or a script */
        KEEP_SPECIAL,    /* set-user-ID, set-group-ID */
        KEEP_TOO_LARGE,  /* with what was judged before, more than the section's max-size= */
        KEEP_VERDICT_COUNT
};

/* Bytes that were judged so far, by section. Zero to begin with. */
struct keep_tally {
        uint64_t bytes[POLICY_KEEPS_MAX];
};

/* Adds what it allows to *tally. */
enum keep_verdict keep_judge(const struct settings *settings, const struct keep_entry *entry, struct keep_tally *tally);

/* "is not listed in a section [Keep] of the image's cleanslate.conf". Never NULL. */
const char *keep_verdict_text(enum keep_verdict verdict);

/* The definition whose file system holds an absolute path: the one with the longest mount point above it. NULL: none. */
const struct partition_definition *keep_definition(const struct policy *policy, const char *path);

#endif
