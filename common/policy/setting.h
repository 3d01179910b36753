/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of cleanslate.conf, one row each: where it belongs, what it may say, what it says where the file does not. The table
 * and its parsers; reading the file is settings.c's. The manual page is held to it by tests/tool/test_man.py. */
#ifndef CLEANSLATE_COMMON_SETTING_H
#define CLEANSLATE_COMMON_SETTING_H

#include "common/policy/policy.h"

#define SETTING_COUNT 33

struct setting {
        const char *section, *key;
        bool (*parse)(const struct setting *setting, const char *value, struct settings *settings); /* false: not in its domain */
        const char *fallback; /* the value where the file has none, parsed as any other; NULL = the field stays zero */
        const char *domain;   /* what is allowed, in words, for a message; "one of FIRST, SECOND, ..." is what is read, too */
        size_t offset;        /* of its field in struct settings, for the parsers that serve several keys */
        uint64_t least, most; /* of a number, a size in bytes or a span in seconds; of an enum, the first word's value */
};

extern const struct setting settings_table[SETTING_COUNT];

#endif
