/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of the range go out in ascending order and come back in any. What comes back short goes out again; what comes back with
 * a fault of the medium is gone through at once, in halves down to the sector, while the rest of the queue works on. */
#include "linux/erase/erase-stream.h"

#include "common/erase/sample-plan.h"
#include "linux/base/cleanup.h"
#include "linux/erase/erase-buffer.h"
#include "linux/erase/erase-device.h"
#include "linux/erase/erase-pattern.h"
#include "linux/erase/erase-zeros.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#define OFFLOAD_SLICE_BYTES (UINT64_C(64) << 20) /* long enough for full rate, short enough to show progress */
#define DEAD_AFTER_BYTES    (UINT64_C(8) << 20)  /* failed without a good sector: from here on only probed, see salvage_piece() */

struct slot {
        bool busy;
        uint8_t *buffer;
        uint64_t offset_bytes; /* on the device, of what is still to be done */
        uint64_t length_bytes;
};

/* What the stream's thread alone knows. */
struct stream_work {
        struct erase_stream *stream;
        struct erase_task *task;
        struct erase_outcome *outcome;
        struct erase_device device;
        struct pattern_stream made;
        struct io_queue *queue;
        struct slot slots[IO_QUEUE_DEPTH_MAX];
        unsigned under_way;
        uint8_t *memory; /* the slots' buffers, one behind the other; NULL = all write the shared zeros */
        struct sample_plan samples;
        uint64_t sample;                /* next one */
        uint64_t next_bytes, end_bytes; /* on the device: what is left of the range, or of the present sample */
        uint64_t dead_bytes;            /* failed in a row, without a good sector in between */
        uint64_t flushed_ms;
        int error; /* ends the task */
};

static uint64_t clock_ms(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void fail(struct stream_work *work, int error)
{
        if (work->error == 0)
                work->error = error;
}

/* A request failed. One beyond the end of a device that is gone says "no space", among others. */
static void fail_request(struct stream_work *work, int error)
{
        fail(work, erase_device_is_gone(&work->device, work->task->offset_bytes + work->task->length_bytes) ? -ENODEV : error);
}

static void count(struct stream_work *work, uint64_t bytes)
{
        atomic_fetch_add_explicit(&work->stream->done_bytes, bytes, memory_order_relaxed);
}

/* -- what comes back -- */

static void take_good(struct stream_work *work, uint64_t offset, const uint8_t *data, uint64_t length)
{
        uint64_t right = 0;
        work->dead_bytes = 0;
        count(work, length);
        if (work->stream->writing) {
                work->outcome->written_bytes += length;
                return;
        }
        int r = pattern_stream_compare(&work->made, offset, data, length, work->device.sector_bytes, &work->outcome->wrong,
                                       &right);
        if (r < 0)
                fail(work, r);
        work->outcome->verified_bytes += right;
}

static void take_bad(struct stream_work *work, uint64_t offset, uint64_t length)
{
        bad_ranges_add(work->stream->writing ? &work->outcome->unwritable : &work->outcome->unreadable, offset, length);
        work->dead_bytes += length;
        count(work, length);
}

/* All of the range or nothing; the bytes that belong there are in `data` already when writing. */
static bool try_range(struct stream_work *work, uint64_t offset, uint8_t *data, uint64_t length)
{
        for (uint64_t done = 0; done < length;) {
                size_t left = (size_t)(length - done);
                ssize_t n = work->stream->writing ? pwrite(work->device.fd, data + done, left, (off_t)(offset + done))
                                                  : pread(work->device.fd, data + done, left, (off_t)(offset + done));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && !erase_is_medium_error(-errno))
                        fail_request(work, -errno);
                if (n <= 0)
                        return false;
                done += (uint64_t)n;
        }
        return true;
}

static void salvage(struct stream_work *work, uint64_t offset, uint8_t *data, uint64_t length)
{
        const uint64_t sector = work->device.sector_bytes;
        if (work->error < 0)
                return;
        if (try_range(work, offset, data, length)) {
                take_good(work, offset, data, length);
        } else if (length > sector) {
                uint64_t half = length / 2 / sector * sector;
                salvage(work, offset, data, half);
                salvage(work, offset + half, data + half, length - half);
        } else if (work->error == 0) {
                take_bad(work, offset, length);
        }
}

static bool sector_is_dead(struct stream_work *work, uint64_t offset, uint8_t *data)
{
        return !try_range(work, offset, data, work->device.sector_bytes);
}

/* A dying disk may take seconds for each sector it fails. Where megabytes have failed in one piece, a further piece is given up
 * whole when its first, middle and last sector fail, too: it is then reported bad, whatever the sectors between them may be. */
static bool piece_is_dead(struct stream_work *work, uint64_t offset, uint8_t *data, uint64_t length)
{
        const uint64_t sector = work->device.sector_bytes, middle = length / 2 / sector * sector;
        return work->dead_bytes >= DEAD_AFTER_BYTES && sector_is_dead(work, offset, data) &&
               sector_is_dead(work, offset + middle, data + middle) &&
               sector_is_dead(work, offset + length - sector, data + length - sector);
}

static void salvage_piece(struct stream_work *work, const struct slot *slot)
{
        const uint64_t sector = work->device.sector_bytes, length = slot->length_bytes, half = length / 2 / sector * sector;
        if (erase_device_is_gone(&work->device, slot->offset_bytes + length)) {
                fail(work, -ENODEV);
        } else if (piece_is_dead(work, slot->offset_bytes, slot->buffer, length) || length <= sector) {
                if (work->error == 0)
                        take_bad(work, slot->offset_bytes, length);
        } else { /* as a whole it has failed just now */
                salvage(work, slot->offset_bytes, slot->buffer, half);
                salvage(work, slot->offset_bytes + half, slot->buffer + half, length - half);
        }
}

/* -- what goes out -- */

static bool next_sample(struct stream_work *work)
{
        uint64_t offset, length;
        if (work->outcome->verification != VERIFICATION_SAMPLED || work->sample == work->samples.count)
                return false;
        sample_plan_at(&work->samples, work->sample++, &offset, &length);
        work->next_bytes = work->task->offset_bytes + offset;
        work->end_bytes = work->next_bytes + length;
        return true;
}

static bool next_piece(struct stream_work *work, struct slot *slot)
{
        if (work->next_bytes == work->end_bytes && (work->stream->writing || !next_sample(work)))
                return false;
        uint64_t left = work->end_bytes - work->next_bytes;
        slot->offset_bytes = work->next_bytes;
        slot->length_bytes = left < LANE_CHUNK_BYTES ? left : LANE_CHUNK_BYTES;
        work->next_bytes += slot->length_bytes;
        return true;
}

static void send(struct stream_work *work, unsigned index)
{
        struct slot *slot = &work->slots[index];
        struct io_request request = { work->stream->writing, slot->buffer, slot->length_bytes, slot->offset_bytes };
        int r = io_queue_submit(work->queue, index, &request);
        slot->busy = r == 0;
        work->under_way += r == 0;
        if (r < 0)
                fail(work, r);
}

static void fill_queue(struct stream_work *work)
{
        for (unsigned i = 0; i < work->stream->depth && work->error == 0; i++) {
                struct slot *slot = &work->slots[i];
                if (slot->busy || !next_piece(work, slot))
                        continue;
                if (work->stream->writing && work->made.keystream) {
                        int r = pattern_stream_fill(&work->made, slot->offset_bytes, slot->buffer, slot->length_bytes);
                        if (r < 0)
                                fail(work, r);
                }
                if (work->error == 0)
                        send(work, i);
        }
}

/* The rest of a short piece goes out from where it ended, and its buffer again from the beginning: what was read has been looked
 * at, and what is still to be written is moved there. */
static void continue_short(struct stream_work *work, unsigned index, uint64_t done)
{
        struct slot *slot = &work->slots[index];
        take_good(work, slot->offset_bytes, slot->buffer, done);
        slot->offset_bytes += done;
        slot->length_bytes -= done;
        if (work->memory && work->stream->writing)
                memmove(slot->buffer, slot->buffer + done, slot->length_bytes);
        if (work->error == 0)
                send(work, index);
}

static void take_back(struct stream_work *work, unsigned index, int64_t result)
{
        struct slot *slot = &work->slots[index];
        uint64_t whole = result > 0 ? (uint64_t)result / work->device.sector_bytes * work->device.sector_bytes : 0;
        slot->busy = false;
        work->under_way--;
        if (work->error < 0)
                return;
        if (result == -EINTR || result == -EAGAIN)
                send(work, index);
        else if (result > 0 && (uint64_t)result == slot->length_bytes)
                take_good(work, slot->offset_bytes, slot->buffer, slot->length_bytes);
        else if (whole > 0)
                continue_short(work, index, whole);
        else if (result >= 0 || erase_is_medium_error((int)result))
                salvage_piece(work, slot);
        else
                fail_request(work, (int)result);
}

/* -- flushing -- */

/* Everything of the range before this is done: pieces go out in order, so it is the lowest that is still out. */
static uint64_t done_up_to(const struct stream_work *work)
{
        uint64_t lowest = work->next_bytes;
        for (unsigned i = 0; i < work->stream->depth; i++)
                if (work->slots[i].busy && work->slots[i].offset_bytes < lowest)
                        lowest = work->slots[i].offset_bytes;
        return lowest;
}

/* From where an interrupted erasing goes on. Not behind a sector that failed: only who meets it again can tell of it. */
static uint64_t resume_point(const struct stream_work *work, uint64_t done)
{
        const struct bad_ranges *failed = &work->outcome->unwritable;
        return failed->count > 0 && failed->ranges[0].start_bytes < done ? failed->ranges[0].start_bytes : done;
}

static void flush_up_to(struct stream_work *work, uint64_t offset)
{
        if (fsync(work->device.fd) < 0)
                fail_request(work, -errno);
        else
                atomic_store(&work->stream->flushed_bytes, resume_point(work, offset) - work->task->offset_bytes);
        work->flushed_ms = clock_ms();
}

static void flush_if_due(struct stream_work *work)
{
        const struct erase_stream *stream = work->stream;
        if (stream->writing && stream->commit_every_ms && clock_ms() - work->flushed_ms >= stream->commit_every_ms)
                flush_up_to(work, done_up_to(work));
}

/* -- a pass -- */

/* A device that writes zeros by itself need not be sent any. What it refuses is written; what it makes of the rest the read-back
 * tells. */
static void offload(struct stream_work *work)
{
        if (!work->device.writes_zeros || work->task->pattern != PATTERN_ZEROS || work->task->write_only)
                return;
        while (work->next_bytes < work->end_bytes && work->error == 0) {
                uint64_t left = work->end_bytes - work->next_bytes;
                uint64_t length = left < OFFLOAD_SLICE_BYTES ? left : OFFLOAD_SLICE_BYTES;
                if (erase_device_write_zeros(&work->device, work->next_bytes, length) < 0)
                        return;
                work->next_bytes += length;
                work->outcome->written_bytes += length;
                work->outcome->offloaded = true;
                count(work, length);
                flush_if_due(work);
        }
}

static void run_queue(struct stream_work *work)
{
        unsigned slot;
        int64_t result;
        for (fill_queue(work); work->under_way > 0; fill_queue(work)) {
                int r = io_queue_wait(work->queue, &slot, &result);
                if (r < 0) { /* nothing is known about the buffers any more */
                        fail(work, r);
                        return;
                }
                take_back(work, slot, result);
                if (work->error == 0)
                        flush_if_due(work);
        }
}

static void release(struct stream_work *work)
{
        io_queue_free(&work->queue);
        free(work->memory);
        pattern_stream_done(&work->made);
        erase_device_close(&work->device);
}

/* Writing zeros all slots share one buffer; everything else needs one a slot. */
static int make_buffers(struct stream_work *work)
{
        const struct erase_stream *stream = work->stream;
        bool own = !stream->writing || work->task->pattern != PATTERN_ZEROS;
        if (own) {
                work->memory = erase_buffer_new((size_t)stream->depth * LANE_CHUNK_BYTES);
                if (!work->memory)
                        return -ENOMEM;
        }
        for (unsigned i = 0; i < stream->depth; i++)
                work->slots[i].buffer = own ? work->memory + (size_t)i * LANE_CHUNK_BYTES : stream->zeros;
        return 0;
}

static int check_range(const struct stream_work *work)
{
        const struct erase_task *task = work->task;
        uint64_t sector = work->device.sector_bytes;
        if (sector == 0 || sector > LANE_CHUNK_BYTES || task->offset_bytes % sector || task->length_bytes % sector)
                return -EINVAL;
        return task->offset_bytes > work->device.size_bytes || task->length_bytes > work->device.size_bytes - task->offset_bytes
                       ? -ERANGE
                       : 0;
}

static int prepare(struct stream_work *work)
{
        struct erase_task *task = work->task;
        int r = erase_device_open(task->path, work->stream->writing ? O_WRONLY : O_RDONLY, &work->device);
        if (r == 0)
                r = check_range(work);
        if (r == 0)
                r = pattern_stream_init(&work->made, task->pattern, task->key);
        if (r == 0)
                r = make_buffers(work);
        if (r == 0)
                r = io_queue_new(work->device.fd, work->stream->depth, work->stream->backend, &work->queue);
        return r;
}

static void write_pass(struct stream_work *work)
{
        struct erase_task *task = work->task;
        uint64_t sector = work->device.sector_bytes, started = clock_ms();
        uint64_t resume = (task->resume_bytes < task->length_bytes ? task->resume_bytes : task->length_bytes) / sector * sector;
        work->next_bytes = task->offset_bytes + resume;
        work->end_bytes = task->offset_bytes + task->length_bytes;
        work->outcome->pattern = task->pattern;
        work->outcome->resumed_bytes = resume;
        work->flushed_ms = started;
        atomic_store(&work->stream->flushed_bytes, resume);
        atomic_store(&work->stream->total_bytes, task->length_bytes);
        count(work, resume);
        offload(work);
        run_queue(work);
        if (work->error == 0)
                flush_up_to(work, work->end_bytes);
        work->outcome->write_ms += clock_ms() - started;
}

static void verify_pass(struct stream_work *work)
{
        struct erase_task *task = work->task;
        uint64_t started = clock_ms(), total = task->length_bytes;
        work->next_bytes = work->end_bytes = task->offset_bytes;
        if (work->stream->verification == VERIFICATION_SAMPLED &&
            sample_plan_init(task->length_bytes, work->device.sector_bytes, work->stream->seed, &work->samples)) {
                work->outcome->verification = VERIFICATION_SAMPLED;
                work->outcome->sample_seed = work->samples.seed;
                work->outcome->sample_count = work->samples.count;
                total = sample_plan_bytes(&work->samples);
        } else {
                work->outcome->verification = VERIFICATION_FULL;
                work->end_bytes += task->length_bytes;
        }
        atomic_store(&work->stream->total_bytes, total);
        run_queue(work);
        work->outcome->verify_ms += clock_ms() - started;
}

void erase_stream_run(struct erase_stream *stream)
{
        struct stream_work work = {
                .stream = stream, .task = stream->task, .outcome = &stream->task->outcome, .device = ERASE_DEVICE_CLOSED
        };
        work.error = prepare(&work);
        if (work.error == 0 && stream->writing)
                write_pass(&work);
        else if (work.error == 0)
                verify_pass(&work);
        stream->task->result = work.error;
        release(&work);
}
