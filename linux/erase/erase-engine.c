/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread a task; the caller's thread waits for them and is the only one that calls the caller back. */
#include "linux/erase/erase-engine.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include "linux/erase/erase-buffer.h"
#include "linux/erase/erase-stream.h"
#include "linux/erase/keystream.h"
#include "linux/tpm/tpm.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define LOOK_EVERY_MS     200
#define BUFFERS_BYTES_MAX (32u << 20) /* of all streams together */
#define DEPTH_MAX         16
#define DEPTH_MIN         2

_Static_assert(ERASE_KEY_SIZE == KEYSTREAM_KEY_SIZE, "a task's key is a keystream's");
_Static_assert(DEPTH_MAX <= IO_QUEUE_DEPTH_MAX, "a stream's requests fit into its queue");
_Static_assert(ERASE_TASKS_MAX *DEPTH_MIN *LANE_CHUNK_BYTES <= BUFFERS_BYTES_MAX, "the budget holds for the most streams");

struct worker {
        struct erase_stream stream;
        struct engine *engine;
        pthread_t thread;
        uint64_t committed_bytes; /* what the caller was told last */
};

struct engine {
        struct worker workers[ERASE_TASKS_MAX];
        size_t count, running;
        const struct erase_options *options;
        pthread_mutex_t lock; /* over `running` */
        pthread_cond_t changed;
        uint64_t advanced_bytes;
};

static void *work(void *argument)
{
        struct worker *worker = argument;
        struct engine *engine = worker->engine;
        erase_stream_run(&worker->stream);
        (void)pthread_mutex_lock(&engine->lock);
        engine->running--;
        (void)pthread_cond_signal(&engine->changed);
        (void)pthread_mutex_unlock(&engine->lock);
        return NULL;
}

static void show(struct engine *engine)
{
        const struct meter *meter = engine->options->meter;
        uint64_t done = 0, total = 0;
        for (size_t i = 0; i < engine->count; i++) {
                done += atomic_load(&engine->workers[i].stream.done_bytes);
                total += atomic_load(&engine->workers[i].stream.total_bytes);
        }
        if (!meter || !meter->advance || done == engine->advanced_bytes)
                return;
        engine->advanced_bytes = done;
        meter->advance(meter->context, done, total);
}

static void tell_committed(struct engine *engine)
{
        const struct erase_options *options = engine->options;
        for (size_t i = 0; options->committed && i < engine->count; i++) {
                struct worker *worker = &engine->workers[i];
                uint64_t flushed = atomic_load(&worker->stream.flushed_bytes);
                if (flushed <= worker->committed_bytes)
                        continue;
                worker->committed_bytes = flushed;
                options->committed(options->context, i, flushed);
        }
}

static bool wait_a_while(struct engine *engine)
{
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_EVERY_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        (void)pthread_mutex_lock(&engine->lock);
        int r = 0;
        while (engine->running > 0 && r == 0)
                r = pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
        bool running = engine->running > 0;
        (void)pthread_mutex_unlock(&engine->lock);
        return running;
}

static void run(struct engine *engine)
{
        engine->running = engine->count;
        for (size_t i = 0; i < engine->count; i++) {
                struct worker *worker = &engine->workers[i];
                worker->engine = engine;
                if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
                        worker->thread = pthread_self(); /* no thread to be had: here, then */
                        (void)work(worker);
                }
        }
        while (wait_a_while(engine)) {
                show(engine);
                tell_committed(engine);
        }
        for (size_t i = 0; i < engine->count; i++)
                if (!pthread_equal(engine->workers[i].thread, pthread_self()))
                        (void)pthread_join(engine->workers[i].thread, NULL);
        show(engine);
        tell_committed(engine);
}

static unsigned depth_for(size_t count)
{
        unsigned depth = BUFFERS_BYTES_MAX / LANE_CHUNK_BYTES / (unsigned)count;
        return depth < DEPTH_MAX ? depth : DEPTH_MAX;
}

static int init_locks(struct engine *engine)
{
        pthread_condattr_t attributes;
        int r = -pthread_condattr_init(&attributes);
        if (r == 0)
                r = -pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (r == 0)
                r = -pthread_cond_init(&engine->changed, &attributes);
        if (r == 0)
                r = -pthread_mutex_init(&engine->lock, NULL);
        return r;
}

static int run_all(struct erase_task *tasks, size_t count, const struct erase_stream *model, const struct erase_options *options)
{
        static const enum io_backend backends[] = { IO_BACKEND_AUTO, IO_BACKEND_URING, IO_BACKEND_THREADS };
        static const struct erase_options defaults;
        _cleanup_free_ struct engine *engine = calloc(1, sizeof(*engine));
        if (count == 0 || count > ERASE_TASKS_MAX)
                return count == 0 ? 0 : -E2BIG;
        if (!engine)
                return -ENOMEM;
        int r = init_locks(engine);
        _cleanup_free_ void *zeros = erase_buffer_new(LANE_CHUNK_BYTES);
        if (r < 0 || !zeros)
                return r < 0 ? r : -ENOMEM;
        engine->options = options ? options : &defaults;
        engine->count = count;
        for (size_t i = 0; i < count; i++) {
                struct erase_stream *stream = &engine->workers[i].stream;
                *stream = *model;
                stream->task = &tasks[i];
                stream->zeros = zeros;
                stream->depth = depth_for(count);
                stream->backend = backends[engine->options->backend];
                stream->commit_every_ms = engine->options->committed ? engine->options->commit_every_ms : 0;
                engine->workers[i].committed_bytes = tasks[i].resume_bytes;
        }
        run(engine);
        (void)pthread_cond_destroy(&engine->changed);
        (void)pthread_mutex_destroy(&engine->lock);
        for (size_t i = 0; i < count && r == 0; i++)
                r = tasks[i].result;
        return r;
}

int erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options)
{
        const struct erase_stream model = { .writing = true };
        return run_all(tasks, count, &model, options);
}

int erase_verify(struct erase_task *tasks, size_t count, enum verification verification, uint64_t seed,
                 const struct erase_options *options)
{
        const struct erase_stream model = { .verification = verification, .seed = seed };
        return verification == VERIFICATION_NONE ? 0 : run_all(tasks, count, &model, options);
}

void erase_derive_key(const uint8_t reset_id[static 16], uint32_t device, uint64_t start_bytes,
                      uint8_t ret[static ERASE_KEY_SIZE])
{
        static const uint8_t label[] = "cleanslate erase keystream 1";
        uint8_t place[12];
        store_le32(place, device);
        store_le64(place + 4, start_bytes);
        sha256_chunks((struct bytes[]){ { label, sizeof(label) }, { reset_id, 16 }, { place, sizeof(place) } }, 3, ret);
}
