/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody who merely stands at the machine may have it do: a reset, the recovery page, the break-glass shell. The image's
 * word
 * ([Menu] of cleanslate.conf), and how long a wrong password keeps the next one waiting. Pure. */
#ifndef CLEANSLATE_COMMON_CONSOLE_ACCESS_H
#define CLEANSLATE_COMMON_CONSOLE_ACCESS_H

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From the mildest to the strictest. */
enum access { ACCESS_ALLOWED, ACCESS_PASSWORD, ACCESS_OFF, ACCESS_COUNT };

/* For what no running system has asked for: a choice in a menu, ours or another's, or on the recovery page. */
struct console_access {
        enum access reset, recovery, break_glass;
};

const char *access_name(enum access access); /* "allowed", "password", "off" */
bool access_parse(const char *text, size_t length, enum access *ret);

bool access_permits(enum access access, bool password_given);

/* Where two files speak: the stricter word of each. */
struct console_access console_access_stricter(const struct console_access *a, const struct console_access *b);

/* The count of wrong passwords, which only the stub can see and change (attributes NV|BS). Two bytes: version 1, and the count,
 * which stays at 255. */
#define WRONG_PASSWORDS_VARIABLE_NAME "CleanslateWrongPasswords"
#define WRONG_PASSWORDS_ENCODED_SIZE  2

void wrong_passwords_encode(uint32_t count, uint8_t ret[static WRONG_PASSWORDS_ENCODED_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_VERSION. *ret untouched on failure. */
enum err wrong_passwords_decode(const void *data, size_t size, uint32_t *ret);

#define PASSWORD_WAIT_MAX_S (15 * 60)

/* How long the machine has to be on before it takes another password: nothing after one or two wrong ones, 5 s after the third,
 * then twice as long each time, up to PASSWORD_WAIT_MAX_S. It never stops taking them. */
uint32_t password_wait_s(uint32_t wrong);

#endif
