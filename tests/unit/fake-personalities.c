/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of personalities; see fake-personalities.h. Numbers of issues and pull requests are those of github.com. */
#include "fake-personalities.h"
#include "fake-internal.h"

#include "common/state/boot-trace.h"
#include <stdio.h>

static void store_with_garbage(struct fake_firmware *firmware)
{
        firmware->store_garbage = 2 << 10;
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

static EFI_STATUS EFIAPI plenty_said(UINT32 attributes, UINT64 *whole, UINT64 *remaining, UINT64 *most)
{
        *whole = 0x9000;
        *remaining = 0x85ec;
        *most = 0x8000;
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

static void room_that_is_a_lie(struct fake_firmware *firmware)
{
        firmware->runtime.QueryVariableInfo = plenty_said;
}

static EFI_STATUS EFIAPI no_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
        return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI wild_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
        memset(time, 0xaf, sizeof(*time));
        return EFI_SUCCESS;
}

static void without_clock(struct fake_firmware *firmware)
{
        firmware->runtime.GetTime = no_time;
}

static void with_wild_clock(struct fake_firmware *firmware)
{
        firmware->runtime.GetTime = wild_time;
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

static void pass_options(struct fake_firmware *firmware, const void *options, size_t size)
{
        firmware->self.LoadOptions = (void *)options;
        firmware->self.LoadOptionsSize = (UINT32)size;
}

static void whole_entry_as_options(struct fake_firmware *firmware)
{
        static const uint8_t entry[] = "\1\0\0\0\x14\0U\0E\0F\0I\0\0\0\4\4\6\0A\0\x7f\xff\4\0quiet";
        pass_options(firmware, entry, sizeof(entry));
}

static void options_that_begin_with_nothing(struct fake_firmware *firmware)
{
        static const uint8_t nothing[] = "\0\0\\\0E\0F\0I\0\\\0B\0O\0O\0T\0";
        pass_options(firmware, nothing, sizeof(nothing));
}

static void noise(struct fake_firmware *firmware)
{
        firmware->screen.key_count = firmware->screen.key_at = 0;
        fake_press(&firmware->screen, &(EFI_INPUT_KEY){ 0, 'x' }, 1);
}

static void shift(struct fake_firmware *firmware)
{
        firmware->screen.key_count = firmware->screen.key_at = 0;
        fake_press(&firmware->screen, &(EFI_INPUT_KEY){ 0, 0 }, 1);
}

#define LACKS_SEALED (LACKS_TPM | LACKS_SHA256)

const struct fake_personality fake_personalities[FAKE_PERSONALITIES] = {
        { .name = "edk2 as it is meant (OVMF)" },
        /* -- TPM. TCG EFI Protocol Specification, family 2.0, 6.4 to 6.7 */
        { "no TPM", .faults = { .no_tpm = true }, .lacks = LACKS_SEALED },
        /* switched off in the setup, or of version 1.2: systemd/systemd#33077 */
        { "no TCG2 protocol", .faults = { .no_tcg2 = true }, .lacks = LACKS_SEALED },
        /* GetCapability fails: systemd/systemd#30679 */
        { "TCG2 that does not tell what it can", .faults = { .capability = EFI_DEVICE_ERROR },
          .lacks = LACKS_SEALED | LACKS_SILENCE },
        /* the structure of version 1.0 has no banks: systemd/systemd#38932, #39195 */
        { "TCG2 1.0", .faults = { .capability_1_0 = true } },
        /* systemd/systemd#20684, tpm2-software/tpm2-tools#2992 (ThinkPad T440) */
        { "SHA-1 only", .faults = { .pcr_bank = 0x01 }, .lacks = LACKS_SHA256 },
        /* linuxboot/heads#1612 (Infineon SLB9672) */
        { "SHA-384 only", .faults = { .pcr_bank = 0x04 }, .lacks = LACKS_SHA256 },
        /* systemd/systemd#7118, #6473 */
        { "a TPM that takes no measurement", .faults = { .measure = EFI_DEVICE_ERROR }, .lacks = LACKS_SEALED | LACKS_SILENCE },
        { "a TPM that rejects events", .faults = { .measure = EFI_INVALID_PARAMETER }, .lacks = LACKS_SEALED | LACKS_SILENCE },
        /* ASUS T103HAF: rhboot/shim#654, #657 */
        { "event log is full", .faults = { .measure = EFI_VOLUME_FULL } },
        /* linuxboot/heads#541, systemd/systemd#40485 */
        { "slow TPM", .faults = { .measure_seconds = 5 }, .lacks = LACKS_PACE },
        /* -- randomness and time */
        /* systemd/systemd#13503 */
        { "no source of random numbers", .faults = { .no_rng = true, .no_tpm_random = true }, .lacks = LACKS_RANDOM },
        { "random numbers of the TPM alone", .faults = { .no_rng = true } },
        /* riscv-non-isa/riscv-server-platform#54, SolidRun/lx2160a_uefi#12 */
        { "no GetTime", .make = without_clock },
        /* minoca/os#78 (Raspberry Pi) */
        { "a time that nobody has set", .make = with_wild_clock },
        /* -- consoles and keyboards */
        /* systemd/systemd#12126 */
        { "no console", .faults = { .no_console = true }, .lacks = LACKS_CONSOLE | LACKS_KEYBOARD },
        { "no keyboard", .faults = { .no_keyboard = true }, .lacks = LACKS_KEYBOARD },
        /* systemd/systemd#19191 (AMI 5.14), #22428 */
        { "AMI without Ex", .keyboard = { .simple_only = true } },
        { "Ex without keys", .keyboard = { .extended_dead = true } },
        { "Ex without an event", .keyboard = { .extended_pretended = true } },
        { "Ex that fails (HP ProBook 450 G2)", .keyboard = { .extended_fails = true } },
        { "Ex that gives empty keys", .keyboard = { .extended_blank = true } },
        /* systemd/systemd#21772 */
        { "keys that come twice", .keyboard = { .gives_twice = true } },
        /* systemd/systemd#15847, #20283 (HP Spectre x360) */
        { "ReadKeyStroke that freezes", .keyboard = { .freezes = true } },
        /* systemd/systemd#14092, #14217 */
        { "keyboard that is late", .keyboard = { .ready_after_ms = 60 } },
        /* systemd/systemd#10827; EDK II, PcdConInConnectOnDemand */
        { "fast boot", .keyboard = { .connects_late = true }, .lacks = LACKS_PACE },
        /* balena-os/balena-os#80 (BeagleBone): a serial line that nobody is at */
        { "noise on the console", .make = noise, .lacks = LACKS_PACE },
        { "a key that is none", .make = shift, .lacks = LACKS_PACE },
        /* -- load options. systemd/systemd#10001, rhboot/shim#649, #698 */
        { "Dell: a whole entry as load options", .make = whole_entry_as_options, .lacks = LACKS_OPTIONS },
        /* rhboot/shim#505 */
        { "load options that begin with NUL", .make = options_that_begin_with_nothing, .lacks = LACKS_OPTIONS },
        /* -- variables of boot services */
        /* rescuezilla/rescuezilla#134 (Optiplex 790) */
        { "a store that takes nothing", .faults = { .variable_quota = 1 },
          .lacks = LACKS_STORE | LACKS_ROOM | LACKS_COUNT | LACKS_SILENCE },
        /* EDK II, MdeModulePkg/Universal/Variable/RuntimeDxe: Reclaim() is not for run time */
        { "full store without reclaim", .faults = { .store_size = 4 << 10 }, .make = store_with_garbage, .lacks = LACKS_ROOM },
        /* EDK II, PcdMaxVariableSize; rhboot/shim#157 */
        { "small variables only", .faults = { .variable_most = 1 << 10 }, .lacks = LACKS_ROOM },
        /* fwupd/fwupd#891 (ThinkPad): what is locked is write-protected */
        { "a count that cannot be written",
          .faults = { .set_variable_name = BOOT_COUNT_VARIABLE_NAME, .set_variable = EFI_WRITE_PROTECTED },
          .lacks = LACKS_COUNT | LACKS_SILENCE },
        /* rhboot/efibootmgr#205: there, and not to be read */
        { "a count that cannot be read",
          .faults = { .get_variable_name = BOOT_COUNT_VARIABLE_NAME, .get_variable = EFI_DEVICE_ERROR },
          .lacks = LACKS_COUNT | LACKS_SILENCE },
        { "progress that cannot be read",
          .faults = { .get_variable_name = PROGRESS_VARIABLE_NAME_0, .get_variable = EFI_DEVICE_ERROR },
          .lacks = LACKS_PROGRESS | LACKS_SILENCE },
        { "SecureBoot that cannot be read",
          .faults = { .get_variable_name = "SecureBoot", .get_variable = EFI_SECURITY_VIOLATION }, .lacks = LACKS_SECURE_BOOT },
        /* systemd/systemd#13603; EDK II, EmulatorVariable: slimbootloader/slimbootloader#938 */
        { "no variables of boot services alone",
          .faults = { .set_variable_name = DEVICE_SECRET_VARIABLE_NAME,
                      .get_variable_name = DEVICE_SECRET_VARIABLE_NAME,
                      .set_variable = EFI_UNSUPPORTED,
                      .get_variable = EFI_NOT_FOUND },
          .lacks = LACKS_SECRET | LACKS_SILENCE },
        { "no Boot Loader Interface", .faults = { .set_variable_name = "StubInfo", .set_variable = EFI_OUT_OF_RESOURCES },
          .lacks = LACKS_INTERFACE | LACKS_SILENCE },
        /* UEFI 2.0 added QueryVariableInfo(); rhboot/shim#364 (MacBookPro8,2) */
        { "EFI 1.10", .make = uefi_1_10, .lacks = LACKS_OLD_SERVICES },
        /* U-Boot: rhboot/shim#369 */
        { "room that is not told", .make = room_that_is_not_told, .lacks = LACKS_OLD_SERVICES },
        { "room that is zero", .make = room_that_is_zero, .lacks = LACKS_OLD_SERVICES },
        /* rhboot/shim#372 */
        { "room that is a lie", .faults = { .store_size = 4 << 10 }, .make = room_that_is_a_lie,
          .lacks = LACKS_ROOM | LACKS_OLD_SERVICES },
        /* UEFI 2.10, 7.1.6: EFI_OUT_OF_RESOURCES */
        { "configuration tables that cannot be installed", .faults = { .install_table = EFI_OUT_OF_RESOURCES },
          .lacks = LACKS_TABLES },
        { "32 boot entries", .make = many_boot_entries },
        /* -- variables of the running system */
        /* Linux, drivers/firmware/efi/efi.c: efi=noruntime with PREEMPT_RT; EBBR 2.1, 2.7; rancher/elemental-toolkit#2059 */
        { "EBBR without runtime writes", .system = SYSTEM_IS_BLIND },
        /* Linux, fs/efivarfs/vars.c: a name that comes twice ends the list; rhboot/efibootmgr#73 (G580) */
        { "Lenovo-like duplicate", .make = many_boot_entries, .system = SYSTEM_IS_SHOWN_NOTHING },
        /* rhboot/efivar#282: RTStorageVolatile; pftf/RPi4#6 */
        { "U-Boot: run-time writes in memory", .system = SYSTEM_FORGETS },
};

_Static_assert(ARRAY_SIZE(fake_personalities) == FAKE_PERSONALITIES, "the table");

static const struct fake_personality *used;

void fake_use_personality(const struct fake_personality *personality)
{
        used = personality;
}

void fake_apply_personality(struct fake_firmware *firmware, bool is_new)
{
        if (used == NULL)
                return;
        if (is_new) { /* a test may add its own to them */
                firmware->faults = used->faults;
                firmware->screen.faults = used->keyboard;
        }
        if (used->make != NULL)
                used->make(firmware);
}
