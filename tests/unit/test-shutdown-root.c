/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the initrd leaves for the end of the system: which mounts systemd is told to let alone, and where the program stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

#include "initrd/shutdown-root.h"
#include "linux/base/file.h"
#include "tests/unit/scratch.h"

static char directory[SCRATCH_PATH_MAX];

static int set_up(void **state)
{
        scratch_make(directory, NULL);
        return 0;
}

static int tear_down(void **state)
{
        scratch_remove(directory);
        return 0;
}

static void what_is_mounted_below_the_root_from_a_device_is_the_initrds(void **state)
{
        static const char mounts[] = "21 1 254:0 / /sysroot ro - squashfs /dev/mapper/root ro\n"
                                     "22 21 254:1 / /sysroot/etc rw,noexec shared:1 - ext4 /dev/mapper/config rw\n"
                                     "23 21 0:20 / /sysroot/tmp rw - tmpfs tmpfs rw\n"
                                     "24 21 254:2 / /sysroot/var/my\\040data rw master:1 shared:2 - ext4 /dev/vda3 rw\n"
                                     "25 21 0:30 /@log /sysroot/var/log rw - btrfs /dev/mapper/state rw,subvol=/@log\n"
                                     "26 21 254:3 / /sysroots/var rw - ext4 /dev/vda1 rw\n"
                                     "27 21 254:4 / /sysroot/srv rw\n"
                                     "nonsense";
        char table[SCRATCH_PATH_MAX + 8], *text;
        (void)snprintf(table, sizeof(table), "%s/utab", directory);
        assert_int_equal(shutdown_root_mark_mounts(mounts, "/sysroot", table), 0);
        assert_int_equal(file_read(AT_FDCWD, table, 4096, &text, NULL), 0);
        assert_string_equal(text, "SRC=/dev/mapper/config TARGET=/etc ROOT=/ OPTS=x-initrd.mount\n"
                                  "SRC=/dev/vda3 TARGET=/var/my\\040data ROOT=/ OPTS=x-initrd.mount\n"
                                  "SRC=/dev/mapper/state TARGET=/var/log ROOT=/@log OPTS=x-initrd.mount\n");
        free(text);
}

static void a_name_that_is_too_long_is_left_out_and_not_cut(void **state)
{
        char mounts[1024] = "21 1 254:0 / /sysroot/", table[SCRATCH_PATH_MAX + 8], *text;
        memset(mounts + strlen(mounts), 'x', 400);
        (void)strcat(mounts, " rw - ext4 /dev/vda1 rw\n22 1 254:1 / /sysroot/var rw - ext4 /dev/vda2 rw\n");
        (void)snprintf(table, sizeof(table), "%s/utab", directory);
        assert_int_equal(shutdown_root_mark_mounts(mounts, "/sysroot", table), 0);
        assert_int_equal(file_read(AT_FDCWD, table, 4096, &text, NULL), 0);
        assert_string_equal(text, "SRC=/dev/vda2 TARGET=/var ROOT=/ OPTS=x-initrd.mount\n");
        free(text);
        assert_int_equal(shutdown_root_mark_mounts(mounts, "/sysroot", "/no/such/directory/utab"), -ENOENT);
}

static void the_program_stands_where_it_runs_and_nobody_writes(void **state)
{
        char target[SCRATCH_PATH_MAX + 16], path[SCRATCH_PATH_MAX + 32];
        struct stat status;
        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0) {
                printf("SKIPPED: test-shutdown-root wants root, for a mount\n");
                return;
        }
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        (void)snprintf(target, sizeof(target), "%s/initramfs", directory);
        assert_int_equal(shutdown_root_make("/no/such/program", target), -ENOENT);
        assert_int_equal(shutdown_root_make("/bin/true", target), 0);
        (void)snprintf(path, sizeof(path), "%s/shutdown", target);
        assert_int_equal(access(path, X_OK), 0);
        (void)snprintf(path, sizeof(path), "%s/oldroot", target);
        assert_int_equal(stat(path, &status), 0);
        (void)snprintf(path, sizeof(path), "%s/more", target);
        assert_int_equal(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), -1);
        assert_int_equal(errno, EROFS);
        assert_int_equal(umount(target), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_is_mounted_below_the_root_from_a_device_is_the_initrds, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_name_that_is_too_long_is_left_out_and_not_cut, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_program_stands_where_it_runs_and_nobody_writes, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
