/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has a process outside of the service's cage do something, by a question over a socket of systemd's, and waits for the answer as
 * an event: cleanslate-inspect@.service, which may look at disks and TPM, or cleanslate-keep@.service, which may read what is to
 * be kept. Knows nothing of what question and answer mean. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_HELPER_H
#define CLEANSLATE_RESET_TOOL_SERVICE_HELPER_H

#include "reset-tool/boot-context.h"
#include "reset-tool/inspection.h"
#include "reset-tool/service/client.h"

#define HELPER_TIMEOUT_SECONDS 120

struct helper_address {
        const char *socket_path;
        const char *name; /* "cleanslate-inspect": of its socket unit and its service's */
};

/* `text`: what follows the answer's kind, NUL-terminated, valid during the call. A question that was not answered is
 * INSPECTION_ERROR with words. The answer's receiver answers the client's call, or puts the next question. */
typedef void (*helper_done)(struct client *client, enum inspection_answer answer, const char *text);

/* `question`: `size` bytes, few enough for any socket's buffer. The client's call waits, and `done` is called once, later;
 * not at all if the client goes before. False: there is no asking, *ret_why says why, and `done` will not be called. */
bool helper_request(struct client *client, const struct helper_address *address, const char *question, size_t size,
                    helper_done done, struct explanation *ret_why);

/* The same without waiting: what it answers interests nobody. Negative errno. */
int helper_notify(const struct helper_address *address, const char *question, size_t size);

#endif
