/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An addition that fails leaves kernel and table as they were, says why, and lets the boot go on. Kernel, image and steps are
 * fakes that write down what happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "initrd/addition.h"
#include "initrd/steps/execute.h"
#include "linux/disk/kernel-partition.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct boot_context context;
static struct reset *reset;
static char happened[1024];
static const char *fails; /* what of it */
static const struct volume_key no_key;

static int note(const char *what, unsigned number)
{
        const size_t at = strlen(happened);
        (void)snprintf(happened + at, sizeof(happened) - at, "%s %u\n", what, number);
        return fails && strcmp(fails, happened + at) == 0 ? -EBUSY : 0;
}

int __wrap_kernel_partition_add(const char *disk_path, uint32_t number, uint64_t start_bytes, uint64_t size_bytes)
{
        return note("show", number);
}

int __wrap_kernel_partition_remove(const char *disk_path, uint32_t number)
{
        return note("hide", number);
}

int __wrap_execute_step(struct reset *unused, size_t index, char *detail, size_t detail_size)
{
        const struct plan_step *step = &reset->plan.steps[index];
        return note(step_kind_name(step->kind), (unsigned)step->definition);
}

int __wrap_factory_image_read_manifest(int root_fd, struct factory_image *image, const struct trouble *trouble)
{
        return note("manifest", 0);
}

int __wrap_factory_image_check_parts(const struct policy *policy, const struct plan *plan, struct factory_image *image,
                                     const struct trouble *trouble)
{
        return 0;
}

int __wrap_luks_close(const char *name)
{
        return note("close", 0);
}

static void add(enum step_kind kind, int definition)
{
        reset->plan.steps[reset->plan.step_count++] =
                (struct plan_step){ .kind = kind, .partition = -1, .definition = definition };
}

/* Two volumes, the first of them encrypted, in the slots 6 and 7. */
static int set_up(void **state)
{
        memset(&context, 0, sizeof(context));
        happened[0] = '\0';
        fails = NULL;
        context.report.kmsg_fd = -1;
        two_volumes(&context);
        reset = reset_new(&context);
        assert_non_null(reset);
        reset->plan.is_addition = true;
        add(STEP_ENCRYPT, CONFIG);
        add(STEP_MAKE_FILE_SYSTEM, CONFIG);
        add(STEP_MAKE_FILE_SYSTEM, STATE);
        add(STEP_CREATE_ENTRY, CONFIG);
        add(STEP_CREATE_ENTRY, STATE);
        reset->plan.entries[CONFIG].number = 6;
        reset->plan.entries[STATE].number = 7;
        return 0;
}

static void the_table_comes_when_all_is_made_and_nothing_is_in_its_way(void **state)
{
        assert_int_equal(addition_run(reset, &no_key), 0);
        assert_string_equal(happened, "manifest 0\nshow 6\nshow 7\nencrypt 0\nmake-file-system 0\nmake-file-system 1\n"
                                      "hide 6\nhide 7\ncreate-entry 0\ncreate-entry 1\n");
        assert_string_equal(context.addition_trouble, "");
}

/* Whatever it is that fails: what may be mapped is closed, what was shown is hidden, and only that, and there is no entry. */
static void what_fails_leaves_nothing_behind(void **state)
{
        static const struct {
                const char *fails, *happened, *why;
        } cases[] = {
                { "manifest 0\n", "manifest 0\nclose 0\n", "" },
                { "show 6\n", "manifest 0\nshow 6\nclose 0\n", "The kernel does not take the new partition \"config\"" },
                /* it has a seventh, which is somebody's */
                { "show 7\n", "manifest 0\nshow 6\nshow 7\nclose 0\nhide 6\n",
                  "The kernel does not take the new partition \"state\"" },
                { "make-file-system 1\n",
                  "manifest 0\nshow 6\nshow 7\nencrypt 0\nmake-file-system 0\nmake-file-system 1\nclose 0\nhide 6\nhide 7\n",
                  "" },
                { "hide 6\n", "manifest 0\nshow 6\nshow 7\nencrypt 0\nmake-file-system 0\nmake-file-system 1\nhide 6\nhide 7\n",
                  "The new partitions are still held by the kernel" },
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                (void)set_up(state);
                fails = cases[i].fails;
                assert_int_equal(addition_run(reset, &no_key), -EBUSY);
                assert_string_equal(happened, cases[i].happened);
                assert_int_equal(strncmp(context.addition_trouble, cases[i].why, strlen(cases[i].why)), 0);
                assert_string_not_equal(context.addition_trouble, "");
                assert_string_equal(context.trouble, ""); /* the boot goes on */
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_table_comes_when_all_is_made_and_nothing_is_in_its_way, set_up),
                cmocka_unit_test(what_fails_leaves_nothing_behind),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
