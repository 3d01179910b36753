/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before anybody gets a prompt: everything that forbids one, the trace that has to be left, the reset that has to follow. TPM,
 * shell and pages are fakes; EFI variables and the directory that stands for the ESP are real. */
#include "tests/unit/console-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "common/base/partition-type.h"
#include "initrd/break-glass.h"
#include "initrd/console-permission.h"
#include "initrd/esp.h"
#include "initrd/gather.h"
#include "initrd/recovery.h"
#include "initrd/rescue-shell.h"
#include "linux/base/file.h"
#include "linux/image/luks.h"
#include "linux/record/break-glass-trace.h"
#include "tests/unit/scratch.h"
#include "tests/unit/two-volumes.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

#define PAGE    1000 /* an end that is no restart */
#define BOOT_ID "0123456789abcdef0123456789abcdef"

static struct world {
        struct boot_context context;
        char directory[SCRATCH_PATH_MAX];
        const char *swaps; /* NULL: a kernel without swap */
        int gather, permission, unseal, esp, shell, swap_error;
        bool permission_needed;
        int shells, asked;
} world;

int __wrap_gather_system(struct boot_context *context)
{
        return world.gather < 0 ? boot_trouble(context, world.gather, "No image.") : 0;
}

bool __wrap_console_permission_is_needed(const struct boot_context *context)
{
        return world.permission_needed;
}

int __wrap_console_permission_break_glass(struct boot_context *context)
{
        return world.permission < 0 ? boot_trouble(context, world.permission, "The password is missing.") : 0;
}

int __real_file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size);
int __wrap_file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size)
{
        const bool id = strcmp(path, "/proc/sys/kernel/random/boot_id") == 0;
        if (!id && strcmp(path, "/proc/swaps") != 0)
                return __real_file_read(directory_fd, path, max, ret_data, ret_size);
        if (!id && (world.swap_error || !world.swaps))
                return world.swap_error ? world.swap_error : -ENOENT;
        *ret_data = strdup(id ? BOOT_ID "\n" : world.swaps);
        return 0;
}

int __wrap_blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX])
{
        (void)snprintf(ret, DEVICE_PATH_MAX, "/dev/disk%u", number);
        return 0;
}

int __wrap_luks_read_token(const char *device, struct luks_token *ret)
{
        assert_string_equal(device, "/dev/disk1");
        return 0;
}

int __wrap_tpm_unseal_regardless(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const char *signature_json,
                                 size_t signature_json_size, const uint8_t *blob, size_t blob_size,
                                 uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        world.asked++;
        return world.unseal;
}

const char *__wrap_tpm_last_text(const struct tpm *tpm)
{
        return "policy check failed";
}

uint32_t __wrap_tpm_last_code(const struct tpm *tpm)
{
        return 0x99d;
}

int __wrap_esp_open(const struct inventory *inventory, struct esp *ret)
{
        ret->fd = world.esp < 0 ? -1 : open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return world.esp;
}

void __wrap_esp_close(struct esp *esp)
{
        (void)close(esp->fd);
}

int __wrap_rescue_shell(struct report *report, const char *root_path)
{
        world.shells++;
        assert_string_equal(root_path, ROOT_PATH);
        return world.shell;
}

_Noreturn void __wrap_recovery_page(struct boot_context *context, bool anything_destroyed)
{
        assert_false(anything_destroyed);
        longjmp(console.out, PAGE);
}

static int set_up(void **state)
{
        struct boot_context *context = &world.context;
        char variables[SCRATCH_PATH_MAX + 16];
        memset(&world, 0, sizeof(world));
        console_open(&context->report);
        scratch_make(world.directory, NULL);
        (void)snprintf(variables, sizeof(variables), "%s/variables", world.directory);
        assert_int_equal(mkdir(variables, 0700), 0);
        assert_int_equal(efivarfs_open(variables, &context->variables), 0);
        two_volumes(context);
        context->tpm = (struct tpm *)&world; /* nobody looks into it */
        context->inventory.signed_policy = true;
        context->handover.tpm_measured = true;
        context->handover.break_glass = context->policy.settings.break_glass = BREAK_GLASS_THEN_RESET;
        context->handover.choice = (struct boot_choice){ MODE_BREAK_GLASS, REASON_COMMAND_LINE };
        (void)snprintf(context->os.id, sizeof(context->os.id), "slate");
        world.swaps = "Filename\tType\tSize\tUsed\tPriority\n";
        world.unseal = -EACCES;
        return 0;
}

static int tear_down(void **state)
{
        efivarfs_close(&world.context.variables);
        console_close(&world.context.report);
        scratch_remove(world.directory);
        return 0;
}

static int break_it(const char *keys)
{
        int how;
        console_type(keys);
        how = setjmp(console.out);
        if (how == 0)
                break_glass(&world.context);
        (void)console_said();
        return how;
}

static enum request_state request_now(struct request *ret)
{
        static const struct id128 this_boot = { { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89,
                                                  0xab, 0xcd, 0xef } };
        void *value = NULL;
        size_t size = 0;
        int r = efivarfs_read(&world.context.variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &value, &size);
        enum request_state state = request_judge(r == 0 ? value : NULL, size, &world.context.os, &this_boot, ret, NULL);
        free(value);
        return state;
}

static uint32_t times_opened(void)
{
        struct break_glass_trace trace = { 0 };
        assert_int_equal(break_glass_trace_read(&world.context.variables, &trace), 0);
        return trace.count;
}

static void read_record(char ret[static BREAK_GLASS_RECORD_MAX + 1])
{
        int directory = open(world.directory, O_PATH | O_CLOEXEC);
        char *text = NULL;
        assert_int_equal(
                __real_file_read(directory, "EFI/cleanslate/records/break-glass-1.json", BREAK_GLASS_RECORD_MAX, &text, NULL), 0);
        (void)snprintf(ret, BREAK_GLASS_RECORD_MAX + 1, "%s", text);
        free(text);
        (void)close(directory);
}

static void the_word_opens_it_and_the_trace_is_there_before_the_shell(void **state)
{
        char record[BREAK_GLASS_RECORD_MAX + 1];
        struct request request;
        assert_int_equal(break_it("glass\rbreak-glass\r"), RB_AUTOBOOT);
        assert_said("data stays locked, use is recorded. THE NEXT BOOT ERASES EVERYTHING.\r\n");
        assert_said("config: refused by the TPM: policy check failed (0x99d)\r\n");
        assert_said("recorded as event 1\r\n");
        assert_said("the shell has ended\r\n");
        assert_int_equal(world.shells, 1);
        assert_int_equal(world.asked, 1); /* one secret for all volumes */
        assert_int_equal(times_opened(), 1);
        read_record(record);
        assert_non_null(strstr(record, "refused by the TPM: policy check failed (0x99d)"));
        assert_non_null(strstr(record, BOOT_ID));
        assert_int_equal(request_now(&request), REQUEST_PENDING); /* and due in the next boot */
        assert_string_equal(request.reason, "break-glass");
}

static void who_typed_it_in_the_menu_is_not_asked_again(void **state)
{
        world.context.handover.choice.reason = REASON_MENU;
        world.context.policy.settings.break_glass = world.context.handover.break_glass = BREAK_GLASS_ALLOWED;
        assert_int_equal(break_it(""), RB_AUTOBOOT);
        assert_int_equal(world.shells, 1);
        assert_int_equal(request_now(NULL), REQUEST_ABSENT); /* this image asks for none */
        assert_not_said("type break-glass");
}

static void who_thinks_better_of_it_leaves_no_trace(void **state)
{
        assert_int_equal(break_it("\x03"), RB_AUTOBOOT);
        assert_int_equal(world.shells, 0);
        assert_int_equal(times_opened(), 0);
        assert_int_equal(request_now(NULL), REQUEST_ABSENT);
}

static void refused(const char *why)
{
        world.context.trouble[0] = 0;
        if (break_it("\x03") != PAGE)
                fail_msg("not refused: %s", why);
        console_forget_keys(&world.context.report);
        if (!strstr(world.context.trouble, why))
                fail_msg("refused with \"%s\" instead of \"%s\"", world.context.trouble, why);
        assert_int_equal(world.shells, 0);
        assert_int_equal(times_opened(), 0);
}

static void what_forbids_it_forbids_it(void **state)
{
        struct boot_context *context = &world.context;
        context->interrupted = true;
        refused("a factory reset has begun and must be completed");
        context->interrupted = false;
        world.gather = -EIO;
        refused("No image.");
        world.gather = 0;
        context->handover.break_glass = BREAK_GLASS_OFF; /* either of the two */
        refused("cleanslate.conf does not allow it");
        context->handover.break_glass = BREAK_GLASS_THEN_RESET;
        context->policy.settings.break_glass = BREAK_GLASS_OFF;
        refused("cleanslate.conf does not allow it");
        context->policy.settings.break_glass = BREAK_GLASS_THEN_RESET;
        world.permission_needed = true;
        world.permission = -EPERM;
        refused("The password is missing.");
        world.permission_needed = false;
        context->handover.tpm_measured = false;
        refused("the stub could not measure it");
        context->handover.tpm_measured = context->mode_unmeasured = true;
        refused("the stub could not measure it");
        context->mode_unmeasured = false;
        context->policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        refused("state is not encrypted");
        context->policy.partitions[STATE].mount_point[0] = '\0'; /* what is mounted nowhere can be read as well */
        refused("state is not encrypted");
        context->policy.partitions[STATE].type = guid_partition_esp; /* holds nobody's data */
        world.swaps = "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition 1 0 -2\n";
        refused("swap is on");
        context->policy.partitions[STATE].encrypt = ENCRYPT_TPM2;
        refused("swap is on");
        world.swap_error = -EACCES;
        refused("swap is on");
        world.swap_error = 0;
        world.swaps = NULL;
        world.unseal = 0;
        refused("the TPM still releases the key of config");
}

static void without_a_tpm_or_a_locked_volume_nobody_is_asked(void **state)
{
        world.context.inventory.partitions[CONFIG].content = world.context.inventory.partitions[STATE].content = CONTENT_BLANK;
        world.unseal = 0;
        assert_int_equal(break_it("break glass\r"), RB_AUTOBOOT);
        assert_int_equal(world.asked, 0);
        assert_int_equal(world.shells, 1);
}

static void one_place_has_to_take_the_trace(void **state)
{
        world.esp = -ENODEV;
        assert_int_equal(break_it("break-glass\r"), RB_AUTOBOOT);
        assert_said("the EFI system partition does not take the event: No such device");
        assert_int_equal(world.shells, 1);
        efivarfs_close(&world.context.variables);
        world.context.variables.directory_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(break_it("break-glass\r"), PAGE);
        assert_non_null(strstr(world.context.trouble, "its use could not be recorded anywhere"));
        assert_int_equal(world.shells, 1);
        world.esp = 0;
        world.context.trouble[0] = 0;
        assert_int_equal(break_it("break-glass\r"), PAGE); /* written down, but the reset that must follow cannot be asked for */
        assert_said("the EFI variables do not take the event");
        assert_non_null(strstr(world.context.trouble, "the reset that must follow cannot be asked for"));
        assert_int_equal(world.shells, 1);
}

static void without_a_trace_no_reset_is_asked_for_either(void **state)
{
        char vendor[GUID_TEXT_SIZE], path[SCRATCH_PATH_MAX + 80];
        guid_format(&guid_cleanslate, vendor);
        (void)snprintf(path, sizeof(path), "%s/variables/" BREAK_GLASS_VARIABLE_NAME "-%s", world.directory, vendor);
        assert_int_equal(mkdir(path, 0700), 0); /* nothing is written to this one, and to others it is */
        world.esp = -ENODEV;
        assert_int_equal(break_it("break-glass\r"), PAGE);
        assert_non_null(strstr(world.context.trouble, "its use could not be recorded anywhere"));
        assert_int_equal(request_now(NULL), REQUEST_ABSENT);
        assert_int_equal(world.shells, 0);
}

static void a_shell_that_does_not_start_is_said(void **state)
{
        world.shell = -ENOEXEC;
        assert_int_equal(break_it("break-glass\r"), PAGE);
        assert_string_equal(world.context.trouble, "The break-glass shell cannot be started: Exec format error.");
}

static void it_is_told_once(void **state)
{
        int ends[2];
        char text[512] = "";
        assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
        world.context.report.kmsg_fd = ends[1];
        break_glass_tell(&world.context);
        assert_true(read(ends[0], text, sizeof(text)) < 0);
        const struct break_glass_trace trace = { .count = 2, .last_at = 1700000000 };
        assert_int_equal(break_glass_trace_write(&world.context.variables, &trace), 0);
        for (int i = 0; i < 2; i++)
                break_glass_tell(&world.context);
        ssize_t n = read(ends[0], text, sizeof(text) - 1);
        assert_true(n > 0);
        text[n] = 0;
        assert_string_equal(text, "<6>cleanslate: break-glass was used 2 time(s), last at 2023-11-14 22:13 UTC\n");
        assert_int_equal(efivarfs_write(&world.context.variables, &guid_cleanslate, BREAK_GLASS_VARIABLE_NAME, "x", 1), 0);
        break_glass_tell(&world.context);
        n = read(ends[0], text, sizeof(text) - 1);
        assert_true(n > 0);
        text[n] = 0;
        assert_non_null(strstr(text, "the counter in the EFI variables is damaged"));
        (void)close(ends[0]);
        (void)close(ends[1]);
        world.context.report.kmsg_fd = -1;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_word_opens_it_and_the_trace_is_there_before_the_shell, set_up, tear_down),
                cmocka_unit_test_setup_teardown(who_typed_it_in_the_menu_is_not_asked_again, set_up, tear_down),
                cmocka_unit_test_setup_teardown(who_thinks_better_of_it_leaves_no_trace, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_forbids_it_forbids_it, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_a_tpm_or_a_locked_volume_nobody_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(one_place_has_to_take_the_trace, set_up, tear_down),
                cmocka_unit_test_setup_teardown(without_a_trace_no_reset_is_asked_for_either, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_shell_that_does_not_start_is_said, set_up, tear_down),
                cmocka_unit_test_setup_teardown(it_is_told_once, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
