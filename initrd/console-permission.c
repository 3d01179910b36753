/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/console-permission.h"

#include "common/base/utf16.h"
#include "common/boot/loader-entry.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

struct console_access console_permission_known(const struct boot_context *context)
{
        return context->gathered ? console_access_stricter(&context->handover.access, &context->policy.settings.access)
                                 : context->handover.access;
}

bool console_permission_is_needed(const struct boot_context *context)
{
        const enum boot_reason reason = context->handover.choice.reason;
        if (context->interrupted)
                return false; /* the old state is gone: never half-done */
        return boot_reason_is_person(reason) || (reason == REASON_COMMAND_LINE && !context->started_by_stub);
}

int console_permission_reset(struct boot_context *context)
{
        const enum access access = console_permission_known(context).reset;
        if (access_permits(access, context->handover.password_given))
                return 0;
        if (access == ACCESS_OFF)
                return boot_trouble(context, -EPERM, "The image's cleanslate.conf allows no factory reset from the console.");
        return boot_trouble(context, -EPERM, "A factory reset from the console needs the password, which was not given.");
}

int console_permission_break_glass(struct boot_context *context)
{
        const enum access access = console_permission_known(context).break_glass;
        if (access_permits(access, context->handover.password_given))
                return 0;
        return boot_trouble(context, -EPERM, "No break-glass: it needs the password, which was not given.");
}

/* What is not there was published by nobody: a stub of ours would have. */
static bool stub_is_first(const struct boot_context *context)
{
        static const char ours[] = "cleanslate ";
        _cleanup_free_ void *value = NULL;
        char text[LOADER_TEXT_MAX] = "";
        struct writer writer = writer_over(text, sizeof(text) - 1);
        size_t size = 0;
        if (efivarfs_read(&context->variables, &guid_loader_interface, "LoaderInfo", &value, &size) < 0)
                return false;
        return utf16_to_utf8(value, size, &writer) == ERR_OK && strncmp(text, ours, strlen(ours)) == 0;
}

int console_permission_ask_at_restart(struct boot_context *context)
{
        const char *entry = loader_entry_id(LOADER_ENTRY_RESET);
        uint8_t value[2 * LOADER_TEXT_MAX];
        struct writer writer = writer_over(value, sizeof(value));
        if (!stub_is_first(context))
                return -EBUSY;
        utf16_from_utf8(entry, strlen(entry), &writer);
        return efivarfs_write(&context->variables, &guid_loader_interface, "LoaderEntryOneShot", value, writer.size);
}
