/* SPDX-License-Identifier: GPL-2.0-or-later */
/* %-specifiers in definitions (repart.d(5), "Specifiers"), from what the verified image says of itself: the same text in the
 * builder, on the running system and in a reset. What differs from machine to machine, or is state, has no place in it. */
#ifndef CLEANSLATE_COMMON_SPECIFIER_H
#define CLEANSLATE_COMMON_SPECIFIER_H

#include "common/base/err.h"
#include "common/format/os-identity.h"
#include <stddef.h>

struct specifiers {
        struct os_identity os; /* of the image's os-release */
        char build_id[OS_FIELD_MAX], variant_id[OS_FIELD_MAX];
        char kernel_release[OS_FIELD_MAX]; /* of the image's only kernel; "" = it has none or several */
};

/* Replaces each specifier in `text`: %% is a percent sign, %A %B %M %o %w %W are fields of os-release (empty where not set), %a
 * the processor, %v the kernel, %T /tmp and %V /var/tmp. ERR_UNSUPPORTED for those that are known and cannot be had (%b %H %l %m
 * %q: this machine's, not the image's) or unknown, with *ret_detail in words; ERR_TOO_LARGE. `specifiers` may be NULL: then %%
 * alone is known. */
enum err specifiers_expand(const struct specifiers *specifiers, const char *text, char *ret, size_t capacity,
                           const char **ret_detail);

#endif
