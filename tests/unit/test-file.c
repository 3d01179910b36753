/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files: only regular ones are read, none without a bound, and none is written into that somebody else has put there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "tests/unit/scratch.h"

static struct {
        char directory[SCRATCH_PATH_MAX];
        int fd;
} world;

static int set_up(void **state)
{
        (void)alarm(60); /* a hang is a failure */
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return world.fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
        (void)close(world.fd);
        scratch_remove(world.directory);
        (void)alarm(0);
        return 0;
}

static int read_here(const char *path, size_t max)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        return file_read(world.fd, path, max, &text, &size);
}

static void make_socket(const char *name)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", world.directory, name);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void only_regular_files_are_read(void **state)
{
        static const struct {
                const char *path;
                int error;
        } cases[] = {
                { "file", 0 },
                { "link", 0 },
                { "fifo", -EBADFD },
                { "link-to-fifo", -EBADFD },
                { "directory", -EISDIR },
                { "/dev/zero", -EBADFD },
                { "socket", -ENXIO },
                { "nothing", -ENOENT },
                { "dangling", -ENOENT },
        };
        scratch_text(world.fd, "file", "content");
        assert_int_equal(symlinkat("file", world.fd, "link"), 0);
        assert_int_equal(mkfifoat(world.fd, "fifo", 0600), 0);
        assert_int_equal(symlinkat("fifo", world.fd, "link-to-fifo"), 0);
        assert_int_equal(symlinkat("nothing", world.fd, "dangling"), 0);
        assert_int_equal(mkdirat(world.fd, "directory", 0700), 0);
        make_socket("socket");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(read_here(cases[i].path, 4096), cases[i].error);
        assert_int_equal(file_open_regular(world.fd, "link", O_NOFOLLOW), -ELOOP);
        assert_string_equal(file_read_error_text(-EBADFD), "it is not a regular file");
        assert_string_equal(file_read_error_text(-EISDIR), strerror(EISDIR));
}

static void what_is_over_the_bound_is_not_read(void **state)
{
        _cleanup_close_ int fd = openat(world.fd, "huge", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0); /* sparse */
        assert_int_equal(read_here("huge", 65536), -E2BIG);
        scratch_text(world.fd, "file", "content");
        assert_int_equal(read_here("file", 7), 0);
        assert_int_equal(read_here("file", 6), -E2BIG);
}

/* Where somebody else may write, too: the temporary file's name is known. */
static void a_planted_temporary_file_is_not_written_into(void **state)
{
        struct stat before, after;
        _cleanup_free_ char *text = NULL;
        size_t size;
        scratch_text(world.fd, "elsewhere", "untouched");
        for (int i = 0; i < 3; i++) {
                if (i == 0)
                        assert_int_equal(symlinkat("elsewhere", world.fd, "record.new"), 0);
                else if (i == 1)
                        assert_int_equal(mkfifoat(world.fd, "record.new", 0666), 0);
                else
                        assert_int_equal(linkat(world.fd, "elsewhere", world.fd, "record.new", 0), 0);
                assert_int_equal(file_replace(world.fd, "record", "new", 3, 0644), 0);
                assert_int_equal(fstatat(world.fd, "record.new", &before, AT_SYMLINK_NOFOLLOW), -1);
                assert_int_equal(fstatat(world.fd, "elsewhere", &before, AT_SYMLINK_NOFOLLOW), 0);
                assert_int_equal(fstatat(world.fd, "record", &after, AT_SYMLINK_NOFOLLOW), 0);
                assert_true(S_ISREG(after.st_mode) && after.st_ino != before.st_ino);
        }
        assert_int_equal(file_read(world.fd, "elsewhere", 64, &text, &size), 0);
        assert_string_equal(text, "untouched");
        assert_int_equal(mkdirat(world.fd, "record.new", 0700), 0); /* what cannot be removed is an error, no loop */
        assert_int_equal(file_replace(world.fd, "record", "newer", 5, 0644), -EEXIST);
        free(text);
        assert_int_equal(file_read(world.fd, "record", 64, &text, &size), 0);
        assert_string_equal(text, "new");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(only_regular_files_are_read),
                TEST(what_is_over_the_bound_is_not_read),
                TEST(a_planted_temporary_file_is_not_written_into),
        };
        return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
