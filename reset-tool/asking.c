/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/asking.h"

#include "common/base/bytes.h"
#include "linux/base/random.h"
#include "reset-tool/announcement.h"
#include "reset-tool/keeping.h"
#include "reset-tool/timetable.h"
#include <errno.h>
#include <string.h>
#include <time.h>

static const char *reason_of(const struct wish *wish)
{
        return wish->reason ? wish->reason : "";
}

bool wish_check(const struct wish *wish, struct explanation *ret_why)
{
        struct request request;
        size_t length = strlen(reason_of(wish));
        if (length >= sizeof(request.reason))
                return explain(ret_why, "the reason has %zu bytes, but at most %zu fit into a request. Shorten it.", length,
                               sizeof(request.reason) - 1);
        if (!text_is_utf8(reason_of(wish), length))
                return explain(ret_why, "the reason is not valid UTF-8, which records are written in.");
        return true;
}

static int hand_over(const struct environment *environment, const struct machine *machine, const struct wish *wish,
                     const struct id128 *nonce, struct explanation *ret_why)
{
        if (environment->keeping && environment->keeping->hand_over)
                return environment->keeping->hand_over(environment, machine, wish, nonce, ret_why);
        (void)explain(ret_why, "Files to be kept cannot be handed over this way. Use `cleanslate request --keep`.");
        return -EOPNOTSUPP;
}

static void withdraw(const struct environment *environment, const struct machine *machine)
{
        if (environment->keeping)
                environment->keeping->withdraw(environment, machine);
}

static int write_request(const struct environment *environment, const struct machine *machine, const struct request *request,
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
        int r = efivarfs_write(&machine->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, size);
        if (r < 0)
                explain_variable_failure(environment, "write", r, ret_why);
        return r;
}

static int make_nonce(const struct wish *wish, struct id128 *ret)
{
        if (!wish->handed_over)
                return random_bytes(ret->bytes, sizeof(ret->bytes));
        *ret = *wish->handed_over;
        return 0;
}

int reset_ask(const struct environment *environment, const struct machine *machine, const struct wish *wish,
              struct explanation *ret_why)
{
        struct request request = { .os = machine->os,
                                   .boot_id = machine->boot_id,
                                   .disk_uuid = machine->disk_uuid,
                                   .level = wish->level,
                                   .tpm_clear = wish->tpm_clear,
                                   .keep = wish->keep_count > 0 };
        (void)text_copy(request.reason, sizeof(request.reason), reason_of(wish), strlen(reason_of(wish)));
        (void)snprintf(request.requester, sizeof(request.requester), "%s", wish->requester ? wish->requester : "");
        int r = make_nonce(wish, &request.nonce);
        if (r < 0) {
                (void)explain(ret_why, "Cannot get random bytes from the kernel: %s.", strerror(-r));
                return r;
        }
        if (wish->keep_count > 0 && !wish->handed_over) /* first: once the request is written, the reset may come at any time */
                r = hand_over(environment, machine, wish, &request.nonce, ret_why);
        if (r == 0)
                r = write_request(environment, machine, &request, ret_why);
        if (r == 0)
                announce_requested(environment, &request);
        /* what lies there now belongs to no request any more */
        if (r < 0 ? wish->keep_count > 0 : machine->request.keep && wish->keep_count == 0)
                withdraw(environment, machine);
        return r;
}

/* What the paths name then is read when the time has come. */
static bool list_kept(const struct wish *wish, char ret[static SCHEDULE_KEEP_MAX])
{
        size_t used = 0;
        ret[0] = '\0';
        for (size_t i = 0; i < wish->keep_count; i++) {
                int length = snprintf(ret + used, SCHEDULE_KEEP_MAX - used, "%s\n", wish->keep[i]);
                if (length < 0 || (size_t)length >= SCHEDULE_KEEP_MAX - used)
                        return false;
                used += (size_t)length;
        }
        return true;
}

bool reset_ask_at(const struct environment *environment, const struct wish *wish, uint64_t due_at, struct explanation *ret_why)
{
        const uint64_t now = (uint64_t)time(NULL);
        struct schedule schedule = {
                .due_at = due_at, .first_due_at = due_at, .level = wish->level, .tpm_clear = wish->tpm_clear, .force = wish->force
        };
        char at[TIMETABLE_TIME_SIZE];
        if (due_at <= now || due_at - now > SCHEDULE_SPAN_MAX)
                return explain(ret_why, "that time is over already, or more than a year ahead. Nothing was asked for.");
        if (!list_kept(wish, schedule.keep))
                return explain(ret_why, "the paths of what is to be kept are too long for a reset that has a time set.");
        (void)snprintf(schedule.reason, sizeof(schedule.reason), "%s", reason_of(wish));
        (void)snprintf(schedule.requester, sizeof(schedule.requester), "%s", wish->requester ? wish->requester : "");
        if (!timetable_set(environment, &schedule, now + 1, ret_why)) /* the service finds the next step itself */
                return false;
        timetable_format(due_at, at);
        announce_scheduled(environment, &schedule, at);
        return true;
}

static enum taking_back remove_request(const struct environment *environment, const struct machine *machine,
                                       const char *requester, struct explanation *ret_why)
{
        int r = efivarfs_remove(&machine->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME);
        if (r < 0) {
                explain_variable_failure(environment, "delete", r, ret_why);
                return CANNOT_TAKE_BACK;
        }
        if (machine->request.keep)
                withdraw(environment, machine);
        if (machine->request_state == REQUEST_MALFORMED)
                return TAKEN_BACK_MALFORMED;
        announce_taken_back(environment, &machine->request, requester);
        return TAKEN_BACK;
}

enum taking_back reset_take_back(const struct environment *environment, const struct machine *machine, const char *requester,
                                 struct explanation *ret_why)
{
        if (machine_reset_has_begun(machine)) {
                (void)explain(ret_why,
                              "too late: the reset has begun (phase %s) and the next boot finishes it. Nothing was changed.",
                              reset_phase_name(machine->progress.phase));
                return TOO_LATE_TO_TAKE_BACK;
        }
        if (machine->request_state == REQUEST_ABSENT)
                return NOTHING_TO_TAKE_BACK;
        if (machine->request_state != REQUEST_FOREIGN)
                return remove_request(environment, machine, requester, ret_why);
        (void)explain(ret_why,
                      "the request was made for another system (ID=%s) and is left alone; it does not concern this one (ID=%s). "
                      "Cancel it from there.",
                      machine->request.os.id, machine->os.id);
        return NOT_OURS_TO_TAKE_BACK;
}
