/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two values out of a record; see record-summary.h. */
#include "common/record-summary.h"
#include "common/bytes.h"
#include "common/memory.h"

/* The line that starts at *at, without its end; false behind the last one. A line without an end may be cut and does not count.
 */
static bool next_line(const char *text, size_t size, size_t *at, struct bytes *ret)
{
        for (size_t end = *at; end < size; end++) {
                if (text[end] != '\n')
                        continue;
                *ret = (struct bytes){ (const uint8_t *)text + *at, end - *at };
                *at = end + 1;
                return true;
        }
        return false;
}

/* What stands behind `prefix` and before the comma; false if the line does not begin so. */
static bool value_of(struct bytes line, const char *prefix, struct bytes *ret)
{
        size_t length = text_length(prefix);

        if (line.size < length || memcmp(line.data, prefix, length) != 0)
                return false;
        *ret = (struct bytes){ line.data + length, line.size - length };
        if (ret->size > 0 && ret->data[ret->size - 1] == ',')
                ret->size--;
        return true;
}

static bool is(struct bytes value, const char *text)
{
        return value.size == text_length(text) && memcmp(value.data, text, value.size) == 0;
}

/* The first of each name counts: the members of steps come later and have such names, too. */
enum err record_summary_read(const char *text, size_t size, struct record_summary *ret)
{
        struct record_summary summary = { 0 };
        bool typed = false, has_result = false, has_time = false;
        struct bytes line, value;

        for (size_t at = 0; !(has_result && has_time) && next_line(text, size, &at, &line);) {
                if (value_of(line, "\"type\":", &value) && is(value, "\"cleanslate-record-1\""))
                        typed = true;
                if (!has_result && value_of(line, "\"result\":", &value)) {
                        summary.complete = is(value, "\"complete\"");
                        summary.partial = is(value, "\"partial\"");
                        if (!summary.complete && !summary.partial && !is(value, "\"failed\""))
                                return ERR_RANGE;
                        has_result = true;
                }
                if (!has_time && value_of(line, "\"writtenAt\":", &value)) {
                        if (!text_to_u64((const char *)value.data, value.size, &summary.written_at))
                                return ERR_RANGE;
                        has_time = true;
                }
        }
        if (!typed)
                return ERR_SYNTAX;
        if (!has_result || !has_time)
                return ERR_MISSING;
        *ret = summary;
        return ERR_OK;
}
