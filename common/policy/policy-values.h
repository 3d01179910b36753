/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the values in policy files are written: sizes, booleans, flags, paths, specifiers. Shared by policy.c and settings.c; knows
 * no key. All texts are NUL-terminated; outputs are untouched on failure. */
#ifndef CLEANSLATE_COMMON_POLICY_VALUES_H
#define CLEANSLATE_COMMON_POLICY_VALUES_H

#include "common/policy/policy.h"

/* 1 yes y true t on, 0 no n false f off, in either case (systemd.syntax(7)). */
bool value_to_boolean(const char *text, bool *ret);

/* Bytes: one or several numbers with units B, K, M, G, T, P, E (powers of 1024), each smaller than the one in front of it; the
 * last may lack its unit, and one that has a unit may have a fraction: "1.5G", "1G 512M". Blanks between them do not count. */
bool value_to_size(const char *text, uint64_t *ret_bytes);

/* A whole number of at most 64 bits: decimal, 0x..., 0b..., 0o..., or octal after a leading 0. */
bool value_to_number(const char *text, uint64_t *ret);

/* The same with a sign, within 32 bits. */
bool value_to_signed(const char *text, int32_t *ret);

/* The next word of a list that blanks separate, its quotes taken off (systemd.syntax(7), "Quoting"); *at moves behind it.
 * ERR_NOT_FOUND: no more. ERR_SYNTAX (a quote that is not closed, a backslash at the end), ERR_TOO_LARGE. */
enum err value_next_word(const char **at, char *ret, size_t capacity);

/* The same for fields that colons separate; they may be empty. *at is NULL behind the last one. */
enum err value_next_field(const char **at, char *ret, size_t capacity);

/* An absolute path, brought into its shortest form ("/a//b/./" is "/a/b"). ERR_RANGE (relative, or with ".."),
 * ERR_UNSUPPORTED (quotes, backslashes), ERR_TOO_LARGE. */
enum err value_to_path(const char *text, size_t length, char ret[static POLICY_PATH_MAX]);

/* Fills *ret (may be NULL), cutting texts to fit, and returns `err`. */
enum err policy_error_fill(struct policy_error *ret, enum err err, const char *file, unsigned line, const char *key,
                           const char *detail);

#endif
