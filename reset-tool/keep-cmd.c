/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads an errand of the service from standard input and answers on standard output: cleanslate-keep@.service runs this, so that
 * the service itself need not read people's files, reach the TPM or write to the ESP. Not for people. */
#include "reset-tool/inspection.h"
#include "reset-tool/keep-question.h"
#include "reset-tool/keeping.h"
#include <errno.h>

static int say(const struct environment *environment, enum inspection_answer answer, const char *text)
{
        fprintf(environment->output, "%s\n%s", inspection_answer_name(answer), text);
        return STATUS_OK;
}

static int run_errand(const struct environment *environment, const struct boot_context *context, enum keep_errand errand,
                      const struct reset_options *options, const struct id128 *nonce, struct explanation *ret_why)
{
        switch (errand) {
        case KEEP_JUDGE:
                return environment->keeping->judge(environment, options, ret_why);
        case KEEP_HAND_OVER:
                return environment->keeping->hand_over(environment, context, options, nonce, ret_why);
        default:
                environment->keeping->withdraw(environment, context);
                return 0;
        }
}

static int answer(const struct environment *environment, struct keep_question *question)
{
        struct boot_context context;
        struct explanation why;
        const char *paths[KEEP_PATHS_MAX];
        const struct reset_options options = { .keep = paths, .keep_count = keep_paths_split(question->paths, paths) };
        if (!boot_context_gather(environment, &context, &why))
                return say(environment, INSPECTION_ERROR, why.text);
        int r = run_errand(environment, &context, question->errand, &options, &question->nonce, &why);
        boot_context_release(&context);
        if (r == 0)
                return say(environment, INSPECTION_OK, "");
        return say(environment, r == -EINVAL ? INSPECTION_DISALLOWED : INSPECTION_ERROR, why.text);
}

int keep_command(const struct environment *environment, int argc, char **argv)
{
        char text[KEEP_QUESTION_MAX];
        struct keep_question question;
        size_t size = fread(text, 1, sizeof(text), stdin);
        if (keep_question_read(text, size, &question) != ERR_OK)
                return say(environment, INSPECTION_ERROR, "that is no errand that the service sends.");
        return answer(environment, &question);
}
