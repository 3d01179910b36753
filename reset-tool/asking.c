/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/asking.h"

#include "common/bytes.h"
#include "linux/cleanup.h"
#include "linux/policy-files.h"
#include "linux/random.h"
#include "linux/running-root.h"
#include "reset-tool/announcement.h"
#include "reset-tool/keep-deliver.h"
#include <errno.h>
#include <string.h>

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

static bool read_policy(const struct environment *environment, struct policy *ret, struct explanation *ret_why)
{
        struct running_root root = { .fd = -1 };
        struct policy_error error;
        char text[320];
        int r = running_root_open(environment->root_path ? environment->root_path : "/", &root);
        if (r < 0)
                return explain(ret_why, "The image cannot be opened: %s.", strerror(-r));
        r = policy_files_read(root.fd, ret, &error);
        close_fd(&root.fd);
        if (r == 0)
                return true;
        policy_error_format(&error, text, sizeof(text));
        return explain(ret_why, "The image's policy is wrong: %s.", text);
}

/* Before the request is written: once it is, the reset may come at any time. */
static int hand_over(const struct environment *environment, const struct machine *machine, const struct wish *wish,
                     const struct id128 *nonce, struct explanation *ret_why)
{
        struct keep_collection collection;
        _cleanup_free_ struct policy *policy = malloc(sizeof(*policy));
        if (!policy) {
                (void)explain(ret_why, "not enough memory.");
                return -ENOMEM;
        }
        if (!read_policy(environment, policy, ret_why) ||
            !keep_collect(environment, policy, wish->keep, wish->keep_count, &collection, ret_why))
                return -EINVAL;
        bool delivered = keep_deliver(environment, machine, &collection, nonce, ret_why);
        keep_collection_done(&collection);
        return delivered ? 0 : -EIO;
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
        int r = random_bytes(request.nonce.bytes, sizeof(request.nonce.bytes));
        if (r < 0) {
                (void)explain(ret_why, "Cannot get random bytes from the kernel: %s.", strerror(-r));
                return r;
        }
        if (wish->keep_count > 0)
                r = hand_over(environment, machine, wish, &request.nonce, ret_why);
        if (r == 0)
                r = write_request(environment, machine, &request, ret_why);
        if (r == 0)
                announce_requested(environment, &request);
        /* what lies there now belongs to no request any more */
        if (r < 0 ? wish->keep_count > 0 : machine->request.keep && wish->keep_count == 0)
                keep_withdraw(environment, machine);
        return r;
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
                keep_withdraw(environment, machine);
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
