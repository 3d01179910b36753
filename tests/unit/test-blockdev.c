/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: what is none is told apart. Overwriting and reading back are test-erase-engine's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/base/blockdev.h"
#include "linux/base/cleanup.h"
#include "linux/erase/discard.h"
#include "tests/unit/scratch.h"

#define PAGE 4096

static char directory[SCRATCH_PATH_MAX], path[SCRATCH_PATH_MAX + 16];

static int make_file(void **state)
{
        scratch_make(directory, NULL);
        (void)snprintf(path, sizeof(path), "%s/disk", directory);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        return fd >= 0 && ftruncate(fd, PAGE) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
        scratch_remove(directory);
        return 0;
}

static void what_is_no_block_device_has_no_size_and_cannot_discard(void **state)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        bool read_only = true;
        uint64_t size = 4711;

        assert_int_equal(blockdev_size(fd, &size), -ENOTTY);
        assert_int_equal(size, 4711);
        assert_int_equal(blockdev_is_read_only(path, &read_only), -ENOTTY);
        assert_true(read_only);
        assert_true(blockdev_discard(path, 0, PAGE) < 0);
        assert_int_equal(blockdev_discard("/nonexistent", 0, PAGE), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_no_block_device_has_no_size_and_cannot_discard),
        };

        return cmocka_run_group_tests(tests, make_file, remove_directory);
}
