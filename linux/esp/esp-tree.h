/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a mounted EFI system partition, as a list. Reads names and sizes; follows no link and leaves no mount, however
 * the directory was made; knows nothing of what may stay. */
#ifndef CLEANSLATE_LINUX_ESP_TREE_H
#define CLEANSLATE_LINUX_ESP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESP_TREE_ENTRIES_MAX 65536
#define ESP_TREE_DEPTH_MAX   32
#define ESP_TREE_PATH_MAX    1024 /* bytes with the NUL */

struct esp_entry {
        char *path; /* from the root, none in front */
        uint64_t size_bytes;
        bool directory;
};

struct esp_tree {
        struct esp_entry *entries; /* depth first, a directory before what is in it, names in byte order */
        size_t count, room;
};

/* -E2BIG: beyond one of the limits above. -EILSEQ: a name that is listed cannot be opened. *ret must be zero; free with
 * esp_tree_done(), also after an error. */
int esp_tree_read(int root_fd, struct esp_tree *ret);
void esp_tree_done(struct esp_tree *tree);

/* The directory that a path is in, opened part by part without following links; *ret_name is the last part, within `path`.
 * Negative errno. */
int esp_tree_open_parent(int root_fd, const char *path, const char **ret_name);

/* Of a file in full. Negative errno, -ELOOP for a link. */
int esp_tree_hash(int root_fd, const char *path, uint8_t ret[static 32]);

#endif
