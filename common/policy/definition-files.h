/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of repart.d count, and in which order: the directories' precedence, drop-ins and masks (repart.d(5), "Description";
 * systemd.syntax(7)). Pure: over what was found, in any order. */
#ifndef CLEANSLATE_COMMON_DEFINITION_FILES_H
#define CLEANSLATE_COMMON_DEFINITION_FILES_H

#include "common/policy/policy.h"
#include "common/policy/specifier.h"

#define DEFINITION_FILES_MAX 512 /* in all directories together */

/* Where definitions are looked for, below the root of the image; the first one that has a file of a name is the one that counts.
 */
#define DEFINITION_DIRECTORIES 4
extern const char *const definition_directories[DEFINITION_DIRECTORIES]; /* "etc/repart.d", ..., "usr/lib/repart.d" */

/* One file as it was found. Names are base names. */
struct definition_file {
        unsigned directory;           /* index into definition_directories */
        char of[DEFINITION_FILE_MAX]; /* a drop-in's definition: "10-var.conf", from ".../10-var.conf.d/"; "" = a definition
                                         itself */
        char name[DEFINITION_FILE_MAX];
        char *text; /* not the rules' to free; NULL for a mask */
        size_t size;
        bool is_mask; /* a link to /dev/null, or empty */
};

/* Whether a name is one that counts: it ends in ".conf", and does not begin with a dot. */
bool definition_name_counts(const char *name);

/* Adds all definitions to *policy, in the order of their names; files are sorted in place. Errors are policy_add_definition()'s,
 * and ERR_TOO_LARGE. *policy may hold some of them after a failure. */
enum err definition_files_read(struct policy *policy, struct definition_file *files, size_t count,
                               const struct specifiers *specifiers, struct policy_error *ret_error);

#endif
