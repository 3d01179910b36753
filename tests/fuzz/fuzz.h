/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every fuzzer here needs: the entry point's declaration and MUST(), a promise that holds for any input. */
#ifndef CLEANSLATE_TESTS_FUZZ_H
#define CLEANSLATE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(promise)                                                                                 \
        do {                                                                                          \
                if (!(promise)) {                                                                     \
                        fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #promise); \
                        abort();                                                                      \
                }                                                                                     \
        } while (0)

#endif
