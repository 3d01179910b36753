/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies as Varlink wants them. Each function sends one message. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_REPLY_H
#define CLEANSLATE_RESET_TOOL_SERVICE_REPLY_H

#include "reset-tool/service/client.h"

/* Opens a reply's parameters; what is written next is their object, then reply_end(). */
struct writer reply_begin(struct client *client);
void reply_end(struct client *client, struct writer *writer, bool continues);

/* An error of one of our interfaces with text members; a NULL value is null. The list of pairs ends with a NULL key. */
void reply_error(struct client *client, const char *error, ...) __attribute__((sentinel));

/* io.cleanslate.FactoryReset's name of an error. */
#define CLEANSLATE_ERROR(name) INTERFACE_CLEANSLATE "." name

void reply_not_available(struct client *client, const char *why);
void reply_invalid_parameter(struct client *client, const char *name);

#endif
