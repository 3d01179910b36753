/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host adds to the command line; see host-line.h. */
#include "efi/host-line.h"
#include "common/format/smbios.h"
#include "efi/console.h"
#include "efi/guest.h"

#define PREFIX "io.systemd.stub.kernel-cmdline-extra="

/* UEFI 2.10, 4.6: where the entry points are */
static const EFI_GUID guid_smbios3 = { 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } };
static const EFI_GUID guid_smbios2 = { 0xeb9d2d31, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };

static struct bytes find_line(const struct platform *platform)
{
        const uint8_t *entry = platform_table(platform, &guid_smbios3);
        size_t size = SMBIOS_ENTRY_3_SIZE;
        struct smbios_table table;

        if (entry == NULL) {
                entry = platform_table(platform, &guid_smbios2);
                size = SMBIOS_ENTRY_2_SIZE;
        }
        if (entry == NULL || smbios_entry_parse((struct bytes){ entry, size }, &table) != ERR_OK || table.address == 0)
                return (struct bytes){ 0 };
        return smbios_oem_string((struct bytes){ (const uint8_t *)(uintptr_t)table.address, table.size }, PREFIX);
}

void host_line_add(const struct platform *platform, struct measurement *measurement, struct command_line *line)
{
        char copy[HOST_LINE_MAX];
        struct bytes text = { 0 };
        EFI_STATUS status = EFI_INVALID_PARAMETER;

        if (guest_trusts_its_host())
                text = find_line(platform);
        if (text.data == NULL)
                return;
        if (text_is_utf8((const char *)text.data, text.size) && text_copy(copy, sizeof(copy), (const char *)text.data, text.size))
                status = command_line_add(platform, copy, measurement, line);
        if (EFI_ERROR(status))
                console_say(platform, "the host's addition to the command line is ignored", status_text(status));
}
