/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Erasing on a mounted FAT file system, which leaves the bytes and the names of what it deletes: files are overwritten where they
 * lie before they go, and the free slots of a directory with other names. Called from initrd/steps/esp-clean alone. */
#ifndef CLEANSLATE_LINUX_ESP_ERASE_H
#define CLEANSLATE_LINUX_ESP_ERASE_H

#include <stdbool.h>

/* Overwrites a file with zeros up to the end of its last cluster, flushes, and deletes it; a directory must be empty. What is
 * neither is only deleted. Negative errno. */
int esp_erase_entry(int root_fd, const char *path, bool directory);

/* Overwrites the names that deleted entries have left in a directory (path "" = the root) by making and deleting empty files
 * until the directory would grow. *ret_complete: false if it has more room than ESP_NAMES_MAX. */
#define ESP_NAMES_MAX 4096
int esp_erase_names(int root_fd, const char *path, bool *ret_complete);

#endif
