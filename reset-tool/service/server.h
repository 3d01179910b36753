/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets, the clients and the event loop: takes clients in within limits, tells those who stream of changes, ends when
 * nobody has called for a while. One thread; whatever could wait is an event. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_SERVER_H
#define CLEANSLATE_RESET_TOOL_SERVICE_SERVER_H

#include "reset-tool/environment.h"
#include "reset-tool/service/client.h"

#define SERVER_CLIENTS_MAX     64
#define SERVER_CLIENTS_OF_ROOT 16 /* kept free for root, however many others there are */
#define SERVER_CLIENTS_OF_USER 16 /* of one user id; of all but root, so that nobody can shut out everybody */

struct server {
        const struct environment *environment;
        const char *variables_path;  /* watched */
        const char *inspection_path; /* the socket of who may look at disks and TPM */
        sd_event *event;
        sd_bus *bus;               /* to polkit; NULL until it is asked */
        uint64_t patience_seconds; /* for the rest of a message, and for taking a reply */
        uint64_t idle_seconds;     /* a connection without a call, and the service without a connection */
        sd_event_source *idle, *reaper, *watch, *watch_schedule;
        struct client *clients[SERVER_CLIENTS_MAX]; /* the first count ones */
        size_t count;
};

/* Serves the listening sockets `first_fd` and the `count` - 1 behind it until it has been idle. 0 or negative errno. */
int server_run(struct server *server, int first_fd, int count);

/* A client is marked closed: frees it when the event that is being handled is over. */
void server_reap_soon(struct server *server);

/* Watches the state's variables from now on; what fails here costs the stream its changes, so it is told. */
int server_watch(struct server *server);

#endif
