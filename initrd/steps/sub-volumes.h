/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subvolumes of a new btrfs: made where a definition has a directory that is to be one, proven, and finished. Nothing here is
 * destructive but in what was just made. */
#ifndef CLEANSLATE_INITRD_SUB_VOLUMES_H
#define CLEANSLATE_INITRD_SUB_VOLUMES_H

#include "common/policy/definition.h"

/* Makes `path` (below parent_fd; `place` is its absolute path in the file system) with the mode 0700: a subvolume if the
 * definition says so, and a directory otherwise. -EEXIST: something is there. */
int sub_volume_or_directory(const struct partition_definition *definition, int parent_fd, const char *path, const char *place);

/* Whether each of the definition's is one. -ENODATA: *ret_path is none. */
int sub_volumes_verify(const struct partition_definition *definition, int root_fd, const char **ret_path);

/* What comes when everything is in them: the default one, and which of them are read-only. */
int sub_volumes_finish(const struct partition_definition *definition, int root_fd);

#endif
