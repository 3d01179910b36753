/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A value that does not decode is malformed; one that does names an OS, survives being written again, and concerns only that OS.
 */
#include "common/policy/request.h"
#include "tests/fuzz/fuzz.h"

static void check_round_trip(const struct request *request)
{
        struct request again;
        uint8_t value[REQUEST_VALUE_MAX], value_again[REQUEST_VALUE_MAX];
        size_t size, size_again;
        enum err err = request_encode(request, value, sizeof(value), &size);

        if (err == ERR_TOO_LARGE)
                return; /* short escapes like \n can grow */
        MUST(err == ERR_OK && size <= sizeof(value));
        MUST(request_decode(value, size, &again) == ERR_OK);
        MUST(request_encode(&again, value_again, sizeof(value_again), &size_again) == ERR_OK);
        MUST(size_again == size && memcmp(value_again, value, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct request request = { 0 };
        struct os_identity other = { .id = "another" };
        enum err err = request_decode(data, size, &request), judged;

        MUST(request_judge(NULL, size, &other, NULL, NULL, NULL) == REQUEST_ABSENT);
        if (err != ERR_OK) {
                MUST(request_judge(data, size, &other, NULL, NULL, &judged) == REQUEST_MALFORMED && judged == err);
                MUST(request.os.id[0] == '\0'); /* untouched */
                return 0;
        }
        MUST(request.os.id[0] != '\0');
        MUST(request_judge(data, size, &request.os, NULL, NULL, NULL) == REQUEST_DUE);
        MUST(request_judge(data, size, &request.os, &request.boot_id, NULL, NULL) == REQUEST_PENDING);
        if (strcmp(request.os.id, other.id) != 0)
                MUST(request_judge(data, size, &other, NULL, NULL, NULL) == REQUEST_FOREIGN);
        check_round_trip(&request);
        return 0;
}
