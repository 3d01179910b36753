/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the image can make what a definition asks for is known before anything is erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initrd/steps/make-file-system.h"
#include "linux/image/file-system-maker.h"
#include "tests/unit/scratch.h"

static void each_format_has_the_maker_of_its_kind(void **state)
{
        static const struct {
                const char *format;
                int result;
        } cases[] = { { "swap", 0 }, { "ext4", 0 }, { "btrfs", -ENOENT }, { "", -ENOENT } };
        char directory[SCRATCH_PATH_MAX];
        int root;

        scratch_make(directory, NULL);
        root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(mkdirat(root, "usr", 0755), 0);
        assert_int_equal(mkdirat(root, "usr/sbin", 0755), 0);
        scratch_text(root, "usr/sbin/mkswap", "x");
        scratch_text(root, "usr/sbin/mkfs.ext4", "x");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(file_system_maker_check(root, cases[i].format), cases[i].result);
        assert_int_equal(close(root), 0);
        scratch_remove(directory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_format_has_the_maker_of_its_kind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
