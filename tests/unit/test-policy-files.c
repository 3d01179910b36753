/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the policy below a root directory: which files count, in which order, and that a refusal names file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/bytes.h"
#include "linux/base/file.h"
#include "linux/image/policy-files.h"
#include "tests/unit/scratch.h"
#include <sched.h>
#include <sys/mount.h>

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
        return policy_files_read(fixture.root, IMAGE_ROOT, &fixture.policy, &fixture.error);
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
        assert_string_equal(fixture.error.file, "/usr/lib/repart.d/20.conf");
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
        assert_refused(-E2BIG, "/usr/lib/repart.d/10.conf: is larger than allowed (at most 64 KiB)");
        oversized("usr/lib/repart.d/10.conf", POLICY_FILE_MAX);
        assert_int_equal(read_policy(), 0);
        oversized("usr/lib/cleanslate/cleanslate.conf", POLICY_FILE_MAX + 1);
        assert_refused(-E2BIG, "cleanslate.conf: is larger than allowed (at most 64 KiB)");
}

static void what_cannot_be_read_is_named(void **state)
{
        assert_int_equal(mkdirat(fixture.root, "usr/lib/repart.d/10.conf", 0755), 0);
        assert_int_equal(read_policy(), -EISDIR);
        assert_string_equal(fixture.error.file, "/usr/lib/repart.d/10.conf");
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
        assert_string_equal(fixture.error.file, "/usr/lib/repart.d/24.conf");
}

/* A file anywhere below the root, with its directories. */
static void put(const char *path, const char *text)
{
        char parent[128];

        (void)snprintf(parent, sizeof(parent), "%s", path);
        *strrchr(parent, '/') = 0;
        assert_int_equal(make_directories(fixture.root, parent, 0755), 0);
        scratch_text(fixture.root, path, text);
}

static void put_link(const char *path, const char *target)
{
        put(path, "");
        assert_int_equal(unlinkat(fixture.root, path, 0), 0);
        assert_int_equal(symlinkat(target, fixture.root, path), 0);
}

static const char *labels(void)
{
        static char text[256];
        struct writer writer = writer_over(text, sizeof(text));

        assert_int_equal(read_policy(), 0);
        for (size_t i = 0; i < fixture.policy.partition_count; i++) {
                writer_text(&writer, i > 0 ? " " : "");
                writer_text(&writer, fixture.policy.partitions[i].label);
        }
        return text;
}

static void the_first_directory_with_a_name_counts(void **state)
{
        put("usr/lib/repart.d/10.conf", SWAP "Label=usr\n");
        put("usr/lib/repart.d/20.conf", SWAP "Label=b\n");
        assert_string_equal(labels(), "usr b");
        put("usr/local/lib/repart.d/10.conf", SWAP "Label=local\n");
        assert_string_equal(labels(), "local b");
        put("run/repart.d/10.conf", SWAP "Label=run\n");
        assert_string_equal(labels(), "run b");
        put("etc/repart.d/10.conf", SWAP "Label=etc\n");
        put("etc/repart.d/15.conf", SWAP "Label=more\n");
        assert_string_equal(labels(), "etc more b");
}

static void drop_ins_add_to_their_definition_in_order(void **state)
{
        put("usr/lib/repart.d/10.conf", SWAP "Label=a\n");
        put("usr/lib/repart.d/10.conf.d/50.conf", "[Partition]\nLabel=fifty\nFactoryReset=yes\n");
        assert_string_equal(labels(), "fifty");
        assert_true(fixture.policy.partitions[0].factory_reset);
        put("etc/repart.d/10.conf.d/60.conf", "[Partition]\nLabel=sixty\n");
        assert_string_equal(labels(), "sixty");
        put("run/repart.d/10.conf.d/50.conf", "[Partition]\nFactoryReset=no\n");
        assert_string_equal(labels(), "sixty");
        assert_false(fixture.policy.partitions[0].factory_reset);
        put("etc/repart.d/10.conf", SWAP "Label=other\n"); /* has the drop-ins of all directories as well */
        assert_string_equal(labels(), "sixty");
        put("usr/lib/repart.d/99.conf.d/50.conf", "[Partition]\nLabel=of nothing\n");
        assert_string_equal(labels(), "sixty");
        put("etc/repart.d/10.conf.d/70.conf", "[Partition]\nLabel=%q\n");
        assert_int_equal(read_policy(), -EINVAL);
        assert_string_equal(fixture.error.file, "/etc/repart.d/10.conf.d/70.conf");
        assert_int_equal(fixture.error.line, 2);
}

static void masks_take_a_name_away(void **state)
{
        put("usr/lib/repart.d/10.conf", SWAP "Label=a\n");
        put("usr/lib/repart.d/10.conf.d/50.conf", "[Partition]\nLabel=dropped-in\n");
        put("usr/lib/repart.d/20.conf", SWAP "Label=b\n");
        put_link("etc/repart.d/10.conf.d/50.conf", "/dev/null");
        assert_string_equal(labels(), "a b");
        put("etc/repart.d/10.conf.d/50.conf2", "");
        assert_int_equal(unlinkat(fixture.root, "etc/repart.d/10.conf.d/50.conf", 0), 0);
        assert_string_equal(labels(), "dropped-in b");
        put("etc/repart.d/20.conf", ""); /* empty */
        assert_string_equal(labels(), "dropped-in");
        put_link("run/repart.d/10.conf", "../../dev/null");
        assert_string_equal(labels(), "");
        put_link("etc/repart.d/10.conf", "/run/repart.d/10.conf"); /* in two steps */
        assert_string_equal(labels(), "");
}

static void links_lead_within_the_image(void **state)
{
        put("usr/share/vendor/one.conf", SWAP "Label=one\n");
        put_link("usr/lib/repart.d/10.conf", "/usr/share/vendor/one.conf");
        put_link("usr/lib/repart.d/20.conf", "../../../../../../usr/share/vendor/one.conf"); /* stays below the root */
        put_link("etc/repart.d", "/usr/share/vendor");
        assert_string_equal(labels(), "one one one");
        put_link("usr/lib/repart.d/30.conf", "/usr/share/vendor/none.conf");
        assert_refused(-ENOENT, "/usr/lib/repart.d/30.conf: was not found (the link leads nowhere within the image)");
        assert_int_equal(unlinkat(fixture.root, "usr/lib/repart.d/30.conf", 0), 0);
        assert_int_equal(symlinkat("30.conf", fixture.root, "usr/lib/repart.d/30.conf"), 0);
        assert_int_equal(read_policy(), -ELOOP);
}

static void specifiers_are_the_image_s(void **state)
{
        put("usr/lib/os-release", "ID=acme\nIMAGE_ID=kiosk\nIMAGE_VERSION=7\nVERSION_ID=3\nBUILD_ID=b1\n");
        put("usr/lib/modules/6.1.0/modules.dep", "x");
        put("usr/lib/repart.d/10.conf", SWAP "Label=%M-%A-%o-%w-%B-%W-%v-%%\n");
        assert_string_equal(labels(), "kiosk-7-acme-3-b1--6.1.0-%");
        put("usr/lib/modules/6.2.0/modules.dep", "x");
        assert_refused(-EINVAL,
                       "/usr/lib/repart.d/10.conf:3: Label: asks for a feature that this version does not have (%v needs an "
                       "image with exactly one kernel in /usr/lib/modules)");
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

static char all_said[2048];

static void say(void *context, const struct policy_error *error)
{
        char *at = all_said + strlen(all_said);

        assert_ptr_equal(context, &fixture);
        policy_error_format(error, at, sizeof(all_said) - (size_t)(at - all_said) - 1);
        (void)strcat(all_said, "\n");
}

static int read_all(void)
{
        all_said[0] = '\0';
        return policy_files_read_all(fixture.root, IMAGE_ROOT, &fixture.policy, say, &fixture);
}

/* Whoever makes an image corrects all of it, and tries again once. */
static void a_maker_of_images_hears_of_everything(void **state)
{
        definition("10-a.conf", "[Partition]\nType=swap\nFactoryRest=yes\n");
        definition("20-b.conf", SWAP);
        definition("30-c.conf", SWAP);
        assert_int_equal(make_directories(fixture.root, "usr/lib/repart.d/30-c.conf.d", 0755), 0);
        definition("30-c.conf.d/50-x.conf", "[Partition]\n\nWeight=heavy\nLabel=\n");
        definition("40-d.conf", "[Partition]\nFormat=ext4\n");
        settings("[Reset]\nattempts=none\n");
        assert_int_equal(read_all(), -EINVAL);
        assert_string_equal(all_said,
                            "/usr/lib/repart.d/10-a.conf:3: FactoryRest: is not a known key (see docs/repart.md for the "
                            "keys; one of your own begins with X-)\n"
                            "/usr/lib/repart.d/30-c.conf.d/50-x.conf:3: Weight: is not valid (0 to 1000000)\n"
                            "/usr/lib/repart.d/40-d.conf: Type: lacks something mandatory (every definition needs a "
                            "partition type)\n"
                            "cleanslate.conf:2: attempts: is not valid (1 to 100)\n");
        assert_int_equal(fixture.policy.partition_count, 1);
        assert_string_equal(fixture.policy.partitions[0].file, "20-b.conf");
}

static void where_nothing_is_wrong_both_read_the_same(void **state)
{
        static struct policy policy;

        definition("10-a.conf", SWAP);
        definition("20-b.conf", "[Partition]\nType=var\nLabel=%M\n");
        scratch_text(fixture.root, "usr/lib/os-release", "ID=x\nIMAGE_ID=y\n");
        settings("[Reset]\nattempts=7\n");
        assert_int_equal(read_policy(), 0);
        policy = fixture.policy;
        assert_int_equal(read_all(), 0);
        assert_string_equal(all_said, "");
        assert_memory_equal(&policy, &fixture.policy, sizeof(policy));
}

static void what_cannot_be_collected_is_said_once(void **state)
{
        assert_int_equal(symlinkat("nothing", fixture.root, "usr/lib/repart.d/10-a.conf"), 0);
        assert_int_equal(read_all(), -ENOENT);
        assert_string_equal(all_said, "/usr/lib/repart.d/10-a.conf: was not found (the link leads nowhere within the image)\n");
}

/* -- an image of /usr -- */

#define ROOT "[Partition]\nType=root\nFormat=ext4\nFactoryReset=yes\n"

static int read_usr_policy(void)
{
        return policy_files_read(fixture.root, IMAGE_USR, &fixture.policy, &fixture.error);
}

static void an_image_of_usr_has_a_root_volume(void **state)
{
        char text[512];
        assert_int_equal(read_usr_policy(), -EINVAL);
        policy_error_format(&fixture.error, text, sizeof(text));
        assert_string_equal(
                text, "/usr/lib/repart.d: Type: lacks something mandatory (an image of /usr has a definition with Type=root and "
                      "Format=, for what is mounted at /)");
        put("usr/lib/repart.d/10-root.conf", ROOT);
        assert_int_equal(read_usr_policy(), 0);
        assert_int_equal(fixture.policy.form, IMAGE_USR);
        assert_string_equal(fixture.policy.partitions[0].mount_point, "/");
        assert_int_equal(fixture.policy.partitions[0].copy_count, 0);
        put("usr/share/factory/var/lib/serial", "1");
        assert_int_equal(read_usr_policy(), 0);
        assert_int_equal(fixture.policy.partitions[0].copy_count, 1);
        assert_int_equal(read_policy(), 0); /* the control: the same tree as a root file system */
        assert_string_equal(fixture.policy.partitions[0].mount_point, "");
        assert_int_equal(fixture.policy.partitions[0].copy_count, 0);
}

/* What it is mounted into is not the image, wherever that comes from. */
static void only_what_is_in_usr_is_of_such_an_image(void **state)
{
        char usr[SCRATCH_PATH_MAX + 8];
        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0) {
                printf("SKIPPED: test-policy-files wants root, for a mount\n");
                return;
        }
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        (void)snprintf(usr, sizeof(usr), "%s/usr", fixture.directory);
        assert_int_equal(mount("tmpfs", usr, "tmpfs", 0, NULL), 0);
        (void)close(fixture.root); /* of the other namespace, where nothing is mounted */
        fixture.root = open(fixture.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        put("usr/lib/repart.d/10-root.conf", ROOT "Label=verified\n");
        put("etc/repart.d/10-root.conf", ROOT "Label=forged\n");
        put("run/repart.d/20-more.conf", SWAP);
        assert_int_equal(read_usr_policy(), 0);
        assert_int_equal(fixture.policy.partition_count, 1);
        assert_string_equal(fixture.policy.partitions[0].label, "verified");
        assert_int_equal(read_policy(), 0); /* the control: of a root file system, it is the other way round */
        assert_string_equal(fixture.policy.partitions[0].label, "forged");
        assert_int_equal(umount(usr), 0);
}

static void count_fault(void *context, const struct policy_error *error)
{
        int *count = context;
        (void)snprintf(fixture.error.file, sizeof(fixture.error.file), "%s", error->file);
        ++*count;
}

/* That the root volume is missing is no fault of its own where its definition is the one that has a fault. */
static void a_faulty_root_volume_is_one_fault(void **state)
{
        int count = 0;
        put("usr/lib/repart.d/10-root.conf", ROOT "Wieght=1\n");
        assert_int_equal(policy_files_read_all(fixture.root, IMAGE_USR, &fixture.policy, count_fault, &count), -EINVAL);
        assert_int_equal(count, 1);
        assert_string_equal(fixture.error.file, "/usr/lib/repart.d/10-root.conf");
        count = 0;
        assert_int_equal(unlinkat(fixture.root, "usr/lib/repart.d/10-root.conf", 0), 0);
        assert_int_equal(policy_files_read_all(fixture.root, IMAGE_USR, &fixture.policy, count_fault, &count), -EINVAL);
        assert_int_equal(count, 1);
        assert_string_equal(fixture.error.file, "/usr/lib/repart.d");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_maker_of_images_hears_of_everything, set_up, tear_down),
                cmocka_unit_test_setup_teardown(where_nothing_is_wrong_both_read_the_same, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_cannot_be_collected_is_said_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_image_of_usr_has_a_root_volume, set_up, tear_down),
                cmocka_unit_test_setup_teardown(only_what_is_in_usr_is_of_such_an_image, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_faulty_root_volume_is_one_fault, set_up, tear_down),
                cmocka_unit_test_setup_teardown(definitions_come_in_the_order_of_their_names, set_up, tear_down),
                cmocka_unit_test_setup_teardown(only_conf_files_count, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_missing_means_defaults, set_up, tear_down),
                cmocka_unit_test_setup_teardown(definitions_and_settings_are_both_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_refused_file_is_named_with_its_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(refused_settings_are_named_with_their_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_file_over_its_limit_is_named, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_cannot_be_read_is_named, set_up, tear_down),
                cmocka_unit_test_setup_teardown(more_definitions_than_there_is_room_for_are_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_first_directory_with_a_name_counts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(drop_ins_add_to_their_definition_in_order, set_up, tear_down),
                cmocka_unit_test_setup_teardown(masks_take_a_name_away, set_up, tear_down),
                cmocka_unit_test_setup_teardown(links_lead_within_the_image, set_up, tear_down),
                cmocka_unit_test_setup_teardown(specifiers_are_the_image_s, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_system_is_known_by_the_image_not_by_etc, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
