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
        scratch_program(root, "usr/sbin/mkswap", "x");
        scratch_program(root, "usr/sbin/mkfs.ext4", "x");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(file_system_maker_check(root, cases[i].format), cases[i].result);
        assert_int_equal(close(root), 0);
        scratch_remove(directory);
}

/* Found in the image alone: in the initrd, and where an image is made, an absolute link would lead elsewhere. */
static void what_cannot_be_run_is_no_maker(void **state)
{
        char directory[SCRATCH_PATH_MAX];
        int root;

        scratch_make(directory, NULL);
        root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(mkdirat(root, "usr", 0755), 0);
        assert_int_equal(mkdirat(root, "usr/sbin", 0755), 0);
        assert_int_equal(mkdirat(root, "usr/sbin/mkfs.directory", 0755), 0);
        scratch_program(root, "usr/sbin/mkfs.empty", "");
        scratch_text(root, "usr/sbin/mkfs.text", "x");
        scratch_program(root, "usr/sbin/maker", "x");
        assert_int_equal(symlinkat("/usr/sbin/maker", root, "usr/sbin/mkfs.within"), 0);
        assert_int_equal(symlinkat("/bin/true", root, "usr/sbin/mkfs.outside"), 0);
        assert_int_equal(symlinkat("nothing", root, "usr/sbin/mkfs.nothing"), 0);
        assert_int_equal(file_system_maker_check(root, "directory"), -ENOEXEC);
        assert_int_equal(file_system_maker_check(root, "empty"), -ENOEXEC);
        assert_int_equal(file_system_maker_check(root, "text"), -EACCES);
        assert_int_equal(file_system_maker_check(root, "within"), 0);
        assert_int_equal(file_system_maker_check(root, "outside"), -ENOENT);
        assert_int_equal(file_system_maker_check(root, "nothing"), -ENOENT);
        assert_int_equal(close(root), 0);
        scratch_remove(directory);
}

static void assert_called(const char *format, const char *line)
{
        struct file_system_maker maker;
        char text[256] = "";

        file_system_maker_command(format, "LABEL", "/dev/x", &maker);
        for (size_t i = 0; maker.words[i]; i++) {
                (void)strcat(text, i > 0 ? " " : "");
                (void)strcat(text, maker.words[i]);
        }
        assert_string_equal(text, line);
}

static void each_format_is_made_by_its_own_command_line(void **state)
{
        assert_called("ext4", "/usr/sbin/mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 -L LABEL /dev/x");
        assert_called("vfat", "/usr/sbin/mkfs.vfat -n LABEL /dev/x");
        assert_called("swap", "/usr/sbin/mkswap -f -L LABEL /dev/x");
        assert_called("btrfs", "/usr/sbin/mkfs.btrfs -f -K -L LABEL /dev/x");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_cannot_be_run_is_no_maker),
                cmocka_unit_test(each_format_is_made_by_its_own_command_line),
                cmocka_unit_test(each_format_has_the_maker_of_its_kind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
