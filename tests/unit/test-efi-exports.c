/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stub publishes for the operating system in EFI variables, and what of others' values stays. */
#include "tests/unit/efi-boot-fixture.h"
#include "under-personalities.h"

static void what_systemd_reads_is_exported(void **state)
{
        static const struct {
                const char *name, *text;
        } expected[] = {
                { "StubInfo", "cleanslate " CLEANSLATE_VERSION },
                { "StubPcrKernelImage", "11" },
                { "StubProfile", "0" },
                { "StubDevicePartUUID", "ABCDEF01-2345-6789-ABCD-010203040506" },
                { "StubImageIdentifier", "\\EFI\\BOOT\\A.EFI" },
                { "LoaderDevicePartUUID", "ABCDEF01-2345-6789-ABCD-010203040506" },
                { "LoaderImageIdentifier", "\\EFI\\BOOT\\A.EFI" },
                { "LoaderFirmwareInfo", "Fake 1.02" },
                { "LoaderFirmwareType", "UEFI 2.70" },
                { "LoaderInfo", "cleanslate " CLEANSLATE_VERSION },
        };
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        const struct fake_variable *features;

        assert_boots(firmware);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                assert_non_null(fake_exported_text(firmware, expected[i].name));
                assert_string_equal(fake_exported_text(firmware, expected[i].name), expected[i].text);
        }
        features = fake_find_variable(firmware, &guid_loader_interface, "StubFeatures");
        assert_non_null(features);
        assert_int_equal(features->size, 8);
        /* boot partition, credentials, system extensions, three PCRs, seed, addons, SMBIOS, configuration extensions, profiles,
         * stub partition
         */
        assert_int_equal(load_le64(features->value),
                         1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 10);
        fake_done(firmware);
}

static uint64_t loader_features(const struct fake_firmware *firmware)
{
        const struct fake_variable *features = fake_find_variable(firmware, &guid_loader_interface, "LoaderFeatures");

        assert_non_null(features);
        assert_int_equal(features->size, 8);
        return load_le64(features->value);
}

/* Firmware of TCG2 1.0 has no field for them: nothing is told, and that nothing is told. */
static void active_pcr_banks_are_told_as_far_as_they_are_known(void **state)
{
        static const struct {
                UINT32 banks;
                bool no_tcg2, no_tpm;
                const char *text;
        } cases[] = { { 0x2, false, false, "0x00000002" },
                      { 0xabcdef16, false, false, "0xabcdef16" },
                      { 0, true, false, "0x00000000" },
                      { 0x6, false, true, "0x00000000" },
                      { 0, false, false, NULL } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);
                const char *text;

                firmware->faults.pcr_bank = cases[i].banks;
                firmware->faults.capability_1_0 = cases[i].text == NULL;
                firmware->faults.no_tcg2 = cases[i].no_tcg2;
                firmware->faults.no_tpm = cases[i].no_tpm;
                assert_boots(firmware);
                text = fake_exported_text(firmware, "LoaderTpm2ActivePcrBanks");
                assert_int_equal(text != NULL, cases[i].text != NULL);
                if (text != NULL)
                        assert_string_equal(text, cases[i].text);
                assert_int_equal(loader_features(firmware),
                                 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 13 | (cases[i].text != NULL ? 1 << 18 : 0));
                fake_done(firmware);
        }
}

static void what_a_boot_loader_has_exported_stays(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        struct handover handover;

        fake_set_boot_loader_text(firmware, "LoaderInfo", "sd");
        fake_set_boot_loader_text(firmware, "LoaderDevicePartUUID", "sd");
        fake_set_boot_loader_text(firmware, "LoaderTpm2ActivePcrBanks", "0x00000010");
        firmware->faults.pcr_bank = 2;
        assert_boots(firmware);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderInfo"), -1);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderDevicePartUUID"), -1);
        assert_string_equal(fake_exported_text(firmware, "LoaderTpm2ActivePcrBanks"), "0x00000010");
        handover = handed_over(firmware);
        assert_true(guid_equal(&handover.stub_partition, &fake_partition)); /* the boot loader may be wrong, the path is not */
        fake_done(firmware);
}

/* It would be told to whatever asks this boot what has started it. */
static void what_the_operating_system_has_left_there_is_replaced(void **state)
{
        static const char *const names[] = { "LoaderImageIdentifier", "LoaderDevicePartUUID", "StubImageIdentifier",
                                             "StubDevicePartUUID", "LoaderInfo" };
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                fake_set_loader_text(firmware, names[i], "forged");
        assert_boots(firmware);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                assert_non_null(fake_exported_text(firmware, names[i])); /* volatile */
                assert_string_not_equal(fake_exported_text(firmware, names[i]), "forged");
        }
        assert_non_null(fake_find_variable(firmware, &guid_loader_interface,
                                           "LoaderEntries")); /* and no other boot loader is believed in */
        fake_done(firmware);
}

static void full_variable_store_is_said_and_boots(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        firmware->faults.variable_quota = 30;
        assert_boots(firmware);
        assert_non_null(strstr(firmware->console, "boot information could not be published: out of resources"));
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(what_systemd_reads_is_exported, LACKS_TPM | LACKS_STORE | LACKS_INTERFACE | LACKS_OLD_SERVICES),
                NEEDS(active_pcr_banks_are_told_as_far_as_they_are_known, LACKS_TPM | LACKS_STORE | LACKS_INTERFACE),
                NEEDS(what_a_boot_loader_has_exported_stays, LACKS_STORE),
                NEEDS(what_the_operating_system_has_left_there_is_replaced, LACKS_STORE),
                NEEDS(full_variable_store_is_said_and_boots, NEEDS_SHA256 | LACKS_CONSOLE),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
