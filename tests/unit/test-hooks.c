/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks in a directory that stands for the image: which are run, with what, in what order, and what their word counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/base/command.h"
#include "linux/base/file.h"
#include "reset-tool/hooks.h"
#include "tests/unit/scratch.h"

static struct environment environment;
static char directory[SCRATCH_PATH_MAX];
static int top = -1, hooks = -1;

static bool executes(const char *place)
{
        char path[SCRATCH_PATH_MAX + 16];
        (void)snprintf(path, sizeof(path), "%s/probe", place);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        if (fd < 0 || write(fd, "#!/bin/sh\n", 10) != 10 || close(fd) < 0)
                return false;
        const char *const argv[] = { path, NULL };
        bool ran = command_run(argv, NULL, 0) == 0;
        (void)unlink(path);
        return ran;
}

static int set_up(void **state)
{
        scratch_make(directory, executes);
        environment = (struct environment){ .root_path = directory, .command = command_run };
        top = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(make_directories(top, IMAGE_HOOKS_DIRECTORY, 0755), 0);
        hooks = openat(top, IMAGE_HOOKS_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return 0;
}

static int tear_down(void **state)
{
        (void)close(hooks);
        (void)close(top);
        scratch_remove(directory);
        return 0;
}

/* `line` runs in the scratch directory. */
static void put(const char *name, const char *line, mode_t mode)
{
        char text[SCRATCH_PATH_MAX + 256];
        (void)snprintf(text, sizeof(text), "#!/bin/sh\ncd %s\n%s\n", directory, line);
        scratch_text(hooks, name, text);
        assert_int_equal(fchmodat(hooks, name, mode, 0), 0);
}

static void assert_log(const char *expected)
{
        char *text;
        size_t size;
        assert_int_equal(file_read(top, "log", 4096, &text, &size), 0);
        assert_string_equal(text, expected);
        free(text);
}

static bool allow(struct explanation *why)
{
        static const struct reset_options options = { .level = ERASE_LEVEL_PURGE,
                                                      .requester = "alice (sudo)",
                                                      .reason = "sold; $(touch injected)" };
        return hooks_allow(&environment, &options, why);
}

static void each_is_run_in_order_with_event_and_facts(void **state)
{
        struct explanation why = { "" };
        put("20-second", "echo second >>log", 0755);
        put("10-first", "printf '%s|' \"$@\" >>log; echo >>log", 0755);
        assert_true(allow(&why));
        assert_string_equal(why.text, "");
        assert_log("before-request|level=purge|requester=alice (sudo)|reason=sold; $(touch injected)|\nsecond\n");
        assert_int_equal(faccessat(top, "injected", F_OK, 0), -1);
}

static void the_first_that_says_no_ends_it(void **state)
{
        struct explanation why = { "" };
        put("10-first", "echo 'a transaction is under way'; echo more; exit 3", 0755);
        put("20-second", "echo second >>log", 0755);
        assert_false(allow(&why));
        assert_string_equal(why.text, "The image's hook 10-first says no: a transaction is under way (exit status 3).");
        assert_int_equal(faccessat(top, "log", F_OK, 0), -1);
}

static void what_is_no_program_of_the_image_is_not_run(void **state)
{
        struct explanation why = { "" };
        put("10-not-executable", "echo 1 >>log", 0644);
        put(".20-hidden", "echo 2 >>log", 0755);
        assert_int_equal(make_directories(hooks, "30-directory", 0755), 0);
        scratch_text(top, "elsewhere", "#!/bin/sh\nexit 1\n");
        assert_int_equal(fchmodat(top, "elsewhere", 0755, 0), 0);
        assert_int_equal(symlinkat("../../../../elsewhere", hooks, "40-link"), 0);
        put("50-real", "echo 5 >>log", 0755);
        assert_true(allow(&why));
        assert_log("5\n");
}

static void without_hooks_everything_is_allowed(void **state)
{
        struct explanation why = { "" };
        assert_true(allow(&why)); /* the directory is empty */
        assert_int_equal(unlinkat(top, IMAGE_HOOKS_DIRECTORY, AT_REMOVEDIR), 0);
        assert_true(allow(&why));
        assert_string_equal(why.text, "");
}

/* The running system's own root here is no verified image. */
static void a_root_that_is_not_verified_has_no_hooks(void **state)
{
        struct explanation why = { "" };
        environment.root_path = NULL;
        assert_true(allow(&why));
}

static int never_ends(const char *const argv[], char *output, size_t capacity)
{
        assert_string_equal(argv[0], "timeout");
        return 124;
}

static void one_that_does_not_end_says_no(void **state)
{
        struct explanation why = { "" };
        put("10-first", "sleep 1000", 0755);
        environment.command = never_ends;
        assert_false(allow(&why));
        assert_string_equal(why.text, "The image's hook 10-first did not end within 60 s.");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(each_is_run_in_order_with_event_and_facts),  TEST(the_first_that_says_no_ends_it),
                TEST(what_is_no_program_of_the_image_is_not_run), TEST(without_hooks_everything_is_allowed),
                TEST(a_root_that_is_not_verified_has_no_hooks),   TEST(one_that_does_not_end_says_no),
        };
        return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
