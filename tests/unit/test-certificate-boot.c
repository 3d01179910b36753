/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `certificate verify` with expected PCRs, on quotes of a real TPM 2.0 (swtpm) in which the boots happened that are told apart: a
 * reset of this image; another system that repeats what the stub measures; the running system; a forged list of PCRs. Each
 * test has a TPM that was just switched on. */
#include "tests/unit/swtpm.h"

#include "common/boot/expected-pcrs.h"
#include "common/boot/pcr-mode.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/record/record-sign.h"
#include "reset-tool/environment.h"
#include <fcntl.h>
#include <sys/stat.h>

#define IMAGE      "the image's UKI"
#define OTHER      "another system's boot loader"
#define KEYS       "the vendor's keys"
#define OTHER_KEYS "another vendor's keys"
#define RECORD(result, origin)                                                                   \
        "{\n\"type\":\"cleanslate-record-1\",\n\"result\":\"" result "\",\n\"origin\":\"" origin \
        "\",\n\"writtenAt\":1700000000\n}\n"

static const char complete[] = RECORD("complete", "request");

/* What the tests' image has measured, all but the code. */
static struct uki image(void)
{
        static const char linux_section[] = "a kernel", command_line[] = "roothash=00";
        struct uki uki = { 0 };
        uki.sections[UKI_LINUX] = (struct bytes){ (const uint8_t *)linux_section, sizeof(linux_section) - 1 };
        uki.sections[UKI_CMDLINE] = (struct bytes){ (const uint8_t *)command_line, sizeof(command_line) - 1 };
        return uki;
}

static void extend(const struct swtpm *swtpm, unsigned pcr, const void *data, size_t size)
{
        uint8_t digest[SHA256_SIZE];
        char hex[2 * SHA256_SIZE + 1];
        struct writer writer = writer_over(hex, sizeof(hex));
        sha256_chunks(&(struct bytes){ data, size }, 1, digest);
        writer_hex(&writer, digest, sizeof(digest));
        assert_int_equal(run(swtpm, "tpm2_pcrextend %u:sha256=%s", pcr, hex), 0);
}

static void extend_text(const struct swtpm *swtpm, unsigned pcr, const char *text)
{
        extend(swtpm, pcr, text, strlen(text));
}

/* As the firmware, the stub and the initrd do it; or somebody who repeats the latter two. */
static void boot(const struct swtpm *swtpm, const char *started, const char *keys, enum boot_mode mode)
{
        const struct uki uki = image();
        extend_text(swtpm, 4, started);
        extend_text(swtpm, 7, keys);
        for (int i = 0; i < UKI_SECTION_COUNT; i++) {
                const char *name = uki_section_name(i);
                if (!uki.sections[i].data)
                        continue;
                extend(swtpm, 11, name, strlen(name) + 1);
                extend(swtpm, 11, uki.sections[i].data, uki.sections[i].size);
        }
        if (pcr_mode_event(mode))
                extend_text(swtpm, 11, pcr_mode_event(mode));
        extend_text(swtpm, 11, PHASE_ENTER_INITRD);
}

static void expected_value(struct writer *writer, const char *boot_name, const uint8_t value[static SHA256_SIZE])
{
        writer_text(writer, "{\"boot\":\"");
        writer_text(writer, boot_name);
        writer_text(writer, "\",\"value\":\"");
        writer_hex(writer, value, SHA256_SIZE);
        writer_text(writer, "\"}");
}

static void expected_event(struct writer *writer, const char *event)
{
        uint8_t value[SHA256_SIZE] = { 0 };
        pcr_extend(sha256_chunks, value, event, strlen(event));
        expected_value(writer, "any", value);
}

static void write_expected(const struct swtpm *swtpm, bool only_11)
{
        const struct uki uki = image();
        char text[EXPECTED_PCRS_TEXT_MAX];
        uint8_t value[SHA256_SIZE];
        struct writer writer = writer_over(text, sizeof(text));
        writer_text(&writer, "{\"type\":\"cleanslate-expected-pcrs-1\",\"pcrs\":{");
        if (!only_11) {
                writer_text(&writer, "\"4\":[");
                expected_event(&writer, IMAGE);
                writer_text(&writer, "],\"7\":[");
                expected_event(&writer, KEYS);
                writer_text(&writer, "],");
        }
        writer_text(&writer, "\"11\":[");
        for (int late = 0; late < 2; late++) {
                pcr_mode_predict(sha256_chunks, &uki, MODE_RESET, late, value);
                expected_value(&writer, "reset", value);
                writer_char(&writer, ',');
                pcr_mode_predict(sha256_chunks, &uki, MODE_RECOVERY, late, value);
                expected_value(&writer, "recovery", value);
                writer_char(&writer, ',');
        }
        pcr_mode_predict(sha256_chunks, &uki, MODE_NORMAL, false, value);
        expected_value(&writer, "ordinary", value);
        writer_text(&writer, "]}}");
        assert_false(writer.overflow);
        write_whole(swtpm, only_11 ? "only-11" : "expected", text, writer.size);
}

static void sign(const struct swtpm *swtpm, const char *record)
{
        struct tpm *tpm = connect_to(swtpm);
        char companion[RECORD_SIGNATURE_TEXT_MAX], why[256] = "";
        const struct trouble trouble = { why, sizeof(why) };
        struct writer writer = writer_over(companion, sizeof(companion));
        assert_int_equal(record_sign(tpm, (struct bytes){ (const uint8_t *)record, strlen(record) }, &writer, &trouble), 0);
        assert_string_equal(why, "");
        write_whole(swtpm, "record.json", record, strlen(record));
        write_whole(swtpm, "record.sig", companion, writer.size);
        tpm_free(tpm);
}

/* Exit status and what was said, to be freed. */
static int verify(const struct swtpm *swtpm, const char *expected, char **ret_said)
{
        char record[96], option[128];
        char *arguments[] = { (char *)"certificate", (char *)"verify", record, expected ? option : NULL, NULL };
        char *errors = NULL;
        size_t size, errors_size;
        struct environment environment = { .output = open_memstream(ret_said, &size),
                                           .errors = open_memstream(&errors, &errors_size) };
        (void)snprintf(record, sizeof(record), "%s/record.json", swtpm->directory);
        if (expected)
                (void)snprintf(option, sizeof(option), "--expected-pcrs=%s/%s", swtpm->directory, expected);
        int status = certificate_command(&environment, expected ? 4 : 3, arguments);
        (void)fclose(environment.output);
        (void)fclose(environment.errors);
        assert_string_equal(errors, "");
        free(errors);
        return status;
}

static void assert_verified(const struct swtpm *swtpm, const char *expected, int status, const char *verdict, const char *says)
{
        char *said = NULL;
        assert_int_equal(verify(swtpm, expected, &said), status);
        assert_int_equal(strncmp(said, verdict, strlen(verdict)), 0);
        if (!strstr(said, says))
                fail_msg("\"%s\" is not in: %s", says, said);
        free(said);
}

static void a_reset_of_this_image_is_called_that(void **state)
{
        write_expected(*state, false);
        write_expected(*state, true);
        boot(*state, IMAGE, KEYS, MODE_RESET);
        sign(*state, complete);
        assert_verified(*state, "expected", 0, "signed-in-reset-boot: ", "compared: PCR 4, 7, 11\n");
        assert_verified(*state, "only-11", 4, "boot-not-shown: ", "compared: PCR 11\n");
        assert_verified(*state, NULL, 0, "signed: ", "no PCRs were compared");
        /* good as the signature is, these records are of no sanitization */
        sign(*state, RECORD("failed", "request"));
        assert_verified(*state, "expected", 5, "signed-in-reset-boot: ", "of a failed reset");
        sign(*state, RECORD("partial", "request"));
        assert_verified(*state, "expected", 5, "signed-in-reset-boot: ", "of a reset that is not complete");
        sign(*state, RECORD("Complete", "request"));
        assert_verified(*state, "expected", 5, "signed-in-reset-boot: ", "no certificate of sanitization");
}

static void a_reset_from_the_recovery_page_is_called_that(void **state)
{
        write_expected(*state, false);
        boot(*state, IMAGE, KEYS, MODE_RECOVERY);
        sign(*state, complete);
        assert_verified(*state, "expected", 0, "signed-in-recovery-boot: ", "compared: PCR 4, 7, 11\n");
}

static void a_mode_that_the_initrd_had_to_measure_counts(void **state)
{
        write_expected(*state, false);
        boot(*state, IMAGE, KEYS, MODE_NORMAL);
        extend_text(*state, 11, pcr_mode_event(MODE_RESET));
        sign(*state, complete);
        assert_verified(*state, "expected", 0, "signed-in-reset-boot: ", "compared: PCR 4, 7, 11\n");
}

/* Neither the stub nor the initrd could: no quote is a reset boot's then, whatever the record says. */
static void a_mode_that_was_not_measured_is_no_reset_boot(void **state)
{
        write_expected(*state, false);
        boot(*state, IMAGE, KEYS, MODE_NORMAL);
        sign(*state, complete);
        assert_verified(*state, "expected", 4, "signed-in-ordinary-boot: ", "not in a reset boot");
}

static void a_replay_by_another_system_is_no_reset_boot(void **state)
{
        char option[160], *said = NULL;
        write_expected(*state, false);
        write_expected(*state, true);
        boot(*state, OTHER, OTHER_KEYS, MODE_RESET);
        sign(*state, complete);
        assert_verified(*state, NULL, 0, "signed: ", "What was running then is not shown");
        assert_verified(*state, "expected", 4, "boot-differs: ", "not as expected: PCR 4, 7\n");
        assert_verified(*state, "only-11", 4, "boot-not-shown: ", "PCR 4");
        /* what is written into the list of the companion does not change the quote */
        const struct swtpm *swtpm = *state;
        (void)snprintf(option, sizeof(option), "%s/record.sig", swtpm->directory);
        char *text = NULL;
        size_t size;
        uint8_t value[SHA256_SIZE] = { 0 };
        char wanted[2 * SHA256_SIZE + 1];
        struct writer writer = writer_over(wanted, sizeof(wanted));
        assert_int_equal(file_read(AT_FDCWD, option, 65536, &text, &size), 0);
        char *at = strstr(text, "\"4\":\"");
        assert_non_null(at);
        pcr_extend(sha256_chunks, value, IMAGE, strlen(IMAGE));
        writer_hex(&writer, value, sizeof(value));
        memcpy(at + 5, wanted, 2 * SHA256_SIZE);
        at = strstr(text, "\"7\":\"");
        memset(value, 0, sizeof(value));
        pcr_extend(sha256_chunks, value, KEYS, strlen(KEYS));
        writer = writer_over(wanted, sizeof(wanted));
        writer_hex(&writer, value, sizeof(value));
        memcpy(at + 5, wanted, 2 * SHA256_SIZE);
        write_whole(swtpm, "record.sig", text, size);
        free(text);
        assert_int_equal(verify(*state, "expected", &said), 1);
        assert_int_equal(strncmp(said, "pcrs-differ: ", 13), 0);
        free(said);
}

static void the_running_system_signs_no_reset(void **state)
{
        write_expected(*state, false);
        boot(*state, IMAGE, KEYS, MODE_NORMAL);
        extend_text(*state, 11, PHASE_LEAVE_INITRD);
        sign(*state, complete);
        assert_verified(*state, NULL, 0, "signed: ", "not shown");
        assert_verified(*state, "expected", 4, "boot-differs: ", "not as expected: PCR 11\n");
        extend_text(*state, 11, pcr_mode_event(MODE_RESET)); /* root may extend whatever it wants */
        sign(*state, complete);
        assert_verified(*state, "expected", 4, "boot-differs: ", "not as expected: PCR 11\n");
}

static void the_break_glass_shell_signs_no_reset(void **state)
{
        write_expected(*state, false);
        boot(*state, IMAGE, KEYS, MODE_BREAK_GLASS);
        sign(*state, complete);
        assert_verified(*state, "expected", 4, "boot-differs: ", "not as expected: PCR 11\n");
}

static void a_first_boot_is_no_sanitization(void **state)
{
        static const char *const records[] = { RECORD("built", "first-boot"), RECORD("complete", "first-boot"),
                                               RECORD("built", "request") };
        write_expected(*state, false);
        boot(*state, IMAGE, KEYS, MODE_NORMAL);
        for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
                sign(*state, records[i]);
                assert_verified(*state, NULL, 5, "signed: ", "no certificate of sanitization: the record is of a first boot");
                assert_verified(*state, "expected", 4, "signed-in-ordinary-boot: ", "no certificate of sanitization");
        }
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, swtpm_start, swtpm_stop)
        const struct CMUnitTest tests[] = {
                WITH_TPM(a_reset_of_this_image_is_called_that),         WITH_TPM(a_reset_from_the_recovery_page_is_called_that),
                WITH_TPM(a_mode_that_the_initrd_had_to_measure_counts), WITH_TPM(a_mode_that_was_not_measured_is_no_reset_boot),
                WITH_TPM(a_replay_by_another_system_is_no_reset_boot),  WITH_TPM(the_running_system_signs_no_reset),
                WITH_TPM(the_break_glass_shell_signs_no_reset),         WITH_TPM(a_first_boot_is_no_sanitization),
        };
        return cmocka_run_group_tests_name("certificate-boot", tests, NULL, NULL);
}
