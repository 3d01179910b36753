/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate certificate on files: what each verb says and exits with, and that a record steers neither terminal nor page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "linux/base/file.h"
#include "reset-tool/environment.h"

#define RECORDS "tests/unit/data/"

struct fixture {
        char directory[64];
        struct environment environment;
        char *output, *errors;
        size_t output_size, errors_size;
};

static int setup(void **state)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));
        char command[160];
        strcpy(fixture->directory, "/tmp/cleanslate-test-certificate-XXXXXX");
        assert_non_null(mkdtemp(fixture->directory));
        (void)snprintf(command, sizeof(command), "mkdir -p %s/EFI/cleanslate/records %s/out", fixture->directory,
                       fixture->directory);
        assert_int_equal(system(command), 0);
        fixture->environment = (struct environment){
                .output = open_memstream(&fixture->output, &fixture->output_size),
                .errors = open_memstream(&fixture->errors, &fixture->errors_size),
                .esp_paths = { fixture->directory, "/nonexistent/efi", "/nonexistent/boot" },
        };
        *state = fixture;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *fixture = *state;
        char command[128];
        (void)fclose(fixture->environment.output);
        (void)fclose(fixture->environment.errors);
        free(fixture->output);
        free(fixture->errors);
        (void)snprintf(command, sizeof(command), "rm -rf %s", fixture->directory);
        assert_int_equal(system(command), 0);
        free(fixture);
        return 0;
}

static int run(struct fixture *fixture, const char *one, const char *two, const char *three)
{
        char *arguments[] = { (char *)"certificate", (char *)one, (char *)two, (char *)three, NULL };
        int count = 1;
        while (arguments[count])
                count++;
        rewind(fixture->environment.output);
        rewind(fixture->environment.errors);
        int status = certificate_command(&fixture->environment, count, arguments);
        fputc(0, fixture->environment.output);
        fputc(0, fixture->environment.errors);
        (void)fflush(fixture->environment.output);
        (void)fflush(fixture->environment.errors);
        return status;
}

static void assert_says(const char *text, const char *part)
{
        if (!strstr(text, part))
                fail_msg("\"%s\" is not in: %s", part, text);
}

static void scratch(const char *path, const char *text)
{
        assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
}

static void put(const struct fixture *fixture, const char *name, const char *text)
{
        char path[192];
        (void)snprintf(path, sizeof(path), "%s/EFI/cleanslate/records/%s", fixture->directory, name);
        assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
}

/* A copy of the recorded pair on the ESP, under a name of its own. */
static void put_signed(const struct fixture *fixture, const char *name)
{
        static const char *const suffixes[] = { "json", "sig" };
        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                char path[96], *text;
                size_t size;
                (void)snprintf(path, sizeof(path), RECORDS "signed-record.%s", suffixes[i]);
                assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, &size), 0);
                (void)snprintf(path, sizeof(path), "%s.%s", name, suffixes[i]);
                put(fixture, path, text);
                free(text);
        }
}

#define RESULT(result, undeclared)                                                                                       \
        "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"" result "\",\n\"undeclaredPartitions\":" undeclared         \
        ",\n\"writtenAt\":17,\n\"partitions\":[{\"partition\":7,\"label\":\"hidden\",\"type\":\"t\",\"sizeBytes\":4096," \
        "\"fate\":\"undeclared\"}],\n\"bootLoaderArea\":{\"startBytes\":0,\"sizeBytes\":1048576},\n\"steps\":[]}\n"

#define RECORD(written_at, reason)                                                                                              \
        "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"complete\",\n\"reason\":\"" reason "\",\n\"writtenAt\":" written_at \
        ",\n\"steps\":[]}\n"

static void a_recorded_pair_is_verified_far_from_its_device(void **state)
{
        struct fixture *fixture = *state;
        fixture->environment.esp_paths[0] = "/nonexistent/esp";
        /* it is of a first boot */
        assert_int_equal(run(fixture, "verify", RECORDS "signed-record.json", NULL), 5);
        assert_says(fixture->output, "signed: ");
        assert_says(fixture->output, "no certificate of sanitization: the record is of a first boot");
        assert_says(fixture->output, "may be anybody's");
        assert_int_equal(run(fixture, "verify", "--key=" RECORDS "signed-record.pem", RECORDS "signed-record.json"), 5);
        assert_null(strstr(fixture->output, "anybody"));
        assert_int_equal(run(fixture, "verify", "--key=" RECORDS "other-device.pem", RECORDS "signed-record.json"), 1);
        assert_says(fixture->output, "key-differs: ");
        assert_int_equal(run(fixture, "verify", "--key=" RECORDS "signed-record.sig", RECORDS "signed-record.json"), 1);
        assert_says(fixture->errors, "not a public key in PEM");
        assert_int_equal(run(fixture, "verify", "--key=" RECORDS "signed-record.json", RECORDS "signed-record.json"), 1);
        assert_says(fixture->errors, "too long for a PEM key");
        assert_int_equal(run(fixture, "verify", "--json", RECORDS "signed-record.json"), 5);
        assert_says(fixture->output, "\"verdict\":\"signed\"");
        assert_says(fixture->output, "\"compared\":[],\"differing\":[],\"sanitization\":false,\"result\":\"complete\"");
        assert_says(fixture->output, "\"pcrs\":[0,4,7,9,11,12]");
}

#define PCR_4  "aabbf27026492f2a8b9eb746ebb94af2c9bf7cac2a7ae23babaf4d25f3c8e256" /* signed-record's */
#define PCR_11 "1b3f826ececf897b0f74bb0ee0b647a64953bac7ad20f42d3e2105c7d4cffa88"

static void pcrs_are_expected_by_file_and_by_option(void **state)
{
        struct fixture *fixture = *state;
        char option[160];
        (void)snprintf(option, sizeof(option), "--expected-pcrs=%s/expected", fixture->directory);
        const char *path = option + strlen("--expected-pcrs=");
        scratch(path, "{\"type\":\"cleanslate-expected-pcrs-1\",\"pcrs\":{\"4\":[{\"value\":\"" PCR_4 "\",\"boot\":\"any\"}],"
                      "\"11\":[{\"value\":\"" PCR_11 "\",\"boot\":\"ordinary\"}]}}");
        assert_int_equal(run(fixture, "verify", RECORDS "signed-record.json", option), 4);
        assert_says(fixture->output, "signed-in-ordinary-boot: ");
        assert_says(fixture->output, "compared: PCR 4, 11\n");
        assert_int_equal(run(fixture, "verify", "--json", option), 1); /* there is none on this device */
        assert_int_equal(run(fixture, "verify", "--pcr=4=" PCR_11, option), 1);
        assert_int_equal(run(fixture, "verify", "--pcr=4=" PCR_11, RECORDS "signed-record.json"), 4);
        assert_says(fixture->output, "boot-differs: ");
        assert_says(fixture->output, "not as expected: PCR 4\n");
        assert_int_equal(run(fixture, "verify", "--pcr=4=" PCR_4, RECORDS "signed-record.json"), 4);
        assert_says(fixture->output, "boot-not-shown: ");
        scratch(path, "{\"type\":\"cleanslate-record-1\"}");
        assert_int_equal(run(fixture, "verify", RECORDS "signed-record.json", option), 1);
        assert_says(fixture->errors, "no file of expected PCRs");
        scratch(path, "{\"type\":\"cleanslate-expected-pcrs-1\",\"pcrs\":{}}");
        assert_int_equal(run(fixture, "verify", RECORDS "signed-record.json", option), 1);
        assert_says(fixture->errors, "cannot be used");
        assert_int_equal(run(fixture, "verify", "--expected-pcrs=/dev/zero", RECORDS "signed-record.json"), 1);
        assert_says(fixture->errors, "not a regular file");
}

static void an_unsigned_record_is_neither_good_nor_bad(void **state)
{
        struct fixture *fixture = *state;
        put(fixture, "aa.json", RECORD("1700000000", "sold"));
        assert_int_equal(run(fixture, "verify", NULL, NULL), 3);
        assert_says(fixture->output, "unsigned: ");
        assert_says(fixture->output, "there is no file aa.sig beside it");
        put(fixture, "aa.sig", "{}");
        assert_int_equal(run(fixture, "verify", "aa", NULL), 1);
        assert_says(fixture->output, "companion-malformed: ");
}

static void an_altered_record_fails(void **state)
{
        struct fixture *fixture = *state;
        put_signed(fixture, "bb");
        assert_int_equal(run(fixture, "verify", "bb", NULL), 5);
        put(fixture, "bb.json", RECORD("1700000000", "sold"));
        assert_int_equal(run(fixture, "verify", "bb", NULL), 1);
        assert_says(fixture->output, "altered: ");
}

static void records_are_found_by_how_their_names_begin(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, "show", NULL, NULL), 1);
        assert_says(fixture->errors, "There is no record of a reset");
        put(fixture, "a1.json", RECORD("1700000000", "older"));
        put(fixture, "a1-attempt-1-failed-7.json", RECORD("1700000001", "newer"));
        assert_int_equal(run(fixture, "show", NULL, NULL), 0);
        assert_says(fixture->output, "newer");
        assert_int_equal(run(fixture, "show", "a1", NULL), 0);
        assert_says(fixture->output, "older");
        assert_int_equal(run(fixture, "show", "a1-", NULL), 0);
        assert_says(fixture->output, "newer");
        assert_int_equal(run(fixture, "show", "a", NULL), 1);
        assert_says(fixture->errors, "More than one record");
        assert_int_equal(run(fixture, "show", "b", NULL), 1);
        assert_says(fixture->errors, "No record");
        assert_int_equal(run(fixture, "list", "--json", NULL), 0);
        assert_says(fixture->output, "\"name\":\"a1-attempt-1-failed-7.json\"");
}

/* What nothing was erased by, or not all, is not called a certificate of sanitization by any of the verbs. */
static void only_a_complete_reset_is_a_certificate_of_sanitization(void **state)
{
        static const struct {
                const char *record, *title, *text, *json;
        } cases[] = {
                { RESULT("complete", "0"), "Certificate of sanitization (NIST",
                  "unsigned: ", "\"sanitization\":true,\"result\":\"complete\",\"undeclaredPartitions\":0" },
                { RESULT("built", "0"), "Record of a first boot; no", "the record is of a first boot",
                  "\"sanitization\":false,\"result\":\"built\"" },
                { RESULT("partial", "1"), "Record of a reset that left undeclared partitions; no",
                  "the record is of a reset that left undeclared partitions",
                  "\"sanitization\":false,\"result\":\"partial\",\"undeclaredPartitions\":1" },
                { RESULT("partial", "0"), "Record of a reset that is not complete; no",
                  "the record is of a reset that is not complete", "\"sanitization\":false,\"result\":\"partial\"" },
                { RESULT("failed", "0"), "Record of a failed reset; no", "the record is of a failed reset",
                  "\"sanitization\":false,\"result\":\"failed\"" },
        };
        struct fixture *fixture = *state;
        char option[96], path[128], *page;
        size_t size;
        (void)snprintf(option, sizeof(option), "--output=%s/out", fixture->directory);
        (void)snprintf(path, sizeof(path), "%s/out/ab.html", fixture->directory);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                put(fixture, "ab.json", cases[i].record);
                assert_int_equal(run(fixture, "show", "ab", NULL), 0);
                assert_int_equal(strncmp(fixture->output, cases[i].title, strlen(cases[i].title)), 0);
                assert_says(fixture->output, cases[i].text);
                assert_says(fixture->output, "\"hidden\", type t, 4096 bytes");
                assert_says(fixture->output, "1048576");
                assert_int_equal(run(fixture, "verify", "ab", NULL), 3);
                assert_says(fixture->output, cases[i].text);
                assert_int_equal(run(fixture, "verify", "--json", "ab"), 3);
                assert_says(fixture->output, cases[i].json);
                assert_int_equal(run(fixture, "export", "ab", option), 0);
                assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &page, &size), 0);
                assert_says(page, "&quot;hidden&quot;, type t, 4096 bytes");
                assert_true((strstr(page, "Certificate of sanitization") != NULL) == (i == 0));
                free(page);
        }
}

static void an_export_holds_the_files_and_a_page(void **state)
{
        struct fixture *fixture = *state;
        char option[96], path[128], *text;
        size_t size;
        put_signed(fixture, "cc");
        (void)snprintf(option, sizeof(option), "--output=%s/out", fixture->directory);
        assert_int_equal(run(fixture, "export", "cc", option), 0);
        (void)snprintf(path, sizeof(path), "%s/out/cc.json", fixture->directory);
        assert_int_equal(run(fixture, "verify", path, NULL), 5);
        (void)snprintf(path, sizeof(path), "%s/out/cc.html", fixture->directory);
        assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, &size), 0);
        assert_says(text, "<h1>Record of a first boot</h1>");
        assert_says(text, "This is no certificate of sanitization.");
        assert_says(text, "signed by the TPM that holds this key");
        free(text);
        assert_int_equal(run(fixture, "export", "cc", "--output=/nonexistent"), 1);
}

static void a_record_steers_neither_terminal_nor_page(void **state)
{
        struct fixture *fixture = *state;
        char option[96], path[128], *text;
        size_t size;
        /* once as escapes of JSON, once as they are */
        put(fixture, "dd.json", RECORD("1700000000", "\\u001b[2J\\u202e<script>alert(1)</script>\xe2\x80\xae\xc2\x9b"));
        assert_int_equal(run(fixture, "show", NULL, NULL), 0);
        assert_null(strchr(fixture->output, 0x1b));
        assert_null(strstr(fixture->output, "\xe2\x80\xae"));
        assert_says(fixture->output, "?[2J?<script>alert(1)</script>??");
        assert_int_equal(run(fixture, "show", "--json", NULL), 0);
        assert_null(strstr(fixture->output, "\xe2\x80\xae"));
        assert_null(strstr(fixture->output, "\xc2\x9b"));
        assert_says(fixture->output, "\\u001b[2J\\u202e<script>alert(1)</script>\\u202e\\u009b");
        assert_int_equal(run(fixture, "list", NULL, NULL), 0);
        assert_null(strstr(fixture->output, "\xe2\x80\xae"));
        assert_int_equal(run(fixture, "list", "--json", NULL), 0);
        assert_null(strstr(fixture->output, "\xe2\x80\xae"));
        (void)snprintf(option, sizeof(option), "--output=%s/out", fixture->directory);
        assert_int_equal(run(fixture, "export", option, NULL), 0);
        (void)snprintf(path, sizeof(path), "%s/out/dd.html", fixture->directory);
        assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, &size), 0);
        assert_null(strstr(text, "<script"));
        assert_null(strstr(text, "\xe2\x80\xae"));
        assert_says(text, "&lt;script&gt;");
        free(text);
}

/* The head reads well, and behind it is no JSON: nothing of it may end up within what is said as JSON. */
static void a_record_that_is_not_json_is_not_passed_on_as_json(void **state)
{
        struct fixture *fixture = *state;
        put(fixture, "ee.json", RECORD("1700000000", "sold") "},\"verdict\":\"verified\"");
        assert_int_equal(run(fixture, "show", "--json", NULL), 0);
        assert_says(fixture->output, "\"record\":null}");
        assert_int_equal(run(fixture, "show", NULL, NULL), 1);
        assert_says(fixture->errors, "not JSON");
}

/* A person gives the paths, and whoever can write beside a record chooses what its .sig is. */
static void what_is_no_file_is_refused_without_waiting(void **state)
{
        struct fixture *fixture = *state;
        char record[160], companion[160], key[160];
        (void)alarm(60);
        put_signed(fixture, "ff");
        (void)snprintf(record, sizeof(record), "%s/EFI/cleanslate/records/ff.json", fixture->directory);
        (void)snprintf(companion, sizeof(companion), "%s/EFI/cleanslate/records/ff.sig", fixture->directory);
        (void)snprintf(key, sizeof(key), "--key=%s/fifo", fixture->directory);
        assert_int_equal(mkfifo(key + strlen("--key="), 0600), 0);
        assert_int_equal(run(fixture, "verify", key, record), 1);
        assert_says(fixture->errors, "not a regular file");
        assert_int_equal(run(fixture, "verify", "--key=/dev/zero", record), 1);
        assert_says(fixture->errors, "not a regular file");
        assert_int_equal(unlink(companion), 0);
        assert_int_equal(mkfifo(companion, 0600), 0);
        assert_int_equal(run(fixture, "verify", record, NULL), 1);
        assert_says(fixture->errors, "not a regular file");
        assert_int_equal(unlink(record), 0);
        assert_int_equal(mkfifo(record, 0600), 0);
        assert_int_equal(run(fixture, "verify", record, NULL), 1);
        assert_says(fixture->errors, "not a regular file");
        assert_int_equal(unlink(record), 0);
        assert_int_equal(mkdir(record, 0700), 0);
        assert_int_equal(run(fixture, "show", record, NULL), 1);
        assert_says(fixture->errors, "Is a directory");
        (void)alarm(0);
}

static void what_it_does_not_understand_it_refuses(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, "--help", NULL, NULL), 0);
        assert_says(fixture->output, "cleanslate certificate verify");
        assert_int_equal(run(fixture, NULL, NULL, NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "burn", NULL, NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "show", "a", "b"), STATUS_USAGE);
        assert_int_equal(run(fixture, "show", "--key=x", NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "show", "--expected-pcrs=x", NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "export", "--pcr=4=" PCR_4, NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "verify", "--pcr=4=12", NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "verify", "--pcr=24=" PCR_4, NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "verify", "--output=x", NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "verify", "--frob", NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, "verify", "/nonexistent/x.json", NULL), 1);
        assert_int_equal(run(fixture, "verify", "./Makefile", NULL), 1);
}

int main(void)
{
#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                WITH_FILES(a_recorded_pair_is_verified_far_from_its_device),
                WITH_FILES(pcrs_are_expected_by_file_and_by_option),
                WITH_FILES(an_unsigned_record_is_neither_good_nor_bad),
                WITH_FILES(an_altered_record_fails),
                WITH_FILES(records_are_found_by_how_their_names_begin),
                WITH_FILES(only_a_complete_reset_is_a_certificate_of_sanitization),
                WITH_FILES(an_export_holds_the_files_and_a_page),
                WITH_FILES(a_record_steers_neither_terminal_nor_page),
                WITH_FILES(a_record_that_is_not_json_is_not_passed_on_as_json),
                WITH_FILES(what_is_no_file_is_refused_without_waiting),
                WITH_FILES(what_it_does_not_understand_it_refuses),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
