/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cleans the EFI system partition: what esp-rule.h says must go is overwritten and deleted, then free space and the names of
 * deleted files are overwritten. Called from initrd/execute.c alone. */
#ifndef CLEANSLATE_INITRD_ESP_CLEAN_H
#define CLEANSLATE_INITRD_ESP_CLEAN_H

#include "initrd/reset.h"

/* Fills reset->beyond; `detail` says what was done and checked. 0, or negative errno with trouble set. */
int esp_clean(struct reset *reset, char *detail, size_t detail_size);

/* The same on an open directory, for a test. */
int esp_clean_directory(struct reset *reset, int esp_fd, char *detail, size_t detail_size);

#endif
