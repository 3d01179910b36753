/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/status-json.h"

#include "common/base/json-write.h"
#include "reset-tool/resealing.h"
#include "reset-tool/timetable.h"

static const char *or_null(const char *text)
{
        return text[0] ? text : NULL;
}

static void json_request(struct writer *writer, const struct boot_context *context)
{
        bool malformed = context->request_state == REQUEST_MALFORMED;
        bool readable = context->request_state != REQUEST_ABSENT && !malformed;
        json_member_open(writer, "request", '{');
        json_member_text(writer, "state", request_state_name(context->request_state));
        json_member_text(writer, "error", malformed ? err_name(context->request_err) : NULL);
        if (readable) {
                json_member_text(writer, "osReleaseId", context->request.os.id);
                json_member_text(writer, "osReleaseImageId", or_null(context->request.os.image_id));
                json_member_id(writer, "bootId", &context->request.boot_id);
                json_member_text(writer, "reason", or_null(context->request.reason));
                json_member_text(writer, "requester", or_null(context->request.requester));
                json_member_id(writer, "nonce", &context->request.nonce);
                json_member_flag(writer, "keep", context->request.keep);
        }
        json_close(writer, '}');
}

static void json_progress(struct writer *writer, const struct boot_context *context)
{
        static const char *const proofs[] = {
                [PROGRESS_CLAIMED] = "claimed", [PROGRESS_CONFIRMED] = "confirmed", [PROGRESS_CONTRADICTED] = "contradicted"
        };
        const struct progress *progress = &context->progress;

        json_member_open(writer, "progress", '{');
        json_member_text(writer, "phase", reset_phase_name(progress->phase));
        if (progress->phase != PHASE_IDLE || context->progress_proof != PROGRESS_CLAIMED)
                json_member_text(writer, "proof", proofs[context->progress_proof]);
        if (progress->phase != PHASE_IDLE) {
                json_member_id(writer, "resetId", &progress->reset_id);
                json_member_number(writer, "attempts", progress->attempts);
                json_member_number(writer, "failures", progress->failures);
                json_member_text(writer, "lastError", or_null(progress->last_error));
                json_member_text(writer, "origin", reset_origin_name(progress->origin));
        }
        json_close(writer, '}');
}

/* null: the counter is damaged. */
static void json_break_glass(struct writer *writer, const struct boot_context *context)
{
        const struct break_glass_trace *trace = &context->break_glass;
        if (context->break_glass_damaged) {
                json_member_text(writer, "breakGlass", NULL);
                return;
        }
        json_member_open(writer, "breakGlass", '{');
        json_member_number(writer, "count", trace->count);
        if (trace->last_at > 0)
                json_member_number(writer, "lastAt", trace->last_at);
        else
                json_member_text(writer, "lastAt", NULL);
        json_close(writer, '}');
}

static void json_paths(struct writer *writer, const char *paths)
{
        char path[SCHEDULE_KEEP_MAX];
        json_member_open(writer, "keep", '[');
        while (schedule_next_keep(&paths, path))
                json_text(writer, path);
        json_close(writer, ']');
}

/* null: no reset has a time set. */
static void json_schedule(struct writer *writer, const struct environment *environment)
{
        struct schedule schedule;
        struct explanation why;
        int r = timetable_read(environment, &schedule, &why);
        if (r == 0)
                json_member_text(writer, "schedule", NULL);
        else if (r < 0) {
                json_member_open(writer, "schedule", '{');
                json_member_text(writer, "error", why.text);
                json_close(writer, '}');
        } else {
                json_member_open(writer, "schedule", '{');
                json_member_number(writer, "dueAt", schedule.due_at);
                json_member_number(writer, "firstDueAt", schedule.first_due_at);
                json_member_text(writer, "reason", or_null(schedule.reason));
                json_member_text(writer, "requester", or_null(schedule.requester));
                json_paths(writer, schedule.keep);
                json_close(writer, '}');
        }
}

void status_json(struct writer *writer, const struct environment *environment, const struct boot_context *context)
{
        json_open(writer, '{');
        json_request(writer, context);
        json_progress(writer, context);
        json_break_glass(writer, context);
        json_schedule(writer, environment);
        if (resealing_is_known(context)) {
                json_key(writer, "reseal");
                resealing_json(writer, context);
        } else {
                json_member_text(writer, "reseal", NULL);
        }
        json_member_text(writer, "mode", context->mode_known ? boot_mode_name(context->mode) : NULL);
        json_close(writer, '}');
}
