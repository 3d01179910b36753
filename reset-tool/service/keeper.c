/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/keeper.h"

#include "reset-tool/service/service.h"

static struct helper_address keeper_of(const struct environment *environment)
{
        return (struct helper_address){ .socket_path = environment->keeper_path, .name = "cleanslate-keep" };
}

bool keeper_ask(struct client *client, const struct keep_question *question, helped done, struct explanation *ret_why)
{
        const struct helper_address keeper = keeper_of(service_of(client)->environment);
        char text[KEEP_QUESTION_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        keep_question_write(&writer, question);
        return helper_ask(client, &keeper, text, writer.size, done, ret_why);
}

static void withdraw(const struct environment *environment, const struct boot_context *context)
{
        static const struct keep_question question = { .errand = KEEP_WITHDRAW };
        const struct helper_address keeper = keeper_of(environment);
        char text[KEEP_QUESTION_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        keep_question_write(&writer, &question);
        (void)helper_tell(&keeper, text, writer.size); /* what stays is of no use to anybody without its request */
}

const struct keeping keeping_by_keeper = { .withdraw = withdraw };
