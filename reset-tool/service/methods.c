/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/methods.h"

#include "common/base/crc32.h"
#include "common/base/json-write.h"
#include "reset-tool/certificate.h"
#include "reset-tool/history.h"
#include "reset-tool/request-store.h"
#include "reset-tool/requester.h"
#include "reset-tool/service/descriptions.h"
#include "reset-tool/service/reply.h"
#include "reset-tool/service/service.h"
#include "reset-tool/status-json.h"
#include "reset-tool/timetable.h"
#include <string.h>

static void reply_text(struct client *client, const char *key, const char *value)
{
        struct writer writer = reply_begin(client);
        json_open(&writer, '{');
        json_member_text(&writer, key, value);
        json_close(&writer, '}');
        reply_end(client, &writer, false);
}

void method_get_info(struct client *client)
{
        struct writer writer = reply_begin(client);
        size_t count;
        const struct description *all = descriptions(&count);
        json_open(&writer, '{');
        json_member_text(&writer, "vendor", "Cleanslate");
        json_member_text(&writer, "product", "cleanslated");
        json_member_text(&writer, "version", CLEANSLATE_VERSION);
        json_member_text(&writer, "url", "man:cleanslate-service(8)");
        json_member_open(&writer, "interfaces", '[');
        for (size_t i = 0; i < count; i++)
                json_text(&writer, all[i].interface);
        json_close(&writer, ']');
        json_close(&writer, '}');
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
static const char *systemd_mode(const struct boot_context *context)
{
        if (reset_has_begun(context))
                return "on";
        return context->request_state == REQUEST_PENDING || context->request_state == REQUEST_DUE ? "pending" : "unspecified";
}

void method_get_factory_reset_mode(struct client *client)
{
        struct boot_context context;
        struct explanation why;
        if (!boot_context_gather(service_of(client)->environment, &context, &why)) {
                reply_text(client, "mode", "unsupported");
                return;
        }
        reply_text(client, "mode", systemd_mode(&context));
        boot_context_release(&context);
}

void method_can_request_factory_reset(struct client *client)
{
        struct boot_context context;
        struct explanation why;
        struct writer writer = reply_begin(client);
        bool supported = boot_context_gather(service_of(client)->environment, &context, &why);
        /* Without our stub's decision handed down, nothing says that a request would be acted on. */
        json_open(&writer, '{');
        json_member_flag(&writer, "supported", supported && context.mode_known);
        json_close(&writer, '}');
        if (supported)
                boot_context_release(&context);
        reply_end(client, &writer, false);
}

void method_status(struct client *client)
{
        struct boot_context context;
        struct explanation why;
        if (client->call.more && service_watch(service_of(client)) < 0) {
                reply_error(client, CLEANSLATE_ERROR("NotAvailable"), "message",
                            "The EFI variables cannot be watched for changes.", NULL);
                client->streaming = false;
                return;
        }
        if (!boot_context_gather(service_of(client)->environment, &context, &why)) {
                client->streaming = false;
                reply_not_available(client, why.text);
                return;
        }
        struct writer writer = reply_begin(client);
        status_json(&writer, service_of(client)->environment, &context);
        boot_context_release(&context);
        uint32_t state = crc32_of(writer.data, writer.size);
        if (client->streaming && client->reported == state)
                return;
        client->streaming = client->call.more;
        client->reported = state;
        reply_end(client, &writer, client->streaming);
}

static void reply_cancelled(struct client *client, enum request_state removed, bool schedule)
{
        struct writer writer = reply_begin(client);
        json_open(&writer, '{');
        json_member_text(&writer, "removed", request_state_name(removed));
        json_member_flag(&writer, "schedule", schedule);
        json_close(&writer, '}');
        reply_end(client, &writer, false);
}

void method_cancel(struct client *client)
{
        struct boot_context context;
        struct explanation why = { 0 };
        char requester[64];
        if (!boot_context_gather(service_of(client)->environment, &context, &why)) {
                reply_not_available(client, why.text);
                return;
        }
        int cleared = timetable_clear(service_of(client)->environment, &why);
        if (cleared < 0) {
                boot_context_release(&context);
                reply_not_available(client, why.text);
                return;
        }
        requester_describe_user(client->uid, "Varlink", requester, sizeof(requester));
        switch (request_cancel(service_of(client)->environment, &context, requester, &why)) {
        case CANCELLED:
        case CANCELLED_MALFORMED:
        case NOTHING_TO_CANCEL:
                reply_cancelled(client, context.request_state, cleared > 0);
                break;
        case TOO_LATE_TO_CANCEL:
                reply_error(client, CLEANSLATE_ERROR("ResetUnderWay"), "phase", reset_phase_name(context.progress.phase),
                            "message", why.text, NULL);
                break;
        case NOT_OURS_TO_CANCEL:
                reply_error(client, CLEANSLATE_ERROR("ForeignRequest"), "osReleaseId", context.request.os.id, "message", why.text,
                            NULL);
                break;
        case CANNOT_CANCEL:
                reply_not_available(client, why.text);
                break;
        }
        boot_context_release(&context);
}

void method_list_records(struct client *client)
{
        struct explanation why;
        struct history history;
        if (!history_read(service_of(client)->environment, &history, &why)) {
                reply_not_available(client, why.text);
                return;
        }
        struct writer writer = reply_begin(client);
        history_json(&writer, &history);
        history_release(&history);
        reply_end(client, &writer, false);
}

/* Of the records that ListRecords lists, and nothing else: a name is no path. False: answered. */
static bool read_record_name(struct client *client, char name[static VARLINK_NAME_MAX])
{
        if (varlink_text(&client->call, "name", name, VARLINK_NAME_MAX) == ERR_OK && name[0] && !strchr(name, '/')) {
                char *suffix = strrchr(name, '.');
                if (suffix && strcmp(suffix, ".json") == 0) {
                        *suffix = '\0';
                        return true;
                }
        }
        reply_invalid_parameter(client, "name");
        return false;
}

/* The files as text, byte for byte, since that is what the signature is over. Anybody may have written them. */
static void reply_record(struct client *client, const struct certificate *certificate)
{
        char name[sizeof(certificate->name) + sizeof(".json")];
        const char *record = certificate->record, *companion = certificate->companion ? certificate->companion : "";
        if (strlen(record) != certificate->record_size || !text_is_utf8(record, strlen(record)) ||
            !text_is_utf8(companion, strlen(companion))) {
                reply_not_available(client, "The record is no text. See `cleanslate certificate verify`.");
                return;
        }
        (void)snprintf(name, sizeof(name), "%s.json", certificate->name);
        struct writer writer = reply_begin(client);
        json_open(&writer, '{');
        json_member_text(&writer, "name", name);
        json_member_text(&writer, "record", record);
        json_member_text(&writer, "signature", certificate->companion);
        json_member_text(&writer, "verdict", certificate_verdict_name(certificate));
        json_close(&writer, '}');
        reply_end(client, &writer, false);
}

void method_get_record(struct client *client)
{
        struct certificate certificate;
        struct explanation why;
        char name[VARLINK_NAME_MAX];
        if (!read_record_name(client, name))
                return;
        if (!certificate_load(service_of(client)->environment, name, NULL, &certificate, &why)) {
                reply_error(client, CLEANSLATE_ERROR("NoSuchRecord"), "name", name, "message", why.text, NULL);
                return;
        }
        if (strcmp(certificate.name, name) == 0)
                reply_record(client, &certificate);
        else /* people may shorten a name, programs not */
                reply_error(client, CLEANSLATE_ERROR("NoSuchRecord"), "name", name, "message",
                            "There is no record of just that name. ListRecords tells the names.", NULL);
        certificate_release(&certificate);
}
