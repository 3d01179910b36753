/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a partition the files of a tree take, as the factory manifest describes them (docs/manifest.md). */
#ifndef CLEANSLATE_COMMON_TREE_ROOM_H
#define CLEANSLATE_COMMON_TREE_ROOM_H

#include "common/base/bytes.h"
#include "common/policy/definition.h"

/* Bytes below which no file system as the definition wants it holds what the lines describe. It is a lower bound, whatever mkfs
 * is configured to do, and 0 where contents are compressed: what it is not enough for is sure to fail. UINT64_MAX: more than
 * that. */
uint64_t tree_room_needed(struct bytes part, const struct partition_definition *definition);

#endif
