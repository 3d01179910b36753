/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/dispatch.h"

#include "reset-tool/service/descriptions.h"
#include "reset-tool/service/methods.h"
#include "reset-tool/service/polkit.h"
#include "reset-tool/service/reply.h"
#include "reset-tool/service/service.h"
#include <stdio.h>
#include <string.h>

#define ACTION(name) "io.cleanslate.factoryreset." name

struct method {
        const char *interface, *name;
        void (*run)(struct client *client);
        const char *action; /* of polkit; NULL = everybody may */
        const char *parameters[8];
};

static const struct method methods[] = {
        { INTERFACE_VARLINK, "GetInfo", method_get_info, NULL, { NULL } },
        { INTERFACE_VARLINK, "GetInterfaceDescription", method_get_interface_description, NULL, { "interface" } },
        { INTERFACE_SYSTEMD, "GetFactoryResetMode", method_get_factory_reset_mode, NULL, { NULL } },
        { INTERFACE_SYSTEMD, "CanRequestFactoryReset", method_can_request_factory_reset, NULL, { NULL } },
        { INTERFACE_CLEANSLATE, "Status", method_status, NULL, { NULL } },
        { INTERFACE_CLEANSLATE, "Plan", method_plan, ACTION("inspect"), { "level", "tpmClear" } },
        { INTERFACE_CLEANSLATE, "Doctor", method_doctor, ACTION("inspect"), { NULL } },
        { INTERFACE_CLEANSLATE,
          "Request",
          method_request,
          ACTION("request"),
          { "reason", "level", "tpmClear", "keep", "replace", "force" } },
        { INTERFACE_CLEANSLATE,
          "Schedule",
          method_schedule,
          ACTION("request"),
          { "dueAt", "reason", "level", "tpmClear", "keep", "replace", "force" } },
        { INTERFACE_CLEANSLATE, "Cancel", method_cancel, ACTION("cancel"), { NULL } },
        { INTERFACE_CLEANSLATE, "ListRecords", method_list_records, ACTION("records"), { NULL } },
        { INTERFACE_CLEANSLATE, "GetRecord", method_get_record, ACTION("records"), { "name" } },
};

static const struct method *find_method(const struct varlink_call *call)
{
        for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
                if (strcmp(methods[i].interface, call->interface) == 0 && strcmp(methods[i].name, call->method) == 0)
                        return &methods[i];
        return NULL;
}

static void reply_not_found(struct client *client)
{
        char name[2 * VARLINK_NAME_MAX];
        size_t count;
        const struct description *all = descriptions(&count);
        (void)snprintf(name, sizeof(name), "%s.%s", client->call.interface, client->call.method);
        for (size_t i = 0; i < count; i++)
                if (strcmp(all[i].interface, client->call.interface) == 0) {
                        reply_error(client, INTERFACE_VARLINK ".MethodNotFound", "method", name, NULL);
                        return;
                }
        reply_error(client, INTERFACE_VARLINK ".InterfaceNotFound", "interface", client->call.interface, NULL);
}

static void deny(struct client *client, const char *action, const char *message)
{
        reply_error(client, INTERFACE_CLEANSLATE ".NotAuthorized", "action", action, "message", message, NULL);
}

static void on_polkit(struct client *client, enum polkit_answer answer, const char *why)
{
        const struct method *method = find_method(&client->call);
        char message[512];
        if (answer == POLKIT_YES)
                method->run(client);
        else if (answer == POLKIT_CHALLENGE && !client->call.interactive)
                reply_error(client, INTERFACE_CLEANSLATE ".InteractiveAuthenticationRequired", "action", method->action,
                            "message", "Somebody has to authenticate: call with allowInteractiveAuthentication.", NULL);
        else if (answer == POLKIT_ABSENT) {
                (void)snprintf(message, sizeof(message), "Only root may do this where polkit cannot be asked: %s.", why);
                deny(client, method->action, message);
        } else
                deny(client, method->action, "polkit does not allow it. Nothing was changed.");
}

static void run_if_authorized(struct client *client, const struct method *method)
{
        struct service *service = service_of(client);
        char message[256];
        if (!method->action || client->uid == 0 || client->uid == service->environment->effective_user) {
                method->run(client);
                return;
        }
        int r = polkit_check(client, &service->bus, method->action, client->call.interactive, on_polkit);
        if (r >= 0)
                return;
        (void)snprintf(message, sizeof(message), "Only root may do this where polkit cannot be asked: %s.", strerror(-r));
        deny(client, method->action, message);
}

void dispatch(struct client *client)
{
        const struct method *method = find_method(&client->call);
        char unknown[VARLINK_NAME_MAX];
        if (!method)
                reply_not_found(client);
        else if (varlink_unknown_parameter(&client->call, method->parameters, unknown))
                reply_invalid_parameter(client, unknown);
        else
                run_if_authorized(client, method);
}
