/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be kept through a reset, by the policy; and the bundle's bytes, forth and back and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/policy/preserve-rule.h"

static struct settings settings;

static enum err read_conf(const char *text, struct policy_error *error)
{
        settings_init(&settings);
        return settings_read(&settings, "cleanslate.conf", text, strlen(text), error);
}

static int set_up(void **state)
{
        struct policy_error error;

        assert_int_equal(
                read_conf("[Keep]\npath=/etc/machine.key\n[Keep]\npath=/var/lib/acme/\ntype=directory\nmax-size=1K\n", &error),
                ERR_OK);
        return 0;
}

static void sections_are_read(void **state)
{
        assert_int_equal(settings.preserve_rule_count, 2);
        assert_string_equal(settings.preserve_rules[0].path, "/etc/machine.key");
        assert_false(settings.preserve_rules[0].directory);
        assert_int_equal(settings.preserve_rules[0].size_max_bytes, 65536);
        assert_string_equal(settings.preserve_rules[1].path, "/var/lib/acme");
        assert_true(settings.preserve_rules[1].directory);
        assert_int_equal(settings.preserve_rules[1].size_max_bytes, 1024);
}

static void faulty_sections_are_refused_with_their_line(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                unsigned line;
        } cases[] = {
                { "[Keep]\n", ERR_MISSING, 1 },
                { "[Keep]\npath=relative\n", ERR_RANGE, 2 },
                { "[Keep]\npath=/\n", ERR_RANGE, 2 },
                { "[Keep]\npath=/a/../b\n", ERR_RANGE, 2 },
                { "[Keep]\npath=/a\npath=/b\n", ERR_DUPLICATE, 3 },
                { "[Keep]\npath=/a\ntype=link\n", ERR_RANGE, 3 },
                { "[Keep]\npath=/a\nmax-size=0\n", ERR_RANGE, 3 },
                { "[Keep]\npath=/a\nmax-size=5M\n", ERR_RANGE, 3 },
                { "[Keep]\npath=/a\nmode=0600\n", ERR_UNKNOWN_KEY, 3 },
                { "\n[Keep]\npath=/a\n[Keep]\npath=/a/b\n[Menu]\n", ERR_DUPLICATE, 4 },
                { "[Keep]\npath=/a/b\n[Keep]\npath=/a\n", ERR_DUPLICATE, 3 },
                { "[Keep]\npath=/a\\x\n", ERR_UNSUPPORTED, 2 },
                { "[Keep]\npath=/a\nmax-size=4194305\n", ERR_RANGE, 3 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct policy_error error = { 0 };
                assert_int_equal(read_conf(cases[i].text, &error), cases[i].err);
                assert_int_equal(error.line, cases[i].line);
                assert_int_equal(settings.preserve_rule_count, 0);
        }
}

/* Each message says what would be right. */
static void faults_are_explained(void **state)
{
        static const struct {
                const char *text, *detail;
        } cases[] = {
                { "[Keep]\n", "what is kept is named by path=" },
                { "[Keep]\npath=x\n", "an absolute path other than /, at most 127 bytes" },
                { "[Keep]\npath=/a\ntype=link\n", "one of file, directory" },
                { "[Keep]\npath=/a\nmax-size=0\n", "1 to 4M" },
                { "[Keep]\npath=/a\nmode=0600\n", "see cleanslate.conf(5) for the keys of this section" },
                { "[Keep]\npath=/a\n[Keep]\npath=/a\n", "another section names the same path, or one above or below it" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct policy_error error = { 0 };
                assert_int_not_equal(read_conf(cases[i].text, &error), ERR_OK);
                assert_string_equal(error.detail, cases[i].detail);
        }
        struct preserve_draft draft;
        const char *detail = "stale";
        preserve_draft_init(&draft, 7);
        assert_int_equal(preserve_draft_apply(&draft, "path", "/a", &detail), ERR_OK);
        detail = "stale";
        assert_int_equal(preserve_draft_apply(&draft, "path", "/b", &detail), ERR_DUPLICATE);
        assert_string_equal(detail, "");
}

static void the_largest_size_is_taken(void **state)
{
        struct policy_error error = { 0 };

        assert_int_equal(read_conf("[Keep]\npath=/a\nmax-size=4M\n", &error), ERR_OK);
        assert_int_equal(settings.preserve_rules[0].size_max_bytes, PRESERVE_BYTES_MAX);
}

/* Nothing behind the last one is looked at, when a path is looked for. */
static void there_are_eight_sections_and_no_ninth(void **state)
{
        char text[512] = "";
        struct policy_error error = { 0 };
        struct preserve_entry entry = { .path = "/nine" };
        struct preserve_tally tally = { 0 };

        for (unsigned i = 1; i <= POLICY_PRESERVE_RULES_MAX; i++)
                (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "[Keep]\npath=/%u\n", i);
        assert_int_equal(read_conf(text, &error), ERR_OK);
        assert_int_equal(settings.preserve_rule_count, 8);
        assert_string_equal(settings.preserve_rules[7].path, "/8");
        assert_int_equal(preserve_judge(&settings, &entry, &tally), PRESERVE_NOT_LISTED);
        (void)strcat(text, "[Keep]\npath=/nine\n");
        assert_int_equal(read_conf(text, &error), ERR_TOO_LARGE);
        assert_string_equal(error.detail, "at most 8 sections [Keep]");
        assert_int_equal(error.line, 17);
}

static struct preserve_entry file(const char *path, const char *text)
{
        struct preserve_entry entry = {
                .mode = 0640, .uid = 1, .gid = 2, .mtime = 1700000000, .data = { (const uint8_t *)text, strlen(text) }
        };

        (void)strcpy(entry.path, path);
        return entry;
}

static struct preserve_entry directory(const char *path)
{
        struct preserve_entry entry = file(path, "");

        entry.directory = true;
        entry.mode = 0750;
        return entry;
}

static enum preserve_verdict judge(struct preserve_entry entry)
{
        struct preserve_tally tally = { 0 };

        return preserve_judge(&settings, &entry, &tally);
}

static void data_under_a_listed_path_may_be_kept(void **state)
{
        assert_int_equal(judge(file("/etc/machine.key", "secret")), PRESERVE_ALLOWED);
        assert_int_equal(judge(directory("/var/lib/acme")), PRESERVE_ALLOWED);
        assert_int_equal(judge(directory("/var/lib/acme/deep")), PRESERVE_ALLOWED);
        assert_int_equal(judge(file("/var/lib/acme/deep/calibration", "1 2 3")), PRESERVE_ALLOWED);
}

/* What looks like "." or ".." and is neither; the first and last characters that a path may have. */
static void odd_names_are_no_bad_ones(void **state)
{
        static const char *const names[] = { ".x", "x.", "..x", "x..", "...", ". ", "a b", "~", " ", "#" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                char path[64] = "/var/lib/acme/";
                assert_int_equal(judge(file(strcat(path, names[i]), "#")), PRESERVE_ALLOWED);
        }
        struct policy_error error;
        assert_int_equal(read_conf("[Keep]\npath=/a\n", &error), ERR_OK);
        assert_int_equal(judge(file("/a", "x")), PRESERVE_ALLOWED);
}

static void everything_else_is_refused(void **state)
{
        static const char *const bad[] = { "",
                                           "/",
                                           "var/lib/acme/x",
                                           "/var/lib/acme/../x",
                                           "/var/lib/acme/./x",
                                           "/var//lib/acme/x",
                                           "/var/lib/acme/x/",
                                           "//x",
                                           "/./x",
                                           "/../x",
                                           "/\nx",
                                           "/var/lib/acme/\x1fx",
                                           "/var/lib/acme/x\x7f",
                                           "/var/lib/acme/\nx",
                                           "/var/lib/acme/\xff",
                                           "/var/lib/acme/.." };
        static const char *const unlisted[] = { "/etc/shadow", "/var/lib/acme2/x", "/var/lib", "/etc/machine.keys" };
        struct preserve_entry entry;

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(judge(file(bad[i], "x")), PRESERVE_BAD_PATH);
        for (size_t i = 0; i < ARRAY_SIZE(unlisted); i++)
                assert_int_equal(judge(file(unlisted[i], "x")), PRESERVE_NOT_LISTED);
        assert_int_equal(judge(directory("/etc/machine.key")), PRESERVE_WRONG_TYPE);
        assert_int_equal(judge(file("/etc/machine.key/below", "x")), PRESERVE_WRONG_TYPE);
        assert_int_equal(judge(file("/var/lib/acme", "x")), PRESERVE_WRONG_TYPE);
        assert_int_equal(judge(file("/var/lib/acme/run", "#!/bin/sh")), PRESERVE_EXECUTABLE);
        assert_int_equal(judge(file("/var/lib/acme/run", "\x7f"
                                                         "ELF")),
                         PRESERVE_EXECUTABLE);
        assert_int_equal(judge(file("/var/lib/acme/run", "#!")), PRESERVE_EXECUTABLE);
        entry = file("/var/lib/acme/run", "x");
        for (uint32_t bit = 01; bit <= 0100; bit <<= 3) {
                entry.mode = 0640 | bit;
                assert_int_equal(judge(entry), PRESERVE_EXECUTABLE);
        }
        entry.mode = 04640;
        assert_int_equal(judge(entry), PRESERVE_SPECIAL);
        entry = directory("/var/lib/acme/run");
        entry.mode = 02750;
        assert_int_equal(judge(entry), PRESERVE_SPECIAL);
}

static void sizes_add_up_within_a_section(void **state)
{
        struct preserve_tally tally = { 0 };
        char half[513];

        memset(half, 'x', 512);
        half[512] = 0;
        struct preserve_entry a = file("/var/lib/acme/a", half), b = file("/var/lib/acme/b", half),
                              c = file("/var/lib/acme/c", "x"), other = file("/etc/machine.key", half);
        assert_int_equal(preserve_judge(&settings, &a, &tally), PRESERVE_ALLOWED);
        assert_int_equal(preserve_judge(&settings, &b, &tally), PRESERVE_ALLOWED);
        assert_int_equal(preserve_judge(&settings, &c, &tally), PRESERVE_TOO_LARGE);
        assert_int_equal(preserve_judge(&settings, &other, &tally), PRESERVE_ALLOWED);
}

static void a_path_belongs_to_the_longest_mount_point(void **state)
{
        static struct policy policy;

        policy_init(&policy);
        policy.partition_count = 3;
        (void)strcpy(policy.partitions[0].mount_point, "/var");
        (void)strcpy(policy.partitions[1].mount_point, "/var/lib");
        assert_ptr_equal(preserve_definition(&policy, "/var/x"), &policy.partitions[0]);
        assert_ptr_equal(preserve_definition(&policy, "/var/lib/x"), &policy.partitions[1]);
        assert_ptr_equal(preserve_definition(&policy, "/var/library"), &policy.partitions[0]);
        policy.partitions[1].mount_count = 2; /* what is at a further place is not what is beneath it */
        (void)strcpy(policy.partitions[1].mounts[1].where, "/var/x");
        assert_null(preserve_definition(&policy, "/var/x/y"));
        assert_null(preserve_definition(&policy, "/var/x"));
        assert_ptr_equal(preserve_definition(&policy, "/var/xy"), &policy.partitions[0]);
        (void)strcpy(policy.partitions[1].mounts[1].where, "/va");
        assert_ptr_equal(preserve_definition(&policy, "/var/x"), &policy.partitions[0]);
        assert_null(preserve_definition(&policy, "/etc/x"));

        /* in whatever order they stand, with one that holds everything, and none behind the last */
        (void)strcpy(policy.partitions[0].mount_point, "/var/lib");
        (void)strcpy(policy.partitions[1].mount_point, "/var");
        (void)strcpy(policy.partitions[2].mount_point, "/");
        (void)strcpy(policy.partitions[3].mount_point, "/var/lib/x");
        assert_ptr_equal(preserve_definition(&policy, "/var/lib/x"), &policy.partitions[0]);
        assert_ptr_equal(preserve_definition(&policy, "/var/x"), &policy.partitions[1]);
        assert_ptr_equal(preserve_definition(&policy, "/etc/x"), &policy.partitions[2]);
}

/* A rule about what no reset erases has been written for another partition than it names. */
static void a_rule_has_a_use_where_a_reset_erases(void **state)
{
        static struct policy policy;
        static const struct {
                const char *path;
                bool has_use;
        } cases[] = { { "/var/lib/acme", true }, { "/srv/acme", false }, { "/etc/acme", false }, { "/var/lib/kept/x", false } };

        policy_init(&policy);
        policy.partition_count = 3;
        (void)strcpy(policy.partitions[0].mount_point, "/var");
        (void)strcpy(policy.partitions[1].mount_point, "/srv");
        (void)strcpy(policy.partitions[2].mount_point, "/var/lib/kept");
        policy.partitions[0].factory_reset = true;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct preserve_rule rule = { 0 };
                (void)strcpy(rule.path, cases[i].path);
                assert_int_equal(preserve_rule_has_use(&policy, &rule), cases[i].has_use);
        }
}

static void a_rule_knows_the_line_of_its_section(void **state)
{
        struct policy_error error = { 0 };

        assert_int_equal(read_conf("[Keep]\npath=/a\n\n[Keep]\npath=/b\n", &error), ERR_OK);
        assert_int_equal(settings.preserve_rules[0].line, 1);
        assert_int_equal(settings.preserve_rules[1].line, 4);
}

static void every_verdict_has_words(void **state)
{
        assert_string_equal(preserve_verdict_text(PRESERVE_ALLOWED), "may be kept");
        assert_string_equal(preserve_verdict_text(PRESERVE_TOO_LARGE), "exceeds the max-size= of its section [Keep]");
        assert_string_equal(preserve_verdict_text(PRESERVE_VERDICT_COUNT), "is refused");
}

static size_t make_bundle(uint8_t *ret, size_t capacity)
{
        struct writer writer = writer_over(ret, capacity);
        struct preserve_entry entries[] = { directory("/var/lib/acme"), file("/var/lib/acme/x", "contents"),
                                            file("/etc/machine.key", "") };

        preserve_bundle_begin(&writer);
        for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
                preserve_bundle_add(&writer, &entries[i]);
        assert_false(writer.overflow);
        return writer.size;
}

static void a_bundle_reads_as_it_was_written(void **state)
{
        uint8_t bundle[1024];
        struct preserve_cursor cursor;
        struct preserve_entry entry;

        assert_int_equal(preserve_bundle_open((struct bytes){ bundle, make_bundle(bundle, sizeof(bundle)) }, &cursor), ERR_OK);
        assert_int_equal(preserve_bundle_next(&cursor, &entry), ERR_OK);
        assert_true(entry.directory && entry.mode == 0750);
        assert_int_equal(preserve_bundle_next(&cursor, &entry), ERR_OK);
        assert_string_equal(entry.path, "/var/lib/acme/x");
        assert_true(!entry.directory && entry.mode == 0640 && entry.uid == 1 && entry.gid == 2 && entry.mtime == 1700000000);
        assert_int_equal(entry.data.size, 8);
        assert_memory_equal(entry.data.data, "contents", 8);
        assert_int_equal(preserve_bundle_next(&cursor, &entry), ERR_OK);
        assert_int_equal(entry.data.size, 0);
        assert_int_equal(preserve_bundle_next(&cursor, &entry), ERR_NOT_FOUND);
}

/* Wherever it ends, it is cut, and says so: only whole entries come out. */
static void a_cut_bundle_is_no_bundle(void **state)
{
        uint8_t bundle[1024];
        size_t size = make_bundle(bundle, sizeof(bundle)), whole = 0;

        for (size_t cut = 0; cut < size; cut++) {
                struct preserve_cursor cursor;
                struct preserve_entry entry;
                enum err err = preserve_bundle_open((struct bytes){ bundle, cut }, &cursor);
                while (err == ERR_OK)
                        err = preserve_bundle_next(&cursor, &entry);
                assert_true(err == ERR_TRUNCATED || err == ERR_NOT_FOUND);
                whole += err == ERR_NOT_FOUND;
        }
        assert_int_equal(whole, 3); /* behind the magic, and behind the first two entries */
        struct preserve_cursor cursor;
        bundle[0] = 'X';
        assert_int_equal(preserve_bundle_open((struct bytes){ bundle, size }, &cursor), ERR_SYNTAX);
}

static void a_sealed_file_falls_into_its_parts(void **state)
{
        static const uint8_t nonce[PRESERVE_NONCE_SIZE] = { 1, 2, 3 };
        uint8_t bytes[256];
        struct writer writer = writer_over(bytes, sizeof(bytes));
        struct preserve_sealed sealed;

        preserve_sealed_header(&writer, (struct bytes){ (const uint8_t *)"blob", 4 }, nonce);
        size_t header = writer.size;
        writer_text(&writer, "cipher");
        writer_text(&writer, "0123456789abcdef");
        assert_int_equal(preserve_sealed_parse((struct bytes){ bytes, writer.size }, &sealed), ERR_OK);
        assert_int_equal(sealed.header.size, header);
        assert_memory_equal(sealed.blob.data, "blob", 4);
        assert_memory_equal(sealed.nonce, nonce, sizeof(nonce));
        assert_int_equal(sealed.cipher.size, 6);
        assert_memory_equal(sealed.cipher.data, "cipher", 6);
        assert_memory_equal(sealed.tag, "0123456789abcdef", PRESERVE_TAG_SIZE);
        for (size_t cut = 0; cut < header + PRESERVE_TAG_SIZE; cut++)
                assert_int_equal(preserve_sealed_parse((struct bytes){ bytes, cut }, &sealed), ERR_TRUNCATED);
        bytes[8] = bytes[9] = 0xff;
        assert_int_equal(preserve_sealed_parse((struct bytes){ bytes, writer.size }, &sealed), ERR_SYNTAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(sections_are_read, set_up),
                cmocka_unit_test(faulty_sections_are_refused_with_their_line),
                cmocka_unit_test(faults_are_explained),
                cmocka_unit_test(the_largest_size_is_taken),
                cmocka_unit_test(there_are_eight_sections_and_no_ninth),
                cmocka_unit_test_setup(odd_names_are_no_bad_ones, set_up),
                cmocka_unit_test(a_rule_has_a_use_where_a_reset_erases),
                cmocka_unit_test(a_rule_knows_the_line_of_its_section),
                cmocka_unit_test(every_verdict_has_words),
                cmocka_unit_test_setup(data_under_a_listed_path_may_be_kept, set_up),
                cmocka_unit_test_setup(everything_else_is_refused, set_up),
                cmocka_unit_test_setup(sizes_add_up_within_a_section, set_up),
                cmocka_unit_test(a_path_belongs_to_the_longest_mount_point),
                cmocka_unit_test(a_bundle_reads_as_it_was_written),
                cmocka_unit_test(a_cut_bundle_is_no_bundle),
                cmocka_unit_test(a_sealed_file_falls_into_its_parts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
