/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system of an image of /usr: which definition is the one, what it has to be, and what is in it besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/policy/policy-root.h"
#include "common/rebuild/manifest-compare.h"

#define ROOT "[Partition]\nType=root\nFormat=ext4\nFactoryReset=yes\n"
#define HOME "[Partition]\nType=home\nFormat=ext4\n"

static struct policy policy;
static struct policy_error error;

static int set_up(void **state)
{
        policy_init(&policy);
        policy.form = IMAGE_USR;
        memset(&error, 0, sizeof(error));
        return 0;
}

static void define(const char *file, const char *text)
{
        const struct definition_text definition = { file, text, strlen(text) };
        assert_int_equal(policy_add_definition(&policy, &definition, 1, NULL, &error), ERR_OK);
}

static void is_refused(enum err err, const char *file, const char *key)
{
        assert_int_equal(policy_finish_definitions(&policy, &error), err);
        assert_string_equal(error.file, file);
        assert_string_equal(error.key, key);
        (void)set_up(NULL);
}

static void the_native_root_is_mounted_at_the_top(void **state)
{
        define("05-home.conf", HOME);
        define("10-root.conf", ROOT);
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
        assert_int_equal(policy_find_root_volume(&policy), 1);
        assert_string_equal(policy.partitions[1].mount_point, "/");
        assert_string_equal(manifest_tree_name(&policy, 1), "10-root.conf");
}

/* What is said in words counts for more than the type, and a partition without a file system is no root. */
static void another_type_can_be_the_root(void **state)
{
        define("10-data.conf", "[Partition]\nType=linux-generic\nFormat=btrfs\nFactoryReset=yes\nMountPoint=/\n");
        define("20-slot.conf", "[Partition]\nType=root\n");
        define("30-old.conf", "[Partition]\nType=root\nFormat=ext4\nMountPoint=/old\n");
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
        assert_int_equal(policy_find_root_volume(&policy), 0);
        assert_string_equal(policy.partitions[1].mount_point, "");
        assert_string_equal(policy.partitions[2].mount_point, "/old");
}

/* The control: of an image that is a root file system, the same definition is a partition of an image. */
static void a_root_image_has_no_root_volume(void **state)
{
        struct root_entry entry;
        policy.form = IMAGE_ROOT;
        policy.factory_etc = true;
        define("10-root.conf", ROOT);
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
        assert_int_equal(policy_find_root_volume(&policy), -1);
        assert_string_equal(policy.partitions[0].mount_point, "");
        assert_int_equal(policy.partitions[0].copy_count, 0);
        assert_false(root_volume_entry(&policy, 0, 0, &entry));
        assert_null(root_mount_point(&policy, 0));
}

static void what_cannot_be_a_root_is_refused(void **state)
{
        is_refused(ERR_MISSING, "/usr/lib/repart.d", "Type");
        define("10-home.conf", HOME);
        define("20-root.conf", "[Partition]\nType=root\nFactoryReset=yes\n"); /* a partition without a file system */
        is_refused(ERR_MISSING, "/usr/lib/repart.d", "Type");
        define("10-root.conf", ROOT);
        define("20-root.conf", ROOT);
        is_refused(ERR_DUPLICATE, "20-root.conf", "MountPoint");
        define("10-root.conf", ROOT "Priority=1\n");
        is_refused(ERR_RANGE, "10-root.conf", "Priority");
        define("10-root.conf", "[Partition]\nType=root\nFormat=vfat\nFactoryReset=yes\n");
        is_refused(ERR_RANGE, "10-root.conf", "Format");
        define("10-data.conf", "[Partition]\nType=linux-generic\nFormat=ext4\nFactoryReset=yes\n");
        define("20-root.conf", ROOT "SupplementFor=10-data\n"); /* merged, it would be nowhere */
        is_refused(ERR_RANGE, "20-root.conf", "SupplementFor");
}

/* Whatever else goes: a unit in /lib, a key in /root would outlive the reset. */
static void a_root_that_stays_is_refused(void **state)
{
        static const char kept[] = "[Partition]\nType=root\nFormat=ext4\n",
                          etc[] = "[Partition]\nType=config\nFormat=ext4\nMountPoint=/etc\nFactoryReset=yes\n",
                          var[] = "[Partition]\nType=var\nFormat=ext4\nFactoryReset=yes\n",
                          kept_var[] = "[Partition]\nType=var\nFormat=ext4\n";
        define("10-root.conf", kept);
        is_refused(ERR_RANGE, "10-root.conf", "FactoryReset");
        define("10-root.conf", kept);
        define("20-etc.conf", etc);
        is_refused(ERR_RANGE, "10-root.conf", "FactoryReset");
        define("10-root.conf", kept);
        define("20-etc.conf", etc);
        define("30-var.conf", kept_var);
        is_refused(ERR_RANGE, "10-root.conf", "FactoryReset");
        define("10-root.conf", kept);
        define("20-etc.conf", etc);
        define("30-var.conf", var);
        is_refused(ERR_RANGE, "10-root.conf", "FactoryReset");
}

/* Where it can be missing, /etc would be a directory of the root volume without factory files. */
static void a_volume_for_etc_or_var_is_always_there(void **state)
{
        static const char *const lines[][2] = { { "SupplementFor=10-root\n", "SupplementFor" },
                                                { "Priority=1\n", "Priority" },
                                                { "MountPoint=/data\nMountPoint=/var\n", "MountPoint" } };
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                for (size_t is_var = 0; is_var < 2; is_var++) {
                        char text[256];
                        (void)snprintf(text, sizeof(text),
                                       "[Partition]\nType=linux-generic\nFormat=ext4\nFactoryReset=yes\n%s%s%s",
                                       i < 2 ? "MountPoint=" : "",
                                       i == 2   ? ""
                                       : is_var ? "/var\n"
                                                : "/etc\n",
                                       lines[i][0]);
                        (void)set_up(NULL);
                        define("10-root.conf", ROOT);
                        define("20-more.conf", text);
                        is_refused(i == 0 ? ERR_UNSUPPORTED : ERR_RANGE, "20-more.conf",
                                   lines[i][1]); /* the first by the rule of all images */
                }
        (void)set_up(NULL);
        define("10-root.conf", ROOT);
        define("20-more.conf", "[Partition]\nType=linux-generic\nFormat=ext4\nFactoryReset=yes\nMountPoint=/data\nPriority=1\n");
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
}

static void copies(const char *expected)
{
        const struct partition_definition *root = &policy.partitions[policy_find_root_volume(&policy)];
        char text[1024] = "";
        for (size_t i = 0; i < root->copy_count; i++)
                (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s:%s ", root->copies[i].source,
                               root->copies[i].target);
        assert_string_equal(text, expected);
}

/* Ahead of what the definition copies itself, which may then replace something. */
static void factory_trees_go_where_nothing_else_brings_them(void **state)
{
        policy.factory_etc = policy.factory_var = true;
        define("10-root.conf", ROOT "CopyFiles=/usr/share/site:/etc/site\n");
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
        copies("/usr/share/factory/etc:/etc /usr/share/factory/var:/var /usr/share/site:/etc/site ");
        (void)set_up(NULL);
        policy.factory_etc = policy.factory_var = true;
        define("10-root.conf", ROOT "CopyFiles=/usr/share/other:/etc\n");
        define("20-var.conf", "[Partition]\nType=var\nFormat=ext4\n");
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
        copies("/usr/share/other:/etc ");
        (void)set_up(NULL);
        policy.factory_var = true;
        define("10-root.conf", "[Partition]\nType=root\nFormat=btrfs\nFactoryReset=yes\nSubvolumes=/@\nDefaultSubvolume=/@\n"
                               "MakeDirectories=/@\n");
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
        copies("/usr/share/factory/var:/@/var ");
}

static void copies_are_not_dropped_for_want_of_room(void **state)
{
        char text[2048] = ROOT;
        policy.factory_etc = policy.factory_var = true;
        for (int i = 0; i < POLICY_COPIES_MAX - 1; i++)
                (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "CopyFiles=/usr/share/%d:/opt/%d\n", i, i);
        define("10-root.conf", text);
        is_refused(ERR_TOO_LARGE, "10-root.conf", "CopyFiles");
}

static bool has_entry(size_t root, const char *path, const char *target, unsigned mode)
{
        struct root_entry entry;
        for (size_t i = 0; root_volume_entry(&policy, root, i, &entry); i++)
                if (strcmp(entry.path, path) == 0)
                        return target ? entry.target && strcmp(entry.target, target) == 0 : !entry.target && entry.mode == mode;
        return false;
}

static void it_has_what_an_init_needs_and_a_place_for_each_volume(void **state)
{
        struct root_entry entry;
        size_t base = 0;
        define("10-root.conf", ROOT);
        define("20-data.conf", "[Partition]\nType=linux-generic\nFormat=ext4\nMountPoint=/data/a\nMountPoint=/more\n");
        define("30-below.conf", "[Partition]\nType=linux-generic\nFormat=ext4\nMountPoint=/data/a/b\n");
        define("40-local.conf", "[Partition]\nType=linux-generic\nFormat=ext4\nMountPoint=/usr/local\n");
        define("50-swap.conf", "[Partition]\nType=swap\n");
        assert_int_equal(policy_finish_definitions(&policy, &error), ERR_OK);
        assert_true(has_entry(0, "/bin", "usr/bin", 0) && has_entry(0, "/sbin", "usr/sbin", 0));
        assert_true(has_entry(0, "/lib", "usr/lib", 0) && has_entry(0, "/lib64", "usr/lib64", 0));
        assert_true(has_entry(0, "/usr", NULL, 0755) && has_entry(0, "/etc", NULL, 0755) && has_entry(0, "/var", NULL, 0755));
        assert_true(has_entry(0, "/proc", NULL, 0555) && has_entry(0, "/sys", NULL, 0555) && has_entry(0, "/dev", NULL, 0755));
        assert_true(has_entry(0, "/run", NULL, 0755) && has_entry(0, "/tmp", NULL, 01777) && has_entry(0, "/root", NULL, 0700));
        assert_true(has_entry(0, "/data/a", NULL, 0755) && has_entry(0, "/more", NULL, 0755));
        assert_false(has_entry(0, "/data/a/b", NULL, 0755));
        assert_false(has_entry(0, "/usr/local", NULL, 0755));
        while (root_base_entry(base, &entry))
                base++;
        assert_true(root_volume_entry(&policy, 0, base + 1, &entry));
        assert_false(root_volume_entry(&policy, 0, base + 2, &entry)); /* the two places, and no more */
        assert_false(root_volume_entry(&policy, 1, 0, &entry));
}

static void below_the_subvolume_that_is_seen(void **state)
{
        define("10-root.conf", "[Partition]\nType=root\nFormat=btrfs\nFactoryReset=yes\nSubvolumes=/@\nMakeDirectories=/@\n"
                               "MountPoint=/:subvol=@\n");
        define("20-home.conf", HOME);
        if (policy_finish_definitions(&policy, &error) != ERR_OK)
                fail_msg("%s: %s", error.key, error.detail);
        assert_true(has_entry(0, "/@/usr", NULL, 0755) && has_entry(0, "/@/home", NULL, 0755));
        assert_true(has_entry(0, "/@/lib", "usr/lib", 0));
        assert_false(has_entry(0, "/usr", NULL, 0755));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_native_root_is_mounted_at_the_top, set_up),
                cmocka_unit_test_setup(another_type_can_be_the_root, set_up),
                cmocka_unit_test_setup(a_root_image_has_no_root_volume, set_up),
                cmocka_unit_test_setup(what_cannot_be_a_root_is_refused, set_up),
                cmocka_unit_test_setup(a_root_that_stays_is_refused, set_up),
                cmocka_unit_test_setup(a_volume_for_etc_or_var_is_always_there, set_up),
                cmocka_unit_test_setup(factory_trees_go_where_nothing_else_brings_them, set_up),
                cmocka_unit_test_setup(copies_are_not_dropped_for_want_of_room, set_up),
                cmocka_unit_test_setup(it_has_what_an_init_needs_and_a_place_for_each_volume, set_up),
                cmocka_unit_test_setup(below_the_subvolume_that_is_seen, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
