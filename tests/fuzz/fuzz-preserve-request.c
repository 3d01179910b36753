/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes over the socket of cleanslate-keep@.service. */
#include "reset-tool/preserve-request.h"
#include "tests/fuzz/fuzz.h"

static void split(const struct preserve_request *request)
{
        char paths[SCHEDULE_KEEP_MAX];
        const char *each[PRESERVE_PATHS_MAX];
        memcpy(paths, request->paths, sizeof(paths));
        size_t count = preserve_paths_split(paths, each), total = 0;
        MUST(count == preserve_paths_count(request->paths) && (count == 0) == (request->action == PRESERVE_WITHDRAW));
        for (size_t i = 0; i < count; i++) {
                MUST(each[i][0] != '\0' && !strchr(each[i], '\n'));
                total += strlen(each[i]) + 1;
        }
        MUST(total == strlen(request->paths));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char text[PRESERVE_REQUEST_MAX];
        struct preserve_request request, again, before;

        memset(&request, 0xa5, sizeof(request));
        memcpy(&before, &request, sizeof(before));
        if (preserve_request_read((const char *)data, size, &request) != ERR_OK) {
                MUST(memcmp(&request, &before, sizeof(request)) == 0);
                return 0;
        }
        MUST(request.action < PRESERVE_ACTIONS && strnlen(request.paths, sizeof(request.paths)) < sizeof(request.paths));
        split(&request);
        struct writer writer = writer_over(text, sizeof(text));
        preserve_request_write(&writer, &request);
        MUST(!writer.overflow && preserve_request_read(text, writer.size, &again) == ERR_OK);
        MUST(again.action == request.action && id128_equal(&again.nonce, &request.nonce) &&
             strcmp(again.paths, request.paths) == 0);
        return 0;
}
