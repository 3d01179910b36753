/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/preserve-request.h"

#include <string.h>

static const char *const action_names[PRESERVE_ACTIONS] = {
        [PRESERVE_JUDGE] = "judge",
        [PRESERVE_HAND_OVER] = "hand-over",
        [PRESERVE_WITHDRAW] = "withdraw",
};

void preserve_request_write(struct writer *writer, const struct preserve_request *question)
{
        char nonce[ID128_TEXT_SIZE];
        id128_format(&question->nonce, nonce);
        writer_text(writer, action_names[question->action]);
        writer_char(writer, ' ');
        writer_text(writer, nonce);
        writer_char(writer, '\n');
        writer_text(writer, question->paths);
}

static enum preserve_action action_of(const char *text, size_t length)
{
        enum preserve_action action = 0;
        while (action < PRESERVE_ACTIONS &&
               (strlen(action_names[action]) != length || memcmp(action_names[action], text, length) != 0))
                action++;
        return action;
}

/* No path is empty, each has its line feed. */
static bool is_list(const char *text, size_t size)
{
        return size == 0 || (text[0] != '\n' && text[size - 1] == '\n' && !memmem(text, size, "\n\n", 2));
}

enum err preserve_request_read(const char *text, size_t size, struct preserve_request *ret)
{
        struct preserve_request question = { 0 };
        const char *line_end = memchr(text, '\n', size);
        const char *space = line_end ? memchr(text, ' ', (size_t)(line_end - text)) : NULL;
        if (!space || memchr(text, '\0', size))
                return ERR_SYNTAX;
        const char *paths = line_end + 1;
        size_t paths_size = size - (size_t)(paths - text);
        question.action = action_of(text, (size_t)(space - text));
        if (question.action == PRESERVE_ACTIONS || !id128_parse(space + 1, (size_t)(line_end - space - 1), &question.nonce) ||
            !is_list(paths, paths_size) || (paths_size == 0) != (question.action == PRESERVE_WITHDRAW))
                return ERR_SYNTAX;
        if (paths_size >= sizeof(question.paths))
                return ERR_TOO_LARGE;
        memcpy(question.paths, paths, paths_size);
        if (preserve_paths_count(question.paths) > PRESERVE_PATHS_MAX)
                return ERR_TOO_LARGE;
        *ret = question;
        return ERR_OK;
}

size_t preserve_paths_count(const char *paths)
{
        size_t count = 0;
        while ((paths = strchr(paths, '\n'))) {
                paths++;
                count++;
        }
        return count;
}

size_t preserve_paths_split(char *paths, const char *ret[static PRESERVE_PATHS_MAX])
{
        size_t count = 0;
        for (char *end; count < PRESERVE_PATHS_MAX && (end = strchr(paths, '\n')); paths = end + 1) {
                *end = '\0';
                ret[count++] = paths;
        }
        return count;
}
