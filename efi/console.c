/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's console; see console.h. */
#include "efi/console.h"
#include "common/base/bytes.h"
#include "common/base/utf16.h"

#define LINE_MAX_BYTES    240
#define HOLD_MICROSECONDS (3 * 1000 * 1000)

void console_say(const struct platform *platform, const char *what, const char *detail)
{
        SIMPLE_TEXT_OUTPUT_INTERFACE *output = platform->system->ConOut;
        char line[LINE_MAX_BYTES];
        CHAR16 wide[LINE_MAX_BYTES + 1];
        struct writer text = writer_over(line, sizeof(line)), converted = writer_over(wide, sizeof(wide));

        if (output == NULL)
                return;
        writer_text(&text, "Cleanslate: ");
        writer_text(&text, what);
        if (detail != NULL) {
                writer_text(&text, ": ");
                writer_text(&text, detail); /* left out as a whole if it does not fit */
        }
        utf16_from_utf8(line, text.size, &converted);
        (void)output->OutputString(output, wide);
        (void)output->OutputString(output, (CHAR16[]){ '\r', '\n', 0 });
}

void console_hold(const struct platform *platform)
{
        (void)boot_services(platform)->Stall(HOLD_MICROSECONDS);
}

const char *status_text(EFI_STATUS status)
{
        static const struct {
                EFI_STATUS status;
                const char *text;
        } texts[] = {
                { EFI_SUCCESS, "success" },
                { EFI_LOAD_ERROR, "load error" },
                { EFI_INVALID_PARAMETER, "invalid parameter" },
                { EFI_UNSUPPORTED, "not supported" },
                { EFI_BUFFER_TOO_SMALL, "buffer too small" },
                { EFI_NOT_READY, "not ready" },
                { EFI_DEVICE_ERROR, "device error" },
                { EFI_WRITE_PROTECTED, "write-protected" },
                { EFI_OUT_OF_RESOURCES, "out of resources" },
                { EFI_VOLUME_FULL, "volume full" },
                { EFI_NOT_FOUND, "not found" },
                { EFI_ACCESS_DENIED, "access denied" },
                { EFI_TIMEOUT, "timeout" },
                { EFI_ALREADY_STARTED, "already started" },
                { EFI_ABORTED, "aborted" },
                { EFI_SECURITY_VIOLATION, "security violation" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (texts[i].status == status)
                        return texts[i].text;
        return "firmware error";
}
