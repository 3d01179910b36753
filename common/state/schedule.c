/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/state/schedule.h"
#include "common/base/memory.h"

#include "common/base/json-write.h"
#include "common/base/json.h"

#define TYPE "cleanslate-schedule-1"

/* -- the file -- */

static void member_if_any(struct writer *writer, const char *key, const char *value)
{
        if (!value[0])
                return;
        json_member_text(writer, key, value);
}

bool schedule_next_keep(const char **cursor, char ret[static SCHEDULE_KEEP_MAX])
{
        size_t length = 0;

        while ((*cursor)[length] != '\0' && (*cursor)[length] != '\n' && length < SCHEDULE_KEEP_MAX - 1)
                length++;
        memcpy(ret, *cursor, length);
        ret[length] = '\0';
        *cursor += length + ((*cursor)[length] == '\n');
        return length > 0;
}

void schedule_write(const struct schedule *schedule, struct writer *writer)
{
        json_open(writer, '{');
        json_member_text(writer, "type", TYPE);
        json_member_number(writer, "dueAt", schedule->due_at);
        json_member_number(writer, "firstDueAt", schedule->first_due_at);
        member_if_any(writer, "level", schedule->level == ERASE_LEVEL_UNSET ? "" : erase_level_name(schedule->level));
        member_if_any(writer, "tpmClear",
                      schedule->tpm_clear == TPM_CLEAR_UNSET ? "" : tpm_clear_policy_name(schedule->tpm_clear));
        member_if_any(writer, "reason", schedule->reason);
        member_if_any(writer, "requester", schedule->requester);
        member_if_any(writer, "keep", schedule->keep);
        if (schedule->force)
                json_member_flag(writer, "force", true);
        json_close(writer, '}');
        writer_char(writer, '\n');
}

/* "" where it is absent. */
static enum err read_text(const struct json *json, const char *key, char *ret, size_t capacity)
{
        int token = json_member(json, 0, key);

        ret[0] = '\0';
        return token < 0 ? ERR_OK : json_string(json, token, ret, capacity);
}

static enum err read_time(const struct json *json, const char *key, uint64_t *ret)
{
        int token = json_member(json, 0, key);
        enum err err;

        if (token < 0)
                return ERR_MISSING;
        err = json_u64(json, token, ret);
        return err == ERR_OK && *ret > SCHEDULE_TIME_MAX ? ERR_RANGE : err;
}

/* false where it is absent. */
static enum err read_flag(const struct json *json, const char *key, bool *ret)
{
        int token = json_member(json, 0, key);

        *ret = false;
        if (token < 0)
                return ERR_OK;
        if (!json_is(json, token, JSON_PRIMITIVE))
                return ERR_RANGE;
        *ret = json->text[json->tokens[token].start] == 't';
        return *ret || json->text[json->tokens[token].start] == 'f' ? ERR_OK : ERR_RANGE;
}

static enum err read_options(const struct json *json, struct schedule *schedule)
{
        char level[16], tpm_clear[16];
        enum err err = read_text(json, "level", level, sizeof(level));

        if (err == ERR_OK)
                err = read_text(json, "tpmClear", tpm_clear, sizeof(tpm_clear));
        if (err != ERR_OK)
                return err == ERR_TOO_LARGE ? ERR_RANGE : err;
        if ((level[0] && !erase_level_parse(level, &schedule->level)) ||
            (tpm_clear[0] && !tpm_clear_policy_parse(tpm_clear, &schedule->tpm_clear)))
                return ERR_RANGE;
        err = read_text(json, "reason", schedule->reason, sizeof(schedule->reason));
        if (err == ERR_OK)
                err = read_text(json, "requester", schedule->requester, sizeof(schedule->requester));
        if (err == ERR_OK)
                err = read_text(json, "keep", schedule->keep, sizeof(schedule->keep));
        return err == ERR_OK ? read_flag(json, "force", &schedule->force) : err;
}

enum err schedule_read(const char *text, size_t size, struct schedule *ret)
{
        struct schedule schedule = { 0 };
        struct json json;
        char type[32];
        enum err err = size > SCHEDULE_TEXT_MAX ? ERR_TOO_LARGE : json_parse(&json, text, size);

        if (err == ERR_OK)
                err = read_text(&json, "type", type, sizeof(type));
        if (err == ERR_OK && !type[0])
                err = ERR_MISSING;
        if (err == ERR_OK && !text_equal(type, TYPE))
                err = ERR_RANGE;
        if (err == ERR_OK)
                err = read_time(&json, "dueAt", &schedule.due_at);
        if (err == ERR_OK)
                err = read_time(&json, "firstDueAt", &schedule.first_due_at);
        if (err == ERR_OK && schedule.first_due_at > schedule.due_at)
                err = ERR_RANGE;
        if (err == ERR_OK)
                err = read_options(&json, &schedule);
        if (err == ERR_OK)
                *ret = schedule;
        return err;
}

/* -- the clock -- */

/* The next instant behind `now` at which something is to be done. */
static uint64_t next_instant(const struct schedule *schedule, uint64_t now, uint32_t warn_s)
{
        const uint32_t warnings[] = { warn_s, 300, 60 }; /* seconds before, the longest first */

        for (size_t i = 0; i < ARRAY_SIZE(warnings); i++)
                if (warnings[i] <= warn_s && schedule->due_at > now + warnings[i])
                        return schedule->due_at - warnings[i];
        return schedule->due_at;
}

struct schedule_step schedule_judge(const struct schedule *schedule, uint64_t now, uint32_t warn_s)
{
        if (now >= schedule->due_at && now - schedule->due_at > SCHEDULE_MISSED_AFTER)
                return (struct schedule_step){ SCHEDULE_CATCH_UP, now + warn_s };
        if (now >= schedule->due_at)
                return (struct schedule_step){ SCHEDULE_ACT, now };
        if (schedule->due_at - now <= warn_s)
                return (struct schedule_step){ SCHEDULE_WARN, next_instant(schedule, now, warn_s) };
        return (struct schedule_step){ SCHEDULE_WAIT, next_instant(schedule, now, warn_s) };
}

enum postponing schedule_postpone(struct schedule *schedule, uint64_t now, uint64_t seconds, uint32_t max_s, uint64_t *ret_latest)
{
        uint64_t from = schedule->due_at > now ? schedule->due_at : now;

        *ret_latest = schedule->first_due_at + max_s;
        if (max_s == 0)
                return POSTPONE_NOT_ALLOWED;
        if (seconds > SCHEDULE_SPAN_MAX || from + seconds > *ret_latest)
                return POSTPONE_TOO_FAR;
        schedule->due_at = from + seconds;
        return POSTPONED;
}
