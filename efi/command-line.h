/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which command line the kernel gets: that of the image's profile, whatever was passed to us; only an image that has none takes
 * the load options, without the profile selector, and only without Secure Boot. */
#ifndef CLEANSLATE_EFI_COMMAND_LINE_H
#define CLEANSLATE_EFI_COMMAND_LINE_H

#include "common/format/uki.h"
#include "efi/measure.h"
#include "efi/platform.h"

struct command_line {
        CHAR16 *text;           /* pool memory, NUL-terminated, control characters turned into blanks, trimmed */
        size_t size;            /* bytes, the NUL included */
        bool from_load_options; /* not part of the image, so it has to be measured by itself */
};

/* The embedded command line up to its first NUL. */
struct bytes command_line_embedded(const struct uki *uki);

/* `load_options` as profile_option.rest. EFI_INVALID_PARAMETER: .cmdline is not UTF-8. Release with command_line_done(). */
EFI_STATUS command_line_choose(const struct platform *platform, const struct uki *uki, struct bytes load_options,
                               bool secure_boot, struct command_line *ret);

/* Puts text of others (UTF-8) behind the line, tidied up in the same way and with a blank between them, once PCR 12 has it.
 * Errors: it was not measured, or there is no memory; the line is as it was. */
EFI_STATUS command_line_add(const struct platform *platform, const char *text, struct measurement *measurement,
                            struct command_line *line);

void command_line_done(const struct platform *platform, struct command_line *line);

#endif
