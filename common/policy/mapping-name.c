/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names are of letters, digits, '.', '-' and '_', none of which any tool writes otherwise; the fallback has a '+', so that no
 * file gives its name. */
#include "common/policy/mapping-name.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

#define SUFFIX   ".conf"
#define LAYER    "_dif" /* what libcryptsetup calls the mapping below one with Integrity= */
#define STEM_MAX 48     /* bytes; another mapping's name is made of it, and has to fit as well */

struct stem {
        const char *text;
        size_t length;
};

static bool is_digit(char character)
{
        return character >= '0' && character <= '9';
}

/* The file's name without what orders it and without what says what it is. */
static struct stem stem_of(const struct partition_definition *definition)
{
        const char *text = definition->file;
        size_t length = text_length(text), digits = 0;

        if (length >= sizeof(SUFFIX) - 1 && text_equal(text + length - (sizeof(SUFFIX) - 1), SUFFIX))
                length -= sizeof(SUFFIX) - 1;
        while (digits < length && is_digit(text[digits]))
                digits++;
        if (digits > 0 && digits < length && (text[digits] == '-' || text[digits] == '_'))
                return (struct stem){ text + digits + 1, length - digits - 1 };
        return (struct stem){ text, length };
}

static bool is_same(struct stem stem, const char *text)
{
        return text_length(text) == stem.length && memcmp(stem.text, text, stem.length) == 0;
}

/* The image's own, and the file by which the device-mapper is spoken to. */
static bool is_taken(struct stem stem)
{
        static const char *const taken[] = { "root", "usr", "control" };
        const size_t layer = sizeof(LAYER) - 1;

        for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
                if (is_same(stem, taken[i]))
                        return true;
        return stem.length >= layer && memcmp(stem.text + stem.length - layer, LAYER, layer) == 0;
}

static bool is_name(struct stem stem)
{
        if (stem.length == 0 || stem.length > STEM_MAX || stem.text[0] == '.' || stem.text[0] == '-')
                return false;
        for (size_t i = 0; i < stem.length; i++) {
                char c = stem.text[i];

                if (!is_digit(c) && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '.' && c != '-' && c != '_')
                        return false;
        }
        return true;
}

static bool is_shared(const struct partition_definition *definitions, size_t count, size_t definition, struct stem stem)
{
        for (size_t d = 0; d < count; d++) {
                struct stem other = stem_of(&definitions[d]);

                if (d != definition && other.length == stem.length && memcmp(other.text, stem.text, stem.length) == 0)
                        return true;
        }
        return false;
}

void mapping_name(const struct partition_definition *definitions, size_t count, size_t definition,
                  char ret[static MAPPING_NAME_MAX])
{
        struct stem stem = stem_of(&definitions[definition]);
        struct writer writer = writer_over(ret, MAPPING_NAME_MAX - 1);

        if (is_name(stem) && !is_taken(stem) && !is_shared(definitions, count, definition, stem)) {
                writer_bytes(&writer, stem.text, stem.length);
        } else {
                writer_text(&writer, "volume+");
                writer_decimal(&writer, definition);
        }
        ret[writer.size] = '\0';
}
