/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SupplementFor= of repart.d(5): which pairs of definitions there may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/policy/policy.h"

static struct policy policy;
static struct policy_error error;

/* A definition in the order of these calls; only finish() judges the pairs. */
static void add(const char *file, const char *lines)
{
        char text[1024];
        const struct definition_text whole = { file, text, (size_t)snprintf(text, sizeof(text), "[Partition]\n%s", lines) };

        assert_int_equal(policy_add_definition(&policy, &whole, 1, NULL, &error), ERR_OK);
}

static int set_up(void **state)
{
        (void)state;
        policy_init(&policy);
        memset(&error, 0, sizeof(error));
        return 0;
}

static enum err finish(void)
{
        enum err err = policy_finish_definitions(&policy, &error);

        if (err != ERR_OK)
                assert_string_equal(error.key, "SupplementFor");
        return err;
}

static void the_pair_of_the_manual_is_taken(void **state)
{
        (void)state;
        add("usr/lib/repart.d/10-esp.conf", "Type=esp\nFormat=vfat\nSizeMinBytes=150M\n");
        add("usr/lib/repart.d/20-xbootldr.conf",
            "Type=xbootldr\nFormat=vfat\nSizeMinBytes=300M\nSupplementFor=10-esp\nFactoryReset=yes\n");
        assert_int_equal(finish(), ERR_OK);
        assert_int_equal(policy_supplement_target(&policy, 1), 0);
        assert_int_equal(policy_supplement_target(&policy, 0), -1);
        assert_false(policy.partitions[1].cannot_build);
}

static void it_may_stand_in_front_of_the_other(void **state)
{
        (void)state;
        add("10-more.conf", "Type=srv\nSupplementFor=20-home\n");
        add("20-home.conf", "Type=home\n");
        assert_int_equal(finish(), ERR_OK);
        assert_int_equal(policy_supplement_target(&policy, 0), 1);
}

/* Nobody describes the files that two definitions have in one file system; those of links stay out of it (repart.d(5)). */
static void one_with_files_is_not_built(void **state)
{
        static const char *const files[] = { "CopyFiles=/usr/share/x:/\n", "ExcludeFiles=/usr/x\n", "ExcludeFilesTarget=/x\n",
                                             "MakeDirectories=/x\n", "Format=btrfs\nSubvolumes=/x\n" };
        char lines[256];

        (void)state;
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                (void)snprintf(lines, sizeof(lines), "Type=srv\nFormat=ext4\nSupplementFor=10-home\n%s", files[i]);
                (void)set_up(state);
                add("10-home.conf", "Type=home\nFormat=ext4\n");
                add("20-srv.conf", lines);
                assert_true(policy.partitions[1].cannot_build);
        }
        (void)set_up(state);
        add("10-home.conf", "Type=home\nFormat=ext4\n");
        add("20-srv.conf", "Type=srv\nFormat=ext4\nSupplementFor=10-home\nMakeSymlinks=/x:y\nMountPoint=/srv\n");
        assert_false(policy.partitions[1].cannot_build);
}

static const struct {
        const char *target, *own; /* lines of 10-target.conf, Type=home, and of 20-own.conf, Type=srv */
        enum err err;
        const char *detail; /* a part of it */
} faults[] = {
        { "", "SupplementFor=10-targe\n", ERR_RANGE, "no such definition" },
        { "", "SupplementFor=10-target.conf\n", ERR_RANGE, "no such definition" },
        { "", "SupplementFor=20-own\n", ERR_RANGE, "no such definition" },
        { "SupplementFor=20-own\n", "SupplementFor=10-target\n", ERR_RANGE, "itself a supplement" },
        { "Format=ext4\nEncrypt=tpm2\n", "SupplementFor=10-target\n", ERR_RANGE, "CopyBlocks=" },
        { "CopyBlocks=/x\n", "SupplementFor=10-target\n", ERR_RANGE, "CopyBlocks=" },
        { "Verity=data\nVerityMatchKey=x\n", "SupplementFor=10-target\n", ERR_RANGE, "CopyBlocks=" },
        { "SizeMaxBytes=200M\n", "SizeMinBytes=300M\nSupplementFor=10-target\n", ERR_RANGE, "SizeMinBytes=" },
        { "SizeMinBytes=300M\n", "SizeMaxBytes=200M\nSupplementFor=10-target\n", ERR_RANGE, "SizeMinBytes=" },
        { "SizeMaxBytes=5M\n", "SizeMinBytes=8M\nSupplementFor=10-target\n", ERR_RANGE, "SizeMinBytes=" },
        { "PaddingMinBytes=2M\n", "PaddingMaxBytes=1M\nSupplementFor=10-target\n", ERR_RANGE, "PaddingMinBytes=" },
        { "PaddingMaxBytes=1M\n", "PaddingMinBytes=2M\nSupplementFor=10-target\n", ERR_RANGE, "PaddingMinBytes=" },
        { "", "MountPoint=/var\nFormat=ext4\nSupplementFor=10-target\n", ERR_UNSUPPORTED, "/var" },
        { "", "MountPoint=/etc\nFormat=ext4\nSupplementFor=10-target\n", ERR_UNSUPPORTED, "/etc" },
        { "", "MountPoint=/\nFormat=ext4\nSupplementFor=10-target\n", ERR_UNSUPPORTED, "mounted at /," },
        { "MountPoint=/\nFormat=ext4\n", "MountPoint=/var\nFormat=ext4\nSupplementFor=10-target\n", ERR_UNSUPPORTED, "/var" },
        /* These are none: */
        { "SizeMaxBytes=200M\n", "SizeMinBytes=200M\nSupplementFor=10-target\n", ERR_OK, "" },
        { "SizeMaxBytes=5M\n", "SizeMaxBytes=8M\nSupplementFor=10-target\n", ERR_OK, "" },
        { "PaddingMinBytes=1M\n", "PaddingMaxBytes=1M\nSupplementFor=10-target\n", ERR_OK, "" },
        { "", "MountPoint=/var\nSupplementFor=10-target\n", ERR_OK, "" }, /* nothing is mounted without a file system */
};

static void what_does_not_fit_together_is_refused(void **state)
{
        char lines[256];

        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                (void)set_up(state);
                (void)snprintf(lines, sizeof(lines), "Type=home\n%s", faults[i].target);
                add("10-target.conf", lines);
                (void)snprintf(lines, sizeof(lines), "Type=srv\n%s", faults[i].own);
                add("20-own.conf", lines);
                if (finish() != faults[i].err)
                        fail_msg("row %zu: %s", i, error.detail);
                assert_non_null(strstr(error.detail, faults[i].detail));
        }
}

static void one_definition_has_one_supplement(void **state)
{
        (void)state;
        add("10-home.conf", "Type=home\n");
        add("20-srv.conf", "Type=srv\nSupplementFor=10-home\n");
        add("30-tmp.conf", "Type=tmp\nSupplementFor=10-home\n");
        assert_int_equal(finish(), ERR_RANGE);
        assert_string_equal(error.file, "30-tmp.conf");
}

/* Where it is merged, the next partition of its type would be its own: with FactoryReset=yes, one that is kept would go. */
static void no_later_definition_has_its_type(void **state)
{
        add("10-home.conf", "Type=home\n");
        add("20-a.conf", "Type=linux-generic\nSupplementFor=10-home\nFactoryReset=yes\n");
        assert_int_equal(finish(), ERR_OK);
        add("30-b.conf", "Type=linux-generic\n");
        assert_int_equal(finish(), ERR_UNSUPPORTED);
        assert_string_equal(error.file, "20-a.conf");
        (void)set_up(state); /* an earlier one is matched before it */
        add("10-b.conf", "Type=linux-generic\n");
        add("20-a.conf", "Type=linux-generic\nSupplementFor=10-b\n");
        assert_int_equal(finish(), ERR_OK);
        (void)set_up(state); /* the other one would be taken for it as well */
        add("10-a.conf", "Type=linux-generic\nSupplementFor=20-b\n");
        add("20-b.conf", "Type=linux-generic\n");
        assert_int_equal(finish(), ERR_UNSUPPORTED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_pair_of_the_manual_is_taken, set_up),
                cmocka_unit_test_setup(it_may_stand_in_front_of_the_other, set_up),
                cmocka_unit_test_setup(one_with_files_is_not_built, set_up),
                cmocka_unit_test_setup(what_does_not_fit_together_is_refused, set_up),
                cmocka_unit_test_setup(one_definition_has_one_supplement, set_up),
                cmocka_unit_test_setup(no_later_definition_has_its_type, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
