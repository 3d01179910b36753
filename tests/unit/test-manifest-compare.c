/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a rebuilt tree is the factory's: equal only if every byte is, and otherwise the file is named that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/rebuild/manifest-compare.h"

#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define ETC                                 \
        "d 0755 0 0 0 9 - /etc\n"           \
        "f 0644 0 0 4 9 " SUM " /etc/a\n"   \
        "d 0755 0 0 0 9 - /etc/b\n"         \
        "f 0600 0 7 5 9 " SUM " /etc/b/c\n" \
        "l 0777 0 0 0 9 - /etc/d -> a\n"
#define VAR                                               \
        "d 0755 0 0 0 9 - /var\n"                         \
        "f 0644 0 0 1 9 " SUM " /var/a xattr user.x=01\n" \
        "d 1777 0 0 0 9 - /var/tmp\n"                     \
        "f 0644 0 0 1 9 " SUM " /var/z\n"
#define VAR_TMP                       \
        "d 0700 0 0 0 0 - /var/tmp\n" \
        "f 0644 0 0 1 9 " SUM " /var/tmp/a\n"
#define VARNISH "d 0755 0 0 0 9 - /varnish\n"

static struct policy policy;
static struct manifest_comparison comparison;

static void define(const char *mount_point)
{
        (void)snprintf(policy.partitions[policy.partition_count++].mount_point, POLICY_PATH_MAX, "%s", mount_point);
}

static int set_up(void **state)
{
        policy_init(&policy);
        define("/var");
        define("");
        define("/etc");
        return 0;
}

/* The part of a definition's mount point as text; NULL if there is none. */
static const char *part_of(const char *manifest, size_t definition)
{
        static char text[4096];
        struct bytes part = { NULL, 4711 };

        if (!manifest_part((struct bytes){ (const uint8_t *)manifest, strlen(manifest) }, &policy, definition, &part)) {
                assert_int_equal(part.size, 4711);
                return NULL;
        }
        assert_in_range(part.size, 1, sizeof(text) - 1);
        memcpy(text, part.data, part.size);
        text[part.size] = '\0';
        return text;
}

static void assert_part(const char *manifest, size_t definition, const char *expected)
{
        const char *part = part_of(manifest, definition);

        assert_non_null(part);
        assert_string_equal(part, expected);
}

/* Compares a walk, line by line, with a part. NULL: equal; otherwise what is told. */
static const char *compare(const char *part, const char *walk)
{
        manifest_compare_begin(&comparison, (struct bytes){ (const uint8_t *)part, strlen(part) });
        while (*walk) {
                size_t size = strcspn(walk, "\n") + 1;

                if (!manifest_compare_line(&comparison, walk, size))
                        return comparison.difference;
                walk += size;
        }
        return manifest_compare_end(&comparison) ? NULL : comparison.difference;
}

static void assert_differs(const char *part, const char *walk, const char *expected)
{
        const char *difference = compare(part, walk);

        assert_non_null(difference);
        assert_string_equal(difference, expected);
}

/* -- finding the part -- */

static void each_mount_point_has_its_lines(void **state)
{
        assert_part(ETC VAR, 0, VAR);
        assert_part(ETC VAR, 2, ETC);
        assert_part(VAR ETC, 0, VAR);
        assert_part(VAR, 0, VAR);
        assert_null(part_of(VAR, 2));
        assert_null(part_of("", 2));
}

/* Its file has no slash, so that no mount point can be taken for it. */
static void what_is_not_mounted_goes_by_its_file(void **state)
{
        static const char data[] = "d 0755 0 0 0 0 - 30-data.conf\n"
                                   "f 0644 0 0 1 9 " SUM " 30-data.conf/etc\n";
        char manifest[sizeof(data) + sizeof(ETC VAR)];

        assert_null(part_of(ETC VAR, 1));
        (void)strcpy(policy.partitions[1].file, "30-data.conf");
        assert_null(part_of(ETC VAR, 1));
        (void)snprintf(manifest, sizeof(manifest), "%s%s%s", ETC, VAR, data);
        assert_part(manifest, 1, data);
        assert_part(manifest, 0, VAR);
        (void)snprintf(manifest, sizeof(manifest), "%s%s%s", data, ETC, VAR);
        assert_part(manifest, 1, data);
        assert_part(manifest, 2, ETC);
}

/* Of two at one place, the first has its name; a root file system's paths would be everybody's. */
static void a_name_is_one_tree_s(void **state)
{
        (void)strcpy(policy.partitions[1].file, "30-data.conf");
        (void)strcpy(policy.partitions[1].mount_point, "/var");
        (void)strcpy(policy.partitions[2].file, "40-root.conf");
        (void)strcpy(policy.partitions[2].mount_point, "/");
        assert_string_equal(manifest_tree_name(&policy, 0), "/var");
        assert_string_equal(manifest_tree_name(&policy, 1), "30-data.conf");
        assert_string_equal(manifest_tree_name(&policy, 2), "40-root.conf");
}

static void a_longer_name_is_another_directory(void **state)
{
        assert_part(ETC VAR VARNISH, 0, VAR);
        assert_null(part_of(ETC VARNISH, 0));
}

static void a_tree_mounted_within_another_has_its_own_lines(void **state)
{
        define("/var/tmp");
        assert_part(ETC VAR VAR_TMP VARNISH, 0, VAR);
        assert_part(ETC VAR VAR_TMP VARNISH, 3, VAR_TMP);
        assert_part(ETC VAR VAR_TMP VARNISH, 2, ETC);
}

static void a_directory_to_mount_on_is_no_description_of_what_is_mounted(void **state)
{
        define("/var/tmp");
        assert_null(part_of(ETC VAR, 3));
        assert_part(ETC VAR, 0, VAR);
}

static void a_file_of_the_name_is_not_the_root(void **state)
{
        assert_null(part_of("f 0644 0 0 4 9 " SUM " /var\nd 0755 0 0 0 9 - /var/a\n", 0));
        assert_null(part_of("f 0644 0 0 4 9 " SUM " /var/x -> /var\n", 0));
}

static void odd_mount_points_are_found_as_the_manifest_writes_them(void **state)
{
        define("/srv/my data\\");
        assert_part(ETC "d 0755 0 0 0 9 - /srv/my\\x20data\\x5c\np 0600 0 0 0 0 - /srv/my\\x20data\\x5c/p\n" VAR, 3,
                    "d 0755 0 0 0 9 - /srv/my\\x20data\\x5c\np 0600 0 0 0 0 - /srv/my\\x20data\\x5c/p\n");
}

static void a_manifest_without_form_has_no_parts(void **state)
{
        static const char *const texts[] = { "\n",
                                             "\n\n\n",
                                             "d",
                                             "d 0755",
                                             "d 0755 0 0 0 9 -",
                                             "d 0755 0 0 0 9 -\n",
                                             "d 0755 0 0 0 9 - \n",
                                             "d 0755 0 0 0 9 /var\n",
                                             "d  0755 0 0 0 9 - /var\n" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                assert_null(part_of(texts[i], 0));
        assert_part("d 0755 0 0 0 9 - /var", 0, "d 0755 0 0 0 9 - /var"); /* cut off behind the path */
}

/* -- comparing -- */

static void the_same_tree_is_equal(void **state)
{
        assert_null(compare(ETC, ETC));
        assert_int_equal(comparison.lines, 5);
        assert_string_equal(comparison.difference, "");
}

static void a_changed_file_is_named_with_what_changed(void **state)
{
        static const struct {
                const char *line, *difference;
        } cases[] = {
                { "p 0644 0 0 4 9 " SUM " /etc/a\n", "/etc/a differs in its type" },
                { "f 0645 0 0 4 9 " SUM " /etc/a\n", "/etc/a differs in its mode" },
                { "f 4644 0 0 4 9 " SUM " /etc/a\n", "/etc/a differs in its mode" },
                { "f 0644 1 0 4 9 " SUM " /etc/a\n", "/etc/a differs in its owner" },
                { "f 0644 0 1 4 9 " SUM " /etc/a\n", "/etc/a differs in its group" },
                { "f 0644 0 0 5 9 " SUM " /etc/a\n", "/etc/a differs in its size" },
                { "f 0644 0 0 4 8 " SUM " /etc/a\n", "/etc/a differs in its modification time" },
                { "f 0644 0 0 4 9 - /etc/a\n", "/etc/a differs in its content" },
                { "f 0644 0 0 4 9 " SUM " /etc/a xattr user.x=00\n", "/etc/a differs in its target or attributes" },
                { "f 0644 0 0 4 9 " SUM " /etc/a \n", "/etc/a differs in its target or attributes" },
        };
        char walk[1024];

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)snprintf(walk, sizeof(walk), "d 0755 0 0 0 9 - /etc\n%s", cases[i].line);
                assert_differs(ETC, walk, cases[i].difference);
                assert_int_equal(comparison.lines, 1);
        }
        assert_differs("l 0777 0 0 0 9 - /etc/d -> a\n", "l 0777 0 0 0 9 - /etc/d -> b\n",
                       "/etc/d differs in its target or attributes");
}

static void a_missing_file_is_named(void **state)
{
        static const char *const lines[] = { "d 0755 0 0 0 9 - /etc\n", "f 0644 0 0 4 9 " SUM " /etc/a\n",
                                             "d 0755 0 0 0 9 - /etc/b\n", "f 0600 0 7 5 9 " SUM " /etc/b/c\n",
                                             "l 0777 0 0 0 9 - /etc/d -> a\n" };
        static const char *const names[] = { "/etc", "/etc/a", "/etc/b", "/etc/b/c", "/etc/d" };

        for (size_t missing = 0; missing < ARRAY_SIZE(lines); missing++) {
                char walk[1024] = "", expected[64];

                for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
                        (void)strcat(walk, i == missing ? "" : lines[i]);
                (void)snprintf(expected, sizeof(expected), "%s is missing", names[missing]);
                assert_differs(ETC, walk, expected);
        }
        assert_differs(ETC, "", "/etc is missing");
}

static void an_additional_file_is_named(void **state)
{
        assert_differs(ETC, "d 0755 0 0 0 9 - /etc\nf 0644 0 0 4 9 " SUM " /etc/A\n", "/etc/A should not be there");
        assert_differs(ETC, ETC "f 0644 0 0 4 9 " SUM " /etc/e\n", "/etc/e should not be there");
        assert_differs(ETC, ETC ETC, "/etc should not be there");
}

static void a_renamed_file_is_named(void **state)
{
        assert_differs(ETC, "d 0755 0 0 0 9 - /etc\nf 0644 0 0 4 9 " SUM " /etc/a2\n", "/etc/a2 should not be there");
}

static void a_line_that_only_begins_like_the_expected_one_differs(void **state)
{
        assert_differs("d 0755 0 0 0 9 - /etc\n", "d 0755 0 0 0 9 - /etc/\n", "/etc/ should not be there");
        assert_differs("d 0755 0 0 0 9 - /etc", "d 0755 0 0 0 9 - /etc\n", "/etc differs in its target or attributes");
}

static void a_long_path_keeps_its_end(void **state)
{
        char walk[2048] = "f 0644 0 0 4 9 " SUM " /";

        memset(walk + strlen(walk), 'x', 1000);
        (void)strcat(walk, "/the-file\n");
        const char *difference = compare(ETC, walk);
        assert_non_null(difference);
        assert_non_null(strstr(difference, "xx/the-file should not be there"));
        assert_memory_equal(difference, "...xx", 5);
}

/* A walk finds what somebody has left there; a terminal must not obey it. */
static void control_characters_in_a_path_are_not_shown(void **state)
{
        const char *difference = compare(ETC, "f 0644 0 0 4 9 " SUM " /a\x01\x1b[2J\x1f\x7f~\xc3\xa4\n");

        assert_string_equal(difference, "/a??[2J??~\xc3\xa4 should not be there");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(each_mount_point_has_its_lines, set_up),
                cmocka_unit_test_setup(what_is_not_mounted_goes_by_its_file, set_up),
                cmocka_unit_test_setup(a_name_is_one_tree_s, set_up),
                cmocka_unit_test_setup(a_longer_name_is_another_directory, set_up),
                cmocka_unit_test_setup(a_tree_mounted_within_another_has_its_own_lines, set_up),
                cmocka_unit_test_setup(a_directory_to_mount_on_is_no_description_of_what_is_mounted, set_up),
                cmocka_unit_test_setup(a_file_of_the_name_is_not_the_root, set_up),
                cmocka_unit_test_setup(odd_mount_points_are_found_as_the_manifest_writes_them, set_up),
                cmocka_unit_test_setup(a_manifest_without_form_has_no_parts, set_up),
                cmocka_unit_test_setup(the_same_tree_is_equal, set_up),
                cmocka_unit_test_setup(a_changed_file_is_named_with_what_changed, set_up),
                cmocka_unit_test_setup(a_missing_file_is_named, set_up),
                cmocka_unit_test_setup(an_additional_file_is_named, set_up),
                cmocka_unit_test_setup(a_renamed_file_is_named, set_up),
                cmocka_unit_test_setup(a_line_that_only_begins_like_the_expected_one_differs, set_up),
                cmocka_unit_test_setup(a_long_path_keeps_its_end, set_up),
                cmocka_unit_test_setup(control_characters_in_a_path_are_not_shown, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
