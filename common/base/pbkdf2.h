/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords without libcrypto, for the stub: PBKDF2 (RFC 8018, 5.2) with HMAC-SHA-256, and the text that holds a salted hash.
 * Pure; owns no secret: callers wipe what was typed. */
#ifndef CLEANSLATE_COMMON_PBKDF2_H
#define CLEANSLATE_COMMON_PBKDF2_H

#include "common/base/err.h"
#include "common/base/sha256.h"

/* Fewer would help whoever reads the hash off the disk; more would keep a slow machine busy for seconds. */
#define PASSWORD_ITERATIONS_MIN 10000
#define PASSWORD_ITERATIONS_MAX 1000000
#define PASSWORD_SALT_MIN       8  /* bytes */
#define PASSWORD_SALT_MAX       64 /* bytes */
#define PASSWORD_MAX            64 /* characters, printable ASCII: every firmware's keyboard has them */

/* The first block of PBKDF2, which is all of a 32-byte key. iterations >= 1. */
void pbkdf2_sha256(struct bytes password, struct bytes salt, uint32_t iterations, uint8_t ret[static SHA256_SIZE]);

struct password_hash {
        uint32_t iterations; /* 0 = there is no password */
        uint8_t salt[PASSWORD_SALT_MAX];
        uint8_t salt_size;
        uint8_t hash[SHA256_SIZE];
};

/* "$pbkdf2-sha256$200000$SALT$HASH", the modular crypt form that passlib made known: iterations in decimal, salt and 32 bytes of
 * hash in base64 with '.' for '+' and without padding. Each hash has one text only. ERR_SYNTAX, ERR_RANGE (iterations, sizes).
 * *ret untouched on failure. */
enum err password_hash_parse(const char *text, size_t length, struct password_hash *ret);

/* Takes as long as the iterations say. False where there is no password, or what was typed is none: empty, or longer than
 * PASSWORD_MAX. */
bool password_matches(const struct password_hash *hash, const char *typed, size_t length);

#endif
