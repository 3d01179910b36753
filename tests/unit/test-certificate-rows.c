/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a certificate: what a record has is said under its heading, in the order in which a person reads it, and what it
 * lacks is no line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "reset-tool/certificate-rows.h"

static char said[8192];

static void visit(void *context, const char *label, const char *value)
{
        const size_t at = strlen(said);
        (void)snprintf(said + at, sizeof(said) - at, label ? "%s: %s\n" : "%s# %s\n", label ? label : "", value);
}

static bool rows(const char *record)
{
        const struct certificate certificate = { .record = (char *)record, .record_size = strlen(record) };
        said[0] = 0;
        return certificate_rows(&certificate, visit, NULL);
}

static void assert_said(const char *lines)
{
        if (!strstr(said, lines))
                fail_msg("not said:\n%s\nbut:\n%s", lines, said);
}

static void what_was_not_declared_is_said_first_of_the_disk(void **state)
{
        assert_true(rows("{\"partitions\":[{\"fate\":\"erased\",\"label\":\"state\"},{\"fate\":\"undeclared\",\"label\":\"oem\","
                         "\"type\":\"0fc63daf\",\"sizeBytes\":1048576}],\"bootLoaderArea\":{\"sizeBytes\":17408}}"));
        assert_said("# Left as it is: the image does not declare it\nPartition: \"oem\", type 0fc63daf, 1048576 bytes\n"
                    "Boot loader area, bytes from the disk's beginning: 17408\n");
        assert_null(strstr(said, "\"state\""));
        assert_true(rows("{\"bootLoaderArea\":{\"sizeBytes\":17408}}"));
        assert_said("# Left as it is\nBoot loader area");
        assert_true(rows("{\"partitions\":[{\"fate\":\"erased\"}]}"));
        assert_null(strstr(said, "Left as it is"));
}

static void each_additional_disk_has_its_level_and_verdict(void **state)
{
        assert_true(
                rows("{\"additionalDisks\":[{\"model\":\"A\",\"serial\":\"1\",\"levelWanted\":\"purge\",\"levelDone\":\"clear\","
                     "\"verdict\":\"partial\"},{\"model\":\"B\"}]}"));
        assert_said("# Additional disk\nModel: A\nSerial number: 1\nLevel wanted: purge\nLevel reached: clear\nVerdict: partial\n"
                    "# Additional disk\nModel: B\n");
}

static void what_was_kept_is_listed(void **state)
{
        assert_true(
                rows("{\"kept\":{\"count\":2,\"bytes\":9,\"sha256\":\"ab\",\"list\":[\"f 0644 /a\",7,\"f 0644 /b\"],\"more\":3,"
                     "\"notRestored\":1,\"notRestoredReason\":\"it is damaged\"}}"));
        assert_said("# Kept through the reset\nFiles and directories: 2\nBytes: 9\nDigest of the list: ab\nKept: f 0644 "
                    "/a\nKept: f 0644 /b\n"
                    "Not listed here: 3\nDropped: 1\nWhy: it is damaged\n");
}

static void what_went_and_what_stays_has_its_reason(void **state)
{
        assert_true(rows("{\"espAndVariables\":{\"espRemoved\":[{\"name\":\"EFI/"
                         "x\",\"why\":\"undeclared\"}],\"variablesNotRemoved\":[{\"name\":\"dbx\","
                         "\"why\":\"authenticated\"}],\"more\":2}}"));
        assert_said("# EFI system partition and EFI variables\nFile removed: EFI/x: undeclared\nVariable not removable: dbx: "
                    "authenticated\n"
                    "Not listed here: 2\n");
}

static void a_step_has_its_result_technique_and_check(void **state)
{
        assert_true(rows(
                "{\"steps\":[{\"kind\":\"erase\",\"label\":\"state\",\"result\":\"ok\",\"erase\":{\"technique\":\"discard\"},"
                "\"check\":\"read back\"},{\"kind\":\"encrypt\",\"definition\":\"config\",\"result\":\"failed\"}]}"));
        assert_said("erase state: ok; discard; read back\nencrypt config: failed\n");
}

static void what_is_of_another_kind_is_no_line(void **state)
{
        assert_true(rows(
                "{\"result\":{\"x\":1},\"level\":[],\"reason\":\"\",\"origin\":null,\"startedAt\":0,\"writtenAt\":1700000000,"
                "\"steps\":{},\"partitions\":7,\"additionalDisks\":\"x\",\"kept\":[],\"espAndVariables\":1}"));
        assert_said("Recorded: 2023-11-14 22:13:20 UTC\n");
        static const char *const absent[] = { "Result:", "Level:", "Reason:",    "Origin:",
                                              "Begun:",  "Kept",   "Additional", "EFI system" };
        for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
                assert_null(strstr(said, absent[i]));
}

static void what_is_no_object_says_nothing(void **state)
{
        static const char *const others[] = { "", "[]", "{", "{} {}", "7", "{\"a\":\"\xff\"}" };
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                const struct certificate certificate = { .record = (char *)others[i], .record_size = strlen(others[i]) };
                assert_false(rows(others[i]));
                assert_false(certificate_is_json(&certificate));
                assert_string_equal(said, "");
        }
        assert_true(rows("{}\n\n"));
}

static void the_outcome_is_the_records_word(void **state)
{
        const char *record =
                "{\"result\":\"complete\",\"origin\":\"a text that is too long to be one of ours\",\"undeclaredPartitions\":2}";
        const struct certificate certificate = { .record = (char *)record, .record_size = strlen(record) };
        char result[24], origin[24] = "x";
        uint64_t undeclared;
        certificate_outcome(&certificate, result, origin, &undeclared);
        assert_string_equal(result, "complete");
        assert_string_equal(origin, "");
        assert_int_equal(undeclared, 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_not_declared_is_said_first_of_the_disk),
                cmocka_unit_test(each_additional_disk_has_its_level_and_verdict),
                cmocka_unit_test(what_was_kept_is_listed),
                cmocka_unit_test(what_went_and_what_stays_has_its_reason),
                cmocka_unit_test(a_step_has_its_result_technique_and_check),
                cmocka_unit_test(what_is_of_another_kind_is_no_line),
                cmocka_unit_test(what_is_no_object_says_nothing),
                cmocka_unit_test(the_outcome_is_the_records_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
