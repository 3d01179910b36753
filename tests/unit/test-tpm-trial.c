/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before anything is erased: whether what would be sealed could be unsealed in the next ordinary start. On a real TPM 2.0 (swtpm)
 * whose PCR 11 is what a firmware, a stub and this initrd have made of it, or have not. */
#include "tests/unit/tpm-fault.h"

#include "common/boot/pcr-mode.h"
#include "linux/preflight/preflight.h"

#define IMAGE_SECTION ".linux"

static struct fixture {
        struct swtpm *swtpm;
        struct tpm_fault fault;
        struct tpm *tpm;
        struct handover handover;
        struct policy policy;
        struct inventory inventory;
        struct plan plan;
        struct reset_source source;
        struct preflight preflight;
        char signatures[JSON_MAX], trouble[PREFLIGHT_DETAIL_MAX];
} fixture;

static int set_up(void **state)
{
        void *swtpm = NULL;
        memset(&fixture, 0, sizeof(fixture));
        assert_int_equal(swtpm_start(&swtpm), 0);
        fixture.swtpm = swtpm;
        fixture.policy.settings.seal_pcrs = SEAL_PCRS_DEFAULT;
        fixture.plan.tpm_clear = TPM_CLEAR_REQUIRED;
        fixture.plan.steps[0].kind = STEP_ENCRYPT;
        fixture.plan.step_count = 1;
        fixture.source = (struct reset_source){ .policy = &fixture.policy,
                                                .inventory = &fixture.inventory,
                                                .public_key_pem = fixture.swtpm->public_pem,
                                                .signature_json = fixture.signatures,
                                                .handover = &fixture.handover };
        return 0;
}

static int tear_down(void **state)
{
        void *swtpm = fixture.swtpm;
        if (fixture.tpm)
                fault_disconnect(fixture.tpm, &fixture.fault);
        return swtpm_stop(&swtpm);
}

/* The value that is signed is that of an ordinary start of an image with this one section. */
static void sign_image(const char *section)
{
        uint8_t pcr[SHA256_SIZE] = { 0 };
        pcr_extend(sha256_chunks, pcr, section, strlen(section));
        pcr_extend_phases(sha256_chunks, pcr, PHASE_ENTER_INITRD);
        sign_pcr(fixture.swtpm, pcr, fixture.signatures);
        fixture.source.signature_json_size = strlen(fixture.signatures);
}

/* What the stub does, if `section` is not NULL, and what this initrd does. */
static void start(enum boot_mode mode, const char *section)
{
        struct handover *handover = &fixture.handover;
        fixture.source.tpm = fixture.tpm = fault_connect(fixture.swtpm, &fixture.fault);
        extend_pcr(fixture.tpm, 7, "the firmware's keys", 19);
        handover->choice.mode = mode;
        handover->tpm_measured = true;
        if (section) {
                extend_pcr(fixture.tpm, PCR_KERNEL_IMAGE, section, strlen(section));
                pcr_extend(sha256_chunks, handover->pcr, section, strlen(section));
        }
        handover->has_pcr = mode != MODE_NORMAL;
        if (pcr_mode_event(mode))
                assert_int_equal(tpm_measure_phase(fixture.tpm, pcr_mode_event(mode)), 0);
        assert_int_equal(tpm_measure_phase(fixture.tpm, PHASE_ENTER_INITRD), 0);
        sign_image(IMAGE_SECTION);
}

static void say(void *context, const char *text)
{
        (void)context;
        (void)text;
}

static int preflight(void)
{
        static const enum check checks[] = { CHECK_TPM, CHECK_TPM_MEASURED, CHECK_TPM_SEALING };
        const struct trouble trouble = { fixture.trouble, sizeof(fixture.trouble) };
        int r = 0;
        memset(&fixture.preflight, 0, sizeof(fixture.preflight));
        fixture.trouble[0] = 0;
        for (size_t i = 0; i < ARRAY_SIZE(checks) && r == 0; i++)
                r = preflight_check(&fixture.source, &fixture.plan, &fixture.preflight, checks[i], say, &trouble);
        return r;
}

static void assert_refused(const char *words)
{
        assert_int_equal(preflight(), -EPERM);
        if (!strstr(fixture.trouble, words))
                fail_msg("\"%s\" does not say \"%s\"", fixture.trouble, words);
}

/* As what a seal alone would say: the code of before took that for enough. */
static bool seals_all_the_same(void)
{
        struct sealed sealed = { .blob_size = sizeof(sealed.blob) };
        return tpm_seal(fixture.tpm, fixture.swtpm->public_pem, SEAL_PCRS_DEFAULT, sealed.secret, sealed.blob, &sealed.blob_size,
                        sealed.policy, NULL) == 0;
}

static void a_start_that_was_measured_proves_that_the_next_one_unseals(void **state)
{
        start(MODE_RESET, IMAGE_SECTION);
        assert_int_equal(preflight(), 0);
        assert_int_equal(fixture.preflight.facts.tried[CHECK_TPM_MEASURED].state, FACT_GOOD);
        assert_int_equal(fixture.preflight.facts.tried[CHECK_TPM_SEALING].state, FACT_GOOD);
}

static void in_an_ordinary_start_all_of_it_is_tried(void **state)
{
        start(MODE_NORMAL, IMAGE_SECTION);
        assert_int_equal(preflight(), 0);
        fixture.fault.fail_command = TPM2_CC_Unseal; /* the last step of all */
        fixture.fault.code = TPM2_RC_FAILURE;
        assert_refused("cannot seal a key for the new system");
        assert_int_equal(fixture.fault.failed_command, TPM2_CC_Unseal);
}

static void what_the_next_start_could_not_unseal_is_refused(void **state)
{
        static const char words[] = "could not be unsealed in its next start: no signature for the value that PCR 11 has";
        start(MODE_RESET, IMAGE_SECTION);
        sign_image(".linux of another version");
        assert_true(seals_all_the_same());
        assert_refused(words);
        (void)strcpy(fixture.signatures, "{}");
        fixture.source.signature_json_size = 2;
        assert_refused(words);
        fixture.handover.has_pcr = false; /* nor where it is not known */
        assert_refused(words);
        (void)strcpy(fixture.signatures, "{");
        fixture.source.signature_json_size = 1;
        assert_refused("malformed");
}

/* Whatever the stub claims of PCR 11: it has to lead to what PCR 11 is, or it is not used. */
static void what_the_stub_says_is_proven_or_not_used(void **state)
{
        start(MODE_RESET, IMAGE_SECTION);
        sign_image(".linux of another version");
        memset(fixture.handover.pcr, 0, sizeof(fixture.handover.pcr));
        pcr_extend(sha256_chunks, fixture.handover.pcr, ".linux of another version", 25);
        assert_int_equal(preflight(), 0); /* it is not known then: a signature of the key is there */
        fixture.handover.has_pcr = false;
        assert_int_equal(preflight(), 0);
}

static void a_start_that_nothing_measures_is_refused(void **state)
{
        static const enum boot_mode modes[] = { MODE_RESET, MODE_NORMAL, MODE_RECOVERY };
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                if (i > 0) {
                        (void)tear_down(state);
                        (void)set_up(state);
                }
                start(modes[i], NULL);
                assert_true(seals_all_the_same());
                assert_refused("Nothing has measured the boot image into the TPM's SHA-256 bank");
                fixture.source.handover = NULL; /* by a stub that says nothing: the running system, systemd-stub */
                assert_refused("Nothing has measured the boot image into the TPM's SHA-256 bank");
        }
}

static void what_the_stub_says_of_its_measurements_is_heard(void **state)
{
        start(MODE_RESET, IMAGE_SECTION);
        fixture.handover.tpm_measured = false;
        assert_refused("does not show its TPM to boot images (no TCG2 protocol)");
        fixture.handover.tpm_failed = true;
        assert_refused("failed to measure this start");
        fixture.plan.step_count = 0; /* nothing is sealed */
        assert_int_equal(preflight(), 0);
}

/* The bank is switched off in the firmware's setup, which takes a restart. */
static void switch_banks(const char *banks)
{
        assert_int_equal(run(fixture.swtpm,
                             "tpm2_pcrallocate %s && tpm2_shutdown -c && swtpm_ioctl --unix tpm.ctrl -i && "
                             "tpm2_startup -c",
                             banks),
                         0);
}

static void a_tpm_without_the_bank_is_refused(void **state)
{
        static const char *const banks[] = { "sha1:all+sha256:none+sha384:none+sha512:none",
                                             "sha1:none+sha256:none+sha384:all+sha512:none" };
        for (size_t i = 0; i < ARRAY_SIZE(banks); i++) {
                if (i > 0) {
                        (void)tear_down(state);
                        (void)set_up(state);
                }
                switch_banks(banks[i]);
                start(MODE_RESET, IMAGE_SECTION);
                fixture.policy.settings.seal_pcrs = 0;
                assert_refused("SHA-256 bank is switched off");
        }
}

static void a_key_that_the_tpm_does_not_load_is_found_out(void **state)
{
        static const uint32_t commands[] = { TPM2_CC_LoadExternal, TPM2_CC_VerifySignature, TPM2_CC_PolicyAuthorize,
                                             TPM2_CC_PolicyPCR };
        start(MODE_RESET, IMAGE_SECTION);
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
                fixture.fault.fail_command = commands[i];
                fixture.fault.code = TPM2_RC_VALUE;
                assert_true(seals_all_the_same());
                assert_refused("A key that is sealed for the new system could not be unsealed in its next start: tpm:");
                assert_int_equal(fixture.fault.failed_command, commands[i]);
        }
        fault_end(&fixture.fault);
        assert_int_equal(preflight(), 0);
}

/* It goes through the policy all the same: only the seal has to wait for the clear. */
static void a_clear_that_comes_first_hides_no_policy_that_cannot_be_met(void **state)
{
        assert_int_equal(run(fixture.swtpm, "tpm2_changeauth -c o taken"), 0);
        start(MODE_RESET, IMAGE_SECTION);
        fixture.plan.tpm_way = TPM_WAY_LOCKOUT_EMPTY;
        assert_int_equal(preflight(), 0);
        sign_image(".linux of another version");
        assert_refused("could not be unsealed in its next start");
}

/* A signature that somebody else has made, under the key's own name. */
static void a_forged_signature_is_found_out(void **state)
{
        static struct swtpm other;
        uint8_t pcr[SHA256_SIZE] = { 0 };
        start(MODE_RESET, IMAGE_SECTION);
        char *signature = strstr(fixture.signatures, "\"sig\":\"");
        assert_non_null(signature);
        other = *fixture.swtpm;
        other.key = EVP_RSA_gen(2048);
        pcr_extend(sha256_chunks, pcr, IMAGE_SECTION, strlen(IMAGE_SECTION));
        pcr_extend_phases(sha256_chunks, pcr, PHASE_ENTER_INITRD);
        sign_pcr(&other, pcr, fixture.signatures); /* fingerprint of the one key, signature of the other */
        EVP_PKEY_free(other.key);
        assert_refused("could not be unsealed in its next start: tpm:");
}

static void nothing_stays_behind_in_the_tpm(void **state)
{
        start(MODE_RESET, IMAGE_SECTION);
        assert_int_equal(preflight(), 0);
        assert_int_equal(count_handles(fixture.tpm, UINT32_C(0x80000000)), 0);
        assert_int_equal(count_handles(fixture.tpm, UINT32_C(0x02000000)), 0);
        assert_int_equal(count_handles(fixture.tpm, UINT32_C(0x03000000)), 0);
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                WITH_TPM(a_start_that_was_measured_proves_that_the_next_one_unseals),
                WITH_TPM(in_an_ordinary_start_all_of_it_is_tried),
                WITH_TPM(what_the_next_start_could_not_unseal_is_refused),
                WITH_TPM(what_the_stub_says_is_proven_or_not_used),
                WITH_TPM(a_start_that_nothing_measures_is_refused),
                WITH_TPM(what_the_stub_says_of_its_measurements_is_heard),
                WITH_TPM(a_tpm_without_the_bank_is_refused),
                WITH_TPM(a_key_that_the_tpm_does_not_load_is_found_out),
                WITH_TPM(a_clear_that_comes_first_hides_no_policy_that_cannot_be_met),
                WITH_TPM(a_forged_signature_is_found_out),
                WITH_TPM(nothing_stays_behind_in_the_tpm),
        };
        return cmocka_run_group_tests_name("tpm-trial", tests, NULL, NULL);
}
