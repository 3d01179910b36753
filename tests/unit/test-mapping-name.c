/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No label names a mapping, and no two volumes have one name: whatever the definitions' files are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/memory.h"
#include "common/policy/mapping-name.h"
#include "common/policy/policy.h"

static struct policy policy;

static const char *define(const char *file, const char *label)
{
        char text[256];
        struct policy_error error;

        (void)snprintf(text, sizeof(text), "[Partition]\nType=linux-generic\nLabel=%s\nEncrypt=tpm2\n", label);
        if (policy_add_partition(&policy, file, text, strlen(text), &error) != ERR_OK)
                fail_msg("%s: %s", file, error.detail);
        return policy.partitions[policy.partition_count - 1].mapping;
}

static int set_up(void **state)
{
        policy_init(&policy);
        return 0;
}

static void the_file_names_it_and_the_label_does_not(void **state)
{
        static const char *const labels[] = { "root", "a/b", "..", "control", "state", "as long as the table has room for it" };

        for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
                policy_init(&policy);
                assert_string_equal(define("20-state.conf", labels[i]), "state");
        }
        policy_init(&policy);
        assert_string_equal(define("10-config.conf", "config"), "config");
        assert_string_equal(define("var.conf", "config"), "var");
        assert_string_equal(define("500_home.d.conf", "x"), "home.d");
        assert_string_equal(define("60-my_data-2.conf", "x"), "my_data-2");
}

static void what_is_no_name_or_another_s_gets_a_number(void **state)
{
        static const char *const files[] = {
                "10-root.conf",
                "usr.conf",
                "20-control.conf",
                "30-a_dif.conf",
                "40-\xc3\xa4.conf",
                "50-a b.conf",
                "60-.conf",
                "70--x.conf",
                "80-..conf",
                "90-a+b.conf",
                "95-0123456789012345678901234567890123456789012345678.conf",
        };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                char expected[16];

                (void)snprintf(expected, sizeof(expected), "volume+%zu", i);
                assert_string_equal(define(files[i], "x"), expected);
        }
}

static void files_of_one_name_have_a_number_each(void **state)
{
        (void)define("10-data.conf", "a");
        (void)define("20-data.conf", "b");
        (void)define("30-other.conf", "c");
        assert_string_equal(policy.partitions[0].mapping, "volume+0");
        assert_string_equal(policy.partitions[1].mapping, "volume+1");
        assert_string_equal(policy.partitions[2].mapping, "other");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_file_names_it_and_the_label_does_not, set_up),
                cmocka_unit_test_setup(what_is_no_name_or_another_s_gets_a_number, set_up),
                cmocka_unit_test_setup(files_of_one_name_have_a_number_each, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
