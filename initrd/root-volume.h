/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where volumes are mounted when the root file system is one of them: it is the old system's as much as any other volume, so no
 * link in it is followed. */
#ifndef CLEANSLATE_INITRD_ROOT_VOLUME_H
#define CLEANSLATE_INITRD_ROOT_VOLUME_H

#include "initrd/boot-context.h"

/* Makes sure that `target` is a directory, reached by directories alone, and makes what is missing. Nothing to do for an image
 * that is a root file system. Negative errno with trouble set. */
int root_volume_prepare(struct boot_context *context, const char *target);

/* Whether the definition is the one of the root file system. */
bool root_volume_is(const struct boot_context *context, const struct partition_definition *definition);

/* The root volume is mounted at `target`: what a root file system has to have, as far as it is missing, and the image's /usr,
 * read-only and executable. Negative errno with trouble set; nothing is mounted in it then. */
int root_volume_furnish(struct boot_context *context, const char *target);

/* Takes /usr out of it again. */
void root_volume_strip(const char *target);

#endif
