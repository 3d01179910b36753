/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a long writing is flushed, and what may be told of it then: with a clock that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>
#include <time.h>

#include "linux/base/cleanup.h"
#include "linux/erase/erase-buffer.h"
#include "linux/erase/erase-stream.h"
#include "tests/unit/scratch.h"

#define PIECES    16
#define FILE_SIZE ((size_t)PIECES * LANE_CHUNK_BYTES)

static char directory[SCRATCH_PATH_MAX], path[SCRATCH_PATH_MAX + 16];
static void *zeros;
static struct erase_task task;
static struct erase_stream stream;
static struct {
        bool turns;
        uint64_t now_ms, step_ms; /* each look at it takes so long */
} watch;
static unsigned flushes;
static uint64_t flushed_before;

int clock_gettime(clockid_t id, struct timespec *ret)
{
        if (!watch.turns || id != CLOCK_MONOTONIC)
                return (int)syscall(SYS_clock_gettime, id, ret);
        watch.now_ms += watch.step_ms;
        *ret = (struct timespec){ (time_t)(watch.now_ms / 1000), (long)(watch.now_ms % 1000) * 1000000 };
        return 0;
}

/* What the last flush has told of is on the medium, from the first byte on. */
static void look_at_what_was_told(void)
{
        uint64_t told = atomic_load(&stream.flushed_bytes);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_free_ uint8_t *data = malloc(FILE_SIZE);

        assert_true(told >= flushed_before && told <= FILE_SIZE);
        assert_non_null(data);
        assert_int_equal(syscall(SYS_pread64, fd, data, told, 0L), told);
        for (uint64_t i = 0; i < told; i++)
                assert_int_equal(data[i], 0);
        flushed_before = told;
}

int fsync(int fd)
{
        flushes++;
        look_at_what_was_told();
        return (int)syscall(SYS_fsync, fd);
}

static int make(void **state)
{
        scratch_make(directory, NULL);
        (void)snprintf(path, sizeof(path), "%s/disk", directory);
        zeros = erase_buffer_new(LANE_CHUNK_BYTES);
        return zeros ? 0 : -1;
}

static int remove_all(void **state)
{
        free(zeros);
        scratch_remove(directory);
        return 0;
}

static int set_up(void **state)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        _cleanup_free_ uint8_t *data = malloc(FILE_SIZE);

        assert_non_null(data);
        memset(data, 0xff, FILE_SIZE);
        assert_int_equal(write(fd, data, FILE_SIZE), FILE_SIZE);
        flushes = 0;
        flushed_before = 0;
        watch.turns = true;
        watch.now_ms = 1000000;
        watch.step_ms = 500;
        task = (struct erase_task){ .path = path, .length_bytes = FILE_SIZE };
        stream = (struct erase_stream){
                .task = &task, .writing = true, .backend = IO_BACKEND_THREADS, .depth = 3, .zeros = zeros, .commit_every_ms = 1000
        };
        return 0;
}

static int tear_down(void **state)
{
        watch.turns = false;
        return 0;
}

static void run(void)
{
        erase_stream_run(&stream);
        assert_int_equal(task.result, 0);
        assert_int_equal(atomic_load(&stream.done_bytes), stream.total_bytes);
}

/* One look at the clock a piece: every second piece is a second. And once at the end. */
static void a_long_writing_is_flushed_each_so_often(void **state)
{
        run();
        assert_int_equal(flushes, PIECES / 2 + 1);
        assert_int_equal(atomic_load(&stream.flushed_bytes), FILE_SIZE);
        assert_true(flushed_before >= (PIECES - 4) * LANE_CHUNK_BYTES); /* all but what was under way */
        assert_int_equal(task.outcome.write_ms, 500 * (PIECES + PIECES / 2 + 1 + 1));
}

static void a_short_one_is_flushed_at_its_end(void **state)
{
        watch.step_ms = 1000 / (PIECES + 1); /* never a second */
        run();
        assert_int_equal(flushes, 1);
        assert_int_equal(atomic_load(&stream.flushed_bytes), FILE_SIZE);
}

static void whoever_need_not_know_is_spared_the_flushes(void **state)
{
        stream.commit_every_ms = 0;
        run();
        assert_int_equal(flushes, 1);
}

static void reading_flushes_nothing(void **state)
{
        run();
        flushes = 0;
        stream.writing = false;
        stream.verification = VERIFICATION_FULL;
        atomic_store(&stream.done_bytes, 0);
        run();
        assert_int_equal(flushes, 0);
        assert_int_equal(task.outcome.verified_bytes, FILE_SIZE);
        assert_int_equal(task.outcome.wrong.total_bytes, 0);
        assert_int_equal(task.outcome.verify_ms, 500);
}

static void a_range_counts_from_its_own_start(void **state)
{
        task.offset_bytes = LANE_CHUNK_BYTES;
        task.length_bytes = FILE_SIZE - 3 * LANE_CHUNK_BYTES - 512;
        stream.commit_every_ms = 0;
        run();
        assert_int_equal(atomic_load(&stream.flushed_bytes), task.length_bytes);
        assert_int_equal(atomic_load(&stream.total_bytes), task.length_bytes);
        assert_int_equal(task.outcome.written_bytes, task.length_bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(a_long_writing_is_flushed_each_so_often),     TEST(a_short_one_is_flushed_at_its_end),
                TEST(whoever_need_not_know_is_spared_the_flushes), TEST(reading_flushes_nothing),
                TEST(a_range_counts_from_its_own_start),
        };

        return cmocka_run_group_tests(tests, make, remove_all);
}
