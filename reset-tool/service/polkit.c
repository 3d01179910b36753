/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/polkit.h"

#include <errno.h>
#include <stdlib.h>

#define ANSWER_USEC ((uint64_t)120 * 1000000) /* a person may have to find a password */

/* polkit.CheckAuthorization(): the flag that lets it ask a person. */
#define ALLOW_USER_INTERACTION 1U

struct question {
        struct client *client;
        polkit_answered answered;
        sd_bus_slot *slot;
};

static void forget(void *of)
{
        struct question *question = of;
        (void)sd_bus_slot_unref(question->slot); /* cancels it */
        free(question);
}

static void answer(struct client *client, polkit_answered answered, sd_bus_message *message)
{
        const sd_bus_error *error = sd_bus_message_get_error(message);
        int authorized = 0, challenge = 0;
        if (error)
                answered(client, POLKIT_ABSENT, error->message);
        else if (sd_bus_message_enter_container(message, 'r', "bba{ss}") < 0 ||
                 sd_bus_message_read(message, "bb", &authorized, &challenge) < 0)
                answered(client, POLKIT_ABSENT, "its answer is malformed");
        else
                answered(client, authorized ? POLKIT_YES : challenge ? POLKIT_CHALLENGE : POLKIT_NO, NULL);
}

static int on_answer(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
        const struct question question = *(struct question *)context;
        client_waited(question.client);
        forget(context); /* first: whoever is told may have the call wait for something else */
        answer(question.client, question.answered, message);
        client_go_on(question.client);
        return 0;
}

static int open_bus(sd_bus **bus, sd_event *event)
{
        if (*bus && sd_bus_is_open(*bus) > 0)
                return 0;
        *bus = sd_bus_close_unref(*bus);
        int r = sd_bus_open_system(bus);
        if (r >= 0)
                r = sd_bus_attach_event(*bus, event, SD_EVENT_PRIORITY_NORMAL);
        return r;
}

static int put(sd_bus *bus, struct question *question, const char *action, bool interactive)
{
        const struct client *client = question->client;
        sd_bus_message *message = NULL;
        int r = sd_bus_message_new_method_call(bus, &message, "org.freedesktop.PolicyKit1",
                                               "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
                                               "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(message, "(sa{sv})sa{ss}us", "unix-process", 3, "pid", "u", (uint32_t)client->pid,
                                          "start-time", "t", client->start_time, "uid", "i", (int32_t)client->uid, action, 0,
                                          interactive ? ALLOW_USER_INTERACTION : 0U, "");
        if (r >= 0)
                r = sd_bus_call_async(bus, &question->slot, message, on_answer, question, ANSWER_USEC);
        sd_bus_message_unref(message);
        return r;
}

int polkit_check(struct client *client, sd_bus **bus, const char *action, bool interactive, polkit_answered answered)
{
        struct question *question = calloc(1, sizeof(*question));
        if (!question)
                return -ENOMEM;
        *question = (struct question){ .client = client, .answered = answered };
        int r = client->start_time > 0 ? open_bus(bus, client->host->event) : -ESRCH;
        if (r >= 0)
                r = put(*bus, question, action, interactive);
        if (r < 0) {
                forget(question);
                return r;
        }
        client_wait(client, (struct client_pending){ .of = question, .forget = forget });
        return 0;
}
