/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cleanslate request` and `cancel`: what is written, for whom, and what is left alone. */
#include "tests/unit/reset-tool-fixture.h"

/* -- request -- */

static void request_is_written_for_this_system_and_boot(void **state)
{
        struct fixture *fixture = *state;
        struct request request, again;
        assert_int_equal(ask(fixture, "--reason", "handing it over"), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_string_equal(request.os.version_id, "7");
        assert_string_equal(request.os.image_version, "7.1");
        assert_string_equal(request.reason, "handing it over");
        assert_string_equal(request.requester, "alice (sudo)");
        assert_string_equal(fixture->errors, "");
        assert_int_equal(reboots, 0);

        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "replaces a request");
        assert_int_equal(stored_request(fixture, THIS_BOOT, &again), REQUEST_PENDING);
        assert_string_equal(again.reason, "");
        assert_memory_not_equal(&again.nonce, &request.nonce, sizeof(again.nonce));
}

static void a_request_names_the_disk_it_was_made_on(void **state)
{
        struct fixture *fixture = *state;
        struct request request = { 0 };
        struct guid expected;
        static const char text[] = "5b3a6c1e-08a4-4c42-9d0c-7f4b5f1d2a01\n";
        assert_true(guid_parse(text, strlen(text) - 1, &expected));
        write_text(fixture->disk, text);
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_true(guid_equal(&request.disk_uuid, &expected));
}

static void without_a_known_disk_a_request_names_none(void **state)
{
        struct fixture *fixture = *state;
        struct request request = { 0 };
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_true(guid_is_zero(&request.disk_uuid));
        write_text(fixture->disk, "not a GUID, and too long for one to be read at all\n");
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, &request), REQUEST_PENDING);
        assert_true(guid_is_zero(&request.disk_uuid));
}

static void reboot_comes_after_the_request_is_written(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(ask(fixture, "--reboot", NULL), STATUS_FAILURE); /* this machine cannot */
        assert_int_equal(reboots, 1);
        assert_says(fixture->errors, "the request is written, but the reboot could not be started");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_PENDING);
}

static void request_that_cannot_be_made_does_not_reboot(void **state)
{
        struct fixture *fixture = *state;
        fixture->environment.effective_user = 1000;
        assert_int_equal(ask(fixture, "--reboot", NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "only root");
        assert_int_equal(reboots, 0);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
}

static void wrong_usage_changes_nothing(void **state)
{
        static const struct {
                const char *one, *two, *says;
        } cases[] = {
                { "--frobnicate", NULL, "--frobnicate" },
                { "--reason", NULL, "--reason" },
                { "now", NULL, "\"now\"" },
                { "--reason", "\xff\xfe", "UTF-8" },
        };
        struct fixture *fixture = *state;
        char reason[257];
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(ask(fixture, cases[i].one, cases[i].two), STATUS_USAGE);
                assert_says(fixture->errors, cases[i].says);
        }
        memset(reason, 'x', 256);
        reason[256] = 0;
        assert_int_equal(ask(fixture, "--reason", reason), STATUS_USAGE);
        assert_says(fixture->errors, "256 bytes, but at most 255");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
        reason[255] = 0;
        assert_int_equal(ask(fixture, "--reason", reason), STATUS_OK);
}

static void replaced_requests_are_named(void **state)
{
        struct fixture *fixture = *state;
        store_malformed(fixture);
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "malformed");
        store_request(fixture, "other", THIS_BOOT);
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "another system (ID=other)");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_PENDING);
}

/* -- cancel -- */

static void cancel_takes_back_what_is_ours(void **state)
{
        struct fixture *fixture = *state;
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_OK);
        assert_says(fixture->output, "no request");
        assert_int_equal(ask(fixture, NULL, NULL), STATUS_OK);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
        store_malformed(fixture);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_OK);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_ABSENT);
}

static void the_name_of_another_system_does_not_steer_the_terminal(void **state)
{
        struct fixture *fixture = *state;
        store_request(fixture, "ot\x1b[2Jher", THIS_BOOT);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "another system (ID=ot?[2Jher)");
        assert_null(strchr(fixture->errors, 0x1b));
}

static void cancel_leaves_what_is_not_ours(void **state)
{
        struct fixture *fixture = *state;
        store_request(fixture, "other", THIS_BOOT);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "another system (ID=other)");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_FOREIGN);
        store_request(fixture, "slate", THIS_BOOT);
        fixture->environment.effective_user = 1000;
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_PENDING);
}

static void begun_reset_cannot_be_cancelled(void **state)
{
        struct fixture *fixture = *state;
        store_request(fixture, "slate", EARLIER_BOOT);
        store_progress(fixture, PHASE_KEYS_DESTROYED);
        assert_int_equal(run(fixture, cancel_command, NULL, NULL), STATUS_FAILURE);
        assert_says(fixture->errors, "too late");
        assert_int_equal(stored_request(fixture, THIS_BOOT, NULL), REQUEST_DUE);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(a_request_names_the_disk_it_was_made_on),
                TEST(without_a_known_disk_a_request_names_none),
                TEST(request_is_written_for_this_system_and_boot),
                TEST(reboot_comes_after_the_request_is_written),
                TEST(request_that_cannot_be_made_does_not_reboot),
                TEST(wrong_usage_changes_nothing),
                TEST(replaced_requests_are_named),
                TEST(cancel_takes_back_what_is_ours),
                TEST(the_name_of_another_system_does_not_steer_the_terminal),
                TEST(cancel_leaves_what_is_not_ours),
                TEST(begun_reset_cannot_be_cancelled),
        };
        return cmocka_run_group_tests_name("reset-tool-request", tests, NULL, NULL);
}
