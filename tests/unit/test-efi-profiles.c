/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub's load options and profiles: what they choose, what they can never change, and that each is measured. */
#include "tests/unit/efi-boot-fixture.h"
#include "under-personalities.h"

static void load_options_never_override_the_embedded_command_line(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        fake_set_load_options(firmware, "systemd.factory_reset=1 init=/bin/sh");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
        fake_done(firmware);
}

/* They reach the kernel, measured by themselves, but they are not the image's word: no mode follows from them. */
static void load_options_stand_in_for_an_absent_command_line(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);
        const struct fake_event *last;

        fake_set_load_options(firmware, " debug\tsystemd.factory_reset=1\n");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "debug systemd.factory_reset=1");
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        last = &firmware->events[firmware->event_count - 1];
        assert_int_equal(last->pcr, 12);
        assert_int_equal(last->size, 2 * sizeof("debug systemd.factory_reset=1"));
        assert_string_equal(last->description, "debug systemd.factory_reset=1");
        assert_string_equal(fake_exported_text(firmware, "StubPcrKernelParameters"), "12");
        fake_done(firmware);
}

static void load_options_are_ignored_under_secure_boot(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        fake_enable_secure_boot(firmware);
        fake_set_load_options(firmware, "debug");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "");
        fake_done(firmware);
}

/* As images/uki.py builds it: normal, factory reset, recovery, break-glass behind the common part. */
static struct fake_firmware *with_profiles(const char *load_options)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".profile", "ID=normal\n");
        add_text(firmware, ".profile", "ID=factory-reset\n");
        add_text(firmware, ".cmdline", COMMAND_LINE " cleanslate.mode=reset");
        add_text(firmware, ".profile", "ID=recovery\n");
        add_text(firmware, ".cmdline", COMMAND_LINE " cleanslate.mode=recovery");
        add_text(firmware, ".profile", "ID=break-glass\n");
        add_text(firmware, ".cmdline", COMMAND_LINE " cleanslate.mode=break-glass");
        if (load_options != NULL)
                fake_set_load_options(firmware, load_options);
        return firmware;
}

static void assert_profile_is_predicted(const struct fake_firmware *firmware, unsigned profile, enum boot_mode mode)
{
        uint8_t predicted[SHA256_SIZE];
        struct uki uki;

        assert_int_equal(uki_find_sections(firmware->image, firmware->image_size, UKI_LOADED, profile, &uki), ERR_OK);
        pcr_predict_sections(sha256_chunks, &uki, predicted);
        pcr_mode_extend(sha256_chunks, predicted, mode);
        assert_memory_equal(firmware->pcrs[PCR_KERNEL_IMAGE], predicted, SHA256_SIZE);
}

static void profile_brings_its_command_line_its_mode_and_its_measurement(void **state)
{
        static const struct {
                const char *load_options, *number, *command_line, *text;
                unsigned profile;
                enum boot_mode mode;
                enum boot_reason reason;
        } cases[] = {
                { NULL, "0", "console=ttyS0 quiet", "ID=normal\n", 0, MODE_NORMAL, REASON_ORDINARY },
                { "quiet", "0", "console=ttyS0 quiet", "ID=normal\n", 0, MODE_NORMAL, REASON_ORDINARY },
                { "@0", "0", "console=ttyS0 quiet", "ID=normal\n", 0, MODE_NORMAL, REASON_ORDINARY },
                { "@1", "1", "console=ttyS0 quiet  cleanslate.mode=reset", "ID=factory-reset\n", 1, MODE_RESET,
                  REASON_LOADER_ENTRY },
                { "@2 ", "2", "console=ttyS0 quiet  cleanslate.mode=recovery", "ID=recovery\n", 2, MODE_RECOVERY,
                  REASON_LOADER_ENTRY },
                { "@3", "3", "console=ttyS0 quiet  cleanslate.mode=break-glass", "ID=break-glass\n", 3, MODE_RECOVERY,
                  REASON_BREAK_GLASS_OFF }, /* without a policy that allows it */
        };

        for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_profiles(cases[i / 2].load_options);

                if (i % 2)
                        fake_enable_secure_boot(firmware);
                assert_boots(firmware);
                assert_string_equal(firmware->kernel.command_line, cases[i / 2].command_line);
                assert_string_equal(fake_exported_text(firmware, "StubProfile"), cases[i / 2].number);
                assert_file_is(firmware, ".extra/profile", cases[i / 2].text);
                assert_int_equal(handed_over(firmware).choice.mode, cases[i / 2].mode);
                assert_int_equal(handed_over(firmware).choice.reason, cases[i / 2].reason);
                assert_profile_is_predicted(firmware, cases[i / 2].profile, cases[i / 2].mode);
                fake_done(firmware);
        }
}

/* Another profile's sections say nothing of what an ordinary start will have in PCR 11, which the initrd concludes from it. */
static void only_profile_0_tells_what_an_ordinary_start_will_have(void **state)
{
        static const char *const options[] = { "@0", "@1", "@2", NULL };

        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                struct fake_firmware *firmware = with_profiles(options[i]);

                set_request(firmware, REQUEST_OURS);
                assert_boots(firmware);
                assert_int_not_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
                assert_int_equal(handed_over(firmware).has_pcr, i == 0 || options[i] == NULL);
                fake_done(firmware);
        }
}

/* Keys sealed for profile 0 stay out of reach of every other one, even of one whose mode were not measured. */
static void every_profile_has_a_measurement_of_its_own(void **state)
{
        uint8_t values[4][SHA256_SIZE];

        for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
                struct fake_firmware *firmware = with_profiles(NULL);
                struct uki uki;

                assert_int_equal(uki_find_sections(firmware->image, firmware->image_size, UKI_LOADED, i, &uki), ERR_OK);
                pcr_predict_sections(sha256_chunks, &uki, values[i]);
                for (unsigned j = 0; j < i; j++)
                        assert_memory_not_equal(values[i], values[j], SHA256_SIZE);
                fake_done(firmware);
        }
}

/* systemd-stub's form: EV_EVENT_TAG in PCR 12, nothing for profile 0. */
static void number_of_the_profile_is_measured(void **state)
{
        struct fake_firmware *firmware = with_profiles("@2");
        const struct fake_event *event = &firmware->events[0];

        assert_boots(firmware);
        assert_int_equal(event->pcr, 12);
        assert_int_equal(event->type, 6);
        assert_string_equal(event->description, "2");
        assert_int_equal(event->size, 4);
        assert_memory_equal(event->data, "2\0\0", 4);
        assert_string_equal(fake_exported_text(firmware, "StubPcrKernelParameters"), "12");
        fake_done(firmware);
        firmware = with_profiles("@0");
        assert_boots(firmware);
        assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
        fake_done(firmware);
}

static void profile_that_does_not_exist_is_refused_by_number(void **state)
{
        static const char *const options[] = { "@4", "@4294967295" };

        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                struct fake_firmware *firmware = with_profiles(options[i]);

                assert_fails(firmware, EFI_NOT_FOUND, options[i] + 1);
                assert_non_null(strstr(firmware->console, "no such profile in this image"));
                assert_int_equal(firmware->event_count, 0);
                fake_done(firmware);
        }
}

static void malformed_selector_is_said_and_starts_profile_0(void **state)
{
        struct fake_firmware *firmware = with_profiles("@one");

        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "choose no profile"));
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_profile_is_predicted(firmware, 0, MODE_NORMAL);
        fake_done(firmware);
}

static void selector_is_not_part_of_load_options_that_are_used(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        add_text(firmware, ".profile", "ID=normal\n");
        fake_set_load_options(firmware, "@0 debug");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "debug");
        fake_done(firmware);
}

/* In another boot menu a person may still see the page; what the menu cannot do is start a half-reset system. */
static void reset_under_way_gives_way_to_the_recovery_profile_alone(void **state)
{
        static const struct {
                const char *load_options;
                enum boot_mode mode;
        } cases[] = { { "@0", MODE_RESET }, { "@1", MODE_RESET }, { "@2", MODE_RECOVERY }, { "@3", MODE_RESET } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_profiles(cases[i].load_options);

                set_progress(firmware, PROGRESS_VARIABLE_NAME_0, PHASE_STARTED, 0);
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).choice.mode, cases[i].mode);
                assert_profile_is_predicted(firmware, (unsigned)i, cases[i].mode);
                fake_done(firmware);
        }
}

static void binary_load_options_are_ignored(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        fake_set_load_options(firmware, "\1\2garbage of a boot entry");
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "");
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(load_options_never_override_the_embedded_command_line, LACKS_SHA256),
                NEEDS(load_options_stand_in_for_an_absent_command_line, LACKS_STORE | LACKS_TPM),
                NEEDS(load_options_are_ignored_under_secure_boot, LACKS_SECURE_BOOT | LACKS_STORE),
                NEEDS(profile_brings_its_command_line_its_mode_and_its_measurement, LACKS_SHA256 | LACKS_STORE),
                NEEDS(only_profile_0_tells_what_an_ordinary_start_will_have, LACKS_SHA256 | LACKS_TPM | LACKS_STORE),
                cmocka_unit_test(every_profile_has_a_measurement_of_its_own),
                NEEDS(number_of_the_profile_is_measured, LACKS_STORE | LACKS_TPM),
                NEEDS(profile_that_does_not_exist_is_refused_by_number, LACKS_CONSOLE),
                NEEDS(malformed_selector_is_said_and_starts_profile_0, LACKS_CONSOLE | LACKS_SHA256),
                cmocka_unit_test(selector_is_not_part_of_load_options_that_are_used),
                NEEDS(reset_under_way_gives_way_to_the_recovery_profile_alone,
                      LACKS_PROGRESS | LACKS_SECRET | LACKS_SHA256 | LACKS_STORE),
                cmocka_unit_test(binary_load_options_are_ignored),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
