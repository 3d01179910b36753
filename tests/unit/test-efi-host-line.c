/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a virtual machine's host adds to the command line: in an ordinary boot of a guest that trusts its host, measured;
 * otherwise not looked at. */
#include "tests/unit/efi-boot-fixture.h"

#include "common/format/smbios.h"

bool __wrap_guest_trusts_its_host(void);

static bool trusts;
bool __wrap_guest_trusts_its_host(void)
{
        return trusts;
}

#define PREFIX "io.systemd.stub.kernel-cmdline-extra="

static uint8_t entry[SMBIOS_ENTRY_3_SIZE], structures[8192];

static struct fake_firmware *with_host(const char *command_line, const char *string)
{
        static EFI_GUID guid = { 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } };
        struct fake_firmware *firmware = with_image(command_line);
        uint8_t sum = 0;

        memset(structures, 0, sizeof(structures));
        memcpy(structures, "\x0b\x05\x00\x00\x01", 5);
        memcpy(structures + 5, string, strlen(string));
        structures[5 + strlen(string) + 2] = 127;
        memset(entry, 0, sizeof(entry));
        memcpy(entry, "_SM3_", 5);
        store_le32(entry + 12, sizeof(structures));
        store_le64(entry + 16, (uint64_t)(uintptr_t)structures);
        for (size_t i = 0; i < sizeof(entry); i++)
                sum = (uint8_t)(sum + entry[i]);
        entry[5] = (uint8_t)-sum;
        assert_int_equal(firmware->boot.InstallConfigurationTable(&guid, entry), EFI_SUCCESS);
        trusts = true;
        return firmware;
}

static void hosts_addition_comes_last_and_is_measured(void **state)
{
        struct fake_firmware *firmware = with_host(COMMAND_LINE, PREFIX " debug\tx=1 ");
        const struct fake_event *last;

        assert_boots(firmware);
        assert_string_equal(firmware->console, "");
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet debug x=1");
        last = &firmware->events[firmware->event_count - 1];
        assert_int_equal(last->pcr, 12);
        assert_int_equal(last->type, 0x0d);
        assert_string_equal(last->description, "debug x=1");
        assert_int_equal(last->size, 2 * sizeof("debug x=1"));
        assert_string_equal(fake_exported_text(firmware, "StubPcrKernelParameters"), "12");
        assert_pcr_is_predicted(firmware, MODE_NORMAL);
        fake_done(firmware);
}

static void machine_that_does_not_trust_its_host_looks_at_nothing(void **state)
{
        struct fake_firmware *firmware = with_host(COMMAND_LINE, PREFIX "init=/bin/sh");

        trusts = false;
        assert_boots(firmware);
        assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
        assert_null(fake_exported_text(firmware, "StubPcrKernelParameters"));
        fake_done(firmware);
}

static void no_other_boot_than_the_ordinary_one_takes_it(void **state)
{
        static const char *const lines[] = { "cleanslate.mode=reset", "cleanslate.mode=recovery", "cleanslate.mode=break-glass" };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                struct fake_firmware *firmware = with_host(lines[i], PREFIX "x=1");

                add_text(firmware, ".clnslt", "[BreakGlass]\nmode=allowed\n");
                assert_boots(firmware);
                assert_string_equal(firmware->kernel.command_line, lines[i]);
                fake_done(firmware);
        }
}

/* The mode is the image's and the request's to say. */
static void hosts_addition_chooses_no_mode(void **state)
{
        struct fake_firmware *firmware = with_host(COMMAND_LINE, PREFIX "cleanslate.mode=reset systemd.factory_reset=1");

        assert_boots(firmware);
        assert_int_equal(handed_over(firmware).choice.mode, MODE_NORMAL);
        fake_done(firmware);
}

static void other_strings_and_other_tables_are_nothing(void **state)
{
        static const char *const strings[] = { "io.systemd.credential:a=b", PREFIX, PREFIX " \t", "x" PREFIX "y" };

        for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
                struct fake_firmware *firmware = with_host(COMMAND_LINE, strings[i]);

                assert_boots(firmware);
                assert_string_equal(firmware->console, "");
                assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
                fake_done(firmware);
        }
}

static void addition_that_cannot_be_used_is_said(void **state)
{
        static char long_string[5000];

        memset(long_string, 'x', sizeof(long_string) - 1);
        memcpy(long_string, PREFIX, strlen(PREFIX));
        for (int i = 0; i < 3; i++) {
                struct fake_firmware *firmware = with_host(COMMAND_LINE, i == 0   ? PREFIX "a\xff"
                                                                         : i == 1 ? long_string
                                                                                  : PREFIX "x=1");

                if (i == 2) {
                        firmware->faults.measure = EFI_DEVICE_ERROR;
                        firmware->faults.measure_what = "x=1";
                }
                assert_boots(firmware);
                assert_non_null(strstr(firmware->console, "Cleanslate: the host's addition to the command line is ignored: "));
                assert_string_equal(firmware->kernel.command_line, "console=ttyS0 quiet");
                assert_false(handed_over(firmware).tpm_failed);
                fake_done(firmware);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hosts_addition_comes_last_and_is_measured),
                cmocka_unit_test(machine_that_does_not_trust_its_host_looks_at_nothing),
                cmocka_unit_test(no_other_boot_than_the_ordinary_one_takes_it),
                cmocka_unit_test(hosts_addition_chooses_no_mode),
                cmocka_unit_test(other_strings_and_other_tables_are_nothing),
                cmocka_unit_test(addition_that_cannot_be_used_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
