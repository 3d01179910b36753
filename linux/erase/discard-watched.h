/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Discards a range and watches what becomes of it; see common/erase/discard-evidence.h. Destroys: reached through
 * execute_step() alone. */
#ifndef CLEANSLATE_LINUX_DISCARD_WATCHED_H
#define CLEANSLATE_LINUX_DISCARD_WATCHED_H

#include "common/erase/discard-evidence.h"

/* All of the device or partition at `path`, `size_bytes` long. Negative errno: it could not be watched, and *ret says how far it
 * came; whether what was seen is enough is discard_is_proven()'s to say. */
int discard_watched(const char *path, uint64_t size_bytes, uint32_t sector_size, struct discard_evidence *ret);

#endif
