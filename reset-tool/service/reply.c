/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/reply.h"

#include "common/base/json-write.h"
#include "reset-tool/service/descriptions.h"
#include <stdarg.h>

struct writer reply_begin(struct client *client)
{
        struct writer writer = client_writer(client);
        json_open(&writer, '{');
        json_key(&writer, "parameters");
        return writer;
}

void reply_end(struct client *client, struct writer *writer, bool continues)
{
        if (continues)
                json_member_flag(writer, "continues", true);
        json_close(writer, '}');
        if (!client_reply(client, writer))
                reply_error(client, INTERFACE_CLEANSLATE ".NotAvailable", "message", "The answer is too long for a message.",
                            NULL);
}

void reply_error(struct client *client, const char *error, ...)
{
        struct writer writer = client_writer(client);
        const char *key;
        va_list pairs;
        json_open(&writer, '{');
        json_member_text(&writer, "error", error);
        json_member_open(&writer, "parameters", '{');
        va_start(pairs, error);
        while ((key = va_arg(pairs, const char *)))
                json_member_text(&writer, key, va_arg(pairs, const char *));
        va_end(pairs);
        json_close(&writer, '}');
        json_close(&writer, '}');
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
