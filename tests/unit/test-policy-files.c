/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the policy below a root directory: which files count, in which order, and that a refusal names file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/base/file.h"
#include "linux/image/policy-files.h"
#include "tests/unit/scratch.h"

#define SWAP "[Partition]\nType=swap\n"

static struct fixture {
        char directory[SCRATCH_PATH_MAX];
        int root;
        struct policy policy;
        struct policy_error error;
} fixture;

static int set_up(void **state)
{
        memset(&fixture, 0, sizeof(fixture));
        scratch_make(fixture.directory, NULL);
        fixture.root = open(fixture.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fixture.root >= 0);
        assert_int_equal(make_directories(fixture.root, "usr/lib/repart.d", 0755), 0);
        assert_int_equal(make_directories(fixture.root, "usr/lib/cleanslate", 0755), 0);
        return 0;
}

static int tear_down(void **state)
{
        (void)close(fixture.root);
        scratch_remove(fixture.directory);
        return 0;
}

static void definition(const char *name, const char *text)
{
        char path[128];

        (void)snprintf(path, sizeof(path), "usr/lib/repart.d/%s", name);
        scratch_text(fixture.root, path, text);
}

static void settings(const char *text)
{
        scratch_text(fixture.root, "usr/lib/cleanslate/cleanslate.conf", text);
}

static int read_policy(void)
{
        return policy_files_read(fixture.root, &fixture.policy, &fixture.error);
}

static void assert_refused(int expected, const char *message)
{
        char text[512];

        memset(&fixture.error, 0xaa, sizeof(fixture.error));
        assert_int_equal(read_policy(), expected);
        policy_error_format(&fixture.error, text, sizeof(text));
        assert_string_equal(text, message);
}

static void definitions_come_in_the_order_of_their_names(void **state)
{
        static const char *const names[] = { "20-b.conf", "10-z.conf", "3.conf", "B.conf", "a.conf", "10-a.conf" };
        static const char *const order[] = { "10-a.conf", "10-z.conf", "20-b.conf", "3.conf", "B.conf", "a.conf" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                definition(names[i], SWAP);
        assert_int_equal(read_policy(), 0);
        assert_int_equal(fixture.policy.partition_count, 6);
        for (size_t i = 0; i < 6; i++)
                assert_string_equal(fixture.policy.partitions[i].file, order[i]);
}

static void only_conf_files_count(void **state)
{
        definition("10.conf.bak", "nonsense");
        definition("README", "nonsense");
        definition(".hidden.conf", "nonsense");
        definition("conf", "nonsense");
        definition("10.CONF", "nonsense");
        definition("10.conf", SWAP);
        assert_int_equal(read_policy(), 0);
        assert_int_equal(fixture.policy.partition_count, 1);
}

static void what_is_missing_means_defaults(void **state)
{
        assert_int_equal(read_policy(), 0);
        assert_int_equal(fixture.policy.partition_count, 0);
        assert_int_equal(unlinkat(fixture.root, "usr/lib/repart.d", AT_REMOVEDIR), 0);
        assert_int_equal(unlinkat(fixture.root, "usr/lib/cleanslate", AT_REMOVEDIR), 0);
        memset(&fixture.policy, 0xff, sizeof(fixture.policy));
        assert_int_equal(read_policy(), 0);
        assert_int_equal(fixture.policy.partition_count, 0);
        assert_int_equal(fixture.policy.settings.tpm_clear, TPM_CLEAR_REQUIRED);
        assert_int_equal(fixture.policy.settings.failures_max, 3);
}

static void definitions_and_settings_are_both_read(void **state)
{
        definition("10.conf", SWAP);
        settings("[Reset]\nattempts=7\ntpm-clear=try\n");
        assert_int_equal(read_policy(), 0);
        assert_int_equal(fixture.policy.partition_count, 1);
        assert_int_equal(fixture.policy.settings.failures_max, 7);
        assert_int_equal(fixture.policy.settings.tpm_clear, TPM_CLEAR_TRY);
}

static void a_refused_file_is_named_with_its_line(void **state)
{
        definition("10.conf", SWAP);
        definition("20.conf", "[Partition]\nType=swap\n\nSizeMinBytes=much\n");
        definition("30.conf", "nonsense");
        assert_int_equal(read_policy(), -EINVAL);
        assert_string_equal(fixture.error.file, "20.conf");
        assert_int_equal(fixture.error.line, 4);
        assert_string_equal(fixture.error.key, "SizeMinBytes");
}

static void refused_settings_are_named_with_their_line(void **state)
{
        settings("[Reset]\n\nattempt=7\n");
        assert_int_equal(read_policy(), -EINVAL);
        assert_string_equal(fixture.error.file, "cleanslate.conf");
        assert_int_equal(fixture.error.line, 3);
        assert_int_equal(fixture.error.err, ERR_UNKNOWN_KEY);
}

static void oversized(const char *path, size_t size)
{
        char *text = malloc(size);

        assert_non_null(text);
        memset(text, '#', size);
        memcpy(text, SWAP, strlen(SWAP));
        scratch_write(fixture.root, path, text, size);
        free(text);
}

static void a_file_over_its_limit_is_named(void **state)
{
        oversized("usr/lib/repart.d/10.conf", POLICY_FILE_MAX + 1);
        assert_refused(-E2BIG, "10.conf: is larger than allowed (at most 64 KiB)");
        oversized("usr/lib/repart.d/10.conf", POLICY_FILE_MAX);
        assert_int_equal(read_policy(), 0);
        oversized("usr/lib/cleanslate/cleanslate.conf", POLICY_FILE_MAX + 1);
        assert_refused(-E2BIG, "cleanslate.conf: is larger than allowed (at most 64 KiB)");
}

static void what_cannot_be_read_is_named(void **state)
{
        assert_int_equal(mkdirat(fixture.root, "usr/lib/repart.d/10.conf", 0755), 0);
        assert_int_equal(read_policy(), -EISDIR);
        assert_string_equal(fixture.error.file, "10.conf");
        assert_int_equal(unlinkat(fixture.root, "usr/lib/repart.d/10.conf", AT_REMOVEDIR), 0);
        assert_int_equal(unlinkat(fixture.root, "usr/lib/repart.d", AT_REMOVEDIR), 0);
        scratch_text(fixture.root, "usr/lib/repart.d", "a file");
        assert_int_equal(read_policy(), -ENOTDIR);
        assert_string_equal(fixture.error.file, "usr/lib/repart.d");
}

static void more_definitions_than_there_is_room_for_are_refused(void **state)
{
        for (unsigned i = 0; i <= POLICY_PARTITIONS_MAX; i++) {
                char name[32];

                (void)snprintf(name, sizeof(name), "%02u.conf", i);
                definition(name, SWAP);
        }
        assert_int_equal(read_policy(), -EINVAL);
        assert_string_equal(fixture.error.file, "16.conf");
}

static void the_system_is_known_by_the_image_not_by_etc(void **state)
{
        struct os_identity os;

        assert_int_equal(os_identity_read(fixture.root, &os), -ENOENT);
        scratch_text(fixture.root, "usr/lib/os-release", "ID=vendor\nIMAGE_ID=\"gate way\"\n");
        assert_int_equal(make_directories(fixture.root, "etc", 0755), 0);
        scratch_text(fixture.root, "etc/os-release", "ID=other\n");
        assert_int_equal(os_identity_read(fixture.root, &os), 0);
        assert_string_equal(os.id, "vendor");
        assert_string_equal(os.image_id, "gate way");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(definitions_come_in_the_order_of_their_names, set_up, tear_down),
                cmocka_unit_test_setup_teardown(only_conf_files_count, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_missing_means_defaults, set_up, tear_down),
                cmocka_unit_test_setup_teardown(definitions_and_settings_are_both_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_refused_file_is_named_with_its_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(refused_settings_are_named_with_their_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_file_over_its_limit_is_named, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_cannot_be_read_is_named, set_up, tear_down),
                cmocka_unit_test_setup_teardown(more_definitions_than_there_is_room_for_are_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_system_is_known_by_the_image_not_by_etc, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
