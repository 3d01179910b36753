/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/methods.h"

#include "common/crc32.h"
#include "reset-tool/asking.h"
#include "reset-tool/history.h"
#include "reset-tool/json-members.h"
#include "reset-tool/requester.h"
#include "reset-tool/service/descriptions.h"
#include "reset-tool/service/reply.h"
#include "reset-tool/service/server.h"
#include "reset-tool/status-json.h"
#include <string.h>

#define ERROR(name) INTERFACE_CLEANSLATE "." name

static void reply_text(struct client *client, const char *key, const char *value)
{
        struct writer writer = reply_begin(client);
        json_member_text(&writer, "{", key, value);
        writer_char(&writer, '}');
        reply_end(client, &writer, false);
}

static void not_available(struct client *client, const struct explanation *why)
{
        reply_error(client, ERROR("NotAvailable"), "message", why->text, NULL);
}

void method_get_info(struct client *client)
{
        struct writer writer = reply_begin(client);
        size_t count;
        const struct description *all = descriptions(&count);
        json_member_text(&writer, "{", "vendor", "Cleanslate");
        json_member_text(&writer, ",", "product", "cleanslated");
        json_member_text(&writer, ",", "version", CLEANSLATE_VERSION);
        json_member_text(&writer, ",", "url", "man:cleanslate-service(8)");
        writer_text(&writer, ",\"interfaces\":[");
        for (size_t i = 0; i < count; i++) {
                writer_text(&writer, i > 0 ? "," : "");
                writer_json_string(&writer, all[i].interface);
        }
        writer_text(&writer, "]}");
        reply_end(client, &writer, false);
}

void method_get_interface_description(struct client *client)
{
        char interface[VARLINK_NAME_MAX];
        size_t count;
        const struct description *all = descriptions(&count);
        if (varlink_text(&client->call, "interface", interface, sizeof(interface)) != ERR_OK || !interface[0]) {
                reply_invalid_parameter(client, "interface");
                return;
        }
        for (size_t i = 0; i < count; i++)
                if (strcmp(all[i].interface, interface) == 0) {
                        reply_text(client, "description", all[i].text);
                        return;
                }
        reply_error(client, INTERFACE_VARLINK ".InterfaceNotFound", "interface", interface, NULL);
}

/* systemd's words. A first boot and a reset end in a restart or before the system runs, so "complete" would need the boot in
 * which the last one ended; the progress does not keep it. */
static const char *systemd_mode(const struct machine *machine)
{
        if (machine_reset_has_begun(machine))
                return "on";
        return machine->request_state == REQUEST_PENDING || machine->request_state == REQUEST_DUE ? "pending" : "unspecified";
}

void method_get_factory_reset_mode(struct client *client)
{
        struct machine machine;
        struct explanation why;
        if (!machine_gather(client->server->environment, &machine, &why)) {
                reply_text(client, "mode", "unsupported");
                return;
        }
        reply_text(client, "mode", systemd_mode(&machine));
        machine_release(&machine);
}

void method_can_request_factory_reset(struct client *client)
{
        struct machine machine;
        struct explanation why;
        struct writer writer = reply_begin(client);
        bool supported = machine_gather(client->server->environment, &machine, &why);
        /* Without our stub's decision handed down, nothing says that a request would be acted on. */
        writer_text(&writer, supported && machine.mode_known ? "{\"supported\":true}" : "{\"supported\":false}");
        if (supported)
                machine_release(&machine);
        reply_end(client, &writer, false);
}

void method_status(struct client *client)
{
        struct machine machine;
        struct explanation why;
        if (client->call.more && server_watch(client->server) < 0) {
                reply_error(client, ERROR("NotAvailable"), "message", "The EFI variables cannot be watched for changes.", NULL);
                client->streaming = false;
                return;
        }
        if (!machine_gather(client->server->environment, &machine, &why)) {
                client->streaming = false;
                not_available(client, &why);
                return;
        }
        struct writer writer = reply_begin(client);
        status_json(&writer, &machine);
        machine_release(&machine);
        uint32_t state = crc32_of(writer.data, writer.size);
        if (client->streaming && client->told == state)
                return;
        client->streaming = client->call.more;
        client->told = state;
        reply_end(client, &writer, client->streaming);
}

/* False: answered. */
static bool read_wish(struct client *client, struct wish *ret, char reason[static 1024], bool *ret_replace)
{
        char level[VARLINK_NAME_MAX], tpm_clear[VARLINK_NAME_MAX];
        const char *bad = NULL;
        *ret = (struct wish){ .reason = reason };
        if (varlink_text(&client->call, "reason", reason, 1024) != ERR_OK)
                bad = "reason";
        else if (varlink_text(&client->call, "level", level, sizeof(level)) != ERR_OK ||
                 (level[0] && !erase_level_parse(level, &ret->level)))
                bad = "level";
        else if (varlink_text(&client->call, "tpmClear", tpm_clear, sizeof(tpm_clear)) != ERR_OK ||
                 (tpm_clear[0] && !tpm_clear_policy_parse(tpm_clear, &ret->tpm_clear)))
                bad = "tpmClear";
        else if (varlink_flag(&client->call, "replace", ret_replace) != ERR_OK)
                bad = "replace";
        if (bad)
                reply_invalid_parameter(client, bad);
        return !bad;
}

static const char *or_null(const char *text)
{
        return text[0] ? text : NULL;
}

static bool is_already_requested(struct client *client, const struct machine *machine)
{
        char nonce[ID128_TEXT_SIZE];
        if (machine->request_state != REQUEST_PENDING && machine->request_state != REQUEST_DUE)
                return false;
        id128_format(&machine->request.nonce, nonce);
        reply_error(client, ERROR("AlreadyRequested"), "requester", or_null(machine->request.requester), "reason",
                    or_null(machine->request.reason), "nonce", nonce, "message",
                    "A reset is asked for already. To replace the request, call with replace.", NULL);
        return true;
}

/* The nonce is read back from the variable, so that the answer tells what the next boot will find. */
static void reply_requested(struct client *client, enum request_state replaced)
{
        struct machine machine;
        struct explanation why;
        if (!machine_gather(client->server->environment, &machine, &why)) {
                not_available(client, &why);
                return;
        }
        struct writer writer = reply_begin(client);
        json_member_id(&writer, "{", "nonce", &machine.request.nonce);
        json_member_text(&writer, ",", "replaced", request_state_name(replaced));
        writer_char(&writer, '}');
        machine_release(&machine);
        reply_end(client, &writer, false);
}

static void ask_on(struct client *client, const struct machine *machine, const struct wish *wish, bool replace)
{
        struct explanation why;
        if (machine_reset_has_begun(machine))
                reply_error(client, ERROR("ResetUnderWay"), "phase", reset_phase_name(machine->progress.phase), "message",
                            "A reset has begun already; the next boot finishes it.", NULL);
        else if (!replace && is_already_requested(client, machine))
                return;
        else if (reset_ask(client->server->environment, machine, wish, &why) < 0)
                not_available(client, &why);
        else
                reply_requested(client, machine->request_state);
}

void method_request(struct client *client)
{
        char reason[1024], requester[64];
        struct machine machine;
        struct explanation why;
        struct wish wish;
        bool replace;
        if (!read_wish(client, &wish, reason, &replace))
                return;
        requester_describe_user(client->uid, "Varlink", requester, sizeof(requester));
        wish.requester = requester;
        if (!wish_check(&wish, &why)) {
                reply_error(client, ERROR("UnusableReason"), "message", why.text, NULL);
                return;
        }
        if (!machine_gather(client->server->environment, &machine, &why)) {
                not_available(client, &why);
                return;
        }
        ask_on(client, &machine, &wish, replace);
        machine_release(&machine);
}

void method_cancel(struct client *client)
{
        struct machine machine;
        struct explanation why = { 0 };
        if (!machine_gather(client->server->environment, &machine, &why)) {
                not_available(client, &why);
                return;
        }
        switch (reset_take_back(client->server->environment, &machine, &why)) {
        case TAKEN_BACK:
        case TAKEN_BACK_MALFORMED:
        case NOTHING_TO_TAKE_BACK:
                reply_text(client, "removed", request_state_name(machine.request_state));
                break;
        case TOO_LATE_TO_TAKE_BACK:
                reply_error(client, ERROR("ResetUnderWay"), "phase", reset_phase_name(machine.progress.phase), "message",
                            why.text, NULL);
                break;
        case NOT_OURS_TO_TAKE_BACK:
                reply_error(client, ERROR("ForeignRequest"), "osReleaseId", machine.request.os.id, "message", why.text, NULL);
                break;
        case CANNOT_TAKE_BACK:
                not_available(client, &why);
                break;
        }
        machine_release(&machine);
}

void method_list_records(struct client *client)
{
        struct explanation why;
        struct history history;
        if (!history_read(client->server->environment, &history, &why)) {
                not_available(client, &why);
                return;
        }
        struct writer writer = reply_begin(client);
        history_json(&writer, &history);
        history_release(&history);
        reply_end(client, &writer, false);
}
