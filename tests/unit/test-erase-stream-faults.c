/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stream makes of each answer of a device, one at a time: pieces that come back in any order, short, with a fault, or
 * not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/erase/sample-plan.h"
#include "linux/base/cleanup.h"
#include "tests/unit/erase-medium.h"

#define DEPTH         3
#define DEAD_PIECES   16          /* 8 MiB in a row make a medium that is only probed */
#define SEARCH_OF(n)  (2 * (n)-2) /* calls that go through a piece of n sectors in halves when all of them fail */
#define PIECE_SECTORS (CHUNK / SECTOR)
#define OFFLOAD_SLICE (UINT64_C(64) << 20)

static uint8_t zeros[LANE_CHUNK_BYTES];

static int make(void **state)
{
        medium.data = mmap(NULL, MEDIUM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        return medium.data == MAP_FAILED ? -1 : 0;
}

static int set_up(void **state)
{
        uint8_t *data = medium.data;

        memset(&medium, 0, sizeof(medium));
        medium.data = data;
        memset(data, OLD, OLD_BYTES);
        medium.size_now = MEDIUM_SIZE;
        medium.sector_bytes = SECTOR;
        medium.flush_fails = medium.submit_fails = medium.wait_fails = medium.keystream_fails = NEVER;
        medium.now_ms = 1999;
        medium.step_ms = 700;
        medium.clock_turns = true;
        task = (struct erase_task){ .path = "/dev/test", .offset_bytes = CHUNK - SECTOR, .length_bytes = 5 * CHUNK + 3 * SECTOR };
        stream = (struct erase_stream){ .task = &task,
                                        .writing = true,
                                        .depth = DEPTH,
                                        .zeros = zeros,
                                        .backend = IO_BACKEND_URING,
                                        .commit_every_ms = 1400 };
        return 0;
}

static int tear_down(void **state)
{
        medium.clock_turns = false;
        return 0;
}

static int run(void)
{
        uint64_t resumed = task.resume_bytes < task.length_bytes ? task.resume_bytes : task.length_bytes;
        medium.promised_bytes = stream.writing ? resumed / SECTOR * SECTOR : 0;
        erase_stream_run(&stream);
        if (medium.flushes > 0 || task.result == 0)
                look_at_what_is_told();
        assert_int_equal(medium.queues, 0);
        assert_int_equal(medium.closed, medium.opened);
        return task.result;
}

static void verify(enum verification verification)
{
        stream.writing = false;
        stream.verification = verification;
        atomic_store(&stream.done_bytes, 0);
        atomic_store(&stream.total_bytes, 0);
        memset(medium.touched, 0, sizeof(medium.touched));
        medium.submits = medium.waits = medium.direct = medium.made = medium.flushes = 0;
}

static void assert_all_done(uint64_t bytes)
{
        assert_int_equal(atomic_load(&stream.done_bytes), bytes);
        assert_int_equal(atomic_load(&stream.total_bytes), bytes);
}

static void assert_touched_once(uint64_t offset, uint64_t length)
{
        for (uint64_t at = offset; at < offset + length; at += SECTOR)
                assert_int_equal(medium.touched[at / SECTOR], 1);
}

static void assert_range(const struct bad_ranges *list, uint32_t index, uint64_t start, uint64_t length)
{
        assert_true(index < list->count);
        assert_int_equal(list->ranges[index].start_bytes, start);
        assert_int_equal(list->ranges[index].length_bytes, length);
}

static void assert_pattern(void)
{
        _cleanup_free_ uint8_t *expected = calloc(1, task.length_bytes);
        assert_non_null(expected);
        if (task.pattern == PATTERN_KEYSTREAM)
                make_pattern(task.key[0], task.offset_bytes, expected, task.length_bytes);
        assert_memory_equal(medium.data + task.offset_bytes, expected, task.length_bytes);
        assert_int_equal(medium.data[task.offset_bytes - 1], OLD);
        assert_int_equal(medium.data[task.offset_bytes + task.length_bytes], OLD);
}

static void fault(unsigned index, uint64_t from, uint64_t size, int error, unsigned times)
{
        medium.faults[index] = (struct fault){ from, from + size, error, times };
}

/* -- a sound device -- */

static void each_byte_is_written_and_read_once_in_whatever_order_and_portions(void **state)
{
        static const uint64_t portions[] = { 0, 100 * SECTOR, 100 * SECTOR + 100 };

        for (unsigned i = 0; i < PATTERN_COUNT * 2 * 3; i++) {
                (void)set_up(NULL);
                task.pattern = (enum erase_pattern)(i % PATTERN_COUNT);
                task.key[0] = 9;
                medium.newest_first = i / PATTERN_COUNT % 2;
                medium.at_most = portions[i / PATTERN_COUNT / 2];
                assert_int_equal(run(), 0);
                assert_pattern();
                assert_touched_once(task.offset_bytes, task.length_bytes);
                assert_all_done(task.length_bytes);
                assert_int_equal(task.outcome.written_bytes, task.length_bytes);
                assert_int_equal(task.outcome.pattern, task.pattern);
                assert_int_equal(task.outcome.resumed_bytes, 0);
                assert_false(task.outcome.offloaded);
                assert_int_equal(atomic_load(&stream.flushed_bytes), task.length_bytes);
                verify(VERIFICATION_FULL);
                assert_int_equal(run(), 0);
                assert_touched_once(task.offset_bytes, task.length_bytes);
                assert_all_done(task.length_bytes);
                assert_int_equal(task.outcome.written_bytes, task.length_bytes);
                assert_int_equal(task.outcome.verified_bytes, task.length_bytes);
                assert_int_equal(task.outcome.verification, VERIFICATION_FULL);
                assert_true(erase_outcome_is_clean(&task.outcome));
        }
}

static void what_is_otherwise_is_found_in_the_rest_of_a_short_piece(void **state)
{
        task.pattern = PATTERN_KEYSTREAM;
        assert_int_equal(run(), 0);
        verify(VERIFICATION_FULL);
        medium.at_most = 100 * SECTOR + 100;
        uint64_t place = task.offset_bytes + CHUNK + 150 * SECTOR;
        medium.data[place + 7] ^= 1;
        assert_int_equal(run(), 0);
        assert_int_equal(task.outcome.wrong.count, 1);
        assert_range(&task.outcome.wrong, 0, place, SECTOR);
        assert_int_equal(task.outcome.verified_bytes, task.length_bytes - SECTOR);
        assert_all_done(task.length_bytes);
}

static void a_resumed_writing_begins_where_the_last_one_was_flushed(void **state)
{
        static const struct {
                uint64_t asked, resumed;
        } cases[] = { { 2 * CHUNK + 700, 2 * CHUNK + 512 },
                      { 5 * CHUNK + 3 * SECTOR, 5 * CHUNK + 3 * SECTOR },
                      { 99 * CHUNK, 5 * CHUNK + 3 * SECTOR } };

        for (size_t i = 0; i < 3; i++) {
                (void)set_up(NULL);
                task.resume_bytes = cases[i].asked;
                assert_int_equal(run(), 0);
                assert_int_equal(task.outcome.resumed_bytes, cases[i].resumed);
                assert_int_equal(task.outcome.written_bytes, task.length_bytes - cases[i].resumed);
                assert_touched_once(task.offset_bytes + cases[i].resumed, task.length_bytes - cases[i].resumed);
                assert_int_equal(medium.data[task.offset_bytes + cases[i].resumed - 1], OLD);
                assert_all_done(task.length_bytes);
        }
}

/* A sample each of the plan's, and the first and the last sector; nothing else is read. */
static void assert_samples_are_read(void)
{
        struct sample_plan plan;
        uint64_t offset, length, read = 0;

        task.length_bytes = 30 * CHUNK;
        assert_int_equal(run(), 0);
        verify(VERIFICATION_SAMPLED);
        stream.seed = 5;
        assert_int_equal(run(), 0);
        assert_true(sample_plan_init(task.length_bytes, SECTOR, 5, &plan));
        for (uint64_t i = 0; i < plan.count; i++) {
                sample_plan_at(&plan, i, &offset, &length);
                for (uint64_t at = offset; at < offset + length; at += SECTOR)
                        medium.touched[(task.offset_bytes + at) / SECTOR]--;
                read += length;
        }
        for (size_t i = 0; i < MEDIUM_SIZE / SECTOR; i++)
                assert_int_equal(medium.touched[i], 0);
        assert_int_equal(task.outcome.verification, VERIFICATION_SAMPLED);
        assert_int_equal(task.outcome.sample_seed, 5);
        assert_int_equal(task.outcome.sample_count, plan.count);
        assert_int_equal(task.outcome.verified_bytes, read);
        assert_int_equal(read, sample_plan_bytes(&plan));
        assert_all_done(read);
}

static void a_sampled_reading_reads_its_samples(void **state)
{
        for (unsigned depth = 1; depth <= DEPTH; depth++) {
                (void)set_up(NULL);
                stream.depth = depth;
                assert_samples_are_read();
        }
}

static void as_many_requests_as_there_can_be_are_under_way(void **state)
{
        stream.depth = IO_QUEUE_DEPTH_MAX;
        task.length_bytes = (IO_QUEUE_DEPTH_MAX + 2) * CHUNK;
        task.pattern = PATTERN_KEYSTREAM;
        medium.newest_first = true;
        assert_int_equal(run(), 0);
        assert_touched_once(task.offset_bytes, task.length_bytes);
        assert_all_done(task.length_bytes);
}

/* -- what is asked of it -- */

static void only_whole_sectors_within_the_device_are_taken(void **state)
{
        static const struct {
                uint64_t offset, length;
                uint32_t sector;
                int result;
        } cases[] = {
                { 0, CHUNK, 0, -EINVAL },
                { 0, 2 * CHUNK, (uint32_t)(2 * CHUNK), -EINVAL },
                { 0, 2 * CHUNK, (uint32_t)CHUNK, 0 },
                { SECTOR, 4096, 4096, -EINVAL },
                { 4096, SECTOR, 4096, -EINVAL },
                { 4096, 4096, 4096, 0 },
                { MEDIUM_SIZE, SECTOR, SECTOR, -ERANGE },
                { MEDIUM_SIZE + SECTOR, 0, SECTOR, -ERANGE },
                { MEDIUM_SIZE, 0, SECTOR, 0 },
                { MEDIUM_SIZE - CHUNK, CHUNK, SECTOR, 0 },
                { MEDIUM_SIZE - CHUNK, CHUNK + SECTOR, SECTOR, -ERANGE },
                { SECTOR, UINT64_MAX / SECTOR * SECTOR, SECTOR, -ERANGE },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                (void)set_up(NULL);
                task.offset_bytes = cases[i].offset;
                task.length_bytes = cases[i].length;
                medium.sector_bytes = cases[i].sector;
                stream.commit_every_ms = 0;
                assert_int_equal(run(), cases[i].result);
                assert_int_equal(task.outcome.written_bytes, cases[i].result ? 0 : cases[i].length);
        }
}

static void what_is_not_to_be_had_ends_the_task_before_it_begins(void **state)
{
        for (unsigned i = 0; i < 4; i++) {
                (void)set_up(NULL);
                task.pattern = PATTERN_KEYSTREAM;
                medium.open_error = i == 0 ? -EACCES : 0;
                medium.keystream_error = i == 1 ? -EPROTO : 0;
                medium.has_no_memory = i == 2;
                medium.queue_error = i == 3 ? -EPERM : 0;
                assert_int_equal(run(), i == 0 ? -EACCES : i == 1 ? -EPROTO : i == 2 ? -ENOMEM : -EPERM);
                assert_int_equal(medium.submits + medium.flushes, 0);
                assert_int_equal(atomic_load(&stream.total_bytes), 0);
        }
        (void)set_up(NULL); /* zeros are there already */
        medium.has_no_memory = true;
        assert_int_equal(run(), 0);
        verify(VERIFICATION_FULL);
        assert_int_equal(run(), -ENOMEM);
}

static void what_fails_on_our_side_ends_the_task(void **state)
{
        for (unsigned i = 0; i < 3; i++) {
                (void)set_up(NULL);
                task.pattern = PATTERN_KEYSTREAM;
                stream.commit_every_ms = 1;
                medium.submit_fails = i == 0 ? 1 : NEVER;
                medium.keystream_fails = i == 1 ? 2 : NEVER;
                medium.wait_fails = i == 2 ? 0 : NEVER;
                assert_int_equal(run(), -EPERM);
                assert_int_equal(medium.submits, i == 2 ? DEPTH : 2); /* and nothing more goes out */
                assert_int_equal(medium.waits, i == 0 ? 1 : i == 1 ? 2 : 1);
                assert_int_equal(medium.flushes, 0);
                assert_int_equal(task.outcome.written_bytes, 0);
        }
}

static void what_was_read_and_cannot_be_compared_is_not_verified(void **state)
{
        task.pattern = PATTERN_KEYSTREAM;
        assert_int_equal(run(), 0);
        verify(VERIFICATION_FULL);
        medium.keystream_fails = 0;
        medium.at_most = SECTOR;
        assert_int_equal(run(), -EPERM);
        assert_int_equal(task.outcome.verified_bytes, 0);
        assert_int_equal(medium.submits, DEPTH); /* the rest of the short piece does not go out */
}

/* -- faults of the medium -- */

/* In halves down to the sector: of a thousand sectors the last one is found in twenty calls. */
static void a_bad_sector_alone_is_left_out(void **state)
{
        static const uint64_t places[] = { 0, PIECE_SECTORS / 2 - 1, PIECE_SECTORS / 2, PIECE_SECTORS - 1 };

        for (unsigned i = 0; i < 2 * 4; i++) {
                (void)set_up(NULL);
                if (i >= 4) {
                        assert_int_equal(run(), 0);
                        verify(VERIFICATION_FULL);
                }
                uint64_t bad = task.offset_bytes + CHUNK + places[i % 4] * SECTOR;
                fault(0, bad, 1, i < 4 ? EIO : ENODATA, ALWAYS);
                assert_int_equal(run(), 0);
                assert_range(i < 4 ? &task.outcome.unwritable : &task.outcome.unreadable, 0, bad, SECTOR);
                assert_int_equal(task.outcome.unwritable.count + task.outcome.unreadable.count, 1);
                assert_int_equal(i < 4 ? task.outcome.written_bytes : task.outcome.verified_bytes, task.length_bytes - SECTOR);
                assert_int_equal(medium.touched[bad / SECTOR], 0);
                assert_touched_once(task.offset_bytes, bad - task.offset_bytes);
                assert_touched_once(bad + SECTOR, task.offset_bytes + task.length_bytes - bad - SECTOR);
                assert_int_equal(medium.direct, 20);
                assert_all_done(task.length_bytes);
                if (i < 4) /* whoever goes on must meet it again */
                        assert_int_equal(atomic_load(&stream.flushed_bytes), bad - task.offset_bytes);
        }
}

static void halves_of_an_odd_number_of_sectors_leave_none_out(void **state)
{
        task.offset_bytes = SECTOR;
        task.length_bytes = 7 * SECTOR;
        task.pattern = PATTERN_KEYSTREAM;
        fault(0, 4 * SECTOR, SECTOR, EIO, ALWAYS);
        assert_int_equal(run(), 0);
        assert_range(&task.outcome.unwritable, 0, 4 * SECTOR, SECTOR);
        assert_touched_once(SECTOR, 3 * SECTOR);
        assert_touched_once(5 * SECTOR, 3 * SECTOR);
        memset(medium.data + 4 * SECTOR, 0, SECTOR);
        make_pattern(0, 4 * SECTOR, medium.data + 4 * SECTOR, SECTOR);
        assert_pattern();
}

static void a_piece_of_one_sector_is_not_asked_for_again(void **state)
{
        task.length_bytes = SECTOR;
        fault(0, task.offset_bytes, SECTOR, EIO, 1);
        assert_int_equal(run(), 0);
        assert_range(&task.outcome.unwritable, 0, task.offset_bytes, SECTOR);
        assert_int_equal(medium.direct, 0);
        assert_all_done(SECTOR);
}

static void what_is_interrupted_is_asked_for_again(void **state)
{
        static const int errors[] = { EINTR, EAGAIN };

        for (size_t i = 0; i < 2; i++) {
                (void)set_up(NULL);
                fault(0, task.offset_bytes, SECTOR, errors[i], 2);
                assert_int_equal(run(), 0);
                assert_pattern();
                assert_int_equal(medium.submits, 6 + 2);
                assert_int_equal(medium.direct, 0);
                assert_all_done(task.length_bytes);
        }
}

/* Also within a piece that is gone through, and if it is a byte at a time. */
static void interrupted_and_short_calls_are_carried_to_their_end(void **state)
{
        for (unsigned i = 0; i < 2 * 2; i++) {
                (void)set_up(NULL);
                task.pattern = PATTERN_KEYSTREAM;
                task.length_bytes = 8 * SECTOR;
                if (i % 2) {
                        assert_int_equal(run(), 0);
                        verify(VERIFICATION_FULL);
                }
                medium.at_most = i / 2 ? 0 : 3 * SECTOR;
                fault(0, task.offset_bytes + SECTOR, SECTOR, EIO, 1);
                fault(1, task.offset_bytes + SECTOR, SECTOR, EINTR, 1);
                fault(2, task.offset_bytes + 5 * SECTOR, SECTOR, -1, 1);
                assert_int_equal(run(), 0);
                assert_pattern();
                assert_int_equal(task.outcome.unwritable.count + task.outcome.unreadable.count + task.outcome.wrong.count, 0);
                assert_int_equal(i % 2 == 0 ? task.outcome.written_bytes : task.outcome.verified_bytes, 8 * SECTOR);
                /* interrupted; a half at once or in two calls, the other one in two or three: a byte first */
                assert_int_equal(medium.direct, i / 2 ? 1 + 1 + 2 : 1 + 2 + 3);
                assert_touched_once(task.offset_bytes, task.length_bytes);
        }
}

/* Nothing, or less than a sector, and no error: as bad as one. */
static void no_progress_is_a_fault_of_the_medium(void **state)
{
        for (unsigned i = 0; i < 2; i++) {
                (void)set_up(NULL);
                task.length_bytes = 2 * SECTOR;
                fault(0, task.offset_bytes + SECTOR, SECTOR, i == 0 ? 0 : -100, i == 0 ? ALWAYS : 1);
                assert_int_equal(run(), 0);
                assert_int_equal(task.outcome.written_bytes, i == 0 ? SECTOR : 2 * SECTOR);
                assert_int_equal(task.outcome.unwritable.total_bytes, i == 0 ? SECTOR : 0);
                assert_all_done(2 * SECTOR);
        }
}

/* -- a medium that dies -- */

/* From the first eight megabytes on in which nothing went: three sectors of each piece, and no more, are asked for. */
static void a_dead_medium_is_only_probed(void **state)
{
        task.length_bytes = (DEAD_PIECES + 2) * CHUNK;
        fault(0, task.offset_bytes, task.length_bytes, EIO, ALWAYS);
        assert_int_equal(run(), 0);
        assert_int_equal(medium.direct, DEAD_PIECES * SEARCH_OF(PIECE_SECTORS) + 2 * 3);
        assert_range(&task.outcome.unwritable, 0, task.offset_bytes, task.length_bytes);
        assert_int_equal(task.outcome.written_bytes, 0);
        assert_int_equal(atomic_load(&stream.flushed_bytes), 0);
        assert_all_done(task.length_bytes);
}

/* The first, the middle and the last sector of a piece: where one of them goes, the others are looked for. */
static void a_single_sector_that_goes_saves_its_piece(void **state)
{
        static const uint64_t places[] = { 0, PIECE_SECTORS / 2, PIECE_SECTORS - 1 };

        for (size_t i = 0; i < 3; i++) {
                (void)set_up(NULL);
                task.pattern = PATTERN_KEYSTREAM;
                task.length_bytes = (DEAD_PIECES + 2) * CHUNK;
                uint64_t good = task.offset_bytes + DEAD_PIECES * CHUNK + places[i] * SECTOR;
                fault(0, task.offset_bytes, good - task.offset_bytes, EIO, ALWAYS);
                fault(1, good + SECTOR, task.offset_bytes + task.length_bytes - good - SECTOR, EIO, ALWAYS);
                assert_int_equal(run(), 0);
                assert_int_equal(task.outcome.written_bytes, SECTOR);
                assert_int_equal(task.outcome.unwritable.count, 2);
                /* and the next piece is gone through again: the medium lives */
                assert_in_range(medium.direct, (DEAD_PIECES + 2) * SEARCH_OF(PIECE_SECTORS) - 2,
                                (DEAD_PIECES + 2) * SEARCH_OF(PIECE_SECTORS) + 3);
        }
}

/* What goes wrong while a dead piece is probed is no bad sector, and the first error is the task's. */
static void a_device_that_refuses_while_it_is_probed_ends_the_task(void **state)
{
        for (unsigned i = 0; i < 2; i++) {
                (void)set_up(NULL);
                task.length_bytes = (DEAD_PIECES + 1) * CHUNK;
                stream.commit_every_ms = 0;
                uint64_t piece = task.offset_bytes + DEAD_PIECES * CHUNK;
                fault(0, task.offset_bytes, DEAD_PIECES * CHUNK, EIO, ALWAYS);
                fault(1, piece, CHUNK, EIO, 1); /* as a whole */
                fault(2, piece, SECTOR, EBADF, ALWAYS);
                if (i == 0)
                        fault(3, piece + SECTOR, CHUNK - SECTOR, EROFS, ALWAYS);
                assert_int_equal(run(), -EBADF);
                assert_int_equal(task.outcome.unwritable.total_bytes, DEAD_PIECES * CHUNK);
                assert_int_equal(task.outcome.written_bytes, 0);
                assert_int_equal(medium.direct, DEAD_PIECES * SEARCH_OF(PIECE_SECTORS) + (i == 0 ? 3 : 2));
                assert_int_equal(medium.flushes, 0);
        }
}

static void an_error_that_is_none_of_the_medium_ends_the_task(void **state)
{
        for (unsigned i = 0; i < 2 * 2; i++) { /* at once, and within a piece that is gone through */
                const int error = i / 2 ? EPERM : EROFS;
                (void)set_up(NULL);
                stream.commit_every_ms = 1;
                if (i % 2)
                        fault(0, task.offset_bytes, SECTOR, EIO, 1);
                fault(1, task.offset_bytes, SECTOR, error, 1);
                assert_int_equal(run(), -error);
                assert_int_equal(task.outcome.unwritable.count, 0);
                assert_int_equal(task.outcome.written_bytes, 0); /* and what comes back afterwards does not count */
                assert_int_equal(medium.direct, i % 2);
                assert_int_equal(medium.submits, DEPTH);
                assert_int_equal(medium.waits, DEPTH);
                assert_int_equal(medium.flushes, 0);
                assert_int_equal(medium.asked_end_bytes, task.offset_bytes + task.length_bytes);
        }
}

/* A device that lost its end, or all of it, answers with whatever error. */
static void a_device_that_is_gone_is_called_that(void **state)
{
        static const int errors[] = { ENOSPC, EIO };

        for (unsigned i = 0; i < 2 * 2; i++) {
                (void)set_up(NULL);
                task.length_bytes = i % 2 ? CHUNK + 2 * SECTOR : 2 * SECTOR;
                medium.size_now = task.offset_bytes + (i % 2 ? CHUNK : task.length_bytes) - (i / 2 ? 0 : 1);
                fault(0, task.offset_bytes, SECTOR, errors[i % 2], 1);
                /* a fault of the medium is held against the end of its piece, any other against that of the range */
                assert_int_equal(run(), i / 2 == 0 ? -ENODEV : i % 2 ? 0 : -ENOSPC);
                assert_int_equal(medium.asked_end_bytes, task.offset_bytes + (i % 2 ? CHUNK : task.length_bytes));
                assert_int_equal(task.outcome.unwritable.count, 0);
        }
}

static void a_flush_that_fails_ends_the_task_and_promises_nothing(void **state)
{
        for (unsigned i = 0; i < 2; i++) { /* on the way, and at the end */
                (void)set_up(NULL);
                stream.commit_every_ms = i == 0 ? 1 : 0;
                medium.flush_error = EIO;
                medium.flush_fails = 0;
                medium.size_now = task.offset_bytes + task.length_bytes - (i == 0);
                assert_int_equal(run(), i == 0 ? -ENODEV : -EIO);
                assert_int_equal(medium.flushes, 1);
                assert_int_equal(atomic_load(&stream.flushed_bytes), 0);
                assert_int_equal(medium.submits, i == 0 ? DEPTH : 6);
        }
}

/* -- zeros that the device writes by itself -- */

static void a_device_that_writes_zeros_is_told_to_and_sent_none(void **state)
{
        task.offset_bytes = CHUNK;
        task.length_bytes = 2 * OFFLOAD_SLICE + SECTOR;
        medium.writes_zeros = true;
        medium.zeroing_fails = NEVER;
        assert_int_equal(run(), 0);
        assert_int_equal(medium.zeroings, 3);
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(medium.slices[i].offset, CHUNK + i * OFFLOAD_SLICE);
                assert_int_equal(medium.slices[i].length, i < 2 ? OFFLOAD_SLICE : SECTOR);
        }
        assert_int_equal(medium.submits, 0);
        assert_true(task.outcome.offloaded);
        assert_int_equal(task.outcome.written_bytes, task.length_bytes);
        assert_all_done(task.length_bytes);
        assert_int_equal(medium.flushes, 2); /* every second look at the clock, and at the end */
}

static void what_it_refuses_is_written(void **state)
{
        for (unsigned refused = 0; refused < 2; refused++) {
                (void)set_up(NULL);
                task.length_bytes = OFFLOAD_SLICE + CHUNK;
                medium.writes_zeros = true;
                medium.zeroing_fails = refused;
                assert_int_equal(run(), 0);
                assert_touched_once(task.offset_bytes, task.length_bytes);
                assert_int_equal(medium.submits, (task.length_bytes - refused * OFFLOAD_SLICE) / CHUNK);
                assert_int_equal(task.outcome.offloaded, refused > 0);
                assert_int_equal(task.outcome.written_bytes, task.length_bytes);
                assert_all_done(task.length_bytes);
        }
}

static void what_only_may_be_written_is_not_left_to_the_device(void **state)
{
        for (unsigned i = 0; i < 2; i++) {
                (void)set_up(NULL);
                medium.writes_zeros = true;
                medium.zeroing_fails = NEVER;
                task.write_only = i == 0;
                task.pattern = i == 0 ? PATTERN_ZEROS : PATTERN_KEYSTREAM;
                assert_int_equal(run(), 0);
                assert_int_equal(medium.zeroings, 0);
                assert_pattern();
        }
}

static void a_flush_that_fails_ends_that_as_well(void **state)
{
        task.length_bytes = 2 * OFFLOAD_SLICE;
        stream.commit_every_ms = 1;
        medium.writes_zeros = true;
        medium.zeroing_fails = NEVER;
        medium.flush_error = EIO;
        medium.flush_fails = 0;
        assert_int_equal(run(), -EIO);
        assert_int_equal(medium.zeroings, 1);
        assert_int_equal(medium.submits, 0);
}

/* -- the clock -- */

/* 700 ms a look: one before, one a piece that came back, one behind each flush, one at the end. */
static void flushes_are_as_far_apart_as_was_asked(void **state)
{
        medium.part_ns = 999999; /* milliseconds count when they are over */
        assert_int_equal(run(), 0);
        assert_int_equal(medium.flushes, 6 / 2 + 1);
        assert_int_equal(task.outcome.write_ms, (6 + 3 + 1 + 1) * 700);
        verify(VERIFICATION_FULL);
        assert_int_equal(run(), 0);
        assert_int_equal(medium.flushes, 0);
        assert_int_equal(task.outcome.verify_ms, 700);
        assert_int_equal(run(), 0); /* times add up */
        assert_int_equal(task.outcome.verify_ms, 1400);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(each_byte_is_written_and_read_once_in_whatever_order_and_portions),
                TEST(what_is_otherwise_is_found_in_the_rest_of_a_short_piece),
                TEST(a_resumed_writing_begins_where_the_last_one_was_flushed),
                TEST(a_sampled_reading_reads_its_samples),
                TEST(as_many_requests_as_there_can_be_are_under_way),
                TEST(only_whole_sectors_within_the_device_are_taken),
                TEST(what_is_not_to_be_had_ends_the_task_before_it_begins),
                TEST(what_fails_on_our_side_ends_the_task),
                TEST(what_was_read_and_cannot_be_compared_is_not_verified),
                TEST(a_bad_sector_alone_is_left_out),
                TEST(halves_of_an_odd_number_of_sectors_leave_none_out),
                TEST(a_piece_of_one_sector_is_not_asked_for_again),
                TEST(what_is_interrupted_is_asked_for_again),
                TEST(interrupted_and_short_calls_are_carried_to_their_end),
                TEST(no_progress_is_a_fault_of_the_medium),
                TEST(a_dead_medium_is_only_probed),
                TEST(a_single_sector_that_goes_saves_its_piece),
                TEST(a_device_that_refuses_while_it_is_probed_ends_the_task),
                TEST(an_error_that_is_none_of_the_medium_ends_the_task),
                TEST(a_device_that_is_gone_is_called_that),
                TEST(a_flush_that_fails_ends_the_task_and_promises_nothing),
                TEST(a_device_that_writes_zeros_is_told_to_and_sent_none),
                TEST(what_it_refuses_is_written),
                TEST(what_only_may_be_written_is_not_left_to_the_device),
                TEST(a_flush_that_fails_ends_that_as_well),
                TEST(flushes_are_as_far_apart_as_was_asked),
        };

        return cmocka_run_group_tests(tests, make, NULL);
}
