/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/reply.h"

#include "reset-tool/json-members.h"
#include "reset-tool/service/descriptions.h"
#include <stdarg.h>

struct writer reply_begin(struct client *client)
{
        struct writer writer = client_writer(client);
        writer_text(&writer, "{\"parameters\":");
        return writer;
}

void reply_end(struct client *client, struct writer *writer, bool continues)
{
        writer_text(writer, continues ? ",\"continues\":true}" : "}");
        if (!client_reply(client, writer))
                reply_error(client, INTERFACE_CLEANSLATE ".NotAvailable", "message", "The answer is too long for a message.",
                            NULL);
}

void reply_error(struct client *client, const char *error, ...)
{
        struct writer writer = client_writer(client);
        const char *separator = "", *key;
        va_list pairs;
        json_member_text(&writer, "{", "error", error);
        writer_text(&writer, ",\"parameters\":{");
        va_start(pairs, error);
        while ((key = va_arg(pairs, const char *))) {
                json_member_text(&writer, separator, key, va_arg(pairs, const char *));
                separator = ",";
        }
        va_end(pairs);
        writer_text(&writer, "}}");
        (void)client_reply(client, &writer); /* an error fits */
}

void reply_not_available(struct client *client, const char *why)
{
        reply_error(client, CLEANSLATE_ERROR("NotAvailable"), "message", why, NULL);
}

void reply_invalid_parameter(struct client *client, const char *name)
{
        reply_error(client, INTERFACE_VARLINK ".InvalidParameter", "parameter", name, NULL);
}
