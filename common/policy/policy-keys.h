/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each key of a repart.d definition means (repart.d(5)). Works on a draft; policy.c decides when a draft becomes policy. */
#ifndef CLEANSLATE_COMMON_POLICY_KEYS_H
#define CLEANSLATE_COMMON_POLICY_KEYS_H

#include "common/policy/policy.h"

/* A definition while its file is being read. */
struct definition_draft {
        struct partition_definition definition;
        bool has_type, has_size_min, has_mount_point;
        bool copy_options;            /* CopyFiles= with options */
        uint32_t unsupported;         /* keys that ask for something we cannot build, as bits by their place in the table */
        uint64_t flags;               /* Flags= */
        int grow, read_only, no_auto; /* -1 = not set */
        const char *detail;           /* after a failure: what would be right, in words */
};

void definition_draft_init(struct definition_draft *ret);

/* Applies one assignment; unknown keys and those that do not concern us are skipped. An empty value takes back what was set
 * before. ERR_RANGE, ERR_TOO_LARGE, ERR_UNSUPPORTED; draft->detail tells more. */
enum err definition_draft_apply(struct definition_draft *draft, const char *key, const char *value);

/* Fills in the defaults that depend on other keys and judges the whole. ERR_MISSING, ERR_RANGE, ERR_UNSUPPORTED; *ret_key is
 * the key to blame. */
enum err definition_draft_finish(struct definition_draft *draft, const char **ret_key);

#endif
