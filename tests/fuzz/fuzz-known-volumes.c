/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of known volumes, which root can write as it likes: nothing counts without the key, and what has one is read as it was
 * written. */
#include "common/state/known-volumes.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

static const uint8_t key[SHA256_SIZE] = { 42 };

/* Entries of any content, with a right HMAC. */
static void check_vouched_for(const uint8_t *data, size_t size)
{
        struct known_volumes known = { 0 }, read;
        uint8_t encoded[KNOWN_VOLUMES_ENCODED_MAX];
        bool sound = true;

        known.count = size / sizeof(known.entries[0]) % (KNOWN_VOLUMES_MAX + 1);
        memcpy(known.entries, data, known.count * sizeof(known.entries[0]));
        for (size_t i = 0; i < known.count; i++)
                sound &= known.entries[i].origin > KNOWN_NOT && known.entries[i].origin < KNOWN_COUNT;
        size_t encoded_size = known_volumes_encode(key, &known, encoded);
        enum err err = known_volumes_decode(key, encoded, encoded_size, &read);
        MUST(err == (sound ? ERR_OK : ERR_RANGE));
        MUST(!sound || (read.count == known.count && memcmp(read.entries, known.entries, sizeof(known.entries)) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct known_volumes read = { .count = 1 };

        MUST(known_volumes_decode(key, data, size, &read) != ERR_OK && read.count == 1);
        check_vouched_for(data, size);
        return 0;
}
