/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cage of an image's hook and of its mkfs, with this machine's own root in the image's place: what gets out, and what does
 * not get in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "initrd/steps/make-file-system.h"
#include "linux/base/command.h"
#include "linux/image/cage.h"
#include "linux/image/file-system-try.h"
#include "tests/unit/scratch.h"

#define DEVICE_MIB  16
#define GIB(number) ((uint64_t)(number) << 30)

static char said[CAGE_OUTPUT_MAX];
static char loop[64]; /* a block device of the test's own */

static int run_in(const struct cage *cage, const char *script)
{
        char *const arguments[] = { "/bin/sh", "-c", (char *)script, "hook", "after-rebuild", "reset=1", NULL };
        return cage_run(cage, arguments, said);
}

static int run(const char *script, unsigned seconds)
{
        const struct cage cage = { .root_path = "/", .timeout_s = seconds, .line = CAGE_FIRST_LINE };
        return run_in(&cage, script);
}

/* As a mkfs is run. */
static int run_on_device(const char *script)
{
        struct stat status;
        assert_int_equal(stat(loop, &status), 0);
        const struct cage cage = {
                .root_path = "/", .device = status.st_rdev, .variable = "COLOUR=blue", .line = CAGE_LAST_ERROR_LINE
        };
        return run_in(&cage, script);
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
        assert_int_equal(strlen(said), CAGE_OUTPUT_MAX - 1);
}

static void what_cannot_be_run_is_an_error_and_no_exit_status(void **state)
{
        char *const arguments[] = { "/no/such/hook", NULL };
        const struct cage here = { .root_path = "/", .timeout_s = 20 },
                          nowhere = { .root_path = "/no/such/root", .timeout_s = 20 };
        assert_int_equal(cage_run(&here, arguments, said), -ENOEXEC);
        assert_int_equal(cage_run(&nowhere, arguments, said), -EPERM);
}

static void one_that_does_not_end_is_ended(void **state)
{
        assert_int_equal(run("sleep 1000", 1), CAGE_TIMED_OUT);
        assert_int_equal(run("exec >&- 2>&-; sleep 1000", 1), CAGE_TIMED_OUT);
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
        assert_int_equal(run("sleep 100027", 1), CAGE_TIMED_OUT);
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

static void what_it_says_cannot_steer_a_terminal(void **state)
{
        assert_int_equal(run("printf 'red\\033[31m \\377'", 20), 0);
        assert_string_equal(said, "red?[31m ?");
}

static void of_the_other_kind_the_last_complaint_is_kept(void **state)
{
        const struct cage cage = { .root_path = "/", .line = CAGE_LAST_ERROR_LINE };
        assert_int_equal(run_in(&cage, "echo first >&2; echo it is this >&2; echo output; exit 5"), 5);
        assert_string_equal(said, "it is this");
        assert_int_equal(run_in(&cage, "head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2; printf 'at last\\n\\n' >&2"), 0);
        assert_string_equal(said, "at last");
        assert_int_equal(run_in(&cage, "head -c 1000 /dev/zero | tr '\\0' x >&2; printf end >&2"), 0);
        assert_int_equal(strlen(said), CAGE_OUTPUT_MAX - 1);
        assert_string_equal(said + CAGE_OUTPUT_MAX - 1 - 4, "xend");
        assert_int_equal(run_in(&cage, "echo output"), 0);
        assert_string_equal(said, "");
}

static bool attach(const char *file)
{
        const char *const command[] = { "losetup", "--find", "--show", file, NULL };
        bool done = command_run(command, loop, sizeof(loop)) == 0;
        loop[strcspn(loop, "\n")] = 0;
        return done;
}

static void detach(void)
{
        const char *const command[] = { "losetup", "--detach", loop, NULL };
        (void)command_run(command, NULL, 0);
}

static void it_sees_the_one_device_it_is_given(void **state)
{
        assert_int_equal(run_on_device("echo $(ls /dev) $COLOUR >&2"), 0);
        assert_string_equal(said, "null target urandom zero blue");
        assert_int_equal(run_on_device("printf MARK >" CAGE_DEVICE), 0);
        char found[4];
        int fd = open(loop, O_RDONLY | O_CLOEXEC);
        assert_int_equal(read(fd, found, sizeof(found)), sizeof(found));
        assert_int_equal(close(fd), 0);
        assert_memory_equal(found, "MARK", sizeof(found));
}

static void with_a_device_it_has_no_more_powers(void **state)
{
        assert_int_equal(run_on_device("sed -n 's/^CapEff:\\t0*//p' /proc/self/status >&2"), 0);
        assert_string_equal(said, "db");
        assert_true(run_on_device("mknod /dev/disk b 7 0") != 0);
        assert_true(run_on_device("mount " CAGE_DEVICE " /mnt") != 0);
        assert_true(run_on_device("blockdev --setro " CAGE_DEVICE) != 0);
}

/* mkfs.xfs does, and gives up where it cannot. */
static void it_may_believe_that_it_commands_the_devices_cache(void **state)
{
        assert_int_equal(run_on_device("blockdev --setbsz 512 " CAGE_DEVICE), 0);
        assert_int_equal(run_on_device("blockdev --flushbufs " CAGE_DEVICE), 0);
        assert_string_equal(said, "");
}

static void this_machines_own_makers_do_their_work(void **state)
{
        static const char *const formats[] = { "ext4", "vfat", "swap" };
        for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
                assert_int_equal(make_file_system("/", formats[i], loop, "LABEL", 60, said), 0);
                const char *const ask[] = { "blkid", "-p", "-o", "value", "-s", "TYPE", loop, NULL };
                char type[32] = "";
                assert_int_equal(command_run(ask, type, sizeof(type)), 0);
                assert_memory_equal(type, formats[i], strlen(formats[i]));
        }
}

/* As a reset tries it before it erases anything. */
static int try_to_make(const char *format, const char *label, uint64_t size_bytes)
{
        const struct file_system_trial trial = {
                .root_path = "/", .is_bare = true, .format = format, .label = label, .size_bytes = size_bytes
        };
        return file_system_try(&trial, said);
}

static void it_has_a_file_of_the_size_of_a_disk_that_takes_no_memory(void **state)
{
        const struct cage cage = { .root_path = "/", .file_bytes = GIB(4096), .line = CAGE_FIRST_LINE, .timeout_s = 20 };
        assert_int_equal(run_in(&cage, "stat --format '%s %b' " CAGE_DEVICE), 0);
        assert_string_equal(said, "4398046511104 0");
        assert_int_equal(run_in(&cage, "echo $(ls /dev)"), 0);
        assert_string_equal(said, "null target urandom zero");
        assert_int_equal(run_in(&cage, "dd if=/dev/zero of=" CAGE_DEVICE " bs=1M conv=notrunc 2>/dev/null"), CAGE_FILE_FULL);
}

/* Only what the file's memory was too small for: any other failure is the program's own. */
static void a_failure_with_memory_left_is_the_programs_own(void **state)
{
        const struct cage cage = { .root_path = "/", .file_bytes = GIB(1), .line = CAGE_FIRST_LINE, .timeout_s = 20 };
        assert_int_equal(run_in(&cage, "exit 7"), 7);
        assert_int_equal(run_in(&cage, "dd if=/dev/zero of=" CAGE_DEVICE " bs=1M 2>/dev/null; exit 0"), 0);
}

static void without_what_is_mounted_over_the_root_it_sees_none_of_it(void **state)
{
        const struct cage cage = { .root_path = "/", .is_bare = true, .line = CAGE_FIRST_LINE, .timeout_s = 20 };
        assert_int_equal(run_in(&cage, "grep -c . /proc/self/mounts"), 0);
        assert_string_equal(said, "6"); /* the root, and the cage's own five */
}

static void a_maker_is_tried_with_its_size_and_its_label(void **state)
{
        assert_int_equal(try_to_make("ext4", "state", GIB(4)), 0);
        assert_int_equal(try_to_make("ext4", "state", GIB(1024)), 0);
        assert_int_equal(try_to_make("vfat", "ESP", 64 << 20), 0);
        assert_int_equal(try_to_make("swap", "swap", 64 << 20), 0);
        assert_int_equal(try_to_make("vfat", "a label that vfat has no room for", 64 << 20), 0);
        assert_true(try_to_make("ext4", "state", 4096) > 0); /* too small for one */
        assert_int_equal(try_to_make("none", "state", GIB(1)), -ENOEXEC);
}

/* An image of its own, whose mkfs.hang never ends. */
static void make_hanging_image(const char *directory)
{
        static const char recipe[] =
                "cd \"$0\" && mkdir -p dev proc run sys tmp usr/sbin usr/bin && "
                "for p in /bin/sh /bin/sleep; do cp -L $p usr/bin/ || exit 1; "
                "for l in $(ldd $p | grep -o '/lib[^ )]*'); do mkdir -p .${l%/*} && cp -L $l .$l || exit 1; done; done && "
                "printf '#!/usr/bin/sh\\nsleep 100027\\n' >usr/sbin/mkfs.hang && chmod 755 usr/sbin/mkfs.hang";
        const char *const command[] = { "sh", "-c", recipe, directory, NULL };
        assert_int_equal(command_run(command, NULL, 0), 0);
}

/* Before the erasure it costs the seconds of a trial; behind it the attempt, which is made again. */
static void a_maker_that_does_not_end_is_ended(void **state)
{
        char directory[SCRATCH_PATH_MAX];
        scratch_make(directory, NULL);
        make_hanging_image(directory);
        const struct file_system_trial trial = {
                .root_path = directory, .format = "hang", .label = "L", .size_bytes = GIB(1), .timeout_s = 1
        };
        assert_int_equal(file_system_try(&trial, said), -ETIME);
        assert_int_equal(make_file_system(directory, "hang", loop, "LABEL", 1, said), -ETIME);
        assert_int_equal(sleepers(), 0);
        scratch_remove(directory);
}

static void a_maker_has_time_by_the_size_of_the_volume(void **state)
{
        assert_int_equal(make_file_system_seconds(64 << 20), 600);
        assert_int_equal(make_file_system_seconds(GIB(1024)), 1624);
        assert_int_equal(make_file_system_seconds(UINT64_MAX), 60600); /* no disk is as large */
}

/* Each gives up over a label that is longer than its own. */
static void a_label_is_what_the_file_system_takes(void **state)
{
        static const char *const formats[] = { "ext4", "vfat", "swap" };
        static const char *const labels[] = { "a/label that is", "A_LABEL THA", "a/label that is" };
        for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
                const char *const ask[] = { "blkid", "-p", "-o", "value", "-s", "LABEL", loop, NULL };
                char label[64] = "";
                assert_int_equal(make_file_system("/", formats[i], loop, "a/label that is too long", 60, said), 0);
                assert_int_equal(command_run(ask, label, sizeof(label)), 0);
                assert_memory_equal(label, labels[i], strlen(labels[i]));
        }
}

static void a_makers_own_words_come_back(void **state)
{
        assert_int_equal(make_file_system("/", "btrfs", loop, "LABEL", 60, said), 1);
        assert_non_null(strstr(said, "minimum size for each btrfs device"));
        assert_int_equal(make_file_system("/", "none", loop, "LABEL", 60, said), -ENOEXEC);
        assert_string_equal(said, "");
        assert_int_equal(make_file_system("/", "ext4", "/dev/null", "LABEL", 60, said), -ENOTBLK);
}

static int run_with_device(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_sees_the_one_device_it_is_given),
                cmocka_unit_test(with_a_device_it_has_no_more_powers),
                cmocka_unit_test(it_may_believe_that_it_commands_the_devices_cache),
                cmocka_unit_test(this_machines_own_makers_do_their_work),
                cmocka_unit_test(a_maker_that_does_not_end_is_ended),
                cmocka_unit_test(a_maker_has_time_by_the_size_of_the_volume),
                cmocka_unit_test(a_label_is_what_the_file_system_takes),
                cmocka_unit_test(a_makers_own_words_come_back),
        };
        char directory[SCRATCH_PATH_MAX], file[SCRATCH_PATH_MAX + 16];
        int failed = 0;
        scratch_make(directory, NULL);
        (void)snprintf(file, sizeof(file), "%s/device", directory);
        int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0 && ftruncate(fd, DEVICE_MIB << 20) == 0 && close(fd) == 0 && attach(file)) {
                failed = cmocka_run_group_tests(tests, NULL, NULL);
                detach();
        } else {
                printf("SKIPPED: test-cage wants a loop device, for what a mkfs is given\n");
        }
        scratch_remove(directory);
        return failed;
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
                cmocka_unit_test(what_it_says_cannot_steer_a_terminal),
                cmocka_unit_test(of_the_other_kind_the_last_complaint_is_kept),
                cmocka_unit_test(it_has_a_file_of_the_size_of_a_disk_that_takes_no_memory),
                cmocka_unit_test(a_failure_with_memory_left_is_the_programs_own),
                cmocka_unit_test(without_what_is_mounted_over_the_root_it_sees_none_of_it),
                cmocka_unit_test(a_maker_is_tried_with_its_size_and_its_label),
        };
        if (geteuid() != 0) {
                printf("SKIPPED: test-cage wants root, for namespaces\n");
                return 0;
        }
        int failed = cmocka_run_group_tests(tests, NULL, NULL);
        return failed + run_with_device();
}
