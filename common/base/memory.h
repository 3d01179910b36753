/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four functions that compilers call by themselves and that every build of common/ may count on: libc has them on the
 * host, efi/ brings its own. Nothing else may be declared here; `make check-freestanding` watches over it. */
#ifndef CLEANSLATE_COMMON_MEMORY_H
#define CLEANSLATE_COMMON_MEMORY_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
