/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/polkit.h"

#include "reset-tool/service/server.h"
#include <errno.h>

#define ANSWER_USEC ((uint64_t)120 * 1000000) /* a person may have to find a password */

/* polkit.CheckAuthorization(): the flag that lets it ask a person. */
#define ALLOW_USER_INTERACTION 1U

static int on_answer(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
        struct client *client = context;
        const sd_bus_error *error = sd_bus_message_get_error(message);
        int authorized = 0, challenge = 0;
        if (error)
                client->answered(client, POLKIT_ABSENT, error->message);
        else if (sd_bus_message_enter_container(message, 'r', "bba{ss}") < 0 ||
                 sd_bus_message_read(message, "bb", &authorized, &challenge) < 0)
                client->answered(client, POLKIT_ABSENT, "its answer is malformed");
        else
                client->answered(client, authorized ? POLKIT_YES : challenge ? POLKIT_CHALLENGE : POLKIT_NO, NULL);
        return 0;
}

static int open_bus(struct server *server)
{
        if (server->bus && sd_bus_is_open(server->bus) > 0)
                return 0;
        server->bus = sd_bus_close_unref(server->bus);
        int r = sd_bus_open_system(&server->bus);
        if (r >= 0)
                r = sd_bus_attach_event(server->bus, server->event, SD_EVENT_PRIORITY_NORMAL);
        return r;
}

int polkit_ask(struct client *client, const char *action, bool interactive, polkit_answered answered)
{
        struct server *server = client->server;
        sd_bus_message *question = NULL;
        int r = client->start_time > 0 ? open_bus(server) : -ESRCH;
        if (r >= 0)
                r = sd_bus_message_new_method_call(server->bus, &question, "org.freedesktop.PolicyKit1",
                                                   "/org/freedesktop/PolicyKit1/Authority",
                                                   "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(question, "(sa{sv})sa{ss}us", "unix-process", 3, "pid", "u", (uint32_t)client->pid,
                                          "start-time", "t", client->start_time, "uid", "i", (int32_t)client->uid, action, 0,
                                          interactive ? ALLOW_USER_INTERACTION : 0U, "");
        client->answered = answered;
        client->asking = sd_bus_slot_unref(client->asking);
        if (r >= 0)
                r = sd_bus_call_async(server->bus, &client->asking, question, on_answer, client, ANSWER_USEC);
        sd_bus_message_unref(question);
        return r < 0 ? r : 0;
}
