/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CopyFiles= leaves out: each rule of systemd-repart's, and where it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/rebuild/copy-excludes.h"

static struct policy policy;
static struct copy_excludes excludes;

static int set_up(void **state)
{
        policy_init(&policy);
        return 0;
}

static void define(const char *lines)
{
        static unsigned number;
        char text[2048], file[32];
        struct policy_error error;

        (void)snprintf(file, sizeof(file), "%02u-x.conf", number++ % 100);
        (void)snprintf(text, sizeof(text), "[Partition]\n%s", lines);
        if (policy_add_partition(&policy, file, text, strlen(text), &error) != ERR_OK)
                fail_msg("%s: %s", error.key, error.detail);
}

static bool left_out(size_t definition, const char *path)
{
        assert_true(copy_excludes_find(&policy, definition, 0, &excludes));
        return copy_excludes_has(&excludes, path);
}

static void excluded_paths_go_with_what_is_below_them(void **state)
{
        define("Type=var\nCopyFiles=/a:/\nExcludeFiles=/a/b /a/c/ /\n");
        assert_false(copy_excludes_find(&policy, 0, 0, &excludes)); /* "/": all there is */
        policy.partitions[0].exclude_count = 2;
        assert_true(left_out(0, "/a/b"));
        assert_true(left_out(0, "/a/b/x/y"));
        assert_false(left_out(0, "/a/bb"));
        assert_false(left_out(0, "/a"));
        assert_false(left_out(0, "/a/c"));
        assert_true(left_out(0, "/a/c/x"));
        assert_false(left_out(0, "/b"));
}

static void a_source_below_an_excluded_path_is_not_copied(void **state)
{
        define("Type=var\nCopyFiles=/a/b/c:/\nExcludeFiles=/a/b/\n");
        assert_false(copy_excludes_find(&policy, 0, 0, &excludes));
        define("Type=srv\nCopyFiles=/a/b:/\nExcludeFiles=/a/b\n");
        assert_false(copy_excludes_find(&policy, 1, 0, &excludes));
        define("Type=home\nCopyFiles=/a/bc:/\nExcludeFiles=/a/b\n");
        assert_true(copy_excludes_find(&policy, 2, 0, &excludes));
}

static void excluded_targets_are_paths_of_the_source(void **state)
{
        define("Type=var\nCopyFiles=/a:/t\nExcludeFilesTarget=/t/x /t/y/ /tt /other\n");
        assert_true(left_out(0, "/a/x"));
        assert_true(left_out(0, "/a/x/z"));
        assert_false(left_out(0, "/a/y"));
        assert_true(left_out(0, "/a/y/z"));
        assert_false(left_out(0, "/a/t"));
        assert_false(left_out(0, "/a/other"));
        define("Type=srv\nCopyFiles=/:/\nExcludeFilesTarget=/x\n");
        assert_true(left_out(1, "/x/y"));
        define("Type=home\nCopyFiles=/a:/t/u\nExcludeFilesTarget=/t\n");
        assert_false(copy_excludes_find(&policy, 2, 0, &excludes));
}

static void what_passes_is_left_out_of_the_image_s_root_alone(void **state)
{
        define("Type=var\nCopyFiles=/:/\n");
        assert_false(left_out(0, "/proc"));
        assert_true(left_out(0, "/proc/1"));
        assert_true(left_out(0, "/var/tmp/x"));
        assert_false(left_out(0, "/var/x"));
        assert_false(left_out(0, "/home/tmp/x"));
}

/* What is mounted over the root's directories would hide what is copied there. */
static void a_root_leaves_out_what_others_are_mounted_on(void **state)
{
        define("Type=root\nFormat=ext4\nCopyFiles=/a:/\n");
        define("Type=var\nFormat=ext4\n");
        define("Type=esp\n");
        define("Type=swap\n");
        define("Type=linux-generic\nFormat=ext4\nCopyFiles=/a:/\n");
        assert_false(left_out(0, "/a/var"));
        assert_true(left_out(0, "/a/var/x"));
        assert_true(left_out(0, "/a/boot/x"));
        assert_true(left_out(0, "/a/efi/x"));
        assert_true(left_out(0, "/a/dev/null"));
        assert_false(left_out(0, "/a/home/x"));
        assert_false(left_out(0, "/a/usr/x"));
        assert_false(left_out(4, "/a/var/x"));
        define("Type=usr\n");
        define("Type=root-verity\n");
        assert_true(left_out(0, "/a/usr/x"));
        (void)strcpy(policy.partitions[0].copies[0].target, "/sub");
        assert_false(left_out(0, "/a/usr/x"));
}

static void as_many_as_there_can_be_fit(void **state)
{
        char lines[2048] = "Type=root\nCopyFiles=/a:/\nFormat=ext4\n";

        for (unsigned i = 0; i < POLICY_EXCLUDES_MAX; i++) {
                const size_t at = strlen(lines);
                (void)snprintf(lines + at, sizeof(lines) - at, "ExcludeFiles=/%02u\nExcludeFilesTarget=/%02u\n", i, i);
        }
        define(lines);
        while (policy.partition_count < POLICY_PARTITIONS_MAX)
                define("Type=esp\n");
        assert_true(left_out(0, "/a/31"));
        assert_in_range(excludes.count, 100, COPY_EXCLUDES_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(excluded_paths_go_with_what_is_below_them, set_up),
                cmocka_unit_test_setup(a_source_below_an_excluded_path_is_not_copied, set_up),
                cmocka_unit_test_setup(excluded_targets_are_paths_of_the_source, set_up),
                cmocka_unit_test_setup(what_passes_is_left_out_of_the_image_s_root_alone, set_up),
                cmocka_unit_test_setup(a_root_leaves_out_what_others_are_mounted_on, set_up),
                cmocka_unit_test_setup(as_many_as_there_can_be_fit, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
