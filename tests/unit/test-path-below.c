/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths within a root directory: every link is followed inside of it, and by choice only those of its own file system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>

#include "linux/base/path-below.h"
#include "tests/unit/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef int find(int root_fd, const char *path, char *ret, size_t capacity);

static char directory[SCRATCH_PATH_MAX];
static int root_fd;

static int set_up(void **state)
{
        static const char *const links[][2] = { { "var/home", "home" },  { "/var/home", "absolute" },  { "../../../var", "out" },
                                                { "round", "round" },    { "nowhere/else", "broken" }, { "../home", "var/back" },
                                                { "/absolute", "twice" } };
        scratch_make(directory, NULL);
        root_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0 || mkdirat(root_fd, "var", 0755) < 0 || mkdirat(root_fd, "var/home", 0755) < 0)
                return -1;
        for (size_t i = 0; i < COUNT(links); i++)
                if (symlinkat(links[i][0], root_fd, links[i][1]) < 0)
                        return -1;
        return 0;
}

static int tear_down(void **state)
{
        (void)close(root_fd);
        scratch_remove(directory);
        return 0;
}

static void links_are_followed_within_the_root(void **state)
{
        static const struct {
                const char *path;
                int result;
                const char *found;
        } cases[] = {
                { "/", 0, "" },
                { "/var", 0, "var" },
                { "var//./home/", 0, "var/home" },
                { "/home", 0, "var/home" },
                { "/absolute", 0, "var/home" },
                { "/twice", 0, "var/home" },
                { "/out/home", 0, "var/home" },
                { "/var/back", 0, "var/home" },
                { "/../../var", 0, "var" },
                { "/round", -ELOOP, NULL },
                { "/broken/more", -ENOENT, "nowhere/else/more" },
                { "/home/new", -ENOENT, "var/home/new" },
        };
        static find *const finds[] = { path_below, path_below_own };
        for (size_t f = 0; f < COUNT(finds); f++)
                for (size_t i = 0; i < COUNT(cases); i++) {
                        char found[PATH_MAX];
                        assert_int_equal(finds[f](root_fd, cases[i].path, found, sizeof(found)), cases[i].result);
                        if (cases[i].found)
                                assert_string_equal(found, cases[i].found);
                }
}

static void what_has_no_room_is_an_error(void **state)
{
        char found[8];
        assert_int_equal(path_below(root_fd, "/home", found, sizeof(found)), -ENAMETOOLONG);
        assert_int_equal(path_below(root_fd, "/var", found, 4), 0);
        assert_int_equal(path_below(root_fd, "/var", found, 3), -ENAMETOOLONG);
        assert_int_equal(path_below(root_fd, "/", found, 0), -ENAMETOOLONG);
}

/* /proc is another file system than the root, and has a link. */
static void a_link_of_another_file_system_can_be_refused(void **state)
{
        char found[PATH_MAX], own[PATH_MAX];
        int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        (void)snprintf(own, sizeof(own), "proc/%ld", (long)getpid());
        assert_int_equal(path_below(fd, "/proc/self", found, sizeof(found)), 0);
        assert_string_equal(found, own);
        assert_int_equal(path_below_own(fd, "/proc/self", found, sizeof(found)), -EXDEV);
        assert_int_equal(path_below_own(fd, "/proc/self/status", found, sizeof(found)), -EXDEV);
        assert_int_equal(path_below_own(fd, own, found, sizeof(found)), 0); /* what is no link may be anywhere */
        assert_string_equal(found, own);
        (void)close(fd);
        assert_int_equal(path_below_own(-1, "/proc", found, sizeof(found)), -EBADF);
}

static void every_link_can_be_refused(void **state)
{
        char found[PATH_MAX];
        assert_int_equal(path_below(root_fd, "/home", found, sizeof(found)), 0);
        assert_int_equal(path_below_own(root_fd, "/home", found, sizeof(found)), 0);
        assert_int_equal(path_below_plain(root_fd, "/home", found, sizeof(found)), -EXDEV);
        assert_int_equal(path_below_plain(root_fd, "/home/new", found, sizeof(found)), -EXDEV);
        assert_int_equal(path_below_plain(root_fd, "/var/home", found, sizeof(found)), 0);
        assert_string_equal(found, "var/home");
        assert_int_equal(path_below_plain(root_fd, "/var/none/at/all", found, sizeof(found)), -ENOENT);
        assert_string_equal(found, "var/none/at/all");
        assert_int_equal(path_below_plain(root_fd, "/", found, sizeof(found)), 0);
        assert_string_equal(found, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(links_are_followed_within_the_root, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_has_no_room_is_an_error, set_up, tear_down),
                cmocka_unit_test(a_link_of_another_file_system_can_be_refused),
                cmocka_unit_test_setup_teardown(every_link_can_be_refused, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
