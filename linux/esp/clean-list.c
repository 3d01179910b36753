/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/clean-list.h"

#include <string.h>

void clean_list_add(struct clean_list *list, const char *name, const char *why)
{
        if (list->count == CLEAN_ITEMS_MAX) {
                list->more++;
                return;
        }
        struct clean_item *item = &list->items[list->count++];
        size_t length = strnlen(name, CLEAN_NAME_MAX - 1);
        if (name[length] != 0)
                while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80) /* not within a character of UTF-8 */
                        length--;
        memcpy(item->name, name, length);
        item->name[length] = 0;
        item->why = why;
}
