/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overwriting and reading back, on a regular file in place of a partition: exactly the range, past the page cache, and no fault
 * of the medium goes unnoticed. The calls that reach the medium are the test's, so that it can make them fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "common/bytes.h"
#include "linux/blockdev.h"
#include "linux/cleanup.h"
#include "tests/unit/scratch.h"

#define CHUNK     (UINT64_C(4) << 20) /* blockdev's own; the borders between chunks are what these tests look at */
#define PAGE      4096
#define FILE_SIZE (2 * CHUNK + CHUNK / 2)
#define NONE      UINT64_MAX

/* -- the medium -- */

static struct {
        uint64_t bad_from;       /* reads and writes that begin here or behind fail; NONE = never */
        int error;               /* with this errno */
        unsigned interruptions;  /* calls that end in EINTR before they do anything */
        size_t at_most;          /* bytes a call; 0 = all */
        int flush_error;         /* of fsync() */
        unsigned reads, flushes; /* calls */
        unsigned buffered_reads; /* that went through the page cache */
} medium;

static bool fails(off_t offset, size_t *size)
{
        if (medium.interruptions > 0) {
                medium.interruptions--;
                errno = EINTR;
                return true;
        }
        if (medium.at_most && *size > medium.at_most)
                *size = medium.at_most;
        errno = medium.error;
        return (uint64_t)offset >= medium.bad_from;
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
        medium.reads++;
        medium.buffered_reads += (fcntl(fd, F_GETFL) & O_DIRECT) == 0;
        return fails(offset, &size) ? -1 : syscall(SYS_pread64, fd, data, size, offset);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
        return fails(offset, &size) ? -1 : syscall(SYS_pwrite64, fd, data, size, offset);
}

int fsync(int fd)
{
        medium.flushes++;
        errno = medium.flush_error;
        return medium.flush_error ? -1 : (int)syscall(SYS_fsync, fd);
}

/* -- fixture -- */

static char directory[SCRATCH_PATH_MAX], path[SCRATCH_PATH_MAX + 16];
static uint64_t sector; /* the smallest unit O_DIRECT takes here */

static bool takes_sectors(int fd, size_t size)
{
        void *buffer = NULL;
        bool taken;

        assert_int_equal(posix_memalign(&buffer, PAGE, PAGE), 0);
        taken = syscall(SYS_pread64, fd, buffer, size, (off_t)size) == (ssize_t)size;
        free(buffer);
        return taken;
}

static bool has_direct_access(const char *place)
{
        char probe[SCRATCH_PATH_MAX + 16];

        (void)snprintf(probe, sizeof(probe), "%s/probe", place);
        int fd = open(probe, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
        bool suits = fd >= 0 && ftruncate(fd, 3 * PAGE) == 0 && takes_sectors(fd, PAGE);
        if (suits)
                sector = takes_sectors(fd, 512) ? 512 : PAGE;
        if (fd >= 0)
                (void)close(fd);
        (void)unlink(probe);
        return suits;
}

static int make_directory(void **state)
{
        scratch_make(directory, has_direct_access);
        (void)snprintf(path, sizeof(path), "%s/disk", directory);
        return 0;
}

static int remove_directory(void **state)
{
        scratch_remove(directory);
        return 0;
}

static int set_up(void **state)
{
        memset(&medium, 0, sizeof(medium));
        medium.bad_from = NONE;
        (void)unlink(path);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(ftruncate(fd, (off_t)FILE_SIZE), 0);
        return 0;
}

static void put(uint64_t offset, uint8_t value)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(syscall(SYS_pwrite64, fd, &value, 1, offset), 1);
        assert_int_equal(syscall(SYS_fsync, fd), 0);
}

static void fill(uint8_t value)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        _cleanup_free_ uint8_t *data = malloc(FILE_SIZE);
        assert_non_null(data);
        memset(data, value, FILE_SIZE);
        assert_int_equal(write(fd, data, FILE_SIZE), FILE_SIZE);
        assert_int_equal(syscall(SYS_fsync, fd), 0);
}

/* The file is `inside` within the range and `outside` everywhere else, and as long as before. */
static void assert_contents(uint64_t offset, uint64_t length, uint8_t inside, uint8_t outside)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_free_ uint8_t *data = malloc(FILE_SIZE + 1);
        assert_non_null(data);
        assert_int_equal(read(fd, data, FILE_SIZE + 1), FILE_SIZE);
        for (uint64_t i = 0; i < FILE_SIZE; i++)
                if (data[i] != (i >= offset && i - offset < length ? inside : outside))
                        fail_msg("byte %llu is 0x%02x", (unsigned long long)i, data[i]);
}

static int verify(uint64_t offset, uint64_t length, uint64_t *ret_offset)
{
        *ret_offset = NONE;
        return blockdev_verify_zero(path, offset, length, NULL, ret_offset);
}

/* -- reading back -- */

static void zeros_are_zeros(void **state)
{
        uint64_t at;

        assert_int_equal(verify(0, FILE_SIZE, &at), 0);
        assert_int_equal(verify(CHUNK, 0, &at), 0);
        assert_int_equal(verify(sector, CHUNK + sector, &at), 0);
        assert_int_equal(at, NONE);
        assert_int_equal(medium.buffered_reads, 0);
}

static void a_single_byte_is_found_wherever_it_is(void **state)
{
        static const uint64_t places[] = { 0,     1,         511,           PAGE - 1,  PAGE,          CHUNK / 2 + 7, CHUNK - 1,
                                           CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, FILE_SIZE - 2, FILE_SIZE - 1 };
        uint64_t at;

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                put(places[i], 0x80);
                assert_int_equal(verify(0, FILE_SIZE, &at), -EBADMSG);
                assert_int_equal(at, places[i]);
                put(places[i], 0);
        }
        assert_int_equal(verify(0, FILE_SIZE, &at), 0);
}

static void the_first_of_several_is_told(void **state)
{
        uint64_t at;

        put(CHUNK + 5, 1);
        put(CHUNK + 4, 1);
        put(2 * CHUNK, 1);
        assert_int_equal(verify(0, FILE_SIZE, &at), -EBADMSG);
        assert_int_equal(at, CHUNK + 4);
}

static void only_the_range_is_looked_at(void **state)
{
        const uint64_t offset = PAGE + sector, length = CHUNK + 3 * sector; /* neither whole pages nor whole chunks */
        uint64_t at;

        put(offset - 1, 0xff);
        put(offset + length, 0xff);
        assert_int_equal(verify(offset, length, &at), 0);
        put(offset + length - 1, 1);
        assert_int_equal(verify(offset, length, &at), -EBADMSG);
        assert_int_equal(at, offset + length - 1);
        put(offset, 1);
        assert_int_equal(verify(offset, length, &at), -EBADMSG);
        assert_int_equal(at, offset);
}

static void the_page_cache_is_not_asked(void **state)
{
        uint64_t at;

        fill(0xff);
        assert_int_equal(blockdev_overwrite(path, 0, FILE_SIZE, NULL), 0);
        medium.reads = 0;
        assert_int_equal(verify(0, FILE_SIZE, &at), 0);
        assert_int_equal(medium.reads, 3);
        assert_int_equal(medium.buffered_reads, 0);
}

static void an_unreadable_range_is_an_error(void **state)
{
        uint64_t at;

        medium.bad_from = CHUNK;
        medium.error = EIO;
        assert_int_equal(verify(0, FILE_SIZE, &at), -EIO);
        assert_int_equal(verify(0, CHUNK, &at), 0);
        assert_int_equal(at, NONE);
        medium.bad_from = NONE;
        assert_int_equal(verify(0, FILE_SIZE + CHUNK, &at), -EIO); /* ends too early */
        assert_int_equal(blockdev_verify_zero("/nonexistent", 0, 1, NULL, &at), -ENOENT);
}

static void interrupted_and_short_reads_leave_no_gap(void **state)
{
        uint64_t at;

        put(FILE_SIZE - 1, 1);
        medium.interruptions = 2;
        medium.at_most = 16 * PAGE;
        assert_int_equal(verify(0, FILE_SIZE, &at), -EBADMSG);
        assert_int_equal(at, FILE_SIZE - 1);
}

/* -- overwriting -- */

typedef int (*overwriter)(const char *, uint64_t, uint64_t, const struct meter *);

/* A regular file knows no BLKZEROOUT, so that blockdev_zero() has to fall back. */
static const overwriter overwriters[] = { blockdev_overwrite, blockdev_zero };

static void exactly_the_range_is_overwritten(void **state)
{
        const struct {
                uint64_t offset, length;
        } cases[] = {
                { 0, FILE_SIZE },
                { 0, sector },
                { sector, sector },
                { PAGE + sector, CHUNK + 3 * sector },
                { CHUNK - sector, 2 * sector },
                { CHUNK, CHUNK },
                { FILE_SIZE - sector, sector },
                { CHUNK, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(overwriters) * ARRAY_SIZE(cases); i++) {
                uint64_t offset = cases[i / 2].offset, length = cases[i / 2].length;

                fill(0xff);
                assert_int_equal(overwriters[i % 2](path, offset, length, NULL), 0);
                assert_contents(offset, length, 0, 0xff);
        }
}

static void what_was_overwritten_was_flushed(void **state)
{
        for (size_t o = 0; o < ARRAY_SIZE(overwriters); o++) {
                medium.flushes = 0;
                assert_int_equal(overwriters[o](path, 0, CHUNK, NULL), 0);
                assert_int_equal(medium.flushes, 1);
                medium.flush_error = EIO;
                assert_int_equal(overwriters[o](path, 0, CHUNK, NULL), -EIO);
                medium.flush_error = 0;
        }
}

static void a_failed_write_is_an_error(void **state)
{
        for (size_t o = 0; o < ARRAY_SIZE(overwriters); o++) {
                fill(0xff);
                medium.bad_from = CHUNK;
                medium.error = ENOSPC;
                assert_int_equal(overwriters[o](path, 0, FILE_SIZE, NULL), -ENOSPC);
                assert_contents(0, CHUNK, 0, 0xff);
                medium.bad_from = NONE;
                assert_int_equal(overwriters[o]("/nonexistent", 0, 1, NULL), -ENOENT);
        }
}

static void interrupted_and_short_writes_leave_no_gap(void **state)
{
        fill(0xff);
        medium.interruptions = 3;
        medium.at_most = 64 * PAGE;
        assert_int_equal(blockdev_overwrite(path, PAGE, CHUNK + PAGE, NULL), 0);
        assert_contents(PAGE, CHUNK + PAGE, 0, 0xff);
}

/* -- the meter -- */

static struct {
        uint64_t done, total;
        unsigned calls;
} seen;

static void advance(void *context, uint64_t done, uint64_t total)
{
        assert_ptr_equal(context, &seen);
        assert_true(done > seen.done && done <= total);
        seen.done = done;
        seen.total = total;
        seen.calls++;
}

static void the_meter_counts_to_the_end(void **state)
{
        const struct meter meter = { .advance = advance, .context = &seen };
        uint64_t at;

        for (size_t o = 0; o < ARRAY_SIZE(overwriters); o++) {
                memset(&seen, 0, sizeof(seen));
                assert_int_equal(overwriters[o](path, CHUNK, CHUNK + PAGE, &meter), 0);
                assert_int_equal(seen.done, CHUNK + PAGE);
                assert_int_equal(seen.total, CHUNK + PAGE);
                assert_int_equal(seen.calls, 2);
        }
        memset(&seen, 0, sizeof(seen));
        assert_int_equal(blockdev_verify_zero(path, CHUNK, CHUNK + PAGE, &meter, &at), 0);
        assert_int_equal(seen.done, CHUNK + PAGE);
        assert_int_equal(seen.calls, 2);
}

static void what_is_no_block_device_has_no_size_and_cannot_discard(void **state)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        bool read_only = true;
        uint64_t size = 4711;

        assert_int_equal(blockdev_size(fd, &size), -ENOTTY);
        assert_int_equal(size, 4711);
        assert_int_equal(blockdev_is_read_only(path, &read_only), -ENOTTY);
        assert_true(read_only);
        assert_true(blockdev_discard(path, 0, PAGE) < 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(zeros_are_zeros, set_up),
                cmocka_unit_test_setup(a_single_byte_is_found_wherever_it_is, set_up),
                cmocka_unit_test_setup(the_first_of_several_is_told, set_up),
                cmocka_unit_test_setup(only_the_range_is_looked_at, set_up),
                cmocka_unit_test_setup(the_page_cache_is_not_asked, set_up),
                cmocka_unit_test_setup(an_unreadable_range_is_an_error, set_up),
                cmocka_unit_test_setup(interrupted_and_short_reads_leave_no_gap, set_up),
                cmocka_unit_test_setup(exactly_the_range_is_overwritten, set_up),
                cmocka_unit_test_setup(what_was_overwritten_was_flushed, set_up),
                cmocka_unit_test_setup(a_failed_write_is_an_error, set_up),
                cmocka_unit_test_setup(interrupted_and_short_writes_leave_no_gap, set_up),
                cmocka_unit_test_setup(the_meter_counts_to_the_end, set_up),
                cmocka_unit_test_setup(what_is_no_block_device_has_no_size_and_cannot_discard, set_up),
        };

        return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
