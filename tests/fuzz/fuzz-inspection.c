/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes over the socket of cleanslate-inspect@.service, as a question and as an answer. */
#include "reset-tool/inspection.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        char line[INSPECTION_LINE_MAX];
        struct inspection inspection, before;
        size_t rest;

        memset(&inspection, 0xa5, sizeof(inspection));
        memcpy(&before, &inspection, sizeof(before));
        if (inspection_read(text, size, &inspection) == ERR_OK) {
                struct writer writer = writer_over(line, sizeof(line));
                inspection_line(&writer, &inspection);
                MUST(!writer.overflow && writer.size == size + 1 && memcmp(line, data, size) == 0 && line[size] == '\n');
        } else {
                MUST(memcmp(&inspection, &before, sizeof(inspection)) == 0);
        }
        enum inspection_answer answer = inspection_answer_read(text, size, &rest);
        MUST(answer < INSPECTION_ANSWERS && rest <= size);
        MUST(rest == size || data[rest - 1] == '\n');
        return 0;
}
