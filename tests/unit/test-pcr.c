/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our PCR 11 and policy digests against those of systemd-measure and of a TPM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/boot/pcr-mode.h"
#include "common/format/pcr.h"
#include <openssl/evp.h>

static void sha256(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE])
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        assert_int_equal(EVP_DigestInit_ex(context, EVP_sha256(), NULL), 1);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(EVP_DigestUpdate(context, chunks[i].data, chunks[i].size), 1);
        assert_int_equal(EVP_DigestFinal_ex(context, ret, NULL), 1);
        EVP_MD_CTX_free(context);
}

static void assert_digest(const uint8_t *digest, const char *expected)
{
        char text[2 * SHA256_SIZE + 1];
        struct writer writer = writer_over(text, sizeof(text));

        writer_hex(&writer, digest, SHA256_SIZE);
        assert_string_equal(text, expected);
}

#define CONTENT(text)                                     \
        {                                                 \
                (const uint8_t *)(text), sizeof(text) - 1 \
        }

/* printf LINUX > linux; printf 'ID=test\n' > osrel; printf quiet > cmdline; printf INITRD > initrd; printf PUBKEY > pcrpkey
 * printf splash > splash; printf dtb > dtb */
static const struct uki sections = { {
        [UKI_LINUX] = CONTENT("LINUX"),
        [UKI_OSREL] = CONTENT("ID=test\n"),
        [UKI_CMDLINE] = CONTENT("quiet"),
        [UKI_INITRD] = CONTENT("INITRD"),
        [UKI_PCRPKEY] = CONTENT("PUBKEY"),
} };

/* systemd-measure calculate --linux=linux --osrel=osrel --cmdline=cmdline --initrd=initrd --pcrpkey=pcrpkey \
 *         --bank=sha256 --phase=PHASES        (systemd 252; "" for the last) */
static void prediction_equals_systemd_measures(void **state)
{
        static const struct {
                const char *phases, *pcr;
        } cases[] = {
                { "", "78c856b3c5ca275b840f7027d4bf103db07accdd6277e2796233594ffd0b1934" },
                { "enter-initrd", "aba8c55b5f6a136271789d3d86b71b42b8e743c4e71ae634b385821cf319964b" },
                { "enter-initrd:leave-initrd", "fb5fb086f86a2f71969fb703e349b01b30a51c2cd0817f5e15b84d55308cf737" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t pcr[SHA256_SIZE];

                pcr_predict_sections(sha256, &sections, pcr);
                pcr_extend_phases(sha256, pcr, cases[i].phases);
                assert_digest(pcr, cases[i].pcr);
        }
}

/* The same with --splash=splash --dtb=dtb --phase=enter-initrd */
static void more_sections_are_measured_in_systemds_order(void **state)
{
        struct uki more = sections;
        uint8_t pcr[SHA256_SIZE];

        more.sections[UKI_SPLASH] = (struct bytes)CONTENT("splash");
        more.sections[UKI_DTB] = (struct bytes)CONTENT("dtb");
        pcr_predict_sections(sha256, &more, pcr);
        pcr_extend_phases(sha256, pcr, PHASE_ENTER_INITRD);
        assert_digest(pcr, "308d22bd63ae7d38cb0af39d540d3a83cba82c8c224f107893d90a0f7a1ed7ad");
}

static void signature_section_is_not_measured(void **state)
{
        struct uki signed_uki = sections;
        uint8_t pcr[SHA256_SIZE];

        signed_uki.sections[UKI_PCRSIG] = (struct bytes)CONTENT("{}");
        pcr_predict_sections(sha256, &signed_uki, pcr);
        assert_digest(pcr, "78c856b3c5ca275b840f7027d4bf103db07accdd6277e2796233594ffd0b1934");
}

static void normal_mode_changes_nothing_and_every_other_mode_does(void **state)
{
        uint8_t normal[SHA256_SIZE], pcrs[MODE_COUNT][SHA256_SIZE];

        pcr_predict_sections(sha256, &sections, normal);
        for (int mode = 0; mode < MODE_COUNT; mode++) {
                memcpy(pcrs[mode], normal, SHA256_SIZE);
                pcr_mode_extend(sha256, pcrs[mode], (enum boot_mode)mode);
                if (mode == MODE_NORMAL)
                        assert_memory_equal(pcrs[mode], normal, SHA256_SIZE);
                for (int other = 0; other < mode; other++)
                        assert_memory_not_equal(pcrs[mode], pcrs[other], SHA256_SIZE);
        }
        assert_null(pcr_mode_event(MODE_NORMAL));
        assert_string_equal(pcr_mode_event(MODE_RESET), "cleanslate:mode=reset");
        assert_string_equal(pcr_mode_event(MODE_RECOVERY), "cleanslate:mode=recovery");
        assert_string_equal(pcr_mode_event(MODE_BREAK_GLASS), "cleanslate:mode=break-glass");
}

/* printf 'cleanslate:mode=reset' | sha256sum, then sha256sum over 32 zero bytes and that digest */
static void mode_event_is_extended_without_its_nul(void **state)
{
        uint8_t pcr[SHA256_SIZE] = { 0 };

        pcr_mode_extend(sha256, pcr, MODE_RESET);
        assert_digest(pcr, "23c46a315f75d139a6df8d21930b3959303dd88e3529575dbdb0e5f472440ddd");
}

/* tpm2_startauthsession -S session; tpm2_policypcr -S session -l sha256:11 -f FILE with 32 bytes of 0x11 */
static void pcr_policy_equals_the_tpms(void **state)
{
        uint8_t pcr[SHA256_SIZE], policy[SHA256_SIZE];

        memset(pcr, 0x11, sizeof(pcr));
        pcr_policy_digest(sha256, pcr, policy);
        assert_digest(policy, "76375bd117789ab232eb4657886f1f50e7735879e1327ecf988b703311a07ab9");
}

/* tpm2_startauthsession -S session; tpm2_policyauthorize -S session -i ZEROS -n key.name, with a name of tpm2_loadexternal */
static void authorized_policy_equals_the_tpms(void **state)
{
        static const uint8_t key_name[] = { 0x00, 0x0b, 0x07, 0xf7, 0x17, 0xad, 0x61, 0x8a, 0x05, 0x46, 0x29, 0xc1,
                                            0x1f, 0x87, 0xcd, 0xee, 0x5c, 0xcc, 0xa6, 0xca, 0xd1, 0x6f, 0x44, 0xdd,
                                            0x84, 0x0a, 0x9a, 0xd5, 0x50, 0xbe, 0x33, 0xa6, 0x10, 0xd7 };
        uint8_t policy[SHA256_SIZE];

        pcr_policy_authorize_digest(sha256, (struct bytes){ key_name, sizeof(key_name) }, policy);
        assert_digest(policy, "d02bbfc67c7df1025ba7e1e6a0dfbfc57f65dbb91aa81a1d65752cf791fd0628");
}

/* tpm2_startauthsession -S session; tpm2_policypcr -S session -l sha256:4,7 -f FILE with 32 bytes of 0x44 and 32 of 0x77 */
static void policy_over_further_pcrs_equals_the_tpms(void **state)
{
        uint8_t values[2 * SHA256_SIZE], digest[SHA256_SIZE], policy[SHA256_SIZE] = { 0 };

        memset(values, 0x44, SHA256_SIZE);
        memset(values + SHA256_SIZE, 0x77, SHA256_SIZE);
        sha256(&(struct bytes){ values, sizeof(values) }, 1, digest);
        pcr_policy_add(sha256, policy, 1 << 4 | 1 << 7, digest);
        assert_digest(policy, "bafdc90597916ef55d3ad6e692d74352b85e9da4a52f35c4ec585db080d2e579");
}

static void pcrs_are_written_as_systemd_writes_them(void **state)
{
        static const struct {
                const char *text;
                uint32_t pcrs;
        } good[] = { { "", 0 }, { "7", 1 << 7 }, { "4+7", 1 << 4 | 1 << 7 }, { "0+15", 1 | 1 << 15 } };
        static const char *const bad[] = { "11", "7+11", "16",  "23", "7,4", "7 4",       "7+",
                                           "+7", "7++4", "7+7", "-1", "x",   "4294967303" };
        char text[PCR_MASK_TEXT_MAX];
        uint32_t pcrs;

        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                assert_true(pcr_mask_parse(good[i].text, &pcrs));
                assert_int_equal(pcrs, good[i].pcrs);
                pcr_mask_format(pcrs, text);
                assert_string_equal(text, good[i].text);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                pcrs = 77;
                assert_false(pcr_mask_parse(bad[i], &pcrs));
                assert_int_equal(pcrs, 77);
        }
        pcr_mask_format(0xffff & ~(1 << PCR_KERNEL_IMAGE), text);
        assert_string_equal(text, "0+1+2+3+4+5+6+7+8+9+10+12+13+14+15");
}

static void extend_all(uint8_t pcr[static SHA256_SIZE], const char *const *events)
{
        for (; *events; events++)
                pcr_extend(sha256, pcr, *events, strlen(*events));
}

static void a_bank_that_nobody_has_measured_the_image_to_is_known_by_its_value(void **state)
{
        static const char *const ours[][6] = {
                { NULL },
                { "enter-initrd" },
                { "cleanslate:mode=reset", "enter-initrd" },
                { "enter-initrd", "cleanslate:mode=recovery" },
                { "cleanslate:mode=reset" },
                { "enter-initrd", "leave-initrd" },
                { "enter-initrd", "leave-initrd", "sysinit" },
                { "enter-initrd", "leave-initrd", "sysinit", "ready" },
        };
        for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
                uint8_t alone[SHA256_SIZE] = { 0 }, measured[SHA256_SIZE] = { 0 };
                extend_all(alone, ours[i]);
                assert_true(pcr_is_unmeasured(sha256, alone));
                pcr_extend(sha256, measured, ".linux", 7);
                assert_false(pcr_is_unmeasured(sha256, measured));
                extend_all(measured, ours[i]);
                assert_false(pcr_is_unmeasured(sha256, measured));
        }
}

static void an_ordinary_starts_value_is_told_from_a_proven_one_alone(void **state)
{
        uint8_t before[SHA256_SIZE] = { 0 }, ordinary[SHA256_SIZE], present[SHA256_SIZE], ret[SHA256_SIZE] = { 0 };
        pcr_extend(sha256, before, ".linux", 7);
        memcpy(ordinary, before, sizeof(ordinary));
        pcr_extend_phases(sha256, ordinary, "enter-initrd");

        for (enum boot_mode mode = MODE_RESET; mode < MODE_COUNT; mode++)
                for (int late = 0; late < 2; late++) {
                        memcpy(present, before, sizeof(present));
                        if (!late)
                                pcr_mode_extend(sha256, present, mode);
                        pcr_extend_phases(sha256, present, "enter-initrd");
                        if (late)
                                pcr_mode_extend(sha256, present, mode);
                        memset(ret, 0, sizeof(ret));
                        assert_true(pcr_ordinary_predict(sha256, mode, before, present, ret));
                        assert_memory_equal(ret, ordinary, sizeof(ret));
                        assert_false(pcr_ordinary_predict(sha256, mode, NULL, present, ret));
                        assert_false(pcr_ordinary_predict(sha256, mode, present, present, ret)); /* another value than it was */
                        assert_false(pcr_ordinary_predict(sha256, mode == MODE_RESET ? MODE_RECOVERY : MODE_RESET, before,
                                                          present, ret));
                        present[3] ^= 1;
                        assert_false(pcr_ordinary_predict(sha256, mode, before, present, ret));
                }
        assert_true(pcr_ordinary_predict(sha256, MODE_NORMAL, NULL, ordinary, ret)); /* it is one */
        assert_memory_equal(ret, ordinary, sizeof(ret));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_bank_that_nobody_has_measured_the_image_to_is_known_by_its_value),
                cmocka_unit_test(an_ordinary_starts_value_is_told_from_a_proven_one_alone),
                cmocka_unit_test(prediction_equals_systemd_measures),
                cmocka_unit_test(more_sections_are_measured_in_systemds_order),
                cmocka_unit_test(signature_section_is_not_measured),
                cmocka_unit_test(normal_mode_changes_nothing_and_every_other_mode_does),
                cmocka_unit_test(mode_event_is_extended_without_its_nul),
                cmocka_unit_test(pcr_policy_equals_the_tpms),
                cmocka_unit_test(authorized_policy_equals_the_tpms),
                cmocka_unit_test(policy_over_further_pcrs_equals_the_tpms),
                cmocka_unit_test(pcrs_are_written_as_systemd_writes_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
