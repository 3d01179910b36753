/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/io-queue.h"

#include "linux/base/cleanup.h"
#include "linux/erase/io-queue-threads.h"
#include <errno.h>
#include <liburing.h>

struct io_queue {
        int fd;
        struct io_uring ring;
        struct io_threads *threads; /* NULL = the ring is used */
};

void io_queue_free(struct io_queue **queue)
{
        if (!*queue)
                return;
        if ((*queue)->threads)
                io_threads_free(&(*queue)->threads);
        else
                io_uring_queue_exit(&(*queue)->ring);
        free(*queue);
        *queue = NULL;
}

int io_queue_new(int fd, unsigned depth, enum io_backend backend, struct io_queue **ret)
{
        if (depth == 0 || depth > IO_QUEUE_DEPTH_MAX)
                return -EINVAL;
        struct io_queue *queue = calloc(1, sizeof(*queue));
        if (!queue)
                return -ENOMEM;
        queue->fd = fd;
        int r = backend == IO_BACKEND_THREADS ? -ENOSYS : io_uring_queue_init(depth, &queue->ring, 0);
        /* not built in, switched off by sysctl or seccomp, no locked memory left: all the same to us */
        if (r < 0 && backend != IO_BACKEND_URING)
                r = io_threads_new(fd, depth, &queue->threads);
        if (r < 0) {
                free(queue);
                return r;
        }
        *ret = queue;
        return 0;
}

int io_queue_submit(struct io_queue *queue, unsigned slot, const struct io_request *request)
{
        if (queue->threads)
                return io_threads_submit(queue->threads, slot, request);
        struct io_uring_sqe *entry = io_uring_get_sqe(&queue->ring);
        if (!entry)
                return -EBUSY;
        if (request->write)
                io_uring_prep_write(entry, queue->fd, request->buffer, (unsigned)request->length_bytes, request->offset_bytes);
        else
                io_uring_prep_read(entry, queue->fd, request->buffer, (unsigned)request->length_bytes, request->offset_bytes);
        io_uring_sqe_set_data64(entry, slot);
        /* at once: the device is to work while the next buffer is filled */
        int r = io_uring_submit(&queue->ring);
        return r < 0 ? r : 0;
}

int io_queue_wait(struct io_queue *queue, unsigned *ret_slot, int64_t *ret_result)
{
        if (queue->threads)
                return io_threads_wait(queue->threads, ret_slot, ret_result);
        struct io_uring_cqe *entry;
        int r;
        do
                r = io_uring_wait_cqe(&queue->ring, &entry);
        while (r == -EINTR);
        if (r < 0)
                return r;
        *ret_slot = (unsigned)io_uring_cqe_get_data64(entry);
        *ret_result = entry->res;
        io_uring_cqe_seen(&queue->ring, entry);
        return 0;
}

bool io_queue_is_uring(const struct io_queue *queue)
{
        return !queue->threads;
}
