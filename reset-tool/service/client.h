/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection: its bytes in and out, who is at the other end, how long it may take. A client has one call under way at most
 * and is not read from meanwhile, so that what it costs is bounded. Knows nothing of methods, nor of who serves it: what it needs
 * of them it is handed. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_CLIENT_H
#define CLEANSLATE_RESET_TOOL_SERVICE_CLIENT_H

#include "common/base/bytes.h"
#include "common/format/varlink.h"
#include <sys/types.h>
#include <systemd/sd-event.h>

#define CLIENT_OUTPUT_MAX ((size_t)1024 * 1024) /* bytes of a reply */

struct client;

/* The loop that clients wait in, how long they may take, and whom they tell of themselves. Outlives them. */
struct client_host {
        sd_event *event;
        uint64_t timeout_seconds; /* for the rest of a message, and for taking a reply */
        uint64_t idle_seconds;    /* for a connection without a call */

        /* client->call is to be answered: now, or later, and then client_wait() was called. */
        void (*called)(struct client *client);

        /* A client that streams, and has nothing left to send, may be told what has changed. */
        void (*changed)(struct client *client);

        /* The connection is over: to be freed when the event that is being handled is. May be told more than once. */
        void (*ended)(struct client *client);
};

/* What somebody does elsewhere for the call under way. */
struct client_pending {
        void *of;
        void (*forget)(void *of); /* releases it, and its answer will not come any more; NULL = there is none */
};

struct client {
        const struct client_host *host;
        void *service; /* whose client it is, for those who answer; see service_of() */
        int fd;
        uid_t uid;
        pid_t pid;
        uint64_t start_time; /* of the process, in clock ticks since boot; 0 = not known */
        sd_event_source *io, *deadline;
        struct client_pending pending;
        bool busy;                 /* a call waits for its answer */
        bool streaming, changed;   /* gets reply upon reply; something to tell once the last one is through */
        bool end_of_input, closed; /* closed: host->ended() was told */
        uint32_t reported;         /* checksum of the last state told */
        char input[VARLINK_MESSAGE_MAX];
        size_t input_size, message_size; /* message_size: of the call under way, with its NUL */
        struct varlink_call call;        /* points into input */
        char *output;                    /* CLIENT_OUTPUT_MAX bytes */
        size_t output_size, output_sent;
};

/* Takes over `fd`, a connected socket. 0, or negative errno and nothing is left open. */
int client_new(const struct client_host *host, void *service, int fd, struct client **ret);

/* Ends what the call waits for. */
void client_free(struct client *client);

/* Where the reply is written; only with nothing left to send. client_reply() then sends it. */
struct writer client_writer(struct client *client);

/* Sends what was written, with the NUL that ends a message. A call with oneway gets nothing. False: it did not fit, nothing is
 * sent. */
bool client_reply(struct client *client, const struct writer *writer);

/* The call under way waits for an action; there may be one at a time. Whoever runs it forgets it by client_waited() once its end
 * is there, answers or has the call wait for another one, and then calls client_go_on(). */
void client_wait(struct client *client, struct client_pending pending);
void client_waited(struct client *client);

/* Unless the call under way waits, it has its last answer: goes on with the next one. */
void client_go_on(struct client *client);

/* There may be something new to tell to a client that streams. */
void client_changed(struct client *client);

#endif
