/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TPM adapter on a real TPM 2.0 (swtpm): clearing it with proof, lockouts, and an authorization that the image brings. */
#include "tests/unit/tpm-property.h"

/* -- clearing -- */

/* By what is kept of it: a structure has holes. */
static void assert_same_evidence(const struct tpm_evidence *a, const struct tpm_evidence *b)
{
        static const struct id128 id;
        uint8_t kept[2][TPM_EVIDENCE_ENCODED_SIZE];
        tpm_evidence_encode(a, &id, kept[0]);
        tpm_evidence_encode(b, &id, kept[1]);
        assert_memory_equal(kept[0], kept[1], TPM_EVIDENCE_ENCODED_SIZE);
}

static void clear_replaces_the_storage_hierarchy(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm_evidence before, again, after;
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        assert_int_equal(
                run(swtpm,
                    "tpm2_createprimary -C o -c p.ctx && tpm2_evictcontrol -C o -c p.ctx 0x81000001 && tpm2_flushcontext -t"),
                0);
        assert_int_equal(run(swtpm, "tpm2_nvdefine -C o -s 8 0x1500001 && tpm2_nvdefine -C o -s 8 0x1500002"), 0);
        assert_int_equal(run(swtpm, "tpm2_nvdefine -C p -s 8 -a 'ppwrite|ppread|platformcreate|authread' 0x1400001"), 0);

        struct tpm *tpm = connect_to(swtpm);
        seal(swtpm, tpm, &sealed);
        predict_pcr("", pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(before.persistent.count, 1);
        assert_int_equal(before.nv_indices.count, 2);
        assert_int_equal(before.persistent.listed[0], 0x81000001);
        assert_int_equal(before.nv_indices.listed[0], 0x1500001);
        assert_int_equal(before.nv_indices.listed[1], 0x1500002);
        assert_int_equal(before.srk_name_size, 34);
        assert_true(before.storage_ticket_size >= 32);
        assert_int_equal(tpm_read_evidence(tpm, &again), 0);
        assert_true(again.clock_ms >= before.clock_ms);
        again.clock_ms = before.clock_ms;
        assert_same_evidence(&again, &before); /* only a clear changes the rest */

        assert_int_equal(tpm_clear(tpm, NULL, &before, &after), 0);
        assert_int_equal(after.persistent.count, 0);
        assert_int_equal(after.nv_indices.count, 0);
        assert_memory_not_equal(after.srk_name, before.srk_name, sizeof(after.srk_name));
        assert_memory_not_equal(after.storage_ticket, before.storage_ticket, 32);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), -ESTALE);
        disconnect_clean(tpm);
        assert_int_equal(run(swtpm, "tpm2_nvreadpublic 0x1400001"), 0); /* the platform's stays */
}

static void sealing_works_right_after_a_clear(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm *tpm = connect_to(swtpm);
        struct tpm_evidence before, after;
        struct sealed sealed;
        uint8_t pcr[SHA256_SIZE], secret[TPM_SECRET_SIZE];
        char json[JSON_MAX];

        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, NULL, &before, &after), 0);
        seal(swtpm, tpm, &sealed);
        predict_pcr("", pcr);
        sign_pcr(swtpm, pcr, json);
        assert_int_equal(unseal(swtpm, tpm, &sealed, json, secret), 0);
        assert_memory_equal(secret, sealed.secret, sizeof(secret));
        disconnect_clean(tpm);
}

static void disabled_clear_is_refused_without_trying(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm_facts facts = { 0 };
        struct tpm_evidence before, after, untouched;
        assert_int_equal(run(swtpm, "tpm2_clearcontrol -C l s"), 0);

        struct tpm *tpm = connect_to(swtpm);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_true(facts.present);
        assert_true(facts.disable_clear);
        assert_false(facts.lockout_auth_set);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_true(before.disable_clear);
        assert_int_equal(tpm_clear(tpm, NULL, &before, &after), -EPERM);
        assert_int_equal(tpm_last_code(tpm), 0); /* no command was sent that could fail */
        assert_int_equal(tpm_read_evidence(tpm, &untouched), 0);
        untouched.clock_ms = before.clock_ms;
        assert_same_evidence(&untouched, &before);
        disconnect_clean(tpm);
}

static void lockout_authorization_is_never_guessed(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm_facts facts = { 0 };
        struct tpm_evidence before, after;
        assert_int_equal(run(swtpm, "tpm2_changeauth -c l secret"), 0);

        struct tpm *tpm = connect_to(swtpm);
        uint32_t counter = read_property(tpm, TPM2_PT_LOCKOUT_COUNTER);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_true(facts.lockout_auth_set);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, NULL, &before, &after), -EPERM);
        assert_int_equal(tpm_last_code(tpm), 0);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_false(facts.in_lockout);
        assert_int_equal(read_property(tpm, TPM2_PT_LOCKOUT_COUNTER), counter);
        disconnect_clean(tpm);
        /* one wrong guess would have blocked the right one for 1000 seconds */
        assert_int_equal(run(swtpm, "tpm2_clear -c l secret"), 0);
}

static void lock_out(const struct swtpm *swtpm)
{
        assert_int_equal(run(swtpm, "tpm2_dictionarylockout -s -n 1 -t 1000 -l 1000"), 0);
        assert_int_equal(run(swtpm, "tpm2_createprimary -C o -p right -c p.ctx && tpm2_flushcontext -t"), 0);
        assert_int_not_equal(run(swtpm, "tpm2_create -C p.ctx -P wrong -u u -r r"), 0);
        assert_int_equal(run(swtpm, "tpm2_flushcontext -t"), 0);
}

static void a_lockout_ends_where_its_authorization_is_empty(void **state)
{
        struct tpm_facts facts = { 0 };
        lock_out(*state);

        struct tpm *tpm = connect_to(*state);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_true(facts.in_lockout);
        assert_int_equal(tpm_end_lockout(tpm), 0);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_false(facts.in_lockout);
        assert_int_equal(tpm_end_lockout(tpm), 0); /* nothing to do is no error */
        disconnect_clean(tpm);
}

static void a_lockout_whose_authorization_is_set_is_left_alone(void **state)
{
        struct tpm_facts facts = { 0 };
        lock_out(*state);
        assert_int_equal(run(*state, "tpm2_changeauth -c l secret"), 0);

        struct tpm *tpm = connect_to(*state);
        assert_int_equal(tpm_end_lockout(tpm), -EPERM);
        assert_int_equal(tpm_last_code(tpm), 0);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_true(facts.in_lockout);
        disconnect_clean(tpm);
        /* one wrong guess would have blocked the right one for 1000 seconds */
        assert_int_equal(run(*state, "tpm2_clear -c l secret"), 0);
}

static void clear_works_while_the_dictionary_attack_lockout_is_on(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm_facts facts = { 0 };
        struct tpm_evidence before, after;
        lock_out(swtpm);

        struct tpm *tpm = connect_to(swtpm);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_true(facts.in_lockout);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, NULL, &before, &after), 0);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_false(facts.in_lockout);
        disconnect_clean(tpm);
}

/* One wrong authorization while one was set; its owner has removed it since, or it was the empty one that was tried. */
static void block_lockout(const struct swtpm *swtpm)
{
        assert_int_equal(run(swtpm, "tpm2_dictionarylockout -s -n 5 -t 1000 -l 1000"), 0);
        assert_int_not_equal(run(swtpm, "tpm2_dictionarylockout -c -p wrong"), 0);
}

static void a_lockout_hierarchy_that_refuses_is_found_out_though_no_flag_says_so(void **state)
{
        struct tpm_facts facts = { 0 };
        struct tpm_evidence before, after;
        block_lockout(*state);

        struct tpm *tpm = connect_to(*state);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_false(facts.lockout_auth_set || facts.in_lockout || facts.disable_clear);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, NULL, &before, &after),
                         -EPERM); /* what a reset would meet behind the point of no return */
        assert_int_equal(tpm_try_empty_lockout_auth(tpm, &facts), 0);
        assert_true(facts.lockout_blocked);
        disconnect_clean(tpm);
}

static void asking_the_lockout_hierarchy_changes_nothing_and_guesses_nothing(void **state)
{
        struct tpm_facts facts = { .lockout_blocked = true };
        struct tpm_evidence before, after;
        lock_out(*state); /* it answers all the same */
        struct tpm *tpm = connect_to(*state);
        const uint32_t counter = read_property(tpm, TPM2_PT_LOCKOUT_COUNTER);
        assert_int_not_equal(counter, 0);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_try_empty_lockout_auth(tpm, &facts), 0);
        assert_false(facts.lockout_blocked);
        assert_int_equal(tpm_read_evidence(tpm, &after), 0);
        assert_int_equal(read_property(tpm, TPM2_PT_LOCKOUT_COUNTER), counter);
        after.clock_ms = before.clock_ms;
        assert_same_evidence(&after, &before);
        disconnect_clean(tpm);

        assert_int_equal(run(*state, "tpm2_changeauth -c l secret"), 0);
        tpm = connect_to(*state);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_int_equal(tpm_try_empty_lockout_auth(tpm, &facts), 0);
        assert_int_equal(tpm_last_code(tpm), 0);
        assert_false(facts.lockout_blocked); /* not asked */
        disconnect_clean(tpm);
        assert_int_equal(run(*state, "tpm2_clear -c l secret"), 0); /* a wrong guess would have blocked it */
}

static void owner_authorization_hinders_sealing_but_not_clearing(void **state)
{
        const struct swtpm *swtpm = *state;
        struct tpm_evidence before, after;
        struct sealed sealed = { .blob_size = sizeof(sealed.blob) };
        assert_int_equal(run(swtpm, "tpm2_changeauth -c o taken"), 0);

        struct tpm *tpm = connect_to(swtpm);
        assert_int_equal(tpm_seal(tpm, swtpm->public_pem, SEAL_PCRS_DEFAULT, sealed.secret, sealed.blob, &sealed.blob_size,
                                  sealed.policy, NULL),
                         -EPERM);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_true(before.owner_auth_set);
        assert_int_equal(before.srk_name_size, 0);
        assert_int_equal(tpm_clear(tpm, NULL, &before, &after), 0);
        assert_false(after.owner_auth_set);
        assert_int_equal(after.srk_name_size, 34);
        seal(swtpm, tpm, &sealed);
        disconnect_clean(tpm);
}

/* -- an authorization that the image brings -- */

static struct tpm_auth authorization(const char *text)
{
        struct tpm_auth auth = { .size = strlen(text) };
        memcpy(auth.value, text, auth.size);
        return auth;
}

static void a_known_lockout_authorization_clears(void **state)
{
        const struct swtpm *swtpm = *state;
        const struct tpm_auth auth = authorization("of the fleet");
        struct tpm_facts facts = { 0 };
        struct tpm_evidence before, after;
        assert_int_equal(run(swtpm, "tpm2_changeauth -c l 'of the fleet' && tpm2_changeauth -c o taken"), 0);

        struct tpm *tpm = connect_to(swtpm);
        assert_int_equal(tpm_try_lockout_auth(tpm, &auth), 0);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, &auth, &before, &after), 0);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_false(facts.lockout_auth_set || facts.owner_auth_set);
        assert_true(tpm_evidence_replaced(&before, &after));
        disconnect_clean(tpm);
}

static void a_known_lockout_authorization_ends_a_lockout(void **state)
{
        const struct tpm_auth auth = authorization("of the fleet");
        struct tpm_facts facts = { .lockout_auth_known = true, .firmware.operation = 5 };
        lock_out(*state);
        assert_int_equal(run(*state, "tpm2_changeauth -c l 'of the fleet'"), 0);

        struct tpm *tpm = connect_to(*state);
        assert_int_equal(tpm_try_lockout_auth(tpm, &auth), 0);
        assert_int_equal(tpm_read_facts(tpm, &facts), 0);
        assert_false(facts.in_lockout);
        assert_true(facts.lockout_auth_known && facts.firmware.operation == 5); /* what others know is not forgotten */
        disconnect_clean(tpm);
}

/* Afterwards not even the right one is taken, which is why a value is never guessed. */
static void a_wrong_lockout_authorization_is_found_out_and_clears_nothing(void **state)
{
        const struct tpm_auth wrong = authorization("of another fleet"), right = authorization("of the fleet"), none = { 0 };
        struct tpm_evidence before, after, untouched;
        assert_int_equal(run(*state, "tpm2_changeauth -c l 'of the fleet'"), 0);

        struct tpm *tpm = connect_to(*state);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_try_lockout_auth(tpm, &none), -EINVAL);
        assert_int_equal(tpm_last_code(tpm), 0);
        assert_int_equal(tpm_try_lockout_auth(tpm, &wrong), -EPERM);
        assert_int_not_equal(tpm_last_code(tpm), 0);
        assert_int_equal(tpm_try_lockout_auth(tpm, &right), -EPERM);
        assert_int_equal(tpm_clear(tpm, &right, &before, &after), -EPERM);
        assert_int_equal(tpm_read_evidence(tpm, &untouched), 0);
        assert_false(tpm_evidence_replaced(&before, &untouched));
        disconnect_clean(tpm);
}

static void the_lockout_authorization_never_crosses_the_bus(void **state)
{
        const struct swtpm *swtpm = *state;
        static const char value[] = "of the fleet, a long one";
        const struct tpm_auth auth = authorization(value);
        char tcti[128], file[128];
        static uint8_t capture[1 << 20];
        static const uint8_t clear_command[] = { 0x00, 0x00, 0x01, 0x26 }; /* TPM_CC_Clear */
        struct tpm_evidence before, after;
        size_t size;
        struct tpm *tpm;
        assert_int_equal(run(swtpm, "tpm2_changeauth -c l '%s'", value), 0);

        (void)snprintf(file, sizeof(file), "%s/capture", swtpm->directory);
        assert_int_equal(setenv("TCTI_PCAP_FILE", file, 1), 0);
        (void)snprintf(tcti, sizeof(tcti), "pcap:%s", swtpm->tcti);
        assert_int_equal(tpm_open(tcti, &tpm), 0);
        assert_int_equal(tpm_try_lockout_auth(tpm, &auth), 0);
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, &auth, &before, &after), 0);
        tpm_free(tpm);

        read_whole(swtpm, "capture", capture, sizeof(capture), &size);
        assert_non_null(memmem(capture, size, clear_command, sizeof(clear_command))); /* the capture is one */
        assert_null(memmem(capture, size, value, 8));
}

/* The evidence of another hierarchy than the TPM's answer to a clear shows must not pass for proof. */
static void clear_without_changed_hierarchy_is_reported(void **state)
{
        struct tpm *tpm = connect_to(*state);
        struct tpm_evidence before, after, nothing_known = { 0 };
        assert_int_equal(tpm_read_evidence(tpm, &before), 0);
        assert_int_equal(tpm_clear(tpm, NULL, &nothing_known, &after), -EBADMSG);
        disconnect_clean(tpm);
}

int main(void)
{
#define WITH_TPM(test) cmocka_unit_test_setup_teardown(test, swtpm_start, swtpm_stop)
        const struct CMUnitTest tests[] = {
                WITH_TPM(clear_replaces_the_storage_hierarchy),
                WITH_TPM(sealing_works_right_after_a_clear),
                WITH_TPM(disabled_clear_is_refused_without_trying),
                WITH_TPM(lockout_authorization_is_never_guessed),
                WITH_TPM(a_lockout_ends_where_its_authorization_is_empty),
                WITH_TPM(a_lockout_whose_authorization_is_set_is_left_alone),
                WITH_TPM(clear_works_while_the_dictionary_attack_lockout_is_on),
                WITH_TPM(a_lockout_hierarchy_that_refuses_is_found_out_though_no_flag_says_so),
                WITH_TPM(asking_the_lockout_hierarchy_changes_nothing_and_guesses_nothing),
                WITH_TPM(owner_authorization_hinders_sealing_but_not_clearing),
                WITH_TPM(a_known_lockout_authorization_clears),
                WITH_TPM(a_known_lockout_authorization_ends_a_lockout),
                WITH_TPM(a_wrong_lockout_authorization_is_found_out_and_clears_nothing),
                WITH_TPM(the_lockout_authorization_never_crosses_the_bus),
                WITH_TPM(clear_without_changed_hierarchy_is_reported),
        };
        return cmocka_run_group_tests_name("tpm-hierarchy", tests, NULL, NULL);
}
