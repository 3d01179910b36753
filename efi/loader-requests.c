/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and removes the variables of the Boot Loader Interface by which the operating system asks for a boot. */
#include "efi/loader-requests.h"
#include "common/base/utf16.h"
#include "efi/power.h"
#include "efi/variables.h"

/* LoaderInfo of ourselves: the firmware had started us before in this boot, and we gave up. */
static bool started_by_another_loader(const struct platform *platform)
{
        static const char ours[] = "cleanslate ";
        struct variable variable = { 0 };
        EFI_STATUS status = variable_read(platform, &guid_loader_interface, "LoaderInfo", &variable);
        char text[LOADER_TEXT_MAX] = "";
        struct writer writer = writer_over(text, sizeof(text) - 1);

        if (status == EFI_NOT_FOUND)
                return false;
        if (!EFI_ERROR(status))
                (void)utf16_to_utf8(variable.value, variable.size, &writer);
        variable_done(platform, &variable);
        return !text_starts_with(text, ours);
}

/* Removed first, whatever it says. */
static void take_entry(const struct platform *platform, struct loader_requests *requests)
{
        static const char name[] = "LoaderEntryOneShot";
        struct variable variable = { 0 };

        requests->entry_status = variable_read(platform, &guid_loader_interface, name, &variable);
        if (requests->entry_status == EFI_NOT_FOUND) {
                requests->entry_status = EFI_SUCCESS;
                return;
        }
        if (!EFI_ERROR(requests->entry_status))
                requests->entry_err = loader_entry_read(variable.value, variable.size, &requests->entry);
        variable_done(platform, &variable);
        EFI_STATUS removed = variable_delete(platform, &guid_loader_interface, name);

        if (!EFI_ERROR(requests->entry_status))
                requests->entry_status = removed;
        requests->entry_given = !EFI_ERROR(requests->entry_status) && requests->entry_err == ERR_OK;
}

/* What is no timeout counts as not given. */
static struct loader_timeout read_timeout(const struct platform *platform, const char *name)
{
        struct loader_timeout timeout = { .kind = TIMEOUT_UNSET };
        struct variable variable = { 0 };

        if (!EFI_ERROR(variable_read(platform, &guid_loader_interface, name, &variable)))
                (void)loader_timeout_read(variable.value, variable.size, &timeout);
        variable_done(platform, &variable);
        return timeout;
}

static struct loader_timeout take_timeout(const struct platform *platform)
{
        static const char name[] = "LoaderConfigTimeoutOneShot";
        struct loader_timeout timeout = read_timeout(platform, name);

        if (variable_exists(platform, &guid_loader_interface, name))
                (void)variable_delete(platform, &guid_loader_interface, name); /* a menu too many does no harm */
        return timeout;
}

/* A default that lasts must not be a reset, or the machine would never get out of it. Another boot loader's identifier, left
 * behind by a system that was here before, is nobody's request. */
static bool default_is_ignored(const struct platform *platform)
{
        struct variable variable = { 0 };
        enum loader_entry entry = LOADER_ENTRY_COUNT;

        if (EFI_ERROR(variable_read(platform, &guid_loader_interface, "LoaderEntryDefault", &variable)))
                return false;
        if (loader_entry_read(variable.value, variable.size, &entry) != ERR_OK)
                entry = LOADER_ENTRY_NORMAL;
        variable_done(platform, &variable);
        return entry != LOADER_ENTRY_NORMAL;
}

struct loader_requests loader_requests_read(const struct platform *platform)
{
        struct loader_requests requests = { .foreign_loader = started_by_another_loader(platform) };

        requests.firmware_setup = power_has_firmware_setup(platform);
        if (requests.foreign_loader)
                return requests;
        take_entry(platform, &requests);
        requests.default_ignored = default_is_ignored(platform);
        requests.lasting = read_timeout(platform, "LoaderConfigTimeout");
        requests.once = take_timeout(platform);
        return requests;
}

void loader_requests_apply(const struct loader_requests *requests, struct boot_facts *facts)
{
        if (!requests->entry_given)
                return;
        if (requests->entry == LOADER_ENTRY_BREAK_GLASS && facts->break_glass != BREAK_GLASS_OFF)
                return;
        facts->asked = (struct boot_choice){ loader_entry_mode(requests->entry), REASON_LOADER_ENTRY };
}
