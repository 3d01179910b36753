/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Erasing on a mounted FAT file system, which leaves the bytes and the names of what it deletes: files are overwritten where they
 * lie before they go, free space is filled with zeros, and the free slots of a directory with other names. Called from
 * initrd/esp-clean alone. */
#ifndef CLEANSLATE_LINUX_ESP_ERASE_H
#define CLEANSLATE_LINUX_ESP_ERASE_H

#include "linux/blockdev.h"

/* Overwrites a file with zeros up to the end of its last cluster, flushes, and deletes it; a directory must be empty. What is
 * neither is only deleted. Negative errno. */
int esp_erase_entry(int root_fd, const char *path, bool directory);

/* Fills all free space with files of zeros, reads them back past the page cache, deletes them. *ret_bytes: how much.
 * -EBADMSG: something else was read back. */
int esp_erase_free_space(int root_fd, const struct meter *meter, uint64_t *ret_bytes);

/* Deletes such files, which a power cut may have left and which take all the room there is. */
int esp_erase_leftovers(int root_fd);

/* Overwrites the names that deleted entries have left in a directory (path "" = the root) by making and deleting empty files
 * until the directory would grow. *ret_complete: false if it has more room than ESP_NAMES_MAX. */
#define ESP_NAMES_MAX 4096
int esp_erase_names(int root_fd, const char *path, bool *ret_complete);

#endif
