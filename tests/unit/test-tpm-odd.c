/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TPMs that are not like others: busy, without a curve, under another name, with a certificate in too long an index. On a real
 * one (swtpm) behind a wire that plays the oddity. */
#include "tests/unit/tpm-fault.h"

#include <time.h>

#include "common/format/tpm-answer.h"
#include "linux/tpm/tpm-quote.h"
#include "tests/unit/scratch.h"

static uint64_t slept_ms;

int nanosleep(const struct timespec *time, struct timespec *left)
{
        (void)left;
        slept_ms += (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_nsec / 1000000;
        return 0;
}

static void a_busy_tpm_is_asked_again_until_it_answers(void **state)
{
        static const uint32_t codes[] = { TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING, TPM2_RC_NV_RATE };
        struct tpm_fault fault;
        struct tpm_facts facts = { 0 };
        struct tpm *tpm = fault_connect_through(*state, &fault, true);
        for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
                fault.commands = 0;
                fault.code = codes[i];
                fault.fail_command = TPM2_CC_GetCapability;
                fault.fail_times = 30; /* ESAPI itself gives up after five */
                slept_ms = 0;
                assert_int_equal(tpm_read_facts(tpm, &facts), 0);
                assert_true(facts.present);
                assert_int_equal(fault.commands, 31);
                assert_in_range(slept_ms, 5000, TPM_RETRY_MAX_MS);
        }
        fault_disconnect(tpm, &fault);
}

/* Sessions, whose nonces roll, and a clear. */
static void every_command_of_a_reset_may_be_put_off(void **state)
{
        const struct swtpm *swtpm = *state;
        static const uint32_t commands[] = { TPM2_CC_CreatePrimary, TPM2_CC_StartAuthSession, TPM2_CC_Create, TPM2_CC_Load,
                                             TPM2_CC_PolicyPCR,     TPM2_CC_LoadExternal,     TPM2_CC_Unseal, TPM2_CC_Clear };
        struct tpm_fault fault;
        struct tpm_evidence before, after;
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];
        struct tpm *tpm = fault_connect_through(swtpm, &fault, true);
        predict_pcr("", pcr);
        sign_pcr(swtpm, pcr, json);
        fault.code = TPM2_RC_RETRY;
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
                fault.fail_command = commands[i];
                fault.fail_times = 8;
                seal(swtpm, tpm, &sealed);
                assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
                assert_memory_equal(secret, sealed.secret, sizeof(secret));
                assert_int_equal(tpm_read_evidence(tpm, &before), 0);
                assert_int_equal(tpm_clear(tpm, NULL, &before, &after), 0);
                assert_int_equal(fault.fail_times, 0);
                assert_int_equal(fault.failed_command, commands[i]);
        }
        fault_disconnect(tpm, &fault);
}

static void a_tpm_that_is_busy_for_ever_is_given_up_once(void **state)
{
        struct tpm_fault fault;
        struct tpm_facts facts = { 0 };
        struct tpm *tpm = fault_connect_through(*state, &fault, true);
        fault.code = TPM2_RC_TESTING;
        fault.fail_command = TPM2_CC_GetCapability;
        slept_ms = 0;
        assert_int_equal(tpm_read_facts(tpm, &facts), -EAGAIN);
        assert_in_range(slept_ms, TPM_RETRY_MAX_MS, TPM_RETRY_MAX_MS + 499); /* not that five times over */
        fault_end(&fault);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        fault.fail_command = TPM2_CC_GetCapability; /* and has its time again after that */
        fault.fail_times = 10;
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        fault_disconnect(tpm, &fault);
}

/* It could count as a guess. */
static void a_refusal_is_not_asked_for_again(void **state)
{
        static const uint32_t codes[] = { TPM2_RC_LOCKOUT, TPM2_RC_AUTH_FAIL + TPM2_RC_S + TPM2_RC_1, TPM2_RC_FAILURE };
        struct tpm_fault fault;
        struct tpm_evidence before = { .srk_name_size = 34 }, after;
        struct tpm *tpm = fault_connect_through(*state, &fault, true);
        for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
                fault.code = codes[i];
                fault.fail_command = TPM2_CC_Clear;
                fault.commands = 0;
                slept_ms = 0;
                assert_true(tpm_clear(tpm, NULL, &before, &after) < 0);
                assert_int_equal(fault.commands, 2); /* the facts, and the clear once */
                assert_int_equal(slept_ms, 0);
        }
        fault_disconnect(tpm, &fault);
}

static void without_the_curve_the_storage_key_is_rsa(void **state)
{
        const struct swtpm *swtpm = *state;
        static const uint32_t codes[] = { TPM2_RC_CURVE + TPM2_RC_P + TPM2_RC_2, TPM2_RC_TYPE + TPM2_RC_P + TPM2_RC_2 };
        for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
                struct tpm_fault fault;
                struct tpm_evidence before, after;
                struct sealed sealed;
                uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
                char json[JSON_MAX];
                struct tpm *tpm = fault_connect_through(swtpm, &fault, true);
                fault.no_ecc = true;
                fault.code = codes[i];
                assert_false(tpm_storage_key_is_rsa(tpm));
                assert_int_equal(tpm_read_evidence(tpm, &before), 0);
                assert_int_equal(before.unread, 0);
                seal(swtpm, tpm, &sealed);
                assert_true(tpm_storage_key_is_rsa(tpm));
                predict_pcr("", pcr);
                sign_pcr(swtpm, pcr, json);
                assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
                assert_memory_equal(secret, sealed.secret, sizeof(secret));
                assert_int_equal(tpm_clear(tpm, NULL, &before, &after), 0);
                assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -ESTALE);
                fault_disconnect(tpm, &fault);
        }
}

/* Else what was sealed would not be found again at the next start. */
static void another_failure_does_not_change_the_kind_of_key(void **state)
{
        struct tpm_fault fault;
        struct tpm *tpm = fault_connect(*state, &fault);
        struct tpm_handle primary = TPM_HANDLE_NONE(tpm);
        fault.no_ecc = true;
        fault.code = TPM2_RC_FAILURE;
        assert_int_equal(tpm_create_primary(tpm, &primary), -EIO);
        fault.code = TPM2_RC_OBJECT_MEMORY;
        assert_int_equal(tpm_create_primary(tpm, &primary), -ENOMEM);
        assert_false(tpm_storage_key_is_rsa(tpm));
        fault_disconnect(tpm, &fault);
}

static void the_first_that_answers_is_taken_whatever_its_number(void **state)
{
        const struct swtpm *swtpm = *state;
        char class[SCRATCH_PATH_MAX], prefix[96];
        struct tpm *tpm = NULL;
        struct tpm_facts facts = { 0 };
        scratch_make(class, NULL);
        int fd = open(class, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)snprintf(prefix, sizeof(prefix), "swtpm:path=%s/", swtpm->directory);
        assert_int_equal(tpm_open_first("/nonexistent", prefix, &tpm), -ENODEV);
        assert_int_equal(tpm_open_first(class, prefix, &tpm), -ENODEV);
        assert_int_equal(run(swtpm, "for name in tpmrm10 tpm0 tpmrmx; do ln -s tpm $name && ln -s tpm.ctrl $name.ctrl; done"), 0);
        scratch_text(fd, "tpm0", ""); /* no resource manager: of version 1.2 */
        scratch_text(fd, "tpmrmx", "");
        assert_int_equal(tpm_open_first(class, prefix, &tpm), -ENODEV);
        scratch_text(fd, "tpmrm2", ""); /* is named, and not there */
        assert_true(tpm_open_first(class, prefix, &tpm) < 0);
        assert_null(tpm);
        scratch_text(fd, "tpmrm10", "");
        assert_int_equal(tpm_open_first(class, prefix, &tpm), 0);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        tpm_free(tpm);
        (void)close(fd);
        scratch_remove(class);
}

static void define_certificate(const struct swtpm *swtpm, const char *index, size_t size, const uint8_t *data)
{
        write_whole(swtpm, "certificate", data, size);
        assert_int_equal(run(swtpm,
                             "tpm2_nvdefine -C p -s %zu -a 'ppwrite|ppread|platformcreate|authread|ownerread' %s && "
                             "tpm2_nvwrite -C p -i certificate %s",
                             size, index, index),
                         0);
}

static void a_certificate_is_cut_to_its_length(void **state)
{
        const struct swtpm *swtpm = *state;
        static struct record_signature signature;
        static uint8_t padded[1600];
        struct tpm *tpm;
        memset(padded, 0xff, sizeof(padded));
        define_certificate(swtpm, "0x1c0000a", 200, padded); /* no certificate at all: the other is taken */
        memcpy(padded, "\x30\x82\x02\x00", 4);
        memset(padded + 4, 0x5a, 0x200);
        define_certificate(swtpm, "0x1c00002", sizeof(padded), padded);
        tpm = connect_to(swtpm);
        memset(&signature, 0, sizeof(signature));
        assert_int_equal(tpm_quote_record(tpm, &signature), 0);
        assert_int_equal(signature.ek_certificate_size, 0x204);
        assert_memory_equal(signature.ek_certificate, padded, 0x204);
        assert_int_equal(signature.ek_certificate[0x204], 0);
        disconnect_clean(tpm);
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, swtpm_start, swtpm_stop)
        const struct CMUnitTest tests[] = {
                WITH_TPM(a_busy_tpm_is_asked_again_until_it_answers),
                WITH_TPM(every_command_of_a_reset_may_be_put_off),
                WITH_TPM(a_tpm_that_is_busy_for_ever_is_given_up_once),
                WITH_TPM(a_refusal_is_not_asked_for_again),
                WITH_TPM(without_the_curve_the_storage_key_is_rsa),
                WITH_TPM(another_failure_does_not_change_the_kind_of_key),
                WITH_TPM(the_first_that_answers_is_taken_whatever_its_number),
                WITH_TPM(a_certificate_is_cut_to_its_length),
        };
        return cmocka_run_group_tests_name("tpm-odd", tests, NULL, NULL);
}
