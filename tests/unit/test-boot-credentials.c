/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Credentials of the EFI system partition reach the running system where systemd looks for them, unread and within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "initrd/boot-credentials.h"
#include "linux/base/file.h"
#include "tests/unit/scratch.h"

static struct {
        char directory[SCRATCH_PATH_MAX];
        int fd, extra, run;
} world;

static int set_up(void **state)
{
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(world.fd >= 0);
        assert_int_equal(make_directories(world.fd, "extra/credentials", 0755), 0);
        assert_int_equal(make_directories(world.fd, "extra/global_credentials", 0755), 0);
        assert_int_equal(make_directories(world.fd, "run", 0755), 0);
        world.extra = openat(world.fd, "extra", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        world.run = openat(world.fd, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(world.extra >= 0 && world.run >= 0);
        return 0;
}

static int tear_down(void **state)
{
        (void)close(world.run);
        (void)close(world.extra);
        (void)close(world.fd);
        scratch_remove(world.directory);
        return 0;
}

static void assert_content(const char *path, const char *expected)
{
        char *data = NULL;
        size_t size = 0;

        assert_int_equal(file_read(world.run, path, 4096, &data, &size), 0);
        assert_string_equal(data, expected);
        free(data);
}

static bool is_there(const char *path)
{
        return faccessat(world.run, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static unsigned mode_of(const char *path)
{
        struct stat status;

        assert_int_equal(fstatat(world.run, path, &status, AT_SYMLINK_NOFOLLOW), 0);
        return status.st_mode & 07777;
}

static void both_places_are_passed_on_and_the_images_own_counts(void **state)
{
        struct boot_credentials outcome;

        scratch_text(world.extra, "credentials/a.cred", "of the image");
        scratch_text(world.extra, "credentials/notes.txt", "no credential");
        scratch_text(world.extra, "global_credentials/a.cred", "of the machine");
        scratch_text(world.extra, "global_credentials/b.c.cred", "of the machine, too");
        assert_int_equal(boot_credentials_pass_on(world.extra, world.run, &outcome), 0);
        assert_int_equal(outcome.passed_on, 2);
        assert_int_equal(outcome.left_out, 0);
        assert_content("credentials/@encrypted/a", "of the image");
        assert_content("credentials/@encrypted/b.c", "of the machine, too");
        assert_content("credstore.encrypted/a", "of the image"); /* where systemd searches */
        assert_false(is_there("credentials/@encrypted/notes.txt"));
        assert_false(is_there("credentials/@encrypted/notes"));
        assert_int_equal(mode_of("credentials"), 0755);
        assert_int_equal(mode_of("credentials/@encrypted"), 0700);
        assert_int_equal(mode_of("credentials/@encrypted/a"), 0400);
}

static void boot_without_any_leaves_nothing(void **state)
{
        struct boot_credentials outcome;

        assert_int_equal(unlinkat(world.extra, "credentials", AT_REMOVEDIR), 0);
        assert_int_equal(unlinkat(world.extra, "global_credentials", AT_REMOVEDIR), 0);
        assert_int_equal(boot_credentials_pass_on(world.extra, world.run, &outcome), 0);
        assert_false(is_there("credentials"));
        assert_false(is_there("credstore.encrypted"));
}

static void names_that_systemd_takes_for_none_are_left_out(void **state)
{
        static const char *const names[] = { "credentials/..cred", "credentials/a:b.cred", "credentials/a\x01.cred" };
        struct boot_credentials outcome;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                scratch_text(world.extra, names[i], "x");
        scratch_text(world.extra, "credentials/.cred", "x"); /* no name at all */
        assert_int_equal(symlinkat("notes", world.extra, "credentials/link.cred"), 0);
        assert_int_equal(boot_credentials_pass_on(world.extra, world.run, &outcome), 0);
        assert_int_equal(outcome.passed_on, 0);
        assert_int_equal(outcome.left_out, 4);
}

static void more_than_systemd_takes_is_left_out(void **state)
{
        static char large[BOOT_CREDENTIALS_SIZE_MAX + 1];
        struct boot_credentials outcome;

        memset(large, 'x', sizeof(large));
        scratch_write(world.extra, "credentials/a.cred", large, sizeof(large));
        scratch_write(world.extra, "credentials/b.cred", large, sizeof(large) - 2);
        scratch_write(world.extra, "credentials/c.cred", large, 1);
        scratch_write(world.extra, "credentials/d.cred", large, 1);
        assert_int_equal(boot_credentials_pass_on(world.extra, world.run, &outcome), 0);
        assert_int_equal(outcome.passed_on, 2);
        assert_int_equal(outcome.left_out, 2);
        assert_true(is_there("credentials/@encrypted/b") && is_there("credentials/@encrypted/c"));
        assert_false(is_there("credentials/@encrypted/a") || is_there("credentials/@encrypted/d"));
}

static void place_that_cannot_be_made_is_told(void **state)
{
        struct boot_credentials outcome;

        scratch_text(world.extra, "credentials/a.cred", "x");
        scratch_text(world.run, "credentials", "a file where the directory belongs");
        assert_int_equal(boot_credentials_pass_on(world.extra, world.run, &outcome), -ENOTDIR);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(both_places_are_passed_on_and_the_images_own_counts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(boot_without_any_leaves_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(names_that_systemd_takes_for_none_are_left_out, set_up, tear_down),
                cmocka_unit_test_setup_teardown(more_than_systemd_takes_is_left_out, set_up, tear_down),
                cmocka_unit_test_setup_teardown(place_that_cannot_be_made_is_told, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
