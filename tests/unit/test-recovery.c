/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recovery page under the hands of somebody at the machine: what each key does and what is said of it. The reset itself, the
 * image and the restart are fakes; consoles, EFI variables and progress are real. */
#include "tests/unit/console-fixture.h"

#include "common/state/boot-trace.h"
#include "initrd/console-permission.h"
#include "initrd/gather.h"
#include "initrd/kernel-log.h"
#include "initrd/recovery-key.h"
#include "initrd/recovery.h"
#include "initrd/reset-request.h"
#include "initrd/reset.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        struct boot_context context;
        char directory[SCRATCH_PATH_MAX];
        struct console_access access;
        int gathers, gather_system, gather_partitions, permission, check, ask, ask_at_restart, key, commit;
        enum course_state reset_ends;
        int measured, resets, announced, asked, committed;
        enum boot_mode measured_mode;
        char written[64], typed_key[256], reason[64], requester[64];
        struct progress stored;
} world;

int __wrap_gather_system(struct boot_context *context)
{
        world.gathers++;
        context->gather_tried = true;
        context->gathered = world.gather_system == 0;
        return world.gather_system;
}

int __wrap_gather_partitions(struct boot_context *context)
{
        return world.gather_partitions < 0 ? boot_trouble(context, world.gather_partitions, "No table.") : 0;
}

void __wrap_gather_measure_mode(struct boot_context *context, enum boot_mode mode)
{
        world.measured++;
        world.measured_mode = mode;
}

int __wrap_reset_check(struct boot_context *context, struct plan *ret_plan)
{
        (void)snprintf(world.reason, sizeof(world.reason), "%s", context->request.reason);
        (void)snprintf(world.requester, sizeof(world.requester), "%s", context->request.requester);
        if (world.check < 0)
                return boot_trouble(context, world.check, "No rebuild.");
        ret_plan->steps[0] = (struct plan_step){ .kind = STEP_DESTROY_KEYS, .partition = 0 };
        ret_plan->steps[1] = (struct plan_step){ .kind = STEP_DESTROY_KEYS, .partition = -1 };
        ret_plan->steps[2] = (struct plan_step){ .kind = STEP_ERASE, .partition = 1 };
        ret_plan->step_count = 3;
        ret_plan->disks.count = 1;
        ret_plan->tpm_clear = TPM_CLEAR_REQUIRED;
        return 0;
}

void __wrap_reset_announce(struct boot_context *context)
{
        world.announced++;
}

enum course_state __wrap_reset_run(struct boot_context *context, enum reset_origin origin)
{
        assert_int_equal(origin, ORIGIN_RECOVERY);
        world.resets++;
        if (world.reset_ends != COURSE_STATE_COMPLETE)
                (void)boot_trouble(context, -EIO, "It broke.");
        return world.reset_ends;
}

int __wrap_reset_ask_next_boot(struct boot_context *context, const char *reason, const char *requester)
{
        world.asked++;
        return world.ask < 0 ? boot_trouble(context, world.ask, "No variable.") : 0;
}

struct console_access __wrap_console_permission_known(const struct boot_context *context)
{
        return world.access;
}

int __wrap_console_permission_reset(struct boot_context *context)
{
        return world.permission < 0 ? boot_trouble(context, world.permission, "Not from here.") : 0;
}

int __wrap_console_permission_ask_at_restart(struct boot_context *context)
{
        return world.ask_at_restart;
}

int __wrap_recovery_key_use(struct boot_context *context, const char *typed)
{
        (void)snprintf(world.typed_key, sizeof(world.typed_key), "%s", typed);
        return world.key;
}

int __wrap_progress_store_commit(struct progress_store *store, struct progress *progress)
{
        world.committed++;
        world.stored = *progress;
        return world.commit;
}

int __wrap_file_write_existing(const char *path, const char *text)
{
        (void)snprintf(world.written, sizeof(world.written), "%s %s", path, text);
        return 0;
}

void __wrap_kernel_log_read(struct kernel_log *ret)
{
        *ret = (struct kernel_log){ .lines = { "1.000 an event" }, .count = 1 };
}

static int set_up(void **state)
{
        struct boot_context *context = &world.context;
        memset(&world, 0, sizeof(world));
        console_open(&context->report);
        scratch_make(world.directory, NULL);
        assert_int_equal(efivarfs_open(world.directory, &context->variables), 0);
        context->handover.choice.mode = MODE_RECOVERY;
        context->progress_known = true;
        context->root_fd = -1;
        world.access.reset = ACCESS_ALLOWED;
        context->inventory.partition_count = 2;
        (void)snprintf(context->inventory.partitions[0].name, sizeof(context->inventory.partitions[0].name), "state");
        context->inventory.partitions[0].size_bytes = UINT64_C(3) << 29;
        (void)snprintf(context->inventory.partitions[1].name, sizeof(context->inventory.partitions[1].name), "data");
        struct inventory_disk *disk = &context->inventory.disks[0];
        (void)snprintf(disk->path, sizeof(disk->path), "/dev/sdz");
        (void)snprintf(disk->media.model, sizeof(disk->media.model), "BigDisk");
        disk->media.size_bytes = UINT64_C(1) << 40;
        return 0;
}

static int tear_down(void **state)
{
        efivarfs_close(&world.context.variables);
        console_close(&world.context.report);
        scratch_remove(world.directory);
        return 0;
}

/* How the page ends under these keys; what it has said is in console.said. */
static int page(const char *keys, bool anything_destroyed)
{
        int how;
        console_type(keys);
        how = setjmp(console.out);
        if (how == 0)
                recovery_page(&world.context, anything_destroyed);
        (void)console_said();
        return how;
}

static bool is_there(const struct guid *vendor, const char *name)
{
        void *value = NULL;
        size_t size;
        int r = efivarfs_read(&world.context.variables, vendor, name, &value, &size);
        free(value);
        return r == 0;
}

static void keys_that_mean_nothing_do_nothing(void **state)
{
        assert_int_equal(page("xct\rkR", false), RB_AUTOBOOT);
        assert_said("CLEANSLATE RECOVERY\r\n");
        assert_said("RECOVERY: The machine was started in recovery mode.\r\n");
        assert_said("RECOVERY: nothing was erased and nothing was changed on the disk.\r\n");
        assert_said("RECOVERY: press r to restart, p to power off, f for a factory reset\r\n");
        assert_said("1.000 an event");
        assert_said("restarting\r\n");
        assert_null(strstr(strstr(console.said, "CLEANSLATE RECOVERY") + 1, "CLEANSLATE RECOVERY")); /* shown once */
        assert_string_equal(world.written, "");
        assert_int_equal(world.resets + world.asked + world.committed, 0);
}

static void power_off_is_power_off(void **state)
{
        assert_int_equal(page("p", false), RB_POWER_OFF);
        world.context.power_off_next = true;
        assert_int_equal(page("r", false), RB_POWER_OFF); /* as the firmware wants it */
}

static void the_page_is_no_ordinary_boot(void **state)
{
        (void)page("r", false);
        assert_int_equal(world.measured, 0);
        world.context.handover.choice.mode = MODE_NORMAL;
        (void)page("r", false);
        assert_int_equal(world.measured, 1);
        assert_int_equal(world.measured_mode, MODE_RECOVERY);
        assert_int_equal(world.context.handover.choice.mode, MODE_RECOVERY);
}

static void the_reason_stays_on_the_page_in_its_own_words(void **state)
{
        struct boot_context *context = &world.context;
        (void)boot_trouble(context, -EIO, "The disk is gone.");
        context->report.language = LANGUAGE_GERMAN;
        context->interrupted = true;
        context->progress.failures = 3;
        (void)snprintf(context->progress.last_error, sizeof(context->progress.last_error), "No space.");
        (void)page("r", false);
        assert_said("RECOVERY: The disk is gone.\r\n");
        assert_said("3");
        assert_said("No space.");
        assert_not_said("to restart");
}

static void a_request_is_cancelled_for_good(void **state)
{
        world.context.request_state = REQUEST_DUE;
        assert_int_equal(
                efivarfs_write(&world.context.variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, "request", 7), 0);
        assert_int_equal(efivarfs_write(&world.context.variables, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, "\3\3\1", 3), 0);
        assert_int_equal(page("c", false), RB_AUTOBOOT);
        assert_false(is_there(&guid_systemd_factory_reset, REQUEST_VARIABLE_NAME));
        assert_false(is_there(&guid_cleanslate, BOOT_COUNT_VARIABLE_NAME)); /* or the next start would be the page again */
        assert_said("the request was cancelled");
        efivarfs_close(&world.context.variables);
        world.context.variables.directory_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(page("cp", false), RB_POWER_OFF);
        assert_said("RECOVERY: the request cannot be removed: ");
        assert_not_said("the request was cancelled");
}

static void trying_again_starts_the_counters_anew_and_forgets_nothing(void **state)
{
        struct progress *progress = &world.context.progress;
        for (int kept = 0; kept < 2; kept++) {
                *progress = (struct progress){ .phase = PHASE_KEYS_DESTROYED, .attempts = 5, .failures = 4, .firmware_asked = 2 };
                world.context.keys.progress.secret_kept = kept;
                assert_int_equal(page("t", true), RB_AUTOBOOT);
                assert_int_equal(world.committed, kept + 1);
                assert_int_equal(world.stored.attempts + world.stored.failures, 0);
                assert_int_equal(world.stored.phase, PHASE_KEYS_DESTROYED);
                assert_int_equal(world.stored.firmware_asked, kept ? 2 : 0);
                assert_string_equal(world.written, "");
        }
        progress->awaiting_firmware = true;
        assert_int_equal(page("t", true), RB_AUTOBOOT);
        assert_string_equal(world.written, "/sys/kernel/reboot/mode warm");
        world.commit = -ENOSPC;
        assert_int_equal(page("tp", true), RB_POWER_OFF);
        assert_said("RECOVERY: the EFI variables cannot be written: No space left on device");
        assert_said("t to try the reset again");
        assert_not_said("for a factory reset");
}

static void boots_that_failed_are_counted_anew(void **state)
{
        world.context.handover.choice.reason = REASON_BOOTS_FAILED;
        assert_int_equal(efivarfs_write(&world.context.variables, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, "5", 1), 0);
        assert_int_equal(page("t", false), RB_AUTOBOOT);
        assert_false(is_there(&guid_cleanslate, BOOT_COUNT_VARIABLE_NAME));
        assert_int_equal(world.committed, 0);
}

static void a_reset_wants_the_whole_word(void **state)
{
        assert_int_equal(page("freset\r", false), RB_AUTOBOOT);
        assert_int_equal(world.gathers, 1);
        assert_int_equal(world.resets, 1);
        assert_int_equal(world.announced, 1);
        assert_string_equal(world.reason, "asked for on the recovery page");
        assert_string_equal(world.requester, "somebody at the console");
        assert_said("This would be erased for good, and rebuilt:\r\n    state                   1.5 GiB\r\n    whole disk");
        assert_said("whole disk sdz          1.0 TiB  BigDisk");
        assert_said("TPM clear: required");
        assert_not_said("\r\n    data");
        static const char *const others[] = { "fresets\rp", "freset\x03p", "f\rp", "frese\rp" };
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                assert_int_equal(page(others[i], false), RB_POWER_OFF);
                assert_said("RECOVERY: Factory reset not started: it was not confirmed.\r\n");
        }
        assert_int_equal(world.resets, 1);
        assert_int_equal(world.gathers, 1);
}

static void without_a_way_to_rebuild_nothing_is_asked(void **state)
{
        static const struct {
                int *fault;
                const char *why;
        } cases[] = { { &world.gather_system, "No image." },
                      { &world.permission, "Not from here." },
                      { &world.gather_partitions, "No table." },
                      { &world.check, "No rebuild." } };
        (void)snprintf(world.context.image_trouble, sizeof(world.context.image_trouble), "No image.");
        (void)boot_trouble(&world.context, -EIO, "The first reason.");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char expected[128];
                *cases[i].fault = -EPERM;
                world.context.gather_tried = false;
                assert_int_equal(page("fp", false), RB_POWER_OFF);
                *cases[i].fault = 0;
                (void)snprintf(expected, sizeof(expected), "RECOVERY: Factory reset not started: %s Nothing was erased.\r\n",
                               cases[i].why);
                assert_said(expected);
                assert_said("RECOVERY: The first reason.\r\n");
                assert_not_said("type reset");
        }
        assert_int_equal(world.resets, 0);
}

static void a_request_that_is_due_keeps_its_words(void **state)
{
        world.context.request_state = REQUEST_DUE;
        (void)snprintf(world.context.request.reason, sizeof(world.context.request.reason), "sold");
        (void)page("freset\r", false);
        assert_string_equal(world.reason, "sold");
}

static void an_ordinary_boot_that_ended_here_asks_the_next_one(void **state)
{
        world.context.keys.progress.secret_kept = true; /* and none for a reset */
        assert_int_equal(page("freset\r", false), RB_AUTOBOOT);
        assert_int_equal(world.asked, 1);
        world.ask = -EROFS;
        assert_int_equal(page("freset\rp", false), RB_POWER_OFF);
        assert_said("RECOVERY: Factory reset not started: No variable. Nothing was erased.\r\n");
        assert_int_equal(world.resets, 0);
}

static void what_was_begun_restarts_and_what_was_not_stays(void **state)
{
        static const enum course_state begun[] = { COURSE_STATE_COMPLETE, COURSE_STATE_AWAITING_FIRMWARE, COURSE_STATE_TRY_AGAIN,
                                                   COURSE_STATE_PAGE };
        for (size_t i = 0; i < ARRAY_SIZE(begun); i++) {
                world.reset_ends = begun[i];
                world.context.trouble[0] = 0;
                assert_int_equal(page("freset\r", false), RB_AUTOBOOT);
                assert_true((strstr(console.said, "reset: FAILED: It broke.") != NULL) == (i >= 2));
        }
        world.reset_ends = COURSE_STATE_PAGE_INTACT;
        world.context.trouble[0] = 0;
        assert_int_equal(page("freset\rp", false), RB_POWER_OFF);
        assert_said("RECOVERY: Factory reset not started: It broke. Nothing was erased.\r\n");
}

static void the_password_is_asked_for_by_the_stub_alone(void **state)
{
        world.access.reset = ACCESS_PASSWORD;
        assert_int_equal(page("f", false), RB_AUTOBOOT);
        assert_said("f to restart and type the password for a factory reset");
        world.ask_at_restart = -EBUSY;
        assert_int_equal(page("fp", false), RB_POWER_OFF);
        assert_said("RECOVERY: restart and choose the factory reset in the boot menu");
        world.ask_at_restart = -ENOSPC;
        assert_int_equal(page("fp", false), RB_POWER_OFF);
        assert_said("RECOVERY: the EFI variables cannot be written: No space left on device");
        world.access.reset = ACCESS_OFF;
        assert_int_equal(page("fp", false), RB_POWER_OFF);
        assert_said("this image allows no factory reset from the console");
        assert_int_equal(world.resets + world.gathers, 0);
        world.access.reset = ACCESS_PASSWORD;
        world.context.handover.password_given = true;
        assert_int_equal(page("freset\r", false), RB_AUTOBOOT);
        assert_int_equal(world.resets, 1);
}

static void a_recovery_key_is_taken_or_said_why_not(void **state)
{
        static const struct {
                int result;
                const char *why;
        } cases[] = { { -EINVAL, "RECOVERY: that is not a recovery key" },
                      { -EACCES, "RECOVERY: this recovery key does not open the volumes of this device.\r\n" },
                      { -ENOENT, "RECOVERY: this recovery key does not open the volumes of this device.\r\n" },
                      { -ENODEV, "RECOVERY: the volumes could not be resealed: No such device\r\n" } };
        world.context.recovery_key_helps = true;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                world.key = cases[i].result;
                assert_int_equal(page("kabx\x7f"
                                      "c\rp",
                                      false),
                                 RB_POWER_OFF);
                assert_string_equal(world.typed_key, "abc");
                assert_said(cases[i].why);
        }
        assert_int_equal(page("ksecret\x03p", false), RB_POWER_OFF); /* thought better of it */
        assert_string_equal(world.typed_key, "abc");
        assert_not_said("RECOVERY: the volumes could not");
        world.key = 0;
        assert_int_equal(page("kabc\r", false), RB_AUTOBOOT);
        assert_said("the volumes are sealed to this machine as it is now\r\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(keys_that_mean_nothing_do_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(power_off_is_power_off, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_page_is_no_ordinary_boot, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_reason_stays_on_the_page_in_its_own_words, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_request_is_cancelled_for_good, set_up, tear_down),
                cmocka_unit_test_setup_teardown(trying_again_starts_the_counters_anew_and_forgets_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(boots_that_failed_are_counted_anew, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_reset_wants_the_whole_word, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_a_way_to_rebuild_nothing_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_request_that_is_due_keeps_its_words, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_ordinary_boot_that_ended_here_asks_the_next_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_was_begun_restarts_and_what_was_not_stays, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_password_is_asked_for_by_the_stub_alone, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_recovery_key_is_taken_or_said_why_not, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
