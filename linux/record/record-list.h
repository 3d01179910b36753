/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records that lie on an ESP, by what their heads say. Opens regular files only, and waits for nothing. */
#ifndef CLEANSLATE_LINUX_RECORD_LIST_H
#define CLEANSLATE_LINUX_RECORD_LIST_H

#include "common/show/record-summary.h"

/* Not 0 ends the walk. `name` is the file's. */
typedef int (*record_visitor)(void *context, const char *name, const struct record_summary *summary);

/* The records on a mounted ESP in no order; what is not a record is skipped. 0, what `visit` returned, or negative errno: -ENOENT
 * if there never was one. */
int record_each(int esp_fd, record_visitor visit, void *context);

/* The reset's record that was written last, by the times in the records; what is not a record is skipped. -ENOENT: none. */
int record_newest(int esp_fd, struct record_summary *ret);

#endif
