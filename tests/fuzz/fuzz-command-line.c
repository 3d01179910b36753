/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First line of the input: a key; the rest: a kernel command line. What stands last wins, and words put before the line change
 * nothing about that. */
#include "common/boot/boot-choice.h"
#include "common/boot/image-identity.h"
#include "tests/fuzz/fuzz.h"

static bool key_is_plain(const char *key)
{
        return key[0] != '\0' && strcspn(key, " \t\n\v\f\r\"=") == strlen(key) && strcmp(key, "--") != 0;
}

/* The same line with KEY=first before it. */
static void check_prefixed(const char *key, const char *line, size_t length, const char *expected)
{
        size_t capacity = strlen(key) + length + 16;
        char *longer = malloc(capacity), *value = malloc(capacity);
        int prefix = snprintf(longer, capacity, "%s=first ", key);

        memcpy(longer + prefix, line, length);
        MUST(command_line_get(longer, (size_t)prefix + length, key, value, capacity));
        MUST(strcmp(value, expected) == 0);
        free(longer);
        free(value);
}

static void check_key(const char *key, const char *line, size_t length)
{
        char *value = malloc(length + 1), small[4] = "xyz";
        bool found = command_line_get(line, length, key, value, length + 1);

        MUST(command_line_get(line, length, key, NULL, 0) == found);
        if (found)
                MUST(command_line_get(line, length, key, small, sizeof(small)) == (strlen(value) < sizeof(small)));
        if (key_is_plain(key))
                check_prefixed(key, line, length, found ? value : "first");
        free(value);
}

/* The image that the line names has the root hash that stands there, and partitions by its halves. */
static void check_image(const char *line, size_t length)
{
        struct image_identity identity;
        char *value = malloc(length + 1), half[GUID_TEXT_SIZE], digits[ID128_TEXT_SIZE];
        enum err err = image_identity_read(line, length, &identity);

        const bool root = command_line_get(line, length, "roothash", value, length + 1);
        const bool usr = command_line_get(line, length, "usrhash", root ? NULL : value, root ? 0 : length + 1);
        MUST(err == ERR_OK || err == ERR_MISSING || err == ERR_SYNTAX || err == ERR_DUPLICATE);
        MUST((err == ERR_MISSING) == (!root && !usr));
        MUST((err == ERR_DUPLICATE) ==
             (command_line_count(line, length, "roothash") + command_line_count(line, length, "usrhash") > 1));
        if (err == ERR_OK) {
                MUST((identity.form == IMAGE_USR) == usr);
                MUST(identity.root_hash_size >= 32 && identity.root_hash_size * 2 == strlen(value));
                guid_format(&identity.data_uuid, half);
                id128_format((const struct id128 *)identity.root_hash, digits);
                MUST(memcmp(half, digits, 8) == 0 && memcmp(half + 24, digits + 20, 12) == 0);
        }
        free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *end = memchr(data, '\n', size);
        struct boot_facts facts = { 0 };
        const char *line;
        size_t length;
        char *key;

        if (end == NULL)
                return 0;
        line = (const char *)end + 1;
        length = size - (size_t)(end + 1 - data);
        check_image(line, length);
        boot_facts_read_command_line(&facts, line, length);
        MUST((unsigned)facts.command_line_mode < MODE_COUNT);
        key = strndup((const char *)data, (size_t)(end - data));
        check_key(key, line, length);
        free(key);
        return 0;
}
