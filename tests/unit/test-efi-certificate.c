/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secure Boot's one exception for the kernel of the image, and the certificate for its keyring. */
#include "tests/unit/efi-boot-fixture.h"
#include "under-personalities.h"

static void root_policy_and_certificate_reach_the_initrd(void **state)
{
        static const struct {
                const char *settings; /* NULL = no section */
                enum root_policy root;
        } cases[] = {
                { NULL, ROOT_VERITY },
                { "", ROOT_VERITY },
                { "[Reset]\nattempts=3\n", ROOT_VERITY },
                { "[Image]\nroot=verity\n", ROOT_VERITY },
                { "[Image]\nroot=signed\n", ROOT_SIGNED },
                { "[Image]\nroot=unsigned\n", ROOT_SIGNED }, /* what cannot be read asks for no less */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = with_image(COMMAND_LINE);

                if (cases[i].settings != NULL)
                        add_text(firmware, ".clnslt", cases[i].settings);
                add_text(firmware, ".rootcrt", "a certificate");
                assert_boots(firmware);
                assert_int_equal(handed_over(firmware).root, cases[i].root);
                assert_file_is(firmware, HANDOVER_ROOT_CERTIFICATE_PATH, "a certificate");
                assert_pcr_is_predicted(firmware, MODE_NORMAL);
                fake_done(firmware);
        }
}

/* The kernel heeds the table under Secure Boot alone, so it is made for nobody else. */
static void certificate_reaches_the_kernel_under_secure_boot(void **state)
{
        for (int secure = 0; secure < 2; secure++)
                for (int named = 0; named < 2; named++) {
                        struct fake_firmware *firmware = with_image(COMMAND_LINE);
                        const char *table;

                        if (named)
                                add_text(firmware, ".rootcrt", "a certificate");
                        if (secure)
                                fake_enable_secure_boot(firmware);
                        assert_boots(firmware);
                        table = fake_find_table(firmware, &guid_mok_table);
                        assert_int_equal(table != NULL, secure && named);
                        if (table != NULL)
                                assert_string_equal(table, "MokListRT");
                        fake_done(firmware);
                }
}

static void certificates_that_shim_hands_over_stay(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);
        static char shims[] = "shim's table";
        EFI_GUID guid;

        memcpy(&guid, &guid_mok_table, sizeof(guid));
        firmware->boot.InstallConfigurationTable(&guid, shims);
        add_text(firmware, ".rootcrt", "a certificate");
        fake_enable_secure_boot(firmware);
        assert_boots(firmware);
        assert_ptr_equal(fake_find_table(firmware, &guid_mok_table), shims);
        fake_done(firmware);
}

static void boot_goes_on_where_the_certificate_cannot_be_offered(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".rootcrt", "a certificate");
        fake_enable_secure_boot(firmware);
        firmware->faults.install_table = EFI_OUT_OF_RESOURCES;
        assert_boots(firmware);
        fake_done(firmware);
}

static void certificate_is_taken_back_if_the_kernel_does_not_start(void **state)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        add_text(firmware, ".rootcrt", "a certificate");
        fake_enable_secure_boot(firmware);
        firmware->faults.start_image = EFI_LOAD_ERROR;
        assert_fails(firmware, EFI_LOAD_ERROR, "the kernel did not start"); /* and no memory is kept */
        assert_null(fake_find_table(firmware, &guid_mok_table));
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(root_policy_and_certificate_reach_the_initrd, LACKS_SHA256),
                NEEDS(certificate_reaches_the_kernel_under_secure_boot, LACKS_SECURE_BOOT | LACKS_STORE | LACKS_TABLES),
                NEEDS(certificates_that_shim_hands_over_stay, LACKS_STORE | LACKS_TABLES),
                NEEDS(boot_goes_on_where_the_certificate_cannot_be_offered, LACKS_STORE),
                NEEDS(certificate_is_taken_back_if_the_kernel_does_not_start, LACKS_CONSOLE | LACKS_STORE),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
