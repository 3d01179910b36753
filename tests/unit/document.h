/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents that programs write parts of: their tests hold them to it. */
#ifndef CLEANSLATE_TESTS_UNIT_DOCUMENT_H
#define CLEANSLATE_TESTS_UNIT_DOCUMENT_H

#include <stdio.h>
#include <string.h>

/* The document (by its path in the tree) has this text, which ends a paragraph of it. What belongs there is printed where it has
 * another. */
static inline void assert_document_has(const char *path, const char *text)
{
        static char document[1 << 18];
        FILE *file = fopen(path, "re");
        const char *found;
        size_t size;

        assert_non_null(file);
        size = fread(document, 1, sizeof(document) - 1, file);
        (void)fclose(file);
        document[size] = '\0';
        found = strstr(document, text);
        if (found == NULL || (found[strlen(text)] != '\n' && found[strlen(text)] != '\0'))
                (void)fputs(text, stdout);
        assert_non_null(found);
        assert_true(found[strlen(text)] == '\n' || found[strlen(text)] == '\0'); /* no row of before behind it */
}

#endif
