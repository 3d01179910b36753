/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/keep-question.h"

#include <string.h>

static const char *const errands[KEEP_ERRANDS] = {
        [KEEP_JUDGE] = "judge",
        [KEEP_HAND_OVER] = "hand-over",
        [KEEP_WITHDRAW] = "withdraw",
};

void keep_question_write(struct writer *writer, const struct keep_question *question)
{
        char nonce[ID128_TEXT_SIZE];
        id128_format(&question->nonce, nonce);
        writer_text(writer, errands[question->errand]);
        writer_char(writer, ' ');
        writer_text(writer, nonce);
        writer_char(writer, '\n');
        writer_text(writer, question->paths);
}

static enum keep_errand errand_of(const char *text, size_t length)
{
        enum keep_errand errand = 0;
        while (errand < KEEP_ERRANDS && (strlen(errands[errand]) != length || memcmp(errands[errand], text, length) != 0))
                errand++;
        return errand;
}

/* No path is empty, each has its line feed. */
static bool is_list(const char *text, size_t size)
{
        return size == 0 || (text[0] != '\n' && text[size - 1] == '\n' && !memmem(text, size, "\n\n", 2));
}

enum err keep_question_read(const char *text, size_t size, struct keep_question *ret)
{
        struct keep_question question = { 0 };
        const char *line_end = memchr(text, '\n', size);
        const char *space = line_end ? memchr(text, ' ', (size_t)(line_end - text)) : NULL;
        if (!space || memchr(text, '\0', size))
                return ERR_SYNTAX;
        const char *paths = line_end + 1;
        size_t paths_size = size - (size_t)(paths - text);
        question.errand = errand_of(text, (size_t)(space - text));
        if (question.errand == KEEP_ERRANDS || !id128_parse(space + 1, (size_t)(line_end - space - 1), &question.nonce) ||
            !is_list(paths, paths_size) || (paths_size == 0) != (question.errand == KEEP_WITHDRAW))
                return ERR_SYNTAX;
        if (paths_size >= sizeof(question.paths))
                return ERR_TOO_LARGE;
        memcpy(question.paths, paths, paths_size);
        if (keep_paths_count(question.paths) > KEEP_PATHS_MAX)
                return ERR_TOO_LARGE;
        *ret = question;
        return ERR_OK;
}

size_t keep_paths_count(const char *paths)
{
        size_t count = 0;
        while ((paths = strchr(paths, '\n'))) {
                paths++;
                count++;
        }
        return count;
}

size_t keep_paths_split(char *paths, const char *ret[static KEEP_PATHS_MAX])
{
        size_t count = 0;
        for (char *end; count < KEEP_PATHS_MAX && (end = strchr(paths, '\n')); paths = end + 1) {
                *end = '\0';
                ret[count++] = paths;
        }
        return count;
}
