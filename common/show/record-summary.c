/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a record as an object of its own; see record-summary.h. */
#include "common/show/record-summary.h"
#include "common/base/bytes.h"
#include "common/base/json.h"
#include "common/base/memory.h"

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

/* A member with a plain value that is not the last: "key":value, */
static bool is_plain_member(struct bytes line)
{
        if (line.size < 2 || line.data[0] != '"' || line.data[line.size - 1] != ',')
                return false;
        for (size_t i = 1; i < line.size; i++)
                if (line.data[i] == '"') /* keys have no escapes */
                        return i + 2 < line.size && line.data[i + 1] == ':' && line.data[i + 2] != '{' && line.data[i + 2] != '[';
        return false;
}

/* The plain members that the record begins with, as an object. */
static void cut_head(const char *text, size_t size, struct writer *writer)
{
        struct bytes line;
        size_t at = 0;
        if (!next_line(text, size, &at, &line) || line.size != 1 || line.data[0] != '{')
                return;
        writer_char(writer, '{');
        for (bool first = true; next_line(text, size, &at, &line) && is_plain_member(line); first = false) {
                if (!first)
                        writer_char(writer, ',');
                writer_bytes(writer, line.data, line.size - 1);
        }
        writer_char(writer, '}');
}

/* Absent and null: "". */
static enum err read_text(const struct json *json, const char *key, char *ret, size_t capacity)
{
        int member = json_member(json, 0, key);
        return member < 0 || !json_is(json, member, JSON_STRING) ? ERR_OK : json_string(json, member, ret, capacity);
}

static enum err read_number(const struct json *json, const char *key, uint64_t *ret)
{
        int member = json_member(json, 0, key);
        return member < 0 ? ERR_OK : json_u64(json, member, ret);
}

static enum err read_result(const struct json *json, struct record_summary *summary)
{
        char result[16] = "";
        int member = json_member(json, 0, "result");
        if (member < 0 || json_member(json, 0, "writtenAt") < 0)
                return ERR_MISSING;
        if (json_string(json, member, result, sizeof(result)) != ERR_OK)
                return ERR_RANGE;
        summary->complete = text_equal(result, "complete");
        summary->partial = text_equal(result, "partial");
        summary->built = text_equal(result, "built");
        return summary->complete || summary->partial || summary->built || text_equal(result, "failed") ? ERR_OK : ERR_RANGE;
}

static enum err read_texts(const struct json *json, struct record_summary *summary)
{
        const struct {
                const char *key;
                char *to;
                size_t capacity;
        } texts[] = {
                { "resetId", summary->reset_id, sizeof(summary->reset_id) },
                { "origin", summary->origin, sizeof(summary->origin) },
                { "level", summary->level, sizeof(summary->level) },
                { "error", summary->error, sizeof(summary->error) },
                { "reason", summary->reason, sizeof(summary->reason) },
                { "requester", summary->requester, sizeof(summary->requester) },
                { "factoryDigest", summary->factory_digest, sizeof(summary->factory_digest) },
        };
        enum err err = ERR_OK;
        for (size_t i = 0; i < ARRAY_SIZE(texts) && err == ERR_OK; i++)
                err = read_text(json, texts[i].key, texts[i].to, texts[i].capacity);
        return err;
}

enum err record_summary_read(const char *text, size_t size, struct record_summary *ret)
{
        struct record_summary summary = { 0 };
        char head[RECORD_SUMMARY_READ_MAX], type[32] = "";
        struct writer writer = writer_over(head, sizeof(head));
        struct json json;

        cut_head(text, size < RECORD_SUMMARY_READ_MAX ? size : RECORD_SUMMARY_READ_MAX, &writer);
        if (writer.overflow)
                return ERR_TOO_LARGE;
        enum err err = json_parse(&json, head, writer.size);
        if (err != ERR_OK)
                return err;
        if (read_text(&json, "type", type, sizeof(type)) != ERR_OK || !text_equal(type, "cleanslate-record-1"))
                return ERR_SYNTAX;
        err = read_result(&json, &summary);
        if (err == ERR_OK)
                err = read_number(&json, "writtenAt", &summary.written_at);
        if (err == ERR_OK)
                err = read_number(&json, "durationMs", &summary.duration_ms);
        if (err == ERR_OK)
                err = read_number(&json, "attempts", &summary.attempts);
        if (err == ERR_OK)
                err = read_number(&json, "undeclaredPartitions", &summary.undeclared);
        if (err == ERR_OK)
                err = read_texts(&json, &summary);
        if (err == ERR_OK)
                *ret = summary;
        return err;
}
