/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One section [Disk] of cleanslate.conf, key by key. Owns what its keys mean; which disk of a machine is meant is
 * disk-choice's. Private to settings.c. */
#ifndef CLEANSLATE_COMMON_DISK_DEFINITION_H
#define CLEANSLATE_COMMON_DISK_DEFINITION_H

#include "common/policy/policy.h"

#define DISK_SECTION "Disk"

enum disk_key {
        DISK_KEY_PATH,
        DISK_KEY_ID,
        DISK_KEY_ALL,
        DISK_KEY_LEVEL,
        DISK_KEY_PURGE,
        DISK_KEY_CRYPTO,
        DISK_KEY_VERIFY,
        DISK_KEY_REQUIRED,
        DISK_KEY_COUNT
};

struct disk_draft {
        struct disk_definition definition;
        bool seen[DISK_KEY_COUNT];
};

void disk_draft_init(struct disk_draft *ret, unsigned line);

/* ERR_UNKNOWN_KEY, ERR_DUPLICATE, ERR_RANGE, ERR_TOO_LARGE; *ret_detail says in words what would be right. */
enum err disk_draft_apply(struct disk_draft *draft, const char *key, const char *value, const char **ret_detail);

/* Adds the definition to the settings. ERR_MISSING (none of path, id, all), ERR_DUPLICATE (more than one of them, or named as
 * another section names it), ERR_TOO_LARGE (POLICY_DISKS_MAX), ERR_RANGE (purge-or-fail or crypto-erase with another level than
 * purge). */
enum err disk_draft_finish(const struct disk_draft *draft, struct settings *settings, const char **ret_detail);

#endif
