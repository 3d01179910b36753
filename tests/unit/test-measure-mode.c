/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mode that the stub could not measure, on a real TPM (swtpm) behind a wire that can fail: whatever is refused, a key that is
 * sealed to the normal boot's phase does not unseal. Its control: in a normal boot it does. */
#include "common/boot/pcr-mode.h"
#include "tests/unit/tpm-fault.h"

#include "initrd/gather.h"
#include "linux/base/hash.h"
#include "linux/base/random.h"

static struct fixture {
        struct swtpm *swtpm;
        struct tpm_fault fault;
        struct boot_context context;
        struct sealed sealed;
        char signature[JSON_MAX]; /* of what PCR 11 is in a normal boot's phase; nothing was measured before it here */
} fixture;

static int set_up(void **state)
{
        void *swtpm = NULL;
        uint8_t pcr[SHA256_SIZE];
        memset(&fixture, 0, sizeof(fixture));
        assert_int_equal(swtpm_start(&swtpm), 0);
        fixture.swtpm = swtpm;
        fixture.context.report.kmsg_fd = -1;
        fixture.context.tpm = fault_connect(fixture.swtpm, &fixture.fault);
        seal(fixture.swtpm, fixture.context.tpm, &fixture.sealed);
        predict_pcr(PHASE_ENTER_INITRD, pcr);
        sign_pcr(fixture.swtpm, pcr, fixture.signature);
        fault_end(&fixture.fault);
        return 0;
}

static int tear_down(void **state)
{
        fault_disconnect(fixture.context.tpm, &fixture.fault);
        void *swtpm = fixture.swtpm;
        return swtpm_stop(&swtpm);
}

static int unseal_now(void)
{
        uint8_t secret[TPM_SECRET_SIZE];
        fault_end(&fixture.fault);
        return unseal(fixture.swtpm, fixture.context.tpm, &fixture.sealed, fixture.signature, secret);
}

static void start(enum boot_mode mode, bool unmeasured)
{
        fixture.context.handover.choice.mode = mode;
        fixture.context.handover.mode_unmeasured = unmeasured;
        gather_measure_start(&fixture.context);
}

/* PCR 11 as the TPM has it. */
static void assert_pcr_11(enum boot_mode mode, const char *phases, bool late)
{
        uint8_t expected[SHA256_SIZE] = { 0 };
        char text[2 * SHA256_SIZE + 1];
        struct writer writer = writer_over(text, sizeof(text));
        if (!late)
                pcr_mode_extend(sha256_chunks, expected, mode);
        pcr_extend_phases(sha256_chunks, expected, phases);
        if (late)
                pcr_mode_extend(sha256_chunks, expected, mode);
        writer_hex(&writer, expected, sizeof(expected));
        assert_int_equal(run(fixture.swtpm, "tpm2_pcrread sha256:11 | grep -qi 0x%s", text), 0);
}

static void a_normal_boot_unseals(void **state)
{
        start(MODE_NORMAL, false);
        assert_false(fixture.context.mode_unmeasured);
        assert_int_equal(unseal_now(), 0);
}

static void what_the_stub_could_not_measure_the_initrd_does_in_its_place(void **state)
{
        start(MODE_RESET, true);
        assert_false(fixture.context.mode_unmeasured);
        assert_pcr_11(MODE_RESET, PHASE_ENTER_INITRD, false); /* as the stub would have had it */
        assert_int_equal(unseal_now(), -EACCES);
}

static void a_mode_that_is_refused_again_withholds_the_phase(void **state)
{
        static const enum boot_mode modes[] = { MODE_RESET, MODE_RECOVERY };
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                fixture.fault.fail_at = fixture.fault.commands + 1; /* the mode alone: the phase would be taken */
                fixture.fault.code = TPM2_RC_FAILURE;
                fixture.context.mode_unmeasured = false;
                start(modes[i], true);
                assert_int_equal(fixture.fault.failed_command, TPM2_CC_PCR_Event);
                assert_true(fixture.context.mode_unmeasured);
                assert_pcr_11(MODE_NORMAL, "", false);
                assert_int_equal(unseal_now(), -EACCES);
        }
}

static void the_page_of_a_normal_boot_puts_the_keys_away(void **state)
{
        start(MODE_NORMAL, false);
        assert_int_equal(unseal_now(), 0);
        gather_measure_mode(&fixture.context, MODE_RECOVERY);
        assert_false(fixture.context.mode_unmeasured);
        assert_pcr_11(MODE_RECOVERY, PHASE_ENTER_INITRD, true);
        assert_int_equal(unseal_now(), -EACCES);
}

static void the_page_ends_the_phase_where_its_mode_is_refused(void **state)
{
        start(MODE_NORMAL, false);
        fixture.fault.fail_at = fixture.fault.commands + 1;
        fixture.fault.code = TPM2_RC_FAILURE;
        gather_measure_mode(&fixture.context, MODE_RECOVERY);
        assert_true(fixture.context.mode_unmeasured);
        assert_pcr_11(MODE_NORMAL, PHASE_ENTER_INITRD ":" PHASE_LEAVE_INITRD, false);
        assert_int_equal(unseal_now(), -EACCES);
}

static void a_tpm_that_takes_nothing_is_noted(void **state)
{
        fixture.fault.fail_command = TPM2_CC_PCR_Event;
        fixture.fault.code = TPM2_RC_FAILURE;
        start(MODE_RESET, true);
        gather_measure_mode(&fixture.context, MODE_RECOVERY);
        assert_true(fixture.context.mode_unmeasured);
        assert_int_equal(unseal_now(), -EACCES); /* without its phase nothing opens */
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(a_normal_boot_unseals),
                TEST(what_the_stub_could_not_measure_the_initrd_does_in_its_place),
                TEST(a_mode_that_is_refused_again_withholds_the_phase),
                TEST(the_page_of_a_normal_boot_puts_the_keys_away),
                TEST(the_page_ends_the_phase_where_its_mode_is_refused),
                TEST(a_tpm_that_takes_nothing_is_noted),
        };
        return cmocka_run_group_tests_name("measure-mode", tests, NULL, NULL);
}
