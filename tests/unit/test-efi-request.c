/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub and what asks for a reset: requests, progress, the image's own command line. A firmware at fault never turns one kind
 * of boot into another. */
#include "tests/unit/efi-boot-fixture.h"
#include "under-personalities.h"

#define REQUEST_FOREIGN_TEXT \
        "{\"osReleaseId\":\"acme\",\"osReleaseImageId\":\"toaster\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(due_request_resets_and_is_measured,
                      NEEDS_SHA256 | NEEDS_SILENCE | LACKS_STORE | LACKS_COUNT | LACKS_INTERFACE),
                NEEDS(stub_leaves_the_request_and_the_progress_alone, LACKS_STORE),
                NEEDS(mode_is_measured_before_anything_acts_on_it, LACKS_TPM | LACKS_STORE | NEEDS_SILENCE),
                NEEDS(reset_under_way_goes_on_without_a_request, LACKS_STORE | LACKS_PROGRESS | LACKS_SECRET),
                NEEDS(reset_that_failed_too_often_goes_to_recovery,
                      NEEDS_SHA256 | LACKS_CONSOLE | LACKS_STORE | LACKS_PROGRESS | LACKS_SECRET),
                NEEDS(embedded_command_line_can_ask_for_a_reset, NEEDS_SHA256),
                NEEDS(useless_request_is_reported_and_boots_normally, NEEDS_SHA256 | LACKS_CONSOLE | LACKS_STORE),
                NEEDS(huge_request_is_reported_and_boots_normally, LACKS_CONSOLE | LACKS_STORE | LACKS_ROOM),
                NEEDS(unreadable_request_is_reported_and_boots_normally, LACKS_CONSOLE | LACKS_STORE),
                NEEDS(damaged_progress_slot_is_said_and_the_other_counts, LACKS_CONSOLE | LACKS_STORE | LACKS_SECRET),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
