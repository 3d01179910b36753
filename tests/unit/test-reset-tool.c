/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cleanslate` where the surroundings do not play along; boot-ok; and that every command explains itself. */
#include "tests/unit/reset-tool-fixture.h"

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

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(boot_ok_removes_the_count_and_nothing_else),
                TEST(boot_ok_needs_root_and_takes_no_arguments),
                TEST(machine_without_efi_is_told_so),
                TEST(unusable_identity_is_an_error_not_a_guess),
                TEST(failing_store_is_explained),
                cmocka_unit_test(requester_is_the_person_behind_sudo),
                TEST(every_command_explains_itself),
        };
        return cmocka_run_group_tests_name("reset-tool", tests, NULL, NULL);
}
