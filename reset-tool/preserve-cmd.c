/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a request of the service from standard input and answers on standard output: cleanslate-keep@.service runs this, so that
 * the service itself need not read people's files, reach the TPM or write to the ESP. Not for people. */
#include "reset-tool/inspection.h"
#include "reset-tool/preserve-request.h"
#include "reset-tool/preserve.h"
#include <errno.h>

static int say(const struct environment *environment, enum inspection_answer answer, const char *text)
{
        fprintf(environment->output, "%s\n%s", inspection_answer_name(answer), text);
        return STATUS_OK;
}

static int run_action(const struct environment *environment, const struct boot_context *context, enum preserve_action action,
                      const struct reset_options *options, const struct id128 *nonce, struct explanation *ret_why)
{
        switch (action) {
        case PRESERVE_JUDGE:
                return environment->preserve->judge(environment, options, ret_why);
        case PRESERVE_HAND_OVER:
                return environment->preserve->hand_over(environment, context, options, nonce, ret_why);
        default:
                environment->preserve->withdraw(environment, context);
                return 0;
        }
}

static int answer(const struct environment *environment, struct preserve_request *question)
{
        struct boot_context context;
        struct explanation why;
        const char *paths[PRESERVE_PATHS_MAX];
        const struct reset_options options = { .keep = paths, .keep_count = preserve_paths_split(question->paths, paths) };
        if (!boot_context_gather(environment, &context, &why))
                return say(environment, INSPECTION_ERROR, why.text);
        int r = run_action(environment, &context, question->action, &options, &question->nonce, &why);
        boot_context_release(&context);
        if (r == 0)
                return say(environment, INSPECTION_OK, "");
        return say(environment, r == -EINVAL ? INSPECTION_DISALLOWED : INSPECTION_ERROR, why.text);
}

int preserve_command(const struct environment *environment, int argc, char **argv)
{
        char text[PRESERVE_REQUEST_MAX];
        struct preserve_request question;
        size_t size = fread(text, 1, sizeof(text), stdin);
        if (preserve_request_read(text, size, &question) != ERR_OK)
                return say(environment, INSPECTION_ERROR, "unknown internal request.");
        return answer(environment, &question);
}
