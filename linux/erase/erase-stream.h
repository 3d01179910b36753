/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device's share of the erase engine's work, run in a thread of its own. What other threads may look at meanwhile is atomic.
 */
#ifndef CLEANSLATE_LINUX_ERASE_STREAM_H
#define CLEANSLATE_LINUX_ERASE_STREAM_H

#include "linux/erase/erase-task.h"
#include "linux/erase/io-queue.h"
#include <stdatomic.h>

#define LANE_CHUNK_BYTES (512u << 10) /* one request: the device's full rate, and within what one bio takes */

struct erase_stream {
        /* the engine's; not changed while the stream runs */
        struct erase_task *task;
        bool writing;
        enum io_backend backend;
        unsigned depth;
        void *zeros;              /* LANE_CHUNK_BYTES of them, shared, page-aligned */
        uint32_t commit_every_ms; /* 0 = flush once, at the end */
        enum verification verification;
        uint64_t seed;

        /* the stream's */
        atomic_uint_fast64_t done_bytes, total_bytes; /* worked off, whatever came of it; total is 0 until known */
        atomic_uint_fast64_t flushed_bytes;           /* of the range, from its start: written and flushed */
};

/* To the end; result and outcome are the task's. */
void erase_stream_run(struct erase_stream *stream);

#endif
