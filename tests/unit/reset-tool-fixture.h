/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine made of plain files for the tests of `cleanslate`: EFI variables, os-release, what the initrd handed down; and its
 * commands, run as a person runs them. */
#ifndef CLEANSLATE_TESTS_UNIT_RESET_TOOL_FIXTURE_H
#define CLEANSLATE_TESTS_UNIT_RESET_TOOL_FIXTURE_H

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

static inline int count_reboot(void)
{
        reboots++;
        return -ENOENT;
}

static inline void write_text(const char *path, const char *text)
{
        assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
}

static inline int setup(void **state)
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

static inline int teardown(void **state)
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
static inline int run(struct fixture *fixture, int (*command)(const struct environment *, int, char **), const char *one,
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
static inline int ask(struct fixture *fixture, const char *one, const char *two)
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

static inline void assert_says(const char *text, const char *part)
{
        if (!strstr(text, part))
                fail_msg("\"%s\" is not in: %s", part, text);
}

static inline enum request_state stored_request(const struct fixture *fixture, const char *boot, struct request *ret)
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

static inline void store_request(const struct fixture *fixture, const char *id, const char *boot)
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

static inline void store_malformed(const struct fixture *fixture)
{
        assert_int_equal(efivarfs_write(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, "{", 1), 0);
}

static inline void store_progress(const struct fixture *fixture, enum reset_phase phase)
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

static inline void store_handover(const struct fixture *fixture, const struct handover *handover)
{
        char text[HANDOVER_TEXT_MAX];
        size_t size;
        assert_int_equal(handover_format(handover, text, sizeof(text), &size), ERR_OK);
        assert_int_equal(file_replace(AT_FDCWD, fixture->handover, text, size, 0644), 0);
}

#endif
