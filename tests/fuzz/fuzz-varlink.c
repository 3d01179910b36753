/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of calls as the service takes them: each message ends within the bound, names are names, texts fit. */
#include "common/base/bytes.h"
#include "common/format/varlink.h"
#include "tests/fuzz/fuzz.h"

static void check_call(const char *text, size_t length)
{
        static const char *const known[] = { "reason", "replace", NULL };
        static struct varlink_call call;
        char name[VARLINK_NAME_MAX], reason[256] = "untouched";
        bool flag;
        if (varlink_call_parse(&call, text, length) != ERR_OK)
                return;
        MUST(call.interface[0] && call.method[0]);
        MUST(strchr(call.method, '.') == NULL && text_length(call.interface) + text_length(call.method) + 1 < VARLINK_NAME_MAX);
        if (varlink_unknown_parameter(&call, known, name))
                MUST(text_length(name) < sizeof(name));
        if (varlink_text(&call, "reason", reason, sizeof(reason)) == ERR_OK)
                MUST(text_is_utf8(reason, strlen(reason)));
        (void)varlink_flag(&call, "replace", &flag);
        char lines[64];
        if (varlink_lines(&call, "keep", lines, sizeof(lines)) == ERR_OK)
                MUST(!lines[0] || (lines[0] != '\n' && lines[strlen(lines) - 1] == '\n' && !strstr(lines, "\n\n")));
        else
                MUST(!lines[0]);
        uint64_t number;
        bool given;
        enum err err = varlink_number(&call, "dueAt", &number, &given);
        MUST(err == ERR_OK || given);
        MUST(given || number == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        size_t length;
        for (;;) {
                enum err err = varlink_frame(text, size, &length);
                MUST(err == ERR_OK || (err == ERR_TRUNCATED && size < VARLINK_MESSAGE_MAX) ||
                     (err == ERR_TOO_LARGE && size >= VARLINK_MESSAGE_MAX));
                if (err != ERR_OK)
                        return 0;
                MUST(length < VARLINK_MESSAGE_MAX && text[length] == '\0');
                check_call(text, length);
                text += length + 1;
                size -= length + 1;
        }
}
