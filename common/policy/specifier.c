/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/policy/specifier.h"
#include "common/base/bytes.h"

#if defined(__aarch64__)
#define PROCESSOR "arm64" /* as ConditionArchitecture= calls it */
#elif defined(__x86_64__)
#define PROCESSOR "x86-64"
#endif

/* NULL with *ret_detail where it cannot be had. */
static const char *find(const struct specifiers *specifiers, char specifier, const char **ret_detail)
{
        const struct {
                char specifier;
                const char *text;
        } known[] = {
                { 'A', specifiers->os.image_version },
                { 'B', specifiers->build_id },
                { 'M', specifiers->os.image_id },
                { 'o', specifiers->os.id },
                { 'w', specifiers->os.version_id },
                { 'W', specifiers->variant_id },
                { 'a', PROCESSOR },
                { 'T', "/tmp" },
                { 'V', "/var/tmp" },
        };

        *ret_detail = "an unknown specifier; a percent sign is written %%";
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (known[i].specifier == specifier)
                        return known[i].text;
        if (specifier == 'v') {
                *ret_detail = "%v needs an image with exactly one kernel in /usr/lib/modules";
                return specifiers->kernel_release[0] ? specifiers->kernel_release : NULL;
        }
        for (const char *of_machine = "bHlmq"; *of_machine; of_machine++)
                if (*of_machine == specifier)
                        *ret_detail = "%b, %H, %l, %m and %q differ from machine to machine and do not outlive a reset";
        return NULL;
}

enum err specifiers_expand(const struct specifiers *specifiers, const char *text, char *ret, size_t capacity,
                           const char **ret_detail)
{
        struct writer writer = writer_over(ret, capacity);
        static const struct specifiers none;

        for (; *text != '\0'; text++) {
                const char *value;

                if (*text != '%' || text[1] == '%') {
                        writer_char(&writer, *text);
                        text += *text == '%';
                        continue;
                }
                text++;
                value = find(specifiers ? specifiers : &none, *text, ret_detail);
                if (!value)
                        return ERR_UNSUPPORTED;
                writer_text(&writer, value);
        }
        *ret_detail = "the value is too long";
        return writer.overflow ? ERR_TOO_LARGE : ERR_OK;
}
