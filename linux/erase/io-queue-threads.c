/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots go through two rings: from the user to the workers, and back. A slot is in one ring or in one worker's hands, so that
 * rings of IO_QUEUE_DEPTH_MAX never overflow. */
#include "linux/erase/io-queue-threads.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define WORKER_STACK_BYTES (64u << 10)

struct ring {
        unsigned slots[IO_QUEUE_DEPTH_MAX];
        unsigned first, count;
        pthread_cond_t filled;
};

struct io_threads {
        int fd;
        unsigned depth, worker_count;
        bool stopping;
        pthread_mutex_t lock;
        struct ring asked, answered;
        struct io_request requests[IO_QUEUE_DEPTH_MAX];
        int64_t results[IO_QUEUE_DEPTH_MAX];
        pthread_t workers[IO_QUEUE_DEPTH_MAX];
};

static void push(struct ring *ring, unsigned slot)
{
        ring->slots[(ring->first + ring->count++) % IO_QUEUE_DEPTH_MAX] = slot;
        (void)pthread_cond_signal(&ring->filled);
}

static unsigned pop(struct ring *ring)
{
        unsigned slot = ring->slots[ring->first];
        ring->first = (ring->first + 1) % IO_QUEUE_DEPTH_MAX;
        ring->count--;
        return slot;
}

static int64_t carry_out(int fd, const struct io_request *request)
{
        ssize_t n = request->write ? pwrite(fd, request->buffer, request->length_bytes, (off_t)request->offset_bytes)
                                   : pread(fd, request->buffer, request->length_bytes, (off_t)request->offset_bytes);
        return n < 0 ? -errno : n;
}

static void *work(void *argument)
{
        struct io_threads *threads = argument;
        (void)pthread_mutex_lock(&threads->lock);
        for (;;) {
                while (threads->asked.count == 0 && !threads->stopping)
                        (void)pthread_cond_wait(&threads->asked.filled, &threads->lock);
                if (threads->asked.count == 0)
                        break;
                unsigned slot = pop(&threads->asked);
                (void)pthread_mutex_unlock(&threads->lock);
                int64_t result = carry_out(threads->fd, &threads->requests[slot]);
                (void)pthread_mutex_lock(&threads->lock);
                threads->results[slot] = result;
                push(&threads->answered, slot);
        }
        (void)pthread_mutex_unlock(&threads->lock);
        return NULL;
}

void io_threads_free(struct io_threads **pointer)
{
        struct io_threads *threads = *pointer;
        if (!threads)
                return;
        (void)pthread_mutex_lock(&threads->lock);
        threads->stopping = true;
        (void)pthread_cond_broadcast(&threads->asked.filled);
        (void)pthread_mutex_unlock(&threads->lock);
        for (unsigned i = 0; i < threads->worker_count; i++)
                (void)pthread_join(threads->workers[i], NULL);
        (void)pthread_cond_destroy(&threads->asked.filled);
        (void)pthread_cond_destroy(&threads->answered.filled);
        (void)pthread_mutex_destroy(&threads->lock);
        free(threads);
        *pointer = NULL;
}

/* Fewer threads than asked for are slower, nothing else; none are an error. */
static int start_workers(struct io_threads *threads)
{
        pthread_attr_t attributes;
        int r = -pthread_attr_init(&attributes);
        if (r < 0)
                return r;
        (void)pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
        while (r == 0 && threads->worker_count < threads->depth) {
                r = -pthread_create(&threads->workers[threads->worker_count], &attributes, work, threads);
                threads->worker_count += r == 0;
        }
        (void)pthread_attr_destroy(&attributes);
        return threads->worker_count > 0 ? 0 : r;
}

int io_threads_new(int fd, unsigned depth, struct io_threads **ret)
{
        struct io_threads *threads = calloc(1, sizeof(*threads));
        if (!threads)
                return -ENOMEM;
        threads->fd = fd;
        threads->depth = depth;
        (void)pthread_mutex_init(&threads->lock, NULL);
        (void)pthread_cond_init(&threads->asked.filled, NULL);
        (void)pthread_cond_init(&threads->answered.filled, NULL);
        int r = start_workers(threads);
        if (r < 0) {
                io_threads_free(&threads);
                return r;
        }
        *ret = threads;
        return 0;
}

int io_threads_submit(struct io_threads *threads, unsigned slot, const struct io_request *request)
{
        (void)pthread_mutex_lock(&threads->lock);
        threads->requests[slot] = *request;
        push(&threads->asked, slot);
        (void)pthread_mutex_unlock(&threads->lock);
        return 0;
}

int io_threads_wait(struct io_threads *threads, unsigned *ret_slot, int64_t *ret_result)
{
        (void)pthread_mutex_lock(&threads->lock);
        while (threads->answered.count == 0)
                (void)pthread_cond_wait(&threads->answered.filled, &threads->lock);
        *ret_slot = pop(&threads->answered);
        *ret_result = threads->results[*ret_slot];
        (void)pthread_mutex_unlock(&threads->lock);
        return 0;
}
