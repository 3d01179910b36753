/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one boot leaves for the next to tell: that the system's init was started, the kernel's last words, our own lines in its
 * log; and the handing over to another initrd, which finds the machine as a kernel leaves it. Kernel and firmware are fakes or
 * directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "initrd/early.h"
#include "initrd/foreign-initrd.h"
#include "initrd/kernel-log.h"
#include "initrd/last-boot.h"
#include "linux/base/modules.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct boot_context context;
        char directory[SCRATCH_PATH_MAX];
        int fd, kernel[2]; /* [0]: what /dev/kmsg gives */
        int mount_errno, unmount_errno, mkdir_errno;
        const char *self; /* /proc/self/exe */
        bool init_is_there;
        char happened[512];
} world;

static int note(const char *what, const char *on, int error)
{
        const size_t at = strlen(world.happened);
        (void)snprintf(world.happened + at, sizeof(world.happened) - at, "%s %s\n", what, on);
        errno = error;
        return error ? -1 : 0;
}

int __wrap_modules_load(struct kmod_ctx *modules, const char *name)
{
        return note("load", name, 0);
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
{
        return note(flags & MS_RDONLY ? "look at" : source, target, world.mount_errno);
}

int __wrap_umount2(const char *target, int flags)
{
        return note(flags & MNT_DETACH ? "leave" : "unmount", target, world.unmount_errno);
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
        if (strcmp(path, FOREIGN_INITRD_RUN_PATH) != 0)
                return __real_mkdir(path, mode);
        errno = world.mkdir_errno;
        return world.mkdir_errno ? -1 : 0;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
        return __real_opendir(strcmp(path, "/sys/fs/pstore") == 0 ? world.directory : path);
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
        if (strcmp(path, "/dev/kmsg") != 0)
                return __real_open(path, flags, mode);
        errno = ENOENT;
        return world.kernel[0] < 0 ? -1 : dup(world.kernel[0]);
}

ssize_t __wrap_readlink(const char *path, char *ret, size_t capacity)
{
        if (!world.self)
                return -1;
        memcpy(ret, world.self, strlen(world.self));
        return (ssize_t)strlen(world.self);
}

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
        return strcmp(path, "/init") == 0 ? (world.init_is_there ? 0 : -1) : __real_access(path, mode);
}

int __wrap_execve(const char *path, char *const argv[], char *const environment[])
{
        return note(getenv("TSS2_LOG") ? "execute with our environment" : "execute", path, ENOEXEC);
}

void __wrap_early_mounts(void)
{
        (void)note("mount", "all again", 0);
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        world.fd = __real_open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        world.context.report.kmsg_fd = -1;
        world.context.handover = (struct handover){ .boots = 3, .boot_is_last = true };
        assert_int_equal(efivarfs_open(world.directory, &world.context.variables), 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, world.kernel), 0);
        return 0;
}

static int tear_down(void **state)
{
        efivarfs_close(&world.context.variables);
        (void)close(world.fd);
        (void)close(world.kernel[0]);
        (void)close(world.kernel[1]);
        scratch_remove(world.directory);
        return 0;
}

static bool is_noted(enum boot_reached reached)
{
        struct boot_count count = { 0 };
        void *value = NULL;
        size_t size;
        int r = efivarfs_read(&world.context.variables, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, &value, &size);
        if (r == 0)
                assert_int_equal(boot_count_decode(value, size, &count), ERR_OK);
        free(value);
        return r == 0 && count.reached == reached && count.boots == 3;
}

static void only_the_last_boot_before_the_page_is_worth_a_write(void **state)
{
        world.context.handover.boot_is_last = false;
        last_boot_note(&world.context, BOOT_REACHED_INITRD);
        last_boot_note(&world.context, BOOT_REACHED_INIT);
        assert_false(is_noted(BOOT_REACHED_INITRD) || is_noted(BOOT_REACHED_INIT));
        world.context.handover.boot_is_last = true;
        world.context.modules = (struct kmod_ctx *)&world;
        last_boot_note(&world.context, BOOT_REACHED_INITRD);
        assert_true(is_noted(BOOT_REACHED_INITRD));
        assert_string_equal(world.happened, "");
        last_boot_note(&world.context, BOOT_REACHED_INIT);
        assert_true(is_noted(BOOT_REACHED_INIT));
        assert_string_equal(world.happened, "load efi_pstore\n"); /* the kernel's last words go somewhere */
        world.context.variables.directory_fd = -1;                /* costs a reason, not the boot */
        last_boot_note(&world.context, BOOT_REACHED_INIT);
        world.context.variables.directory_fd = dup(world.fd);
}

static void a_panic_is_found_among_what_the_firmware_kept(void **state)
{
        char why[PANIC_TEXT_MAX] = "";
        assert_false(last_boot_panic(&world.context, why));
        scratch_text(world.fd, "dmesg-efi-1", "<6>[ 1.0] all is well\n");
        assert_int_equal(mkdirat(world.fd, "a-directory", 0700), 0);
        assert_false(last_boot_panic(&world.context, why));
        scratch_text(world.fd, "dmesg-efi-2", "<0>[ 8.2] Kernel panic - not syncing: no init\n");
        world.context.modules = (struct kmod_ctx *)&world;
        world.mount_errno = EBUSY; /* mounted already */
        assert_true(last_boot_panic(&world.context, why));
        assert_string_equal(why, "no init");
        assert_non_null(strstr(world.happened, "load efi_pstore\nlook at /sys/fs/pstore\n"));
        world.mount_errno = ENODEV;
        assert_false(last_boot_panic(&world.context, why));
}

static void kernel_says(const char *record)
{
        assert_int_equal(write(world.kernel[1], record, strlen(record)), strlen(record));
}

static void our_own_lines_are_the_end_of_the_log(void **state)
{
        struct kernel_log log;
        kernel_says("6,1,1234567,-;cleanslate: first\n SUBSYSTEM=x\n");
        kernel_says("6,2,1234568,-;usb 1-1: new device\n");
        kernel_says("no record\n");
        kernel_says("x;cleanslate: without a time\n");
        kernel_says("6,3,61000001,-;cleanslate: second");
        kernel_log_read(&log);
        assert_int_equal(log.count, 2);
        assert_string_equal(log.lines[0], "   1.234 first");
        assert_string_equal(log.lines[1], "  61.000 second");
        for (int i = 0; i < KERNEL_LOG_LINES + 5; i++) {
                char record[64];
                (void)snprintf(record, sizeof(record), "6,%d,2000000,-;cleanslate: line %d\n", i, i);
                kernel_says(record);
        }
        kernel_log_read(&log);
        assert_int_equal(log.count, KERNEL_LOG_LINES);
        assert_string_equal(log.lines[0], "   2.000 line 5");
        assert_string_equal(log.lines[KERNEL_LOG_LINES - 1], "   2.000 line 24");
        const int kept = world.kernel[0];
        world.kernel[0] = -1;
        kernel_log_read(&log);
        assert_int_equal(log.count, 0);
        world.kernel[0] = kept;
}

static void another_initrd_is_one_that_did_not_start_us_itself(void **state)
{
        assert_false(foreign_initrd_is_there());
        world.init_is_there = true;
        assert_false(foreign_initrd_is_there()); /* nobody knows who we are */
        world.self = "/init";
        assert_false(foreign_initrd_is_there());
        world.self = "/usr/lib/cleanslate/initrd";
        assert_true(foreign_initrd_is_there());
        world.init_is_there = false;
        assert_false(foreign_initrd_is_there());
}

static void it_gets_the_machine_as_a_kernel_leaves_it_or_we_go_on(void **state)
{
        const char *whole =
                "/run " FOREIGN_INITRD_RUN_PATH "\nleave /proc\nleave /sys\nleave /dev\nexecute /init\nmount all again\n";
        assert_int_equal(setenv("TSS2_LOG", "all+NONE", 1), 0);
        world.mkdir_errno = EEXIST;
        assert_int_equal(foreign_initrd_execute(), -ENOEXEC);
        assert_string_equal(world.happened, whole);
        world.happened[0] = 0;
        world.unmount_errno = EINVAL;
        assert_int_equal(foreign_initrd_execute(), -EINVAL);
        assert_string_equal(world.happened, "/run " FOREIGN_INITRD_RUN_PATH "\nleave /proc\nmount all again\n");
        world.mount_errno = EPERM;
        assert_int_equal(foreign_initrd_execute(), -EPERM);
        world.mkdir_errno = ENOSPC;
        world.happened[0] = 0;
        assert_int_equal(foreign_initrd_execute(), -ENOSPC);
        assert_string_equal(world.happened, "mount all again\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(only_the_last_boot_before_the_page_is_worth_a_write, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_panic_is_found_among_what_the_firmware_kept, set_up, tear_down),
                cmocka_unit_test_setup_teardown(our_own_lines_are_the_end_of_the_log, set_up, tear_down),
                cmocka_unit_test_setup_teardown(another_initrd_is_one_that_did_not_start_us_itself, set_up, tear_down),
                cmocka_unit_test_setup_teardown(it_gets_the_machine_as_a_kernel_leaves_it_or_we_go_on, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
