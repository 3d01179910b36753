/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset did beyond the partitions it erased, for its record: names with the reasons, each list bounded. */
#ifndef CLEANSLATE_LINUX_BEYOND_H
#define CLEANSLATE_LINUX_BEYOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEYOND_ITEMS_MAX 48
#define BEYOND_NAME_MAX  160

struct beyond_item {
        char name[BEYOND_NAME_MAX]; /* cut at a character */
        const char *why;            /* static text */
};

struct beyond_list {
        struct beyond_item items[BEYOND_ITEMS_MAX];
        size_t count;
        uint32_t more; /* that found no place */
};

struct beyond {
        bool esp_cleaned, variables_cleaned;
        struct beyond_list esp_removed, esp_altered, esp_kept;     /* kept: undeclared, named only */
        uint64_t free_bytes_overwritten, unused_bytes_overwritten; /* of the ESP: free clusters; outside of clusters and tables */
        struct beyond_list variables_removed, variables_kept, variables_left; /* left: had to go and did not */
};

void beyond_add(struct beyond_list *list, const char *name, const char *why);

#endif
