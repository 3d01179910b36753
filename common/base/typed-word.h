/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A word that a person types to confirm what cannot be taken back. Key by key, without I/O: who asks draws what is typed and
 * hands in the keys. Only the very word and Enter say yes; there is no time limit that could. */
#ifndef CLEANSLATE_COMMON_TYPED_WORD_H
#define CLEANSLATE_COMMON_TYPED_WORD_H

#include <stdbool.h>
#include <stddef.h>

#define TYPED_WORD_MAX 32 /* bytes with the NUL; what is typed beyond counts as wrong */

enum typed_answer {
        TYPED_PENDING, /* nothing is decided; typed may have changed */
        TYPED_YES,     /* the word, then Enter */
        TYPED_WRONG,   /* Enter behind something else, or behind nothing */
        TYPED_CANCEL,  /* Esc or Ctrl-C */
};

struct typed_word {
        const char *expected; /* static text, shorter than TYPED_WORD_MAX */
        char typed[TYPED_WORD_MAX];
        size_t length; /* of typed; TYPED_WORD_MAX = it was too long, and stays wrong until Enter */
};

/* Whether `typed` is the word; where that has a hyphen, a blank counts as well: "break glass". */
bool typed_word_matches(const char *typed, const char *expected);

struct typed_word typed_word_over(const char *expected);

/* What the key means. After any answer but TYPED_PENDING the word is empty again. Control characters other than Enter (CR or LF),
 * backspace (BS or DEL), Ctrl-U, Esc and Ctrl-C are skipped. */
enum typed_answer typed_word_key(struct typed_word *word, char key);

#endif
