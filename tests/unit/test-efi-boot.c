/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub from its first instruction to the kernel's, on a firmware made of memory: what it measures, hands over and says, and
 * that a firmware at fault never turns one kind of boot into another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/boot/handover.h"
#include "common/boot/pcr-mode.h"
#include "common/format/mok-table.h"
#include "fake-firmware.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm.h"

#define OS_RELEASE   "ID=acme\nIMAGE_ID=robot\n"
#define COMMAND_LINE "console=ttyS0 quiet\n"
#define KERNEL       "this is the kernel"
#define INITRD       "initrd" /* two bytes short of a multiple of four */
#define SIGNATURE    "{\"sha256\":[]}"
#define PUBLIC_KEY   "-----BEGIN PUBLIC KEY-----\n"
#define REQUEST_OURS "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"robot\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"
#define REQUEST_FOREIGN_TEXT \
        "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"toaster\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"

static void add_text(struct fake_firmware *firmware, const char *section, const char *text)
{
        fake_add_section(firmware, section, text, strlen(text));
}

/* In an order that is not the measuring order. */
static struct fake_firmware *with_image(const char *command_line)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".sbat", "sbat,1\n");
        add_text(firmware, ".osrel", OS_RELEASE);
        if (command_line != NULL)
                add_text(firmware, ".cmdline", command_line);
        add_text(firmware, ".pcrsig", SIGNATURE);
        add_text(firmware, ".pcrpkey", PUBLIC_KEY);
        add_text(firmware, ".uname", "6.1.0");
        add_text(firmware, ".initrd", INITRD);
        add_text(firmware, ".linux", KERNEL);
        return firmware;
}

static void set_request(struct fake_firmware *firmware, const char *json)
{
        uint8_t value[1024];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(json, strlen(json), &writer);
        assert_false(writer.overflow);
        fake_set_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, writer.size);
}

static void set_progress(struct fake_firmware *firmware, const char *slot, enum reset_phase phase, uint32_t failures)
{
        struct progress progress = { .sequence = 3, .phase = phase, .attempts = failures + 1, .failures = failures };
        uint8_t encoded[PROGRESS_ENCODED_SIZE];
        struct progress_keys keys;

        device_secret_keys(&fake_device_secret, &keys);
        progress_encode(&progress, progress_key(&keys, progress.origin), encoded);
        fake_set_variable(firmware, &guid_cleanslate, slot, encoded, sizeof(encoded));
}

static void assert_boots(struct fake_firmware *firmware)
{
        EFI_STATUS status;

        assert_true(fake_run(firmware, &status));
        assert_int_equal(firmware->kernel.initrd_status, EFI_SUCCESS);
}

/* The stub comes back with exactly this error, says this, and leaves nothing behind. */
static void assert_fails(struct fake_firmware *firmware, EFI_STATUS expected, const char *words)
{
        EFI_STATUS status;

        assert_false(fake_run(firmware, &status));
        assert_true(status == expected);
        assert_non_null(strstr(firmware->console, words));
        assert_false(fake_serves_initrd(firmware));
        assert_int_equal(firmware->pool_blocks, 0);
}

/* A file's content in the archive behind the initrd, found by its path: newc has the header of 110 bytes right before that, its
 * size as eight hexadecimal digits at 54 of those. data == NULL: absent. */
static struct bytes find_file(const struct fake_firmware *firmware, const char *path)
{
        const uint8_t *initrd = firmware->kernel.initrd;
        size_t length = strlen(path) + 1, end = firmware->kernel.initrd_size;

        for (size_t at = 110; at + length < end; at++) {
                const uint8_t *header = initrd + at - 110;
                char digits[9] = { 0 };
                size_t size, content = (at + length + 3) / 4 * 4;

                if (memcmp(initrd + at, path, length) != 0)
                        continue;
                assert_memory_equal(header, "070701", 6);
                memcpy(digits, header + 54, 8);
                size = strtoul(digits, NULL, 16);
                assert_true(range_fits(end, content, size));
                return (struct bytes){ initrd + content, size };
        }
        return (struct bytes){ 0 };
}

static void assert_file_is(const struct fake_firmware *firmware, const char *path, const char *content)
{
        struct bytes file = find_file(firmware, path);

        assert_int_equal(file.size, strlen(content));
        assert_memory_equal(file.data, content, file.size);
}

static struct handover handed_over(const struct fake_firmware *firmware)
{
        struct bytes text = find_file(firmware, HANDOVER_PATH);
        struct handover handover;

        assert_non_null(text.data);
        assert_int_equal(handover_parse((const char *)text.data, text.size, &handover), ERR_OK);
        return handover;
}

/* What common/format/pcr predicts for the image and this mode, as the image builder signs it. */
static void assert_pcr_is_predicted(const struct fake_firmware *firmware, enum boot_mode mode)
{
        uint8_t predicted[SHA256_SIZE];
        struct uki uki;

        assert_int_equal(uki_find_sections(firmware->image, firmware->image_size, UKI_LOADED, 0, &uki), ERR_OK);
        pcr_predict_sections(sha256_chunks, &uki, predicted);
        pcr_mode_extend(sha256_chunks, predicted, mode);
        assert_memory_equal(firmware->pcrs[PCR_KERNEL_IMAGE], predicted, SHA256_SIZE);
}

static void ordinary_boot_is_silent_and_passes_everything_on(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        struct handover handover;

        assert_boots(firmware);
        assert_string_equal(firmware->console, "");
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
        assert_int_equal(firmware->kernel.image_size, strlen(KERNEL));
        assert_memory_equal(firmware->kernel.image, KERNEL, strlen(KERNEL));
        assert_memory_equal(firmware->kernel.initrd, INITRD "\0\0", 8);
        assert_memory_equal(firmware->kernel.initrd + 8, "070701", 6);
        assert_int_equal(firmware->kernel.initrd_size % 4, 0);
        assert_file_is(firmware, ".extra/tpm2-pcr-signature.json", SIGNATURE);
        assert_file_is(firmware, ".extra/tpm2-pcr-public-key.pem", PUBLIC_KEY);
        handover = handed_over(firmware);
        assert_int_equal(handover.choice.mode, MODE_NORMAL);
        assert_int_equal(handover.choice.reason, REASON_ORDINARY);
        assert_int_equal(handover.request, REQUEST_ABSENT);
        assert_true(handover.tpm_measured);
        assert_true(guid_equal(&handover.stub_partition, &fake_partition));
        assert_string_equal(handover.stub_file, "EFI/BOOT/A.EFI");
        fake_done(firmware);
}

static void sections_are_measured_in_systemd_stubs_order_and_form(void **state)
{
        static const char *const order[] = { ".linux", ".osrel", ".cmdline", ".initrd", ".uname", ".sbat", ".pcrpkey" };
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        assert_boots(firmware);
        assert_int_equal(firmware->event_count, 2 * ARRAY_SIZE(order));
        for (size_t i = 0; i < firmware->event_count; i++) {
                assert_string_equal(firmware->events[i].description, order[i / 2]);
                assert_int_equal(firmware->events[i].pcr, 11);
                assert_int_equal(firmware->events[i].type, 0x0d);
        }
        assert_int_equal(firmware->events[0].size, sizeof(".linux"));
        assert_memory_equal(firmware->events[0].data, ".linux", sizeof(".linux"));
        assert_int_equal(firmware->events[5].size, strlen(COMMAND_LINE));
        assert_memory_equal(firmware->events[5].data, COMMAND_LINE, strlen(COMMAND_LINE));
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

static void microcode_comes_before_the_initrd(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".ucode", "microcode");
        assert_boots(firmware);
        assert_memory_equal(firmware->kernel.initrd,
                            "microcode\0\0\0" INITRD "\0\0"
                            "070701",
                            26);
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

static void image_without_initrd_still_gets_the_archive(void **state)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".linux", KERNEL);
        add_text(firmware, ".osrel", OS_RELEASE);
        assert_boots(firmware);
        assert_memory_equal(firmware->kernel.initrd, "070701", 6);
        assert_string_equal(firmware->kernel.command_line, "");
        assert_null(find_file(firmware, ".extra/tpm2-pcr-signature.json").data);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        fake_done(firmware);
}

static void due_request_resets_and_is_measured(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        const struct fake_event *last;

        set_request(firmware, REQUEST_OURS);
        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_RESET);
        assert_int_equal(handed_over(firmware).choice.reason, REASON_REQUEST_DUE);
        assert_int_equal(handed_over(firmware).request, REQUEST_DUE);
        last = &firmware->events[firmware->event_count - 1];
        assert_string_equal(last->description, "cleanslate:mode=reset");
        assert_int_equal(last->size, strlen("cleanslate:mode=reset"));
        assert_pcr_is_predicted(firmware, MODE_RESET);
        assert_string_equal(firmware->console, "Cleanslate: factory reset: it was requested\r\n");
        fake_done(firmware);
}

/* The request is the initrd's to retire, the last thing of all. */
static void stub_leaves_the_request_and_the_progress_alone(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        const struct fake_variable *variable;

        set_request(firmware, REQUEST_OURS);
        set_progress(firmware, PROGRESS_VARIABLE_NAME_1, PHASE_ERASED, 0);
        assert_boots(firmware);
        variable = fake_find_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME);
        assert_non_null(variable);
        assert_int_equal(variable->size, 2 * sizeof(REQUEST_OURS));
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, REQUEST_VARIABLE_NAME), -1);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, PROGRESS_VARIABLE_NAME_0), -1);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, PROGRESS_VARIABLE_NAME_1), -1);
        fake_done(firmware);
}

static void mode_is_measured_before_anything_acts_on_it(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        int measured;

        set_request(firmware, REQUEST_OURS);
        assert_boots(firmware);
        measured = fake_find_call(firmware, FAKE_MEASURE, "cleanslate:mode=reset");
        assert_true(measured >= 0);
        for (size_t i = 0; i < firmware->call_count; i++)
                assert_true((int)i > measured || firmware->calls[i].kind == FAKE_MEASURE);
        assert_true(fake_find_call(firmware, FAKE_INSTALL, NULL) > measured);
        assert_true(fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL) > fake_find_call(firmware, FAKE_INSTALL, NULL));
        fake_done(firmware);
}

static void reset_under_way_goes_on_without_a_request(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, PHASE_KEYS_DESTROYED, 1);
        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_RESET);
        assert_int_equal(handed_over(firmware).choice.reason, REASON_RESET_UNDER_WAY);
        fake_done(firmware);
}

static void reset_that_failed_too_often_goes_to_recovery(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, PHASE_ERASED, RESET_FAILURES_MAX);
        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_RECOVERY);
        assert_pcr_is_predicted(firmware, MODE_RECOVERY);
        assert_non_null(strstr(firmware->console, "Cleanslate: recovery: "));
        fake_done(firmware);
}

static void embedded_command_line_can_ask_for_a_reset(void **state)
{
        struct fake_firmware *firmware = with_image("quiet systemd.factory_reset=1");

        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_RESET);
        assert_int_equal(handed_over(firmware).choice.reason, REASON_COMMAND_LINE);
        assert_pcr_is_predicted(firmware, MODE_RESET);
        fake_done(firmware);
}

static const struct {
        const char *name, *json, *words;
        enum request_state judged;
} ignored_requests[] = {
        { "foreign", REQUEST_FOREIGN_TEXT, "reset request ignored: it was made for another operating system", REQUEST_FOREIGN },
        { "not JSON", "reset please", "reset request ignored: ", REQUEST_MALFORMED },
        { "without boot id", "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"robot\"}",
          "reset request ignored: ", REQUEST_MALFORMED },
        { "empty text", "", "reset request ignored: ", REQUEST_MALFORMED },
};

static void useless_request_is_reported_and_boots_normally(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(ignored_requests); i++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                set_request(firmware, ignored_requests[i].json);
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
                assert_int_equal(handed_over(firmware).request, ignored_requests[i].judged);
                assert_non_null(strstr(firmware->console, ignored_requests[i].words));
                assert_pcr_is_predicted(firmware, MODE_NORMAL);
                fake_done(firmware);
        }
}

static void huge_request_is_reported_and_boots_normally(void **state)
{
        static const uint8_t huge[32 * 1024];
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        fake_set_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, huge, sizeof(huge));
        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_int_equal(handed_over(firmware).request, REQUEST_MALFORMED);
        assert_non_null(strstr(firmware->console, "reset request ignored: "));
        fake_done(firmware);
}

static void unreadable_request_is_reported_and_boots_normally(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        set_request(firmware, REQUEST_OURS);
        firmware->faults.get_variable_name = REQUEST_VARIABLE_NAME;
        firmware->faults.get_variable = EFI_DEVICE_ERROR;
        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_int_equal(handed_over(firmware).request, REQUEST_MALFORMED);
        assert_non_null(strstr(firmware->console, "device error"));
        fake_done(firmware);
}

/* One slot torn or unreadable costs a step, never the knowledge that a reset is under way. */
static void damaged_progress_slot_is_said_and_the_other_counts(void **state)
{
        for (int unreadable = 0; unreadable < 2; unreadable++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                fake_set_variable(firmware, &guid_cleanslate, PROGRESS_VARIABLE_NAME_0, "torn", 4);
                set_progress(firmware, PROGRESS_VARIABLE_NAME_1, PHASE_STARTED, 0);
                if (unreadable) {
                        firmware->faults.get_variable_name = PROGRESS_VARIABLE_NAME_0;
                        firmware->faults.get_variable = EFI_DEVICE_ERROR;
                }
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).choice.mode, MODE_RESET);
                assert_non_null(strstr(firmware->console, "a progress record is ignored"));
                fake_done(firmware);
        }
}

static void without_tpm_it_boots_and_says_so_to_the_initrd(void **state)
{
        for (int protocol = 0; protocol < 2; protocol++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                firmware->faults.no_tpm = true;
                firmware->faults.no_tcg2 = protocol == 0;
                assert_boots(firmware);
                assert_false(handed_over(firmware).tpm_measured);
                assert_false(handed_over(firmware).tpm_failed);
                assert_string_equal(firmware->console, "");
                assert_null(fake_exported_text(firmware, "StubPcrKernelImage"));
                fake_done(firmware);
        }
}

static void failing_tpm_is_said_on_the_console_and_to_the_initrd(void **state)
{
        for (int where = 0; where < 3; where++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                firmware->faults.capability = where == 0 ? EFI_DEVICE_ERROR : EFI_SUCCESS;
                firmware->faults.measure = where > 0 ? EFI_DEVICE_ERROR : EFI_SUCCESS;
                firmware->faults.measure_what = where == 2 ? ".initrd" : NULL;
                assert_boots(firmware);
                assert_true(handed_over(firmware).tpm_failed);
                assert_false(handed_over(firmware).tpm_measured);
                assert_non_null(strstr(firmware->console, "Cleanslate: the TPM does not take measurements: device error"));
                fake_done(firmware);
        }
}

/* EFI_VOLUME_FULL: the PCR was extended, only the log is full. The keys will unseal. */
static void full_event_log_counts_as_measured(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        firmware->faults.measure = EFI_VOLUME_FULL;
        assert_boots(firmware);
        assert_true(handed_over(firmware).tpm_measured);
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

static void mode_is_measured_even_if_a_section_could_not_be(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        set_request(firmware, REQUEST_OURS);
        firmware->faults.measure = EFI_DEVICE_ERROR;
        firmware->faults.measure_what = ".cmdline";
        assert_boots(firmware);
        assert_true(handed_over(firmware).tpm_failed);
        assert_string_equal(firmware->events[firmware->event_count - 1].description, "cleanslate:mode=reset");
        fake_done(firmware);
}

static struct fake_firmware *with_break_glass(const char *policy)
{
        struct fake_firmware *firmware = with_image("cleanslate.mode=break-glass");

        add_text(firmware, ".clnslt", policy);
        return firmware;
}

static void break_glass_that_the_policy_forbids_is_recovery(void **state)
{
        static const char *const policies[] = { "[BreakGlass]\nmode=off\n", "# nothing\n", "[BreakGlass]\nmode=maybe\n" };

        for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
                struct fake_firmware *firmware = with_break_glass(policies[i]);

                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).choice.mode, MODE_RECOVERY);
                assert_int_equal(handed_over(firmware).choice.reason, REASON_BREAK_GLASS_OFF);
                assert_pcr_is_predicted(firmware, MODE_RECOVERY);
                assert_int_equal(strstr(firmware->console, ".clnslt are ignored") != NULL, i == 2);
                fake_done(firmware);
        }
}

/* Anything but the shell goes on: it opens nothing, and the initrd tries again before anything unseals. */
static void unmeasured_mode_is_told_to_the_initrd(void **state)
{
        static const char *const reasons[] = { "cleanslate:mode=reset", ".initrd", NULL };

        for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                set_request(firmware, REQUEST_OURS);
                firmware->faults.measure = reasons[i] != NULL ? EFI_DEVICE_ERROR : EFI_SUCCESS;
                firmware->faults.measure_what = reasons[i];
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).choice.mode, MODE_RESET);
                assert_int_equal(handed_over(firmware).mode_unmeasured, i == 0);
                assert_int_equal(handed_over(firmware).tpm_failed, i < 2);
                fake_done(firmware);
        }
}

static void unmeasured_break_glass_is_refused(void **state)
{
        struct fake_firmware *firmware = with_break_glass("[BreakGlass]\nmode=allowed\n");

        firmware->faults.measure = EFI_DEVICE_ERROR;
        firmware->faults.measure_what = "cleanslate:mode=break-glass";
        assert_fails(firmware, EFI_SECURITY_VIOLATION, "break-glass mode refused");
        assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL), -1);
        fake_done(firmware);
}

static void measured_break_glass_boots(void **state)
{
        struct fake_firmware *firmware = with_break_glass("[BreakGlass]\nmode=allowed\n");

        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_BREAK_GLASS);
        assert_pcr_is_predicted(firmware, MODE_BREAK_GLASS);
        fake_done(firmware);
}

static void load_options_never_override_the_embedded_command_line(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        fake_set_load_options(firmware, "systemd.factory_reset=1 init=/bin/sh");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
        fake_done(firmware);
}

/* They reach the kernel, measured by themselves, but they are not the image's word: no mode follows from them. */
static void load_options_stand_in_for_an_absent_command_line(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);
        const struct fake_event *last;

        fake_set_load_options(firmware, " debug\tsystemd.factory_reset=1\n");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "debug systemd.factory_reset=1");
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        last = &firmware->events[firmware->event_count - 1];
        assert_int_equal(last->pcr, 12);
        assert_int_equal(last->size, 2 * sizeof("debug systemd.factory_reset=1"));
        assert_string_equal(last->description, "debug systemd.factory_reset=1");
        assert_string_equal(fake_exported_text(firmware, "StubPcrKernelParameters"), "12");
        fake_done(firmware);
}

static void load_options_are_ignored_under_secure_boot(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        fake_enable_secure_boot(firmware);
        fake_set_load_options(firmware, "debug");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "");
        fake_done(firmware);
}

/* As images/uki.py builds it: normal, factory reset, recovery, break-glass behind the common part. */
static struct fake_firmware *with_profiles(const char *load_options)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".profile", "ID=normal\n");
        add_text(firmware, ".profile", "ID=factory-reset\n");
        add_text(firmware, ".cmdline", COMMAND_LINE " cleanslate.mode=reset");
        add_text(firmware, ".profile", "ID=recovery\n");
        add_text(firmware, ".cmdline", COMMAND_LINE " cleanslate.mode=recovery");
        add_text(firmware, ".profile", "ID=break-glass\n");
        add_text(firmware, ".cmdline", COMMAND_LINE " cleanslate.mode=break-glass");
        if (load_options != NULL)
                fake_set_load_options(firmware, load_options);
        return firmware;
}

static void assert_profile_is_predicted(const struct fake_firmware *firmware, unsigned profile, enum boot_mode mode)
{
        uint8_t predicted[SHA256_SIZE];
        struct uki uki;

        assert_int_equal(uki_find_sections(firmware->image, firmware->image_size, UKI_LOADED, profile, &uki), ERR_OK);
        pcr_predict_sections(sha256_chunks, &uki, predicted);
        pcr_mode_extend(sha256_chunks, predicted, mode);
        assert_memory_equal(firmware->pcrs[PCR_KERNEL_IMAGE], predicted, SHA256_SIZE);
}

static void profile_brings_its_command_line_its_mode_and_its_measurement(void **state)
{
        static const struct {
                const char *load_options, *number, *command_line, *text;
                unsigned profile;
                enum boot_mode mode;
                enum boot_reason reason;
        } cases[] = {
                { NULL, "0", "console=ttyS0 quiet", "ID=normal\n", 0, MODE_NORMAL, REASON_ORDINARY },
                { "quiet", "0", "console=ttyS0 quiet", "ID=normal\n", 0, MODE_NORMAL, REASON_ORDINARY },
                { "@0", "0", "console=ttyS0 quiet", "ID=normal\n", 0, MODE_NORMAL, REASON_ORDINARY },
                { "@1", "1", "console=ttyS0 quiet  cleanslate.mode=reset", "ID=factory-reset\n", 1, MODE_RESET,
                  REASON_LOADER_ENTRY },
                { "@2 ", "2", "console=ttyS0 quiet  cleanslate.mode=recovery", "ID=recovery\n", 2, MODE_RECOVERY,
                  REASON_LOADER_ENTRY },
                { "@3", "3", "console=ttyS0 quiet  cleanslate.mode=break-glass", "ID=break-glass\n", 3, MODE_RECOVERY,
                  REASON_BREAK_GLASS_OFF }, /* without a policy that allows it */
        };

        for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_profiles(cases[i / 2].load_options);

                if (i % 2)
                        fake_enable_secure_boot(firmware);
                assert_boots(firmware);
                assert_string_equal(firmware->kernel.command_line, cases[i / 2].command_line);
                assert_string_equal(fake_exported_text(firmware, "StubProfile"), cases[i / 2].number);
                assert_file_is(firmware, ".extra/profile", cases[i / 2].text);
                assert_int_equal(handed_over(firmware).choice.mode, cases[i / 2].mode);
                assert_int_equal(handed_over(firmware).choice.reason, cases[i / 2].reason);
                assert_profile_is_predicted(firmware, cases[i / 2].profile, cases[i / 2].mode);
                fake_done(firmware);
        }
}

/* Keys sealed for profile 0 stay out of reach of every other one, even of one whose mode were not measured. */
static void every_profile_has_a_measurement_of_its_own(void **state)
{
        uint8_t values[4][SHA256_SIZE];

        for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
                struct fake_firmware *firmware = with_profiles(NULL);
                struct uki uki;

                assert_int_equal(uki_find_sections(firmware->image, firmware->image_size, UKI_LOADED, i, &uki), ERR_OK);
                pcr_predict_sections(sha256_chunks, &uki, values[i]);
                for (unsigned j = 0; j < i; j++)
                        assert_memory_not_equal(values[i], values[j], SHA256_SIZE);
                fake_done(firmware);
        }
}

/* systemd-stub's form: EV_EVENT_TAG in PCR 12, nothing for profile 0. */
static void number_of_the_profile_is_measured(void **state)
{
        struct fake_firmware *firmware = with_profiles("@2");
        const struct fake_event *event = &firmware->events[0];

        assert_boots(firmware);
        assert_int_equal(event->pcr, 12);
        assert_int_equal(event->type, 6);
        assert_string_equal(event->description, "2");
        assert_int_equal(event->size, 4);
        assert_memory_equal(event->data, "2\0\0", 4);
        assert_string_equal(fake_exported_text(firmware, "StubPcrKernelParameters"), "12");
        fake_done(firmware);
        firmware = with_profiles("@0");
        assert_boots(firmware);
        assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
        fake_done(firmware);
}

static void profile_that_does_not_exist_is_refused_by_number(void **state)
{
        static const char *const options[] = { "@4", "@4294967295" };

        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                struct fake_firmware *firmware = with_profiles(options[i]);

                assert_fails(firmware, EFI_NOT_FOUND, options[i] + 1);
                assert_non_null(strstr(firmware->console, "no such profile in this image"));
                assert_int_equal(firmware->event_count, 0);
                fake_done(firmware);
        }
}

static void malformed_selector_is_said_and_starts_profile_0(void **state)
{
        struct fake_firmware *firmware = with_profiles("@one");

        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "choose no profile"));
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_profile_is_predicted(firmware, 0, MODE_NORMAL);
        fake_done(firmware);
}

static void selector_is_not_part_of_load_options_that_are_used(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        add_text(firmware, ".profile", "ID=normal\n");
        fake_set_load_options(firmware, "@0 debug");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "debug");
        fake_done(firmware);
}

/* In another boot menu a person may still see the page; what the menu cannot do is start a half-reset system. */
static void reset_under_way_gives_way_to_the_recovery_profile_alone(void **state)
{
        static const struct {
                const char *load_options;
                enum boot_mode mode;
        } cases[] = { { "@0", MODE_RESET }, { "@1", MODE_RESET }, { "@2", MODE_RECOVERY }, { "@3", MODE_RESET } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_profiles(cases[i].load_options);

                set_progress(firmware, PROGRESS_VARIABLE_NAME_0, PHASE_STARTED, 0);
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).choice.mode, cases[i].mode);
                assert_profile_is_predicted(firmware, (unsigned)i, cases[i].mode);
                fake_done(firmware);
        }
}

static void binary_load_options_are_ignored(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        fake_set_load_options(firmware, "\1\2garbage of a boot entry");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "");
        fake_done(firmware);
}

static void what_systemd_reads_is_exported(void **state)
{
        static const struct {
                const char *name, *text;
        } expected[] = {
                { "StubInfo", "cleanslate " CLEANSLATE_VERSION },
                { "StubPcrKernelImage", "11" },
                { "StubProfile", "0" },
                { "StubDevicePartUUID", "ABCDEF01-2345-6789-ABCD-010203040506" },
                { "StubImageIdentifier", "\\EFI\\BOOT\\A.EFI" },
                { "LoaderDevicePartUUID", "ABCDEF01-2345-6789-ABCD-010203040506" },
                { "LoaderImageIdentifier", "\\EFI\\BOOT\\A.EFI" },
                { "LoaderFirmwareInfo", "Fake 1.02" },
                { "LoaderFirmwareType", "UEFI 2.70" },
                { "LoaderInfo", "cleanslate " CLEANSLATE_VERSION },
        };
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        const struct fake_variable *features;

        assert_boots(firmware);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                assert_non_null(fake_exported_text(firmware, expected[i].name));
                assert_string_equal(fake_exported_text(firmware, expected[i].name), expected[i].text);
        }
        features = fake_find_variable(firmware, &guid_loader_interface, "StubFeatures");
        assert_non_null(features);
        assert_int_equal(features->size, 8);
        assert_int_equal(load_le64(features->value), 1 << 0 | 1 << 9 | 1 << 10); /* boot partition, profiles, stub partition */
        fake_done(firmware);
}

static void what_a_boot_loader_has_exported_stays(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        struct handover handover;

        fake_set_boot_loader_text(firmware, "LoaderInfo", "sd");
        fake_set_boot_loader_text(firmware, "LoaderDevicePartUUID", "sd");
        assert_boots(firmware);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderInfo"), -1);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderDevicePartUUID"), -1);
        handover = handed_over(firmware);
        assert_true(guid_equal(&handover.stub_partition, &fake_partition)); /* the boot loader may be wrong, the path is not */
        fake_done(firmware);
}

/* It would be told to whatever asks this boot what has started it. */
static void what_the_operating_system_has_left_there_is_replaced(void **state)
{
        static const char *const names[] = { "LoaderImageIdentifier", "LoaderDevicePartUUID", "StubImageIdentifier",
                                             "StubDevicePartUUID", "LoaderInfo" };
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                fake_set_loader_text(firmware, names[i], "forged");
        assert_boots(firmware);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                assert_non_null(fake_exported_text(firmware, names[i])); /* volatile */
                assert_string_not_equal(fake_exported_text(firmware, names[i]), "forged");
        }
        assert_non_null(fake_find_variable(firmware, &guid_loader_interface,
                                           "LoaderEntries")); /* and no other boot loader is believed in */
        fake_done(firmware);
}

static void full_variable_store_is_said_and_boots(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        firmware->faults.variable_quota = 30;
        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "boot information could not be published: out of resources"));
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

static void kernel_that_does_not_load_or_start_is_said(void **state)
{
        for (int start = 0; start < 2; start++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                if (start)
                        firmware->faults.start_image = EFI_UNSUPPORTED;
                else
                        firmware->faults.load_image = EFI_UNSUPPORTED;
                assert_fails(firmware, EFI_UNSUPPORTED, "Cleanslate: the kernel did not start: not supported");
                fake_done(firmware);
        }
}

static void kernel_of_the_image_starts_under_secure_boot(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        fake_enable_secure_boot(firmware);
        assert_boots(firmware);
        fake_done(firmware);
}

/* The check is back in place behind our one exception. */
static void secure_boot_check_is_restored_after_loading(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        EFI_HANDLE handle = NULL;
        EFI_STATUS status;

        fake_enable_secure_boot(firmware);
        firmware->faults.start_image = EFI_LOAD_ERROR;
        assert_false(fake_run(firmware, &status));
        assert_non_null(firmware->kernel.path);
        assert_true(firmware->boot.LoadImage(FALSE, NULL, firmware->kernel.path, "other", 5, &handle) == EFI_SECURITY_VIOLATION);
        fake_done(firmware);
}

static void root_policy_and_certificate_reach_the_initrd(void **state)
{
        static const struct {
                const char *settings; /* NULL = no section */
                enum root_policy root;
        } cases[] = {
                { NULL, ROOT_VERITY },
                { "", ROOT_VERITY },
                { "[Reset]\nattempts=3\n", ROOT_VERITY },
                { "[Image]\nroot=verity\n", ROOT_VERITY },
                { "[Image]\nroot=signed\n", ROOT_SIGNED },
                { "[Image]\nroot=unsigned\n", ROOT_SIGNED }, /* what cannot be read asks for no less */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                if (cases[i].settings != NULL)
                        add_text(firmware, ".clnslt", cases[i].settings);
                add_text(firmware, ".rootcrt", "a certificate");
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).root, cases[i].root);
                assert_file_is(firmware, HANDOVER_ROOT_CERTIFICATE_PATH, "a certificate");
                assert_pcr_is_predicted(firmware, MODE_NORMAL);
                fake_done(firmware);
        }
}

/* The kernel heeds the table under Secure Boot alone, so it is made for nobody else. */
static void certificate_reaches_the_kernel_under_secure_boot(void **state)
{
        for (int secure = 0; secure < 2; secure++)
                for (int named = 0; named < 2; named++) {
                        struct fake_firmware *firmware = with_image(COMMAND_LINE);
                        const char *table;

                        if (named)
                                add_text(firmware, ".rootcrt", "a certificate");
                        if (secure)
                                fake_enable_secure_boot(firmware);
                        assert_boots(firmware);
                        table = fake_find_table(firmware, &guid_mok_table);
                        assert_int_equal(table != NULL, secure && named);
                        if (table != NULL)
                                assert_string_equal(table, "MokListRT");
                        fake_done(firmware);
                }
}

static void certificates_that_shim_hands_over_stay(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        static char shims[] = "shim's table";
        EFI_GUID guid;

        memcpy(&guid, &guid_mok_table, sizeof(guid));
        firmware->boot.InstallConfigurationTable(&guid, shims);
        add_text(firmware, ".rootcrt", "a certificate");
        fake_enable_secure_boot(firmware);
        assert_boots(firmware);
        assert_ptr_equal(fake_find_table(firmware, &guid_mok_table), shims);
        fake_done(firmware);
}

static void boot_goes_on_where_the_certificate_cannot_be_offered(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".rootcrt", "a certificate");
        fake_enable_secure_boot(firmware);
        firmware->faults.install_table = EFI_OUT_OF_RESOURCES;
        assert_boots(firmware);
        fake_done(firmware);
}

static void certificate_is_taken_back_if_the_kernel_does_not_start(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".rootcrt", "a certificate");
        fake_enable_secure_boot(firmware);
        firmware->faults.start_image = EFI_LOAD_ERROR;
        assert_fails(firmware, EFI_LOAD_ERROR, "the kernel did not start"); /* and no memory is kept */
        assert_null(fake_find_table(firmware, &guid_mok_table));
        fake_done(firmware);
}

static void foreign_initrd_is_never_used(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        EFI_STATUS status;

        fake_serve_foreign_initrd(firmware);
        assert_false(fake_run(firmware, &status));
        assert_true(status == EFI_ALREADY_STARTED);
        assert_non_null(strstr(firmware->console, "the initrd cannot be handed over: already started"));
        assert_int_equal(fake_find_call(firmware, FAKE_LOAD_IMAGE, NULL), -1);
        fake_done(firmware);
}

static void initrd_that_cannot_be_served_is_said(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        firmware->faults.install = EFI_OUT_OF_RESOURCES;
        assert_fails(firmware, EFI_OUT_OF_RESOURCES, "the initrd cannot be handed over: out of resources");
        fake_done(firmware);
}

static void image_without_a_mandatory_section_is_refused_by_name(void **state)
{
        for (int missing = 0; missing < 2; missing++) {
                struct fake_firmware *firmware = fake_new();

                add_text(firmware, missing ? ".linux" : ".osrel", missing ? KERNEL : OS_RELEASE);
                assert_fails(firmware, EFI_NOT_FOUND, missing ? "it has no section: .osrel" : "it has no section: .linux");
                assert_int_equal(firmware->event_count, 0);
                fake_done(firmware);
        }
}

/* Whose request is due is judged by its identity: one that cannot be read must not become another one. */
static void image_whose_identity_cannot_be_read_is_refused(void **state)
{
        static char text[2 * OS_FIELD_MAX] = "ID=";
        struct fake_firmware *firmware = fake_new();

        memset(text + 3, 'x', sizeof(text) - 4);
        add_text(firmware, ".osrel", text);
        add_text(firmware, ".linux", KERNEL);
        assert_fails(firmware, EFI_LOAD_ERROR, "its section .osrel: ");
        assert_non_null(strstr(firmware->console, err_text(ERR_TOO_LARGE)));
        fake_done(firmware);
}

static void image_with_a_section_twice_is_refused(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".initrd", "a second one");
        assert_fails(firmware, EFI_LOAD_ERROR, "cannot find the sections of this image");
        fake_done(firmware);
}

static void command_line_that_is_no_text_is_refused(void **state)
{
        struct fake_firmware *firmware = with_image("quiet \xff\xfe");

        assert_fails(firmware, EFI_INVALID_PARAMETER, "the kernel's command line cannot be used");
        fake_done(firmware);
}

static void machine_without_a_console_boots_and_fails_alike(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        EFI_STATUS status;

        firmware->faults.no_console = true;
        firmware->faults.measure = EFI_DEVICE_ERROR;
        assert_boots(firmware);
        fake_done(firmware);
        firmware = with_image(COMMAND_LINE);
        firmware->faults.no_console = true;
        firmware->faults.load_image = EFI_LOAD_ERROR;
        assert_false(fake_run(firmware, &status));
        assert_true(status == EFI_LOAD_ERROR);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ordinary_boot_is_silent_and_passes_everything_on),
                cmocka_unit_test(sections_are_measured_in_systemd_stubs_order_and_form),
                cmocka_unit_test(microcode_comes_before_the_initrd),
                cmocka_unit_test(image_without_initrd_still_gets_the_archive),
                cmocka_unit_test(due_request_resets_and_is_measured),
                cmocka_unit_test(stub_leaves_the_request_and_the_progress_alone),
                cmocka_unit_test(mode_is_measured_before_anything_acts_on_it),
                cmocka_unit_test(reset_under_way_goes_on_without_a_request),
                cmocka_unit_test(reset_that_failed_too_often_goes_to_recovery),
                cmocka_unit_test(embedded_command_line_can_ask_for_a_reset),
                cmocka_unit_test(useless_request_is_reported_and_boots_normally),
                cmocka_unit_test(huge_request_is_reported_and_boots_normally),
                cmocka_unit_test(unreadable_request_is_reported_and_boots_normally),
                cmocka_unit_test(damaged_progress_slot_is_said_and_the_other_counts),
                cmocka_unit_test(without_tpm_it_boots_and_says_so_to_the_initrd),
                cmocka_unit_test(failing_tpm_is_said_on_the_console_and_to_the_initrd),
                cmocka_unit_test(full_event_log_counts_as_measured),
                cmocka_unit_test(mode_is_measured_even_if_a_section_could_not_be),
                cmocka_unit_test(break_glass_that_the_policy_forbids_is_recovery),
                cmocka_unit_test(unmeasured_mode_is_told_to_the_initrd),
                cmocka_unit_test(unmeasured_break_glass_is_refused),
                cmocka_unit_test(measured_break_glass_boots),
                cmocka_unit_test(load_options_never_override_the_embedded_command_line),
                cmocka_unit_test(load_options_stand_in_for_an_absent_command_line),
                cmocka_unit_test(load_options_are_ignored_under_secure_boot),
                cmocka_unit_test(profile_brings_its_command_line_its_mode_and_its_measurement),
                cmocka_unit_test(every_profile_has_a_measurement_of_its_own),
                cmocka_unit_test(number_of_the_profile_is_measured),
                cmocka_unit_test(profile_that_does_not_exist_is_refused_by_number),
                cmocka_unit_test(malformed_selector_is_said_and_starts_profile_0),
                cmocka_unit_test(selector_is_not_part_of_load_options_that_are_used),
                cmocka_unit_test(reset_under_way_gives_way_to_the_recovery_profile_alone),
                cmocka_unit_test(binary_load_options_are_ignored),
                cmocka_unit_test(what_systemd_reads_is_exported),
                cmocka_unit_test(what_a_boot_loader_has_exported_stays),
                cmocka_unit_test(what_the_operating_system_has_left_there_is_replaced),
                cmocka_unit_test(full_variable_store_is_said_and_boots),
                cmocka_unit_test(kernel_that_does_not_load_or_start_is_said),
                cmocka_unit_test(kernel_of_the_image_starts_under_secure_boot),
                cmocka_unit_test(secure_boot_check_is_restored_after_loading),
                cmocka_unit_test(root_policy_and_certificate_reach_the_initrd),
                cmocka_unit_test(certificate_reaches_the_kernel_under_secure_boot),
                cmocka_unit_test(certificates_that_shim_hands_over_stay),
                cmocka_unit_test(boot_goes_on_where_the_certificate_cannot_be_offered),
                cmocka_unit_test(certificate_is_taken_back_if_the_kernel_does_not_start),
                cmocka_unit_test(foreign_initrd_is_never_used),
                cmocka_unit_test(initrd_that_cannot_be_served_is_said),
                cmocka_unit_test(image_without_a_mandatory_section_is_refused_by_name),
                cmocka_unit_test(image_whose_identity_cannot_be_read_is_refused),
                cmocka_unit_test(image_with_a_section_twice_is_refused),
                cmocka_unit_test(command_line_that_is_no_text_is_refused),
                cmocka_unit_test(machine_without_a_console_boots_and_fails_alike),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
