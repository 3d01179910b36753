/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/base/message.h"

struct translation {
        const char *english, *translated;
};

#include "message-table.h" /* made of common/po/de.po: `german`, sorted by nothing in particular */

static const char *const names[LANGUAGE_COUNT] = { [LANGUAGE_ENGLISH] = "en", [LANGUAGE_GERMAN] = "de" };

const char *message(enum language language, const char *english)
{
        if (language != LANGUAGE_GERMAN)
                return english;
        for (size_t i = 0; i < ARRAY_SIZE(german); i++)
                if (text_equal(german[i].english, english))
                        return german[i].translated;
        return english;
}

void message_fill(struct writer *writer, const char *text, const char *first, const char *second)
{
        for (; *text; text++) {
                bool hole = text[0] == '%' && (text[1] == '1' || text[1] == '2');
                if (hole)
                        writer_text(writer, *++text == '1' ? first : second);
                else
                        writer_char(writer, *text);
        }
}

bool language_parse(const char *text, enum language *ret)
{
        for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
                char end;
                if (!text_starts_with(text, names[i]))
                        continue;
                end = text[text_length(names[i])];
                if (end != '\0' && end != '_' && end != '.' && end != '@')
                        continue;
                *ret = (enum language)i;
                return true;
        }
        return false;
}

const char *language_name(enum language language)
{
        return (unsigned)language < LANGUAGE_COUNT ? names[language] : "en";
}
