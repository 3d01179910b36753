/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with an image, collected as JSON strings, so that its maker hears of all of it at once. */
#ifndef CLEANSLATE_IMAGES_PROBLEMS_H
#define CLEANSLATE_IMAGES_PROBLEMS_H

#include "common/base/bytes.h"
#include "linux/base/trouble.h"

#define PROBLEM_MAX 1024

struct problems {
        struct writer *json; /* in an open array */
        unsigned count;
};

/* One sentence or two: where, what, and what to do. */
void problem_add(struct problems *problems, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
