/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cleans the EFI system partition: what esp-rule.h says must go is overwritten and deleted, then the names of deleted files and
 * free space are overwritten. Reached through execute_step() alone. */
#ifndef CLEANSLATE_INITRD_ESP_CLEAN_H
#define CLEANSLATE_INITRD_ESP_CLEAN_H

#include "initrd/reset-state.h"
#include "linux/esp/esp-survey.h"
#include "linux/esp/fat-free.h"

/* The outcome of a cleaning that reset->cleaned has no place for. */
struct esp_cleaning {
        size_t removed;
        unsigned large_directories; /* too large for all their old names to be gone over */
        struct fat_free_bytes free;
};

/* Fills reset->cleaned; `detail` says what was done and checked. 0, or negative errno with trouble set. */
int esp_clean(struct reset *reset, char *detail, size_t detail_size);

/* What is on the partition, and what becomes of it; changes nothing. *ret must be zero; release it in either case. 0, or negative
 * errno with trouble set. */
int esp_look(struct reset *reset, struct esp_survey *ret);

/* Its parts, for a test: on the mounted partition's open directory; then by a second look at it; and the detail. */
int esp_clean_directory(struct reset *reset, int esp_fd, struct esp_cleaning *cleaning);
int esp_check_directory(struct reset *reset, int esp_fd);
void esp_cleaning_text(const struct reset *reset, const struct esp_cleaning *cleaning, char *ret, size_t size);

#endif
