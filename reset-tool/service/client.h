/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection: its bytes in and out, who is at the other end, how long it may take. A client has one call under way at most
 * and is not read from meanwhile, so that what it costs is bounded. Knows nothing of methods. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_CLIENT_H
#define CLEANSLATE_RESET_TOOL_SERVICE_CLIENT_H

#include "common/base/bytes.h"
#include "common/base/guid.h"
#include "common/format/varlink.h"
#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define CLIENT_OUTPUT_MAX ((size_t)1024 * 1024) /* bytes of a reply */

struct server;
struct client;
struct helper;

enum polkit_answer { POLKIT_YES, POLKIT_NO, POLKIT_CHALLENGE, POLKIT_ABSENT };

/* `why` is set for POLKIT_ABSENT. */
typedef void (*polkit_answered)(struct client *client, enum polkit_answer answer, const char *why);

struct client {
        struct server *server;
        int fd;
        uid_t uid;
        pid_t pid;
        uint64_t start_time; /* of the process, in clock ticks since boot; 0 = not known */
        sd_event_source *io, *deadline;
        sd_bus_slot *asking;       /* polkit is, for the call under way */
        polkit_answered answered;  /* ... and who is told */
        struct helper *helper;     /* does something for the call under way; NULL = none does */
        struct id128 nonce;        /* of the request that files are handed over for; zero = of none */
        bool busy;                 /* a call waits for its answer */
        bool streaming, changed;   /* Status with more; something to tell once the last reply is through */
        bool end_of_input, closed; /* closed: to be freed by the server, at the end of the event */
        uint32_t told;             /* checksum of the last state told */
        char input[VARLINK_MESSAGE_MAX];
        size_t input_size, message_size; /* message_size: of the call under way, with its NUL */
        struct varlink_call call;        /* points into input */
        char *output;                    /* CLIENT_OUTPUT_MAX bytes */
        size_t output_size, output_sent;
};

/* Takes over `fd`. 0, or negative errno and nothing is left open. */
int client_new(struct server *server, int fd, struct client **ret);
void client_free(struct client *client);

/* Where the reply is written; only with nothing left to send. client_reply() then sends it. */
struct writer client_writer(struct client *client);

/* Sends what was written, with the NUL that ends a message. A call with oneway gets nothing. False: it did not fit, nothing is
 * sent. */
bool client_reply(struct client *client, const struct writer *writer);

/* The call under way has its last answer: goes on with the next one. */
void client_call_done(struct client *client);

#endif
