/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Load options, UTF-16LE: what is found lies within them, and a selector put in front of any rest gives that selector and rest.
 */
#include "common/boot/profile-option.h"
#include "tests/fuzz/fuzz.h"

static void check_prefixed(const struct bytes rest)
{
        static const uint8_t selector[] = { '@', 0, '4', 0, '2', 0, ' ', 0 };
        uint8_t *options = malloc(sizeof(selector) + rest.size);
        struct profile_option option;

        memcpy(options, selector, sizeof(selector));
        if (rest.size > 0)
                memcpy(options + sizeof(selector), rest.data, rest.size);
        option = profile_option_parse(options, sizeof(selector) + rest.size);
        MUST(option.given && !option.malformed && option.profile == 42);
        MUST(option.rest.size == rest.size && (rest.size == 0 || memcmp(option.rest.data, rest.data, rest.size) == 0));
        free(options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct profile_option option = profile_option_parse(data, size);

        MUST(!(option.given && option.malformed));
        MUST(option.given || option.profile == 0);
        MUST(option.rest.size % 2 == 0 && option.rest.size <= size);
        MUST(option.rest.size == 0 || (option.rest.data >= data && option.rest.data + option.rest.size <= data + size));
        for (size_t i = 0; i < option.rest.size; i += 2)
                MUST(load_le16(option.rest.data + i) != 0);
        MUST(!option.malformed || (size >= 2 && load_le16(data) == '@'));
        check_prefixed(option.rest);
        return 0;
}
