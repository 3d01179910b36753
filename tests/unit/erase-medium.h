/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device made of memory and a queue that the test holds in its hands, in place of the stream's own: what was asked for is done
 * when the stream waits for it, the oldest first or the newest, and fails, falls short or vanishes as the test says. Every flush
 * is held against what the medium has by then. One thread; the stream is the test's. */
#ifndef CLEANSLATE_TESTS_UNIT_ERASE_MEDIUM_H
#define CLEANSLATE_TESTS_UNIT_ERASE_MEDIUM_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "linux/erase/erase-buffer.h"
#include "linux/erase/erase-device.h"
#include "linux/erase/erase-stream.h"
#include "linux/erase/erase-zeros.h"
#include "linux/erase/keystream.h"

#define CHUNK       ((uint64_t)LANE_CHUNK_BYTES)
#define SECTOR      UINT64_C(512)
#define MEDIUM_SIZE (UINT64_C(160) << 20) /* most of it never touched */
#define MEDIUM_FD   1000000
#define OLD         0xee /* what the medium has before, as far as OLD_BYTES */
#define OLD_BYTES   (40 * CHUNK)
#define ALWAYS      UINT_MAX
#define NEVER       UINT_MAX
#define SLICES      4
#define CALLS_MAX   100000 /* more is for ever */

struct fault {
        uint64_t from, to;
        int error;      /* 0 = nothing is done, and no error told; -n = n bytes are, and no more */
        unsigned times; /* so often yet, or ALWAYS */
};

static struct erase_task task;
static struct erase_stream stream;

static struct {
        uint8_t *data;
        uint8_t touched[MEDIUM_SIZE / SECTOR]; /* how often each sector was written, or read */
        /* what the test wants */
        struct fault faults[4];
        uint64_t at_most; /* bytes of one call; 0 = all */
        uint64_t size_now;
        uint32_t sector_bytes;
        bool newest_first, writes_zeros;
        int open_error, queue_error, flush_error, keystream_error;
        bool has_no_memory;
        unsigned flush_fails, submit_fails, wait_fails, keystream_fails, zeroing_fails; /* the call of this number, from 0 */
        uint64_t step_ms;                                                               /* each look at the clock takes so long */
        /* what came */
        unsigned opened, closed, flushes, submits, waits, made, zeroings, direct; /* calls; direct = past the queue */
        unsigned queues;                                                          /* that are there */
        uint64_t promised_bytes; /* of the range: on the medium at the last flush, from its start */
        uint64_t asked_end_bytes;
        uint64_t now_ms;
        long part_ns; /* of a millisecond, at the next look */
        bool clock_turns;
        struct {
                uint64_t offset, length;
        } slices[SLICES];
} medium;

struct io_queue {
        unsigned depth, count;
        unsigned order[IO_QUEUE_DEPTH_MAX]; /* slots under way, the oldest first */
        struct io_request requests[IO_QUEUE_DEPTH_MAX];
};

struct keystream {
        uint8_t key;
};

/* -- the device -- */

/* What may be told as done and flushed is what is there: no less, no more. */
static void look_at_what_is_told(void)
{
        if (stream.writing)
                assert_int_equal(atomic_load(&stream.flushed_bytes), medium.promised_bytes);
}

int erase_device_open(const char *path, int flags, struct erase_device *ret)
{
        assert_string_equal(path, "/dev/test");
        assert_int_equal(flags, stream.writing ? O_WRONLY : O_RDONLY);
        if (medium.open_error)
                return medium.open_error;
        medium.opened++;
        *ret = (struct erase_device){ MEDIUM_FD, medium.sector_bytes, MEDIUM_SIZE, medium.writes_zeros, "/sys/test" };
        return 0;
}

void erase_device_close(struct erase_device *device)
{
        medium.closed += device->fd == MEDIUM_FD;
        device->fd = -1;
}

bool erase_device_is_gone(const struct erase_device *device, uint64_t end_bytes)
{
        assert_int_equal(device->fd, MEDIUM_FD);
        medium.asked_end_bytes = end_bytes;
        return medium.size_now < end_bytes;
}

bool erase_is_medium_error(int error)
{
        return error == -EIO || error == -ENODATA;
}

/* Each sector whose last byte is among them. */
static void touch(uint64_t offset, uint64_t length)
{
        assert_true(offset >= task.offset_bytes && offset + length <= task.offset_bytes + task.length_bytes);
        for (uint64_t at = offset / SECTOR * SECTOR + SECTOR; at <= offset + length; at += SECTOR)
                medium.touched[at / SECTOR - 1]++;
}

static void make_pattern(uint8_t key, uint64_t offset_bytes, uint8_t *ret_data, size_t size)
{
        for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
                uint64_t word = (offset_bytes + at + key) * UINT64_C(0x9e3779b97f4a7c15);
                memcpy(ret_data + at, &word, sizeof(word));
        }
}

/* Whatever is written anywhere, if only to see whether it can be, is what belongs there. */
static void assert_belongs(uint64_t offset, const uint8_t *data, uint64_t length)
{
        static uint8_t expected[LANE_CHUNK_BYTES + SECTOR];
        uint64_t start = offset / SECTOR * SECTOR;

        memset(expected, 0, sizeof(expected));
        if (task.pattern == PATTERN_KEYSTREAM)
                make_pattern(task.key[0], start, expected, sizeof(expected));
        assert_memory_equal(data, expected + (offset - start), length);
}

static int64_t carry_out(bool write, void *buffer, uint64_t length, uint64_t offset)
{
        assert_int_equal(write, stream.writing);
        for (size_t i = 0; i < sizeof(medium.faults) / sizeof(medium.faults[0]); i++) {
                struct fault *fault = &medium.faults[i];
                if (fault->times == 0 || offset >= fault->to || offset + length <= fault->from)
                        continue;
                fault->times -= fault->times != ALWAYS;
                if (fault->error >= 0)
                        return -fault->error;
                length = (uint64_t)-fault->error;
                break;
        }
        if (medium.at_most && length > medium.at_most)
                length = medium.at_most;
        touch(offset, length);
        if (write) {
                assert_belongs(offset, buffer, length);
                memcpy(medium.data + offset, buffer, length);
        } else {
                memcpy(buffer, medium.data + offset, length);
        }
        return (int64_t)length;
}

static ssize_t carry_out_now(bool write, void *buffer, size_t size, off_t offset)
{
        assert_true(medium.direct++ < CALLS_MAX);
        int64_t n = carry_out(write, buffer, size, (uint64_t)offset);
        errno = n < 0 ? (int)-n : EINTR; /* of an earlier call: it means nothing where none failed */
        return n < 0 ? -1 : (ssize_t)n;
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
        return fd == MEDIUM_FD ? carry_out_now(false, data, size, offset) : syscall(SYS_pread64, fd, data, size, offset);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
        return fd == MEDIUM_FD ? carry_out_now(true, (void *)(uintptr_t)data, size, offset)
                               : syscall(SYS_pwrite64, fd, data, size, offset);
}

int fsync(int fd)
{
        if (fd != MEDIUM_FD)
                return (int)syscall(SYS_fsync, fd);
        uint64_t at = task.offset_bytes + task.outcome.resumed_bytes;
        while (at < task.offset_bytes + task.length_bytes && medium.touched[at / SECTOR] > 0)
                at += SECTOR;
        if (medium.flushes++ == medium.flush_fails) {
                errno = medium.flush_error;
                return -1;
        }
        medium.promised_bytes = at - task.offset_bytes;
        return 0;
}

int erase_device_write_zeros(const struct erase_device *device, uint64_t offset_bytes, uint64_t length_bytes)
{
        look_at_what_is_told();
        assert_int_equal(device->fd, MEDIUM_FD);
        if (medium.zeroings == medium.zeroing_fails)
                return -EPERM;
        touch(offset_bytes, length_bytes);
        assert_in_range(medium.zeroings, 0, SLICES - 1);
        medium.slices[medium.zeroings].offset = offset_bytes;
        medium.slices[medium.zeroings++].length = length_bytes;
        return 0;
}

/* -- the queue -- */

int io_queue_new(int fd, unsigned depth, enum io_backend backend, struct io_queue **ret)
{
        assert_int_equal(fd, MEDIUM_FD);
        assert_int_equal(depth, stream.depth);
        assert_int_equal(backend, stream.backend);
        if (medium.queue_error)
                return medium.queue_error;
        *ret = calloc(1, sizeof(**ret));
        assert_non_null(*ret);
        (*ret)->depth = depth;
        medium.queues++;
        return 0;
}

void io_queue_free(struct io_queue **queue)
{
        medium.queues -= *queue != NULL;
        free(*queue);
        *queue = NULL;
}

int io_queue_submit(struct io_queue *queue, unsigned slot, const struct io_request *request)
{
        look_at_what_is_told();
        assert_true(slot < queue->depth);
        for (unsigned i = 0; i < queue->count; i++)
                assert_int_not_equal(queue->order[i], slot);
        assert_int_equal(request->write, stream.writing);
        assert_in_range(request->length_bytes, 1, CHUNK);
        assert_int_equal(request->length_bytes % medium.sector_bytes, 0);
        assert_int_equal(request->offset_bytes % medium.sector_bytes, 0);
        if (medium.submits++ == medium.submit_fails)
                return -EPERM;
        queue->order[queue->count++] = slot;
        queue->requests[slot] = *request;
        return 0;
}

int io_queue_wait(struct io_queue *queue, unsigned *ret_slot, int64_t *ret_result)
{
        look_at_what_is_told();
        assert_true(queue->count > 0); /* else it waits for ever */
        if (medium.waits++ == medium.wait_fails)
                return -EPERM;
        unsigned at = medium.newest_first ? queue->count - 1 : 0;
        *ret_slot = queue->order[at];
        memmove(&queue->order[at], &queue->order[at + 1], (queue->count - at - 1) * sizeof(queue->order[0]));
        queue->count--;
        const struct io_request *request = &queue->requests[*ret_slot];
        *ret_result = carry_out(request->write, request->buffer, request->length_bytes, request->offset_bytes);
        return 0;
}

/* -- the pattern, the memory, the clock -- */

int keystream_new(const uint8_t key[static KEYSTREAM_KEY_SIZE], struct keystream **ret)
{
        if (medium.keystream_error)
                return medium.keystream_error;
        *ret = calloc(1, sizeof(**ret));
        assert_non_null(*ret);
        (*ret)->key = key[0];
        return 0;
}

void keystream_free(struct keystream **keystream)
{
        free(*keystream);
        *keystream = NULL;
}

int keystream_make(struct keystream *keystream, uint64_t offset_bytes, void *ret_data, size_t size)
{
        if (medium.made++ == medium.keystream_fails)
                return -EPERM;
        make_pattern(keystream->key, offset_bytes, ret_data, size);
        return 0;
}

void *erase_buffer_new(size_t size)
{
        return medium.has_no_memory ? NULL : calloc(1, size);
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
        if (!medium.clock_turns || id != CLOCK_MONOTONIC)
                return (int)syscall(SYS_clock_gettime, id, ret);
        medium.now_ms += medium.step_ms;
        *ret = (struct timespec){ (time_t)(medium.now_ms / 1000), (long)(medium.now_ms % 1000) * 1000000 + medium.part_ns };
        medium.part_ns = 0;
        return 0;
}

#endif
