/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware as it is, from power-on to the kernel, again and again: no ordinary boot is ever harmed, a request is never forgotten,
 * and the menu's way to start anyway works. Each row has where the behaviour is known from; docs/firmware.md says what people
 * see. */
#include "efi-boot-fixture.h"

#include <stdio.h>

#include "common/state/boot-trace.h"

/* What the running system can do about the firmware's variables. */
enum system { SYSTEM_SEES, SYSTEM_IS_BLIND /* no variables at run time */, SYSTEM_IS_SHOWN_NOTHING /* of ours; it can write */ };

struct personality {
        const char *name;
        void (*make)(struct fake_firmware *firmware);
        enum system system;
        bool keeps_nothing; /* not even what the stub stores: nothing can be asked of it */
};

static void sound(struct fake_firmware *firmware)
{
}

static void without_tpm(struct fake_firmware *firmware)
{
        firmware->faults.no_tpm = true;
}

static void without_tcg2(struct fake_firmware *firmware)
{
        firmware->faults.no_tcg2 = true;
}

static void tcg2_that_fails(struct fake_firmware *firmware)
{
        firmware->faults.capability = EFI_DEVICE_ERROR;
}

static void tpm_that_takes_no_measurement(struct fake_firmware *firmware)
{
        firmware->faults.measure = EFI_DEVICE_ERROR;
}

static void without_random_numbers(struct fake_firmware *firmware)
{
        firmware->faults.no_rng = firmware->faults.no_tpm_random = true;
}

static void without_console(struct fake_firmware *firmware)
{
        firmware->faults.no_console = true;
}

static void without_keyboard(struct fake_firmware *firmware)
{
        firmware->faults.no_keyboard = true;
}

static void full_store(struct fake_firmware *firmware)
{
        firmware->faults.variable_quota = 1;
}

static void store_without_room_at_run_time(struct fake_firmware *firmware)
{
        firmware->faults.store_size = 4 << 10;
        firmware->store_garbage = 2 << 10;
}

static void small_variables(struct fake_firmware *firmware)
{
        firmware->faults.variable_most = 1 << 10;
}

static void write_protected_count(struct fake_firmware *firmware)
{
        firmware->faults.set_variable_name = BOOT_COUNT_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_WRITE_PROTECTED;
}

static void unreadable_count(struct fake_firmware *firmware)
{
        firmware->faults.get_variable_name = BOOT_COUNT_VARIABLE_NAME;
        firmware->faults.get_variable = EFI_DEVICE_ERROR;
}

static void unreadable_progress(struct fake_firmware *firmware)
{
        firmware->faults.get_variable_name = PROGRESS_VARIABLE_NAME_0;
        firmware->faults.get_variable = EFI_DEVICE_ERROR;
}

static void unreadable_secure_boot(struct fake_firmware *firmware)
{
        firmware->faults.get_variable_name = "SecureBoot";
        firmware->faults.get_variable = EFI_SECURITY_VIOLATION;
}

static void no_secret_is_kept(struct fake_firmware *firmware)
{
        firmware->faults.set_variable_name = firmware->faults.get_variable_name = DEVICE_SECRET_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_UNSUPPORTED;
        firmware->faults.get_variable = EFI_NOT_FOUND;
}

static void loader_info_is_refused(struct fake_firmware *firmware)
{
        firmware->faults.set_variable_name = "StubInfo";
        firmware->faults.set_variable = EFI_OUT_OF_RESOURCES;
}

static void uefi_1_10(struct fake_firmware *firmware)
{
        firmware->system.Hdr.Revision = firmware->runtime.Hdr.Revision = 1 << 16 | 10;
        firmware->runtime.QueryVariableInfo = NULL;
}

static EFI_STATUS EFIAPI nothing_said(UINT32 attributes, UINT64 *whole, UINT64 *remaining, UINT64 *most)
{
        return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI zero_said(UINT32 attributes, UINT64 *whole, UINT64 *remaining, UINT64 *most)
{
        *whole = *remaining = *most = 0;
        return EFI_SUCCESS;
}

static void room_that_is_not_told(struct fake_firmware *firmware)
{
        firmware->runtime.QueryVariableInfo = nothing_said;
}

static void room_that_is_zero(struct fake_firmware *firmware)
{
        firmware->runtime.QueryVariableInfo = zero_said;
}

static void no_configuration_tables(struct fake_firmware *firmware)
{
        firmware->faults.install_table = EFI_OUT_OF_RESOURCES;
}

static void many_boot_entries(struct fake_firmware *firmware)
{
        for (int i = 0; i < 32; i++) {
                char name[16];
                (void)snprintf(name, sizeof(name), "Boot%04X", i);
                if (fake_find_variable(firmware, &guid_efi_global, name) == NULL)
                        fake_set_variable(firmware, &guid_efi_global, name, "\1\0\0\0\4\0X\0\0\0\x7f\xff\4\0", 14);
        }
}

static const struct personality personalities[] = {
        { "OVMF (the control)", sound, SYSTEM_SEES, false },
        { "no TPM", without_tpm, SYSTEM_SEES, false },
        { "no TCG2 protocol: TPM switched off in the setup, or TPM 1.2", without_tcg2, SYSTEM_SEES, false },
        /* TCG EFI Protocol Specification 6.4 */
        { "GetCapability of TCG2 fails", tcg2_that_fails, SYSTEM_SEES, false },
        { "a TPM that takes no measurement", tpm_that_takes_no_measurement, SYSTEM_SEES, false },
        { "no source of random numbers", without_random_numbers, SYSTEM_SEES, false },
        { "no console (headless servers, fast boot)", without_console, SYSTEM_SEES, false },
        { "no keyboard", without_keyboard, SYSTEM_SEES, false },
        { "a variable store that takes nothing", full_store, SYSTEM_SEES, true },
        /* edk2, MdeModulePkg/Universal/Variable/RuntimeDxe: Reclaim() is not for run time */
        { "a store that is not tidied up at run time", store_without_room_at_run_time, SYSTEM_SEES, false },
        { "a store with small variables only (PcdMaxVariableSize)", small_variables, SYSTEM_SEES, false },
        { "the count of boots cannot be written", write_protected_count, SYSTEM_SEES, false },
        { "the count of boots cannot be read", unreadable_count, SYSTEM_SEES, false },
        { "the progress of a reset cannot be read", unreadable_progress, SYSTEM_SEES, false },
        { "SecureBoot cannot be read", unreadable_secure_boot, SYSTEM_SEES, false },
        { "variables of boot services alone are not kept", no_secret_is_kept, SYSTEM_SEES, false },
        { "the Boot Loader Interface cannot be written", loader_info_is_refused, SYSTEM_SEES, false },
        /* UEFI 2.0 added QueryVariableInfo() */
        { "EFI 1.10", uefi_1_10, SYSTEM_SEES, false },
        { "QueryVariableInfo is unsupported (U-Boot)", room_that_is_not_told, SYSTEM_SEES, false },
        { "QueryVariableInfo says zero", room_that_is_zero, SYSTEM_SEES, false },
        { "configuration tables cannot be installed", no_configuration_tables, SYSTEM_SEES, false },
        { "32 boot entries", many_boot_entries, SYSTEM_SEES, false },
        /* Linux: efi=noruntime is the default with PREEMPT_RT (drivers/firmware/efi/efi.c); U-Boot without SetVariable() at run
           time */
        { "no variables at run time", sound, SYSTEM_IS_BLIND, false },
        { "no variables at run time, and no TPM", without_tpm, SYSTEM_IS_BLIND, false },
        /* Linux, fs/efivarfs/vars.c: a name that GetNextVariableName() gives twice ends the list */
        { "a list of variables that ends early", sound, SYSTEM_IS_SHOWN_NOTHING, false },
        { "a list of variables that ends early, with much in it", many_boot_entries, SYSTEM_IS_SHOWN_NOTHING, false },
        { "the same in a store that is not tidied up at run time", store_without_room_at_run_time, SYSTEM_IS_SHOWN_NOTHING,
          false },
};

static void set_count(struct fake_firmware *firmware, const struct boot_count *count)
{
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];

        boot_count_encode(count, encoded);
        fake_set_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded));
}

static void forget_count(struct fake_firmware *firmware)
{
        struct fake_variable *count =
                (struct fake_variable *)fake_find_variable(firmware, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME);

        if (count == NULL)
                return;
        free(count->value);
        *count = (struct fake_variable){ 0 };
}

/* What initrd and system do of it. The one notes the last boot, by whatever name, and the other takes back what it is shown. */
static void come_through(struct fake_firmware *firmware, const struct personality *personality)
{
        const struct handover handover = handed_over(firmware);
        bool noted = false;

        if (handover.boot_is_last && personality->system != SYSTEM_IS_BLIND && firmware->faults.variable_quota == 0) {
                set_count(firmware, &(struct boot_count){ handover.boots, BOOT_REACHED_INIT });
                noted = true; /* what Linux has written itself, it shows */
        }
        if (personality->system == SYSTEM_SEES || noted)
                forget_count(firmware);
}

static void assert_ordinary(struct fake_firmware *firmware, const struct personality *personality, uint32_t boot)
{
        EFI_STATUS status = EFI_SUCCESS;

        if (!fake_run(firmware, &status))
                fail_msg("%s: boot %u does not start: %s", personality->name, boot, firmware->console);
        if (handed_over(firmware).choice.mode != MODE_NORMAL)
                fail_msg("%s: boot %u is not ordinary: %s", personality->name, boot, firmware->console);
}

static struct fake_firmware *switched_on(const struct personality *personality)
{
        struct fake_firmware *firmware = with_image(COMMAND_LINE);

        personality->make(firmware);
        return firmware;
}

static void start_again(struct fake_firmware *firmware, const struct personality *personality)
{
        fake_restart(firmware);
        personality->make(firmware);
}

static void no_ordinary_boot_is_harmed(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(personalities); i++) {
                const struct personality *personality = &personalities[i];
                struct fake_firmware *firmware = switched_on(personality);

                for (uint32_t boot = 1; boot <= 12; boot++) {
                        assert_ordinary(firmware, personality, boot);
                        come_through(firmware, personality);
                        start_again(firmware, personality);
                }
                /* as after a thousand that the system could say nothing of */
                if (personality->system == SYSTEM_IS_BLIND) {
                        set_count(firmware, &(struct boot_count){ 255, BOOT_REACHED_KERNEL });
                        assert_ordinary(firmware, personality, 1000);
                }
                fake_done(firmware);
        }
}

/* The control: boots that do not come through, on firmware whose variables the initrd can write, end on the page. */
static void boots_that_fail_end_on_the_page_where_they_can_be_noted(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(personalities); i++) {
                const struct personality *personality = &personalities[i];
                struct fake_firmware *firmware = switched_on(personality);
                const bool counts = firmware->faults.variable_quota == 0 && personality->make != write_protected_count &&
                                    personality->make != unreadable_count;
                enum boot_mode mode = MODE_NORMAL;
                EFI_STATUS status;

                for (uint32_t boot = 1; boot <= 4; boot++) {
                        assert_true(fake_run(firmware, &status));
                        const struct handover handover = handed_over(firmware);
                        mode = handover.choice.mode;
                        if (handover.boot_is_last && personality->system != SYSTEM_IS_BLIND && counts)
                                set_count(firmware, &(struct boot_count){ handover.boots, BOOT_REACHED_INITRD });
                        start_again(firmware, personality);
                }
                if (mode != (counts && personality->system != SYSTEM_IS_BLIND ? MODE_RECOVERY : MODE_NORMAL))
                        fail_msg("%s: the fourth boot is %s", personality->name, boot_mode_name(mode));
                fake_done(firmware);
        }
}

static void a_request_is_heard(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(personalities); i++) {
                const struct personality *personality = &personalities[i];
                struct fake_firmware *firmware = switched_on(personality);
                EFI_STATUS status;

                if (!personality->keeps_nothing) {
                        set_request(firmware, REQUEST_OURS);
                        assert_true(fake_run(firmware, &status));
                        if (handed_over(firmware).choice.mode != MODE_RESET || handed_over(firmware).request != REQUEST_DUE)
                                fail_msg("%s: the request is not heard: %s", personality->name, firmware->console);
                }
                fake_done(firmware);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_ordinary_boot_is_harmed),
                cmocka_unit_test(boots_that_fail_end_on_the_page_where_they_can_be_noted),
                cmocka_unit_test(a_request_is_heard),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
