/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several reads and writes of one file under way at once: by io_uring, or by threads where the kernel refuses that. Owns the
 * requests that are under way, never their buffers. One user thread a queue. */
#ifndef CLEANSLATE_LINUX_IO_QUEUE_H
#define CLEANSLATE_LINUX_IO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IO_QUEUE_DEPTH_MAX 32

enum io_backend { IO_BACKEND_AUTO /* io_uring if the kernel lets us, else threads */, IO_BACKEND_URING, IO_BACKEND_THREADS };

struct io_request {
        bool write;
        void *buffer; /* of the caller, untouched until the request comes back */
        size_t length_bytes;
        uint64_t offset_bytes;
};

struct io_queue;

/* At most `depth` requests under way on `fd`, which the queue does not own. */
int io_queue_new(int fd, unsigned depth, enum io_backend backend, struct io_queue **ret);

/* Waits for what is under way. */
void io_queue_free(struct io_queue **queue);

/* `slot`, below depth and not under way, names the request until io_queue_wait() gives it back. The device may learn of it only
 * then. */
int io_queue_submit(struct io_queue *queue, unsigned slot, const struct io_request *request);

/* Waits for one request: its slot, and its bytes or negative errno. Must not be called with nothing under way. */
int io_queue_wait(struct io_queue *queue, unsigned *ret_slot, int64_t *ret_result);

bool io_queue_is_uring(const struct io_queue *queue);

#endif
