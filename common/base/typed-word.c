/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collects what is typed and compares it with the expected word at Enter. */
#include "common/base/typed-word.h"

#define KEY_CTRL_C    0x03
#define KEY_BACKSPACE 0x08
#define KEY_CTRL_U    0x15
#define KEY_ESCAPE    0x1b
#define KEY_DELETE    0x7f

bool typed_word_matches(const char *typed, const char *expected)
{
        while (*expected && (*typed == *expected || (*typed == ' ' && *expected == '-'))) {
                typed++;
                expected++;
        }
        return !*typed && !*expected;
}

struct typed_word typed_word_over(const char *expected)
{
        return (struct typed_word){ .expected = expected };
}

static void clear(struct typed_word *word)
{
        word->length = 0;
        word->typed[0] = 0;
}

static enum typed_answer finish(struct typed_word *word, enum typed_answer answer)
{
        clear(word);
        return answer;
}

static void append(struct typed_word *word, char key)
{
        if (word->length + 1 >= TYPED_WORD_MAX) { /* no backspace brings it back: nobody types that by mistake */
                word->length = TYPED_WORD_MAX;
                return;
        }
        word->typed[word->length++] = key;
        word->typed[word->length] = 0;
}

static void take_back(struct typed_word *word)
{
        if (word->length > 0 && word->length < TYPED_WORD_MAX)
                word->typed[--word->length] = 0;
}

enum typed_answer typed_word_key(struct typed_word *word, char key)
{
        switch (key) {
        case '\r':
        case '\n':
                return finish(word, word->length < TYPED_WORD_MAX && typed_word_matches(word->typed, word->expected)
                                            ? TYPED_YES
                                            : TYPED_WRONG);
        case KEY_ESCAPE:
        case KEY_CTRL_C:
                return finish(word, TYPED_CANCEL);
        case KEY_BACKSPACE:
        case KEY_DELETE:
                take_back(word);
                return TYPED_PENDING;
        case KEY_CTRL_U:
                clear(word);
                return TYPED_PENDING;
        default:
                if ((unsigned char)key >= ' ')
                        append(word, key);
                return TYPED_PENDING;
        }
}
