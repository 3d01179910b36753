/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's command line; see command-line.h. */
#include "efi/command-line.h"
#include "common/base/bytes.h"
#include "common/base/utf16.h"

#define LAST_BLANK 0x20 /* it and everything below */

struct bytes command_line_embedded(const struct uki *uki)
{
        struct bytes line = uki->sections[UKI_CMDLINE];

        for (size_t at = 0; at < line.size; at++)
                if (line.data[at] == 0)
                        line.size = at;
        return line;
}

/* In place. */
static size_t tidy(CHAR16 *text)
{
        size_t from = 0, length = 0;

        while (text[from] != 0 && text[from] <= LAST_BLANK)
                from++;
        for (; text[from] != 0; from++)
                text[length++] = text[from] < LAST_BLANK ? LAST_BLANK : text[from];
        while (length > 0 && text[length - 1] == LAST_BLANK)
                length--;
        text[length] = 0;
        return length;
}

EFI_STATUS command_line_choose(const struct platform *platform, const struct uki *uki, struct bytes load_options,
                               bool secure_boot, struct command_line *ret)
{
        struct bytes embedded = command_line_embedded(uki), options = { 0 };
        struct command_line line = { 0 };
        struct writer writer;
        size_t capacity;

        if (uki->sections[UKI_CMDLINE].data == NULL && !secure_boot)
                options = load_options;
        if (!text_is_utf8((const char *)embedded.data, embedded.size))
                return EFI_INVALID_PARAMETER;
        capacity = embedded.size * sizeof(CHAR16) + options.size + sizeof(CHAR16);
        line.text = platform_allocate(platform, capacity);
        if (line.text == NULL)
                return EFI_OUT_OF_RESOURCES;
        writer = writer_over(line.text, capacity);
        if (options.size > 0)
                writer_bytes(&writer, options.data, options.size);
        utf16_from_utf8((const char *)embedded.data, embedded.size, &writer);
        line.size = (tidy(line.text) + 1) * sizeof(CHAR16);
        line.from_load_options = options.size > 0;
        *ret = line;
        return EFI_SUCCESS;
}

static EFI_STATUS of_text(const struct platform *platform, const char *text, struct command_line *ret)
{
        struct command_line line = { 0 };
        size_t length = text_length(text), capacity = (length + 1) * sizeof(CHAR16);
        struct writer writer;

        line.text = platform_allocate(platform, capacity);
        if (line.text == NULL)
                return EFI_OUT_OF_RESOURCES;
        writer = writer_over(line.text, capacity);
        utf16_from_utf8(text, length, &writer);
        line.size = (tidy(line.text) + 1) * sizeof(CHAR16);
        *ret = line;
        return EFI_SUCCESS;
}

static EFI_STATUS append(const struct platform *platform, struct command_line *line, const struct command_line *addition)
{
        static const CHAR16 blank = LAST_BLANK;
        CHAR16 *text = platform_allocate(platform, line->size + addition->size);
        struct writer writer = writer_over(text, line->size + addition->size);

        if (text == NULL)
                return EFI_OUT_OF_RESOURCES;
        writer_bytes(&writer, line->text, line->size - sizeof(CHAR16));
        if (writer.size > 0)
                writer_bytes(&writer, &blank, sizeof(blank));
        writer_bytes(&writer, addition->text, addition->size);
        platform_free(platform, line->text);
        line->text = text;
        line->size = writer.size;
        return EFI_SUCCESS;
}

EFI_STATUS command_line_add(const struct platform *platform, const char *text, struct measurement *measurement,
                            struct command_line *line)
{
        struct command_line addition = { 0 };
        EFI_STATUS status = of_text(platform, text, &addition);

        if (!EFI_ERROR(status) && addition.size > sizeof(CHAR16)) {
                status = measure_addition(platform, measurement, addition.text, addition.size);
                if (!EFI_ERROR(status))
                        status = append(platform, line, &addition);
        }
        command_line_done(platform, &addition);
        return status;
}

void command_line_done(const struct platform *platform, struct command_line *line)
{
        platform_free(platform, line->text);
        *line = (struct command_line){ 0 };
}
