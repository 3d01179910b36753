/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What those who answer calls share: the machine, its clients, what is under way for all of them. Watches the machine's state for
 * those who stream it. Knows nothing of sockets and limits, nor of methods. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_SERVICE_H
#define CLEANSLATE_RESET_TOOL_SERVICE_SERVICE_H

#include "common/base/guid.h"
#include "reset-tool/environment.h"
#include "reset-tool/service/client.h"
#include <systemd/sd-bus.h>

#define SERVICE_CLIENTS_MAX 64

struct service {
        const struct environment *environment;
        const char *variables_path;  /* watched */
        const char *inspection_path; /* the socket of who may look at disks and TPM */
        sd_event *event;
        sd_bus *bus; /* to polkit; NULL until it is asked */
        sd_event_source *watch, *watch_schedule;
        sd_event_source *reaper;                     /* frees the clients that are over, once the event is handled */
        struct client *clients[SERVICE_CLIENTS_MAX]; /* the first count ones */
        size_t count;
        const struct client *handing_over; /* whose files are being put in the one place there is for them; NULL = nobody's */
        struct id128 handed_over_for;      /* ... the nonce of its request */
};

static inline struct service *service_of(const struct client *client)
{
        return client->service;
}

/* Watches the state's variables from now on, and tells clients that stream; what fails here costs the stream its changes, so it
 * is told: negative errno. */
int service_watch(struct service *service);

/* Releases the clients, what is watched, and the bus. */
void service_done(struct service *service);

#endif
