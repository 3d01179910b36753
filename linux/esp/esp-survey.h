/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the mounted EFI system partition, and what esp-rule.h says about each of it. Changes nothing. */
#ifndef CLEANSLATE_LINUX_ESP_SURVEY_H
#define CLEANSLATE_LINUX_ESP_SURVEY_H

#include "common/format/load-option.h"
#include "common/rules/esp-rule.h"
#include "linux/base/hash.h"
#include "linux/esp/esp-tree.h"
#include "linux/esp/survey-source.h"

struct esp_finding {
        enum esp_verdict verdict; /* of a directory: REMOVE only if nothing in it stays */
        enum esp_why why;
};

struct esp_survey {
        struct esp_policy policy;
        char *list_text;
        struct esp_tree tree;
        const struct esp_entry *own; /* of the tree: the image of this very boot; NULL = unknown, or not there */
        uint8_t own_hash[SHA256_SIZE];
        struct esp_finding *findings; /* one an entry of the tree */
        size_t removals;
};

/* `esp_fd`: its root directory. Reads the image's list and the firmware's variables as well. 0, or negative errno with
 * source->trouble set. *ret must be zero; release it with esp_survey_done() in either case. */
int esp_survey(const struct survey_source *source, int esp_fd, struct esp_survey *ret);
void esp_survey_done(struct esp_survey *survey);

/* What becomes of a file, by its path from the root, compared as FAT does; ESP_REMOVE if there is none. "": of what firmware
 * starts from the partition as a whole; of several, the one that stays. */
enum esp_verdict esp_survey_find(const struct esp_survey *survey, const char *path);

#endif
