/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collects the files of repart.d below a root directory; which of them count is common/policy/definition-files'. */
#ifndef CLEANSLATE_LINUX_DEFINITION_COLLECT_H
#define CLEANSLATE_LINUX_DEFINITION_COLLECT_H

#include "common/policy/definition-files.h"

struct definition_collection {
        struct definition_file *files; /* malloc()ed, and so are their texts */
        size_t count;
};

/* Every file in the directories and in those of drop-ins that are the image's own, of that form. Links are followed within the
 * root; one that leads nowhere, and what is neither file nor mask, is an error. Negative errno with *ret_error set. The caller
 * ends with definition_collection_done(), after a failure as well. */
int definition_collect(int root_fd, enum image_form form, struct definition_collection *ret, struct policy_error *ret_error);
void definition_collection_done(struct definition_collection *collection);

#endif
