/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody at the machine may ask for; see console-access.h. */
#include "common/policy/console-access.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

#define VERSION          1
#define WRONG_FREE       2 /* typing errors */
#define WAIT_FIRST_S     5
#define WRONG_COUNTED_TO 255

static const char *const names[ACCESS_COUNT] = {
        [ACCESS_ALLOWED] = "allowed",
        [ACCESS_PASSWORD] = "password",
        [ACCESS_OFF] = "off",
};

const char *access_name(enum access access)
{
        return (unsigned)access < ACCESS_COUNT ? names[access] : "unknown";
}

bool access_parse(const char *text, size_t length, enum access *ret)
{
        for (int access = 0; access < ACCESS_COUNT; access++)
                if (text_length(names[access]) == length && memcmp(names[access], text, length) == 0) {
                        *ret = (enum access)access;
                        return true;
                }
        return false;
}

bool access_permits(enum access access, bool password_given)
{
        return access == ACCESS_ALLOWED || (access == ACCESS_PASSWORD && password_given);
}

static enum access stricter(enum access a, enum access b)
{
        return a > b ? a : b;
}

struct console_access console_access_stricter(const struct console_access *a, const struct console_access *b)
{
        return (struct console_access){ .reset = stricter(a->reset, b->reset),
                                        .recovery = stricter(a->recovery, b->recovery),
                                        .break_glass = stricter(a->break_glass, b->break_glass) };
}

void wrong_passwords_encode(uint32_t count, uint8_t ret[static WRONG_PASSWORDS_ENCODED_SIZE])
{
        ret[0] = VERSION;
        ret[1] = (uint8_t)(count < WRONG_COUNTED_TO ? count : WRONG_COUNTED_TO);
}

enum err wrong_passwords_decode(const void *data, size_t size, uint32_t *ret)
{
        const uint8_t *bytes = data;

        if (size != WRONG_PASSWORDS_ENCODED_SIZE)
                return size < WRONG_PASSWORDS_ENCODED_SIZE ? ERR_TRUNCATED : ERR_TOO_LARGE;
        if (bytes[0] != VERSION)
                return ERR_VERSION;
        *ret = bytes[1];
        return ERR_OK;
}

uint32_t password_wait_s(uint32_t wrong)
{
        uint32_t wait = WAIT_FIRST_S;

        if (wrong <= WRONG_FREE)
                return 0;
        for (uint32_t i = WRONG_FREE + 1; i < wrong && wait < PASSWORD_WAIT_MAX_S; i++)
                wait *= 2;
        return wait < PASSWORD_WAIT_MAX_S ? wait : PASSWORD_WAIT_MAX_S;
}
