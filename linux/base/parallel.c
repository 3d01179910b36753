/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

struct crew {
        size_t count;
        int (*work)(void *context, size_t index, unsigned worker);
        void *context;
        atomic_size_t next;
        atomic_bool stop;
        pthread_mutex_t lock; /* over the two below */
        size_t failed_index;
        int error;
};

struct worker {
        struct crew *crew;
        unsigned number;
        pthread_t thread;
};

static void note_failure(struct crew *crew, size_t index, int error)
{
        atomic_store(&crew->stop, true);
        (void)pthread_mutex_lock(&crew->lock);
        if (crew->error == 0 || index < crew->failed_index) {
                crew->error = error;
                crew->failed_index = index;
        }
        (void)pthread_mutex_unlock(&crew->lock);
}

static void *run(void *argument)
{
        struct worker *worker = argument;
        struct crew *crew = worker->crew;
        while (!atomic_load(&crew->stop)) {
                size_t index = atomic_fetch_add(&crew->next, 1);
                if (index >= crew->count)
                        break;
                int r = crew->work(crew->context, index, worker->number);
                if (r < 0)
                        note_failure(crew, index, r);
        }
        return NULL;
}

static unsigned wanted_workers(size_t count)
{
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        size_t workers = processors < 1 ? 1 : (size_t)processors;
        workers = workers > PARALLEL_WORKERS_MAX ? PARALLEL_WORKERS_MAX : workers;
        return (unsigned)(count < workers ? count : workers);
}

int parallel_for(size_t count, int (*work)(void *context, size_t index, unsigned worker), void *context)
{
        struct crew crew = { .count = count, .work = work, .context = context, .lock = PTHREAD_MUTEX_INITIALIZER };
        struct worker workers[PARALLEL_WORKERS_MAX];
        unsigned wanted = wanted_workers(count), started = 1;

        if (count == 0)
                return 0;
        workers[0] = (struct worker){ .crew = &crew };
        for (; started < wanted; started++) {
                workers[started] = (struct worker){ .crew = &crew, .number = started };
                if (pthread_create(&workers[started].thread, NULL, run, &workers[started]) != 0)
                        break;
        }
        (void)run(&workers[0]);
        for (unsigned i = 1; i < started; i++)
                (void)pthread_join(workers[i].thread, NULL);
        (void)pthread_mutex_destroy(&crew.lock);
        return crew.error;
}
