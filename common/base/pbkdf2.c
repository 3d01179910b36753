/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PBKDF2-HMAC-SHA-256 and the text of a password's hash; see pbkdf2.h. */
#include "common/base/pbkdf2.h"
#include "common/base/base64.h"
#include "common/base/memory.h"

#define PREFIX          "$pbkdf2-sha256$"
#define HASH_CHARACTERS 43 /* 32 bytes without padding */
#define SALT_CHARACTERS 86 /* PASSWORD_SALT_MAX likewise */

/* HMAC under one key, again and again: what the key's two blocks come to is computed once. */
struct keyed {
        struct sha256 inner, outer;
};

static void keyed_init(struct keyed *ret, struct bytes key)
{
        uint8_t block[SHA256_BLOCK_SIZE] = { 0 };

        if (key.size > SHA256_BLOCK_SIZE)
                sha256_of_chunks(&key, 1, block);
        else if (key.size > 0)
                memcpy(block, key.data, key.size);
        for (size_t i = 0; i < sizeof(block); i++)
                block[i] ^= 0x36;
        sha256_begin(&ret->inner);
        sha256_add(&ret->inner, block, sizeof(block));
        for (size_t i = 0; i < sizeof(block); i++)
                block[i] ^= 0x36 ^ 0x5c;
        sha256_begin(&ret->outer);
        sha256_add(&ret->outer, block, sizeof(block));
        memset(block, 0, sizeof(block));
}

static void keyed_hash(const struct keyed *keyed, const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE])
{
        struct sha256 sha256;

        memcpy(&sha256, &keyed->inner, sizeof(sha256));
        for (size_t i = 0; i < count; i++)
                sha256_add(&sha256, chunks[i].data, chunks[i].size);
        sha256_end(&sha256, ret);
        memcpy(&sha256, &keyed->outer, sizeof(sha256));
        sha256_add(&sha256, ret, SHA256_SIZE);
        sha256_end(&sha256, ret);
}

void pbkdf2_sha256(struct bytes password, struct bytes salt, uint32_t iterations, uint8_t ret[static SHA256_SIZE])
{
        static const uint8_t first_block[] = { 0, 0, 0, 1 }; /* INT(1) */
        const struct bytes seed[] = { salt, { first_block, sizeof(first_block) } };
        uint8_t link[SHA256_SIZE];
        const struct bytes again = { link, sizeof(link) };
        struct keyed keyed;

        keyed_init(&keyed, password);
        keyed_hash(&keyed, seed, ARRAY_SIZE(seed), link);
        memcpy(ret, link, sizeof(link));
        for (uint32_t i = 1; i < iterations; i++) {
                keyed_hash(&keyed, &again, 1, link);
                for (size_t at = 0; at < sizeof(link); at++)
                        ret[at] ^= link[at];
        }
        memset(link, 0, sizeof(link));
        memset(&keyed, 0, sizeof(keyed));
}

/* Base64 with '.' for '+' and without padding. */
static enum err decode(const char *text, size_t length, uint8_t *ret, size_t capacity, size_t *ret_size)
{
        char padded[BASE64_LENGTH(PASSWORD_SALT_MAX)];
        size_t at;

        if (length == 0 || length > SALT_CHARACTERS)
                return ERR_RANGE;
        for (at = 0; at < length; at++) {
                if (text[at] == '+' || text[at] == '=')
                        return ERR_SYNTAX;
                padded[at] = text[at] == '.' ? '+' : text[at];
        }
        while (at % 4 != 0)
                padded[at++] = '=';
        return base64_decode(padded, at, ret, capacity, ret_size);
}

/* The text up to the next '$', or to the end if there must be none. */
static bool next_field(const char **text, size_t *length, bool last, struct bytes *ret)
{
        size_t size = 0;

        while (size < *length && (*text)[size] != '$')
                size++;
        if (last != (size == *length))
                return false;
        *ret = (struct bytes){ (const uint8_t *)*text, size };
        *text += last ? size : size + 1;
        *length -= last ? size : size + 1;
        return true;
}

enum err password_hash_parse(const char *text, size_t length, struct password_hash *ret)
{
        const size_t prefix = sizeof(PREFIX) - 1;
        struct password_hash hash = { 0 };
        struct bytes iterations, salt, digest;
        uint64_t number;
        size_t salt_size, hash_size;
        enum err err;

        if (length < prefix || memcmp(text, PREFIX, prefix) != 0)
                return ERR_SYNTAX;
        text += prefix;
        length -= prefix;
        if (!next_field(&text, &length, false, &iterations) || !next_field(&text, &length, false, &salt) ||
            !next_field(&text, &length, true, &digest))
                return ERR_SYNTAX;
        if (iterations.size == 0 || iterations.data[0] == '0' ||
            !text_to_u64((const char *)iterations.data, iterations.size, &number))
                return ERR_SYNTAX;
        if (number < PASSWORD_ITERATIONS_MIN || number > PASSWORD_ITERATIONS_MAX || digest.size != HASH_CHARACTERS)
                return ERR_RANGE;
        err = decode((const char *)salt.data, salt.size, hash.salt, sizeof(hash.salt), &salt_size);
        if (err == ERR_OK)
                err = decode((const char *)digest.data, digest.size, hash.hash, sizeof(hash.hash), &hash_size);
        if (err != ERR_OK)
                return err == ERR_BUFFER_TOO_SMALL ? ERR_RANGE : err;
        if (salt_size < PASSWORD_SALT_MIN)
                return ERR_RANGE;
        hash.iterations = (uint32_t)number;
        hash.salt_size = (uint8_t)salt_size;
        *ret = hash;
        return ERR_OK;
}

bool password_matches(const struct password_hash *hash, const char *typed, size_t length)
{
        uint8_t computed[SHA256_SIZE];

        if (hash->iterations == 0 || length == 0 || length > PASSWORD_MAX)
                return false;
        pbkdf2_sha256((struct bytes){ (const uint8_t *)typed, length }, (struct bytes){ hash->salt, hash->salt_size },
                      hash->iterations, computed);
        return bytes_equal_in_constant_time(computed, hash->hash, sizeof(computed));
}
