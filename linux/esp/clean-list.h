/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset removed from the ESP and from the EFI variables, and what it left there, for its record: names with the reasons,
 * each list bounded. */
#ifndef CLEANSLATE_LINUX_CLEAN_LIST_H
#define CLEANSLATE_LINUX_CLEAN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLEAN_ITEMS_MAX 48
#define CLEAN_NAME_MAX  160

struct clean_item {
        char name[CLEAN_NAME_MAX]; /* cut at a character */
        const char *why;           /* static text */
};

struct clean_list {
        struct clean_item items[CLEAN_ITEMS_MAX];
        size_t count;
        uint32_t more; /* that found no place */
};

struct clean_result {
        bool esp_cleaned, variables_cleaned;
        struct clean_list esp_removed, esp_altered, esp_kept;      /* kept: undeclared, named only */
        uint64_t free_bytes_overwritten, unused_bytes_overwritten; /* of the ESP: free clusters; outside of clusters and tables */
        struct clean_list variables_removed, variables_kept, variables_left; /* left: had to go and did not */
};

void clean_list_add(struct clean_list *list, const char *name, const char *why);

#endif
