/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A password's hash: what parses is within its bounds, and written again it is the same text, for each hash has one only. */
#include "common/base/base64.h"
#include "common/base/pbkdf2.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX 256

/* passlib's base64: '.' for '+', no padding. */
static void write_field(struct writer *writer, const uint8_t *data, size_t size)
{
        char text[BASE64_LENGTH(PASSWORD_SALT_MAX) + 1];
        struct writer field = writer_over(text, sizeof(text));

        writer_base64(&field, data, size);
        for (size_t i = 0; i < field.size && text[i] != '='; i++)
                writer_char(writer, text[i] == '+' ? '.' : text[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct password_hash hash = { .iterations = 77 };
        char text[TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));

        if (password_hash_parse((const char *)data, size, &hash) != ERR_OK) {
                MUST(hash.iterations == 77);
                return 0;
        }
        MUST(hash.iterations >= PASSWORD_ITERATIONS_MIN && hash.iterations <= PASSWORD_ITERATIONS_MAX);
        MUST(hash.salt_size >= PASSWORD_SALT_MIN && hash.salt_size <= PASSWORD_SALT_MAX);
        writer_text(&writer, "$pbkdf2-sha256$");
        writer_decimal(&writer, hash.iterations);
        writer_char(&writer, '$');
        write_field(&writer, hash.salt, hash.salt_size);
        writer_char(&writer, '$');
        write_field(&writer, hash.hash, sizeof(hash.hash));
        MUST(!writer.overflow && writer.size == size && memcmp(text, data, size) == 0);
        return 0;
}
