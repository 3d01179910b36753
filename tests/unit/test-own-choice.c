/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where no stub of ours has decided on the mode, the initrd does: by the verified image and the same function, and measured
 * before anything acts on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "initrd/gather.h"
#include "initrd/own-choice.h"
#include "linux/base/file.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct boot_context context;
        const char *command_line;
        enum request_state request; /* as the verified image has it */
        bool damaged;
        const char *measured_to; /* UTF-16, NULL = the variable is not there, or a lasting one */
        size_t measured_to_size;
        bool gathered_first; /* ... and measured behind it */
        int measured;        /* mode, -1 = none */
} world;

int __wrap_file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size)
{
        assert_string_equal(path, "/proc/cmdline");
        *ret_data = strdup(world.command_line);
        *ret_size = strlen(world.command_line);
        return 0;
}

int __wrap_gather_system(struct boot_context *context)
{
        assert_int_equal(world.measured, -1);
        context->gather_tried = world.gathered_first = true;
        if (world.damaged)
                return boot_trouble(context, -EIO, "damaged");
        context->gathered = true;
        context->request_state = world.request;
        return 0;
}

void __wrap_gather_measure_mode(struct boot_context *context, enum boot_mode mode)
{
        assert_true(world.gathered_first);
        world.measured = (int)mode;
}

int __wrap_efivarfs_read_volatile(const struct efivarfs *store, const struct guid *vendor, const char *name, void **ret_value,
                                  size_t *ret_size)
{
        assert_string_equal(name, "StubPcrKernelImage");
        if (!world.measured_to)
                return -ENOENT;
        *ret_value = malloc(world.measured_to_size + 2);
        memcpy(*ret_value, world.measured_to, world.measured_to_size);
        *ret_size = world.measured_to_size;
        return 0;
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        settings_init(&world.context.policy.settings);
        world.command_line = "quiet";
        world.measured = -1;
        return 0;
}

/* What root of the old system has left in the variables, as it reads without the device's secret. */
static void leave_progress(enum reset_phase phase, uint32_t failures, uint32_t attempts)
{
        world.context.progress.phase = phase;
        world.context.progress.failures = failures;
        world.context.progress.attempts = attempts;
}

static void expect(enum boot_mode mode, enum boot_reason reason)
{
        own_choice_make(&world.context);
        assert_string_equal(boot_mode_name(world.context.handover.choice.mode), boot_mode_name(mode));
        assert_string_equal(boot_reason_name(world.context.handover.choice.reason), boot_reason_name(reason));
        assert_int_equal(world.measured, mode);
}

static void a_stub_of_ours_is_not_contradicted(void **state)
{
        world.context.started_by_stub = true;
        world.request = REQUEST_DUE;
        world.command_line = "cleanslate.mode=reset";
        own_choice_make(&world.context);
        assert_int_equal(world.context.handover.choice.mode, MODE_NORMAL);
        assert_false(world.gathered_first);
        assert_int_equal(world.measured, -1);
}

static void variables_and_image_decide(void **state)
{
        static const struct {
                const char *command_line;
                enum request_state request;
                enum reset_phase phase;
                uint32_t failures, attempts;
                enum boot_mode mode;
                enum boot_reason reason;
                enum progress_standing standing;
        } table[] = {
                { "quiet", REQUEST_ABSENT, PHASE_IDLE, 0, 0, MODE_NORMAL, REASON_ORDINARY, PROGRESS_NONE },
                { "quiet", REQUEST_FOREIGN, PHASE_IDLE, 0, 0, MODE_NORMAL, REASON_ORDINARY, PROGRESS_NONE },
                { "quiet", REQUEST_MALFORMED, PHASE_IDLE, 0, 0, MODE_NORMAL, REASON_ORDINARY, PROGRESS_NONE },
                { "quiet", REQUEST_DUE, PHASE_IDLE, 0, 0, MODE_RESET, REASON_REQUEST_DUE, PROGRESS_NONE },
                { "cleanslate.mode=recovery", REQUEST_DUE, PHASE_IDLE, 0, 0, MODE_RESET, REASON_REQUEST_DUE, PROGRESS_NONE },
                { "cleanslate.mode=recovery", REQUEST_ABSENT, PHASE_DONE, 0, 1, MODE_RECOVERY, REASON_COMMAND_LINE,
                  PROGRESS_OVER },
                { "systemd.factory_reset=1", REQUEST_ABSENT, PHASE_IDLE, 0, 0, MODE_RESET, REASON_COMMAND_LINE, PROGRESS_NONE },
                /* measured by no firmware before there is a kernel: none, whatever the image allows */
                { "cleanslate.mode=break-glass", REQUEST_ABSENT, PHASE_IDLE, 0, 0, MODE_RECOVERY, REASON_BREAK_GLASS_OFF,
                  PROGRESS_NONE },
                /* a reset that is said to be over stops no request, and one under way is never believed to be further */
                { "quiet", REQUEST_DUE, PHASE_DONE, 0, 1, MODE_RESET, REASON_REQUEST_DUE, PROGRESS_OVER },
                { "quiet", REQUEST_DUE, PHASE_RECORDED, 0, 1, MODE_RESET, REASON_RESET_UNDER_WAY, PROGRESS_UNPROVEN },
                { "quiet", REQUEST_ABSENT, PHASE_STARTED, 2, 31, MODE_RESET, REASON_RESET_UNDER_WAY, PROGRESS_UNPROVEN },
                { "quiet", REQUEST_ABSENT, PHASE_STARTED, 3, 3, MODE_RECOVERY, REASON_ATTEMPTS_USED_UP, PROGRESS_UNPROVEN },
        };
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                (void)set_up(state);
                world.context.policy.settings.break_glass = BREAK_GLASS_ALLOWED;
                world.command_line = table[i].command_line;
                world.request = table[i].request;
                leave_progress(table[i].phase, table[i].failures, table[i].attempts);
                expect(table[i].mode, table[i].reason);
                assert_int_equal(world.context.handover.progress, table[i].standing);
                assert_int_equal(world.context.handover.request, table[i].request);
        }
}

static void the_page_is_no_way_around_the_images_word(void **state)
{
        static const struct {
                const char *command_line;
                enum access recovery;
                enum boot_mode mode;
                enum boot_reason reason;
        } table[] = {
                { "cleanslate.mode=recovery", ACCESS_PASSWORD, MODE_NORMAL, REASON_ORDINARY },
                { "cleanslate.mode=recovery", ACCESS_OFF, MODE_NORMAL, REASON_ORDINARY },
                { "cleanslate.mode=break-glass", ACCESS_OFF, MODE_NORMAL, REASON_ORDINARY },
                { "cleanslate.mode=reset", ACCESS_OFF, MODE_RESET, REASON_COMMAND_LINE }, /* refused on the page, in words */
        };
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                (void)set_up(state);
                world.command_line = table[i].command_line;
                world.context.policy.settings.access.recovery = world.context.policy.settings.access.reset = table[i].recovery;
                expect(table[i].mode, table[i].reason);
        }
}

static void the_images_own_limits_count(void **state)
{
        world.context.policy.settings.failures_max = 9;
        leave_progress(PHASE_STARTED, 3, 3);
        expect(MODE_RESET, REASON_RESET_UNDER_WAY);
}

/* What cannot be verified is not interpreted: neither a request, whose system is not known then, nor settings. */
static void an_image_that_cannot_be_verified_decides_nothing(void **state)
{
        world.damaged = true;
        world.request = REQUEST_DUE;
        world.context.policy.settings.failures_max = 9;
        expect(MODE_NORMAL, REASON_ORDINARY); /* which ends on the page */
        assert_string_equal(world.context.trouble, "damaged");
        (void)set_up(state);
        world.damaged = true;
        world.context.policy.settings.failures_max = 9;
        leave_progress(PHASE_STARTED, 3, 3);
        expect(MODE_RECOVERY, REASON_ATTEMPTS_USED_UP);
}

static void what_the_other_stub_has_measured_is_its_word_of_this_start(void **state)
{
        static const struct {
                const char *value;
                size_t size;
                bool measured;
        } table[] = {
                { "1\0001\0\0", 6, true }, { "1\0001", 4, true }, { "1\0002\0\0", 6, false },
                { "1", 2, false },         { NULL, 0, false },
        };
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                (void)set_up(state);
                world.measured_to = table[i].value;
                world.measured_to_size = table[i].size;
                own_choice_prepare(&world.context);
                assert_int_equal(world.context.handover.tpm_measured, table[i].measured);
                assert_true(world.context.handover.stub_is_other);
                assert_int_equal(world.context.handover.reseal, RESEAL_UNAVAILABLE);
        }
        (void)set_up(state);
        world.measured_to = table[0].value;
        world.measured_to_size = table[0].size;
        world.context.variables.directory_fd = -1;
        own_choice_prepare(&world.context);
        assert_false(world.context.handover.tpm_measured);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_stub_of_ours_is_not_contradicted, set_up),
                cmocka_unit_test_setup(variables_and_image_decide, set_up),
                cmocka_unit_test_setup(the_page_is_no_way_around_the_images_word, set_up),
                cmocka_unit_test_setup(the_images_own_limits_count, set_up),
                cmocka_unit_test_setup(an_image_that_cannot_be_verified_decides_nothing, set_up),
                cmocka_unit_test_setup(what_the_other_stub_has_measured_is_its_word_of_this_start, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
