/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Request and Schedule. Three steps, of which each may be the last: the inspector tries what the reset will need, the helper
 * reads what is to be kept, and only then is anything asked for. */
#include "common/base/json-write.h"
#include "linux/base/random.h"
#include "reset-tool/request-store.h"
#include "reset-tool/requester.h"
#include "reset-tool/service/descriptions.h"
#include "reset-tool/service/inspection-call.h"
#include "reset-tool/service/methods.h"
#include "reset-tool/service/preserve-helper.h"
#include "reset-tool/service/reply.h"
#include "reset-tool/service/service.h"
#include "reset-tool/timetable.h"
#include <string.h>

struct request_call {
        char reason[1024]; /* longer than a request takes, so that it can be said */
        bool replace, force;
        bool scheduled; /* at due_at, seconds since 1970, instead of at the next boot */
        uint64_t due_at;
        char keep[SCHEDULE_KEEP_MAX]; /* as in struct schedule */
        struct inspection inspection;
};

/* False: answered. */
static bool read_request(struct client *client, struct request_call *ret)
{
        const char *bad = NULL;
        *ret = (struct request_call){ 0 };
        if (varlink_text(&client->call, "reason", ret->reason, sizeof(ret->reason)) != ERR_OK)
                bad = "reason";
        else if (varlink_flag(&client->call, "replace", &ret->replace) != ERR_OK)
                bad = "replace";
        else if (varlink_flag(&client->call, "force", &ret->force) != ERR_OK)
                bad = "force";
        else if (varlink_number(&client->call, "dueAt", &ret->due_at, &ret->scheduled) != ERR_OK)
                bad = "dueAt";
        else if (varlink_lines(&client->call, "keep", ret->keep, sizeof(ret->keep)) != ERR_OK ||
                 preserve_paths_count(ret->keep) > PRESERVE_PATHS_MAX)
                bad = "keep";
        if (bad)
                reply_invalid_parameter(client, bad);
        return !bad && inspection_call_read(client, INSPECTION_PREFLIGHT, &ret->inspection);
}

static const char *or_null(const char *text)
{
        return text[0] ? text : NULL;
}

static bool is_already_requested(struct client *client, const struct boot_context *context)
{
        char nonce[ID128_TEXT_SIZE];
        if (context->request_state != REQUEST_PENDING && context->request_state != REQUEST_DUE)
                return false;
        id128_format(&context->request.nonce, nonce);
        reply_error(client, CLEANSLATE_ERROR("AlreadyRequested"), "requester", or_null(context->request.requester), "reason",
                    or_null(context->request.reason), "nonce", nonce, "message",
                    "A reset is asked for already. To replace the request, call with replace.", NULL);
        return true;
}

/* The nonce is read back from the variable, so that the answer tells what the next boot will find. */
static void reply_requested(struct client *client, enum request_state replaced)
{
        struct boot_context context;
        struct explanation why;
        if (!boot_context_gather(service_of(client)->environment, &context, &why)) {
                reply_not_available(client, why.text);
                return;
        }
        struct writer writer = reply_begin(client);
        json_open(&writer, '{');
        json_member_id(&writer, "nonce", &context.request.nonce);
        json_member_text(&writer, "replaced", request_state_name(replaced));
        json_close(&writer, '}');
        boot_context_release(&context);
        reply_end(client, &writer, false);
}

static bool is_already_scheduled(struct client *client, const struct schedule *schedule)
{
        char at[TIMETABLE_TIME_SIZE];
        timetable_format(schedule->due_at, at);
        reply_error(client, CLEANSLATE_ERROR("AlreadyScheduled"), "requester", or_null(schedule->requester), "reason",
                    or_null(schedule->reason), "at", at, "message",
                    "A time is set already. To replace it, call with replace; to put it off: cleanslate postpone.", NULL);
        return true;
}

static void schedule_on(struct client *client, const struct reset_options *options, const struct request_call *call)
{
        const struct environment *environment = service_of(client)->environment;
        struct schedule schedule;
        struct explanation why;
        if (!call->replace && timetable_read(environment, &schedule, &why) == 1 && is_already_scheduled(client, &schedule))
                return;
        if (!request_schedule(environment, options, call->due_at, &why)) {
                reply_not_available(client, why.text);
                return;
        }
        struct writer writer = reply_begin(client);
        json_open(&writer, '{');
        json_member_number(&writer, "dueAt", call->due_at);
        json_close(&writer, '}');
        reply_end(client, &writer, false);
}

static void reply_under_way(struct client *client, const struct boot_context *context)
{
        reply_error(client, CLEANSLATE_ERROR("ResetUnderWay"), "phase", reset_phase_name(context->progress.phase), "message",
                    "A reset has begun already; the next boot finishes it.", NULL);
}

static void submit_request(struct client *client, const struct boot_context *context, const struct reset_options *options,
                           bool replace)
{
        struct explanation why;
        if (reset_has_begun(context))
                reply_under_way(client, context);
        else if (!replace && is_already_requested(client, context))
                return;
        else if (request_submit(service_of(client)->environment, context, options, &why) < 0)
                reply_not_available(client, why.text);
        else
                reply_requested(client, context->request_state);
}

static const struct id128 *handed_over_of(const struct client *client)
{
        const struct service *service = service_of(client);
        return service->handing_over == client ? &service->handed_over_for : NULL;
}

/* The machine is gathered only now: between the call and the end of the preflight, others may have asked. */
static void request_now(struct client *client)
{
        char requester[64];
        struct boot_context context;
        struct explanation why;
        struct request_call call;
        const char *paths[PRESERVE_PATHS_MAX];
        if (!read_request(client, &call))
                return;
        requester_describe_user(client->uid, "Varlink", requester, sizeof(requester));
        const struct reset_options options = { .level = call.inspection.level,
                                               .tpm_clear = call.inspection.tpm_clear,
                                               .force = call.force,
                                               .reason = call.reason,
                                               .requester = requester,
                                               .keep = paths,
                                               .keep_count = preserve_paths_split(call.keep, paths),
                                               .handed_over = handed_over_of(client) };
        if (!boot_context_gather(service_of(client)->environment, &context, &why)) {
                reply_not_available(client, why.text);
                return;
        }
        if (!call.scheduled || reset_has_begun(&context))
                submit_request(client, &context, &options, call.replace);
        else
                schedule_on(client, &options, &call);
        boot_context_release(&context);
}

static void end_hand_over(const struct client *client)
{
        struct service *service = service_of(client);
        if (service->handing_over == client)
                service->handing_over = NULL;
}

static void on_kept(struct client *client, enum inspection_answer answer, const char *text)
{
        if (answer == INSPECTION_OK)
                request_now(client);
        else if (answer == INSPECTION_ERROR)
                reply_not_available(client, text);
        else
                reply_error(client, CLEANSLATE_ERROR("NotKept"), "message", text, NULL);
        end_hand_over(client);
}

/* What would make the request fail in any case is found before a bundle that is there is replaced. False: answered. */
static bool may_hand_over(struct client *client, bool replace)
{
        struct boot_context context;
        struct explanation why;
        bool may = false;
        if (!boot_context_gather(service_of(client)->environment, &context, &why)) {
                reply_not_available(client, why.text);
                return false;
        }
        if (reset_has_begun(&context))
                reply_under_way(client, &context);
        else if (service_of(client)->handing_over) /* whoever comes second would take the first one's place */
                reply_not_available(client, "Another request that is to keep files is under way. Try again when it is answered.");
        else
                may = replace || !is_already_requested(client, &context);
        boot_context_release(&context);
        return may;
}

static void have_kept(struct client *client, const struct request_call *call)
{
        struct explanation why;
        struct preserve_request question = { .action = call->scheduled ? PRESERVE_JUDGE : PRESERVE_HAND_OVER };
        strcpy(question.paths, call->keep);
        if (question.action == PRESERVE_HAND_OVER && !may_hand_over(client, call->replace))
                return;
        if (question.action == PRESERVE_HAND_OVER && random_bytes(question.nonce.bytes, sizeof(question.nonce.bytes)) < 0) {
                reply_not_available(client, "The kernel gives no random bytes.");
                return;
        }
        if (question.action == PRESERVE_HAND_OVER) {
                service_of(client)->handing_over = client;
                service_of(client)->handed_over_for = question.nonce;
        }
        if (!preserve_helper_request(client, &question, on_kept, &why))
                on_kept(client, INSPECTION_ERROR, why.text);
}

static void on_preflight(struct client *client, enum inspection_answer answer, const char *text)
{
        struct request_call call;
        if (!read_request(client, &call))
                return;
        if (answer == INSPECTION_DISALLOWED)
                reply_error(client, CLEANSLATE_ERROR("NotAllowed"), "message", text, NULL);
        else if (answer != INSPECTION_OK && !call.force)
                reply_error(client, CLEANSLATE_ERROR("PreflightFailed"), "message", text, NULL);
        else if (call.keep[0])
                have_kept(client, &call);
        else
                request_now(client);
}

void method_request(struct client *client)
{
        struct explanation why;
        struct request_call call;
        if (!read_request(client, &call))
                return;
        const struct reset_options options = { .reason = call.reason };
        if (!reset_options_check(&options, &why))
                reply_error(client, CLEANSLATE_ERROR("UnusableReason"), "message", why.text, NULL);
        else if (!inspector_request(client, &call.inspection, on_preflight, &why))
                on_preflight(client, INSPECTION_ERROR, why.text);
}

void method_schedule(struct client *client)
{
        struct request_call call;
        if (!read_request(client, &call))
                return;
        if (call.scheduled)
                method_request(client);
        else
                reply_invalid_parameter(client, "dueAt");
}
