/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profile selector in load options; see profile-option.h. */
#include "common/boot/profile-option.h"
#include <limits.h>

#define UNIT sizeof(uint16_t)

/* Behind the end of the text there are only NULs. */
static uint16_t unit_at(struct bytes text, size_t index)
{
        return index < text.size / UNIT ? load_le16(text.data + index * UNIT) : 0;
}

static struct bytes until_nul(const void *options, size_t size)
{
        struct bytes text = { options, size / UNIT * UNIT };

        for (size_t i = 0; i < text.size / UNIT; i++)
                if (unit_at(text, i) == 0)
                        text.size = i * UNIT;
        return text;
}

/* Returns the index behind the digits; 0 if there is no digit or the number is too large. */
static size_t read_number(struct bytes text, size_t from, unsigned *ret)
{
        uint64_t number = 0;
        size_t at;

        for (at = from; unit_at(text, at) >= '0' && unit_at(text, at) <= '9'; at++) {
                number = number * 10 + (uint64_t)(unit_at(text, at) - '0');
                if (number > UINT_MAX)
                        return 0;
        }
        if (at == from)
                return 0;
        *ret = (unsigned)number;
        return at;
}

struct profile_option profile_option_parse(const void *options, size_t size)
{
        struct bytes text = until_nul(options, size);
        struct profile_option option = { .rest = text };
        unsigned profile;
        size_t end;

        if (unit_at(text, 0) != '@')
                return option;
        end = read_number(text, 1, &profile);
        if (end == 0 || (unit_at(text, end) != 0 && unit_at(text, end) != ' ')) {
                option.malformed = true;
                return option;
        }
        if (unit_at(text, end) == ' ')
                end++; /* one, not all: what is measured must not depend on how it was passed */
        option.given = true;
        option.profile = profile;
        option.rest = (struct bytes){ text.data + end * UNIT, text.size - end * UNIT };
        return option;
}
