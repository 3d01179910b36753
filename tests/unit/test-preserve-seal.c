/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bundle sealed for a reset boot, on a real TPM 2.0 (swtpm): it opens in that boot, for that request, unaltered, and otherwise
 * never. */
#include "common/boot/pcr-mode.h"
#include "linux/base/hash.h"
#include "tests/unit/swtpm.h"

#include "linux/tpm/preserve-seal.h"

static const struct id128 request = { { 1, 2, 3 } };
static const char text[] = "what a device keeps";

struct boxed {
        uint8_t *data;
        size_t size;
};

/* The sections are none, so that the predicted value starts from zeros as a fresh swtpm's PCR does. */
static void predict(enum boot_mode mode, uint8_t ret[static SHA256_SIZE])
{
        memset(ret, 0, SHA256_SIZE);
        pcr_mode_extend(sha256_chunks, ret, mode);
        pcr_extend_phases(sha256_chunks, ret, PHASE_ENTER_INITRD);
}

static struct boxed box(struct tpm *tpm)
{
        struct boxed boxed;
        uint8_t pcr[SHA256_SIZE];
        predict(MODE_RESET, pcr);
        assert_int_equal(preserve_seal(tpm, pcr, SEAL_PCRS_DEFAULT, &request,
                                       (struct bytes){ (const uint8_t *)text, sizeof(text) }, &boxed.data, &boxed.size),
                         0);
        return boxed;
}

static int unbox(struct tpm *tpm, const struct boxed *boxed, const struct id128 *nonce)
{
        uint8_t *plain = NULL;
        size_t size;
        int r = preserve_unseal(tpm, SEAL_PCRS_DEFAULT, nonce, (struct bytes){ boxed->data, boxed->size }, &plain, &size);
        if (r == 0) {
                assert_int_equal(size, sizeof(text));
                assert_memory_equal(plain, text, size);
        }
        free(plain);
        return r;
}

static void enter_boot(struct tpm *tpm, enum boot_mode mode)
{
        if (pcr_mode_event(mode))
                assert_int_equal(tpm_measure_phase(tpm, pcr_mode_event(mode)), 0);
        assert_int_equal(tpm_measure_phase(tpm, PHASE_ENTER_INITRD), 0);
}

static void a_bundle_opens_in_the_reset_boot(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct boxed boxed = box(tpm);
        enter_boot(tpm, MODE_RESET);
        assert_int_equal(unbox(tpm, &boxed, &request), 0);
        /* nothing of it lies open in the file */
        assert_null(memmem(boxed.data, boxed.size, text, 8));
        free(boxed.data);
        disconnect_clean(tpm);
}

static void it_opens_in_no_other_boot(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct boxed boxed = box(tpm);
        assert_int_equal(unbox(tpm, &boxed, &request), -EACCES); /* too early */
        enter_boot(tpm, MODE_NORMAL);
        assert_int_equal(unbox(tpm, &boxed, &request), -EACCES);
        free(boxed.data);
        disconnect_clean(tpm);
}

/* The right image in a boot that another firmware judgement has led to: an attacker's system that replays PCR 11. */
static void it_opens_with_no_other_pcr_7(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct boxed boxed = box(tpm);
        extend_pcr(tpm, 7, "x", 1);
        enter_boot(tpm, MODE_RESET);
        assert_int_equal(unbox(tpm, &boxed, &request), -EACCES);
        free(boxed.data);
        disconnect_clean(tpm);
}

static void it_opens_for_no_other_request_and_unaltered_alone(void **state)
{
        struct tpm *tpm = connect_to(*state);
        const struct id128 other = { { 1, 2, 4 } };
        struct boxed boxed = box(tpm);
        enter_boot(tpm, MODE_RESET);
        assert_int_equal(unbox(tpm, &boxed, &other), -EBADMSG);
        for (size_t back = 1; back <= sizeof(text) + PRESERVE_TAG_SIZE + 1; back++) { /* tag, text, the nonce's end */
                boxed.data[boxed.size - back] ^= 1;
                assert_int_equal(unbox(tpm, &boxed, &request), -EBADMSG);
                boxed.data[boxed.size - back] ^= 1;
        }
        boxed.size--;
        assert_int_equal(unbox(tpm, &boxed, &request), -EBADMSG);
        boxed.size++;
        boxed.data[0] ^= 1;
        assert_int_equal(unbox(tpm, &boxed, &request), -EINVAL);
        boxed.data[0] ^= 1;
        assert_int_equal(unbox(tpm, &boxed, &request), 0);
        free(boxed.data);
        disconnect_clean(tpm);
}

/* The reset clears the TPM before it is over; from then on nobody opens the bundle any more. */
static void it_opens_never_again_behind_the_clear(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct tpm_evidence before, after;
        struct boxed boxed = box(tpm);
        enter_boot(tpm, MODE_RESET);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, NULL, &before, &after), 0);
        assert_int_equal(unbox(tpm, &boxed, &request), -ESTALE);
        free(boxed.data);
        disconnect_clean(tpm);
}

static void what_is_no_image_has_no_prediction(void **state)
{
        uint8_t pcr[SHA256_SIZE];
        assert_int_equal(preserve_predict_pcr((struct bytes){ (const uint8_t *)text, sizeof(text) }, pcr), -EBADMSG);
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, swtpm_start, swtpm_stop)
        const struct CMUnitTest tests[] = {
                WITH_TPM(a_bundle_opens_in_the_reset_boot),      WITH_TPM(it_opens_in_no_other_boot),
                WITH_TPM(it_opens_with_no_other_pcr_7),          WITH_TPM(it_opens_for_no_other_request_and_unaltered_alone),
                WITH_TPM(it_opens_never_again_behind_the_clear), cmocka_unit_test(what_is_no_image_has_no_prediction),
        };
        return cmocka_run_group_tests_name("preserve-seal", tests, NULL, NULL);
}
