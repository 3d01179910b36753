/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `cleanslate` on a machine made of plain files: exit status, what is written, what a person is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/boot/handover.h"
#include "common/state/boot-trace.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/efi/progress-store.h"
#include "linux/record/break-glass-trace.h"
#include "reset-tool/environment.h"
#include "reset-tool/history.h"
#include "reset-tool/requester.h"

#define THIS_BOOT    "0123456789abcdef0123456789abcdef"
#define EARLIER_BOOT "fedcba9876543210fedcba9876543210"

struct fixture {
        char directory[64];
        char variables[96], os_release[96], boot_id[96], handover[96], disk[96], esp[96], reseal_key[96];
        struct environment environment;
        struct efivarfs store;
        char *output, *errors;
        size_t output_size, errors_size;
};

static int reboots; /* how often the machine was told to reboot */

static int count_reboot(void)
{
        reboots++;
        return -ENOENT;
}

static void write_text(const char *path, const char *text)
{
        assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
}

static int setup(void **state)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));
        strcpy(fixture->directory, "/tmp/cleanslate-test-tool-XXXXXX");
        assert_non_null(mkdtemp(fixture->directory));
        (void)snprintf(fixture->variables, sizeof(fixture->variables), "%s/efivars", fixture->directory);
        (void)snprintf(fixture->os_release, sizeof(fixture->os_release), "%s/os-release", fixture->directory);
        (void)snprintf(fixture->boot_id, sizeof(fixture->boot_id), "%s/boot_id", fixture->directory);
        (void)snprintf(fixture->handover, sizeof(fixture->handover), "%s/boot", fixture->directory);
        (void)snprintf(fixture->disk, sizeof(fixture->disk), "%s/disk", fixture->directory);
        (void)snprintf(fixture->esp, sizeof(fixture->esp), "%s/esp", fixture->directory);
        (void)snprintf(fixture->reseal_key, sizeof(fixture->reseal_key), "%s/reseal-key", fixture->directory);
        assert_int_equal(mkdir(fixture->variables, 0755), 0);
        write_text(fixture->os_release, "ID=slate\nIMAGE_ID=slate-image\nVERSION_ID=7\nIMAGE_VERSION=7.1\n");
        write_text(fixture->boot_id, "01234567-89ab-cdef-0123-456789abcdef\n");
        assert_int_equal(efivarfs_open(fixture->variables, &fixture->store), 0);
        fixture->environment = (struct environment){
                .output = open_memstream(&fixture->output, &fixture->output_size),
                .errors = open_memstream(&fixture->errors, &fixture->errors_size),
                .effective_user = 0,
                .requester = "alice (sudo)",
                .firmware_path = fixture->directory,
                .variables_path = fixture->variables,
                .os_release_paths = { "/nonexistent/os-release", fixture->os_release },
                .boot_id_path = fixture->boot_id,
                .handover_path = fixture->handover,
                .disk_path = fixture->disk,
                .reseal_key_path = fixture->reseal_key,
                .esp_paths = { "/nonexistent/esp", fixture->esp, "/nonexistent/boot" },
                .schedule_path = "/nonexistent/schedule.json",
                .timer_path = "/nonexistent/timer",
                .reboot = count_reboot,
                .root_path = fixture->directory,
                .command_line_path = "/nonexistent/cmdline",
                .signed_policy_path = "/nonexistent",
                .power_supply_path = "/nonexistent",
                .boot_disk = "/nonexistent/disk",
                .esp_path = fixture->directory,
                .tcti = "none",
        };
        reboots = 0;
        *state = fixture;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *fixture = *state;
        char command[128];
        efivarfs_close(&fixture->store);
        (void)fclose(fixture->environment.output);
        (void)fclose(fixture->environment.errors);
        free(fixture->output);
        free(fixture->errors);
        (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->directory);
        assert_int_equal(system(command), 0);
        free(fixture);
        return 0;
}

/* Runs a command line of at most five words. What it prints is then in fixture->output and fixture->errors. */
static int run(struct fixture *fixture, int (*command)(const struct environment *, int, char **), const char *one,
               const char *two)
{
        char *arguments[] = { (char *)"command", (char *)one, (char *)two, NULL };
        rewind(fixture->environment.output);
        rewind(fixture->environment.errors);
        int status = command(&fixture->environment, one ? two ? 3 : 2 : 1, arguments);
        fputc(0, fixture->environment.output);
        fputc(0, fixture->environment.errors);
        (void)fflush(fixture->environment.output);
        (void)fflush(fixture->environment.errors);
        return status;
}

/* As a script on a machine that nothing is known of asks; what request looks at beforehand is test-plan-tool's. */
static int ask(struct fixture *fixture, const char *one, const char *two)
{
        char *arguments[] = { (char *)"request", (char *)"--yes", (char *)"--force", (char *)one, (char *)two, NULL };
        rewind(fixture->environment.output);
        rewind(fixture->environment.errors);
        int status = request_command(&fixture->environment, one ? two ? 5 : 4 : 3, arguments);
        fputc(0, fixture->environment.output);
        fputc(0, fixture->environment.errors);
        (void)fflush(fixture->environment.output);
        (void)fflush(fixture->environment.errors);
        return status;
}

static void assert_says(const char *text, const char *part)
{
        if (!strstr(text, part))
                fail_msg("\"%s\" is not in: %s", part, text);
}

static enum request_state stored_request(const struct fixture *fixture, const char *boot, struct request *ret)
{
        const struct os_identity os = { .id = "slate", .image_id = "slate-image" };
        _cleanup_free_ void *value = NULL;
        struct id128 boot_id;
        size_t size = 0;
        int r = efivarfs_read(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &value, &size);
        assert_true(r == 0 || r == -ENOENT);
        assert_true(id128_parse(boot, strlen(boot), &boot_id));
        return request_judge(value, size, &os, &boot_id, ret, NULL);
}

static void store_request(const struct fixture *fixture, const char *id, const char *boot)
{
        struct request request = { 0 };
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size;
        strcpy(request.os.id, id);
        strcpy(request.os.image_id, "slate-image");
        strcpy(request.reason, "be\x1b[2Jcause");
        request.keep = true;
        assert_true(id128_parse(boot, strlen(boot), &request.boot_id));
        assert_int_equal(request_encode(&request, value, sizeof(value), &size), ERR_OK);
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, size), 0);
}

static void store_malformed(const struct fixture *fixture)
{
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, "{", 1), 0);
}

static void store_progress(const struct fixture *fixture, enum reset_phase phase)
{
        static const struct progress_keys keys; /* whoever's they are: the tool cannot tell */
        struct progress_store slots;
        struct progress progress;
        assert_int_equal(progress_store_read(&fixture->store, &keys, &slots, &progress), 0);
        progress.phase = phase;
        progress.attempts = 2;
        progress.failures = 1;
        progress.reset_id.bytes[15] = 0xab;
        strcpy(progress.last_error, "the disk \"sda\" did not answer");
        assert_int_equal(progress_store_commit(&slots, &progress), 0);
}

static void store_handover(const struct fixture *fixture, const struct handover *handover)
{
        char text[HANDOVER_TEXT_MAX];
        size_t size;
        assert_int_equal(handover_format(handover, text, sizeof(text), &size), ERR_OK);
        assert_int_equal(file_replace(AT_FDCWD, fixture->handover, text, size, 0644), 0);
}

static void store_mode(const struct fixture *fixture, enum boot_mode mode)
{
        store_handover(fixture, &(struct handover){ .choice = { .mode = mode } });
}

/* -- request -- */

static void request_is_written_for_this_system_and_boot(void **state)
{
        struct fixture *fixture = *state;
        struct request request, again;
        assert_int_equal(ask(fixture, "--reason", "handing it over"), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_string_equal(request.os.version_id, "7");
        assert_string_equal(request.os.image_version, "7.1");
        assert_string_equal(request.reason, "handing it over");
        assert_string_equal(request.requester, "alice (sudo)");
        assert_string_equal(fixture->errors, "");
        assert_int_equal(reboots, 0);

        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "replaces a request");
        assert_int_equal(stored_request(fixture, THIS_BOOT, &again), REQUEST_PENDING);
        assert_string_equal(again.reason, "");
        assert_memory_not_equal(&again.nonce, &request.nonce, sizeof(again.nonce));
}

static void a_request_names_the_disk_it_was_made_on(void **state)
{
        struct fixture *fixture = *state;
        struct request request = { 0 };
        struct guid expected;
        static const char text[] = "5b3a6c1e-08a4-4c42-9d0c-7f4b5f1d2a01\n";
        assert_true(guid_parse(text, strlen(text) - 1, &expected));
        write_text(fixture->disk, text);
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_true(guid_equal(&request.disk_uuid, &expected));
}

static void without_a_known_disk_a_request_names_none(void **state)
{
        struct fixture *fixture = *state;
        struct request request = { 0 };
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_true(guid_is_zero(&request.disk_uuid));
        write_text(fixture->disk, "not a GUID, and too long for one to be read at all\n");
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_true(guid_is_zero(&request.disk_uuid));
}

static void reboot_comes_after_the_request_is_written(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(ask(fixture, "--reboot", NULL), STATUS_FAILURE); /* this machine cannot */
        assert_int_equal(reboots, 1);
        assert_says(fixture->errors, "the request is written, but the reboot could not be started");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_PENDING);
}

static void request_that_cannot_be_made_does_not_reboot(void **state)
{
        struct fixture *fixture = *state;
        fixture->environment.effective_user = 1000;
        assert_int_equal(ask(fixture, "--reboot", NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "only root");
        assert_int_equal(reboots, 0);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
}

static void wrong_usage_changes_nothing(void **state)
{
        static const struct {
                const char *one, *two, *says;
        } cases[] = {
                { "--frobnicate", NULL, "--frobnicate" },
                { "--reason", NULL, "--reason" },
                { "now", NULL, "\"now\"" },
                { "--reason", "\xff\xfe", "UTF-8" },
        };
        struct fixture *fixture = *state;
        char reason[257];
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(ask(fixture, cases[i].one, cases[i].two), STATUS_USAGE);
                assert_says(fixture->errors, cases[i].says);
        }
        memset(reason, 'x', 256);
        reason[256] = 0;
        assert_int_equal(ask(fixture, "--reason", reason), STATUS_USAGE);
        assert_says(fixture->errors, "256 bytes, but at most 255");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
        reason[255] = 0;
        assert_int_equal(ask(fixture, "--reason", reason), STATUS_OK);
}

static void replaced_requests_are_named(void **state)
{
        struct fixture *fixture = *state;
        store_malformed(fixture);
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "malformed");
        store_request(fixture, "other", THIS_BOOT);
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "another system (ID=other)");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_PENDING);
}

/* -- status -- */

static void status_tells_each_request_state(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Request:  none");
        store_malformed(fixture);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "malformed: it ");
        assert_says(fixture->output, "cleanslate cancel");
        store_request(fixture, "other", EARLIER_BOOT);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "ID=other");
        store_request(fixture, "slate", THIS_BOOT);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_PENDING);
        assert_says(fixture->output, "pending");
        assert_says(fixture->output, "with files that outlive it");
        assert_says(fixture->output, "because: be?[2Jcause"); /* the terminal is not steered by a variable */
        store_request(fixture, "slate", EARLIER_BOOT);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_PENDING);
        assert_says(fixture->output, "overdue");
}

static void status_tells_that_the_break_glass_shell_was_opened(void **state)
{
        struct fixture *fixture = *state;
        struct break_glass_trace trace = { .count = 2, .reported = 1, .last_at = 1764000000 };
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"breakGlass\":{\"count\":0,\"lastAt\":null}");
        assert_int_equal(break_glass_trace_write(&fixture->store, &trace), 0);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Shell:    the break-glass shell was opened 2 time(s), last at 2025-11-24 16:00:00 UTC");
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"breakGlass\":{\"count\":2,\"lastAt\":1764000000}");
        assert_int_equal(efivarfs_write(&fixture->store, &guid_cleanslate, BREAK_GLASS_VARIABLE_NAME, "?", 1), 0);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Shell:    the break-glass counter is damaged");
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"breakGlass\":null");
}

/* -- boot-ok -- */

static bool boots_are_counted(const struct fixture *fixture)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        return efivarfs_read(&fixture->store, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, &value, &size) == 0;
}

static void boot_ok_removes_the_count_and_nothing_else(void **state)
{
        struct fixture *fixture = *state;
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];
        boot_count_encode(&(struct boot_count){ .boots = 2 }, encoded);
        store_request(fixture, "slate", THIS_BOOT);
        assert_int_equal(efivarfs_write(&fixture->store, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded)),
                         0);
        assert_int_equal(run(fixture, boot_ok_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Boot marked successful.");
        assert_false(boots_are_counted(fixture));
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_PENDING);
        assert_int_equal(run(fixture, boot_ok_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "not being counted");
}

static void boot_ok_needs_root_and_takes_no_arguments(void **state)
{
        struct fixture *fixture = *state;
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];
        boot_count_encode(&(struct boot_count){ .boots = 2 }, encoded);
        assert_int_equal(efivarfs_write(&fixture->store, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded)),
                         0);
        assert_int_equal(run(fixture, boot_ok_command, "--help", NULL), STATUS_OK);
        assert_says(fixture->output, "cleanslate-boot-ok.service");
        assert_int_equal(run(fixture, boot_ok_command, "now", NULL), STATUS_USAGE);
        fixture->environment.effective_user = 1000;
        assert_int_equal(run(fixture, boot_ok_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "only root");
        assert_true(boots_are_counted(fixture));
        fixture->environment.effective_user = 0;
        fixture->environment.variables_path = "/nonexistent";
        assert_int_equal(run(fixture, boot_ok_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "cannot open the EFI variables in /nonexistent");
}

static void status_needs_no_root(void **state)
{
        struct fixture *fixture = *state;
        fixture->environment.effective_user = 1000;
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
}

static void request_of_32_kib_is_reported_as_malformed(void **state)
{
        struct fixture *fixture = *state;
        static uint8_t value[EFI_VALUE_MAX + 1];
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, 32768), 0);
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"request\":{\"state\":\"malformed\",\"error\":\"too-large\"}");
}

static void status_tells_progress_and_mode(void **state)
{
        struct fixture *fixture = *state;
        store_progress(fixture, PHASE_ERASED);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_EXECUTING);
        assert_says(fixture->output, "under way (phase ");
        assert_says(fixture->output, "the disk \"sda\" did not answer");
        store_progress(fixture, PHASE_DONE);
        store_mode(fixture, MODE_NORMAL);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "say that the last reset is complete; the boot stub has not confirmed it");
        assert_says(fixture->output, "000000000000000000000000000000ab");
        store_handover(fixture, &(struct handover){ .choice.mode = MODE_NORMAL, .last_reset.bytes[15] = 0xab });
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Progress: the last reset is complete\n");
        store_progress(fixture,
                       PHASE_RECORDED); /* root wrote it: with this in place the stub would not have started a normal boot */
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "no reset boot of this device wrote that");
        store_progress(fixture, PHASE_DONE);
        assert_says(fixture->output, "Mode:     normal");
        store_mode(fixture, MODE_RESET);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_EXECUTING);
}

static void status_json_has_the_promised_members(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_string_equal(fixture->output,
                            "{\"request\":{\"state\":\"absent\",\"error\":null},\"progress\":{\"phase\":\"idle\"},"
                            "\"breakGlass\":{\"count\":0,\"lastAt\":null},\"schedule\":null,\"reseal\":null,\"mode\":null}\n");
        store_malformed(fixture);
        store_progress(fixture, PHASE_DONE);
        store_mode(fixture, MODE_NORMAL);
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_string_equal(fixture->output,
                            "{\"request\":{\"state\":\"malformed\",\"error\":\"truncated\"},\"progress\":{\"phase\":\"done\","
                            "\"proof\":\"claimed\",\"resetId\":"
                            "\"000000000000000000000000000000ab\",\"attempts\":2,\"failures\":1,\"lastError\":"
                            "\"the disk \\\"sda\\\" did not answer\",\"origin\":\"request\"},\"breakGlass\":{\"count\":0,"
                            "\"lastAt\":null},\"schedule\":null,\"reseal\":null,\"mode\":\"normal\"}\n");
        assert_int_equal(ask(fixture, "--reason", "x"), STATUS_OK);
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_PENDING);
        assert_says(fixture->output, "{\"request\":{\"state\":\"pending\",\"error\":null,\"osReleaseId\":\"slate\"");
        assert_says(fixture->output, "\"bootId\":\"" THIS_BOOT "\",\"reason\":\"x\",\"requester\":\"alice (sudo)\"");
        assert_says(fixture->output, "\"keep\":false}");
}

/* -- cancel -- */

static void cancel_takes_back_what_is_ours(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "no request");
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
        store_malformed(fixture);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
}

static void the_name_of_another_system_does_not_steer_the_terminal(void **state)
{
        struct fixture *fixture = *state;
        store_request(fixture, "ot\x1b[2Jher", THIS_BOOT);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "another system (ID=ot?[2Jher)");
        assert_null(strchr(fixture->errors, 0x1b));
}

static void cancel_leaves_what_is_not_ours(void **state)
{
        struct fixture *fixture = *state;
        store_request(fixture, "other", THIS_BOOT);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "another system (ID=other)");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_FOREIGN);
        store_request(fixture, "slate", THIS_BOOT);
        fixture->environment.effective_user = 1000;
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_PENDING);
}

static void begun_reset_cannot_be_cancelled(void **state)
{
        struct fixture *fixture = *state;
        store_request(fixture, "slate", EARLIER_BOOT);
        store_progress(fixture, PHASE_KEYS_DESTROYED);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "too late");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_DUE);
}

/* -- surroundings that do not play along -- */

static void machine_without_efi_is_told_so(void **state)
{
        struct fixture *fixture = *state;
        fixture->environment.firmware_path = "/nonexistent/efi";
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "not started by EFI");
        fixture->environment.firmware_path = fixture->directory;
        fixture->environment.variables_path = "/nonexistent/efi/efivars";
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "noruntime");
}

static void unusable_identity_is_an_error_not_a_guess(void **state)
{
        struct fixture *fixture = *state;
        write_text(fixture->boot_id, "nonsense\n");
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "is not a UUID");
        fixture->environment.os_release_paths[1] = "/nonexistent/os-release";
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "/nonexistent/os-release");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
}

/* Mounts that nobody else sees and that go with this process; an ordinary user plays root in a user namespace for it. */
static void own_mounts(void)
{
        char map[64];
        uid_t user = geteuid();
        gid_t group = getegid();
        assert_int_equal(unshare(CLONE_NEWNS | (user == 0 ? 0 : CLONE_NEWUSER)), 0);
        if (user != 0) {
                (void)snprintf(map, sizeof(map), "0 %u 1", user);
                assert_int_equal(file_write_existing("/proc/self/uid_map", map), 0);
                assert_int_equal(file_write_existing("/proc/self/setgroups", "deny"), 0);
                (void)snprintf(map, sizeof(map), "0 %u 1", group);
                assert_int_equal(file_write_existing("/proc/self/gid_map", map), 0);
        }
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}

/* A read-only and a full file system, by tmpfs. */
static void failing_store_is_explained(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        own_mounts();
        assert_int_equal(mount("tmpfs", fixture->variables, "tmpfs", 0, "size=4096"), 0);
        (void)snprintf(path, sizeof(path), "%s/dump-type0-1-1-1-C-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0", fixture->variables);
        write_text(path, "a crash");
        int full = ask(fixture, NULL, NULL);
        char *full_errors = strdup(fixture->errors);
        int unmounted = umount2(fixture->variables, MNT_DETACH);

        assert_int_equal(mount("tmpfs", fixture->variables, "tmpfs", MS_RDONLY, NULL), 0);
        int read_only = ask(fixture, NULL, NULL);
        unmounted |= umount2(fixture->variables, MNT_DETACH);
        assert_int_equal(unmounted, 0);
        assert_int_equal(full, STATUS_FAILURE);
        assert_says(full_errors, "store is full");
        assert_says(full_errors, "dump-type0-1-1-1-C");
        free(full_errors);
        assert_int_equal(read_only, STATUS_FAILURE);
        assert_says(fixture->errors, "mount -o remount,rw ");
}

static void requester_is_the_person_behind_sudo(void **state)
{
        char text[64], cut[8];
        assert_int_equal(setenv("SUDO_UID", "0", 1), 0);
        requester_describe(text, sizeof(text));
        assert_string_equal(text, "root (sudo)");
        assert_int_equal(setenv("SUDO_UID", "4294967290", 1), 0); /* nobody has that number */
        requester_describe(text, sizeof(text));
        assert_string_equal(text, "4294967290 (sudo)");
        requester_describe(cut, sizeof(cut));
        assert_string_equal(cut, "4294967");
        assert_int_equal(unsetenv("SUDO_UID"), 0);
        assert_int_equal(setenv("PKEXEC_UID", "0", 1), 0);
        requester_describe(text, sizeof(text));
        assert_string_equal(text, "root (pkexec)");
        assert_int_equal(unsetenv("PKEXEC_UID"), 0);
}

/* -- log -- */

static void make_esp(struct fixture *fixture)
{
        char path[160];
        (void)snprintf(path, sizeof(path), "mkdir -p %s/EFI/cleanslate/records", fixture->esp);
        assert_int_equal(system(path), 0);
}

static void put_record(struct fixture *fixture, const char *name, unsigned written_at, const char *result, const char *reason)
{
        char path[224], text[512];
        (void)snprintf(path, sizeof(path), "%s/EFI/cleanslate/records/%s", fixture->esp, name);
        (void)snprintf(text, sizeof(text),
                       "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"%s\",\n\"origin\":\"request\",\n"
                       "\"reason\":\"%s\",\n\"writtenAt\":%u,\n\"durationMs\":1600,\n\"steps\":[]}\n",
                       result, reason, written_at);
        write_text(path, text);
}

static void log_without_an_esp_says_where_it_looked(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "/nonexistent/esp");
        assert_says(fixture->errors, "Mount it");
        assert_int_equal(mkdir(fixture->esp, 0755), 0); /* a directory, and no ESP */
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_FAILURE);
}

static void log_of_a_new_device_is_empty(void **state)
{
        struct fixture *fixture = *state;
        make_esp(fixture);
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "There is no record of a reset");
        assert_int_equal(run(fixture, log_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"records\":[],\"leftOut\":0}");
}

static void log_lists_the_newest_reset_first(void **state)
{
        struct fixture *fixture = *state;
        make_esp(fixture);
        put_record(fixture, "b.json", 1700000000, "failed", "sold");
        put_record(fixture, "a.json", 1700000002, "complete", "returned");
        put_record(fixture, "c.json", 1700000001, "partial", "lent");
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        const char *first = strstr(fixture->output, "returned"), *second = strstr(fixture->output, "lent");
        assert_true(first && second && first < second && strstr(second, "sold"));
        assert_says(fixture->output, "2023-11-14 22:13:22 UTC  complete  origin request");
        assert_says(fixture->output, ", 2 s\n");
        assert_int_equal(run(fixture, log_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "{\"name\":\"a.json\",\"result\":\"complete\"");
}

static void log_is_not_steered_by_what_a_record_says(void **state)
{
        struct fixture *fixture = *state;
        make_esp(fixture);
        put_record(fixture, "a.json", 1700000000, "complete", "\\u001b[2J\\u009bH\\u202e gone");
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        assert_null(strchr(fixture->output, 0x1b));
        assert_says(fixture->output, "because: ?[2J?H? gone");
}

static void log_keeps_the_newest_of_too_many_and_counts_the_rest(void **state)
{
        struct fixture *fixture = *state;
        char name[32];
        make_esp(fixture);
        for (unsigned i = 0; i < HISTORY_MAX + 3; i++) {
                (void)snprintf(name, sizeof(name), "%u.json", i);
                put_record(fixture, name, 1700000000 + i * 7919 % (HISTORY_MAX + 3), "complete", "again");
        }
        assert_int_equal(run(fixture, log_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "... and 3 older ones");
        assert_says(fixture->output, "22:17:38 UTC"); /* the newest, 1700000258 */
        assert_null(strstr(fixture->output, "22:13:22 UTC"));
        assert_says(fixture->output, "22:13:23 UTC"); /* the oldest of those that are kept */
}

/* -- reseal -- */

/* What the initrd leaves where it has unlocked volumes. */
static void store_reseal_key(struct fixture *fixture)
{
        const uint8_t key[SHA256_SIZE] = { 7 };
        assert_int_equal(file_replace(AT_FDCWD, fixture->reseal_key, key, sizeof(key), 0400), 0);
}

static void store_reseal(struct fixture *fixture, enum reseal reseal, uint32_t starts)
{
        store_handover(fixture, &(struct handover){ .choice = { .mode = MODE_NORMAL },
                                                    .last_reset = { { 0xab } },
                                                    .reseal = reseal,
                                                    .reseal_number = 5,
                                                    .reseal_starts = starts });
}

/* The verb that stands in the variable; 0 = there is none. */
static int stored_reseal(const struct fixture *fixture)
{
        _cleanup_free_ void *value = NULL;
        struct reseal_request request;
        uint8_t mac[SHA256_SIZE];
        size_t size;
        if (efivarfs_read_ordinary(&fixture->store, &guid_cleanslate, RESEAL_VARIABLE_NAME, &value, &size) < 0)
                return 0;
        assert_int_equal(reseal_request_decode(value, size, &request), ERR_OK);
        assert_int_equal(request.last_reset.bytes[0], 0xab);
        reseal_request_mac((uint8_t[SHA256_SIZE]){ 7 }, 5, mac);
        if (request.verb == RESEAL_VERB_PREPARE)
                assert_memory_equal(request.mac, mac, sizeof(mac));
        return (int)request.verb;
}

static void reseal_is_requested_for_the_device_as_it_is(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        store_reseal(fixture, RESEAL_NONE, 0);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Now restart; then change the keys; then restart again.");
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_PREPARE);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Reseal:   requested: the next start prepares it");
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"reseal\":{\"state\":\"none\",\"startsLeft\":0,\"requested\":\"prepare\"}");
        /* whoever has read it could put it back, so it is not just taken away */
        assert_int_equal(run(fixture, reseal_command, "--cancel", NULL), STATUS_OK);
        assert_says(fixture->output, "cancelled: the next start erases the copy");
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_CANCEL);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_PREPARE);
        store_reseal(fixture, RESEAL_UNAVAILABLE, 0); /* where no stub acts on it */
        assert_int_equal(run(fixture, reseal_command, "--cancel", NULL), STATUS_OK);
        assert_says(fixture->output, "No reseal is prepared.");
        assert_int_equal(stored_reseal(fixture), 0);
}

/* The change may have been made meanwhile, and another request is the end of the copy that there is. */
static void reseal_that_is_prepared_is_not_requested_again(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        store_reseal(fixture, RESEAL_READY, 2);
        for (int cancelled = 0; cancelled < 2; cancelled++) {
                if (cancelled)
                        assert_int_equal(run(fixture, reseal_command, "--cancel", NULL), STATUS_OK);
                assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
                assert_says(fixture->output, "The reseal is prepared: after a change");
                assert_null(strstr(fixture->output, "Now restart"));
                assert_int_equal(stored_reseal(fixture), 0);
        }
        store_reseal(fixture, RESEAL_FAILED, 2); /* its use, halfway: the next start goes on with it */
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "Restart first");
        assert_int_equal(stored_reseal(fixture), 0);
        static const enum reseal over[] = { RESEAL_READY, RESEAL_OVER, RESEAL_DONE, RESEAL_FAILED };
        for (size_t i = 0; i < ARRAY_SIZE(over); i++) {
                store_reseal(fixture, over[i], 0);
                assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
                assert_int_equal(stored_reseal(fixture), RESEAL_VERB_PREPARE);
        }
}

static void reseal_that_is_prepared_is_cancelled_by_the_next_start(void **state)
{
        struct fixture *fixture = *state;
        store_reseal(fixture, RESEAL_READY, 2);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Reseal:   prepared: after a change of Secure Boot's keys");
        assert_says(fixture->output, "starts left: 2");
        assert_int_equal(run(fixture, reseal_command, "--cancel", "--json"), STATUS_OK);
        assert_string_equal(fixture->output, "{\"state\":\"ready\",\"startsLeft\":2,\"requested\":\"cancel\"}\n");
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_CANCEL);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Reseal:   cancelled: the next start erases the copy");
}

static void reseal_is_refused_where_it_cannot_work(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "was not started by Cleanslate");
        store_reseal(fixture, RESEAL_UNAVAILABLE, 0);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "keeps no secret");
        store_reseal(fixture, RESEAL_NONE, 0);
        store_request(fixture, "slate", THIS_BOOT);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "A factory reset is requested");
        assert_int_equal(efivarfs_remove(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME), 1);
        assert_int_equal(unlink(fixture->reseal_key), 0);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "locks nothing here");
        assert_int_equal(stored_reseal(fixture), 0);
}

static void reseal_needs_root_and_takes_no_arguments(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        store_reseal(fixture, RESEAL_NONE, 0);
        assert_int_equal(run(fixture, reseal_command, "now", NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, reseal_command, "--prepare", NULL), STATUS_USAGE);
        fixture->environment.effective_user = 1000;
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "only root");
        assert_int_equal(stored_reseal(fixture), 0);
}

static void status_tells_what_this_start_has_done(void **state)
{
        static const struct {
                enum reseal reseal;
                const char *words;
        } cases[] = { { RESEAL_DONE, "done: this start has sealed the volumes" },
                      { RESEAL_OVER, "over: the copy of the volumes' key" },
                      { RESEAL_FAILED, "failed; journalctl -k says why" } };
        struct fixture *fixture = *state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                store_reseal(fixture, cases[i].reseal, 0);
                assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
                assert_says(fixture->output, cases[i].words);
        }
}

static void every_command_explains_itself(void **state)
{
        struct fixture *fixture = *state;
        fixture->environment.firmware_path = "/nonexistent/efi"; /* help is no matter of the machine */
        assert_int_equal(run(fixture, request_command, "--help", NULL), STATUS_OK);
        assert_says(fixture->output, "--reboot");
        assert_int_equal(run(fixture, status_command, "--help", NULL), STATUS_OK);
        assert_says(fixture->output, "--json");
        assert_int_equal(run(fixture, cancel_command, "--help", NULL), STATUS_OK);
        assert_says(fixture->output, "cleanslate cancel");
        assert_int_equal(run(fixture, log_command, "--help", NULL), STATUS_OK);
        assert_says(fixture->output, "not proof");
}

/* A whole line; "" at the end. */
static const char *next_line(FILE *from, char line[static 4096])
{
        return fgets(line, 4096, from) ? line : "";
}

static void watching_tells_of_every_change_until_nobody_reads(void **state)
{
        struct fixture *fixture = *state;
        char *arguments[] = { (char *)"status", (char *)"--json", (char *)"--watch", NULL };
        char line[4096];
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        pid_t watcher = fork();
        assert_true(watcher >= 0);
        if (watcher == 0) {
                (void)close(ends[0]);
                fixture->environment.output = fdopen(ends[1], "w");
                _exit(status_command(&fixture->environment, 3, arguments));
        }
        (void)close(ends[1]);
        FILE *from = fdopen(ends[0], "r");
        assert_says(next_line(from, line), "\"state\":\"absent\"");
        store_request(fixture, "slate", "01234567-89ab-cdef-0123-456789abcdef");
        do /* a file that is being made may be seen empty */
                (void)next_line(from, line);
        while (strstr(line, "\"malformed\""));
        assert_null(strstr(line, "\"absent\""));
        assert_int_equal(efivarfs_remove(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME), 1);
        assert_says(next_line(from, line), "\"state\":\"absent\"");
        (void)fclose(from);
        assert_int_equal(waitpid(watcher, &status, 0), watcher);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), STATUS_OK);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(watching_tells_of_every_change_until_nobody_reads),
                TEST(a_request_names_the_disk_it_was_made_on),
                TEST(without_a_known_disk_a_request_names_none),
                TEST(request_is_written_for_this_system_and_boot),
                TEST(reboot_comes_after_the_request_is_written),
                TEST(request_that_cannot_be_made_does_not_reboot),
                TEST(wrong_usage_changes_nothing),
                TEST(replaced_requests_are_named),
                TEST(status_tells_each_request_state),
                TEST(status_needs_no_root),
                TEST(status_tells_that_the_break_glass_shell_was_opened),
                TEST(boot_ok_removes_the_count_and_nothing_else),
                TEST(boot_ok_needs_root_and_takes_no_arguments),
                TEST(request_of_32_kib_is_reported_as_malformed),
                TEST(status_tells_progress_and_mode),
                TEST(status_json_has_the_promised_members),
                TEST(cancel_takes_back_what_is_ours),
                TEST(the_name_of_another_system_does_not_steer_the_terminal),
                TEST(cancel_leaves_what_is_not_ours),
                TEST(begun_reset_cannot_be_cancelled),
                TEST(machine_without_efi_is_told_so),
                TEST(unusable_identity_is_an_error_not_a_guess),
                TEST(failing_store_is_explained),
                TEST(log_without_an_esp_says_where_it_looked),
                TEST(log_of_a_new_device_is_empty),
                TEST(log_lists_the_newest_reset_first),
                TEST(log_is_not_steered_by_what_a_record_says),
                TEST(log_keeps_the_newest_of_too_many_and_counts_the_rest),
                cmocka_unit_test(requester_is_the_person_behind_sudo),
                TEST(reseal_is_requested_for_the_device_as_it_is),
                TEST(reseal_that_is_prepared_is_not_requested_again),
                TEST(reseal_that_is_prepared_is_cancelled_by_the_next_start),
                TEST(reseal_is_refused_where_it_cannot_work),
                TEST(reseal_needs_root_and_takes_no_arguments),
                TEST(status_tells_what_this_start_has_done),
                TEST(every_command_explains_itself),
        };
        return cmocka_run_group_tests_name("reset-tool", tests, NULL, NULL);
}
