/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub with a TPM that fails, is full or is not there: what the initrd is told, and that break-glass needs a measurement. */
#include "tests/unit/efi-boot-fixture.h"
#include "under-personalities.h"

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

/* What an ordinary start would have there; the initrd proves it against the TPM before it erases anything. */
static void in_a_reset_the_initrd_is_told_what_pcr_11_was_before_the_mode(void **state)
{
        static const struct {
                const char *request;
                EFI_STATUS fails;
                bool no_tpm, no_bank, told;
        } cases[] = {
                { REQUEST_OURS, EFI_SUCCESS, false, false, true },       { NULL, EFI_SUCCESS, false, false, false },
                { REQUEST_OURS, EFI_DEVICE_ERROR, false, false, false }, { REQUEST_OURS, EFI_SUCCESS, true, false, false },
                { REQUEST_OURS, EFI_SUCCESS, false, true, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);
                struct handover handover;

                if (cases[i].request)
                        set_request(firmware, cases[i].request);
                firmware->faults.pcr_read = cases[i].fails;
                firmware->faults.no_tpm = cases[i].no_tpm;
                firmware->faults.no_sha256_bank = cases[i].no_bank;
                assert_boots(firmware);
                handover = handed_over(firmware);
                assert_int_equal(handover.has_pcr, cases[i].told);
                assert_int_equal(handover.tpm_measured, !cases[i].no_tpm); /* one that cannot be read is no failure */
                if (cases[i].told) {
                        pcr_mode_extend(sha256_chunks, handover.pcr, MODE_RESET);
                        assert_memory_equal(handover.pcr, firmware->pcrs[PCR_KERNEL_IMAGE], SHA256_SIZE);
                }
                fake_done(firmware);
        }
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(without_tpm_it_boots_and_says_so_to_the_initrd, NEEDS_SILENCE),
                NEEDS(failing_tpm_is_said_on_the_console_and_to_the_initrd, LACKS_TPM | LACKS_CONSOLE),
                NEEDS(full_event_log_counts_as_measured, LACKS_TPM | NEEDS_SILENCE),
                NEEDS(in_a_reset_the_initrd_is_told_what_pcr_11_was_before_the_mode, LACKS_SHA256 | LACKS_TPM | LACKS_STORE),
                NEEDS(mode_is_measured_even_if_a_section_could_not_be, LACKS_TPM | LACKS_STORE),
                NEEDS(break_glass_that_the_policy_forbids_is_recovery, NEEDS_SHA256 | LACKS_CONSOLE),
                NEEDS(unmeasured_mode_is_told_to_the_initrd, LACKS_TPM | LACKS_STORE),
                NEEDS(unmeasured_break_glass_is_refused, LACKS_TPM | LACKS_CONSOLE),
                NEEDS(measured_break_glass_boots, NEEDS_SHA256),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
