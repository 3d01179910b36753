/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Boot Loader Interface; see loader-interface.h. */
#include "efi/loader-interface.h"
#include "common/base/bytes.h"
#include "common/base/utf16.h"
#include "common/format/pcr.h"
#include "efi/clock.h"
#include "efi/device-path.h"
#include "efi/ticks.h"
#include "efi/variables.h"

#define TEXT_MAX 256

/* Bits of StubFeatures as systemd defines them; only what holds for this stub. */
#define FEATURE_REPORT_BOOT_PARTITION (UINT64_C(1) << 0)
#define FEATURE_PICK_UP_CREDENTIALS   (UINT64_C(1) << 1)
#define FEATURE_PICK_UP_SYSEXTS       (UINT64_C(1) << 2)
#define FEATURE_THREE_PCRS            (UINT64_C(1) << 3)
#define FEATURE_RANDOM_SEED           (UINT64_C(1) << 4)
#define FEATURE_CMDLINE_ADDONS        (UINT64_C(1) << 5)
#define FEATURE_CMDLINE_SMBIOS        (UINT64_C(1) << 6)
#define FEATURE_PICK_UP_CONFEXTS      (UINT64_C(1) << 8)
#define FEATURE_MULTI_PROFILE_UKI     (UINT64_C(1) << 9)
#define FEATURE_REPORT_STUB_PARTITION (UINT64_C(1) << 10)

/* Bits of LoaderFeatures, likewise. */
#define FEATURE_CONFIG_TIMEOUT          (UINT64_C(1) << 0)
#define FEATURE_CONFIG_TIMEOUT_ONE_SHOT (UINT64_C(1) << 1)
#define FEATURE_ENTRY_DEFAULT           (UINT64_C(1) << 2)
#define FEATURE_ENTRY_ONE_SHOT          (UINT64_C(1) << 3)
#define FEATURE_MENU_DISABLE            (UINT64_C(1) << 13)
#define FEATURE_TPM2_ACTIVE_PCR_BANKS   (UINT64_C(1) << 18)

#define ENTRIES_BYTES_MAX 512

struct publication {
        const struct platform *platform;
        EFI_STATUS status; /* the first failure */
};

static void note(struct publication *publication, EFI_STATUS status)
{
        if (EFI_ERROR(status) && !EFI_ERROR(publication->status))
                publication->status = status;
}

static void publish(struct publication *publication, const char *name, const char *text)
{
        if (text[0] != '\0')
                note(publication, variable_export_text(publication->platform, &guid_loader_interface, name, text));
}

static void publish_if_new(struct publication *publication, const char *name, const char *text)
{
        if (!variable_exists(publication->platform, &guid_loader_interface, name))
                publish(publication, name, text);
}

/* In upper case, as systemd writes them; "" if unknown. */
static void format_partition(const struct guid *partition, char ret[static GUID_TEXT_SIZE])
{
        ret[0] = '\0';
        if (guid_is_zero(partition))
                return;
        guid_format(partition, ret);
        for (size_t i = 0; ret[i] != '\0'; i++)
                if (ret[i] >= 'a' && ret[i] <= 'f')
                        ret[i] = (char)(ret[i] - 'a' + 'A');
}

static void publish_source(struct publication *publication, const struct own_image *own)
{
        char partition[GUID_TEXT_SIZE], file[TEXT_MAX];
        struct writer writer = writer_over(file, sizeof(file));

        format_partition(&own->partition, partition);
        (void)device_path_file(own->loaded->FilePath, &writer); /* for people and bootctl; what is readable of it is enough */
        publish(publication, "StubDevicePartUUID", partition);
        publish(publication, "StubImageIdentifier", file);
        publish_if_new(publication, "LoaderDevicePartUUID", partition);
        publish_if_new(publication, "LoaderImageIdentifier", file);
}

/* "2.70": the lower half has two digits (UEFI 2.10 section 4.2). */
static void write_revision(struct writer *writer, UINT32 revision)
{
        writer_decimal(writer, revision >> 16);
        writer_char(writer, '.');
        if ((revision & 0xffff) < 10)
                writer_char(writer, '0');
        writer_decimal(writer, revision & 0xffff);
}

static void publish_firmware(struct publication *publication)
{
        const EFI_SYSTEM_TABLE *system = publication->platform->system;
        char info[TEXT_MAX], type[TEXT_MAX];
        struct writer info_writer = writer_over(info, sizeof(info)), type_writer = writer_over(type, sizeof(type));
        size_t vendor_size = 0;

        while (system->FirmwareVendor != NULL && vendor_size < TEXT_MAX && system->FirmwareVendor[vendor_size / 2] != 0)
                vendor_size += sizeof(CHAR16);
        (void)utf16_to_utf8(system->FirmwareVendor, vendor_size, &info_writer);
        writer_char(&info_writer, ' ');
        write_revision(&info_writer, system->FirmwareRevision);
        writer_text(&type_writer, "UEFI ");
        write_revision(&type_writer, system->Hdr.Revision);
        publish_if_new(publication, "LoaderFirmwareInfo", info);
        publish_if_new(publication, "LoaderFirmwareType", type);
}

/* The two times belong together: a boot loader that has set its start has its own end, too. */
static void publish_times(struct publication *publication, uint64_t started_ticks)
{
        char started[TEXT_MAX], now[TEXT_MAX];
        struct writer started_writer = writer_over(started, sizeof(started)), now_writer = writer_over(now, sizeof(now));
        uint64_t frequency, now_ticks = ticks_now();

        if (started_ticks == 0 || variable_exists(publication->platform, &guid_loader_interface, "LoaderTimeInitUSec"))
                return;
        frequency = clock_frequency(publication->platform);
        if (frequency == 0)
                return;
        writer_decimal(&started_writer, clock_usec(started_ticks, frequency));
        writer_decimal(&now_writer, clock_usec(now_ticks, frequency));
        publish(publication, "LoaderTimeInitUSec", started);
        publish(publication, "LoaderTimeExecUSec", now);
}

static void publish_profile(struct publication *publication, unsigned profile)
{
        char number[TEXT_MAX];
        struct writer writer = writer_over(number, sizeof(number));

        writer_decimal(&writer, profile);
        publish(publication, "StubProfile", number);
}

static void publish_measurement(struct publication *publication, const struct measurement *measurement)
{
        if (measurement->kernel_image)
                publish(publication, "StubPcrKernelImage", "11");
        if (measurement->kernel_parameters)
                publish(publication, "StubPcrKernelParameters", "12");
        if (measurement->sysexts)
                publish(publication, "StubPcrInitRDSysExts", "13");
        if (measurement->confexts)
                publish(publication, "StubPcrInitRDConfExts", "12");
}

/* "0x00000002", as systemd-boot writes it. */
static void publish_banks(struct publication *publication, const struct measurement *measurement)
{
        char text[TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        uint8_t bytes[sizeof(uint32_t)];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(measurement->active_banks >> (24 - 8 * i));
        writer_text(&writer, "0x");
        writer_hex(&writer, bytes, sizeof(bytes));
        if (measurement->banks_known)
                publish_if_new(publication, "LoaderTpm2ActivePcrBanks", text);
}

static void publish_features(struct publication *publication, const char *name, uint64_t features)
{
        uint8_t value[sizeof(uint64_t)];

        store_le64(value, features);
        note(publication, variable_export(publication->platform, &guid_loader_interface, name, value, sizeof(value)));
}

/* Only where no other boot loader has entries of its own: ours would not be chosen by its means. */
static void publish_entries(struct publication *publication, const struct loader_report *report)
{
        const struct console_access *access = &report->facts->boot.access;
        bool offered[LOADER_ENTRY_COUNT] = { [LOADER_ENTRY_NORMAL] = true,
                                             [LOADER_ENTRY_RESET] = access->reset != ACCESS_OFF,
                                             [LOADER_ENTRY_RECOVERY] = access->recovery != ACCESS_OFF };
        uint8_t entries[ENTRIES_BYTES_MAX];
        struct writer writer = writer_over(entries, sizeof(entries));

        offered[LOADER_ENTRY_BREAK_GLASS] = report->facts->boot.break_glass != BREAK_GLASS_OFF;
        offered[LOADER_ENTRY_FIRMWARE_SETUP] = report->requests->firmware_setup;
        loader_entries_write(offered, &writer);
        note(publication, variable_export(publication->platform, &guid_loader_interface, "LoaderEntries", entries, writer.size));
        publish(publication, "LoaderEntrySelected", loader_entry_id(loader_entry_of_mode(report->choice.mode)));
        publish_features(publication, "LoaderFeatures",
                         FEATURE_CONFIG_TIMEOUT | FEATURE_CONFIG_TIMEOUT_ONE_SHOT | FEATURE_ENTRY_DEFAULT |
                                 FEATURE_ENTRY_ONE_SHOT | FEATURE_MENU_DISABLE |
                                 (report->measurement->banks_known ? FEATURE_TPM2_ACTIVE_PCR_BANKS : 0));
}

void loader_interface_drop_lasting(const struct platform *platform)
{
        static const char *const names[] = { "LoaderInfo",           "LoaderFeatures",           "LoaderFirmwareInfo",
                                             "LoaderFirmwareType",   "LoaderImageIdentifier",    "LoaderDevicePartUUID",
                                             "LoaderTimeInitUSec",   "LoaderTimeExecUSec",       "LoaderEntries",
                                             "LoaderEntrySelected",  "LoaderTpm2ActivePcrBanks", "StubInfo",
                                             "StubFeatures",         "StubImageIdentifier",      "StubDevicePartUUID",
                                             "StubProfile",          "StubPcrKernelImage",       "StubPcrKernelParameters",
                                             "StubPcrInitRDSysExts", "StubPcrInitRDConfExts" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (variable_is_lasting(platform, &guid_loader_interface, names[i]))
                        (void)variable_delete(platform, &guid_loader_interface, names[i]); /* who reads looks, too */
}

EFI_STATUS loader_interface_publish(const struct platform *platform, const struct loader_report *report)
{
        struct publication publication = { .platform = platform, .status = EFI_SUCCESS };

        static_assert(PCR_KERNEL_IMAGE == 11 && PCR_KERNEL_PARAMETERS == 12, "the texts of publish_measurement()");
        publish(&publication, "StubInfo", "cleanslate " CLEANSLATE_VERSION);
        publish_features(&publication, "StubFeatures",
                         FEATURE_REPORT_BOOT_PARTITION | FEATURE_PICK_UP_CREDENTIALS | FEATURE_PICK_UP_SYSEXTS |
                                 FEATURE_THREE_PCRS | FEATURE_RANDOM_SEED | FEATURE_CMDLINE_ADDONS | FEATURE_CMDLINE_SMBIOS |
                                 FEATURE_PICK_UP_CONFEXTS | FEATURE_MULTI_PROFILE_UKI | FEATURE_REPORT_STUB_PARTITION);
        publish_measurement(&publication, report->measurement);
        publish_banks(&publication, report->measurement);
        publish_profile(&publication, report->own->options.profile);
        publish_source(&publication, report->own);
        publish_firmware(&publication);
        publish_if_new(&publication, "LoaderInfo", "cleanslate " CLEANSLATE_VERSION);
        if (!report->requests->foreign_loader)
                publish_entries(&publication, report);
        publish_times(&publication, report->started_ticks);
        return publication.status;
}
