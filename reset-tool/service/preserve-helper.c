/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/preserve-helper.h"

#include "reset-tool/service/service.h"

static struct helper_address preserve_helper(const struct environment *environment)
{
        return (struct helper_address){ .socket_path = environment->preserve_helper_path, .name = "cleanslate-keep" };
}

bool preserve_helper_request(struct client *client, const struct preserve_request *question, helper_done done,
                             struct explanation *ret_why)
{
        const struct helper_address helper = preserve_helper(service_of(client)->environment);
        char text[PRESERVE_REQUEST_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        preserve_request_write(&writer, question);
        return helper_request(client, &helper, text, writer.size, done, ret_why);
}

static void withdraw(const struct environment *environment, const struct boot_context *context)
{
        static const struct preserve_request question = { .action = PRESERVE_WITHDRAW };
        const struct helper_address helper = preserve_helper(environment);
        char text[PRESERVE_REQUEST_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        preserve_request_write(&writer, &question);
        (void)helper_notify(&helper, text, writer.size); /* what stays is of no use to anybody without its request */
}

const struct preserve_calls preserve_by_helper = { .withdraw = withdraw };
