/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the values in policy files are written: sizes, booleans, flags, paths, specifiers. Shared by policy.c and settings.c; knows
 * no key. All texts are NUL-terminated; outputs are untouched on failure. */
#ifndef CLEANSLATE_COMMON_POLICY_VALUES_H
#define CLEANSLATE_COMMON_POLICY_VALUES_H

#include "common/policy/policy.h"

/* 1 yes y true t on, 0 no n false f off, in either case (systemd.syntax(7)). */
bool value_to_boolean(const char *text, bool *ret);

/* A whole number of bytes, or one with the suffix B, K, M, G, T, P or E (powers of 1024). */
bool value_to_size(const char *text, uint64_t *ret_bytes);

/* A 64-bit number, decimal or 0x... */
bool value_to_flags(const char *text, uint64_t *ret);

/* Replaces %% by %. ERR_UNSUPPORTED for every other specifier, ERR_TOO_LARGE. */
enum err value_expand(const char *text, char *ret, size_t capacity);

/* An absolute path, brought into its shortest form ("/a//b/./" is "/a/b"). ERR_RANGE (relative, or with ".."),
 * ERR_UNSUPPORTED (quotes, backslashes), ERR_TOO_LARGE. */
enum err value_to_path(const char *text, size_t length, char ret[static POLICY_PATH_MAX]);

/* Fills *ret (may be NULL), cutting texts to fit, and returns `err`. */
enum err policy_error_fill(struct policy_error *ret, enum err err, const char *file, unsigned line, const char *key,
                           const char *detail);

#endif
