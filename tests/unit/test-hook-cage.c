/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cage of an image's hook, with this machine's own root in the image's place: what gets out, and what does not get in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "initrd/steps/hook-cage.h"

static char said[HOOK_OUTPUT_MAX];

static int run(const char *script, unsigned seconds)
{
        char *const arguments[] = { "/bin/sh", "-c", (char *)script, "hook", "after-rebuild", "reset=1", NULL };
        return hook_cage_run("/", arguments, seconds, said);
}

static void its_exit_status_and_the_first_thing_it_says_come_back(void **state)
{
        assert_int_equal(run("echo \"$1 $2\"; echo second line; exit 7", 20), 7);
        assert_string_equal(said, "after-rebuild reset=1");
        assert_int_equal(run("echo to the error output >&2", 20), 0);
        assert_string_equal(said, "to the error output");
        assert_int_equal(run("kill -9 $$", 20), 128 + 9);
        assert_string_equal(said, "");
}

static void more_output_than_is_kept_does_not_stop_it(void **state)
{
        assert_int_equal(run("head -c 300000 /dev/zero | tr '\\0' x; exit 3", 20), 3);
        assert_int_equal(strlen(said), HOOK_OUTPUT_MAX - 1);
}

static void what_cannot_be_run_is_an_error_and_no_exit_status(void **state)
{
        char *const arguments[] = { "/no/such/hook", NULL };
        assert_int_equal(hook_cage_run("/", arguments, 20, said), -ENOEXEC);
        assert_int_equal(hook_cage_run("/no/such/root", arguments, 20, said), -EPERM);
}

static void one_that_does_not_end_is_ended(void **state)
{
        assert_int_equal(run("sleep 1000", 1), HOOK_TIMED_OUT);
        assert_int_equal(run("exec >&- 2>&-; sleep 1000", 1), HOOK_TIMED_OUT);
}

/* How many processes of this machine are asleep for just this odd time. */
static int sleepers(void)
{
        FILE *pipe = popen("grep -lsz '^100027$' /proc/[0-9]*/cmdline | wc -l", "re");
        int count = -1;
        assert_non_null(pipe);
        assert_int_equal(fscanf(pipe, "%d", &count), 1);
        (void)pclose(pipe);
        return count;
}

/* The program has ended and its child holds its output no longer: nothing but the namespace's end would stop that. */
static void what_it_leaves_running_ends_with_it(void **state)
{
        assert_int_equal(run("sleep 100027 >/dev/null 2>&1 & sleep 0.1; grep -lsz '^100027$' /proc/[0-9]*/cmdline", 20), 0);
        assert_true(said[0]); /* it was there */
        assert_int_equal(sleepers(), 0);
        assert_int_equal(run("sleep 100027", 1), HOOK_TIMED_OUT);
        assert_int_equal(sleepers(), 0);
}

static void it_sees_no_process_but_its_own(void **state)
{
        assert_int_equal(run("set -- /proc/[0-9]*; echo $#", 20), 0);
        assert_string_equal(said, "2"); /* the first one, and this */
}

static void it_sees_three_devices_and_makes_none(void **state)
{
        assert_int_equal(run("echo $(ls /dev)", 20), 0);
        assert_string_equal(said, "null urandom zero");
        assert_true(run("mknod /dev/disk b 7 0", 20) != 0);
        assert_true(run("mknod /run/disk b 7 0", 20) != 0);
}

static void it_mounts_nothing_and_writes_nothing_to_the_kernel(void **state)
{
        assert_true(run("mount -t tmpfs none /mnt", 20) != 0);
        assert_true(run("umount /sys", 20) != 0);
        assert_true(run("echo x >/sys/kernel/uevent_helper", 20) != 0);
        /* for the right reason, and not because this machine would not let anybody */
        /* what is there already, so that a broken cage breaks nothing here */
        assert_true(run("exec 2>&1; now=$(cat /proc/sys/kernel/core_pattern); echo \"$now\" >/proc/sys/kernel/core_pattern",
                        20) != 0);
        assert_non_null(strstr(said, "Read-only"));
        assert_int_equal(run("for at in /proc /sys; do grep -q \"^[a-z]* $at [a-z]* ro,\" /proc/self/mounts || exit 1; done", 20),
                         0);
}

static void it_has_no_network(void **state)
{
        assert_int_equal(run("echo $(ls /sys/class/net)", 20), 0);
        assert_string_equal(said, "lo");
}

static void memory_that_it_writes_to_is_not_executed(void **state)
{
        assert_true(run("cp /bin/true /run/true && /run/true", 20) != 0);
        assert_true(run("cp /bin/true /tmp/true && /tmp/true", 20) != 0);
}

static void it_has_none_of_the_powers_that_are_not_over_files(void **state)
{
        assert_int_equal(run("sed -n 's/^CapEff:\\t0*//p' /proc/self/status", 20), 0);
        assert_string_equal(said, "db"); /* CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID */
}

static void nothing_of_its_mounts_is_left_behind(void **state)
{
        char before[4096] = "", after[4096] = "";
        for (int i = 0; i < 2; i++) {
                FILE *mounts = fopen("/proc/self/mounts", "re");
                assert_non_null(mounts);
                (void)!fread(i == 0 ? before : after, 1, sizeof(before) - 1, mounts);
                (void)fclose(mounts);
                assert_int_equal(run("true", 20), 0);
        }
        assert_string_equal(before, after);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(its_exit_status_and_the_first_thing_it_says_come_back),
                cmocka_unit_test(more_output_than_is_kept_does_not_stop_it),
                cmocka_unit_test(what_cannot_be_run_is_an_error_and_no_exit_status),
                cmocka_unit_test(one_that_does_not_end_is_ended),
                cmocka_unit_test(what_it_leaves_running_ends_with_it),
                cmocka_unit_test(it_sees_no_process_but_its_own),
                cmocka_unit_test(it_sees_three_devices_and_makes_none),
                cmocka_unit_test(it_mounts_nothing_and_writes_nothing_to_the_kernel),
                cmocka_unit_test(it_has_no_network),
                cmocka_unit_test(memory_that_it_writes_to_is_not_executed),
                cmocka_unit_test(it_has_none_of_the_powers_that_are_not_over_files),
                cmocka_unit_test(nothing_of_its_mounts_is_left_behind),
        };
        if (geteuid() != 0) {
                printf("SKIPPED: test-hook-cage wants root, for namespaces\n");
                return 0;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
