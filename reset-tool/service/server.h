/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets and the event loop: takes clients in within limits, has their calls answered, ends when nobody has called for a
 * while. One thread; whatever could wait is an event. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_SERVER_H
#define CLEANSLATE_RESET_TOOL_SERVICE_SERVER_H

#include "reset-tool/service/service.h"

#define SERVER_CLIENTS_OF_ROOT 16 /* kept free for root, however many others there are */
#define SERVER_CLIENTS_OF_USER 16 /* of one user id; of all but root, so that nobody can shut out everybody */

struct server_limits {
        uint64_t timeout_seconds; /* for the rest of a message, and for taking a reply */
        uint64_t idle_seconds;    /* a connection without a call, and the service without a connection */
};

/* Serves the listening sockets `first_fd` and the `count` - 1 behind it until it has been idle. Of `service` the paths and the
 * environment are set; it is released. 0 or negative errno. */
int server_run(struct service *service, const struct server_limits *limits, int first_fd, int count);

#endif
