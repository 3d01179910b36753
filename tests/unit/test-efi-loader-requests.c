/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub with an operating system that asks for boot loader entries and timeouts: what is followed, and what is published. */
#include "common/boot/menu.h"
#include "tests/unit/efi-menu-fixture.h"
#include "under-personalities.h"

static void one_shot_entry_is_removed_before_it_is_measured(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);
        int removed, measured;

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
        assert_boots(firmware, MODE_RESET, REASON_LOADER_ENTRY);
        removed = fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderEntryOneShot");
        measured = fake_find_call(firmware, FAKE_MEASURE, "cleanslate:mode=reset");
        assert_true(removed >= 0 && removed < measured);
        fake_done(firmware);
}

/* It would be followed at every boot from then on. */
static void one_shot_entry_that_cannot_be_removed_is_not_followed(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
        firmware->faults.set_variable_name = "LoaderEntryOneShot";
        firmware->faults.set_variable = EFI_WRITE_PROTECTED;
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_non_null(strstr(firmware->console, "entry that was asked for is ignored, its variable cannot be read and removed: "
                                                  "write-protected"));
        fake_done(firmware);
}

static void unknown_one_shot_entry_is_removed_and_said(void **state)
{
        static const char *const others[] = { "windows", "auto-cleanslate-", "", "@saved" };

        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                struct fake_firmware *firmware = with_settings(NULL);

                fake_set_loader_text(firmware, "LoaderEntryOneShot", others[i]);
                assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
                assert_false(exists(firmware, "LoaderEntryOneShot"));
                assert_non_null(strstr(firmware->console, "is ignored: this image has none of that name"));
                fake_done(firmware);
        }
}

static void one_shot_firmware_setup_restarts_into_it(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-reboot-to-firmware-setup");
        assert_resets(firmware, EfiResetCold);
        assert_false(exists(firmware, "LoaderEntryOneShot"));
        assert_non_null(fake_find_variable(firmware, &guid_efi_global, "OsIndications"));
        fake_done(firmware);
}

/* Root on the machine can ask for it; a person at the console has to say the word. */
static void one_shot_break_glass_needs_the_word(void **state)
{
        struct fake_firmware *firmware = with_settings(BREAK_GLASS);

        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY); /* nobody is there */
        assert_int_equal(firmware->screen.seconds, 60);
        assert_false(exists(firmware, "LoaderEntryOneShot"));
        fake_done(firmware);
        firmware = with_settings(BREAK_GLASS);
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        fake_type(&firmware->screen, "\nbreak glass\n");
        assert_boots(firmware, MODE_BREAK_GLASS, REASON_MENU);
        assert_string_equal(fake_exported_text(firmware, "LoaderEntrySelected"), "auto-cleanslate-break-glass");
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-break-glass");
        assert_boots(firmware, MODE_RECOVERY, REASON_BREAK_GLASS_OFF);
        fake_done(firmware);
}

static void lasting_default_never_resets(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderEntryDefault", "auto-cleanslate-reset");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_non_null(strstr(firmware->console, "the default boot loader entry is ignored: only the normal start can be"));
        assert_true(exists(firmware, "LoaderEntryDefault")); /* it is not ours to remove */
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderEntryDefault", "auto-cleanslate");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderEntryDefault", "debian-6.1.0.conf"); /* of a system that was here before */
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

static void timeouts_of_the_operating_system_are_followed(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_loader_text(firmware, "LoaderConfigTimeout", "9");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.seconds, 9);
        assert_true(exists(firmware, "LoaderConfigTimeout"));
        fake_done(firmware);
        firmware = with_settings(NULL);
        fake_set_loader_text(firmware, "LoaderConfigTimeout", "9");
        fake_set_loader_text(firmware, "LoaderConfigTimeoutOneShot", "menu-force");
        fake_wait(&firmware->screen, 2000);
        fake_type(&firmware->screen, "n");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(firmware->screen.seconds, 2000);
        assert_false(exists(firmware, "LoaderConfigTimeoutOneShot"));
        fake_done(firmware);
}

static void entries_and_features_are_published(void **state)
{
        static const char expected[] = "auto-cleanslate\0auto-cleanslate-reset\0auto-cleanslate-recovery\0"
                                       "auto-cleanslate-break-glass\0auto-reboot-to-firmware-setup";
        struct fake_firmware *firmware = with_settings(BREAK_GLASS);
        const struct fake_variable *variable;

        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        variable = fake_find_variable(firmware, &guid_loader_interface, "LoaderEntries");
        assert_int_equal(variable->size, 2 * sizeof(expected));
        for (size_t i = 0; i < sizeof(expected); i++)
                assert_int_equal(load_le16(variable->value + 2 * i), expected[i]);
        assert_string_equal(fake_exported_text(firmware, "LoaderEntrySelected"), "auto-cleanslate");
        variable = fake_find_variable(firmware, &guid_loader_interface, "LoaderFeatures");
        assert_int_equal(load_le64(variable->value) & ~(UINT64_C(1) << 18),
                         0x200f); /* whether the banks are told: test-efi-exports */
        assert_int_equal(variable->attributes, 6);
        fake_done(firmware);
}

static void entries_leave_out_what_is_not_offered(void **state)
{
        static const char expected[] = "auto-cleanslate\0auto-cleanslate-reset\0auto-cleanslate-recovery";
        struct fake_firmware *firmware = with_settings(NULL);

        set_supported_indications(firmware, 0);
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        assert_int_equal(fake_find_variable(firmware, &guid_loader_interface, "LoaderEntries")->size, 2 * sizeof(expected));
        fake_done(firmware);
}

/* systemd-boot, say: its entries, its one-shot, its timeouts. The person at the keyboard is still ours. */
static void another_boot_loaders_values_stay(void **state)
{
        static const char *const lasting[] = { "LoaderConfigTimeoutOneShot", "LoaderConfigTimeout", "LoaderEntryDefault" };
        static const char *const its_own[] = { "LoaderEntries", "LoaderEntrySelected", "LoaderFeatures" };
        static const char *const names[] = { "LoaderInfo",          "LoaderEntryOneShot", "LoaderConfigTimeoutOneShot",
                                             "LoaderConfigTimeout", "LoaderEntries",      "LoaderEntrySelected",
                                             "LoaderFeatures",      "LoaderEntryDefault" };
        struct fake_firmware *firmware = with_settings(NULL);

        for (size_t i = 0; i < ARRAY_SIZE(lasting); i++)
                fake_set_loader_text(firmware, lasting[i], "menu-force");
        for (size_t i = 0; i < ARRAY_SIZE(its_own); i++)
                fake_set_boot_loader_text(firmware, its_own[i], "menu-force");
        fake_set_boot_loader_text(firmware, "LoaderInfo", "systemd-boot 252.39");
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-reset");
        assert_boots(firmware, MODE_NORMAL, REASON_ORDINARY);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                assert_true(exists(firmware, names[i]));
                assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, names[i]), -1);
        }
        assert_int_equal(firmware->screen.total_usec, MENU_LOOK_MS * 1000); /* hidden, and not as its variables say */
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

/* A first try of ours in the same boot that came back to the firmware is no other boot loader. */
static void own_values_of_a_first_try_are_not_another_boot_loaders(void **state)
{
        struct fake_firmware *firmware = with_settings(NULL);

        fake_set_boot_loader_text(firmware, "LoaderInfo", "cleanslate 0.0");
        fake_set_loader_text(firmware, "LoaderEntryOneShot", "auto-cleanslate-recovery");
        assert_boots(firmware, MODE_RECOVERY, REASON_LOADER_ENTRY);
        assert_false(exists(firmware, "LoaderEntryOneShot"));
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(one_shot_entry_is_removed_before_it_is_measured, LACKS_STORE | LACKS_TPM),
                NEEDS(one_shot_entry_that_cannot_be_removed_is_not_followed, LACKS_CONSOLE | LACKS_STORE),
                NEEDS(unknown_one_shot_entry_is_removed_and_said, LACKS_CONSOLE | LACKS_STORE),
                NEEDS(one_shot_firmware_setup_restarts_into_it, LACKS_STORE),
                NEEDS(one_shot_break_glass_needs_the_word, LACKS_KEYBOARD | LACKS_STORE | LACKS_TPM),
                NEEDS(lasting_default_never_resets, LACKS_CONSOLE | LACKS_PACE | LACKS_SILENCE),
                NEEDS(timeouts_of_the_operating_system_are_followed, LACKS_KEYBOARD | LACKS_PACE | LACKS_STORE),
                NEEDS(entries_and_features_are_published, LACKS_STORE),
                NEEDS(entries_leave_out_what_is_not_offered, LACKS_STORE),
                NEEDS(another_boot_loaders_values_stay, LACKS_KEYBOARD | LACKS_PACE | LACKS_SILENCE),
                NEEDS(own_values_of_a_first_try_are_not_another_boot_loaders, LACKS_STORE),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
