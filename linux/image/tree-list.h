/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything below a path, in the manifest's order: the basis of reading through, copying and describing trees. */
#ifndef CLEANSLATE_LINUX_TREE_LIST_H
#define CLEANSLATE_LINUX_TREE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct tree_item {
        char *path; /* relative to the directory the list was made from; "." for that itself */
        struct stat status;
};

struct tree_list {
        struct tree_item *items; /* directories before what they contain, names by byte value */
        size_t count, capacity;
};

/* Lists `path` (relative to fd; a file, or a directory and all below it). skip_lost_found leaves out what mkfs puts into a root.
 * -ELOOP: nested deeper than TREE_DEPTH_MAX. Free with tree_list_done() in every case. */
int tree_list_read(int fd, const char *path, bool skip_lost_found, struct tree_list *ret);
void tree_list_done(struct tree_list *list);

#endif
