/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The request and the count of boots, taken back on firmware that lets neither be removed: in a directory that stands for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "common/policy/request.h"
#include "common/state/boot-trace.h"
#include "linux/base/cleanup.h"
#include "linux/efi/retire.h"
#include "tests/unit/scratch.h"

static struct world {
        char directory[SCRATCH_PATH_MAX];
        struct efivarfs store;
        int removal; /* errno of each removal; 0 = it is done */
        bool clings; /* it says that it has removed one, and has not */
        bool read_only;
} world;

int unlinkat(int directory_fd, const char *path, int flags)
{
        if (world.removal) {
                errno = world.removal;
                return -1;
        }
        return world.clings ? 0 : (int)syscall(SYS_unlinkat, directory_fd, path, flags);
}

ssize_t write(int fd, const void *data, size_t size)
{
        if (world.read_only) {
                errno = EROFS;
                return -1;
        }
        return syscall(SYS_write, fd, data, size);
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        assert_int_equal(efivarfs_open(world.directory, &world.store), 0);
        return 0;
}

static int tear_down(void **state)
{
        world.removal = 0;
        world.clings = world.read_only = false;
        efivarfs_close(&world.store);
        scratch_remove(world.directory);
        return 0;
}

static void put_both(void)
{
        static const uint8_t count[] = { 3, 2, 2 };
        const struct request request = { .os.id = "x", .boot_id.bytes[0] = 1 };
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size;

        assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_OK);
        assert_int_equal(efivarfs_write(&world.store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, size), 0);
        assert_int_equal(efivarfs_write(&world.store, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, count, sizeof(count)), 0);
}

/* As stub and initrd read it. */
static enum request_state request_state(void)
{
        const struct os_identity os = { .id = "x" };
        _cleanup_free_ void *value = NULL;
        size_t size = 0;
        int r = efivarfs_read_ordinary(&world.store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &value, &size);

        assert_true(r == 0 || r == -ENOENT);
        return request_judge(value, size, &os, NULL, NULL, NULL);
}

static uint32_t boots(void)
{
        struct boot_count count = { 0 };
        _cleanup_free_ void *value = NULL;
        size_t size;

        if (efivarfs_read_ordinary(&world.store, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, &value, &size) == 0)
                assert_int_equal(boot_count_decode(value, size, &count), ERR_OK);
        return count.boots;
}

static void both_are_removed_where_that_can_be_done(void **state)
{
        put_both();
        assert_int_equal(request_state(), REQUEST_DUE);
        assert_int_equal(boots(), 2);
        assert_int_equal(retire_request(&world.store, false), 1);
        assert_int_equal(retire_boot_count(&world.store, false), 1);
        assert_int_equal(request_state(), REQUEST_ABSENT);
        assert_int_equal(boots(), 0);
        assert_int_equal(retire_request(&world.store, false), 0);
        assert_int_equal(retire_boot_count(&world.store, false), 0);
}

static void what_cannot_be_removed_says_nothing_any_more(void **state)
{
        static const int errors[] = { EROFS, EACCES, EINVAL, EIO, EPERM, EINTR, 0 /* it clings */ };

        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
                for (int seen = 0; seen < 2; seen++) {
                        put_both();
                        world.removal = errors[i];
                        world.clings = errors[i] == 0;
                        assert_int_equal(retire_request(&world.store, seen), 1);
                        assert_int_equal(retire_boot_count(&world.store, seen), 1);
                        assert_int_equal(request_state(), REQUEST_MALFORMED);
                        assert_int_equal(boots(), 0);
                        world.removal = 0;
                        world.clings = false;
                }
        }
}

static void a_store_that_cannot_be_written_either_is_an_error(void **state)
{
        put_both();
        world.removal = EACCES;
        world.read_only = true;
        assert_int_equal(retire_request(&world.store, false), -EROFS);
        assert_int_equal(retire_boot_count(&world.store, true), -EROFS);
        world.read_only = false;
        assert_int_equal(request_state(), REQUEST_DUE);
}

static void nothing_is_put_where_nothing_was(void **state)
{
        assert_int_equal(retire_request(&world.store, false), 0);
        assert_int_equal(request_state(), REQUEST_ABSENT);
        assert_int_equal(retire_boot_count(&world.store, true), 1); /* hidden, perhaps: it is written first */
        assert_int_equal(
                faccessat(world.store.directory_fd, BOOT_COUNT_VARIABLE_NAME "-e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41", F_OK, 0),
                -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(both_are_removed_where_that_can_be_done),
                TEST(what_cannot_be_removed_says_nothing_any_more),
                TEST(a_store_that_cannot_be_written_either_is_an_error),
                TEST(nothing_is_put_where_nothing_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
