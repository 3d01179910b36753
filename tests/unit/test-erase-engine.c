/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The erase engine on regular files in place of devices: exactly the range, past the page cache, by both of its ways; and with a
 * medium that fails, answers short, lies or vanishes. The calls of the threads' way are the test's, so that it can make them
 * fail; what io_uring does with real faults is shown by tests/uml. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/erase/erase-engine.h"
#include "linux/erase/keystream.h"
#include "tests/unit/scratch.h"

#define CHUNK     (UINT64_C(512) << 10) /* the engine's own; the borders between chunks are what these tests look at */
#define PAGE      4096
#define SECTOR    UINT64_C(512)
#define FILE_SIZE (24 * CHUNK + CHUNK / 2) /* more than one filling of the queue */
#define NONE      UINT64_MAX
#define FILES     4

/* -- the medium -- */

static struct {
        pthread_mutex_t lock;
        uint64_t bad_from, bad_to;   /* requests that touch this range fail */
        uint64_t bad2_from, bad2_to; /* and this one */
        int error;                   /* with this errno */
        unsigned interruptions;      /* calls that end in EINTR before they do anything */
        size_t at_most;              /* bytes a call; 0 = all */
        int flush_error;             /* of fsync() */
        uint64_t swallow_from;       /* writes that begin here or behind are said to be done and are not */
        unsigned flushes, requests;  /* calls */
        unsigned buffered;           /* that went through the page cache */
        uint64_t unflushed, flushed; /* bytes written since the last flush, and before it */
} medium = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool touches(uint64_t offset, uint64_t size, uint64_t from, uint64_t to)
{
        return from != NONE && offset < to && offset + size > from;
}

/* The errno, or 0. */
static int fault(int fd, uint64_t offset, size_t *size)
{
        int error = 0;
        (void)pthread_mutex_lock(&medium.lock);
        medium.requests++;
        medium.buffered += (fcntl(fd, F_GETFL) & O_DIRECT) == 0;
        if (medium.interruptions > 0) {
                medium.interruptions--;
                error = EINTR;
        } else if (touches(offset, *size, medium.bad_from, medium.bad_to) ||
                   touches(offset, *size, medium.bad2_from, medium.bad2_to)) {
                error = medium.error;
        } else if (medium.at_most && *size > medium.at_most) {
                *size = medium.at_most;
        }
        (void)pthread_mutex_unlock(&medium.lock);
        return error;
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
        int error = fault(fd, (uint64_t)offset, &size);
        errno = error;
        return error ? -1 : syscall(SYS_pread64, fd, data, size, offset);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
        int error = fault(fd, (uint64_t)offset, &size);
        errno = error;
        if (error)
                return -1;
        (void)pthread_mutex_lock(&medium.lock);
        medium.unflushed += size;
        (void)pthread_mutex_unlock(&medium.lock);
        if ((uint64_t)offset >= medium.swallow_from)
                return (ssize_t)size;
        return syscall(SYS_pwrite64, fd, data, size, offset);
}

int fsync(int fd)
{
        (void)pthread_mutex_lock(&medium.lock);
        medium.flushes++;
        medium.flushed += medium.unflushed;
        medium.unflushed = 0;
        (void)pthread_mutex_unlock(&medium.lock);
        errno = medium.flush_error;
        return medium.flush_error ? -1 : (int)syscall(SYS_fsync, fd);
}

/* -- fixture -- */

static char directory[SCRATCH_PATH_MAX], paths[FILES][SCRATCH_PATH_MAX + 16];

static bool takes_sectors(const char *place)
{
        char probe[SCRATCH_PATH_MAX + 16];
        void *buffer = NULL;

        (void)snprintf(probe, sizeof(probe), "%s/probe", place);
        int fd = open(probe, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
        assert_int_equal(posix_memalign(&buffer, PAGE, PAGE), 0);
        bool suits = fd >= 0 && ftruncate(fd, PAGE) == 0 && syscall(SYS_pread64, fd, buffer, SECTOR, (off_t)SECTOR) == SECTOR;
        free(buffer);
        if (fd >= 0)
                (void)close(fd);
        (void)unlink(probe);
        return suits;
}

static int make_directory(void **state)
{
        scratch_make(directory, takes_sectors);
        for (int i = 0; i < FILES; i++)
                (void)snprintf(paths[i], sizeof(paths[i]), "%s/disk%d", directory, i);
        return 0;
}

static int remove_directory(void **state)
{
        scratch_remove(directory);
        return 0;
}

static void fill(const char *path, uint8_t value)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        _cleanup_free_ uint8_t *data = malloc(FILE_SIZE);
        assert_non_null(data);
        memset(data, value, FILE_SIZE);
        assert_int_equal(write(fd, data, FILE_SIZE), FILE_SIZE);
}

static void heal(void)
{
        medium.bad_from = medium.bad_to = medium.bad2_from = medium.bad2_to = NONE;
        medium.swallow_from = NONE;
        medium.error = EIO;
        medium.flush_error = 0;
        medium.at_most = 0;
        medium.interruptions = medium.flushes = medium.requests = medium.buffered = 0;
        medium.unflushed = medium.flushed = 0;
}

static int set_up(void **state)
{
        heal();
        fill(paths[0], 0xff);
        return 0;
}

static void put(const char *path, uint64_t offset, uint8_t value)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(syscall(SYS_pwrite64, fd, &value, 1, offset), 1);
        assert_int_equal(syscall(SYS_fsync, fd), 0);
}

static uint8_t *contents(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        uint8_t *data = malloc(FILE_SIZE + 1);
        assert_non_null(data);
        assert_int_equal(read(fd, data, FILE_SIZE + 1), FILE_SIZE);
        return data;
}

/* The task's pattern within its range, `outside` everywhere else, and the file as long as before. */
static void assert_contents(const struct erase_task *task, uint8_t outside)
{
        _cleanup_free_ uint8_t *data = contents(task->path);
        _cleanup_free_ uint8_t *expected = calloc(1, FILE_SIZE);
        assert_non_null(expected);
        if (task->pattern == PATTERN_KEYSTREAM) {
                _cleanup_(keystream_free) struct keystream *keystream = NULL;
                assert_int_equal(keystream_new(task->key, &keystream), 0);
                assert_int_equal(keystream_make(keystream, 0, expected, FILE_SIZE), 0);
        }
        memset(expected, outside, task->offset_bytes);
        memset(expected + task->offset_bytes + task->length_bytes, outside, FILE_SIZE - task->offset_bytes - task->length_bytes);
        for (uint64_t i = 0; memcmp(data, expected, FILE_SIZE) != 0 && i < FILE_SIZE; i++)
                if (data[i] != expected[i])
                        fail_msg("byte %llu is 0x%02x", (unsigned long long)i, data[i]);
}

static struct erase_task whole(enum erase_pattern pattern)
{
        return (struct erase_task){ .path = paths[0], .length_bytes = FILE_SIZE, .pattern = pattern, .key = { 1, 2, 3 } };
}

static const struct erase_options ways[] = { { .backend = ERASE_BACKEND_THREADS },
                                             { .backend = ERASE_BACKEND_URING },
                                             { .backend = ERASE_BACKEND_AUTO } };
static const struct erase_options *const threads = &ways[0];

/* A kernel or a container may refuse io_uring; AUTO is then threads. */
static bool way_is_there(const struct erase_options *way)
{
        static bool said;
        struct erase_task task = { .path = paths[0], .length_bytes = SECTOR };
        bool is_there = erase_verify(&task, 1, VERIFICATION_FULL, 0, way) != -ENOSYS && task.result != -EPERM;
        if (!is_there && !said)
                printf("SKIPPED: test-erase-engine wants io_uring, which is refused here; threads are tested\n");
        said |= !is_there;
        return is_there;
}

static void assert_range(const struct bad_ranges *list, uint32_t index, uint64_t start, uint64_t length)
{
        assert_true(index < list->count);
        assert_int_equal(list->ranges[index].start_bytes, start);
        assert_int_equal(list->ranges[index].length_bytes, length);
}

/* -- a sound medium -- */

static void exactly_the_range_is_overwritten_and_found_right(void **state)
{
        static const struct {
                uint64_t offset, length;
        } cases[] = {
                { 0, FILE_SIZE },
                { 0, SECTOR },
                { PAGE + SECTOR, 3 * CHUNK + 3 * SECTOR },
                { CHUNK - SECTOR, 2 * SECTOR },
                { FILE_SIZE - SECTOR, SECTOR },
                { CHUNK, 0 },
        };

        for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
                if (!way_is_there(&ways[w]))
                        continue;
                for (size_t i = 0; i < ARRAY_SIZE(cases) * PATTERN_COUNT; i++) {
                        struct erase_task task = whole((enum erase_pattern)(i % PATTERN_COUNT));
                        task.offset_bytes = cases[i / PATTERN_COUNT].offset;
                        task.length_bytes = cases[i / PATTERN_COUNT].length;
                        fill(paths[0], 0xa5);
                        assert_int_equal(erase_write(&task, 1, &ways[w]), 0);
                        assert_contents(&task, 0xa5);
                        assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, &ways[w]), 0);
                        assert_true(erase_outcome_is_clean(&task.outcome));
                        assert_int_equal(task.outcome.written_bytes, task.length_bytes);
                        assert_int_equal(task.outcome.verified_bytes, task.length_bytes);
                        assert_int_equal(task.outcome.verification, VERIFICATION_FULL);
                }
        }
        assert_int_equal(medium.buffered, 0);
}

static void a_single_byte_is_found_wherever_it_is(void **state)
{
        static const uint64_t places[] = { 0, 511, 512, PAGE, CHUNK - 1, CHUNK, 7 * CHUNK + 7, 16 * CHUNK, FILE_SIZE - 1 };

        for (size_t i = 0; i < ARRAY_SIZE(places) * PATTERN_COUNT; i++) {
                uint64_t place = places[i / PATTERN_COUNT];
                struct erase_task task = whole((enum erase_pattern)(i % PATTERN_COUNT));
                assert_int_equal(erase_write(&task, 1, NULL), 0);
                _cleanup_free_ uint8_t *data = contents(paths[0]);
                put(paths[0], place, data[place] ^ 0x80);
                assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, NULL), 0);
                assert_int_equal(task.outcome.wrong.count, 1);
                assert_range(&task.outcome.wrong, 0, place / SECTOR * SECTOR, SECTOR);
                assert_int_equal(task.outcome.verified_bytes, FILE_SIZE - SECTOR);
                assert_false(erase_outcome_is_clean(&task.outcome));
        }
}

static void only_the_range_is_looked_at(void **state)
{
        struct erase_task task = whole(PATTERN_ZEROS);

        task.offset_bytes = PAGE + SECTOR;
        task.length_bytes = 2 * CHUNK;
        assert_int_equal(erase_write(&task, 1, NULL), 0);
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, NULL), 0);
        assert_true(erase_outcome_is_clean(&task.outcome));
        task.length_bytes += SECTOR;
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, NULL), 0);
        assert_range(&task.outcome.wrong, 0, PAGE + SECTOR + 2 * CHUNK, SECTOR);
}

static void another_key_s_keystream_is_wrong_everywhere(void **state)
{
        struct erase_task task = whole(PATTERN_KEYSTREAM);

        assert_int_equal(erase_write(&task, 1, NULL), 0);
        task.key[31] ^= 1;
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, NULL), 0);
        assert_range(&task.outcome.wrong, 0, 0, FILE_SIZE);
        assert_int_equal(task.outcome.verified_bytes, 0);
}

static void several_devices_are_each_their_own(void **state)
{
        struct erase_task tasks[FILES];

        for (int i = 0; i < FILES; i++) {
                tasks[i] = whole(i % 2 ? PATTERN_KEYSTREAM : PATTERN_ZEROS);
                tasks[i].path = paths[i];
                tasks[i].key[0] = (uint8_t)i;
                tasks[i].offset_bytes = (uint64_t)i * PAGE;
                tasks[i].length_bytes = FILE_SIZE - 2 * tasks[i].offset_bytes;
                fill(paths[i], 0x77);
        }
        tasks[2].path = "/nonexistent";
        assert_int_equal(erase_write(tasks, FILES, NULL), -ENOENT);
        assert_int_equal(tasks[2].result, -ENOENT);
        put(paths[3], 5 * CHUNK, 0);
        put(paths[3], 5 * CHUNK + 1, 0);
        tasks[2].path = paths[0];
        tasks[2].length_bytes = SECTOR;
        tasks[2].offset_bytes = 0;
        assert_int_equal(erase_verify(tasks, FILES, VERIFICATION_FULL, 0, NULL), 0);
        assert_true(erase_outcome_is_clean(&tasks[0].outcome));
        assert_true(erase_outcome_is_clean(&tasks[1].outcome));
        assert_range(&tasks[3].outcome.wrong, 0, 5 * CHUNK, SECTOR);
        assert_contents(&tasks[0], 0x77);
        assert_contents(&tasks[1], 0x77);
}

static void samples_find_what_lies_in_them_alone(void **state)
{
        struct erase_task task = whole(PATTERN_ZEROS);

        assert_int_equal(erase_write(&task, 1, NULL), 0);
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_SAMPLED, 99, NULL), 0);
        assert_int_equal(task.outcome.verification, VERIFICATION_SAMPLED);
        assert_int_equal(task.outcome.sample_seed, 99);
        assert_int_equal(task.outcome.sample_count, 2002);
        assert_in_range(task.outcome.verified_bytes, FILE_SIZE / 10, FILE_SIZE / 4);
        assert_true(erase_outcome_is_clean(&task.outcome));
        put(paths[0], FILE_SIZE - 1, 1); /* the last address is always looked at */
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_SAMPLED, 99, NULL), 0);
        assert_range(&task.outcome.wrong, 0, FILE_SIZE - SECTOR, SECTOR);
        task.length_bytes = 1000 * SECTOR; /* too small for samples */
        memset(&task.outcome, 0, sizeof(task.outcome));
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_SAMPLED, 99, NULL), 0);
        assert_int_equal(task.outcome.verification, VERIFICATION_FULL);
        assert_int_equal(task.outcome.verified_bytes, 1000 * SECTOR);
        memset(&task.outcome, 0, sizeof(task.outcome));
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_NONE, 0, NULL), 0);
        assert_int_equal(task.outcome.verified_bytes, 0);
}

static void what_is_no_whole_sector_or_leaves_the_device_is_refused(void **state)
{
        static const struct {
                uint64_t offset, length;
                int error;
        } cases[] = {
                { 1, SECTOR, -EINVAL },
                { 0, SECTOR + 1, -EINVAL },
                { FILE_SIZE, SECTOR, -ERANGE },
                { 0, FILE_SIZE + SECTOR, -ERANGE },
                { NONE / 512 * 512, SECTOR, -ERANGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct erase_task task = { .path = paths[0], .offset_bytes = cases[i].offset, .length_bytes = cases[i].length };
                assert_int_equal(erase_write(&task, 1, NULL), cases[i].error);
                assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, NULL), cases[i].error);
                assert_int_equal(task.result, cases[i].error);
        }
        struct erase_task task = { .path = paths[0] }; /* nothing of it was touched */
        assert_contents(&task, 0xff);
        assert_int_equal(erase_write(&task, 0, NULL), 0);
        assert_int_equal(erase_write(&task, ERASE_TASKS_MAX + 1, NULL), -E2BIG);
}

/* -- a medium with faults -- */

static void bad_sectors_are_told_one_by_one_and_the_rest_is_overwritten(void **state)
{
        for (int pattern = 0; pattern < PATTERN_COUNT; pattern++) {
                struct erase_task task = whole((enum erase_pattern)pattern);
                fill(paths[0], 0xff);
                medium.bad_from = 3 * CHUNK + 5 * SECTOR;
                medium.bad_to = 3 * CHUNK + 8 * SECTOR;
                medium.bad2_from = FILE_SIZE - SECTOR;
                medium.bad2_to = FILE_SIZE;
                assert_int_equal(erase_write(&task, 1, threads), 0);
                assert_int_equal(task.outcome.unwritable.count, 2);
                assert_range(&task.outcome.unwritable, 0, 3 * CHUNK + 5 * SECTOR, 3 * SECTOR);
                assert_range(&task.outcome.unwritable, 1, FILE_SIZE - SECTOR, SECTOR);
                assert_int_equal(task.outcome.written_bytes, FILE_SIZE - 4 * SECTOR);
                assert_false(erase_outcome_is_clean(&task.outcome));
                heal();
                assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, threads), 0);
                assert_int_equal(task.outcome.wrong.count, 2); /* the old data, still there */
                assert_range(&task.outcome.wrong, 0, 3 * CHUNK + 5 * SECTOR, 3 * SECTOR);
                assert_int_equal(task.outcome.verified_bytes, FILE_SIZE - 4 * SECTOR);
        }
}

static void unreadable_sectors_are_told_one_by_one_and_the_rest_is_read(void **state)
{
        struct erase_task task = whole(PATTERN_KEYSTREAM);

        assert_int_equal(erase_write(&task, 1, threads), 0);
        put(paths[0], 20 * CHUNK, 0);
        put(paths[0], 20 * CHUNK + 1, 0);
        medium.bad_from = CHUNK - SECTOR; /* across a border */
        medium.bad_to = CHUNK + SECTOR;
        medium.error = ENODATA;
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, threads), 0);
        assert_int_equal(task.outcome.unreadable.count, 1);
        assert_range(&task.outcome.unreadable, 0, CHUNK - SECTOR, 2 * SECTOR);
        assert_range(&task.outcome.wrong, 0, 20 * CHUNK, SECTOR);
        assert_int_equal(task.outcome.verified_bytes, FILE_SIZE - 3 * SECTOR);
}

static void a_dead_medium_is_given_up_in_pieces(void **state)
{
        struct erase_task task = whole(PATTERN_ZEROS);

        task.length_bytes = 24 * CHUNK;
        medium.bad_from = 0;
        medium.bad_to = FILE_SIZE;
        assert_int_equal(erase_write(&task, 1, threads), 0);
        assert_int_equal(task.outcome.written_bytes, 0);
        assert_range(&task.outcome.unwritable, 0, 0, 24 * CHUNK);
        /* sixteen pieces of 1,024 sectors are gone through (2,047 requests each), eight are probed */
        assert_in_range(medium.requests, 16 * 1024, 16 * 2047 + 8 * 4);
}

static void a_medium_that_takes_nothing_more_at_all_is_an_error(void **state)
{
        static const int errors[] = { ENOSPC, ENODEV, ENXIO, EROFS, EBADF };

        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                struct erase_task task = whole(PATTERN_ZEROS);
                fill(paths[0], 0xff);
                medium.bad_from = 2 * CHUNK;
                medium.bad_to = FILE_SIZE;
                medium.error = errors[i];
                assert_int_equal(erase_write(&task, 1, threads), -errors[i]);
                assert_int_equal(task.outcome.unwritable.count, 0);
                assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, threads), -errors[i]);
                heal();
        }
}

static void what_was_overwritten_was_flushed(void **state)
{
        struct erase_task task = whole(PATTERN_ZEROS);

        assert_int_equal(erase_write(&task, 1, threads), 0);
        assert_int_equal(medium.flushes, 1);
        assert_int_equal(medium.unflushed, 0);
        medium.flush_error = EIO;
        assert_int_equal(erase_write(&task, 1, threads), -EIO);
}

static void interrupted_and_short_requests_leave_no_gap(void **state)
{
        for (int pattern = 0; pattern < PATTERN_COUNT; pattern++) {
                struct erase_task task = whole((enum erase_pattern)pattern);
                fill(paths[0], 0xff);
                medium.interruptions = 5;
                medium.at_most = 64 * PAGE + 100; /* not even whole sectors */
                medium.at_most = medium.at_most / SECTOR * SECTOR;
                assert_int_equal(erase_write(&task, 1, threads), 0);
                assert_int_equal(task.outcome.written_bytes, FILE_SIZE);
                assert_contents(&task, 0xff);
                medium.interruptions = 5;
                assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, threads), 0);
                assert_int_equal(task.outcome.verified_bytes, FILE_SIZE);
                assert_true(erase_outcome_is_clean(&task.outcome));
        }
}

static void a_medium_that_only_says_it_wrote_is_found_out(void **state)
{
        struct erase_task task = whole(PATTERN_ZEROS);

        medium.swallow_from = 10 * CHUNK;
        assert_int_equal(erase_write(&task, 1, threads), 0);
        assert_true(erase_outcome_is_clean(&task.outcome)); /* so far */
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, threads), 0);
        assert_range(&task.outcome.wrong, 0, 10 * CHUNK, FILE_SIZE - 10 * CHUNK);
}

/* -- progress -- */

static struct {
        uint64_t done, total, committed;
        unsigned calls, commits;
} seen;

static void advance(void *context, uint64_t done, uint64_t total)
{
        assert_ptr_equal(context, &seen);
        assert_true(done > seen.done && done <= total);
        seen.done = done;
        seen.total = total;
        seen.calls++;
}

static void committed(void *context, size_t task, uint64_t done_bytes)
{
        assert_ptr_equal(context, &seen);
        assert_int_equal(task, 0);
        assert_true(done_bytes > seen.committed);
        (void)pthread_mutex_lock(&medium.lock);
        assert_true(medium.flushed + 8 * CHUNK >= done_bytes); /* the first eight chunks were there before */
        (void)pthread_mutex_unlock(&medium.lock);
        seen.committed = done_bytes;
        seen.commits++;
}

static void the_meter_counts_to_the_end_over_all_devices(void **state)
{
        const struct meter meter = { .advance = advance, .context = &seen };
        const struct erase_options options = { .meter = &meter };
        struct erase_task tasks[2] = { whole(PATTERN_ZEROS), whole(PATTERN_KEYSTREAM) };

        fill(paths[1], 0xff);
        tasks[1].path = paths[1];
        tasks[1].length_bytes = CHUNK;
        memset(&seen, 0, sizeof(seen));
        assert_int_equal(erase_write(tasks, 2, &options), 0);
        assert_int_equal(seen.done, FILE_SIZE + CHUNK);
        assert_int_equal(seen.total, FILE_SIZE + CHUNK);
        assert_true(seen.calls >= 1);
        memset(&seen, 0, sizeof(seen));
        assert_int_equal(erase_verify(tasks, 2, VERIFICATION_FULL, 0, &options), 0);
        assert_int_equal(seen.done, FILE_SIZE + CHUNK);
        memset(&seen, 0, sizeof(seen));
        assert_int_equal(erase_verify(tasks, 1, VERIFICATION_SAMPLED, 0, &options), 0);
        assert_int_equal(seen.done, seen.total);
}

static void an_interrupted_task_goes_on_where_it_was_flushed(void **state)
{
        const struct erase_options options = {
                .committed = committed, .context = &seen, .commit_every_ms = 1, .backend = ERASE_BACKEND_THREADS
        };
        struct erase_task task = whole(PATTERN_KEYSTREAM);

        memset(&seen, 0, sizeof(seen));
        task.resume_bytes = 8 * CHUNK + 100; /* not whole sectors: what is torn is written again */
        assert_int_equal(erase_write(&task, 1, &options), 0);
        assert_int_equal(task.outcome.resumed_bytes, 8 * CHUNK);
        assert_int_equal(task.outcome.written_bytes, FILE_SIZE - 8 * CHUNK);
        assert_int_equal(seen.committed, FILE_SIZE);
        assert_true(seen.commits >= 1);
        assert_int_equal(medium.unflushed, 0);
        /* the read-back covers what the interrupted one is said to have written: here it had not */
        assert_int_equal(erase_verify(&task, 1, VERIFICATION_FULL, 0, NULL), 0);
        assert_range(&task.outcome.wrong, 0, 0, 8 * CHUNK);
        task.resume_bytes = FILE_SIZE + CHUNK; /* of another, larger range */
        memset(&task.outcome, 0, sizeof(task.outcome));
        assert_int_equal(erase_write(&task, 1, NULL), 0);
        assert_int_equal(task.outcome.written_bytes, 0);
}

/* Else a resumed erasing that only samples its read-back would know nothing of it. */
static void whoever_resumes_meets_a_bad_sector_again(void **state)
{
        const struct erase_options options = {
                .committed = committed, .context = &seen, .commit_every_ms = 1, .backend = ERASE_BACKEND_THREADS
        };
        const uint64_t bad = 3 * CHUNK + 5 * SECTOR;
        struct erase_task task = whole(PATTERN_ZEROS);

        memset(&seen, 0, sizeof(seen));
        medium.bad_from = bad;
        medium.bad_to = bad + SECTOR;
        medium.error = EIO;
        assert_int_equal(erase_write(&task, 1, &options), 0);
        assert_int_equal(task.outcome.written_bytes, FILE_SIZE - SECTOR);
        assert_int_equal(seen.committed, bad);
        struct erase_task resumed = whole(PATTERN_ZEROS);
        resumed.resume_bytes = seen.committed;
        assert_int_equal(erase_write(&resumed, 1, threads), 0);
        assert_range(&resumed.outcome.unwritable, 0, bad, SECTOR);
}

static void nothing_is_committed_that_was_not_flushed(void **state)
{
        const struct erase_options options = {
                .committed = committed, .context = &seen, .commit_every_ms = 1, .backend = ERASE_BACKEND_THREADS
        };
        struct erase_task task = whole(PATTERN_ZEROS);

        memset(&seen, 0, sizeof(seen));
        medium.flush_error = EIO;
        assert_int_equal(erase_write(&task, 1, &options), -EIO);
        assert_int_equal(seen.commits, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(exactly_the_range_is_overwritten_and_found_right, set_up),
                cmocka_unit_test_setup(a_single_byte_is_found_wherever_it_is, set_up),
                cmocka_unit_test_setup(only_the_range_is_looked_at, set_up),
                cmocka_unit_test_setup(another_key_s_keystream_is_wrong_everywhere, set_up),
                cmocka_unit_test_setup(several_devices_are_each_their_own, set_up),
                cmocka_unit_test_setup(samples_find_what_lies_in_them_alone, set_up),
                cmocka_unit_test_setup(what_is_no_whole_sector_or_leaves_the_device_is_refused, set_up),
                cmocka_unit_test_setup(bad_sectors_are_told_one_by_one_and_the_rest_is_overwritten, set_up),
                cmocka_unit_test_setup(unreadable_sectors_are_told_one_by_one_and_the_rest_is_read, set_up),
                cmocka_unit_test_setup(a_dead_medium_is_given_up_in_pieces, set_up),
                cmocka_unit_test_setup(a_medium_that_takes_nothing_more_at_all_is_an_error, set_up),
                cmocka_unit_test_setup(what_was_overwritten_was_flushed, set_up),
                cmocka_unit_test_setup(interrupted_and_short_requests_leave_no_gap, set_up),
                cmocka_unit_test_setup(a_medium_that_only_says_it_wrote_is_found_out, set_up),
                cmocka_unit_test_setup(the_meter_counts_to_the_end_over_all_devices, set_up),
                cmocka_unit_test_setup(an_interrupted_task_goes_on_where_it_was_flushed, set_up),
                cmocka_unit_test_setup(whoever_resumes_meets_a_bad_sector_again, set_up),
                cmocka_unit_test_setup(nothing_is_committed_that_was_not_flushed, set_up),
        };

        return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
