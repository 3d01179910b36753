/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The efivarfs adapter on a plain directory, with the system calls that matter taken over by the test: they are counted, fail on
 * demand, and know immutable files, which an ordinary user could not make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/disk/boot-disk.h"
#include "linux/efi/efivarfs.h"

#define NAME      "FactoryResetRequest"
#define FILE_NAME NAME "-8cf2644b-4b0b-428f-9387-6d876050dc67"

/* -- the kernel, as far as this test wants it different -- */

static struct {
        unsigned writes;      /* calls of write() */
        unsigned openings;    /* for writing */
        int write_error;      /* errno of the next write(); 0 = none */
        bool aborts;          /* the firmware aborts each write() and each read(): EINTR */
        int read_error;       /* errno of each read() */
        size_t write_at_most; /* 0 = everything */
        bool immutable;       /* every file that exists */
        bool keeps_immutable; /* FS_IOC_SETFLAGS is refused */
        bool knows_no_flags;  /* vfat, tmpfs */
        struct statvfs space;
} kernel;

ssize_t write(int fd, const void *data, size_t size)
{
        kernel.writes++;
        if (kernel.aborts) {
                errno = EINTR;
                return -1;
        }
        if (kernel.write_error) {
                errno = kernel.write_error;
                kernel.write_error = 0;
                return -1;
        }
        if (kernel.write_at_most && size > kernel.write_at_most)
                size = kernel.write_at_most;
        return syscall(SYS_write, fd, data, size);
}

ssize_t read(int fd, void *data, size_t size)
{
        if (kernel.aborts || kernel.read_error) {
                errno = kernel.aborts ? EINTR : kernel.read_error;
                return -1;
        }
        return syscall(SYS_read, fd, data, size);
}

int openat(int directory_fd, const char *path, int flags, ...)
{
        bool writing = (flags & O_ACCMODE) != O_RDONLY;
        kernel.openings += writing;
        if (writing && kernel.immutable && faccessat(directory_fd, path, F_OK, 0) == 0) {
                errno = EPERM;
                return -1;
        }
        return (int)syscall(SYS_openat, directory_fd, path, flags, 0644);
}

int unlinkat(int directory_fd, const char *path, int flags)
{
        if (kernel.immutable && faccessat(directory_fd, path, F_OK, 0) == 0) {
                errno = EPERM;
                return -1;
        }
        return (int)syscall(SYS_unlinkat, directory_fd, path, flags);
}

int ioctl(int fd, unsigned long request, ...)
{
        va_list arguments;
        va_start(arguments, request);
        unsigned *flags = va_arg(arguments, unsigned *);
        va_end(arguments);
        if (kernel.knows_no_flags) {
                errno = ENOTTY;
                return -1;
        }
        if (request == FS_IOC_GETFLAGS) {
                *flags = FS_NODUMP_FL | (kernel.immutable ? FS_IMMUTABLE_FL : 0);
                return 0;
        }
        assert_int_equal(request, FS_IOC_SETFLAGS);
        assert_int_equal(*flags, FS_NODUMP_FL); /* nothing else is changed */
        if (kernel.keeps_immutable) {
                errno = EPERM;
                return -1;
        }
        kernel.immutable = false;
        return 0;
}

int fstatvfs(int fd, struct statvfs *ret)
{
        *ret = kernel.space;
        return 0;
}

/* -- fixture -- */

struct fixture {
        char directory[64], file[160];
        struct efivarfs store;
};

static int setup(void **state)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));
        memset(&kernel, 0, sizeof(kernel));
        strcpy(fixture->directory, "/tmp/cleanslate-test-efivarfs-XXXXXX");
        assert_non_null(mkdtemp(fixture->directory));
        (void)snprintf(fixture->file, sizeof(fixture->file), "%s/" FILE_NAME, fixture->directory);
        assert_int_equal(efivarfs_open(fixture->directory, &fixture->store), 0);
        *state = fixture;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *fixture = *state;
        memset(&kernel, 0, sizeof(kernel));
        efivarfs_close(&fixture->store);
        (void)unlink(fixture->file);
        assert_int_equal(rmdir(fixture->directory), 0); /* nothing else was left behind */
        free(fixture);
        return 0;
}

static int write_value(const struct fixture *fixture, const char *value)
{
        return efivarfs_write(&fixture->store, &guid_systemd_factory_reset, NAME, value, strlen(value));
}

static int remove_value(const struct fixture *fixture)
{
        return efivarfs_remove(&fixture->store, &guid_systemd_factory_reset, NAME);
}

static void assert_file_holds(const struct fixture *fixture, const char *content, size_t size)
{
        _cleanup_free_ char *data = NULL;
        size_t actual;
        assert_int_equal(file_read(AT_FDCWD, fixture->file, 4096, &data, &actual), 0);
        assert_int_equal(actual, size);
        assert_memory_equal(data, content, size);
}

#define assert_value(fixture, value) assert_file_holds(fixture, "\x07\0\0\0" value, 4 + sizeof(value) - 1)

/* -- promises -- */

static void variable_is_written_with_attributes_in_one_write(void **state)
{
        const struct fixture *fixture = *state;
        assert_int_equal(write_value(fixture, "first"), 0);
        assert_value(fixture, "first");
        assert_int_equal(kernel.writes, 1);
        assert_int_equal(kernel.openings, 1);
}

static void shorter_value_replaces_a_longer_one(void **state)
{
        const struct fixture *fixture = *state;
        assert_int_equal(write_value(fixture, "a long value"), 0);
        assert_int_equal(write_value(fixture, "b"), 0);
        assert_value(fixture, "b");
        assert_int_equal(kernel.writes, 2);
}

static void read_returns_the_value_and_two_nuls(void **state)
{
        const struct fixture *fixture = *state;
        _cleanup_free_ void *value = NULL;
        size_t size = 99;
        assert_int_equal(efivarfs_read(&fixture->store, &guid_systemd_factory_reset, NAME, &value, &size), -ENOENT);
        assert_null(value);
        assert_int_equal(size, 99);
        assert_int_equal(write_value(fixture, "value"), 0);
        assert_int_equal(efivarfs_read(&fixture->store, &guid_systemd_factory_reset, NAME, &value, &size), 0);
        assert_int_equal(size, 5);
        assert_memory_equal(value, "value\0", 7);
}

/* A lasting variable is one that the running system may have left to be believed. */
static void only_what_ends_with_a_restart_is_of_this_start(void **state)
{
        const struct fixture *fixture = *state;
        _cleanup_free_ void *value = NULL;
        size_t size = 99;
        assert_int_equal(write_value(fixture, "value"), 0);
        assert_int_equal(efivarfs_read_volatile(&fixture->store, &guid_systemd_factory_reset, NAME, &value, &size), -EPERM);
        assert_null(value);
        assert_int_equal(size, 99);
        _cleanup_close_ int fd = open(fixture->file, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "\x06", 1, 0), 1);
        assert_int_equal(efivarfs_read_volatile(&fixture->store, &guid_systemd_factory_reset, NAME, &value, &size), 0);
        assert_int_equal(size, 5);
        assert_memory_equal(value, "value\0", 7);
}

static void put_partition(const struct fixture *fixture, const char *name, uint8_t attributes, char digit)
{
        uint8_t data[4 + 2 * 37] = { attributes };
        char guid[] = "........-1111-4111-8111-111111111111";
        memset(guid, digit, 8);
        for (size_t i = 0; guid[i] != 0; i++)
                data[4 + 2 * i] = (uint8_t)guid[i];
        _cleanup_close_ int fd =
                (int)syscall(SYS_openat, fixture->store.directory_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_int_equal(syscall(SYS_write, fd, data, sizeof(data)), sizeof(data));
}

static void the_boot_partition_is_what_this_start_says(void **state)
{
        const struct fixture *fixture = *state;
        struct guid guid = { { 0 } };
        put_partition(fixture, "StubDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", 7, '1');
        put_partition(fixture, "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", 7, '2');
        assert_false(boot_partition_read(&fixture->store, &guid));
        put_partition(fixture, "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", 6, '2');
        assert_true(boot_partition_read(&fixture->store, &guid));
        assert_int_equal(guid.bytes[0], 0x22);
        put_partition(fixture, "StubDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", 6, '1');
        assert_true(boot_partition_read(&fixture->store, &guid));
        assert_int_equal(guid.bytes[0], 0x11);
        (void)unlinkat(fixture->store.directory_fd, "StubDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", 0);
        (void)unlinkat(fixture->store.directory_fd, "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", 0);
}

static void file_of_any_other_size_is_an_error(void **state)
{
        const struct fixture *fixture = *state;
        _cleanup_free_ void *value = NULL;
        _cleanup_free_ char *large = calloc(1, EFI_VALUE_MAX + 1);
        size_t size;
        _cleanup_close_ int fd = open(fixture->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_int_equal(pwrite(fd, "\x07\0\0", 3, 0), 3);
        assert_int_equal(efivarfs_read(&fixture->store, &guid_systemd_factory_reset, NAME, &value, &size), -EIO);
        assert_int_equal(ftruncate(fd, 4 + EFI_VALUE_MAX + 1), 0);
        assert_int_equal(efivarfs_read(&fixture->store, &guid_systemd_factory_reset, NAME, &value, &size), -E2BIG);
        assert_null(value);
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, NAME, large, EFI_VALUE_MAX + 1), -E2BIG);
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, NAME, large, 0),
                         -EINVAL); /* means: delete */
        assert_int_equal(kernel.writes, 0);
}

static void immutable_variable_is_rewritten_and_removed(void **state)
{
        const struct fixture *fixture = *state;
        assert_int_equal(write_value(fixture, "first"), 0);
        kernel.immutable = true;
        assert_int_equal(write_value(fixture, "second"), 0);
        assert_value(fixture, "second");
        kernel.immutable = true;
        assert_int_equal(remove_value(fixture), 1);
        assert_int_equal(access(fixture->file, F_OK), -1);
}

static void variable_that_stays_immutable_is_eperm(void **state)
{
        const struct fixture *fixture = *state;
        assert_int_equal(write_value(fixture, "first"), 0);
        kernel.immutable = kernel.keeps_immutable = true;
        assert_int_equal(write_value(fixture, "second"), -EPERM);
        assert_int_equal(remove_value(fixture), -EPERM);
        assert_value(fixture, "first");
}

static void file_system_without_flags_is_fine(void **state)
{
        const struct fixture *fixture = *state;
        kernel.knows_no_flags = true;
        assert_int_equal(write_value(fixture, "first"), 0);
        assert_int_equal(write_value(fixture, "second"), 0);
        assert_value(fixture, "second");
        assert_int_equal(remove_value(fixture), 1);
}

static void removing_what_is_absent_succeeds(void **state)
{
        assert_int_equal(remove_value(*state), 0);
}

static void refused_new_variable_leaves_nothing_behind(void **state)
{
        const struct fixture *fixture = *state;
        kernel.write_error = ENOSPC;
        assert_int_equal(write_value(fixture, "value"), -ENOSPC);
        assert_int_equal(access(fixture->file, F_OK), -1);
}

static void refused_rewrite_keeps_the_old_value(void **state)
{
        const struct fixture *fixture = *state;
        assert_int_equal(write_value(fixture, "first"), 0);
        kernel.write_error = ENOSPC;
        assert_int_equal(write_value(fixture, "a longer second"), -ENOSPC);
        assert_value(fixture, "first");
}

/* The firmware takes a value whole or not at all; a second write() would be a second value. */
static void short_write_is_not_resumed(void **state)
{
        const struct fixture *fixture = *state;
        kernel.write_at_most = 5;
        assert_int_equal(write_value(fixture, "value"), -EIO);
        assert_int_equal(kernel.writes, 1);
}

static void interrupted_write_is_repeated_whole(void **state)
{
        const struct fixture *fixture = *state;
        kernel.write_error = EINTR;
        assert_int_equal(write_value(fixture, "value"), 0);
        assert_int_equal(kernel.writes, 2);
        assert_value(fixture, "value");
}

/* Linux says EINTR for EFI_ABORTED as well, and firmware may say that for ever. */
static void what_the_firmware_always_aborts_is_given_up(void **state)
{
        const struct fixture *fixture = *state;
        _cleanup_free_ void *value = NULL;
        size_t size;
        assert_int_equal(write_value(fixture, "value"), 0);
        kernel.aborts = true;
        assert_int_equal(write_value(fixture, "other"), -EINTR);
        assert_int_equal(efivarfs_read(&fixture->store, &guid_systemd_factory_reset, NAME, &value, &size), -EINTR);
        kernel.aborts = false;
        assert_value(fixture, "value");
}

static void a_variable_that_cannot_be_read_is_listed_all_the_same(void **state)
{
        static const int errors[] = { EIO, EACCES, EINVAL, EINTR, EPERM, ENOENT };
        const struct fixture *fixture = *state;
        assert_int_equal(write_value(fixture, "value"), 0);
        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                _cleanup_free_ struct efivar *list = NULL;
                size_t count = 99;
                kernel.read_error = errors[i];
                assert_int_equal(efivarfs_list(&fixture->store, &list, &count), 0);
                kernel.read_error = 0;
                assert_int_equal(count, errors[i] == ENOENT ? 0 : 1); /* that one has gone meanwhile */
                if (count == 0)
                        continue;
                assert_string_equal(list[0].name, NAME);
                assert_true(list[0].unreadable);
                assert_int_equal(list[0].attributes, EFI_VARIABLE_NV_BS_RT);
        }
}

static void room_is_told_without_a_write(void **state)
{
        const struct fixture *fixture = *state;
        kernel.space = (struct statvfs){ .f_blocks = 65536, .f_frsize = 1, .f_bsize = 4096, .f_bavail = 512 };
        assert_int_equal(efivarfs_has_room(&fixture->store, 512), 1);
        assert_int_equal(efivarfs_has_room(&fixture->store, 513), -ENOSPC);
        kernel.space.f_flag = ST_RDONLY;
        assert_int_equal(efivarfs_has_room(&fixture->store, 512), -EROFS);
        kernel.space = (struct statvfs){ .f_bsize = 4096 }; /* efivarfs before Linux 6.5 */
        assert_int_equal(efivarfs_has_room(&fixture->store, 512), 0);
        assert_int_equal(kernel.writes, 0);
}

/* What the operating system wrote itself outlives the start, so it says nothing of the kind. */
static void firmware_says_itself_that_it_forgets(void **state)
{
        const struct fixture *fixture = *state;
        static const uint8_t name[] = "ubootefi.var";
        const char *file = "RTStorageVolatile-b2ac5fc9-92b7-4acd-aeac-11e818c3130c";
        uint8_t content[sizeof(name) + 4] = { EFI_VARIABLE_NV_BS_RT & ~EFI_VARIABLE_NV };

        assert_false(efivarfs_forgets(&fixture->store));
        memcpy(content + 4, name, sizeof(name));
        for (int nv = 0; nv < 2; nv++) {
                int fd = openat(fixture->store.directory_fd, file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
                assert_true(fd >= 0);
                content[0] = nv ? EFI_VARIABLE_NV_BS_RT : EFI_VARIABLE_NV_BS_RT & ~EFI_VARIABLE_NV;
                assert_int_equal(write(fd, content, sizeof(content)), sizeof(content));
                (void)close(fd);
                assert_int_equal(efivarfs_forgets(&fixture->store), !nv);
        }
        assert_int_equal(unlinkat(fixture->store.directory_fd, file, 0), 0);
}

static void what_was_seen_elsewhere_is_gone_only_behind_a_write(void **state)
{
        const struct fixture *fixture = *state;

        assert_int_equal(efivarfs_remove_seen(&fixture->store, &guid_systemd_factory_reset, NAME), 1);
        assert_int_equal(kernel.writes, 1);
        assert_int_equal(write_value(fixture, "x"), 0);
        assert_int_equal(efivarfs_remove_seen(&fixture->store, &guid_systemd_factory_reset, NAME), 1);
        assert_int_equal(kernel.writes, 2);
}

static void absent_directory_is_enoent_and_no_real_store_is_assumed(void **state)
{
        const struct fixture *fixture = *state;
        struct efivarfs store = { .directory_fd = -7 };
        assert_int_equal(efivarfs_open("/nonexistent/efivars", &store), -ENOENT);
        assert_int_equal(store.directory_fd, -7);
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, "../escape", "x", 1), -EINVAL);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(variable_is_written_with_attributes_in_one_write),
                TEST(shorter_value_replaces_a_longer_one),
                TEST(read_returns_the_value_and_two_nuls),
                TEST(only_what_ends_with_a_restart_is_of_this_start),
                TEST(the_boot_partition_is_what_this_start_says),
                TEST(file_of_any_other_size_is_an_error),
                TEST(immutable_variable_is_rewritten_and_removed),
                TEST(variable_that_stays_immutable_is_eperm),
                TEST(file_system_without_flags_is_fine),
                TEST(removing_what_is_absent_succeeds),
                TEST(refused_new_variable_leaves_nothing_behind),
                TEST(refused_rewrite_keeps_the_old_value),
                TEST(short_write_is_not_resumed),
                TEST(interrupted_write_is_repeated_whole),
                TEST(what_the_firmware_always_aborts_is_given_up),
                TEST(a_variable_that_cannot_be_read_is_listed_all_the_same),
                TEST(room_is_told_without_a_write),
                TEST(absent_directory_is_enoent_and_no_real_store_is_assumed),
                TEST(firmware_says_itself_that_it_forgets),
                TEST(what_was_seen_elsewhere_is_gone_only_behind_a_write),
        };
        return cmocka_run_group_tests_name("efivarfs", tests, NULL, NULL);
}
