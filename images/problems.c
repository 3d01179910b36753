/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/problems.h"

#include "common/base/json-write.h"
#include <stdarg.h>
#include <stdio.h>

void problem_add(struct problems *problems, const char *format, ...)
{
        char text[PROBLEM_MAX];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        json_text(problems->json, text);
        problems->count++;
}
