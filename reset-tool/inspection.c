/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/inspection.h"

#include <string.h>

#define UNSET "-"

static const char *const questions[INSPECTION_COUNT] = {
        [INSPECTION_PLAN] = "plan",
        [INSPECTION_PREFLIGHT] = "preflight",
        [INSPECTION_DOCTOR] = "doctor",
};

static const char *const answers[INSPECTION_ANSWERS] = {
        [INSPECTION_OK] = "ok",
        [INSPECTION_FAILED] = "failed",
        [INSPECTION_DISALLOWED] = "disallowed",
        [INSPECTION_ERROR] = "error",
};

void inspection_line(struct writer *writer, const struct inspection *inspection)
{
        writer_text(writer, questions[inspection->of]);
        writer_char(writer, ' ');
        writer_text(writer, inspection->level == ERASE_LEVEL_UNSET ? UNSET : erase_level_name(inspection->level));
        writer_char(writer, ' ');
        writer_text(writer, inspection->tpm_clear == TPM_CLEAR_UNSET ? UNSET : tpm_clear_policy_name(inspection->tpm_clear));
        writer_char(writer, '\n');
}

static enum inspection_of question_of(const char *word)
{
        enum inspection_of of = 0;
        while (of < INSPECTION_COUNT && strcmp(word, questions[of]) != 0)
                of++;
        return of;
}

enum err inspection_read(const char *line, size_t size, struct inspection *ret)
{
        struct inspection inspection = { 0 };
        char text[INSPECTION_LINE_MAX], *rest = text;
        if (size >= sizeof(text) || memchr(line, '\0', size))
                return ERR_SYNTAX;
        memcpy(text, line, size);
        text[size] = '\0';
        const char *what = strsep(&rest, " "), *level = strsep(&rest, " "), *tpm_clear = strsep(&rest, " ");
        if (!level || !tpm_clear || rest)
                return ERR_SYNTAX;
        inspection.of = question_of(what);
        if (inspection.of == INSPECTION_COUNT || (strcmp(level, UNSET) != 0 && !erase_level_parse(level, &inspection.level)) ||
            (strcmp(tpm_clear, UNSET) != 0 && !tpm_clear_policy_parse(tpm_clear, &inspection.tpm_clear)))
                return ERR_SYNTAX;
        *ret = inspection;
        return ERR_OK;
}

const char *inspection_answer_name(enum inspection_answer answer)
{
        return answers[answer];
}

enum inspection_answer inspection_answer_read(const char *text, size_t size, size_t *ret_rest)
{
        const char *end = memchr(text, '\n', size);
        size_t length = end ? (size_t)(end - text) : size;
        for (enum inspection_answer answer = 0; end && answer < INSPECTION_ANSWERS; answer++)
                if (length == strlen(answers[answer]) && memcmp(text, answers[answer], length) == 0) {
                        *ret_rest = length + 1;
                        return answer;
                }
        *ret_rest = size;
        return INSPECTION_ERROR;
}
