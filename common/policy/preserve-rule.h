/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may outlive a reset: the sections [Keep] of cleanslate.conf, and the judgement of a single file by them. Pure; the running
 * system asks it before it hands a file over, and the reset asks it again, by the verified image's policy, before it puts one
 * back. */
#ifndef CLEANSLATE_COMMON_PRESERVE_RULE_H
#define CLEANSLATE_COMMON_PRESERVE_RULE_H

#include "common/format/preserve-bundle.h"
#include "common/policy/policy.h"

#define PRESERVE_SECTION "Keep"

enum preserve_key { PRESERVE_KEY_PATH, PRESERVE_KEY_TYPE, PRESERVE_KEY_SIZE, PRESERVE_KEY_COUNT };

struct preserve_draft {
        struct preserve_rule rule;
        bool seen[PRESERVE_KEY_COUNT];
};

void preserve_draft_init(struct preserve_draft *ret, unsigned line);

/* ERR_UNKNOWN_KEY, ERR_DUPLICATE, ERR_RANGE, ERR_TOO_LARGE; *ret_detail says in words what would be right. */
enum err preserve_draft_apply(struct preserve_draft *draft, const char *key, const char *value, const char **ret_detail);

/* Adds the rule to the settings. ERR_MISSING (no path), ERR_DUPLICATE (one path lies in another section's), ERR_TOO_LARGE. */
enum err preserve_draft_finish(const struct preserve_draft *draft, struct settings *settings, const char **ret_detail);

enum preserve_verdict {
        PRESERVE_ALLOWED,
        PRESERVE_BAD_PATH,   /* not absolute, not in its shortest form, or with a byte that no path of ours has */
        PRESERVE_NOT_LISTED, /* no section [Keep] names it or a directory above it */
        PRESERVE_WRONG_TYPE, /* a directory where type=file, or the other way round */
        PRESERVE_EXECUTABLE, /* by its mode, or it begins like a program or a script */
        PRESERVE_SPECIAL,    /* set-user-ID, set-group-ID */
        PRESERVE_TOO_LARGE,  /* with what was judged before, more than the section's max-size= */
        PRESERVE_VERDICT_COUNT
};

/* Bytes that were judged so far, by section. Zero to begin with. */
struct preserve_tally {
        uint64_t bytes[POLICY_PRESERVE_RULES_MAX];
};

/* Adds what it allows to *tally. */
enum preserve_verdict preserve_judge(const struct settings *settings, const struct preserve_entry *entry,
                                     struct preserve_tally *tally);

/* "is not listed in a section [Keep] of the image's cleanslate.conf". Never NULL. */
const char *preserve_verdict_text(enum preserve_verdict verdict);

/* The definition whose file system holds an absolute path: the one with the longest first mount point above it. NULL: none, or it
 * is below a further mount point, where another part of a file system is seen. */
const struct partition_definition *preserve_definition(const struct policy *policy, const char *path);

/* Whether a reset erases what the rule is about, so that there is something to keep: what it names is on a partition with
 * FactoryReset=yes. */
bool preserve_rule_has_use(const struct policy *policy, const struct preserve_rule *rule);

#endif
