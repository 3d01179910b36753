/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resets that this device's EFI system partition has records of. Reads the partition where the system has it mounted; never
 * mounts, never prints. */
#ifndef CLEANSLATE_RESET_TOOL_HISTORY_H
#define CLEANSLATE_RESET_TOOL_HISTORY_H

#include "common/base/bytes.h"
#include "common/show/record-summary.h"
#include "reset-tool/boot-context.h"

#define HISTORY_MAX      256 /* of the newest records; the others are counted */
#define HISTORY_NAME_MAX 96

struct history_entry {
        char name[HISTORY_NAME_MAX]; /* of the record's file */
        struct record_summary summary;
};

struct history {
        char directory[256];           /* where the records are */
        struct history_entry *entries; /* newest first */
        size_t count, left_out;
};

/* False: *ret_why says why there is nothing to read. No record at all is an empty history. Release with history_release(). */
bool history_read(const struct environment *environment, struct history *ret, struct explanation *ret_why);
void history_release(struct history *history);

/* "complete", "partial", "built" (a first boot) or "failed". */
const char *history_result(const struct record_summary *summary);

/* An object with an array "records", newest first, and "leftOut". */
void history_json(struct writer *writer, const struct history *history);

#endif
