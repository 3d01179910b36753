/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cleanslate reseal`: requested, cancelled, refused, and what the status says of it. */
#include "tests/unit/reset-tool-fixture.h"

/* -- reseal -- */

/* What the initrd leaves where it has unlocked volumes. */
static void store_reseal_key(struct fixture *fixture)
{
        const uint8_t key[SHA256_SIZE] = { 7 };
        assert_int_equal(file_replace(AT_FDCWD, fixture->reseal_key, key, sizeof(key), 0400), 0);
}

static void store_reseal(struct fixture *fixture, enum reseal reseal, uint32_t starts)
{
        store_handover(fixture, &(struct handover){ .choice = { .mode = MODE_NORMAL },
                                                    .last_reset = { { 0xab } },
                                                    .reseal = reseal,
                                                    .reseal_number = 5,
                                                    .reseal_starts = starts });
}

/* The verb that stands in the variable; 0 = there is none. */
static int stored_reseal(const struct fixture *fixture)
{
        _cleanup_free_ void *value = NULL;
        struct reseal_request request;
        uint8_t mac[SHA256_SIZE];
        size_t size;
        if (efivarfs_read_ordinary(&fixture->store, &guid_cleanslate, RESEAL_VARIABLE_NAME, &value, &size) < 0)
                return 0;
        assert_int_equal(reseal_request_decode(value, size, &request), ERR_OK);
        assert_int_equal(request.last_reset.bytes[0], 0xab);
        reseal_request_mac((uint8_t[SHA256_SIZE]){ 7 }, 5, mac);
        if (request.verb == RESEAL_VERB_PREPARE)
                assert_memory_equal(request.mac, mac, sizeof(mac));
        return (int)request.verb;
}

static void reseal_is_requested_for_the_device_as_it_is(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        store_reseal(fixture, RESEAL_NONE, 0);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Now restart; then change the keys; then restart again.");
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_PREPARE);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Reseal:   requested: the next start prepares it");
        assert_int_equal(run(fixture, status_command, "--json", NULL), STATUS_OK);
        assert_says(fixture->output, "\"reseal\":{\"state\":\"none\",\"startsLeft\":0,\"requested\":\"prepare\"}");
        /* whoever has read it could put it back, so it is not just taken away */
        assert_int_equal(run(fixture, reseal_command, "--cancel", NULL), STATUS_OK);
        assert_says(fixture->output, "cancelled: the next start erases the copy");
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_CANCEL);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_PREPARE);
        store_reseal(fixture, RESEAL_UNAVAILABLE, 0); /* where no stub acts on it */
        assert_int_equal(run(fixture, reseal_command, "--cancel", NULL), STATUS_OK);
        assert_says(fixture->output, "No reseal is prepared.");
        assert_int_equal(stored_reseal(fixture), 0);
}

/* The change may have been made meanwhile, and another request is the end of the copy that there is. */
static void reseal_that_is_prepared_is_not_requested_again(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        store_reseal(fixture, RESEAL_READY, 2);
        for (int cancelled = 0; cancelled < 2; cancelled++) {
                if (cancelled)
                        assert_int_equal(run(fixture, reseal_command, "--cancel", NULL), STATUS_OK);
                assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
                assert_says(fixture->output, "The reseal is prepared: after a change");
                assert_null(strstr(fixture->output, "Now restart"));
                assert_int_equal(stored_reseal(fixture), 0);
        }
        store_reseal(fixture, RESEAL_FAILED, 2); /* its use, halfway: the next start goes on with it */
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "Restart first");
        assert_int_equal(stored_reseal(fixture), 0);
        static const enum reseal over[] = { RESEAL_READY, RESEAL_OVER, RESEAL_DONE, RESEAL_FAILED };
        for (size_t i = 0; i < ARRAY_SIZE(over); i++) {
                store_reseal(fixture, over[i], 0);
                assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_OK);
                assert_int_equal(stored_reseal(fixture), RESEAL_VERB_PREPARE);
        }
}

static void reseal_that_is_prepared_is_cancelled_by_the_next_start(void **state)
{
        struct fixture *fixture = *state;
        store_reseal(fixture, RESEAL_READY, 2);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Reseal:   prepared: after a change of Secure Boot's keys");
        assert_says(fixture->output, "starts left: 2");
        assert_int_equal(run(fixture, reseal_command, "--cancel", "--json"), STATUS_OK);
        assert_string_equal(fixture->output, "{\"state\":\"ready\",\"startsLeft\":2,\"requested\":\"cancel\"}\n");
        assert_int_equal(stored_reseal(fixture), RESEAL_VERB_CANCEL);
        assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "Reseal:   cancelled: the next start erases the copy");
}

static void reseal_is_refused_where_it_cannot_work(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "was not started by Cleanslate");
        store_reseal(fixture, RESEAL_UNAVAILABLE, 0);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "keeps no secret");
        store_handover(fixture, &(struct handover){ .stub_is_other = true, .reseal = RESEAL_UNAVAILABLE });
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "Another boot stub than Cleanslate's");
        store_reseal(fixture, RESEAL_NONE, 0);
        store_request(fixture, "slate", THIS_BOOT);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "A factory reset is requested");
        assert_int_equal(efivarfs_remove(&fixture->store, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME), 1);
        assert_int_equal(unlink(fixture->reseal_key), 0);
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_REFUSED);
        assert_says(fixture->errors, "locks nothing here");
        assert_int_equal(stored_reseal(fixture), 0);
}

static void reseal_needs_root_and_takes_no_arguments(void **state)
{
        struct fixture *fixture = *state;
        store_reseal_key(fixture);
        store_reseal(fixture, RESEAL_NONE, 0);
        assert_int_equal(run(fixture, reseal_command, "now", NULL), STATUS_USAGE);
        assert_int_equal(run(fixture, reseal_command, "--prepare", NULL), STATUS_USAGE);
        fixture->environment.effective_user = 1000;
        assert_int_equal(run(fixture, reseal_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "only root");
        assert_int_equal(stored_reseal(fixture), 0);
}

static void status_tells_what_this_start_has_done(void **state)
{
        static const struct {
                enum reseal reseal;
                const char *words;
        } cases[] = { { RESEAL_DONE, "done: this start has sealed the volumes" },
                      { RESEAL_OVER, "over: the copy of the volumes' key" },
                      { RESEAL_FAILED, "failed; journalctl -k says why" } };
        struct fixture *fixture = *state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                store_reseal(fixture, cases[i].reseal, 0);
                assert_int_equal(run(fixture, status_command, NULL, NULL), STATUS_OK);
                assert_says(fixture->output, cases[i].words);
        }
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(reseal_is_requested_for_the_device_as_it_is),
                TEST(reseal_that_is_prepared_is_not_requested_again),
                TEST(reseal_that_is_prepared_is_cancelled_by_the_next_start),
                TEST(reseal_is_refused_where_it_cannot_work),
                TEST(reseal_needs_root_and_takes_no_arguments),
                TEST(status_tells_what_this_start_has_done),
        };
        return cmocka_run_group_tests_name("reset-tool-reseal", tests, NULL, NULL);
}
