/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modhex in groups; see recovery-key.h. */
#include "common/format/recovery-key.h"
#include "common/base/memory.h"

#define GROUP_BYTES 4

static const char letters[] = "cbdefghijklnrtuv";

void recovery_key_format(const uint8_t key[static RECOVERY_KEY_SIZE], char ret[static RECOVERY_KEY_TEXT_MAX])
{
        struct writer writer = writer_over(ret, RECOVERY_KEY_TEXT_MAX);

        for (size_t i = 0; i < RECOVERY_KEY_SIZE; i++) {
                if (i > 0 && i % GROUP_BYTES == 0)
                        writer_char(&writer, '-');
                writer_char(&writer, letters[key[i] >> 4]);
                writer_char(&writer, letters[key[i] & 15]);
        }
}

static int value_of(char letter)
{
        if (letter >= 'A' && letter <= 'Z')
                letter = (char)(letter - 'A' + 'a');
        for (int i = 0; i < 16; i++)
                if (letters[i] == letter)
                        return i;
        return -1;
}

bool recovery_key_parse(const char *text, uint8_t ret[static RECOVERY_KEY_SIZE])
{
        uint8_t key[RECOVERY_KEY_SIZE] = { 0 };
        size_t digits = 0;

        for (; *text != '\0'; text++) {
                int value;
                if (*text == '-' || *text == ' ')
                        continue;
                value = value_of(*text);
                if (value < 0 || digits == 2 * sizeof(key))
                        return false;
                key[digits / 2] |= (uint8_t)(digits % 2 ? value : value << 4);
                digits++;
        }
        if (digits != 2 * sizeof(key))
                return false;
        memcpy(ret, key, sizeof(key));
        return true;
}
