/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/trouble.h"

#include <stdarg.h>
#include <stdio.h>

int trouble_note(const struct trouble *trouble, int error, const char *format, ...)
{
        if (trouble->text[0] == 0) {
                va_list arguments;
                va_start(arguments, format);
                (void)vsnprintf(trouble->text, trouble->capacity, format, arguments);
                va_end(arguments);
        }
        return error;
}
