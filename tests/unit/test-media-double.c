/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of expected ioctls can fail a test: each way in which it must is tried in a process of its own. */
#include "tests/unit/media-fixture.h"

#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

static const struct expected_ioctl list[] = {
        { .what = "first", .request = NVME_IOCTL_ADMIN_CMD, .nvme = { .opcode = 6, .cdw10 = 1 } },
        { .what = "second", .request = BLKFLSBUF },
};

static void issue(uint8_t opcode, uint32_t cdw10)
{
        struct nvme_admin_cmd command = { .opcode = opcode, .cdw10 = cdw10 };

        (void)ioctl(0, NVME_IOCTL_ADMIN_CMD, &command);
}

static void as_expected(void **state)
{
        expect_ioctls(list, 2);
        issue(6, 1);
        (void)ioctl(0, BLKFLSBUF, 0);
        expect_no_more_ioctls();
}

static void one_too_few(void **state)
{
        expect_ioctls(list, 2);
        issue(6, 1);
        expect_no_more_ioctls();
}

static void one_too_many(void **state)
{
        as_expected(state);
        expect_ioctls(list, 1);
        issue(6, 1);
        issue(6, 1);
}

static void another_opcode(void **state)
{
        expect_ioctls(list, 2);
        issue(7, 1);
}

static void another_argument(void **state)
{
        expect_ioctls(list, 2);
        issue(6, 2);
}

static void another_order(void **state)
{
        expect_ioctls(list, 2);
        (void)ioctl(0, BLKFLSBUF, 0);
}

/* True if the test passes. Its output is nobody's. */
static bool passes(CMUnitTestFunction test)
{
        const struct CMUnitTest tests[] = { { .name = "inner", .test_func = test } };
        int status;
        pid_t child = fork();

        if (child == 0) {
                (void)!freopen("/dev/null", "w", stdout);
                (void)!freopen("/dev/null", "w", stderr);
                _exit(_cmocka_run_group_tests("inner", tests, 1, NULL, NULL) == 0 ? 0 : 1);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void every_difference_fails_a_test(void **state)
{
        assert_true(passes(as_expected));
        assert_false(passes(one_too_few));
        assert_false(passes(one_too_many));
        assert_false(passes(another_opcode));
        assert_false(passes(another_argument));
        assert_false(passes(another_order));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(every_difference_fails_a_test) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
