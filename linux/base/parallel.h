/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same work over many items on all processors: what a tree of small files needs, whose cost is waiting and ciphering. */
#ifndef CLEANSLATE_LINUX_PARALLEL_H
#define CLEANSLATE_LINUX_PARALLEL_H

#include <stddef.h>

/* Calls work(context, index, worker) for every index below `count`, in rising order over up to PARALLEL_WORKERS_MAX threads;
 * `worker` numbers the thread (for buffers of its own). After a failure no new item is begun; returns 0, or the failure with the
 * lowest index among those that happened. Runs in the calling thread alone where no further thread can be made. */
#define PARALLEL_WORKERS_MAX 8
int parallel_for(size_t count, int (*work)(void *context, size_t index, unsigned worker), void *context);

#endif
