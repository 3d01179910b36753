/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/request-store.h"

#include "common/base/bytes.h"
#include "linux/base/random.h"
#include "linux/efi/retire.h"
#include "reset-tool/announcement.h"
#include "reset-tool/preserve.h"
#include "reset-tool/timetable.h"
#include <errno.h>
#include <string.h>
#include <time.h>

static const char *reason_of(const struct reset_options *options)
{
        return options->reason ? options->reason : "";
}

bool reset_options_check(const struct reset_options *options, struct explanation *ret_why)
{
        struct request request;
        size_t length = strlen(reason_of(options));
        if (length >= sizeof(request.reason))
                return explain(ret_why, "the reason has %zu bytes, but at most %zu fit into a request. Shorten it.", length,
                               sizeof(request.reason) - 1);
        if (!text_is_utf8(reason_of(options), length))
                return explain(ret_why, "the reason is not valid UTF-8, which records are written in.");
        return true;
}

static int hand_over(const struct environment *environment, const struct boot_context *context,
                     const struct reset_options *options, const struct id128 *nonce, struct explanation *ret_why)
{
        if (environment->preserve && environment->preserve->hand_over)
                return environment->preserve->hand_over(environment, context, options, nonce, ret_why);
        (void)explain(ret_why, "Files to be kept cannot be handed over this way. Use `cleanslate request --keep`.");
        return -EOPNOTSUPP;
}

static void withdraw(const struct environment *environment, const struct boot_context *context)
{
        if (environment->preserve)
                environment->preserve->withdraw(environment, context);
}

static int write_request(const struct environment *environment, const struct boot_context *context, const struct request *request,
                         struct explanation *ret_why)
{
        uint8_t value[REQUEST_VALUE_MAX];
        size_t size;
        enum err err = request_encode(request, value, sizeof(value), &size);
        if (err != ERR_OK) {
                (void)explain(ret_why, "Cannot write the request: its content %s. Check os-release(5) and the reason.",
                              err_text(err));
                return -EINVAL;
        }
        int r = efivarfs_write(&context->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, size);
        if (r < 0)
                explain_variable_failure(environment, "write", r, ret_why);
        return r;
}

static int make_nonce(const struct reset_options *options, struct id128 *ret)
{
        if (!options->handed_over)
                return random_bytes(ret->bytes, sizeof(ret->bytes));
        *ret = *options->handed_over;
        return 0;
}

int request_submit(const struct environment *environment, const struct boot_context *context, const struct reset_options *options,
                   struct explanation *ret_why)
{
        struct request request = { .os = context->os,
                                   .boot_id = context->boot_id,
                                   .disk_uuid = context->disk_uuid,
                                   .level = options->level,
                                   .tpm_clear = options->tpm_clear,
                                   .keep = options->keep_count > 0 };
        (void)text_copy(request.reason, sizeof(request.reason), reason_of(options), strlen(reason_of(options)));
        (void)snprintf(request.requester, sizeof(request.requester), "%s", options->requester ? options->requester : "");
        int r = make_nonce(options, &request.nonce);
        if (r < 0) {
                (void)explain(ret_why, "Cannot get random bytes from the kernel: %s.", strerror(-r));
                return r;
        }
        if (options->keep_count > 0 &&
            !options->handed_over) /* first: once the request is written, the reset may come at any time */
                r = hand_over(environment, context, options, &request.nonce, ret_why);
        if (r == 0)
                r = write_request(environment, context, &request, ret_why);
        if (r == 0)
                announce_requested(environment, &request);
        /* what lies there now belongs to no request any more */
        if (r < 0 ? options->keep_count > 0 : context->request.keep && options->keep_count == 0)
                withdraw(environment, context);
        return r;
}

/* What the paths name then is read when the time has come. */
static bool list_kept(const struct reset_options *options, char ret[static SCHEDULE_KEEP_MAX])
{
        size_t used = 0;
        ret[0] = '\0';
        for (size_t i = 0; i < options->keep_count; i++) {
                int length = snprintf(ret + used, SCHEDULE_KEEP_MAX - used, "%s\n", options->keep[i]);
                if (length < 0 || (size_t)length >= SCHEDULE_KEEP_MAX - used)
                        return false;
                used += (size_t)length;
        }
        return true;
}

bool request_schedule(const struct environment *environment, const struct reset_options *options, uint64_t due_at,
                      struct explanation *ret_why)
{
        const uint64_t now = (uint64_t)time(NULL);
        struct schedule schedule = { .due_at = due_at,
                                     .first_due_at = due_at,
                                     .level = options->level,
                                     .tpm_clear = options->tpm_clear,
                                     .force = options->force };
        char at[TIMETABLE_TIME_SIZE];
        if (due_at <= now || due_at - now > SCHEDULE_SPAN_MAX)
                return explain(ret_why, "that time has passed, or is more than a year ahead. Nothing was requested.");
        if (!list_kept(options, schedule.keep))
                return explain(ret_why, "the paths of what is to be kept are too long for a scheduled reset.");
        (void)snprintf(schedule.reason, sizeof(schedule.reason), "%s", reason_of(options));
        (void)snprintf(schedule.requester, sizeof(schedule.requester), "%s", options->requester ? options->requester : "");
        if (!timetable_set(environment, &schedule, now + 1, ret_why)) /* the service finds the next step itself */
                return false;
        timetable_format(due_at, at);
        announce_scheduled(environment, &schedule, at);
        return true;
}

static enum cancel_result remove_request(const struct environment *environment, const struct boot_context *context,
                                         const char *requester, struct explanation *ret_why)
{
        int r = retire_request(&context->variables, false);
        if (r < 0) {
                explain_variable_failure(environment, "delete", r, ret_why);
                return CANNOT_CANCEL;
        }
        if (context->request.keep)
                withdraw(environment, context);
        if (context->request_state == REQUEST_MALFORMED)
                return CANCELLED_MALFORMED;
        announce_cancelled(environment, &context->request, requester);
        return CANCELLED;
}

enum cancel_result request_cancel(const struct environment *environment, const struct boot_context *context,
                                  const char *requester, struct explanation *ret_why)
{
        if (reset_has_begun(context)) {
                (void)explain(ret_why,
                              "too late: the reset has begun (phase %s) and the next boot finishes it. Nothing was changed.",
                              reset_phase_name(context->progress.phase));
                return TOO_LATE_TO_CANCEL;
        }
        if (context->request_state == REQUEST_ABSENT)
                return NOTHING_TO_CANCEL;
        if (context->request_state != REQUEST_FOREIGN)
                return remove_request(environment, context, requester, ret_why);
        (void)explain(ret_why,
                      "the request was made for another system (ID=%s) and is left alone; it does not concern this one (ID=%s). "
                      "Cancel it from there.",
                      context->request.os.id, context->os.id);
        return NOT_OURS_TO_CANCEL;
}
